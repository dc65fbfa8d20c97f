#include <inttypes.h>
#include <string.h>

#include "report/format.h"
#include "report/style.h"

/* "(a, b)" behind the message: opens before the first, a comma between. */
struct details {
	struct text *text;
	bool opened;
};

static struct text *next_detail(struct details *details)
{
	text_add(details->text, details->opened ? ", " : " (");
	details->opened = true;
	return details->text;
}

static void add_memory(struct details *details, const struct warning *warning)
{
	struct text *text = next_detail(details);

	text_add_format(text, "pid %" PRIu32, warning->pid);
	if (!warning->start && !warning->end)
		return;
	text = next_detail(details);
	text_add_format(text, "addresses 0x%" PRIx64 "-0x%s%" PRIx64, warning->start,
			!warning->end && warning->start ? "1000000000000000" : "", warning->end);
}

static void add_details(struct text *text, const struct warning *warning)
{
	struct details details = { .text = text };

	if (warning->has_memory)
		add_memory(&details, warning);
	if (warning->has_range)
		text_add_format(next_detail(&details), "offset %" PRIu64 ", length %" PRIu64,
				warning->offset, warning->length);
	if (warning->bytes)
		text_add_format(next_detail(&details), "%" PRIu64 " bytes not seen",
				warning->bytes);
	if (warning->count > 1)
		text_add_format(next_detail(&details), "%" PRIu64 " times", warning->count);
	if (details.opened)
		text_add_byte(text, ')');
}

/* Whether the message begins with "PATH: ", or is a sentence about it, already. */
static bool begins_with_path(const struct warning *warning, const char *path)
{
	size_t length = strlen(path);

	return warning->message && strncmp(warning->message, path, length) == 0 &&
	       (warning->message[length] == ':' || warning->message[length] == ' ');
}

/* A message that names its file already does not get the name twice. */
static bool names_file(const struct warning *warning, const struct checkpoint_outline *checkpoint)
{
	if (!warning->file)
		return true;
	if (warning->message && strstr(warning->message, warning->file))
		return true;
	return checkpoint && checkpoint->path && strcmp(checkpoint->path, warning->file) == 0;
}

void report_add_warning(struct text *text, const struct checkpoint_outline *checkpoint,
			const struct warning *warning, bool color)
{
	bool incomplete = warning_code_effect(warning->code) == EFFECT_INCOMPLETE;

	text_add(text, "ckpt-scan: ");
	style_begin(text, incomplete ? STYLE_WARNING : STYLE_FAINT, color);
	text_add(text, incomplete ? "warning:" : "note:");
	style_end(text, color);
	text_add_byte(text, ' ');
	if (checkpoint && checkpoint->path && !begins_with_path(warning, checkpoint->path)) {
		text_add_escaped_string(text, checkpoint->path);
		text_add(text, ": ");
	}
	if (!names_file(warning, checkpoint)) {
		text_add_escaped_start(text, warning->file, LONGEST_SHOWN);
		text_add(text, ": ");
	}
	text_add_escaped_string(text, warning->message);
	text_add_format(text, " [%s]", warning_code_name(warning->code));
	add_details(text, warning);
	text_add_byte(text, '\n');
}
