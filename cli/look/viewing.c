#include "cli/look/viewing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/options/option_table.h"
#include "cli/outputs.h"
#include "engine/base/json_writer.h"
#include "report/fields.h"
#include "report/format.h"
#include "report/style.h"
#include "scanners/select.h"

static int new_table(struct viewing *viewing, struct error *err)
{
	if (viewing->json || !viewing->view->columns)
		return 0;
	return table_new(&viewing->table, viewing->view->columns, viewing->view->column_count,
			 viewing->stream, viewing->color, err);
}

static int end_table(struct viewing *viewing, struct error *err)
{
	int ret = viewing->table ? table_end(viewing->table, err) : 0;

	table_free(viewing->table);
	viewing->table = NULL;
	return ret;
}

int viewing_init(struct viewing *viewing, const struct view *view, const struct settings *settings,
		 FILE *stream, _Atomic int *stop, struct error *err)
{
	*viewing = (struct viewing){
		.view = view,
		.settings = settings,
		.choice = { .pids = settings->pids.items,
			    .pid_count = settings->pids.count,
			    .process_globs = settings->processes.items,
			    .process_glob_count = settings->processes.count },
		.filter = { .vma_kinds = settings->vma_kinds,
			    .protection = settings->protection,
			    .has_range = settings->address.given,
			    .first = settings->address.first,
			    .last = settings->address.last },
		.stream = stream,
		.color = color_wanted((enum color_choice)settings->color, fileno(stream)),
		.stop = stop,
	};
	if (settings->outputs.count) {
		viewing->json = calloc(1, sizeof(*viewing->json));
		if (!viewing->json)
			return error_no_memory(err, "rows");
	}
	return view->one_table ? new_table(viewing, err) : 0;
}

void viewing_release(struct viewing *viewing)
{
	if (viewing->json)
		json_writer_release(viewing->json);
	free(viewing->json);
	table_free(viewing->table);
	text_release(&viewing->text);
}

static int write_out(struct viewing *viewing, const struct text *text, struct error *err)
{
	if (text->failed)
		return error_no_memory(err, "a row");
	if (text->length && fwrite(text->data, 1, text->length, viewing->stream) != text->length)
		return error_set(err, ERROR_SYSTEM, errno, "write to standard output");
	return 0;
}

static int write_text(struct viewing *viewing, struct error *err)
{
	int ret = write_out(viewing, &viewing->text, err);

	text_clear(&viewing->text);
	return ret;
}

static int flush(struct viewing *viewing, struct error *err)
{
	if (fflush(viewing->stream) != 0 || ferror(viewing->stream))
		return error_set(err, ERROR_SYSTEM, errno, "write to standard output");
	return 0;
}

/* Above a checkpoint's first row: without a result there is no output. */
static int write_heading(struct viewing *viewing, struct error *err)
{
	struct text heading = { 0 };
	int ret;

	if (viewing->heading || viewing->json || viewing->view->one_table ||
	    viewing->settings->bytes)
		return 0;
	if (viewing->any_heading)
		text_add_byte(&heading, '\n');
	viewing->heading = viewing->any_heading = true;
	report_add_heading(&heading, viewing->look->outline, viewing->color);
	ret = write_out(viewing, &heading, err);
	text_release(&heading);
	return ret;
}

static int show_processes(struct viewing *viewing, struct error *err)
{
	const struct checkpoint *checkpoint = viewing->look->checkpoint;
	int ret = 0;

	for (size_t i = 0; i < checkpoint->process_count && !ret; i++) {
		if (viewing_chooses(viewing, &checkpoint->processes[i]))
			ret = viewing->view->show_process(viewing, &checkpoint->processes[i], err);
	}
	return ret;
}

static int note_nothing(const struct viewing *viewing, struct error *err)
{
	const struct warning nothing = { .code = WARNING_NOTHING_SELECTED };

	if (warning_list_add(viewing->look->warnings, &nothing, "the filters select nothing here") <
	    0)
		return error_no_memory(err, "a warning");
	return 0;
}

