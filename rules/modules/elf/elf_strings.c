#include "rules/modules/elf/elf_strings.h"

#include <string.h>

#define FIRST_BYTES (64u << 10)

static size_t limit_of(const struct elf_strings *strings)
{
	return strings->length < ELF_STRINGS_LIMIT ? (size_t)strings->length : ELF_STRINGS_LIMIT;
}

/* Doubles what is copied. The old copy stays, since names point into it. */
static int copy_more(struct elf_strings *strings, const struct elf_image *image,
		     struct module_context *context, struct error *err)
{
	size_t limit = limit_of(strings);
	size_t wanted = strings->copied ? 2 * strings->copied : FIRST_BYTES;
	uint8_t *copy;
	size_t got;
	int ret;

	if (wanted > limit)
		wanted = limit;
	copy = arena_alloc(context->arena, wanted);
	if (!copy)
		return error_no_memory(err, "the names of an ELF file");
	if (strings->copied)
		memcpy(copy, strings->copy, strings->copied);
	ret = elf_image_read(image, context->view, strings->offset + strings->copied,
			     copy + strings->copied, wanted - strings->copied, &got, err);
	if (ret < 0)
		return ret;
	strings->ended = strings->copied + got < wanted || wanted == limit;
	strings->copy = copy;
	strings->copied += got;
	return 0;
}

/* *@decided: whether more bytes would change the answer. */
static bool find_name(const struct elf_strings *strings, size_t index, struct bytes *name,
		      bool *decided)
{
	const uint8_t *start, *end;
	size_t length;

	*decided = strings->ended || (strings->copied && strings->copy[0] != 0);
	if (index >= strings->copied || strings->copy[0] != 0)
		return false;
	start = strings->copy + index;
	length = strings->copied - index;
	if (length > ELF_NAME_LIMIT) {
		length = ELF_NAME_LIMIT;
		*decided = true;
	}
	end = memchr(start, 0, length);
	if (!end)
		return false;
	*name = (struct bytes){ start, (size_t)(end - start) };
	*decided = true;
	return true;
}

int elf_strings_get(struct elf_strings *strings, const struct elf_image *image,
		    struct module_context *context, uint64_t index, struct bytes *name, bool *there,
		    struct error *err)
{
	bool decided;

	*there = false;
	/* A name's place is a signed number of 32 bits to YARA. */
	if (index >= strings->length || index > INT32_MAX)
		return 0;
	for (;;) {
		int ret;

		*there = find_name(strings, (size_t)index, name, &decided);
		if (decided)
			return 0;
		ret = copy_more(strings, image, context, err);
		if (ret < 0)
			return ret;
	}
}
