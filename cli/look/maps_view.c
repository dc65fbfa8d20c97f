#include "cli/look/views.h"

#include <inttypes.h>

#include "cli/options/option_table.h"
#include "engine/base/json_writer.h"
#include "report/fields.h"
#include "report/style.h"
#include "scanners/address_space.h"

/* A mapping, or pages that follow each other outside of any, and where its bytes are. */
struct row {
	uint64_t first, last;
	const struct vma *vma;
	uint64_t dump, parent, file, zero, lost;
};

static const struct table_column columns[] = {
	{ .title = "PID", .right = true },
	{ .title = "START", .right = true, .least = 12 },
	{ .title = "END", .right = true, .least = 12 },
	{ .title = "PERM" },
	{ .title = "OFFSET", .right = true },
	{ .title = "KIND", .least = 9 },
	{ .title = "DUMP", .right = true, .least = 8 },
	{ .title = "PARENT", .right = true },
	{ .title = "FILE", .right = true },
	{ .title = "ZERO", .right = true },
	{ .title = "LOST", .right = true },
	{ .title = "PATH" },
};

static void count_span(struct row *row, const struct checkpoint *checkpoint,
		       const struct span *span)
{
	uint64_t length = span_length(span);

	switch (span->kind) {
	case SPAN_DUMPED:
		if (checkpoint->images[span->image].layer)
			row->parent += length;
		else
			row->dump += length;
		break;
	case SPAN_FILE:
	case SPAN_NOT_DUMPED:
		row->file += length;
		break;
	case SPAN_ZERO:
		if (span->of_file)
			row->file += length;
		else
			row->zero += length;
		break;
	case SPAN_LOST:
		row->lost += length;
		break;
	case SPAN_UNSEEN:
	case SPAN_NOTHING:
		break;
	}
}

static struct hit_vma show_vma(const struct row *row)
{
	const struct vma *vma = row->vma;
	struct hit_vma shown = {
		.start = row->first,
		.end = row->last + 1,
		.kind = vma_kind_name(vma ? vma->kind : VMA_UNMAPPED),
	};

	viewing_protection(vma, shown.protection);
	if (!vma)
		return shown;
	shown.path = vma->path;
	shown.offset = vma->offset;
	shown.deleted = vma->deleted;
	return shown;
}

static void add_json(struct json_writer *json, const struct process *process, const struct row *row)
{
	const struct hit_vma vma = show_vma(row);

	json_writer_unsigned(json, "pid", process->pid);
	fields_vma(json, &vma);
	json_writer_open_object(json, "bytes");
	json_writer_unsigned(json, "dump", row->dump);
	json_writer_unsigned(json, "parent", row->parent);
	json_writer_unsigned(json, "file", row->file);
	json_writer_unsigned(json, "zero", row->zero);
	json_writer_unsigned(json, "lost", row->lost);
	json_writer_close_object(json);
}

static void add_path(struct viewing *viewing, const struct hit_vma *vma)
{
	struct text *cell = table_cell(viewing->table);

	if (vma->path)
		text_add_escaped_start(cell, vma->path, LONGEST_SHOWN);
	if (vma->deleted)
		text_add(cell, " (deleted)");
}

static void add_cells(struct viewing *viewing, const struct process *process, const struct row *row)
{
	const uint64_t bytes[] = { row->dump, row->parent, row->file, row->zero, row->lost };
	const struct hit_vma vma = show_vma(row);

	viewing_cell_number(viewing, process->pid);
	text_add_format(table_cell(viewing->table), "%" PRIx64, vma.start);
	text_add_format(table_cell(viewing->table), "%s%" PRIx64, vma.end ? "" : "1000000000000000",
			vma.end);
	text_add(table_cell(viewing->table), vma.protection);
	text_add_format(table_cell(viewing->table), "%" PRIx64, vma.offset);
	text_add(table_cell(viewing->table), vma.kind);
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		viewing_cell_number(viewing, bytes[i]);
	add_path(viewing, &vma);
}

static bool chooses(const struct viewing *viewing, const struct row *row)
{
	const struct memory_filter *filter = &viewing->filter;

	if (filter->has_range && (row->last < filter->first || row->first > filter->last))
		return false;
	return viewing_chooses_vma(viewing, row->vma);
}

static int end_row(struct viewing *viewing, const struct process *process, const struct row *row,
		   struct error *err)
{
	if (!chooses(viewing, row))
		return 0;
	viewing_begin_row(viewing);
	if (viewing->json)
		add_json(viewing->json, process, row);
	else
		add_cells(viewing, process, row);
	return viewing_end_row(viewing, err);
}

/* Whether the span belongs to the row that ends before it. */
static bool continues(const struct row *row, const struct span *span)
{
	return row->vma == span->region.vma && row->last + 1 == span->first;
}

static struct row begin_row(const struct span *span)
{
	const struct vma *vma = span->region.vma;

	return (struct row){
		.first = vma ? vma->start : span->first,
		.last = vma ? vma->end - 1 : span->last,
		.vma = vma,
		.lost = vma ? vma->left_out : 0,
	};
}

/* Spans one by one; a mapping's row is begun with its first and ended by what lies behind it. */
static int show_process(struct viewing *viewing, const struct process *process, struct error *err)
{
	struct span_cursor cursor = span_cursor_at(process, 0);
	struct row row = { 0 };
	struct span span;
	bool open = false;
	int ret = 0;

	while (!ret && span_cursor_next(&cursor, &span)) {
		bool gap = !span.region.vma && span.kind == SPAN_NOTHING;
		bool same = open && (row.vma ? row.vma == span.region.vma : continues(&row, &span));

		if (open && (gap || !same)) {
			ret = end_row(viewing, process, &row, err);
			open = false;
		}
		if (gap || ret)
			continue;
		if (!open)
			row = begin_row(&span);
		open = true;
		if (!row.vma)
			row.last = span.last;
		count_span(&row, viewing->look->checkpoint, &span);
	}
	return ret || !open ? ret : end_row(viewing, process, &row, err);
}

const struct view maps_view = {
	.command = COMMAND_MAPS,
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.by_mapping = true,
	.show_process = show_process,
};
