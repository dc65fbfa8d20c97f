#include "cli/look/views.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/look/memory_walk.h"
#include "cli/options/option_table.h"
#include "engine/base/json_writer.h"
#include "report/hex_dump.h"

#define PIECE_BYTES 65536u
/* A slip of a digit must not fill a disk with zeros. */
#define MOST_GAP_BYTES (UINT64_C(1) << 30)

/* Bytes of one process, gathered into whole lines or pieces. */
struct dumping {
	struct viewing *viewing;
	const struct process *process;
	uint64_t start; /* of what is gathered */
	size_t length;
	uint8_t bytes[PIECE_BYTES];
	uint64_t shown, missed; /* bytes of the range */
	uint64_t written; /* of --bytes */
	/* What nobody has, as far as it reaches. */
	bool missing;
	uint64_t missing_first, missing_last;
	enum span_kind missing_kind;
};

static void add_text(struct dumping *dumping)
{
	struct viewing *viewing = dumping->viewing;
	const struct bytes bytes = { dumping->bytes, dumping->length };
	const struct hex_dump dump = { .address = dumping->start, .bytes = bytes };

	if (viewing->settings->bytes)
		text_add_bytes(&viewing->text, bytes);
	else
		hex_dump_add(&viewing->text, &dump);
}

static int flush(struct dumping *dumping, struct error *err)
{
	struct viewing *viewing = dumping->viewing;

	if (!dumping->length)
		return 0;
	viewing_begin_row(viewing);
	if (viewing->json) {
		json_writer_unsigned(viewing->json, "pid", dumping->process->pid);
		json_writer_address(viewing->json, "address", dumping->start);
		json_writer_unsigned(viewing->json, "length", dumping->length);
		json_writer_base64(viewing->json, "data",
				   (struct bytes){ dumping->bytes, dumping->length });
	} else {
		add_text(dumping);
	}
	dumping->length = 0;
	return viewing_end_row(viewing, err);
}

/* Pieces end where a line of 16 does, so that lines stay whole. */
static int add_byte(struct dumping *dumping, uint64_t address, uint8_t byte, struct error *err)
{
	int ret = 0;

	if (dumping->length && (dumping->start + dumping->length != address ||
				(dumping->length > PIECE_BYTES - 16 && address % 16 == 0)))
		ret = flush(dumping, err);
	if (!dumping->length)
		dumping->start = address;
	dumping->bytes[dumping->length++] = byte;
	dumping->written++;
	return ret;
}

/* In a file of bytes each stands where it stood in the range. */
static int fill_up_to(struct dumping *dumping, uint64_t offset, struct error *err)
{
	uint64_t first = dumping->viewing->filter.first;
	int ret = 0;

	if (!dumping->viewing->settings->bytes)
		return 0;
	while (!ret && dumping->written < offset)
		ret = add_byte(dumping, first + dumping->written, 0, err);
	return ret;
}

static int take(void *context, const struct span *span, uint64_t address, struct bytes bytes,
		struct error *err)
{
	struct dumping *dumping = context;
	int ret = fill_up_to(dumping, address - dumping->viewing->filter.first, err);

	(void)span;
	for (size_t i = 0; i < bytes.length && !ret; i++)
		ret = add_byte(dumping, address + i, bytes.data[i], err);
	return ret;
}

static int add_zeros(struct dumping *dumping, const struct span *span, struct error *err)
{
	int ret = fill_up_to(dumping, span->first - dumping->viewing->filter.first, err);

	for (uint64_t at = span->first; !ret; at++) {
		ret = add_byte(dumping, at, 0, err);
		if (at == span->last)
			break;
	}
	return ret;
}

/* Where some of the range is shown, what nothing is mapped at is a part of it that ends early. */
static const struct missing_reason {
	enum warning_code code;
	const char *why;
} reasons[] = {
	[SPAN_LOST] = { WARNING_MISSING_IMAGE, "the checkpoint describes bytes that are lost" },
	[SPAN_NOT_DUMPED] = { WARNING_MISSING_IMAGE,
			      "bytes of a mapped file that the dump leaves out (--rootfs)" },
	[SPAN_UNSEEN] = { WARNING_UNSUPPORTED, "something is mapped that no dump holds" },
	[SPAN_NOTHING] = { WARNING_TRUNCATED, "nothing is mapped" },
};

