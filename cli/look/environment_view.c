#include "cli/look/views.h"

#include "cli/options/option_table.h"
#include "engine/base/json_writer.h"
#include "scanners/environment.h"

struct showing {
	struct viewing *viewing;
	const struct process *process;
};

static const struct table_column columns[] = {
	{ .title = "PID", .right = true },
	{ .title = "NAME" },
	{ .title = "VALUE" },
};

static int show_variable(void *context, struct bytes name, struct bytes value, struct error *err)
{
	const struct showing *showing = context;
	struct viewing *viewing = showing->viewing;

	viewing_begin_row(viewing);
	if (viewing->json) {
		json_writer_unsigned(viewing->json, "pid", showing->process->pid);
		json_writer_text_bytes(viewing->json, "name", name);
		json_writer_text_bytes(viewing->json, "value", value);
	} else {
		viewing_cell_number(viewing, showing->process->pid);
		text_add_escaped(table_cell(viewing->table), name);
		text_add_escaped(table_cell(viewing->table), value);
	}
	return viewing_end_row(viewing, err);
}

static int show_process(struct viewing *viewing, const struct process *process, struct error *err)
{
	struct showing showing = { viewing, process };
	const struct look *look = viewing->look;
	struct process_memory *memory;
	int ret = process_memory_new(&memory, look->checkpoint, process, err);

	if (ret)
		return ret;
	ret = environment_each(process, memory, look->files, look->warnings, show_variable,
			       &showing, err);
	process_memory_free(memory);
	return ret;
}

const struct view environment_view = {
	.command = COMMAND_ENVIRONMENT,
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.reads_bytes = true,
	.show_process = show_process,
};
