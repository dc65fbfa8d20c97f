#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rules/compiled_rules.h"
#include "scanners/content_target.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES "0123456789"
#define MOST_PIECES 8

/* As it may lie: in one piece, or passed and kept within and beyond the memory. */
enum form { FORM_MEMORY, FORM_KEPT, FORM_SPILLED, FORMS };

static struct file_table *table_with(enum form form, uint32_t *file)
{
	const struct file_table_options options = {
		.memory_bytes = form == FORM_SPILLED ? 0 : 1 << 20,
	};
	const struct bytes bytes = { (const uint8_t *)BYTES, sizeof(BYTES) - 1 };
	struct file_table *files;

	assert_int_equal(file_table_new(&files, &options, NULL), 0);
	if (form == FORM_MEMORY) {
		assert_int_equal(
			file_table_add_memory(files, strdup(BYTES), bytes.length, "f", file, NULL),
			0);
		return files;
	}
	assert_int_equal(file_table_add_passing(files, bytes.length, "f", file, NULL), 0);
	assert_int_equal(file_table_keep(files, *file, 0, bytes, NULL), 0);
	return files;
}

/*
 * Pieces as text: "s2" stored, "z2" zeros, "l2" lost, each of so many bytes; '|' before one that is apart. Stored
 * ones follow each other in the file; a '+' before one leaves a byte of the file out.
 */
struct made {
	struct piece pieces[MOST_PIECES];
	struct content content;
};

static void make(struct made *made, const char *text, uint32_t file)
{
	uint64_t start = 0, offset = 0;
	size_t count = 0;

	*made = (struct made){ 0 };
	for (; *text; count++) {
		struct piece *piece = &made->pieces[count];

		assert_true(count < MOST_PIECES);
		if (*text == '+') {
			offset++;
			text++;
		}
		piece->apart = *text == '|';
		text += piece->apart;
		piece->kind = *text == 's' ? PIECE_STORED : *text == 'z' ? PIECE_ZERO : PIECE_LOST;
		piece->start = start;
		piece->length = (uint64_t)(text[1] - '0');
		if (piece->kind == PIECE_STORED) {
			piece->offset = offset;
			piece->file = file;
			offset += piece->length;
		}
		start += piece->length;
		text += 2;
	}
	made->content = (struct content){ start, made->pieces, count };
}

static const struct {
	const char *name, *pieces;
	uint64_t offset;
	size_t wanted;
	const char *expected; /* '.' is a zero */
} lends[] = {
	{ "all of it", "s9", 0, 9, "012345678" },
	{ "a part", "s9", 3, 4, "3456" },
	{ "nothing past its end", "s9", 7, 10, "78" },
	{ "nothing at its end", "s9", 9, 1, "" },
	{ "nothing far behind it", "s9", UINT64_MAX, SIZE_MAX, "" },
	{ "as much as there is of the most that can be asked", "s9", 0, SIZE_MAX, "012345678" },
	{ "nothing where nothing is asked", "s9", 2, 0, "" },
	{ "nothing of what is empty", "", 0, 4, "" },
	{ "zeros that were never written", "z4", 1, 9, "..." },
	{ "across a hole", "s2z2s2", 1, 4, "1..2" },
	{ "across pieces that lie apart in the file", "s2+s2", 0, 4, "0134" },
	{ "nothing of what is lost", "s2l2s2", 2, 2, "" },
	{ "up to what is lost", "s2l2s2", 1, 9, "1" },
	{ "from behind what is lost", "s2l2s2", 4, 9, "23" },
	{ "not across the border of a datagram", "s2|s2", 1, 9, "1" },
	{ "not across the border of a datagram of zeros", "z2|z2", 1, 9, "." },
};

