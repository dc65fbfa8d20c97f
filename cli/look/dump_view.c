#include "cli/look/views.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/look/memory_walk.h"
#include "cli/options/option_table.h"
#include "engine/base/json_writer.h"
#include "report/hex_dump.h"

#define PIECE_BYTES 65536u

/* Bytes of one process, gathered into whole lines or pieces. */
struct dumping {
	struct viewing *viewing;
	const struct process *process;
	uint64_t start; /* of what is gathered */
	size_t length;
	uint8_t bytes[PIECE_BYTES];
	/* What nobody has, as far as it reaches. */
	bool missing;
	uint64_t missing_first, missing_last;
	const char *missing_why;
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
	return ret;
}

static int take(void *context, const struct span *span, uint64_t address, struct bytes bytes,
		struct error *err)
{
	int ret = 0;

	(void)span;
	for (size_t i = 0; i < bytes.length && !ret; i++)
		ret = add_byte(context, address + i, bytes.data[i], err);
	return ret;
}

static int add_zeros(struct dumping *dumping, const struct span *span, struct error *err)
{
	int ret = 0;

	for (uint64_t at = span->first; !ret; at++) {
		ret = add_byte(dumping, at, 0, err);
		if (at == span->last)
			break;
	}
	return ret;
}

static int tell_missing(struct dumping *dumping, struct error *err)
{
	const struct warning warning = {
		.code = WARNING_NOTHING_SELECTED_IN_RUN,
		.has_memory = true,
		.pid = dumping->process->pid,
		.start = dumping->missing_first,
		.end = dumping->missing_last + 1,
	};

	if (!dumping->missing)
		return 0;
	dumping->missing = false;
	if (warning_list_add(dumping->viewing->look->warnings, &warning, "%s",
			     dumping->missing_why) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static const char *why_missing(const struct span *span)
{
	switch (span->kind) {
	case SPAN_LOST:
		return "the checkpoint describes bytes that are lost";
	case SPAN_NOT_DUMPED:
		return "bytes of a mapped file that the dump leaves out (--rootfs)";
	case SPAN_UNSEEN:
		return "something is mapped that no dump holds";
	default:
		return "nothing is mapped";
	}
}

/* Ranges that follow each other for one reason are one. */
static int miss(struct dumping *dumping, const struct span *span, struct error *err)
{
	const char *why = why_missing(span);
	int ret = 0;

	if (dumping->missing &&
	    (dumping->missing_last + 1 != span->first || dumping->missing_why != why))
		ret = tell_missing(dumping, err);
	if (!dumping->missing)
		dumping->missing_first = span->first;
	dumping->missing = true;
	dumping->missing_last = span->last;
	dumping->missing_why = why;
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

static int dump_range(struct dumping *dumping, struct error *err)
{
	const struct memory_filter *filter = &dumping->viewing->filter;
	struct span_cursor cursor = span_cursor_at(dumping->process, filter->first);
	struct span span;
	int ret = 0;

	while (!ret && span_cursor_next(&cursor, &span) && span.first <= filter->last) {
		if (span.last > filter->last)
			span.last = filter->last;
		ret = dump_span(dumping, &span, err);
	}
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
