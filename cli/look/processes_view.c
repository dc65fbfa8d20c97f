#include "cli/look/views.h"

#include <inttypes.h>

#include "cli/look/process_order.h"
#include "cli/options/option_table.h"
#include "engine/base/json_writer.h"
#include "report/fields.h"
#include "scanners/memory_bytes.h"
#include "scanners/target_outline.h"

/* Deeper ones stand in one column: no real tree is that deep. */
#define DEEPEST_SHOWN 40u

static const struct table_column columns[] = {
	{ .title = "PID", .right = true },
	{ .title = "PPID", .right = true },
	{ .title = "STATE" },
	{ .title = "UID", .right = true },
	{ .title = "THREADS", .right = true },
	{ .title = "MEMORY", .right = true },
	{ .title = "NAME" },
	{ .title = "COMMAND" },
};

/* NULL: not known. */
static const char *state_name(enum process_state state)
{
	static const char *const names[] = {
		[PROCESS_ALIVE] = "alive",
		[PROCESS_DEAD] = "dead",
		[PROCESS_STOPPED] = "stopped",
		[PROCESS_UNKNOWN] = NULL,
	};

	return names[state];
}

static void add_threads(struct json_writer *json, const struct process *process)
{
	if (!process->threads)
		return;
	json_writer_open_array(json, "threads");
	for (uint32_t i = 0; i < process->thread_count; i++) {
		const char *name = process->threads[i].name;

		json_writer_open_object(json, NULL);
		json_writer_unsigned(json, "tid", process->threads[i].id);
		json_writer_text(json, "name", name && *name ? name : NULL);
		json_writer_close_object(json);
	}
	json_writer_close_array(json);
}

static void add_json(struct json_writer *json, const struct process *process,
		     const struct target_outline *outline, uint64_t memory_bytes)
{
	fields_open_target(json, outline);
	add_threads(json, process);
	json_writer_string(json, "state", state_name(process->state));
	json_writer_unsigned(json, "memory_bytes", memory_bytes);
	json_writer_close_object(json);
}

/* The command line, else what was executed. */
static void add_command(struct viewing *viewing, const struct target_outline *outline)
{
	struct text *cell = table_cell(viewing->table);

	if (!outline->command_line && outline->executable)
		text_add_escaped_string(cell, outline->executable);
	for (size_t i = 0; outline->command_line && i < outline->command_line_count; i++) {
		if (i)
			text_add_byte(cell, ' ');
		text_add_escaped_string(cell, outline->command_line[i]);
	}
	if (outline->command_line_cut)
		text_add(cell, "...");
}

static void add_cells(struct viewing *viewing, const struct process *process,
		      const struct target_outline *outline, uint64_t memory_bytes, size_t depth)
{
	const char *state = state_name(process->state);
	struct text *cell;

	viewing_cell_number(viewing, process->pid);
	cell = table_cell(viewing->table);
	if (process->has_ppid)
		text_add_format(cell, "%" PRIu32, process->ppid);
	text_add(table_cell(viewing->table), state ? state : "");
	cell = table_cell(viewing->table);
	if (process->has_uid)
		text_add_format(cell, "%" PRIu32, process->uid);
	viewing_cell_number(viewing, process->thread_count);
	viewing_cell_number(viewing, memory_bytes);
	cell = table_cell(viewing->table);
	text_pad(cell, cell->length, 2 * (depth < DEEPEST_SHOWN ? depth : DEEPEST_SHOWN));
	text_add_escaped_string(cell, process->name);
	add_command(viewing, outline);
}

static int show_outlined(struct viewing *viewing, const struct process *process, size_t depth,
			 struct process_memory *memory, struct arena *arena, struct error *err)
{
	const struct look *look = viewing->look;
	const struct target target = { .kind = TARGET_PROCESS,
				       .process = process,
				       .memory = memory };
	const struct memory_bytes bytes = memory_bytes_count(process, NULL);
	uint64_t in_images = bytes.dumped - bytes.from_files + bytes.lost;
	struct target_outline outline;
	int ret = target_outline_make(&outline, &target, process, look->files, look->container,
				      arena, err);

	if (ret)
		return ret;
	viewing_begin_row(viewing);
	if (viewing->json)
		add_json(viewing->json, process, &outline, in_images);
	else
		add_cells(viewing, process, &outline, in_images, depth);
	return viewing_end_row(viewing, err);
}

static int show_process(struct viewing *viewing, const struct process *process, size_t depth,
			struct error *err)
{
	struct process_memory *memory;
	struct arena *arena;
	int ret = process_memory_new(&memory, viewing->look->checkpoint, process, err);

	if (ret)
		return ret;
	arena = arena_new(0);
	ret = arena ? show_outlined(viewing, process, depth, memory, arena, err)
		    : error_no_memory(err, "a process");
	arena_free(arena);
	process_memory_free(memory);
	return ret;
}

static int show(struct viewing *viewing, struct error *err)
{
	const struct checkpoint *checkpoint = viewing->look->checkpoint;
	struct process_order order;
	int ret = process_order_make(&order, checkpoint, err);

	for (size_t i = 0; !ret && i < order.count; i++) {
		const struct process *process = &checkpoint->processes[order.places[i].index];

		if (viewing_chooses(viewing, process))
			ret = show_process(viewing, process, order.places[i].depth, err);
	}
	process_order_release(&order);
	return ret;
}

const struct view processes_view = {
	.command = COMMAND_PROCESSES,
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.reads_bytes = true,
	.show_checkpoint = show,
};
