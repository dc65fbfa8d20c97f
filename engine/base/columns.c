#include "engine/base/columns.h"

#include <stdbool.h>

#include "engine/base/text.h"

struct range {
	uint32_t first, last;
};

/* Unicode's East_Asian_Width W and F, neighbours joined; ascending. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2e80, 0x303e },	  { 0x3041, 0x33ff },
	{ 0x3400, 0x4dbf },   { 0x4e00, 0xa4cf },   { 0xa960, 0xa97c },	  { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe10, 0xfe19 },   { 0xfe30, 0xfe6b },	  { 0xff01, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x16fe0, 0x18cff }, { 0x1aff0, 0x1b2fb }, { 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff }, { 0x1f900, 0x1faff }, { 0x20000, 0x3fffd },
};

/* Marks of the common scripts (Mn, Me); ascending. */
static const struct range marks[] = {
	{ 0x300, 0x36f },   { 0x483, 0x489 },	{ 0x591, 0x5bd },   { 0x610, 0x61a },
	{ 0x64b, 0x65f },   { 0x6d6, 0x6dc },	{ 0x93c, 0x93c },   { 0x941, 0x948 },
	{ 0x94d, 0x94d },   { 0xe31, 0xe31 },	{ 0xe34, 0xe3a },   { 0xe47, 0xe4e },
	{ 0x1ab0, 0x1ace }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20f0 }, { 0x302a, 0x302d },
	{ 0x3099, 0x309a }, { 0xfe20, 0xfe2f },
};

static bool is_in(const struct range *ranges, size_t count, uint32_t character)
{
	for (size_t i = 0; i < count && character >= ranges[i].first; i++) {
		if (character <= ranges[i].last)
			return true;
	}
	return false;
}

size_t columns_of_character(uint32_t character)
{
	if (is_in(marks, sizeof(marks) / sizeof(marks[0]), character))
		return 0;
	return is_in(wide, sizeof(wide) / sizeof(wide[0]), character) ? 2 : 1;
}

size_t columns_of(struct bytes bytes)
{
	size_t columns = 0;

	while (bytes.length) {
		uint32_t character;
		size_t length = utf8_decode(bytes, &character);

		columns += length ? columns_of_character(character) : 1;
		length = length ? length : 1;
		bytes = (struct bytes){ bytes.data + length, bytes.length - length };
	}
	return columns;
}
