#ifndef CKPT_CLI_OPTIONS_NUMBER_H
#define CKPT_CLI_OPTIONS_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal or 0x, digits only; false when it is anything else or does not fit. */
bool number_parse(const char *text, uint64_t *out);
/* The same, may end in K, M or G (powers of 1024). */
bool size_parse(const char *text, uint64_t *out);
/*
 * LOW-HIGH, HIGH excluded, or LOW+LENGTH (a size), of addresses; at least one, HIGH at most 0x10000000000000000. *@last is
 * included.
 */
bool range_parse(const char *text, uint64_t *first, uint64_t *last);
/* Decimal, with or without a fraction. */
bool seconds_parse(const char *text, double *out);

#endif
