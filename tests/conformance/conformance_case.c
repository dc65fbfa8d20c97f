#include "tests/conformance/conformance_case.h"

#include <stdlib.h>
#include <string.h>

/* What a case without input is scanned as. */
static const char null_input[] = "dummy";

static int base64_digit(char letter)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = letter ? strchr(digits, letter) : NULL;

	return at ? (int)(at - digits) : -1;
}

uint8_t *base64_decode(const char *text, size_t *length)
{
	size_t digits = strcspn(text, "="), got = 0;
	uint8_t *out = malloc(digits * 3 / 4 + 1);
	uint32_t bits = 0;

	for (size_t i = 0; out && i < digits; i++) {
		int digit = base64_digit(text[i]);

		if (digit < 0) {
			free(out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)digit;
		if (i % 4)
			out[got++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	*length = got;
	return out;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool take_rule(struct conformance_case *test)
{
	const char *encoded = text_of(test->object, "rule_b64"),
		   *rule = text_of(test->object, "rule");

	if (encoded) {
		test->rule = base64_decode(encoded, &test->rule_length);
	} else if (rule) {
		test->rule = (uint8_t *)strdup(rule);
		test->rule_length = strlen(rule);
	}
	return test->rule;
}

static bool take_input(struct conformance_case *test)
{
	const char *encoded = text_of(test->object, "input");

	if (encoded) {
		test->input = base64_decode(encoded, &test->input_length);
	} else {
		test->input = (uint8_t *)strdup(null_input);
		test->input_length = strlen(null_input);
	}
	return test->input;
}

static bool take_external(struct external *out, const char *name, const json_t *value)
{
	*out = (struct external){ .name = name };
	if (json_is_boolean(value)) {
		out->kind = EXTERNAL_BOOLEAN;
		out->integer = json_is_true(value);
	} else if (json_is_integer(value)) {
		out->kind = EXTERNAL_INTEGER;
		out->integer = json_integer_value(value);
	} else if (json_is_real(value)) {
		out->kind = EXTERNAL_FLOAT;
		out->real = json_real_value(value);
	} else if (json_is_string(value)) {
		out->kind = EXTERNAL_TEXT;
		out->text = (struct bytes){ (const uint8_t *)json_string_value(value),
					    json_string_length(value) };
	} else {
		return false;
	}
	return true;
}

static bool take_externals(struct conformance_case *test)
{
	json_t *externals = json_object_get(test->object, "externals"), *value;
	const char *name;

	json_object_foreach(externals, name, value)
	{
		if (test->external_count == CASE_EXTERNALS ||
		    !take_external(&test->externals[test->external_count++], name, value))
			return false;
	}
	return true;
}

static bool imports(const json_t *object, const char *module)
{
	const json_t *modules = json_object_get(object, "modules");

	for (size_t i = 0; i < json_array_size(modules); i++) {
		const char *name = json_string_value(json_array_get(modules, i));

		if (name && strcmp(name, module) == 0)
			return true;
	}
	return false;
}

/* Modules that are declared, but not evaluated. */
static bool imports_without_values(const json_t *object)
{
	static const char *const names[] = { "pe", "dotnet", "macho", "dex", "magic", "cuckoo" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (imports(object, names[i]))
			return true;
	}
	return false;
}

static bool fails_to_compile(const struct conformance_case *test)
{
	/* Which modules that YARA was built with is its own affair. */
	if (test->golden && !test->only_compiles)
		return json_is_false(json_object_get(test->golden, "compile_ok"));
	return json_object_get(test->expected, "error");
}

bool conformance_case_parse(struct conformance_case *out, const char *line, const char **reason)
{
	json_error_t problem;

	*out = (struct conformance_case){ .object = json_loads(line, JSON_ALLOW_NUL, &problem) };
	*reason = "no JSON object";
	if (!json_is_object(out->object))
		return false;
	out->id = text_of(out->object, "id");
	out->test = text_of(out->object, "test");
	out->golden = json_object_get(out->object, "golden_yara458");
	out->expected = json_object_get(out->object, "expected");
	*reason = "no rule, no input that is base64, no answer, or an external variable of another "
		  "kind";
	if (!take_rule(out) || !take_input(out) || !take_externals(out) ||
	    (!out->golden && !out->expected))
		return false;
	out->only_compiles = imports_without_values(out->object);
	out->undeclared = imports(out->object, "pb_tests");
	out->must_fail = fails_to_compile(out);
	out->all_passes = json_array_size(json_object_get(out->object, "passes")) > 1;
	return true;
}

void conformance_case_release(struct conformance_case *test)
{
	free(test->rule);
	free(test->input);
	json_decref(test->object);
	*test = (struct conformance_case){ 0 };
}
