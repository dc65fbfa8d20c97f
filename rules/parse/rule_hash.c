#include "rules/parse/rule_hash.h"

#include <endian.h>

#include "rules/parse/grammar.h"
#include "rules/parse/hex_string.h"

/* One token: its kind (constant: hashes are compared between versions) and its value, each with its length. */
static int add(struct parse_context *context, char kind, const void *data, size_t length)
{
	struct error *err = context->job->err;
	int ret = digest_add_sized(context->hash, &kind, 1, err);

	return ret < 0 ? ret : digest_add_sized(context->hash, data, length, err);
}

static int add_integer(struct parse_context *context, int64_t integer)
{
	uint64_t number = htole64((uint64_t)integer);

	return add(context, 'i', &number, sizeof(number));
}

static int add_float(struct parse_context *context, double real)
{
	uint64_t number;

	_Static_assert(sizeof(number) == sizeof(real), "a float is hashed as its eight bytes");
	__builtin_memcpy(&number, &real, sizeof(number));
	number = htole64(number);
	return add(context, 'f', &number, sizeof(number));
}

static int add_regex(struct parse_context *context, const struct raw_literal *regex)
{
	char flags[] = { regex->nocase ? 'i' : '-', regex->dot_all ? 's' : '-' };
	int ret = add(context, 'r', regex->source.data, regex->source.length);

	return ret < 0 ? ret
		       : digest_add_sized(context->hash, flags, sizeof(flags), context->job->err);
}

static int add_hex(struct parse_context *context, const struct raw_literal *hex)
{
	struct bytes plain;

	if (!hex_string_normalize(&plain, context->job->arena, hex->source))
		return error_no_memory(context->job->err, "a hex string");
	return add(context, 'h', plain.data, plain.length);
}

static int add_token(struct parse_context *context, int token, const union token_value *value,
		     const struct token_place *place)
{
	switch (token) {
	case TOKEN_TEXT:
		return add(context, 't', value->text.data, value->text.length);
	case TOKEN_INTEGER:
		return add_integer(context, value->integer);
	case TOKEN_FLOAT:
		return add_float(context, value->real);
	case TOKEN_REGEX:
		return add_regex(context, &value->literal);
	case TOKEN_HEX:
		return add_hex(context, &value->literal);
	}
	return add(context, 'w', context->text + place->start, place->end - place->start);
}

void rule_hash_add(struct parse_context *context, int token, const union token_value *value,
		   const struct token_place *place)
{
	struct parse_job *job = context->job;

	if (token == TOKEN_META)
		context->hash_paused = true;
	else if (token == TOKEN_STRINGS || token == TOKEN_CONDITION)
		context->hash_paused = false;
	if (context->hash_paused || job->failed)
		return;
	if (!context->hash)
		job->failed = digest_new(&context->hash, job->err);
	if (!job->failed)
		job->failed = add_token(context, token, value, place);
}

bool rule_hash_end(struct parse_context *context, uint8_t out[DIGEST_BYTES])
{
	struct parse_job *job = context->job;

	if (!job->failed)
		job->failed = digest_end(context->hash, out, job->err);
	return !job->failed;
}

void rule_hash_reset(struct parse_context *context)
{
	digest_free(context->hash);
	context->hash = NULL;
	context->hash_paused = false;
}