static void lends_what_lies_together(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORMS; form++) {
		uint32_t file;
		struct file_table *files = table_with(form, &file);

		for (size_t i = 0; i < COUNT(lends); i++) {
			size_t length = strlen(lends[i].expected);
			uint8_t buffer[16];
			struct made made;
			struct bytes out;

			print_message("%s\n", lends[i].name);
			make(&made, lends[i].pieces, file);
			assert_int_equal(content_target_lend(&made.content, files, lends[i].offset,
							     lends[i].wanted, buffer,
							     sizeof(buffer), &out, NULL),
					 0);
			assert_int_equal(out.length, length);
			for (size_t j = 0; j < length; j++)
				assert_int_equal(out.data[j], lends[i].expected[j] == '.'
								      ? 0
								      : lends[i].expected[j]);
		}
		file_table_free(files);
	}
}

static void a_small_buffer_holds_nothing_up(void **state)
{
	uint32_t file;
	struct file_table *files = table_with(FORM_MEMORY, &file);
	uint8_t buffer[2];
	struct made made;
	struct bytes out;

	(void)state;
	make(&made, "s5z4", file);
	assert_int_equal(
		content_target_lend(&made.content, files, 1, 9, buffer, sizeof(buffer), &out, NULL),
		0);
	assert_int_equal(out.length, 4);
	assert_memory_equal(out.data, "1234", 4);
	assert_int_equal(
		content_target_lend(&made.content, files, 4, 9, buffer, sizeof(buffer), &out, NULL),
		0);
	assert_int_equal(out.length, 2);
	assert_memory_equal(out.data, "4\0", 2);
	file_table_free(files);
}

static void says_where_bytes_were_not_kept(void **state)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	struct file_table *files;
	uint8_t buffer[4];
	struct made made;
	struct bytes out;
	struct error err;
	uint32_t file;

	(void)state;
	assert_int_equal(file_table_new(&files, &options, NULL), 0);
	assert_int_equal(file_table_add_passing(files, 10, "f", &file, NULL), 0);
	make(&made, "s9", file);
	assert_int_equal(content_target_lend(&made.content, files, 0, 4, buffer, 4, &out, &err),
			 ERROR_NOT_KEPT);
	assert_int_equal(out.length, 0);
	file_table_free(files);
}

/* A block as text: its first byte, '[' or '-' for its first end, length of each extent with its kind, the last end. */
static const struct {
	const char *name, *pieces, *blocks[4];
} shapes[] = {
	{ "an empty file has none", "", { NULL } },
	{ "one piece is one block with real ends", "s5", { "0[s5]" } },
	{ "a hole is in its block", "s2z3s2", { "0[s2z3s2]" } },
	{ "pieces that follow each other in the file are one extent", "s2s3", { "0[s5]" } },
	{ "pieces that do not are two", "s2+s3", { "0[s2s3]" } },
	{ "holes beside each other are one", "s1z1z2", { "0[s1z3]" } },
	{ "nobody searches zeros alone", "z5", { NULL } },
	{ "nor zeros between lost bytes", "l1z5l1s1", { "7-s1]" } },
	{ "lost bytes end a block unseen", "s2l2s3", { "0[s2-", "4-s3]" } },
	{ "lost bytes at both ends", "l2s3l1", { "2-s3-" } },
	{ "lost bytes beside each other", "s1l1l2s1", { "0[s1-", "4-s1]" } },
	{ "a datagram's border is a real end", "s2|s3", { "0[s2]", "2[s3]" } },
	{ "also beside lost bytes", "s2|l2|s3", { "0[s2]", "4[s3]" } },
	{ "a lost part of a datagram is unseen", "s2|s1l1|s3", { "0[s2]", "2[s1-", "4[s3]" } },
	{ "zeros reach no further than their datagram", "z2|s3", { "2[s3]" } },
	{ "all is lost", "l9", { NULL } },
};

static void describe(const struct block *block, char *text)
{
	*text++ = (char)('0' + block->placements[0].address);
	*text++ = block->first_edge == EDGE_REAL ? '[' : '-';
	for (size_t i = 0; i < block->extent_count; i++) {
		*text++ = block->extents[i].kind == EXTENT_ZERO ? 'z' : 's';
		*text++ = (char)('0' + block->extents[i].length);
	}
	*text++ = block->last_edge == EDGE_REAL ? ']' : '-';
	*text = '\0';
}

