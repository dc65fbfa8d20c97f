#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules/modules/registry.h"

/* Room for any number that is written here; the longest is the largest double in full. */
#define NUMBER_BYTES 400

/* Messages go as they are, up to a zero byte, as in YARA. */
static size_t message_length(struct bytes message)
{
	return message.length ? strnlen((const char *)message.data, message.length) : 0;
}

/* Always true, so that a call can stand anywhere in a condition. */
static int say(struct module_context *context, const char *line, size_t length, struct value *out,
	       struct error *err)
{
	*out = value_integer(1);
	return context->log(context, line, length, err);
}

/* @message, then the text @number. */
static int say_number(struct module_context *context, struct bytes message, const char *number,
		      struct value *out, struct error *err)
{
	size_t length = message_length(message), number_length = strlen(number);
	char *line = arena_alloc(context->texts, length + number_length);

	if (!line)
		return error_no_memory(err, "a console line");
	if (length)
		memcpy(line, message.data, length);
	memcpy(line + length, number, number_length);
	return say(context, line, length + number_length, out, err);
}

/* Printable bytes as they are, others as \x and two digits. */
static size_t escape(struct bytes text, char *to)
{
	static const char digits[] = "0123456789abcdef";
	char *start = to;

	for (size_t i = 0; i < text.length; i++) {
		uint8_t byte = text.data[i];

		if (byte >= 0x20 && byte < 0x7f) {
			*to++ = (char)byte;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[byte >> 4];
		*to++ = digits[byte & 15];
	}
	return (size_t)(to - start);
}

static int say_text(struct module_context *context, struct bytes message, struct bytes text,
		    struct value *out, struct error *err)
{
	size_t length = message_length(message);
	char *line = arena_alloc(context->texts, length + 4 * text.length);

	if (!line)
		return error_no_memory(err, "a console line");
	if (length)
		memcpy(line, message.data, length);
	return say(context, line, length + escape(text, line + length), out, err);
}

static int log_text(struct module_context *context, const struct value *arguments,
		    struct value *out, struct error *err)
{
	return say_text(context, (struct bytes){ 0 }, arguments[0].text, out, err);
}

static int log_text_message(struct module_context *context, const struct value *arguments,
			    struct value *out, struct error *err)
{
	return say_text(context, arguments[0].text, arguments[1].text, out, err);
}

static int say_integer(struct module_context *context, struct bytes message, int64_t integer,
		       struct value *out, struct error *err)
{
	char number[NUMBER_BYTES];

	snprintf(number, sizeof(number), "%" PRId64, integer);
	return say_number(context, message, number, out, err);
}

static int log_integer(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	return say_integer(context, (struct bytes){ 0 }, arguments[0].integer, out, err);
}

static int log_integer_message(struct module_context *context, const struct value *arguments,
			       struct value *out, struct error *err)
{
	return say_integer(context, arguments[0].text, arguments[1].integer, out, err);
}

static int say_float(struct module_context *context, struct bytes message, double real,
		     struct value *out, struct error *err)
{
	char number[NUMBER_BYTES];

	snprintf(number, sizeof(number), "%f", real);
	return say_number(context, message, number, out, err);
}

static int log_float(struct module_context *context, const struct value *arguments,
		     struct value *out, struct error *err)
{
	return say_float(context, (struct bytes){ 0 }, arguments[0].real, out, err);
}

static int log_float_message(struct module_context *context, const struct value *arguments,
			     struct value *out, struct error *err)
{
	return say_float(context, arguments[0].text, arguments[1].real, out, err);
}

static int say_hex(struct module_context *context, struct bytes message, int64_t integer,
		   struct value *out, struct error *err)
{
	char number[NUMBER_BYTES];

	snprintf(number, sizeof(number), "0x%" PRIx64, (uint64_t)integer);
	return say_number(context, message, number, out, err);
}

static int hex(struct module_context *context, const struct value *arguments, struct value *out,
	       struct error *err)
{
	return say_hex(context, (struct bytes){ 0 }, arguments[0].integer, out, err);
}

static int hex_message(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	return say_hex(context, arguments[0].text, arguments[1].integer, out, err);
}

static const struct module_member members[] = {
	MODULE_CALL("log", "s", MODULE_INTEGER, log_text),
	MODULE_CALL("log", "ss", MODULE_INTEGER, log_text_message),
	MODULE_CALL("log", "i", MODULE_INTEGER, log_integer),
	MODULE_CALL("log", "si", MODULE_INTEGER, log_integer_message),
	MODULE_CALL("log", "f", MODULE_INTEGER, log_float),
	MODULE_CALL("log", "sf", MODULE_INTEGER, log_float_message),
	MODULE_CALL("hex", "i", MODULE_INTEGER, hex),
	MODULE_CALL("hex", "si", MODULE_INTEGER, hex_message),
	{ .name = NULL },
};

const struct module console_module = {
	.name = "console",
	.members = members,
	.evaluated = true,
	.reads_nothing = true,
	.logs = true,
};
