#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rules/module.h"

/* As many functions of one name as YARA allows. */
#define OVERLOADS 10

static void check_members(const struct module *module, const struct module_member *members,
			  unsigned depth);

static void check_function(const struct module *module, const struct module_member *function)
{
	assert_non_null(function->arguments);
	if (strspn(function->arguments, "ifsbr") != strlen(function->arguments))
		fail_msg("%s.%s takes %s", module->name, function->name, function->arguments);
	assert_true(function->result == MODULE_INTEGER || function->result == MODULE_FLOAT ||
		    function->result == MODULE_TEXT);
	assert_true(!function->call || module->evaluated);
}

static void check_element(const struct module *module, const struct module_member *member,
			  unsigned depth)
{
	const struct module_member *element = member->members;

	if (depth == MODULE_DEPTH)
		fail_msg("%s.%s lies too deep", module->name, member->name);
	assert_non_null(element);
	assert_string_equal(element->name, "");
	assert_true(element->type != MODULE_FUNCTION);
	assert_true(!module->evaluated || member->count);
	if (element->type == MODULE_STRUCTURE)
		check_members(module, element->members, depth + 1);
}

static void check_member(const struct module *module, const struct module_member *member,
			 unsigned depth)
{
	switch (member->type) {
	case MODULE_FUNCTION:
		check_function(module, member);
		break;
	case MODULE_STRUCTURE:
		check_members(module, member->members, depth);
		break;
	case MODULE_ARRAY:
	case MODULE_DICTIONARY:
		check_element(module, member, depth);
		break;
	case MODULE_TEXT:
		assert_false(member->constant);
		break;
	default:
		assert_true(!module->evaluated || member->constant || member->get);
		break;
	}
}

/* Only functions share a name, then stand together, and differ in what they take. */
static void check_names(const struct module *module, const struct module_member *members, size_t at)
{
	const struct module_member *member = &members[at];
	size_t same = 0;

	for (size_t i = at; i-- > 0;) {
		if (strcmp(members[i].name, member->name) != 0)
			continue;
		same++;
		if (i != at - same || member->type != MODULE_FUNCTION ||
		    strcmp(members[i].arguments, member->arguments) == 0 ||
		    members[i].result != member->result)
			fail_msg("%s.%s is declared twice", module->name, member->name);
	}
	assert_true(same < OVERLOADS);
}

static void check_members(const struct module *module, const struct module_member *members,
			  unsigned depth)
{
	for (size_t i = 0; members && members[i].name; i++) {
		assert_true(*members[i].name);
		check_names(module, members, i);
		check_member(module, &members[i], depth);
	}
}

static void what_modules_declare_holds_together(void **state)
{
	(void)state;
	for (size_t i = 0; built_in_modules[i]; i++)
		check_members(built_in_modules[i], built_in_modules[i]->members, 0);
}

static void modules_are_found_by_name(void **state)
{
	size_t count = 0;

	(void)state;
	for (; built_in_modules[count]; count++) {
		const char *name = built_in_modules[count]->name;

		assert_ptr_equal(module_find_built_in(name, strlen(name)), built_in_modules[count]);
		assert_true(!count || strcmp(built_in_modules[count - 1]->name, name) < 0);
	}
	assert_int_equal(count, 12);
	assert_null(module_find_built_in("mat", 3));
	assert_null(module_find_built_in("maths", 5));
	assert_null(module_find_built_in("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_modules_declare_holds_together),
		cmocka_unit_test(modules_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
