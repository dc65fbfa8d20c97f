#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/criu/proto/process_tree.pb-c.h"
#include "scanners/criu/image.h"
#include "tests/unit/scanners/image_builder.h"

struct seen {
	size_t count;
	uint32_t last_pid;
};

static int see(void *context, const ProtobufCMessage *message, size_t index, struct error *err)
{
	struct seen *seen = context;

	(void)index, (void)err;
	seen->count++;
	seen->last_pid = ((const Criu__TreeProcess *)message)->pid;
	return 0;
}

static void put_process(struct builder *builder, uint32_t pid)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, pid);
	put_entry(builder, &entry);
}

static void two_processes(struct builder *builder)
{
	put_magic(builder, IMAGE_PROCESS_TREE);
	put_process(builder, 1);
	put_process(builder, 2);
}

static void without_common_magic(struct builder *builder)
{
	put_word(builder, image_kind_magic(IMAGE_PROCESS_TREE));
	put_process(builder, 1);
	put_process(builder, 2);
}

static void empty_entry(struct builder *builder)
{
	put_magic(builder, IMAGE_PROCESS_TREE);
	put_word(builder, 0);
}

static void no_entry(struct builder *builder)
{
	put_magic(builder, IMAGE_PROCESS_TREE);
}

static void cut_in_magic(struct builder *builder)
{
	put_word(builder, 0x54564319);
}

static void cut_in_length(struct builder *builder)
{
	two_processes(builder);
	put_bytes(builder, "\1\0\0", 3);
}

static void cut_in_entry(struct builder *builder)
{
	two_processes(builder);
	put_word(builder, 1000);
	put_bytes(builder, "abc", 3);
}

static void negative_length(struct builder *builder)
{
	two_processes(builder);
	put_word(builder, 0xfffffff0);
	put_process(builder, 3);
}

static void undecodable_entry(struct builder *builder)
{
	put_magic(builder, IMAGE_PROCESS_TREE);
	put_word(builder, 2);
	put_bytes(builder, "\x0a\x7f", 2);
	put_process(builder, 2);
}

static void unknown_fields(struct builder *builder)
{
	struct builder entry = { .length = 0 };

	put_magic(builder, IMAGE_PROCESS_TREE);
	put_text(&entry, 1000, "of a later version");
	put_number(&entry, 1, 2);
	put_entry(builder, &entry);
}

/* Of a machine whose words begin with their high byte. */
static void big_endian(struct builder *builder)
{
	struct builder entry = { .length = 0 };

	put_word(builder, 0x19435654);
	put_word(builder, 0x30302750);
	for (uint64_t pid = 3; pid <= 4; pid++) {
		entry.length = 0;
		put_number(&entry, 1, pid);
		put_word(builder, (uint32_t)entry.length << 24);
		put_bytes(builder, entry.bytes, entry.length);
	}
}

static void big_endian_and_old(struct builder *builder)
{
	put_word(builder, 0x30302750);
	put_word(builder, 2u << 24);
	put_bytes(builder, "\10\5", 2);
}

static void groups(struct builder *builder)
{
	struct builder entry = { .length = 0 };

	put_magic(builder, IMAGE_PROCESS_TREE);
	put_varint(&entry, 100 << 3 | 3);
	put_number(&entry, 1, 9);
	put_varint(&entry, 101 << 3 | 3);
	put_text(&entry, 2, "inner");
	put_varint(&entry, 101 << 3 | 4);
	put_varint(&entry, 100 << 3 | 4);
	put_number(&entry, 1, 2);
	put_entry(builder, &entry);
}

static void open_group(struct builder *builder)
{
	struct builder entry = { .length = 0 };

	two_processes(builder);
	put_number(&entry, 1, 9);
	put_varint(&entry, 100 << 3 | 3);
	put_entry(builder, &entry);
}

static void overlong_varint(struct builder *builder)
{
	put_magic(builder, IMAGE_PROCESS_TREE);
	put_word(builder, 6);
	put_bytes(builder, "\x08\x82\x80\x80\x80\x00", 6);
}

/* 60 KiB of threads, packed and each with a tag of its own: real images hold both. */
static void many_threads(struct builder *builder)
{
	struct builder entry = { .length = 0 };

	put_magic(builder, IMAGE_PROCESS_TREE);
	put_number(&entry, 1, 2);
	for (size_t i = 0; i < 30000; i++)
		put_number(&entry, 5, 1);
	put_entry(builder, &entry);
}

#define NO_WARNING WARNING_CODES

