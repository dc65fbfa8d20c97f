#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/check.h"
#include "cli/compile_command.h"
#include "cli/exit_code.h"
#include "cli/look/look_command.h"
#include "cli/message.h"
#include "cli/options/help.h"
#include "cli/options/option_table.h"
#include "cli/options/parse.h"
#include "cli/options/suggest.h"
#include "cli/scan.h"

/*
 * A file opened where a standard stream is missing would take its number, and the report would be written
 * into it. What stands there instead refuses what the stream is for.
 */
static void fill_standard_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (fcntl(i, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", modes[i]);
	}
}

static const struct command_spec *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_SPECS; i++) {
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	}
	return NULL;
}

/* A first argument that is no file but almost a command is a slip, not a checkpoint that is missing. */
static int refuse_misspelt_command(const char *argument, struct error *err)
{
	const char *names[COMMAND_SPECS], *near;
	struct stat info;

	if (argument[0] == '-' || lstat(argument, &info) == 0)
		return 0;
	for (size_t i = 0; i < COMMAND_SPECS; i++)
		names[i] = command_table[i].name;
	near = suggest(argument, names, COMMAND_SPECS);
	if (!near)
		return 0;
	return error_set(err, ERROR_USAGE, 0, "no command and no file \"%s\" (did you mean %s?)",
			 argument, near);
}

static enum exit_code write_result(const struct text *text)
{
	struct error err;

	if (!text->failed && fwrite(text->data, 1, text->length, stdout) == text->length &&
	    fflush(stdout) == 0)
		return EXIT_COMPLETE;
	error_set(&err, ERROR_SYSTEM, errno, "write to standard output");
	message_error(&err);
	return EXIT_MACHINE;
}

static enum exit_code show_help(const struct command_spec *command)
{
	struct text text = { 0 };
	enum exit_code code;

	help_add(&text, command);
	code = write_result(&text);
	text_release(&text);
	return code;
}

static enum exit_code show_version(void)
{
	struct text text = { 0 };
	enum exit_code code;

	text_add(&text, "ckpt-scan " CKPT_VERSION "\n");
	code = write_result(&text);
	text_release(&text);
	return code;
}

static enum exit_code refuse(const struct error *err)
{
	message_usage(err);
	return err->code == ERROR_MEMORY ? EXIT_MACHINE : EXIT_USAGE;
}

static enum exit_code start_command(const struct settings *settings)
{
	switch ((enum command_bit)settings->command) {
	case COMMAND_BENCH:
		return bench_command(settings);
	case COMMAND_CHECK:
		return check_command(settings);
	case COMMAND_COMPILE:
		return compile_command(settings);
	case COMMAND_SCAN:
		return scan_command(settings);
	default:
		return look_command(settings);
	}
}

static enum exit_code run_command(const struct command_spec *command, char *const *arguments,
				  size_t count)
{
	struct settings settings;
	struct error err;
	enum exit_code code;
	int ret = settings_init(&settings, &err);

	if (ret)
		return refuse(&err);
	ret = options_parse(&settings, command->bit, arguments, count, &err);
	if (!ret && settings.help)
		code = show_help(command);
	else if (!ret && settings.version)
		code = show_version();
	else if (ret || settings_check(&settings, &err))
		code = refuse(&err);
	else
		code = start_command(&settings);
	settings_release(&settings);
	return code;
}

/* Some file systems tell only now that what was written did not arrive. */
static enum exit_code close_standard_output(enum exit_code code)
{
	struct error err;

	if (code == EXIT_MACHINE || fclose(stdout) == 0)
		return code;
	error_set(&err, ERROR_SYSTEM, errno, "write to standard output");
	message_error(&err);
	return EXIT_MACHINE;
}

/* The name that checkpointctl finds its plugins by. */
static bool is_plugin(const char *program)
{
	const char *slash = program ? strrchr(program, '/') : NULL;
	const char *name = slash ? slash + 1 : program;

	return name && strcmp(name, "checkpointctl-scan") == 0;
}

static enum exit_code describe_plugin(void)
{
	struct text text = { 0 };
	enum exit_code code;

	text_add(&text, "Run YARA rules over the process memory inside checkpoints\n");
	code = write_result(&text);
	text_release(&text);
	return code == EXIT_COMPLETE ? EXIT_PLUGIN : code;
}

/* checkpointctl has taken the command's name, so that all arguments are the scan's. */
static enum exit_code run_plugin(char *const *arguments, size_t count)
{
	if (count == 1 && strcmp(arguments[0], "--plugin-description") == 0)
		return describe_plugin();
	return run_command(&command_table[0], arguments, count);
}

int main(int argc, char **argv)
{
	const struct command_spec *command = argc > 1 ? find_command(argv[1]) : NULL;
	int first = argc > 1 ? 1 : argc;
	struct error err;

	fill_standard_descriptors();
	/* A reader that went away, or a limit of file sizes, is a write error, which is reported. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (is_plugin(argc > 0 ? argv[0] : NULL))
		return close_standard_output(run_plugin(argv + first, (size_t)(argc - first)));
	if (command)
		first++;
	else if (argc > 1 && refuse_misspelt_command(argv[1], &err))
		return refuse(&err);
	return close_standard_output(run_command(command ? command : &command_table[0],
						 argv + first, (size_t)(argc - first)));
}
