#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/criu/mm.h"
#include "tests/unit/scanners/image_builder.h"

enum { ANONYMOUS = 0x201, GUARD = 0x10000 };

static void parse(struct mm *mm, const struct builder *builder, size_t *warnings_out)
{
	struct warning_list *warnings;

	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	struct image image = { .name = "mm-1.img",
			       .bytes = { builder->bytes, builder->length },
			       .warnings = warnings,
			       .has_pid = true,
			       .pid = 1 };

	assert_int_equal(mm_parse(mm, &image, NULL), 0);
	warning_list_sorted(warnings, warnings_out);
	warning_list_free(warnings);
}

static const struct {
	const char *name;
	uint64_t auxv[6];
	uint64_t page_bytes;
} vectors[] = {
	{ "pairs of type and value", { 3, 0x400040, 6, 4096, 0, 0 }, 4096 },
	{ "pages of 64 KiB", { 6, 65536, 0, 0, 0, 0 }, 65536 },
	{ "a 32-bit vector read in pairs", { 0x40004000000003, 0x100000000006, 0, 0, 0, 0 }, 4096 },
	{ "a type in the place of a value", { 9, 6, 4096, 7, 0, 0 }, 0 },
	{ "a size that no page has", { 6, 12345, 6, 1 << 30, 0, 0 }, 0 },
	{ "no vector", { 0 }, 0 },
};

static void the_page_size_stands_in_the_auxiliary_vector(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct builder builder = { .length = 0 }, entry = { .length = 0 };
		struct mm mm = { 0 };
		size_t warnings;

		print_message("%s\n", vectors[i].name);
		put_magic(&builder, IMAGE_MM);
		for (size_t k = 0; k < 6; k++)
			put_number(&entry, 13, vectors[i].auxv[k]);
		put_entry(&builder, &entry);
		parse(&mm, &builder, &warnings);
		assert_int_equal(warnings, 0);
		assert_true(mm.page_bytes == vectors[i].page_bytes);
		mm_release(&mm);
	}
}

static void a_packed_vector_is_read_like_any_other(void **state)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 }, packed = { .length = 0 };
	struct mm mm = { 0 };
	size_t warnings;

	(void)state;
	put_magic(&builder, IMAGE_MM);
	put_varint(&packed, 6);
	put_varint(&packed, 16384);
	put_message(&entry, 13, &packed);
	put_entry(&builder, &entry);
	parse(&mm, &builder, &warnings);
	assert_true(mm.page_bytes == 16384);
	mm_release(&mm);
}

static void guard_ranges_are_kept_apart_and_sorted(void **state)
{
	static const struct mapping mappings[] = {
		{ .start = 0x20000, .end = 0x30000, .status = ANONYMOUS },
		{ .start = 0x10000, .end = 0x18000, .status = ANONYMOUS },
		{ .start = 0x28000, .end = 0x29000, .status = GUARD },
		{ .start = 0x11000, .end = 0x12000, .status = GUARD },
		{ .start = 0x12000, .end = 0x13000, .status = GUARD },
	};
	struct builder builder = { .length = 0 };
	struct mm mm = { 0 };
	size_t warnings;

	(void)state;
	put_mm(&builder, mappings, 5);
	parse(&mm, &builder, &warnings);
	assert_int_equal(warnings, 0);
	assert_int_equal(mm.vma_count, 2);
	assert_true(mm.vmas[0].start == 0x10000 && mm.vmas[1].start == 0x20000);
	assert_int_equal(mm.guard_count, 2);
	assert_true(mm.guards[0].start == 0x11000 && mm.guards[0].end == 0x13000);
	assert_true(mm.guards[1].start == 0x28000);
	mm_release(&mm);
}

static void mappings_that_cannot_be_are_left_out_one_by_one(void **state)
{
	static const struct mapping mappings[] = {
		{ .start = 0x10000, .end = 0x18000, .status = ANONYMOUS },
		{ .start = 0x17000, .end = 0x19000, .status = ANONYMOUS },
		{ .start = 0x18000, .end = 0x19000, .status = ANONYMOUS },
		{ .start = 0x30000, .end = 0x30000, .status = ANONYMOUS },
		{ .start = 0x30800, .end = 0x31000, .status = ANONYMOUS },
		{ .start = 0xfffffffffffff000, .end = 0, .status = ANONYMOUS },
		{ .start = 0xffffffffff600000, .end = 0xffffffffff601000, .status = 0x204 },
	};
	struct builder builder = { .length = 0 };
	struct mm mm = { 0 };
	size_t warnings;

	(void)state;
	put_mm(&builder, mappings, 7);
	parse(&mm, &builder, &warnings);
	assert_int_equal(warnings, 4);
	assert_int_equal(mm.vma_count, 3);
	assert_true(mm.vmas[1].start == 0x18000);
	assert_true(mm.vmas[2].start == 0xffffffffff600000);
	mm_release(&mm);
}

static void tens_of_thousands_of_mappings_are_read(void **state)
{
	static struct builder builder, entry;
	struct mm mm = { 0 };
	size_t warnings;

	(void)state;
	put_magic(&builder, IMAGE_MM);
	for (uint64_t i = 0; i < 2000; i++)
		put_mapping(&entry, &(struct mapping){ .start = i << 13,
						       .end = (i << 13) + 4096,
						       .status = ANONYMOUS });
	put_word(&builder, (uint32_t)entry.length);
	assert_true(entry.length > 40000);

	uint8_t *whole = malloc(12 + 20 * entry.length);

	/* The same list again and again: overlapping, but each entry decodes. */
	assert_non_null(whole);
	memcpy(whole, builder.bytes, builder.length);
	for (size_t i = 0; i < 20; i++)
		memcpy(whole + 12 + i * entry.length, entry.bytes, entry.length);
	for (size_t i = 0; i < 4; i++)
		whole[8 + i] = (uint8_t)(20 * entry.length >> 8 * i);

	struct warning_list *list;

	assert_int_equal(warning_list_new(&list, NULL), 0);

	struct image image = { .name = "mm-1.img",
			       .bytes = { whole, 12 + 20 * entry.length },
			       .warnings = list };

	assert_int_equal(mm_parse(&mm, &image, NULL), 0);
	assert_int_equal(mm.vma_count, 2000);
	warning_list_sorted(list, &warnings);
	assert_int_equal(warnings, 101);
	mm_release(&mm);
	warning_list_free(list);
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_size_stands_in_the_auxiliary_vector),
		cmocka_unit_test(a_packed_vector_is_read_like_any_other),
		cmocka_unit_test(guard_ranges_are_kept_apart_and_sorted),
		cmocka_unit_test(mappings_that_cannot_be_are_left_out_one_by_one),
		cmocka_unit_test(tens_of_thousands_of_mappings_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
