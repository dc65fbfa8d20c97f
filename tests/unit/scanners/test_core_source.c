#include <archive.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scanners/source/core_extent.h"
#include "tests/unit/scanners/made_archive.h"
#include "tests/unit/scanners/read_source.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const int filters[] = {
	ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD,
	ARCHIVE_FILTER_XZ,   ARCHIVE_FILTER_LZ4,  ARCHIVE_FILTER_BZIP2,
};

/* A core dump of segments next to each other, as far as its headers go: nobody here looks into them. */
struct shape {
	bool is_64, big;
	uint16_t segments;
	uint32_t segment_bytes; /* each, in the file */
	uint32_t section_bytes; /* of section headers at the end; 0: none */
	bool extended; /* the number of segments stands elsewhere */
};

static void put(uint8_t *at, const struct shape *shape, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		at[shape->big ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

static void put_word(uint8_t *at, const struct shape *shape, uint64_t value)
{
	put(at, shape, shape->is_64 ? 8 : 4, value);
}

static size_t header_bytes(const struct shape *shape)
{
	return shape->is_64 ? 64 : 52;
}

static size_t segment_header_bytes(const struct shape *shape)
{
	return shape->is_64 ? 56 : 32;
}

static void put_headers(uint8_t *data, const struct shape *shape, size_t first, size_t sections)
{
	bool is_64 = shape->is_64;
	size_t step = segment_header_bytes(shape);

	memcpy(data,
	       "\x7f"
	       "ELF",
	       4);
	data[4] = is_64 ? 2 : 1;
	data[5] = shape->big ? 2 : 1;
	put(data + 16, shape, 2, 4);
	put_word(data + (is_64 ? 32 : 28), shape, header_bytes(shape));
	put(data + (is_64 ? 54 : 42), shape, 2, step);
	put(data + (is_64 ? 56 : 44), shape, 2, shape->extended ? 0xffff : shape->segments);
	if (shape->section_bytes) {
		put_word(data + (is_64 ? 40 : 32), shape, sections);
		put(data + (is_64 ? 58 : 46), shape, 2, shape->section_bytes);
		put(data + (is_64 ? 60 : 48), shape, 2, 1);
	}
	for (size_t i = 0; i < shape->segments; i++) {
		uint8_t *header = data + header_bytes(shape) + i * step;

		put_word(header + (is_64 ? 8 : 4), shape, first + i * shape->segment_bytes);
		put_word(header + (is_64 ? 32 : 16), shape, shape->segment_bytes);
	}
}

static struct made_archive make_core(const struct shape *shape)
{
	size_t first = header_bytes(shape) + shape->segments * segment_header_bytes(shape);
	size_t sections = first + (size_t)shape->segments * shape->segment_bytes;
	struct made_archive made = { NULL, sections + shape->section_bytes };

	made.data = malloc(made.length);
	for (size_t i = 0; i < made.length; i++)
		made.data[i] = i < first ? 0 : made_byte(i, 9);
	put_headers(made.data, shape, first, sections);
	return made;
}

static const struct shape small = { .is_64 = true, .segments = 3, .segment_bytes = 700000 };

static const struct member *only_member(struct opened *opened)
{
	const struct member *member = NULL;

	if (opened->code)
		fail_msg("%s", opened->error.message);
	assert_int_equal(source_form(opened->source), FORM_CORE);
	assert_string_equal(source_form_name(source_form(opened->source)), "core");
	assert_int_equal(source_next(opened->source, &member, NULL), 0);
	return member;
}

/* Keeps what passes; the bytes of the member as they can be read at any time. */
static struct bytes member_bytes(struct opened *opened, const struct member *member)
{
	uint64_t received = member->length;
	struct bytes lent = { NULL, 0 };

	if (member->passing)
		assert_int_equal(source_keep_whole(opened->source, member, &received, NULL), 0);
	assert_int_equal(file_table_lend(opened->files, member->file, member->offset,
					 (size_t)received, &lent, NULL),
			 0);
	assert_int_equal(lent.length, received);
	return lent;
}

static void check_whole(struct opened *opened, const char *name, const struct made_archive *core,
			bool passes)
{
	const struct member *member = only_member(opened);
	struct bytes lent;

	assert_non_null(member);
	assert_string_equal(member->name, name);
	assert_int_equal(member->kind, MEMBER_FILE);
	assert_int_equal(member->passing, passes);
	assert_int_equal(source_passes(opened->source), passes);
	assert_int_equal(member->length, core->length);
	lent = member_bytes(opened, member);
	assert_int_equal(lent.length, core->length);
	assert_memory_equal(lent.data, core->data, core->length);
	assert_int_equal(source_next(opened->source, &member, NULL), 0);
	assert_null(member);
	assert_false(source_truncated(opened->source));

	char *warnings = opened_warnings(opened);

	assert_string_equal(warnings, "");
	free(warnings);
}

static void check_path(const struct made_archive *packed, const struct made_archive *core,
		       bool passes)
{
	char *path = made_archive_file(packed, packed->length);
	struct opened opened = opened_new(path, 1 << 26, NULL);
	struct source *again = NULL;

	check_whole(&opened, path + strlen("/tmp/"), core, passes);
	assert_int_equal(source_open_again(&again, opened.source, opened.warnings, NULL), 0);
	assert_int_equal(source_form(again), FORM_CORE);
	source_close(again);
	opened_release(&opened);
	unlink(path);
	free(path);
}

static void check_part(const struct made_archive *packed, const struct made_archive *core,
		       bool passes)
{
	for (int place = 0; place < PART_PLACES; place++) {
		struct stored_bytes part;
		struct opened opened = part_new(place, packed->data, packed->length, &part);

		part_open(&opened, &part, NULL);
		check_whole(&opened, "layer", core, passes);
		opened_release(&opened);
	}
}

static void check_standard_input(const struct made_archive *packed, const struct made_archive *core)
{
	char *path = made_archive_file(packed, packed->length);
	int before = dup(STDIN_FILENO), file = open(path, O_RDONLY);

	dup2(file, STDIN_FILENO);
	close(file);

	struct opened opened = opened_new("-", 1 << 26, NULL);

	check_whole(&opened, "standard input", core, true);
	opened_release(&opened);
	dup2(before, STDIN_FILENO);
	close(before);
	unlink(path);
	free(path);
}

static void a_core_dump_is_its_own_member_in_every_form(void **state)
{
	(void)state;
	static const struct shape shapes[] = {
		{ .is_64 = true, .segments = 3, .segment_bytes = 700000 },
		{ .segments = 2, .big = true, .segment_bytes = 5000, .section_bytes = 40 },
		{ .is_64 = true, .segments = 0 },
		/* Its headers take more than one buffer. */
		{ .is_64 = true, .segments = 40000, .segment_bytes = 16 },
		{ .is_64 = true,
		  .segments = 4,
		  .segment_bytes = 4096,
		  .section_bytes = 64,
		  .extended = true },
	};

	for (size_t s = 0; s < COUNT(shapes); s++) {
		struct made_archive core = make_core(&shapes[s]);

		for (size_t f = 0; f < COUNT(filters); f++) {
			struct made_archive packed = pack_bytes(&core, filters[f]);

			check_path(&packed, &core, f > 0);
			check_part(&packed, &core, f > 0);
			check_standard_input(&packed, &core);
			made_archive_release(&packed);
		}
		made_archive_release(&core);
	}
}

/* The described length is the member's; less has come, and nothing more can be said here. */
static void a_core_dump_that_ends_early_comes_as_far_as_it_goes(void **state)
{
	(void)state;
	struct made_archive core = make_core(&small), shorter = { core.data, core.length - 5000 };
	struct made_archive packed = pack_bytes(&shorter, ARCHIVE_FILTER_ZSTD);
	struct stored_bytes part;
	struct opened opened = part_new(PART_MEMORY, packed.data, packed.length, &part);
	const struct member *member;

	part_open(&opened, &part, NULL);
	member = only_member(&opened);
	assert_int_equal(member->length, core.length);
	assert_int_equal(member_bytes(&opened, member).length, core.length - 5000);
	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_null(member);
	assert_false(source_truncated(opened.source));
	opened_release(&opened);
	made_archive_release(&packed);
	made_archive_release(&core);
}

static void a_core_dump_in_a_cut_stream_is_told(void **state)
{
	(void)state;
	for (size_t f = 1; f < COUNT(filters); f++) {
		struct made_archive core = make_core(&small);
		struct made_archive packed = pack_bytes(&core, filters[f]);
		struct stored_bytes part;
		struct opened opened = part_new(PART_MEMORY, packed.data, packed.length, &part);
		const struct member *member;

		part.length -= 100;
		part_open(&opened, &part, NULL);
		if (filters[f] != ARCHIVE_FILTER_LZ4) {
			member = only_member(&opened);
			assert_int_equal(member->length, core.length);
			assert_in_range(member_bytes(&opened, member).length, 65536,
					core.length - 1);
			assert_int_equal(source_next(opened.source, &member, NULL), 0);
			assert_true(source_truncated(opened.source));
			assert_true(opened_has_warning(&opened, WARNING_TRUNCATED));
		} else {
			assert_int_equal(opened.code, ERROR_TRUNCATED);
		}
		opened_release(&opened);
		made_archive_release(&packed);
		made_archive_release(&core);
	}
}

static void a_wrong_check_sum_behind_a_core_dump_is_told(void **state)
{
	(void)state;
	static const struct shape tiny = { .is_64 = true, .segments = 1, .segment_bytes = 100 };
	const struct shape *shapes[] = { &small, &tiny };

	for (size_t s = 0; s < COUNT(shapes); s++) {
		struct made_archive core = make_core(shapes[s]);
		struct made_archive packed = pack_bytes(&core, ARCHIVE_FILTER_GZIP);
		struct stored_bytes part;
		struct opened opened;
		const struct member *member;

		packed.data[packed.length - 8] ^= 1;
		opened = part_new(PART_MEMORY, packed.data, packed.length, &part);
		part_open(&opened, &part, NULL);
		member = only_member(&opened);
		assert_int_equal(member_bytes(&opened, member).length, core.length);
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		assert_true(source_truncated(opened.source));
		assert_true(opened_has_warning(&opened, WARNING_CORRUPT));
		opened_release(&opened);
		made_archive_release(&packed);
		made_archive_release(&core);
	}
}

static void bytes_behind_the_last_segment_are_noted(void **state)
{
	(void)state;
	static const size_t behind[] = { 1, 5000, 3 << 20 };

	for (size_t i = 0; i < COUNT(behind); i++) {
		struct made_archive core = make_core(&small);
		size_t length = core.length;

		core.length += behind[i];
		core.data = realloc(core.data, core.length);
		memset(core.data + length, 'x', behind[i]);

		struct made_archive packed = pack_bytes(&core, ARCHIVE_FILTER_ZSTD);
		struct stored_bytes part;
		struct opened opened = part_new(PART_MEMORY, packed.data, packed.length, &part);
		const struct member *member;
		const struct warning *note;
		size_t count;

		part_open(&opened, &part, NULL);
		member = only_member(&opened);
		assert_int_equal(member->length, length);
		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		assert_false(source_truncated(opened.source));
		note = warning_list_sorted(opened.warnings, &count);
		assert_int_equal(count, 1);
		assert_int_equal(note->code, WARNING_LONGER_THAN_DESCRIBED);
		assert_int_equal(note->offset, length);
		assert_int_equal(note->length, behind[i]);
		opened_release(&opened);
		made_archive_release(&packed);
		made_archive_release(&core);
	}
}

static void what_inflates_to_too_much_is_cut(void **state)
{
	(void)state;
	const struct source_options options = { .inflated_bytes = 1500000 };
	struct made_archive core = make_core(&small), packed = pack_bytes(&core, filters[2]);
	struct stored_bytes part;
	struct opened opened = part_new(PART_MEMORY, packed.data, packed.length, &part);
	const struct member *member;

	part_open(&opened, &part, &options);
	member = only_member(&opened);
	assert_int_equal(member_bytes(&opened, member).length, 1500000);
	assert_true(source_truncated(opened.source));
	assert_true(opened_has_warning(&opened, WARNING_LIMIT));
	opened_release(&opened);
	made_archive_release(&packed);
	made_archive_release(&core);
}

static void headers_that_are_not_at_the_start_are_refused(void **state)
{
	(void)state;
	struct made_archive core = make_core(&small);

	put_word(core.data + 32, &small, (uint64_t)1 << 40);

	struct made_archive packed = pack_bytes(&core, ARCHIVE_FILTER_GZIP);
	struct stored_bytes part;
	struct opened opened = part_new(PART_MEMORY, packed.data, packed.length, &part);

	part_open(&opened, &part, NULL);
	assert_null(only_member(&opened));
	assert_true(source_truncated(opened.source));
	assert_true(opened_has_warning(&opened, WARNING_CORRUPT));
	opened_release(&opened);
	made_archive_release(&packed);
	made_archive_release(&core);
}

static void the_length_is_what_the_headers_describe(void **state)
{
	(void)state;
	struct made_archive core = make_core(&small);
	const struct bytes all = { core.data, core.length };
	uint64_t limit = (uint64_t)1 << 40;

	assert_int_equal(core_headers_length(all), 64 + 3 * 56);
	assert_int_equal(core_described_length(all, limit), core.length);
	/* As far as the headers are there. */
	assert_int_equal(core_described_length((struct bytes){ core.data, 64 + 56 }, limit),
			 64 + 3 * 56 + 700000);
	assert_int_equal(core_described_length((struct bytes){ core.data, 64 }, limit),
			 64 + 3 * 56);
	assert_int_equal(core_described_length((struct bytes){ core.data, 60 }, limit), 60);
	assert_int_equal(core_headers_length((struct bytes){ core.data, 60 }), 60);
	/* A segment that cannot be: those beside it count. */
	put_word(core.data + 64 + 2 * 56 + 32, &small, UINT64_MAX - 5);
	assert_int_equal(core_described_length(all, limit), 64 + 3 * 56 + 1400000);
	put_word(core.data + 64 + 2 * 56 + 32, &small, limit);
	assert_int_equal(core_described_length(all, limit), 64 + 3 * 56 + 1400000);
	/* Headers smaller than they are, or of no size, describe nothing. */
	put(core.data + 54, &small, 2, 0);
	assert_int_equal(core_described_length(all, limit), 64);
	made_archive_release(&core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_core_dump_is_its_own_member_in_every_form),
		cmocka_unit_test(a_core_dump_that_ends_early_comes_as_far_as_it_goes),
		cmocka_unit_test(a_core_dump_in_a_cut_stream_is_told),
		cmocka_unit_test(a_wrong_check_sum_behind_a_core_dump_is_told),
		cmocka_unit_test(bytes_behind_the_last_segment_are_noted),
		cmocka_unit_test(what_inflates_to_too_much_is_cut),
		cmocka_unit_test(headers_that_are_not_at_the_start_are_refused),
		cmocka_unit_test(the_length_is_what_the_headers_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
