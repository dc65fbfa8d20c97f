#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/text.h"
#include "judged_target.h"

/* A string of pieces: @open, @count times @piece, each but the first behind @between, @close. */
struct code_row {
	const char *name, *open, *piece, *between, *close;
	unsigned int most; /* with one more YARA refuses it */
	const char *message;
};

#define TOO_COMPLEX "regular expression is too complex"
#define TOO_LARGE "regular expression is too large"

static const struct code_row rows[] = {
	{ "alternatives", "/(", "ab", "|", ")/", 129, TOO_COMPLEX },
	{ "alternatives of a hex string", "{ 61 (", "62 63", "|", ") }", 129, TOO_COMPLEX },
	{ "endless repeats", "/", "ab+", "", "/", 128, TOO_COMPLEX },
	{ "options", "/a", "b?", "", "/", 128, TOO_COMPLEX },
	{ "repeated dots need no split", "/a", ".{1,3}", "", "b/", 1300, NULL },
	{ "exact counts need none either", "/a", "b{3}", "", "c/", 1500, NULL },
	{ "repeats that are written three times", "/", "((((ab?){2,5}){2,5}){2,5})", "", "/", 3,
	  TOO_COMPLEX },
	{ "an option over classes", "/(", "[ab]", "", ")?c/", 963, TOO_LARGE },
	{ "a star over classes", "/(", "[ab]", "", ")*c/", 963, TOO_LARGE },
	{ "an alternative of classes", "/(", "[ab]", "", "|c)d/", 963, TOO_LARGE },
	{ "named classes are short", "/(", "\\w", "", ")?c/", 4000, NULL },
	{ "nothing reaches over what is not repeated", "/", "[ab]", "", "c/", 2000, NULL },
	{ "each part of a chain has its own", "/", "ab+?", ".{0,300}?", "/", 400, NULL },
};

static void make_rule(struct text *out, const struct code_row *row, unsigned int count,
		      bool as_operand)
{
	text_add(out,
		 as_operand ? "rule r { condition: \"a\" matches " : "rule r { strings: $a = ");
	text_add(out, row->open);
	for (unsigned int i = 0; i < count; i++) {
		text_add(out, i ? row->between : "");
		text_add(out, row->piece);
	}
	text_add(out, row->close);
	text_add(out, as_operand ? " }" : " condition: $a }");
}

/* What is said against it; "" where nothing is. */
static void first_error(const char *rule, char *out, size_t size)
{
	struct diagnostics *notes;
	size_t count;

	ruleset_free(compile_text(rule, NULL, &notes));

	const struct diagnostic *list = diagnostics_list(notes, &count);

	*out = '\0';
	for (size_t i = 0; i < count && !*out; i++) {
		if (list[i].severity == SEVERITY_ERROR)
			snprintf(out, size, "%s", list[i].message);
	}
	diagnostics_free(notes);
}

static bool says(const struct code_row *row, unsigned int count, bool as_operand,
		 const char *message)
{
	struct text rule = { 0 };
	char got[256];

	make_rule(&rule, row, count, as_operand);
	first_error(rule.data, got, sizeof(got));
	text_release(&rule);
	if (strcmp(got, message) == 0)
		return true;
	print_error("%s, %u times: got \"%s\"\n", row->name, count, got);
	return false;
}

static void refuses_what_yara_has_no_room_for(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		const struct code_row *row = &rows[i / 2];
		bool as_operand = i % 2;

		/* `matches` takes no hex string, and there are no chains. */
		if (as_operand && (row->open[0] != '/' || strchr(row->between, '.')))
			continue;
		failures += !says(row, row->most, as_operand, "");
		if (row->message)
			failures += !says(row, row->most + 1, as_operand, row->message);
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_yara_has_no_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