static const struct {
	const char *name;
	void (*build)(struct builder *builder);
	size_t entries;
	uint32_t last_pid;
	enum warning_code code;
} cases[] = {
	{ "reads entries to the end of the file", two_processes, 2, 2, NO_WARNING },
	{ "reads images of v1.0, which have one magic", without_common_magic, 2, 2, NO_WARNING },
	{ "an entry of length 0 is all defaults", empty_entry, 1, 0, NO_WARNING },
	{ "an image may have no entry", no_entry, 0, 0, NO_WARNING },
	{ "an image cut within its magic is truncated", cut_in_magic, 0, 0, WARNING_TRUNCATED },
	{ "an image cut within a length keeps what came before", cut_in_length, 2, 2,
	  WARNING_TRUNCATED },
	{ "an image cut within an entry keeps what came before", cut_in_entry, 2, 2,
	  WARNING_TRUNCATED },
	{ "a negative length stops the image", negative_length, 2, 2, WARNING_CORRUPT },
	{ "an entry that is no message is skipped", undecodable_entry, 1, 2, WARNING_CORRUPT },
	{ "fields of later versions are skipped", unknown_fields, 1, 2, NO_WARNING },
	{ "an overlong number is read", overlong_varint, 1, 2, NO_WARNING },
	{ "big-endian words are read as such", big_endian, 2, 4, NO_WARNING },
	{ "so are those of v1.0", big_endian_and_old, 1, 5, NO_WARNING },
	{ "groups are skipped with what is in them", groups, 1, 2, NO_WARNING },
	{ "a group without end spoils its entry", open_group, 2, 2, WARNING_CORRUPT },
	{ "thousands of threads fit into the decoder's memory", many_threads, 1, 2, NO_WARNING },
};

static void run_case(size_t index)
{
	struct builder builder = { .length = 0 };
	struct warning_list *warnings;
	const struct warning *warning;
	struct seen seen = { 0 };
	size_t count;

	print_message("%s\n", cases[index].name);
	cases[index].build(&builder);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	uint8_t *copy = builder_copy(&builder);
	struct image image = { .name = "pstree.img",
			       .bytes = { copy, builder.length },
			       .warnings = warnings };

	assert_int_equal(image_entries(&image, &criu__tree_process__descriptor,
				       &criu__tree_process__descriptor, see, &seen, NULL),
			 0);
	warning = warning_list_sorted(warnings, &count);
	assert_int_equal(seen.count, cases[index].entries);
	assert_int_equal(seen.last_pid, cases[index].last_pid);
	assert_int_equal(count, cases[index].code == NO_WARNING ? 0 : 1);
	if (count) {
		assert_int_equal(warning->code, cases[index].code);
		assert_string_equal(warning->file, "pstree.img");
		assert_true(warning->has_range);
		assert_true(warning->offset + warning->length <= builder.length);
	}
	warning_list_free(warnings);
	free(copy);
}

static void damaged_frames_keep_what_can_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(i);
}

static void the_kind_is_told_by_the_first_words(void **state)
{
	static const uint8_t tree[] = { 0x19, 0x43, 0x56, 0x54, 0x30, 0x30, 0x27, 0x50 };
	static const uint8_t swapped[] = { 0x54, 0x56, 0x43, 0x19, 0x50, 0x27, 0x30, 0x30 };
	static const uint8_t inventory[] = { 0x16, 0x31, 0x31, 0x58 };

	(void)state;
	assert_int_equal(image_kind_of_bytes((struct bytes){ tree, 8 }), IMAGE_PROCESS_TREE);
	assert_int_equal(image_kind_of_bytes((struct bytes){ tree + 4, 4 }), IMAGE_PROCESS_TREE);
	assert_int_equal(image_kind_of_bytes((struct bytes){ inventory, 4 }), IMAGE_INVENTORY);
	assert_int_equal(image_kind_of_bytes((struct bytes){ swapped, 8 }), IMAGE_PROCESS_TREE);
	assert_true(image_is_swapped((struct bytes){ swapped, 8 }));
	assert_false(image_is_swapped((struct bytes){ tree, 8 }));
	assert_int_equal(image_kind_of_bytes((struct bytes){ tree, 7 }), IMAGE_KINDS);
	assert_int_equal(image_kind_of_bytes((struct bytes){ NULL, 0 }), IMAGE_KINDS);
}

/* Two bytes on the wire are a record of hundreds in memory: the decoder must stop, not the machine. */
static void a_message_cannot_take_much_more_memory_than_its_bytes(void **state)
{
	const size_t length = (size_t)48 << 20;
	uint8_t *bytes = malloc(length + 12);
	struct builder frame = { .length = 0 };
	struct warning_list *warnings;
	struct seen seen = { 0 };
	size_t count;

	(void)state;
	assert_non_null(bytes);
	put_magic(&frame, IMAGE_PROCESS_TREE);
	put_word(&frame, (uint32_t)length);
	memcpy(bytes, frame.bytes, 12);
	for (size_t i = 0; i < length; i += 2) {
		bytes[12 + i] = 0x78; /* field 15, unknown */
		bytes[13 + i] = 0;
	}
	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	struct image image = { .name = "pstree.img",
			       .bytes = { bytes, length + 12 },
			       .warnings = warnings };

	assert_int_equal(image_entries(&image, &criu__tree_process__descriptor,
				       &criu__tree_process__descriptor, see, &seen, NULL),
			 0);
	warning_list_sorted(warnings, &count);
	assert_int_equal(seen.count, 0);
	assert_int_equal(count, 1);
	warning_list_free(warnings);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_frames_keep_what_can_be_read),
		cmocka_unit_test(the_kind_is_told_by_the_first_words),
		cmocka_unit_test(a_message_cannot_take_much_more_memory_than_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