static void blocks_end_where_bytes_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct block_list *list;
		struct made made;
		size_t count = 0;
		char text[2 * MOST_PIECES + 4];

		print_message("%s\n", shapes[i].name);
		make(&made, shapes[i].pieces, 3);
		assert_int_equal(block_list_new(&list, NULL), 0);
		assert_int_equal(content_target_blocks(&made.content, 7, list, NULL, NULL), 0);
		while (shapes[i].blocks[count])
			count++;
		assert_int_equal(block_list_count(list), count);
		for (size_t j = 0; j < count; j++) {
			const struct block *block = block_list_get(list, j);

			describe(block, text);
			assert_string_equal(text, shapes[i].blocks[j]);
			assert_int_equal(block->placement_count, 1);
			assert_int_equal(block->placements[0].target, 7);
			assert_int_equal(block->purpose, PURPOSE_FILE);
			assert_int_equal(
				block->extents[0].kind == EXTENT_RAW ? block->extents[0].file : 3,
				3);
		}
		block_list_free(list);
	}
}

static void blocks_beyond_the_budget_are_refused(void **state)
{
	struct block_budget budget = { .left = 4 };
	struct block_list *list;
	struct made made;

	(void)state;
	make(&made, "s3|s5|s1", 0);
	assert_int_equal(block_list_new(&list, NULL), 0);
	assert_int_equal(content_target_blocks(&made.content, 0, list, &budget, NULL), 0);
	assert_int_equal(block_list_count(list), 2);
	assert_int_equal(budget.refused, 5);
	assert_int_equal(budget.left, 0);
	block_list_free(list);
}

static const struct {
	const char *name, *pieces;
	uint64_t offset, start, end; /* end 0: none */
} ranges[] = {
	{ "the one that holds it", "s2z3s2", 3, 0, 7 },
	{ "none past the end", "s5", 5, 0, 0 },
	{ "none in an empty file", "", 0, 0, 0 },
	{ "the next where bytes are lost", "s2l2s3", 2, 4, 7 },
	{ "none where only lost bytes follow", "s2l2", 2, 0, 0 },
	{ "the one behind several lost pieces", "l1l1l1s2", 0, 3, 5 },
	{ "one of zeros alone", "l2z3", 0, 2, 5 },
	{ "no further than a datagram", "s2|s3|s1", 3, 2, 5 },
};

static void tells_blocks_one_after_another(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		struct address_range range;
		struct made made;

		print_message("%s\n", ranges[i].name);
		make(&made, ranges[i].pieces, 0);
		assert_int_equal(content_target_next_block(&made.content, ranges[i].offset, &range),
				 ranges[i].end != 0);
		if (!ranges[i].end)
			continue;
		assert_int_equal(range.start, ranges[i].start);
		assert_int_equal(range.end, ranges[i].end);
	}
}

/* The same byte by byte: what each is, and which block it is in. */
#define MODEL_BYTES (MOST_PIECES * 4)

struct model {
	int bytes[MODEL_BYTES]; /* -1: lost */
	int blocks[MODEL_BYTES];
	size_t length;
};

static void make_model(struct model *model, const struct content *content)
{
	int block = 0;

	model->length = 0;
	for (size_t i = 0; i < content->piece_count; i++) {
		const struct piece *piece = &content->pieces[i];

		block += piece->apart || piece->kind == PIECE_LOST ||
			 (i && content->pieces[i - 1].kind == PIECE_LOST);
		for (uint64_t j = 0; j < piece->length; j++) {
			int stored = BYTES[(piece->offset + j) % (sizeof(BYTES) - 1)];

			model->bytes[model->length] = piece->kind == PIECE_LOST	  ? -1
						      : piece->kind == PIECE_ZERO ? 0
										  : stored;
			model->blocks[model->length++] = block;
		}
	}
}

