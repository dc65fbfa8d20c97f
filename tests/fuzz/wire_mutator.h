#ifndef CKPT_TESTS_WIRE_MUTATOR_H
#define CKPT_TESTS_WIRE_MUTATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Changes protobuf messages as such: a number, a field, a message within a message; the lengths around it are made
 * right again. Knows no schema.
 */
struct random {
	uint64_t state;
};

uint32_t random_below(struct random *random, uint32_t bound);

/* A buffer that a mutation is written to; what does not fit is cut. */
struct mutated {
	uint8_t *bytes;
	size_t length, most;
};

void mutated_add(struct mutated *out, const uint8_t *bytes, size_t length);

/* Whether all of it reads as fields, at least one. */
bool wire_is_message(const uint8_t *data, size_t length);
void wire_mutate(const uint8_t *data, size_t length, struct random *random, struct mutated *out);
/*
 * Changes one entry of an image: a length (u32, little-endian) and a message of that length, found anywhere in it;
 * false: none is there.
 */
bool wire_mutate_image(const uint8_t *data, size_t length, struct random *random,
		       struct mutated *out);

#endif
