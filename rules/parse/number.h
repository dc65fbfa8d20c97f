#ifndef CKPT_RULES_PARSE_NUMBER_H
#define CKPT_RULES_PARSE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Integers as they are written in rules: decimal with KB or MB, 0x, 0o. False: beyond 63 bits. */
bool number_parse_integer(const char *text, size_t length, int64_t *out);
/* Digits, a point, digits, and a terminator; the same in any locale. */
double number_parse_float(const char *text);

#endif
