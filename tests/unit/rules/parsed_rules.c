#include "parsed_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

void parsed_rules_init(struct parsed_rules *parsed, const char *name, struct bytes text)
{
	const struct parse_options options = { .allow_includes = true };
	struct error err;

	memset(parsed, 0, sizeof(*parsed));
	parsed->arena = arena_new(0);
	assert_non_null(parsed->arena);
	assert_int_equal(diagnostics_new(&parsed->notes, &err), 0);
	parsed->result = rules_parse(&parsed->tree, parsed->arena, name, "default", text, &options,
				     parsed->notes, &err);
}

void parsed_rules_release(struct parsed_rules *parsed)
{
	diagnostics_free(parsed->notes);
	arena_free(parsed->arena);
}

void parsed_rules_errors(struct parsed_rules *parsed, struct text *out)
{
	size_t count;
	const struct diagnostic *list = diagnostics_list(parsed->notes, &count);

	text_add(out, "");
	for (size_t i = 0; i < count; i++)
		text_add_format(out, "%s%u:%u %s", i ? "\n" : "", list[i].span.line,
				list[i].span.column, list[i].message);
}