static int tell_missing(struct dumping *dumping, struct error *err)
{
	const struct missing_reason *reason = &reasons[dumping->missing_kind];
	const bool zeros = dumping->viewing->settings->bytes && dumping->shown;
	const struct warning warning = {
		.code = dumping->shown ? reason->code : WARNING_NOTHING_SELECTED_IN_RUN,
		.has_memory = true,
		.pid = dumping->process->pid,
		.start = dumping->missing_first,
		.end = dumping->missing_last + 1,
	};

	if (!dumping->missing)
		return 0;
	dumping->missing = false;
	if (warning_list_add(dumping->viewing->look->warnings, &warning, "%s%s", reason->why,
			     zeros ? ", zeros stand for it" : "") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* Ranges that follow each other for one reason are one. */
static int miss(struct dumping *dumping, const struct span *span, struct error *err)
{
	int ret = 0;

	if (dumping->missing &&
	    (dumping->missing_last + 1 != span->first || dumping->missing_kind != span->kind))
		ret = tell_missing(dumping, err);
	if (!dumping->missing)
		dumping->missing_first = span->first;
	dumping->missing = true;
	dumping->missing_last = span->last;
	dumping->missing_kind = span->kind;
	return ret;
}

static int dump_span(struct dumping *dumping, const struct span *span, struct error *err)
{
	switch (span->kind) {
	case SPAN_DUMPED:
	case SPAN_FILE:
		return memory_walk_span(dumping->viewing, dumping->process, span, take, dumping,
					err);
	case SPAN_ZERO:
		return add_zeros(dumping, span, err);
	default:
		return miss(dumping, span, err);
	}
}

/* The next span of the range, as far as it lies in it. */
static bool next_span(const struct dumping *dumping, struct span_cursor *cursor, struct span *span)
{
	uint64_t last = dumping->viewing->filter.last;

	if (!span_cursor_next(cursor, span) || span->first > last)
		return false;
	if (span->last > last)
		span->last = last;
	return true;
}

static int measure(struct dumping *dumping, struct error *err)
{
	struct span_cursor cursor =
		span_cursor_at(dumping->process, dumping->viewing->filter.first);
	struct span span;

	while (next_span(dumping, &cursor, &span)) {
		uint64_t *sum = span_has_bytes(&span) ? &dumping->shown : &dumping->missed;

		if (__builtin_add_overflow(*sum, span_length(&span), sum))
			*sum = UINT64_MAX;
	}
	if (dumping->viewing->settings->bytes && dumping->shown && dumping->missed > MOST_GAP_BYTES)
		return error_set(err, ERROR_USAGE, 0,
				 "--bytes: nobody has %" PRIu64
				 " bytes of the range, and zeros would stand for them: choose a "
				 "smaller one",
				 dumping->missed);
	return 0;
}

static int dump_range(struct dumping *dumping, struct error *err)
{
	const struct memory_filter *filter = &dumping->viewing->filter;
	struct span_cursor cursor = span_cursor_at(dumping->process, filter->first);
	struct span span;
	int ret = measure(dumping, err);

	while (!ret && next_span(dumping, &cursor, &span))
		ret = dump_span(dumping, &span, err);
	if (!ret && dumping->shown)
		ret = fill_up_to(dumping, dumping->shown + dumping->missed, err);
	if (!ret)
		ret = flush(dumping, err);
	return ret ? ret : tell_missing(dumping, err);
}

static int refuse_several(const struct viewing *viewing, struct error *err)
{
	const struct checkpoint *checkpoint = viewing->look->checkpoint;
	char pids[128] = "";
	size_t length = 0;

	for (size_t i = 0; i < checkpoint->process_count && length + 16 < sizeof(pids); i++)
		length += (size_t)snprintf(pids + length, sizeof(pids) - length, "%s%" PRIu32,
					   i ? ", " : "", checkpoint->processes[i].pid);
	return error_set(err, ERROR_USAGE, 0,
			 "dump shows one process, and there are several: choose one with --pid "
			 "(%s)",
			 pids);
}

static int refuse_siblings(const struct viewing *viewing, struct error *err)
{
	const char *member = viewing->look->outline->member;

	return error_set(err, ERROR_USAGE, 0,
			 "dump shows one process, and there are %zu checkpoints: choose one with "
			 "--member (%s...)",
			 viewing->look->siblings, member ? member : "");
}

static int show(struct viewing *viewing, struct error *err)
{
	const struct checkpoint *checkpoint = viewing->look->checkpoint;
	const struct process *process = NULL;
	struct dumping *dumping;
	int ret;

	if (viewing->look->siblings > 1)
		return refuse_siblings(viewing, err);
	for (size_t i = 0; i < checkpoint->process_count; i++) {
		if (!viewing_chooses(viewing, &checkpoint->processes[i]))
			continue;
		if (process)
			return refuse_several(viewing, err);
		process = &checkpoint->processes[i];
	}
	if (!process)
		return 0;
	dumping = calloc(1, sizeof(*dumping));
	if (!dumping)
		return error_no_memory(err, "bytes of a process");
	dumping->viewing = viewing;
	dumping->process = process;
	ret = dump_range(dumping, err);
	free(dumping);
	return ret;
}

const struct view dump_view = {
	.command = COMMAND_DUMP,
	.reads_bytes = true,
	.show_checkpoint = show,
};