int viewing_checkpoint(struct viewing *viewing, const struct look *look, struct error *err)
{
	bool selected_before = viewing->selected;
	int ret;

	viewing->look = look;
	viewing->selected = viewing->heading = false;
	ret = viewing->view->one_table ? 0 : new_table(viewing, err);
	if (!ret)
		ret = viewing->view->show_checkpoint ? viewing->view->show_checkpoint(viewing, err)
						     : show_processes(viewing, err);
	if (!ret && !viewing->view->one_table)
		ret = end_table(viewing, err);
	if (!ret)
		ret = flush(viewing, err);
	if (!ret && viewing_narrows(viewing) && !viewing->selected)
		ret = note_nothing(viewing, err);
	viewing->selected |= selected_before;
	return ret;
}

int viewing_end(struct viewing *viewing, struct error *err)
{
	int ret = end_table(viewing, err);

	return ret ? ret : flush(viewing, err);
}

bool viewing_narrows(const struct viewing *viewing)
{
	return viewing->choice.pid_count || viewing->choice.process_glob_count ||
	       (viewing->view->by_mapping && memory_filter_narrows(&viewing->filter));
}

bool viewing_chooses(struct viewing *viewing, const struct process *process)
{
	if (!select_process(&viewing->choice, process))
		return false;
	if (!viewing->view->by_mapping || !memory_filter_narrows(&viewing->filter))
		viewing->selected = true;
	return true;
}

bool viewing_chooses_vma(const struct viewing *viewing, const struct vma *vma)
{
	return memory_filter_takes(&viewing->filter, vma);
}

static const char *command_name(unsigned command)
{
	size_t i = 0;

	while (command_table[i].bit != command)
		i++;
	return command_table[i].name;
}

void viewing_begin_row(struct viewing *viewing)
{
	if (!viewing->json)
		return;
	json_writer_clear(viewing->json);
	json_writer_open_object(viewing->json, NULL);
	json_writer_string(viewing->json, "type", command_name(viewing->view->command));
	fields_checkpoint(viewing->json, viewing->look->outline,
			  viewing->view->command == COMMAND_SHOW);
	fields_container(viewing->json, viewing->look->outline);
}

static int end_line(struct viewing *viewing, struct error *err)
{
	json_writer_close_object(viewing->json);
	text_add_byte(&viewing->json->text, '\n');
	return write_out(viewing, &viewing->json->text, err);
}

int viewing_end_row(struct viewing *viewing, struct error *err)
{
	int ret = viewing->json ? end_line(viewing, err) : 0;

	viewing->selected = true;
	if (!ret)
		ret = write_heading(viewing, err);
	if (!ret && viewing->table)
		ret = table_end_row(viewing->table, err);
	else if (!ret)
		ret = write_text(viewing, err);
	if (!ret && atomic_load(viewing->stop))
		return error_set(err, ERROR_INTERRUPTED, 0, "stopped before all was shown");
	return ret;
}

void viewing_cell_text(struct viewing *viewing, const char *text)
{
	struct text *cell = table_cell(viewing->table);

	if (text)
		text_add_escaped_start(cell, text, LONGEST_SHOWN);
}

void viewing_cell_number(struct viewing *viewing, uint64_t number)
{
	text_add_format(table_cell(viewing->table), "%" PRIu64, number);
}

void viewing_protection(const struct vma *vma, char out[5])
{
	uint32_t protection = vma ? vma->protection : 0;

	out[0] = protection & PROTECTION_READ ? 'r' : '-';
	out[1] = protection & PROTECTION_WRITE ? 'w' : '-';
	out[2] = protection & PROTECTION_EXECUTE ? 'x' : '-';
	out[3] = vma && vma->shared ? 's' : 'p';
	out[4] = '\0';
}
