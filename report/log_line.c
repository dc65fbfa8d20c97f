#include <string.h>

#include "report/format.h"
#include "report/style.h"
#include "report/target_line.h"

static void add_rule(struct text *text, const struct rule *rule)
{
	if (strcmp(rule->namespace_name, "default") != 0) {
		text_add_escaped_string(text, rule->namespace_name);
		text_add_byte(text, ':');
	}
	text_add_escaped_string(text, rule->name);
}

/* A file that was named itself is told by the path of what was named. */
static void add_target(struct text *text, const struct target_outline *target, const char *path)
{
	if (target->path && strcmp(target->path, path) == 0)
		return;
	target_name_add(text, target);
	text_add(text, ": ");
}

/* Modules write bytes that are no text as \xNN already: a backslash of theirs is not doubled. */
static void add_message(struct text *text, struct bytes message)
{
	while (message.length) {
		const uint8_t *slash = memchr(message.data, '\\', message.length);
		size_t plain = slash ? (size_t)(slash - message.data) : message.length;

		text_add_escaped(text, (struct bytes){ message.data, plain });
		if (slash)
			text_add_byte(text, '\\');
		plain += slash != NULL;
		message = (struct bytes){ message.data + plain, message.length - plain };
	}
}

void report_add_log(struct text *text, const struct console_message *message, bool color)
{
	const char *path = message->checkpoint->path;

	text_add(text, "ckpt-scan: ");
	style_begin(text, STYLE_FAINT, color);
	text_add(text, "log:");
	style_end(text, color);
	text_add_byte(text, ' ');
	text_add_escaped_string(text, path);
	text_add(text, ": ");
	add_target(text, message->target, path);
	add_rule(text, message->rule);
	text_add(text, ": ");
	add_message(text, message->text);
	text_add_byte(text, '\n');
}