/* Bytes from @offset on that lie in its block. */
static size_t rest_of_block(const struct model *model, size_t offset)
{
	size_t end = offset;

	while (end < model->length && model->blocks[end] == model->blocks[offset])
		end++;
	return end - offset;
}

static void compare_lends(const struct model *model, const struct content *content,
			  const struct file_table *files)
{
	for (size_t offset = 0; offset <= model->length; offset++)
		for (size_t wanted = 0; wanted < 9; wanted++) {
			bool lost = offset == model->length || model->bytes[offset] < 0;
			size_t rest = lost ? 0 : rest_of_block(model, offset);
			uint8_t buffer[16];
			struct bytes out;

			assert_int_equal(content_target_lend(content, files, offset, wanted, buffer,
							     sizeof(buffer), &out, NULL),
					 0);
			assert_int_equal(out.length, rest < wanted ? rest : wanted);
			for (size_t i = 0; i < out.length; i++)
				assert_int_equal(out.data[i], model->bytes[offset + i]);
		}
}

static void compare_ranges(const struct model *model, const struct content *content)
{
	for (size_t offset = 0; offset <= model->length; offset++) {
		size_t start = offset;
		struct address_range range;

		while (start < model->length && model->bytes[start] < 0)
			start++;
		assert_int_equal(content_target_next_block(content, offset, &range),
				 start < model->length);
		if (start == model->length)
			continue;
		assert_int_equal(range.end, start + rest_of_block(model, start));
		while (start && model->blocks[start - 1] == model->blocks[start])
			start--;
		assert_int_equal(range.start, start);
	}
}

static void compare_blocks(const struct model *model, const struct content *content)
{
	struct block_list *list;
	size_t stored = 0;
	uint64_t spent = 0;

	assert_int_equal(block_list_new(&list, NULL), 0);
	assert_int_equal(content_target_blocks(content, 0, list, NULL, NULL), 0);
	for (size_t i = 0; i < block_list_count(list); i++) {
		const struct block *block = block_list_get(list, i);

		for (size_t j = 0; j < block->placement_count; j++) {
			size_t first = (size_t)block->placements[j].address;

			assert_int_equal(block_length(block), rest_of_block(model, first));
			assert_int_equal(block->first_edge == EDGE_UNSEEN,
					 first && model->bytes[first - 1] < 0 &&
						 !content_piece(content, first)->apart);
			for (size_t k = 0; k < block->extent_count; k++)
				if (block->extents[k].kind == EXTENT_RAW)
					spent += block->extents[k].length;
		}
	}
	for (size_t i = 0; i < model->length; i++)
		stored += model->bytes[i] > 0;
	assert_int_equal(spent, stored);
	block_list_free(list);
}

static void agrees_with_a_model_byte_by_byte(void **state)
{
	uint32_t file;
	struct file_table *files = table_with(FORM_MEMORY, &file);
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[4 * MOST_PIECES + 1] = "", *at = text;
		struct model model;
		struct made made;
		int stored = 0;

		for (int i = rand_r(&seed) % MOST_PIECES; i > 0; i--) {
			int length = 1 + rand_r(&seed) % 3;
			char kind = "szl"[rand_r(&seed) % 3];

			if (kind == 's' && (stored += length) > 10)
				break;
			if (rand_r(&seed) % 4 == 0)
				*at++ = '|';
			*at++ = kind;
			*at++ = (char)('0' + length);
		}
		make(&made, text, file);
		make_model(&model, &made.content);
		compare_lends(&model, &made.content, files);
		compare_ranges(&model, &made.content);
		compare_blocks(&model, &made.content);
	}
	file_table_free(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lends_what_lies_together),
		cmocka_unit_test(a_small_buffer_holds_nothing_up),
		cmocka_unit_test(says_where_bytes_were_not_kept),
		cmocka_unit_test(blocks_end_where_bytes_do),
		cmocka_unit_test(blocks_beyond_the_budget_are_refused),
		cmocka_unit_test(agrees_with_a_model_byte_by_byte),
		cmocka_unit_test(tells_blocks_one_after_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
