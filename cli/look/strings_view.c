#include "cli/look/views.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cli/look/memory_walk.h"
#include "cli/options/option_table.h"
#include "engine/base/json_writer.h"
#include "scanners/printable_strings.h"

/* The strings of one process. */
struct reading {
	struct printable_strings strings;
	struct viewing *viewing;
	const struct process *process;
	uint64_t next; /* where the bytes so far end */
	const struct vma *vma; /* what they lie in */
};

static const struct table_column columns[] = {
	{ .title = "PID", .right = true },
	{ .title = "ADDRESS", .right = true, .least = 12 },
	{ .title = "ENCODING" },
	{ .title = "TEXT" },
};

static int show_cells(const struct reading *reading, uint64_t address,
		      enum printable_encoding encoding, struct bytes text, struct error *err)
{
	struct viewing *viewing = reading->viewing;

	viewing_begin_row(viewing);
	viewing_cell_number(viewing, reading->process->pid);
	text_add_format(table_cell(viewing->table), "%" PRIx64, address);
	text_add(table_cell(viewing->table), printable_encoding_name(encoding));
	text_add_escaped(table_cell(viewing->table), text);
	return viewing_end_row(viewing, err);
}

static int show_object(const struct reading *reading, uint64_t address,
		       enum printable_encoding encoding, struct bytes text, struct error *err)
{
	struct viewing *viewing = reading->viewing;

	viewing_begin_row(viewing);
	json_writer_unsigned(viewing->json, "pid", reading->process->pid);
	json_writer_address(viewing->json, "address", address);
	json_writer_string(viewing->json, "encoding", printable_encoding_name(encoding));
	json_writer_text_bytes(viewing->json, "text", text);
	return viewing_end_row(viewing, err);
}

/* How many characters a JSON text holds without being cut. */
static size_t count_that_fit(struct bytes text)
{
	size_t written = 0, count = 0;

	for (; count < text.length; count++) {
		uint8_t byte = text.data[count];

		written += byte == '\t' ? 6 : byte == '"' || byte == '\\' ? 2 : 1;
		if (written > JSON_TEXT_BYTES)
			break;
	}
	return count;
}

static int show_string(void *context, uint64_t address, enum printable_encoding encoding,
		       struct bytes text, struct error *err)
{
	const struct reading *reading = context;
	int ret = 0;

	if (!reading->viewing->json)
		return show_cells(reading, address, encoding, text, err);
	while (text.length && !ret) {
		size_t count = count_that_fit(text);

		ret = show_object(reading, address, encoding, (struct bytes){ text.data, count },
				  err);
		address += encoding == PRINTABLE_UTF16 ? 2 * count : count;
		text = (struct bytes){ text.data + count, text.length - count };
	}
	return ret;
}

static int take(void *context, const struct span *span, uint64_t address, struct bytes bytes,
		struct error *err)
{
	struct reading *reading = context;
	int ret = 0;

	if (address != reading->next || span->region.vma != reading->vma)
		ret = printable_strings_break(&reading->strings, err);
	if (!ret)
		ret = printable_strings_add(&reading->strings, address, bytes, err);
	reading->next = address + bytes.length;
	reading->vma = span->region.vma;
	return ret;
}

static int show_process(struct viewing *viewing, const struct process *process, struct error *err)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	int ret;

	if (!reading)
		return error_no_memory(err, "strings");
	reading->strings.each = show_string;
	reading->strings.context = reading;
	reading->viewing = viewing;
	reading->process = process;
	ret = memory_walk(viewing, process, take, reading, err);
	if (!ret)
		ret = printable_strings_break(&reading->strings, err);
	free(reading);
	return ret;
}

const struct view strings_view = {
	.command = COMMAND_STRINGS,
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.reads_bytes = true,
	.by_mapping = true,
	.show_process = show_process,
};
