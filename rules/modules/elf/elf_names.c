#include "rules/modules/elf/elf_names.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "rules/modules/elf/elf_walk.h"

enum { BIND_GLOBAL = 1, TYPE_FUNCTION = 2, VISIBILITY_DEFAULT = 0, SECTION_UNDEFINED = 0 };

/* What the authors of telfhash leave out, as names that come and go with the compiler. */
static const char *const left_out[] = {
	"__libc_start_main", "main", "abort", "cachectl",
	"cacheflush",	     "puts", "atol",  "malloc_trim",
};

static bool begins(struct bytes name, const char *with)
{
	size_t length = strlen(with);

	return name.length >= length && memcmp(name.data, with, length) == 0;
}

static bool is_left_out(struct bytes name)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(*left_out); i++)
		if (name.length == strlen(left_out[i]) && begins(name, left_out[i]))
			return true;
	return begins(name, ".") || begins(name, "_") || begins(name, "str") ||
	       begins(name, "mem") ||
	       (name.length >= 2 && memcmp(name.data + name.length - 2, "64", 2) == 0);
}

bool elf_names_keep_function(const struct elf_format *format, const uint8_t *symbol,
			     struct bytes name)
{
	uint64_t info = elf_field_get(format, ELF_SYMBOL_INFO, symbol);
	uint64_t other = elf_field_get(format, ELF_SYMBOL_OTHER, symbol);

	return info >> 4 == BIND_GLOBAL && (info & 0xf) == TYPE_FUNCTION &&
	       (other & 3) == VISIBILITY_DEFAULT && !is_left_out(name);
}

bool elf_names_keep_import(const struct elf_format *format, const uint8_t *symbol,
			   struct bytes name)
{
	return name.length > 0 &&
	       elf_field_get(format, ELF_SYMBOL_SECTION, symbol) == SECTION_UNDEFINED;
}

struct names {
	struct bytes *items; /* malloc'd */
	size_t count, capacity;
	size_t length; /* of all together, with a comma each */
	bool too_many;
};

static int add_name(struct names *names, struct bytes name, struct error *err)
{
	struct bytes *grown;

	if (names->count == ELF_NAMES_LIMIT ||
	    name.length >= ELF_NAMES_BYTES_LIMIT - names->length) {
		names->too_many = true;
		return 0;
	}
	grown = array_grow(names->items, &names->capacity, names->count + 1, sizeof(*grown));
	if (!grown)
		return error_no_memory(err, "names of symbols");
	names->items = grown;
	names->items[names->count++] = name;
	names->length += name.length + 1;
	return 0;
}

static int gather(struct names *names, struct elf_symbols *symbols, struct elf_state *state,
		  struct module_context *context, elf_names_keep *keep, struct error *err)
{
	const struct elf_format *format = &state->image.format;
	struct elf_walk walk = { &state->image, context, &symbols->table, 0 };
	uint8_t record[ELF_RECORD_BYTES];
	bool more = true;
	int ret = 0;

	while (ret == 0 && !names->too_many) {
		struct bytes name;
		bool there = false;

		ret = elf_walk_next(&walk, record, &more, err);
		if (ret < 0 || !more)
			break;
		ret = elf_strings_get(&symbols->strings, &state->image, context,
				      elf_field_get(format, ELF_SYMBOL_NAME, record), &name, &there,
				      err);
		if (ret == 0 && there && keep(format, record, name))
			ret = add_name(names, name, err);
	}
	return ret;
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static int compare(const void *left_item, const void *right_item)
{
	const struct bytes *left = left_item, *right = right_item;
	size_t common = left->length < right->length ? left->length : right->length;

	for (size_t i = 0; i < common; i++) {
		int difference = lower(left->data[i]) - lower(right->data[i]);

		if (difference)
			return difference;
	}
	return (left->length > right->length) - (left->length < right->length);
}

static char *join(const struct names *names)
{
	char *text = malloc(names->length);
	char *to = text;

	for (size_t i = 0; text && i < names->count; i++) {
		const struct bytes *name = &names->items[i];

		for (size_t j = 0; j < name->length; j++)
			*to++ = (char)lower(name->data[j]);
		*to++ = ',';
	}
	return text;
}

int elf_names_join(struct elf_state *state, struct module_context *context, elf_names_keep *keep,
		   char **out, size_t *length, struct error *err)
{
	struct names names = { 0 };
	struct elf_symbols *symbols;
	int ret = elf_state_symbols(state, context, err);

	*out = NULL;
	if (ret < 0)
		return ret;
	symbols = state->dynamic_symbols.known ? &state->dynamic_symbols : &state->symbols;
	ret = gather(&names, symbols, state, context, keep, err);
	if (ret == 0 && names.count && !names.too_many) {
		qsort(names.items, names.count, sizeof(*names.items), compare);
		*out = join(&names);
		*length = names.length - 1;
		if (!*out)
			ret = error_no_memory(err, "names of symbols");
	}
	free(names.items);
	return ret;
}
