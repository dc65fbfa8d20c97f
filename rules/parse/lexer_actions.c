#include "rules/parse/lexer_actions.h"

#include <string.h>

#include "rules/parse/grammar.h"
#include "rules/parse/number.h"

/* Sets where @place ends on its first line: @text is what it covers. */
static void place_cover(struct token_place *place, const char *text)
{
	size_t length = place->end - place->start;
	const char *line_end = length ? memchr(text, '\n', length) : NULL;

	place->length = (uint32_t)(line_end ? (size_t)(line_end - text) : length);
}

void action_token(struct parse_context *context, struct token_place *place, const char *text,
		  size_t length)
{
	const char *end = text + length, *line_end;

	place->line = context->line;
	place->column = context->column;
	place->start = context->offset;
	place->end = context->offset += length;
	place_cover(place, text);
	while ((line_end = memchr(text, '\n', (size_t)(end - text)))) {
		context->line++;
		context->column = 1;
		text = line_end + 1;
	}
	context->column += (uint32_t)(end - text);
}

int action_end(struct parse_context *context, struct token_place *place)
{
	*place = (struct token_place){ context->line, context->column, 1, context->offset,
				       context->offset };
	context->at_end = true;
	return TOKEN_END;
}

void action_open(struct parse_context *context, const struct token_place *place)
{
	context->literal_place = *place;
	context->literal_length = 0;
	context->literal_is_bad = false;
}

/* The whole literal becomes the place of its token. */
static void close_literal(struct parse_context *context, struct token_place *place)
{
	struct token_place whole = context->literal_place;

	whole.end = context->offset;
	place_cover(&whole, context->text + whole.start);
	*place = whole;
}

int action_unterminated(struct parse_context *context, struct token_place *place, const char *what)
{
	close_literal(context, place);
	context_error(context, *place, "syntax-error", "unterminated %s", what);
	context->literal_is_bad = true;
	return TOKEN_BROKEN;
}

static void report_too_long(struct parse_context *context, const char *what)
{
	if (!context->literal_is_bad)
		context_error(context, context->literal_place, "syntax-error",
			      "%s is too long (limit: %u bytes)", what, LITERAL_BYTES_LIMIT);
	context->literal_is_bad = true;
}

void action_add(struct parse_context *context, const char *text, size_t length)
{
	if (length > sizeof(context->literal) - context->literal_length) {
		report_too_long(context, "text string");
		return;
	}
	memcpy(context->literal + context->literal_length, text, length);
	context->literal_length += length;
}

