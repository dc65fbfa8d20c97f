#include "rules/parse/syntax_error.h"

#include "engine/base/text.h"

void syntax_error_report(struct parse_context *context, struct token_place place, const char *found,
			 const char *const *expected, size_t count)
{
	struct text message = { 0 };

	/* What is wrong with the token itself was said already. */
	if (context->error_count && context->error_start == place.start)
		return;
	text_add(&message, "syntax error");
	if (found)
		text_add_format(&message, ", unexpected %s", found);
	for (size_t i = 0; i < count; i++)
		text_add_format(&message, "%s%s", i ? " or " : ", expecting ", expected[i]);
	context_error(context, place, "syntax-error", "%s",
		      message.failed ? "syntax error" : message.data);
	text_release(&message);
}
