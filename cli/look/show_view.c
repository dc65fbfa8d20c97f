#include "cli/look/views.h"

#include <inttypes.h>
#include <string.h>

#include "cli/options/option_table.h"
#include "engine/base/json_writer.h"

/* What a checkpoint is as a whole. */
struct totals {
	uint64_t memory_bytes, rootfs_diff_bytes;
};

static uint64_t runs_bytes(const struct page_run *runs, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += runs[i].length;
	return bytes;
}

/* Every page that is described, once: what several processes map is one object's. */
static struct totals count_totals(const struct look *look)
{
	const struct checkpoint *checkpoint = look->checkpoint;
	struct totals totals = { 0 };

	for (size_t i = 0; i < checkpoint->process_count; i++)
		totals.memory_bytes += runs_bytes(checkpoint->processes[i].runs,
						  checkpoint->processes[i].run_count);
	for (size_t i = 0; i < checkpoint->object_count; i++)
		totals.memory_bytes +=
			runs_bytes(checkpoint->objects[i].runs, checkpoint->objects[i].run_count);
	for (size_t i = 0; i < look->captured->count; i++) {
		if (look->captured->items[i].origin == ORIGIN_ROOTFS_DIFF)
			totals.rootfs_diff_bytes += look->captured->items[i].content.length;
	}
	return totals;
}

static void add_json(struct json_writer *json, const struct look *look, const struct totals *totals)
{
	if (look->image_version)
		json_writer_unsigned(json, "criu", look->image_version);
	json_writer_unsigned(json, "processes", look->checkpoint->process_count);
	json_writer_unsigned(json, "memory_bytes", totals->memory_bytes);
	json_writer_unsigned(json, "rootfs_diff_bytes", totals->rootfs_diff_bytes);
	json_writer_unsigned(json, "parents", look->parents);
}

/* What tells containers apart first, so that it stands on a narrow terminal; paths, which may be long, last. */
static const struct table_column columns[] = {
	{ .title = "CONTAINER" },
	{ .title = "ID" },
	{ .title = "IMAGE" },
	{ .title = "POD" },
	{ .title = "ENGINE" },
	{ .title = "RUNTIME" },
	{ .title = "FROZEN" },
	{ .title = "PROCESSES", .right = true },
	{ .title = "MEMORY", .right = true },
	{ .title = "ROOTFS DIFF", .right = true },
	{ .title = "PARENTS", .right = true },
	{ .title = "CREATED" },
	{ .title = "CRIU", .right = true },
	{ .title = "SIZE", .right = true },
	{ .title = "FORM" },
	{ .title = "PATH" },
	{ .title = "MEMBER" },
};

/* As engines show ids: enough to find the container. */
static void add_short_id(struct viewing *viewing, const char *id)
{
	struct bytes bytes = string_bytes(id);

	if (bytes.length > 12)
		bytes.length = 12;
	text_add_escaped(table_cell(viewing->table), bytes);
}

static void add_pod(struct viewing *viewing, const struct checkpoint_outline *outline)
{
	struct text *cell = table_cell(viewing->table);

	if (outline->pod && outline->name_space) {
		text_add_escaped_string(cell, outline->name_space);
		text_add_byte(cell, '/');
	}
	if (outline->pod)
		text_add_escaped_string(cell, outline->pod);
}

static void add_form(struct viewing *viewing, const struct checkpoint_outline *outline)
{
	struct text *cell = table_cell(viewing->table);

	text_add(cell, outline->form);
	if (outline->compression)
		text_add_format(cell, ",%s", outline->compression);
}

/* RFC 3339 in UTC; to the second. */
static void add_time(struct viewing *viewing, const char *time)
{
	struct text *cell = table_cell(viewing->table);
	size_t length = time ? strcspn(time, ".Z") : 0;

	if (!length)
		return;
	text_add_escaped(cell, (struct bytes){ (const uint8_t *)time, length });
	text_add_byte(cell, 'Z');
}

/* What is not known is an empty cell, as in JSON it is left out. */
static void add_known_number(struct viewing *viewing, uint64_t number)
{
	struct text *cell = table_cell(viewing->table);

	if (number)
		text_add_format(cell, "%" PRIu64, number);
}

static void add_cells(struct viewing *viewing, const struct totals *totals)
{
	const struct look *look = viewing->look;
	const struct checkpoint_outline *outline = look->outline;

	viewing_cell_text(viewing, outline->container_name);
	add_short_id(viewing, outline->container_id);
	viewing_cell_text(viewing, outline->image);
	add_pod(viewing, outline);
	viewing_cell_text(viewing, outline->engine);
	viewing_cell_text(viewing, outline->runtime);
	add_time(viewing, outline->time);
	viewing_cell_number(viewing, look->checkpoint->process_count);
	viewing_cell_number(viewing, totals->memory_bytes);
	viewing_cell_number(viewing, totals->rootfs_diff_bytes);
	viewing_cell_number(viewing, look->parents);
	add_time(viewing, outline->created);
	add_known_number(viewing, look->image_version);
	add_known_number(viewing, outline->size);
	add_form(viewing, outline);
	viewing_cell_text(viewing, outline->path);
	viewing_cell_text(viewing, outline->member);
}

static int show(struct viewing *viewing, struct error *err)
{
	const struct totals totals = count_totals(viewing->look);

	viewing_begin_row(viewing);
	if (viewing->json)
		add_json(viewing->json, viewing->look, &totals);
	else
		add_cells(viewing, &totals);
	return viewing_end_row(viewing, err);
}

const struct view show_view = {
	.command = COMMAND_SHOW,
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.one_table = true,
	.show_checkpoint = show,
};
