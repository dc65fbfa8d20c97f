/*
 * The modules that are declared without values, against those of the libyara that is installed: every path through
 * our tables is a condition that it must compile too, and every constant has the value that it has there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <yara.h>

#include "rules/module.h"

#define PATH_BYTES 256

/* What 4.5 has and 4.2, which is the least that is installed anywhere, has not. */
static const char *const newer[] = {
	"dotnet.classes",
	"dotnet.number_of_classes",
	"pe.delayed_import_details",
	"pe.delayed_import_rva",
	"pe.export_details[0].rva",
	"pe.import_details[0].functions[0].rva",
	"pe.import_rva",
	"pe.is_signed",
	"pe.rich_signature.version_data",
	"pe.signatures[0].certificates",
	"pe.signatures[0].countersignatures",
	"pe.signatures[0].digest",
	"pe.signatures[0].file_digest",
	"pe.signatures[0].number_of_",
	"pe.signatures[0].signer_info",
	"pe.signatures[0].verified",
	NULL,
};

struct comparison {
	const char *module;
	size_t compared, failures;
};

static bool is_newer(const char *path)
{
	for (size_t i = 0; newer[i]; i++) {
		if (strncmp(path, newer[i], strlen(newer[i])) == 0)
			return true;
	}
	return false;
}

static int note_match(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
	(void)context;
	(void)data;
	if (message == CALLBACK_MSG_RULE_MATCHING)
		*(bool *)user = true;
	return CALLBACK_CONTINUE;
}

static bool is_true(YR_COMPILER *compiler)
{
	YR_RULES *rules;
	bool matched = false;

	assert_int_equal(yr_compiler_get_rules(compiler, &rules), ERROR_SUCCESS);
	assert_int_equal(
		yr_rules_scan_mem(rules, (const uint8_t *)"x", 1, 0, note_match, &matched, 0),
		ERROR_SUCCESS);
	yr_rules_destroy(rules);
	return matched;
}

/* @must_hold: the condition is true whatever is scanned. */
static void compare(struct comparison *comparison, const char *path, const char *condition,
		    bool must_hold)
{
	char text[2 * PATH_BYTES + 128];
	YR_COMPILER *compiler;

	if (is_newer(path))
		return;
	snprintf(text, sizeof(text), "import \"%s\" rule r { condition: %s }", comparison->module,
		 condition);
	assert_int_equal(yr_compiler_create(&compiler), ERROR_SUCCESS);
	comparison->compared++;
	if (yr_compiler_add_string(compiler, text, NULL)) {
		print_error("YARA does not compile %s\n", condition);
		comparison->failures++;
	} else if (must_hold && !is_true(compiler)) {
		print_error("YARA says otherwise: %s\n", condition);
		comparison->failures++;
	}
	yr_compiler_destroy(compiler);
}

static void compare_value(struct comparison *comparison, const char *path, enum module_type type,
			  const struct module_member *member)
{
	char condition[2 * PATH_BYTES];

	if (member->constant)
		snprintf(condition, sizeof(condition), "%s == %" PRId64, path, member->number);
	else if (type == MODULE_TEXT)
		snprintf(condition, sizeof(condition), "%s contains \"x\"", path);
	else
		snprintf(condition, sizeof(condition), "%s %% 2 == 1", path);
	compare(comparison, path, condition, member->constant);
}

static const char *argument_of(char letter)
{
	switch (letter) {
	case 'i':
		return "1";
	case 'f':
		return "1.0";
	case 's':
		return "\"s\"";
	case 'b':
		return "true";
	default:
		return "/r/";
	}
}

static void compare_call(struct comparison *comparison, const char *path,
			 const struct module_member *member)
{
	char call[PATH_BYTES];
	size_t length = (size_t)snprintf(call, sizeof(call), "%s(", path);

	for (const char *letter = member->arguments; *letter; letter++)
		length += (size_t)snprintf(call + length, sizeof(call) - length, "%s%s",
					   letter == member->arguments ? "" : ", ",
					   argument_of(*letter));
	snprintf(call + length, sizeof(call) - length, ")");
	compare_value(comparison, call, member->result, member);
}

static void compare_table(struct comparison *comparison, const char *path,
			  const struct module_member *table);

static void compare_member(struct comparison *comparison, const char *path,
			   const struct module_member *member)
{
	char element[PATH_BYTES];

	switch (member->type) {
	case MODULE_STRUCTURE:
		compare_table(comparison, path, member->members);
		break;
	case MODULE_ARRAY:
		snprintf(element, sizeof(element), "%s[0]", path);
		compare_member(comparison, element, member->members);
		break;
	case MODULE_DICTIONARY:
		snprintf(element, sizeof(element), "%s[\"k\"]", path);
		compare_member(comparison, element, member->members);
		break;
	case MODULE_FUNCTION:
		compare_call(comparison, path, member);
		break;
	default:
		compare_value(comparison, path, member->type, member);
	}
}

static void compare_table(struct comparison *comparison, const char *path,
			  const struct module_member *table)
{
	for (; table->name; table++) {
		char below[PATH_BYTES];
		int length = snprintf(below, sizeof(below), "%s.%s", path, table->name);

		assert_in_range(length, 1, PATH_BYTES - 1);
		compare_member(comparison, below, table);
	}
}

static void declares_what_yara_declares(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; built_in_modules[i]; i++) {
		struct comparison comparison = { .module = built_in_modules[i]->name };

		if (built_in_modules[i]->evaluated)
			continue;
		compare_table(&comparison, comparison.module, built_in_modules[i]->members);
		assert_int_not_equal(comparison.compared, 0);
		failures += comparison.failures;
	}
	assert_int_equal(failures, 0);
}

static int begin_yara(void **state)
{
	(void)state;
	return yr_initialize();
}

static int end_yara(void **state)
{
	(void)state;
	return yr_finalize();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declares_what_yara_declares),
	};

	return cmocka_run_group_tests(tests, begin_yara, end_yara);
}
