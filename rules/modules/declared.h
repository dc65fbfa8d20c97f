#ifndef CKPT_RULES_MODULES_DECLARED_H
#define CKPT_RULES_MODULES_DECLARED_H

#include "rules/module.h"

/*
 * For modules that are declared so that rules which use them compile, and that have no values but their
 * constants. The names say what stands in a rule: TEXT("name"), FUNCTION("name", "ri", MODULE_INTEGER).
 */
#define INTEGER(n) MODULE_MEMBER(n, MODULE_INTEGER, NULL)
#define TEXT(n) MODULE_MEMBER(n, MODULE_TEXT, NULL)
#define FUNCTION(n, a, r) MODULE_CALL(n, a, r, NULL)
#define STRUCTURE(n, m)                                                                            \
	{                                                                                          \
		.name = (n), .type = MODULE_STRUCTURE, .members = (m)                              \
	}
#define ARRAY(n, e)                                                                                \
	{                                                                                          \
		.name = (n), .type = MODULE_ARRAY, .members = (e)                                  \
	}
#define DICTIONARY(n, e)                                                                           \
	{                                                                                          \
		.name = (n), .type = MODULE_DICTIONARY, .members = (e)                             \
	}
#define ELEMENT_NAME ""
#define NO_MORE                                                                                    \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#endif
