#include "cli/options/help.h"

#include <ctype.h>
#include <string.h>

#define TEXT_COLUMN 30u
#define LAST_COLUMN 80u

/* @words from column TEXT_COLUMN on, broken at spaces; the line so far began at @line. */
static void add_wrapped(struct text *text, size_t line, const char *words)
{
	if (text->length - line > TEXT_COLUMN - 2) {
		text_add_byte(text, '\n');
		line = text->length;
	}
	text_pad(text, line, TEXT_COLUMN);
	for (bool first = true; *words; first = false) {
		size_t length = strcspn(words, " ");

		if (!first && text->length - line + 1 + length > LAST_COLUMN) {
			text_add_byte(text, '\n');
			line = text->length;
			text_pad(text, line, TEXT_COLUMN);
		} else if (!first) {
			text_add_byte(text, ' ');
		}
		text_add_bytes(text, (struct bytes){ (const uint8_t *)words, length });
		words += length + strspn(words + length, " ");
	}
	text_add_byte(text, '\n');
}

static void add_option(struct text *text, const struct option_spec *spec)
{
	size_t line = text->length;

	if (spec->letter)
		text_add_format(text, "  -%c, --%s", spec->letter, spec->name);
	else
		text_add_format(text, "      --%s", spec->name);
	if (spec->argument)
		text_add_format(text, " %s", spec->argument);
	add_wrapped(text, line, spec->help);
}

static void add_section(struct text *text, const struct command_spec *command,
			enum option_section section)
{
	bool begun = false;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (option_table[i].section != section ||
		    !(option_table[i].commands & command->bit))
			continue;
		if (!begun)
			text_add_format(text, "\n%s:\n", option_section_names[section]);
		begun = true;
		add_option(text, &option_table[i]);
	}
}

static void add_notes(struct text *text, const struct command_spec *command, const char *title,
		      const struct command_note *notes, size_t count)
{
	text_add_format(text, "\n%s:\n", title);
	for (size_t i = 0; i < count; i++) {
		size_t line = text->length;

		if (!(notes[i].commands & command->bit))
			continue;
		text_add_format(text, "  %s", notes[i].note.term);
		add_wrapped(text, line, notes[i].note.text);
	}
}

static void add_examples(struct text *text, const struct command_spec *command)
{
	text_add(text, "\nExamples:\n");
	for (size_t i = 0; i < EXAMPLE_NOTES; i++)
		if (example_notes[i].commands & command->bit)
			text_add_format(text, "  %s\n", example_notes[i].note.term);
}

static void add_commands(struct text *text)
{
	text_add(text, "\nCommands:\n");
	for (size_t i = 0; i < COMMAND_SPECS; i++) {
		size_t line = text->length;

		text_add_format(text, "  %s", command_table[i].name);
		add_wrapped(text, line, command_table[i].summary);
	}
}

static void add_sentence(struct text *text, const char *summary)
{
	text_add_byte(text, (char)toupper((unsigned char)summary[0]));
	text_add(text, summary + 1);
	text_add(text, ".\n");
}

static void add_scan(struct text *text)
{
	text_add(
		text,
		"Runs YARA rules over the process memory inside CRIU container checkpoints.\n"
		"CHECKPOINT is a directory of images, an archive, an OCI image, a core dump, or -\n"
		"for an archive on standard input.\n");
	add_commands(text);
}

void help_add(struct text *text, const struct command_spec *command)
{
	text_add_format(text, "Usage: %s\n\n", command->synopsis);
	if (command->kind == ABOUT_SCANS)
		add_scan(text);
	else
		add_sentence(text, command->summary);
	for (size_t section = 0; section < SECTIONS; section++)
		add_section(text, command, (enum option_section)section);
	if (command->kind != ABOUT_RULES)
		text_add(text,
			 "\nNumbers are decimal or 0x; sizes may end in K, M, G. Lists: comma "
			 "or repetition.\n");
	add_notes(text, command, "Exit codes", exit_notes, EXIT_NOTES);
	add_notes(text, command, "Environment", environment_notes, ENVIRONMENT_NOTES);
	add_examples(text, command);
}