static int digit_value(char digit)
{
	return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

void action_add_hex(struct parse_context *context, const char *digits)
{
	const char byte = (char)(16 * digit_value(digits[0]) + digit_value(digits[1]));

	action_add(context, &byte, 1);
}

void action_illegal_escape(struct parse_context *context, struct token_place place)
{
	context_error(context, place, "syntax-error", "illegal escape sequence");
	context->literal_is_bad = true;
	/* An empty text would be an error of its own. */
	action_add(context, "?", 1);
}

/* Copies into the arena; while skipping nobody looks at values. */
static struct bytes keep_bytes(struct parse_context *context, const void *data, size_t length)
{
	struct bytes kept = { 0 };

	if (context->quiet)
		return kept;
	kept.data = arena_copy(context->job->arena, data, length);
	if (!kept.data)
		context_no_memory(context);
	else
		kept.length = length;
	return kept;
}

int action_text(struct parse_context *context, union token_value *value, struct token_place *place)
{
	close_literal(context, place);
	if (context->literal_is_bad && !context->literal_length)
		action_add(context, "?", 1);
	value->text = keep_bytes(context, context->literal, context->literal_length);
	return TOKEN_TEXT;
}

/* What stands between the opening of the literal and its last @tail bytes. */
static struct raw_literal raw_literal(struct parse_context *context, size_t tail)
{
	struct token_place opened = context->literal_place;
	size_t start = opened.start + 1, end = context->offset - tail;
	struct raw_literal literal = { .is_bad = context->literal_is_bad };

	literal.place = (struct token_place){ opened.line, opened.column + 1, 1, start, end };
	if (!literal.is_bad)
		literal.source = keep_bytes(context, context->text + start, end - start);
	return literal;
}

/* As YARA counts: an escaped slash is one byte. */
static size_t regex_length(const struct parse_context *context, size_t tail)
{
	const char *at = context->text + context->literal_place.start + 1;
	const char *end = context->text + context->offset - tail;
	size_t length = (size_t)(end - at);

	for (; at < end; at++) {
		if (*at != '\\')
			continue;
		at++;
		length -= at < end && *at == '/';
	}
	return length;
}

int action_regex(struct parse_context *context, union token_value *value, struct token_place *place,
		 const char *flags)
{
	size_t tail = strlen(flags);

	close_literal(context, place);
	if (regex_length(context, tail) > LITERAL_BYTES_LIMIT)
		report_too_long(context, "regular expression");
	value->literal = raw_literal(context, tail);
	value->literal.nocase = strchr(flags, 'i');
	value->literal.dot_all = strchr(flags, 's');
	return TOKEN_REGEX;
}

void action_bad_hex(struct parse_context *context, struct token_place place)
{
	place.length = 1;
	if (!context->literal_is_bad)
		context_error(context, place, "invalid-hex-string",
			      "invalid hex string \"$%s\": invalid character in hex string",
			      context->string_name ? context->string_name : "");
	context->literal_is_bad = true;
}

int action_hex(struct parse_context *context, union token_value *value, struct token_place *place)
{
	close_literal(context, place);
	value->literal = raw_literal(context, 1);
	return TOKEN_HEX;
}

int action_read(union token_value *value, const char *text, size_t length)
{
	bool is_unsigned = text[0] == 'u';
	char size = text[is_unsigned ? 4 : 3]; /* the first digit of 8, 16, 32 */

	value->read.is_signed = !is_unsigned;
	value->read.big_endian = text[length - 1] == 'e';
	value->read.bytes = size == '8' ? 1 : size == '1' ? 2 : 4;
	return TOKEN_INTEGER_READ;
}

int action_name(struct parse_context *context, union token_value *value, const char *name,
		size_t length, int token)
{
	value->name = "";
	if (!length || context->quiet)
		return token;
	value->name = arena_copy_string(context->job->arena, name, length);
	if (value->name)
		return token;
	context_no_memory(context);
	return TOKEN_BROKEN;
}

int action_string_name(struct parse_context *context, union token_value *value, const char *name,
		       size_t length)
{
	int token = action_name(context, value, name, length, TOKEN_STRING_ID);

	context->string_name = value->name;
	return token;
}

int action_identifier(struct parse_context *context, union token_value *value,
		      struct token_place place, const char *name, size_t length)
{
	if (length > IDENTIFIER_BYTES_LIMIT) {
		context_error(context, place, "syntax-error", "identifier too long");
		length = IDENTIFIER_BYTES_LIMIT;
	}
	return action_name(context, value, name, length, TOKEN_IDENTIFIER);
}

int action_integer(struct parse_context *context, union token_value *value,
		   struct token_place place, const char *text, size_t length)
{
	if (!number_parse_integer(text, length, &value->integer)) {
		context_error(context, place, "integer-overflow", "integer overflow in \"%.60s%s\"",
			      text, length > 60 ? "..." : "");
		value->integer = 1; /* no bound is broken, nothing divided by zero */
	}
	return TOKEN_INTEGER;
}

int action_float(union token_value *value, const char *text)
{
	value->real = number_parse_float(text);
	return TOKEN_FLOAT;
}

int action_not_ascii(struct parse_context *context, struct token_place place)
{
	context_error(context, place, "syntax-error", "non-ascii character");
	return TOKEN_BROKEN;
}

int action_unknown(struct parse_context *context, struct token_place place, unsigned char byte)
{
	if (byte > ' ' && byte < 0x7f)
		context_error(context, place, "syntax-error",
			      "syntax error, unexpected character '%c'", byte);
	else
		context_error(context, place, "syntax-error",
			      "syntax error, unexpected byte 0x%02x", byte);
	return TOKEN_BROKEN;
}

void *action_alloc(struct parse_context *context, size_t bytes)
{
	size_t step = alignof(max_align_t), rounded = (bytes + step - 1) / step * step;

	if (rounded > sizeof(context->lexer_memory) - context->lexer_used)
		return NULL;

	void *memory = context->lexer_memory + context->lexer_used;

	context->lexer_used += rounded;
	return memory;
}
