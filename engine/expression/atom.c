#include "engine/expression/atom.h"

#include <stdio.h>
#include <string.h>

#include "engine/expression/weights.h"

#define ESCAPE_CHARS 4 /* \xHH */
#define CLASS_CHARS (128 * 2 * ESCAPE_CHARS + 256) /* at most 128 ranges, dashes and brackets */

bool atom_is_literal(const struct atom *atom)
{
	return !atom->classes;
}

/* One byte, or one letter in both cases. Zero is no help: memory is full of it. */
static bool says_much(const struct byte_set *set)
{
	struct byte_set one_case = *set;

	byte_set_lower(&one_case);
	return byte_set_count(&one_case) == 1 && !byte_set_has(&one_case, 0);
}

enum atom_place atom_place_of(const struct atom *atom)
{
	if (atom_is_literal(atom))
		return atom->keyed ? ATOM_OF_KEY_TABLE : ATOM_OF_HYPERSCAN;
	for (size_t i = 0; i < atom->length; i++)
		if (says_much(&atom->classes[i]))
			return ATOM_OF_HYPERSCAN;
	return ATOM_OF_WINDOW_TABLE;
}

static int compare_numbers(size_t left, size_t right)
{
	return (left > right) - (left < right);
}

struct differences {
	uint8_t bytes[KEYED_BYTES - 1];
};

static struct differences differences_of(const struct atom *atom)
{
	struct differences between;

	for (size_t i = 0; i < sizeof(between.bytes); i++)
		between.bytes[i] = atom->bytes[i] ^ atom->bytes[i + 1];
	return between;
}

static int compare_to(const struct atom *atom, const struct differences *other)
{
	const struct differences own = differences_of(atom);

	return memcmp(own.bytes, other->bytes, sizeof(own.bytes));
}

static int compare_differences(const struct atom *left, const struct atom *right)
{
	const struct differences other = differences_of(right);

	return compare_to(left, &other);
}

int atom_compare(const struct atom *left, const struct atom *right)
{
	int order = compare_numbers(atom_place_of(left), atom_place_of(right));

	if (order == 0)
		order = compare_numbers(!atom_is_literal(left), !atom_is_literal(right));
	if (order == 0)
		order = compare_numbers(left->length, right->length);
	if (order == 0)
		order = compare_numbers(left->caseless, right->caseless);
	if (order != 0)
		return order;
	if (left->keyed)
		return compare_differences(left, right);
	if (atom_is_literal(left))
		return memcmp(left->bytes, right->bytes, left->length);
	return memcmp(left->classes, right->classes, left->length * sizeof(*left->classes));
}

bool atom_fits_zeros(const struct atom *atom)
{
	static const struct differences none;

	if (atom->keyed)
		return compare_to(atom, &none) == 0;
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

/* Whether bytes stand as they are: for people. Hyperscan gets all of them escaped. */
enum spelling_of { FOR_HYPERSCAN, FOR_PEOPLE };

static bool stands_for_itself(unsigned int byte)
{
	return byte_is_letter((uint8_t)byte) || byte_is_digit((uint8_t)byte) || byte == '_' ||
	       byte == ' ' || byte == '%' || byte == '=' || byte == ':' || byte == '/' ||
	       byte == '<' || byte == '>' || byte == '"' || byte == ',' || byte == ';';
}

static char *write_byte(char *at, unsigned int byte, enum spelling_of spelling)
{
	static const char digits[] = "0123456789abcdef";

	if (spelling == FOR_PEOPLE && stands_for_itself(byte)) {
		*at++ = (char)byte;
		return at;
	}
	*at++ = '\\';
	*at++ = 'x';
	*at++ = digits[byte >> 4 & 15];
	*at++ = digits[byte & 15];
	return at;
}

static char *write_class(char *at, const struct byte_set *set, enum spelling_of spelling)
{
	unsigned int count = byte_set_count(set);

	if (count == 256) {
		*at++ = '.';
		return at;
	}
	if (count == 1)
		return write_byte(at, byte_set_lowest(set), spelling);
	*at++ = '[';
	for (unsigned int low = byte_set_next(set, 0); low < 256; low = byte_set_next(set, low)) {
		unsigned int high = low;

		while (high < 255 && byte_set_has(set, (uint8_t)(high + 1)))
			high++;
		at = write_byte(at, low, spelling);
		if (high > low) {
			*at++ = '-';
			at = write_byte(at, high, spelling);
		}
		low = high + 1;
	}
	*at++ = ']';
	return at;
}

/* Room for any atom. */
struct atom_text {
	char bytes[WINDOW_POSITIONS * CLASS_CHARS];
	size_t length;
};

static void write_atom(struct atom_text *text, const struct atom *atom, enum spelling_of spelling)
{
	char *at = text->bytes;

	for (size_t i = 0; i < atom->length; i++)
		at = atom->classes ? write_class(at, &atom->classes[i], spelling)
				   : write_byte(at, atom->bytes[i], spelling);
	text->length = (size_t)(at - text->bytes);
}

char *atom_expression(const struct atom *atom, struct arena *arena)
{
	struct atom_text text;

	write_atom(&text, atom, FOR_HYPERSCAN);
	return arena_copy_string(arena, text.bytes, text.length);
}

void atom_describe(const struct atom *atom, char *out, size_t size)
{
	struct atom_text text;
	const char *front = atom->keyed ? "(xor)" : atom->caseless ? "(?i)" : "";
	int written;

	write_atom(&text, atom, FOR_PEOPLE);
	written = snprintf(out, size, "%s%.*s", front, (int)text.length, text.bytes);
	if (written > 0 && (size_t)written >= size && size > sizeof("..."))
		strcpy(out + size - sizeof("..."), "...");
}

int atom_weight(const struct atom *atom)
{
	if (atom->keyed) {
		const struct differences between = differences_of(atom);

		return weight_of_bytes(between.bytes, sizeof(between.bytes), false);
	}
	return atom_is_literal(atom) ? weight_of_bytes(atom->bytes, atom->length, atom->caseless)
				     : weight_of_classes(atom->classes, atom->length);
}
