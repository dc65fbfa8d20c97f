#ifndef TESTS_UNIT_CLI_COMPILED_TEXT_H
#define TESTS_UNIT_CLI_COMPILED_TEXT_H

#include "rules/compiled_rules.h"

/* Compiles one text as file "test.yar"; ends the test where it does not compile. Both results are the caller's. */
struct compiled_rules *compile_rules_text(const char *text, struct diagnostics **notes);

#endif
