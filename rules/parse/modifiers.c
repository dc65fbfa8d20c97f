#include "rules/parse/modifiers.h"

#define ALPHABET_BYTES 64

struct modifier_list modifiers_none(void)
{
	return (struct modifier_list){ 0 };
}

struct modifier_list modifiers_add(struct parse_context *context, struct modifier_list list,
				   uint32_t flag, struct token_place place)
{
	if (list.flags & flag)
		context_error(context, place, "duplicated-modifier", "duplicated modifier");
	if (!list.flags)
		list.place = place;
	else if (list.place.line == place.line)
		list.place.length = place.column + place.length - list.place.column;
	list.flags |= flag;
	return list;
}

/* In YARA's words; there are no negative numbers. */
static const char *xor_problem(int64_t min, int64_t max)
{
	if (min > max)
		return "xor lower bound exceeds upper bound";
	if (max <= UINT8_MAX)
		return NULL;
	return min == max ? "invalid xor range" : "upper bound for xor range exceeded (max: 255)";
}

struct modifier_list modifiers_add_xor(struct parse_context *context, struct modifier_list list,
				       struct token_place place, int64_t min, int64_t max)
{
	const char *problem;

	list = modifiers_add(context, list, MODIFIER_XOR, place);
	problem = xor_problem(min, max);
	if (problem) {
		context_error(context, place, "invalid-modifier", "%s", problem);
		return list;
	}
	list.xor_min = (uint8_t)min;
	list.xor_max = (uint8_t)max;
	return list;
}

/* The standard alphabet counts as one too: base64 and base64wide of a string share theirs. */
static bool other_alphabet(const struct modifier_list *list, const struct bytes *alphabet)
{
	if (!(list->flags & (MODIFIER_BASE64 | MODIFIER_BASE64WIDE)))
		return false;
	return !bytes_equal(list->alphabet, alphabet ? *alphabet : (struct bytes){ 0 });
}

struct modifier_list modifiers_add_base64(struct parse_context *context, struct modifier_list list,
					  uint32_t flag, struct token_place place,
					  const struct bytes *alphabet,
					  struct token_place alphabet_place)
{
	static const struct bytes standard = {
		(const uint8_t *)"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		ALPHABET_BYTES
	};

	if (alphabet && alphabet->length != ALPHABET_BYTES) {
		context_error(context, alphabet_place, "invalid-modifier",
			      "length of base64 alphabet must be 64");
		alphabet = NULL;
	}
	if (alphabet && bytes_equal(*alphabet, standard))
		alphabet = NULL;
	if (other_alphabet(&list, alphabet))
		context_error(context, alphabet_place, "invalid-modifier",
			      "can not specify multiple alphabets");
	list = modifiers_add(context, list, flag, place);
	if (alphabet)
		list.alphabet = *alphabet;
	return list;
}
