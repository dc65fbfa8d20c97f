#ifndef CKPT_RULES_CHECK_FOLD_H
#define CKPT_RULES_CHECK_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "rules/parse/tree.h"

/*
 * Arithmetic of 64-bit integers as YARA does it when rules run: overflow wraps, shifts of 64 and more give 0.
 * False: the result is undefined (division by zero or out of range, a negative shift).
 */
bool integer_operation(enum expression_operator operator, int64_t left, int64_t right,
		       int64_t *out);
int64_t integer_negate(int64_t value);
/* Whether constants with this result are refused as an overflow: + - * only. */
bool integer_overflows(enum expression_operator operator, int64_t left, int64_t right);

#endif
