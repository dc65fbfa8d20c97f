#include "cli/look/look_command.h"

#include <stdatomic.h>
#include <unistd.h>

#include "cli/look/views.h"
#include "cli/kept_memory.h"
#include "cli/message.h"
#include "cli/outputs.h"
#include "cli/stop_signals.h"
#include "report/format.h"

/* One run over all operands. */
struct looking {
	const struct settings *settings;
	struct viewing viewing;
	struct stop_signals *signals;
	_Atomic int stop;
	size_t checkpoints;
	bool input, machine; /* incomplete because of it */
};

static const struct view *find_view(unsigned command)
{
	static const struct view *const views[] = {
		&show_view,  &processes_view, &maps_view,    &environment_view,
		&files_view, &dump_view,      &strings_view,
	};
	size_t i = 0;

	while (views[i]->command != command)
		i++;
	return views[i];
}

static int show_checkpoint(void *context, const struct look *look, struct error *err)
{
	struct looking *looking = context;

	return viewing_checkpoint(&looking->viewing, look, err);
}

static void say(const struct looking *looking, const struct checkpoint_outline *outline,
		const struct warning *warning)
{
	const struct settings *settings = looking->settings;
	struct text text = { 0 };

	if (settings->quiet && warning_code_effect(warning->code) == EFFECT_NOTE)
		return;
	report_add_warning(&text, outline, warning,
			   color_wanted((enum color_choice)settings->color, STDERR_FILENO));
	message_write(&text);
	text_release(&text);
}

static int show_warning(void *context, const struct checkpoint_outline *outline,
			const struct warning *warning, struct error *err)
{
	(void)err;
	say(context, outline, warning);
	return 0;
}

static int look_at(struct looking *looking, const char *path, struct error *err)
{
	const struct settings *settings = looking->settings;
	const struct look_options options = {
		.parents = settings->parents.items,
		.parent_count = settings->parents.count,
		.rootfs = settings->rootfs,
		.member = settings->member,
		.bytes = looking->viewing.view->reads_bytes,
		.memory = kept_memory(settings),
		.stop = &looking->stop,
	};
	const struct look_visitor visitor = { .context = looking,
					      .checkpoint = show_checkpoint,
					      .warning = show_warning };
	struct look_result result;
	int ret = look_run(path, &options, &visitor, &result, err);

	if (ret)
		return ret;
	looking->checkpoints += result.checkpoints;
	if (!result.complete && result.machine)
		looking->machine = true;
	else if (!result.complete)
		looking->input = true;
	return 0;
}

static int look_at_all(struct looking *looking, struct error *err)
{
	const struct string_list *operands = &looking->settings->operands;
	int ret = 0;

	for (size_t i = 0; i < operands->count && !ret; i++) {
		if (atomic_load(&looking->stop))
			return error_set(err, ERROR_INTERRUPTED, 0,
					 "stopped before all checkpoints were shown");
		ret = look_at(looking, operands->items[i], err);
	}
	return ret ? ret : viewing_end(&looking->viewing, err);
}

/* Filters that choose nothing anywhere are a slip, not an answer. */
static void tell_nothing_selected(struct looking *looking)
{
	const struct warning nothing = { .code = WARNING_NOTHING_SELECTED_IN_RUN,
					 .message = "the filters select nothing at all" };
	bool member = looking->settings->member && !looking->checkpoints;

	if (looking->viewing.selected || !(viewing_narrows(&looking->viewing) || member))
		return;
	looking->input = true;
	say(looking, NULL, &nothing);
}

static enum exit_code exit_code_of(struct looking *looking, int ret, const struct error *err)
{
	if (ret == ERROR_USAGE) {
		message_usage(err);
		return EXIT_USAGE;
	}
	if (ret) {
		message_error(err);
		return EXIT_MACHINE;
	}
	tell_nothing_selected(looking);
	if (looking->machine)
		return EXIT_MACHINE;
	return looking->input ? EXIT_INPUT : EXIT_COMPLETE;
}

static int refuse_terminal(const struct settings *settings, struct error *err)
{
	if (settings->bytes && isatty(STDOUT_FILENO))
		return error_set(err, ERROR_USAGE, 0,
				 "--bytes: a terminal obeys some bytes; send them to a file or a "
				 "pipe");
	return 0;
}

enum exit_code look_command(const struct settings *settings)
{
	struct looking looking = { .settings = settings };
	enum exit_code code;
	struct error err;
	int ret = refuse_terminal(settings, &err);

	if (!ret)
		ret = stop_signals_new(&looking.signals, &looking.stop, &err);
	if (!ret)
		ret = viewing_init(&looking.viewing, find_view(settings->command), settings, stdout,
				   &looking.stop, &err);
	if (!ret)
		ret = look_at_all(&looking, &err);
	code = exit_code_of(&looking, ret, &err);
	viewing_release(&looking.viewing);
	stop_signals_free(looking.signals);
	return code;
}
