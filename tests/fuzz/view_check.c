#include "tests/fuzz/view_check.h"

#include <jansson.h>
#include <string.h>

#include "cli/look/views.h"
#include "engine/base/text.h"
#include "tests/fuzz/require.h"

#define DUMPED UINT64_C(9000)

static char *show(const struct look *look, const struct view *view, const struct settings *settings)
{
	_Atomic int stop = 0;
	struct viewing viewing;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	require(stream);
	require(!viewing_init(&viewing, view, settings, stream, &stop, NULL));
	require(!viewing_checkpoint(&viewing, look, NULL));
	require(!viewing_end(&viewing, NULL));
	viewing_release(&viewing);
	fclose(stream);
	require(strlen(text) == length);
	return text;
}

static void check_text(const char *text)
{
	struct bytes bytes = { (const uint8_t *)text, strlen(text) };

	require(utf8_is_valid(bytes));
	for (size_t i = 0; i < bytes.length; i++)
		require(bytes.data[i] >= ' ' || bytes.data[i] == '\n');
}

static void check_rows(char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		require(json_is_object(row));
		json_decref(row);
	}
}

/* As text and as rows. */
static void check_view(const struct look *look, const struct view *view, struct settings *settings)
{
	const char *json = "json";
	char *text = show(look, view, settings);

	check_text(text);
	free(text);
	settings->outputs = (struct string_list){ .items = &json, .count = 1 };
	text = show(look, view, settings);
	settings->outputs = (struct string_list){ 0 };
	check_rows(text);
	free(text);
}

/* The start of a process's first mapping, and what is around it. */
static void check_dump(const struct look *look, struct settings *settings)
{
	const struct checkpoint *checkpoint = look->checkpoint;

	for (size_t i = 0; i < checkpoint->process_count && look->siblings == 1; i++) {
		const struct process *process = &checkpoint->processes[i];
		uint64_t start = process->vma_count ? process->vmas[0].start : 0;
		uint32_t pid = process->pid;
		uint64_t last = start > UINT64_MAX - DUMPED ? UINT64_MAX : start + DUMPED;

		settings->pids = (struct number_list){ .items = &pid, .count = 1 };
		settings->address = (struct address_choice){ true, start ? start - 1 : 0, last };
		check_view(look, &dump_view, settings);
		settings->pids = (struct number_list){ 0 };
		settings->address = (struct address_choice){ 0 };
	}
}

void check_views(const struct look *look)
{
	static const struct view *const views[] = { &show_view,	 &processes_view,
						    &maps_view,	 &environment_view,
						    &files_view, &strings_view };
	struct settings settings;

	require(!settings_init(&settings, NULL));
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		check_view(look, views[i], &settings);
	check_dump(look, &settings);
	settings_release(&settings);
}
