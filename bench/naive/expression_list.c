#include "bench/naive/expression_list.h"

#include <hs.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/naive/node_text.h"
#include "engine/base/array.h"

struct form {
	bool wide;
	uint8_t key; /* 0: none */
};

static void write_literal(struct byte_writer *out, struct bytes literal, struct form form)
{
	for (size_t i = 0; i < literal.length; i++) {
		byte_text_write(out, literal.data[i] ^ form.key);
		if (form.wide)
			byte_text_write(out, form.key);
	}
}

static void write_gap(struct byte_writer *out, const struct pattern_gap *gap)
{
	char text[64];

	if (gap->max == UINT64_MAX)
		snprintf(text, sizeof(text), ".{%" PRIu64 ",}", gap->min);
	else
		snprintf(text, sizeof(text), ".{%" PRIu64 ",%" PRIu64 "}", gap->min, gap->max);
	byte_writer_add(out, text, strlen(text));
}

static void write_pattern(struct byte_writer *out, const struct pattern *pattern, struct form form)
{
	for (size_t i = 0; i < pattern->part_count; i++) {
		const struct pattern_part *part = &pattern->parts[i];

		if (i)
			write_gap(out, &pattern->gaps[i - 1]);
		if (part->regex)
			node_text_write(out, part->regex, form.wide);
		else
			write_literal(out, part->literal, form);
	}
	byte_writer_add_u8(out, '\0');
}

static bool make_room(struct expression_list *list)
{
	char **texts = array_grow(list->texts, &list->text_capacity, list->count + 1,
				  sizeof(*list->texts));
	unsigned *flags;

	if (!texts)
		return false;
	list->texts = texts;
	flags = array_grow(list->flags, &list->flag_capacity, list->count + 1,
			   sizeof(*list->flags));
	if (!flags)
		return false;
	list->flags = flags;
	return true;
}

static int add_form(struct expression_list *list, const struct pattern *pattern, struct form form,
		    struct error *err)
{
	struct byte_writer text = { 0 };

	write_pattern(&text, pattern, form);
	if (text.failed || !make_room(list)) {
		byte_writer_release(&text);
		return error_no_memory(err, "expressions");
	}
	list->texts[list->count] = (char *)text.data;
	list->flags[list->count++] =
		HS_FLAG_DOTALL | (pattern->flags & PATTERN_NOCASE ? HS_FLAG_CASELESS : 0);
	return 0;
}

static int add_keys(struct expression_list *list, const struct pattern *pattern, bool wide,
		    struct error *err)
{
	unsigned low = pattern->flags & PATTERN_XOR ? pattern->xor_min : 0;
	unsigned high = pattern->flags & PATTERN_XOR ? pattern->xor_max : 0;
	int ret = 0;

	for (unsigned key = low; key <= high && ret == 0; key++)
		ret = add_form(list, pattern, (struct form){ wide, (uint8_t)key }, err);
	return ret;
}

int expression_list_add(struct expression_list *list, const struct pattern *pattern,
			struct error *err)
{
	int ret = pattern->flags & PATTERN_ASCII ? add_keys(list, pattern, false, err) : 0;

	if (ret == 0 && pattern->flags & PATTERN_WIDE)
		ret = add_keys(list, pattern, true, err);
	return ret;
}

void expression_list_remove(struct expression_list *list, size_t index)
{
	size_t behind = --list->count - index;

	free(list->texts[index]);
	memmove(&list->texts[index], &list->texts[index + 1], behind * sizeof(*list->texts));
	memmove(&list->flags[index], &list->flags[index + 1], behind * sizeof(*list->flags));
}

void expression_list_release(struct expression_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->texts[i]);
	free(list->texts);
	free(list->flags);
	*list = (struct expression_list){ 0 };
}
