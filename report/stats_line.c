#include <inttypes.h>

#include "report/format.h"
#include "report/style.h"

void report_add_stats(struct text *text, const struct scan_summary *summary, bool color)
{
	const struct work_stats *stats = summary->stats;

	text_add(text, "ckpt-scan: ");
	style_begin(text, STYLE_FAINT, color);
	text_add(text, "stats:");
	style_end(text, color);
	text_add_byte(text, ' ');
	text_add_escaped_string(text, summary->checkpoint->path);
	text_add(text, ": bytes by node");
	for (size_t node = 0; node < stats->node_count; node++)
		text_add_format(text, "%s %" PRIu64, node ? "," : "", stats->bytes_by_node[node]);
	text_add_format(text, "; %" PRIu64 " steals, %" PRIu64 " waits\n", stats->steals,
			stats->waits);
}
