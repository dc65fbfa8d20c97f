#include "cli/look/views.h"

#include <inttypes.h>

#include "cli/options/option_table.h"
#include "engine/base/json_writer.h"
#include "report/style.h"

static const struct table_column columns[] = {
	{ .title = "PID", .right = true },    { .title = "FD", .right = true },
	{ .title = "KIND", .least = 8 },      { .title = "FLAGS" },
	{ .title = "OBJECT", .right = true }, { .title = "PATH" },
};

enum { ACCESS_MODES = 3, CLOSE_ON_EXEC = 1 };

/* Flags of open() that every machine numbers the same, but for a few nobody makes containers for. */
static const struct {
	uint32_t bit;
	const char *name;
} flag_names[] = {
	{ 01000, "O_TRUNC" },	 { 02000, "O_APPEND" }, { 04000, "O_NONBLOCK" },
	{ 010000, "O_DSYNC" },	 { 020000, "O_ASYNC" }, { 01000000, "O_NOATIME" },
	{ 010000000, "O_PATH" },
};

/* O_CLOEXEC belongs to the descriptor; what has no name is a number. */
static void add_flags(struct text *text, const struct descriptor *descriptor)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };
	uint32_t flags = descriptor->file->flags & ~02000000u;

	text_add(text, modes[flags & ACCESS_MODES]);
	flags &= ~(uint32_t)ACCESS_MODES;
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
		if (!(flags & flag_names[i].bit))
			continue;
		text_add_format(text, "|%s", flag_names[i].name);
		flags &= ~flag_names[i].bit;
	}
	if (descriptor->flags & CLOSE_ON_EXEC)
		text_add(text, "|O_CLOEXEC");
	if (flags)
		text_add_format(text, "|0x%" PRIx32, flags);
}

/* Whether the kind is told apart by its object. */
static bool has_object(const struct open_file *file)
{
	return file->object && file->kind != OPEN_FILE_FILE;
}

/* As the object of a target: a name of the images', not a number to count with. */
static void add_object(struct json_writer *json, const char *name, uint64_t object)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, object);
	json_writer_string(json, name, number);
}

static void add_json(struct viewing *viewing, const struct descriptor *descriptor)
{
	const struct open_file *file = descriptor->file;
	struct json_writer *json = viewing->json;

	json_writer_unsigned(json, "fd", descriptor->fd);
	json_writer_string(json, "kind", open_file_kind_name(file->kind));
	json_writer_text(json, "path", file->path);
	if (file->deleted)
		json_writer_boolean(json, "deleted", true);
	text_clear(&viewing->text);
	add_flags(&viewing->text, descriptor);
	json_writer_string(json, "flags", viewing->text.data);
	json->text.failed |= viewing->text.failed;
	text_clear(&viewing->text);
	if (has_object(file))
		add_object(json, "object", file->object);
	json_writer_string(json, "protocol", file->protocol);
	json_writer_string(json, "state", file->state);
	json_writer_text(json, "local", file->local);
	json_writer_text(json, "remote", file->remote);
	if (file->peer)
		add_object(json, "peer", file->peer);
}

/* "tcp 10.0.0.7:6379 -> 10.0.0.9:41234 established" */
static void add_socket(struct text *cell, const struct open_file *file)
{
	text_add_escaped_string(cell, file->protocol ? file->protocol : "?");
	if (file->local) {
		text_add_byte(cell, ' ');
		text_add_escaped_string(cell, file->local);
	}
	if (file->remote) {
		text_add(cell, " -> ");
		text_add_escaped_string(cell, file->remote);
	} else if (file->peer) {
		text_add_format(cell, " -> %" PRIu64, file->peer);
	}
	if (file->state) {
		text_add_byte(cell, ' ');
		text_add_escaped_string(cell, file->state);
	}
}

static void add_cells(struct viewing *viewing, const struct descriptor *descriptor)
{
	const struct open_file *file = descriptor->file;
	struct text *cell;

	viewing_cell_number(viewing, descriptor->fd);
	text_add(table_cell(viewing->table), open_file_kind_name(file->kind));
	add_flags(table_cell(viewing->table), descriptor);
	cell = table_cell(viewing->table);
	if (has_object(file))
		text_add_format(cell, "%" PRIu64, file->object);
	cell = table_cell(viewing->table);
	if (file->kind == OPEN_FILE_SOCKET)
		add_socket(cell, file);
	else if (file->path)
		text_add_escaped_start(cell, file->path, LONGEST_SHOWN);
	if (file->deleted)
		text_add(cell, " (deleted)");
}

static int show_process(struct viewing *viewing, const struct process *process, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < process->descriptor_count && !ret; i++) {
		const struct descriptor *descriptor = &process->descriptors[i];

		if (!descriptor->file)
			continue;
		viewing_begin_row(viewing);
		if (viewing->json) {
			json_writer_unsigned(viewing->json, "pid", process->pid);
			add_json(viewing, descriptor);
		} else {
			viewing_cell_number(viewing, process->pid);
			add_cells(viewing, descriptor);
		}
		ret = viewing_end_row(viewing, err);
	}
	return ret;
}

const struct view files_view = {
	.command = COMMAND_FILES,
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.show_process = show_process,
};
