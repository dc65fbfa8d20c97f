#include "tests/unit/scanners/read_source.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct opened opened_new(const char *path, uint64_t memory_bytes,
			 const struct source_options *limits)
{
	struct file_table_options options = { .memory_bytes = memory_bytes,
					      .no_spill = memory_bytes == 0 };
	struct source_options none = { 0 };
	struct opened opened = { .source = NULL };

	assert_int_equal(file_table_new(&opened.files, &options, NULL), 0);
	assert_int_equal(warning_list_new(&opened.warnings, NULL), 0);
	opened.code = source_open(&opened.source, path, opened.files, opened.warnings,
				  limits ? limits : &none, &opened.error);
	return opened;
}

static uint32_t map_part(struct opened *opened, const uint8_t *data, size_t length)
{
	char path[] = "/tmp/test_part_XXXXXX";
	int descriptor = mkstemp(path);
	uint32_t file;

	assert_int_equal(write(descriptor, data, length), length);
	assert_int_equal(file_table_add_descriptor(opened->files, descriptor, path, &file, NULL),
			 0);
	unlink(path);
	return file;
}

static uint32_t keep_part(struct opened *opened, const uint8_t *data, size_t length)
{
	uint32_t file;

	assert_int_equal(file_table_add_passing(opened->files, length, "kept", &file, NULL), 0);
	assert_int_equal(
		file_table_keep(opened->files, file, 0, (struct bytes){ data, length }, NULL), 0);
	return file;
}

struct opened part_new(enum part_place place, const void *data, size_t length,
		       struct stored_bytes *part)
{
	const struct file_table_options options = {
		.memory_bytes = place == PART_KEPT_ON_DISK ? 8192 : (uint64_t)1 << 30,
	};
	struct opened opened = { .source = NULL };
	size_t whole = PART_OFFSET + length + 77;
	uint8_t *outer = malloc(whole);

	memset(outer, 'x', whole);
	memcpy(outer + PART_OFFSET, data, length);
	assert_int_equal(file_table_new(&opened.files, &options, NULL), 0);
	assert_int_equal(warning_list_new(&opened.warnings, NULL), 0);
	*part = (struct stored_bytes){ .offset = PART_OFFSET, .length = length };
	if (place == PART_MEMORY) {
		assert_int_equal(file_table_add_memory(opened.files, outer, whole, "outer",
						       &part->file, NULL),
				 0);
		return opened;
	}
	part->file = place == PART_MAPPED ? map_part(&opened, outer, whole)
					  : keep_part(&opened, outer, whole);
	free(outer);
	return opened;
}

void part_open(struct opened *opened, const struct stored_bytes *part,
	       const struct source_options *limits)
{
	const struct source_options none = { 0 };

	opened->code = source_open_part(&opened->source, part, "layer", opened->files,
					opened->warnings, limits ? limits : &none, &opened->error);
}

void opened_release(struct opened *opened)
{
	source_close(opened->source);
	warning_list_free(opened->warnings);
	file_table_free(opened->files);
	memset(opened, 0, sizeof(*opened));
}

static uint64_t add_to_sum(uint64_t sum, const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum = (sum ^ data[i]) * 0x100000001b3ull;
	return sum;
}

static uint64_t sum_in_place(struct opened *opened, const struct member *member, uint64_t *length)
{
	uint64_t sum = 0, done = 0;
	struct bytes lent;

	while (done < member->length) {
		assert_int_equal(file_table_lend(opened->files, member->file, member->offset + done,
						 (size_t)(member->length - done), &lent, NULL),
				 0);
		assert_true(lent.length > 0);
		sum = add_to_sum(sum, lent.data, lent.length);
		done += lent.length;
	}
	*length = done;
	return sum;
}

static uint64_t sum_passing(struct opened *opened, uint64_t *length)
{
	uint64_t sum = 0;
	struct lease lease;

	*length = 0;
	for (;;) {
		assert_int_equal(source_lend(opened->source, &lease, NULL), 0);
		if (lease.length == 0)
			return sum;
		assert_true(lease.length <= 1 << 20);
		sum = add_to_sum(sum, lease.data, lease.length);
		*length += lease.length;
		lease_release(&lease);
	}
}

static void list_member(struct opened *opened, const struct member *member, FILE *out)
{
	static const char kinds[] = { 'f', 'd', 'l', 'o' };
	uint64_t length = 0, sum = 0;

	if (member->kind == MEMBER_FILE)
		sum = member->passing ? sum_passing(opened, &length)
				      : sum_in_place(opened, member, &length);
	fprintf(out, "%c %s %llu %llx%s%s%s\n", kinds[member->kind], member->name,
		(unsigned long long)length, (unsigned long long)sum,
		length < member->length ? " short" : "", member->link ? " -> " : "",
		member->link ? member->link : "");
}

char *opened_listing(struct opened *opened)
{
	const struct member *member;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (opened->code)
		fail_msg("%s", opened->error.message);
	for (;;) {
		int ret = source_next(opened->source, &member, &opened->error);

		if (ret)
			fail_msg("%s", opened->error.message);
		if (!member)
			break;
		list_member(opened, member, out);
	}
	fclose(out);
	return text;
}

char *opened_warnings(struct opened *opened)
{
	char *text = NULL;
	size_t length, count;
	FILE *out = open_memstream(&text, &length);
	const struct warning *warnings = warning_list_sorted(opened->warnings, &count);

	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s %s %s\n", warning_code_name(warnings[i].code),
			warnings[i].file ? warnings[i].file : "-", warnings[i].message);
	fclose(out);
	return text;
}

bool opened_has_warning(struct opened *opened, enum warning_code code)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(opened->warnings, &count);

	for (size_t i = 0; i < count; i++)
		if (warnings[i].code == code)
			return true;
	return false;
}

int borrow_standard_input(const char *path)
{
	int before = dup(STDIN_FILENO), file = open(path, O_RDONLY);

	assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
	close(file);
	return before;
}

void give_standard_input_back(int before)
{
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
}
