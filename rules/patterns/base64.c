#include "rules/patterns/base64.h"

#include <stdlib.h>
#include <string.h>

#include "rules/parse/regex_builder.h"

/* Bytes that become four characters: so many ways there are to lie among others. */
#define GROUP_BYTES 3u
/* What YARA looks for of each alternative. */
#define ATOM_BYTES 4u

struct builder {
	struct arena *arena;
	struct bytes alphabet;
	struct regex_list choices;
};

/* Six bits of @text, as they stand behind @shift bytes of another text, that is character @index. */
static unsigned int six_bits(struct bytes text, size_t shift, size_t index)
{
	unsigned int bits = 0;

	for (size_t bit = 6 * index; bit < 6 * (index + 1); bit++) {
		size_t byte = bit / 8 - shift;

		bits = bits << 1 | (text.data[byte] >> (7 - bit % 8) & 1u);
	}
	return bits;
}

static bool push_character(struct builder *builder, struct regex_list *list, uint8_t character,
			   bool widened)
{
	if (!regex_list_push(builder->arena, list, regex_byte(builder->arena, character, 0xff)))
		return false;
	return !widened ||
	       regex_list_push(builder->arena, list, regex_byte(builder->arena, 0, 0xff));
}

/* The characters that hold bits of @text alone. There are none of a single byte in the middle of a group. */
static bool add_choice(struct builder *builder, struct bytes text, size_t shift, bool widened)
{
	size_t first = (8 * shift + 5) / 6, end = 8 * (shift + text.length) / 6;
	struct regex_list list = { 0 };

	if (first >= end)
		return true;
	for (size_t i = first; i < end; i++) {
		uint8_t character = builder->alphabet.data[six_bits(text, shift, i)];

		if (!push_character(builder, &list, character, widened))
			return false;
	}
	return regex_list_push(builder->arena, &builder->choices,
			       regex_join(builder->arena, REGEX_SEQUENCE, &list));
}

static bool add_three_choices(struct builder *builder, struct bytes text, bool widened)
{
	for (size_t shift = 0; shift < GROUP_BYTES; shift++) {
		if (!add_choice(builder, text, shift, widened))
			return false;
	}
	return true;
}

static bool add_choices(struct builder *builder, struct bytes text, uint32_t modifiers)
{
	if (modifiers & MODIFIER_BASE64 && !add_three_choices(builder, text, false))
		return false;
	return !(modifiers & MODIFIER_BASE64WIDE) || add_three_choices(builder, text, true);
}

static bool add_wide(struct builder *builder, struct bytes text, uint32_t modifiers)
{
	uint8_t *wide = arena_alloc_array(builder->arena, text.length, 2);

	if (!wide)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		wide[2 * i] = text.data[i];
		wide[2 * i + 1] = 0;
	}
	return add_choices(builder, (struct bytes){ wide, 2 * text.length }, modifiers);
}

/*
 * YARA keeps the length that it confirms first. Its automaton is through with an alternative after four bytes, or
 * after all that it has.
 */
static size_t bytes_to_pass(const struct regex_node *choice)
{
	size_t length = choice->kind == REGEX_SEQUENCE ? choice->child_count : 1;

	return length < ATOM_BYTES ? length : ATOM_BYTES;
}

/* A few choices: twelve at most. */
static void put_in_order(struct regex_list *choices)
{
	for (size_t i = 1; i < choices->count; i++) {
		for (size_t j = i; j > 0; j--) {
			const struct regex_node *later = choices->items[j - 1];

			if (bytes_to_pass(later) <= bytes_to_pass(choices->items[j]))
				break;
			choices->items[j - 1] = choices->items[j];
			choices->items[j] = later;
		}
	}
}

int base64_tree(const struct regex_node **out, struct arena *arena,
		const struct string_definition *string, struct error *err)
{
	static const char standard[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct builder builder = { .arena = arena, .alphabet = string->alphabet };
	bool wide = string->modifiers & MODIFIER_WIDE;
	bool good = true;
	const struct regex_node *tree;

	if (!builder.alphabet.length)
		builder.alphabet =
			(struct bytes){ (const uint8_t *)standard, sizeof(standard) - 1 };
	if (wide)
		good = add_wide(&builder, string->text, string->modifiers);
	if (good && (!wide || string->modifiers & MODIFIER_ASCII))
		good = add_choices(&builder, string->text, string->modifiers);
	put_in_order(&builder.choices);
	tree = good ? regex_join(arena, REGEX_ALTERNATION, &builder.choices) : NULL;
	if (!tree)
		return error_no_memory(err, "the base64 forms of a string");
	*out = tree;
	return 0;
}
