#ifndef CKPT_RULES_MODULES_RANDOMNESS_H
#define CKPT_RULES_MODULES_RANDOMNESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Measures of how random bytes are that depend on their order, taken byte by byte. Zeroed ones have seen nothing.
 * Bytes are numbers here, since YARA takes those of a text as signed.
 */

/* How much a byte depends on the one before. */
struct serial_correlation {
	double first, last;
	double products, sum, squares; /* of neighbours, of all, of each */
	uint64_t count;
};

/* @begins: the first byte of a text or of a block, which is held to follow the last one. */
void serial_correlation_add(struct serial_correlation *measure, double byte, bool begins);
/* -100000 where it is not defined: all bytes are equal, or there are none. */
double serial_correlation_result(const struct serial_correlation *measure);

/* How far pi is missed where six bytes each are a point in a square. */
struct monte_carlo {
	uint32_t point[6];
	unsigned filled;
	uint64_t points, inside;
};

void monte_carlo_add(struct monte_carlo *measure, uint32_t byte, bool begins);
/* As a share of pi; not a number where there was no point. */
double monte_carlo_result(const struct monte_carlo *measure);

#endif
