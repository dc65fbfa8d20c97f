#include "engine/expression/atom.h"

#include <stdio.h>
#include <string.h>

#define ESCAPE_CHARS 4 /* \xHH */
#define CLASS_CHARS (128 * 2 * ESCAPE_CHARS + 256) /* at most 128 ranges, dashes and brackets */

bool atom_is_literal(const struct atom *atom)
{
	return !atom->classes;
}

static int compare_numbers(size_t left, size_t right)
{
	return (left > right) - (left < right);
}

int atom_compare(const struct atom *left, const struct atom *right)
{
	int order = compare_numbers(!atom_is_literal(left), !atom_is_literal(right));

	if (order == 0)
		order = compare_numbers(left->length, right->length);
	if (order == 0)
		order = compare_numbers(left->caseless, right->caseless);
	if (order != 0)
		return order;
	if (atom_is_literal(left))
		return memcmp(left->bytes, right->bytes, left->length);
	return memcmp(left->classes, right->classes, left->length * sizeof(*left->classes));
}

bool atom_fits_zeros(const struct atom *atom)
{
	for (size_t i = 0; i < atom->length; i++)
		if (atom->classes ? !byte_set_has(&atom->classes[i], 0) : atom->bytes[i] != 0)
			return false;
	return true;
}

struct atom_check atom_check_of(const struct byte_set *sets, size_t count, int32_t offset)
{
	struct atom_check check = { .offset = offset };

	for (size_t i = 0; i < count && i < sizeof(check.mask); i++) {
		struct byte_mask bits = byte_set_common_bits(&sets[i]);

		check.mask |= (uint64_t)bits.mask << (8 * i);
		check.value |= (uint64_t)bits.value << (8 * i);
	}
	return check;
}

static char *write_byte(char *at, unsigned int byte)
{
	static const char digits[] = "0123456789abcdef";

	*at++ = '\\';
	*at++ = 'x';
	*at++ = digits[byte >> 4 & 15];
	*at++ = digits[byte & 15];
	return at;
}

static char *write_class(char *at, const struct byte_set *set)
{
	unsigned int count = byte_set_count(set);

	if (count == 256) {
		*at++ = '.';
		return at;
	}
	if (count == 1)
		return write_byte(at, byte_set_lowest(set));
	*at++ = '[';
	for (unsigned int low = byte_set_next(set, 0); low < 256; low = byte_set_next(set, low)) {
		unsigned int high = low;

		while (high < 255 && byte_set_has(set, (uint8_t)(high + 1)))
			high++;
		at = write_byte(at, low);
		if (high > low) {
			*at++ = '-';
			at = write_byte(at, high);
		}
		low = high + 1;
	}
	*at++ = ']';
	return at;
}

char *atom_expression(const struct atom *atom, struct arena *arena)
{
	char text[WINDOW_POSITIONS * CLASS_CHARS];
	char *at = text;

	for (size_t i = 0; i < atom->length; i++)
		at = atom->classes ? write_class(at, &atom->classes[i])
				   : write_byte(at, atom->bytes[i]);
	return arena_copy_string(arena, text, (size_t)(at - text));
}
