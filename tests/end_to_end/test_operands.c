/*
 * What an operand may be made of: images of a chain in archives of their own, a container's image without a
 * checkpoint, an archive that was copied into a layer as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/repack.h"
#include "tests/support/scan_run.h"
#include "tests/support/wrap_image.h"

static const char rules[] = "rule planted { strings: $a = \"IOC~\" condition: $a }";

static json_int_t sum(const struct scan_run *run, const char *field)
{
	return json_integer_value(json_object_get(scan_run_summary(run), field));
}

static void scan(const char *path, const char *const *parents, size_t count, struct scan_run *run)
{
	const struct scan_setup setup = {
		.path = path,
		.rules = rules,
		.options = { .parents = parents, .parent_count = count },
	};

	scan_run(&setup, run);
}

/* The members below one directory, in a package of their own. */
static void take_directory(const struct package *from, const char *directory, struct package *out)
{
	*out = (struct package){ 0 };
	for (size_t i = 0; i < from->count; i++) {
		const struct packed_member *member = &from->members[i];

		if (strncmp(member->name, directory, strlen(directory)) == 0 && !member->directory)
			package_add(out, member->name, member->data, member->length);
	}
}

struct parts {
	char directory[256], final[512], earlier[512];
};

static void write_parts(struct parts *parts, const struct package *whole, const char *filter)
{
	struct package part;

	temporary_directory(parts->directory, sizeof(parts->directory));
	snprintf(parts->final, sizeof(parts->final), "%s/final", parts->directory);
	snprintf(parts->earlier, sizeof(parts->earlier), "%s/earlier", parts->directory);
	take_directory(whole, "runc-final/", &part);
	package_write_tar(&part, parts->final, filter, ORDER_AS_IS);
	package_release(&part);
	take_directory(whole, "runc-pre/", &part);
	package_write_tar(&part, parts->earlier, filter, ORDER_AS_IS);
	package_release(&part);
}

static void earlier_images_may_be_in_another_archive(void **state)
{
	static const char path[] = SHARED_DIR "/checkpoints/runc-incremental.tar.zst";
	static const char *const filters[] = { NULL, "zstd" };
	struct package whole;
	struct scan_run all, run;

	(void)state;
	if (!file_is_there(path))
		skip();
	scan(path, NULL, 0, &all);
	package_load(&whole, path);
	for (size_t i = 0; i < 2; i++) {
		struct parts parts;
		const char *earlier[1];

		write_parts(&parts, &whole, filters[i]);
		earlier[0] = parts.earlier;
		scan(parts.final, earlier, 1, &run);
		assert_true(run.result.complete);
		assert_int_equal(run.result.hits, all.result.hits);
		assert_int_equal(sum(&run, "bytes_scanned"), sum(&all, "bytes_scanned"));
		scan_run_release(&run);
		scan(parts.final, NULL, 0, &run);
		assert_true(scan_run_warns(&run, "missing-parent"));
		assert_int_equal(sum(&run, "bytes_scanned") + sum(&run, "bytes_lost"),
				 sum(&all, "bytes_scanned"));
		scan_run_release(&run);
		scan(parts.earlier, NULL, 0, &run);
		assert_true(scan_run_warns(&run, "not-a-checkpoint"));
		assert_int_equal(run.result.checkpoints, 0);
		scan_run_release(&run);
		temporary_remove(parts.directory);
	}
	scan_run_release(&all);
	package_release(&whole);
}

static void an_earlier_image_of_no_use_is_told(void **state)
{
	static const char path[] = SHARED_DIR "/checkpoints/runc-incremental.tar.zst";
	struct package whole;
	struct parts parts;

	(void)state;
	if (!file_is_there(path))
		skip();
	package_load(&whole, path);
	write_parts(&parts, &whole, NULL);
	for (size_t count = 1; count <= 2; count++) {
		const char *const earlier[] = { parts.earlier, parts.final };
		struct scan_run run;

		scan(parts.final, earlier, count, &run);
		assert_true(run.result.complete);
		assert_int_equal(scan_run_warns(&run, "nothing-selected"), count == 2);
		scan_run_release(&run);
	}
	temporary_remove(parts.directory);
	package_release(&whole);
}

static void an_image_without_a_checkpoint_is_none(void **state)
{
	struct package members = { 0 }, image;
	struct parts parts;
	struct scan_run run;

	(void)state;
	temporary_directory(parts.directory, sizeof(parts.directory));
	snprintf(parts.final, sizeof(parts.final), "%s/image", parts.directory);
	package_add(&members, "bin/sh", "IOC~", 4);
	wrap_oci_image(&members, "gzip", NULL, &image);
	package_write_tar(&image, parts.final, NULL, ORDER_AS_IS);
	scan(parts.final, NULL, 0, &run);
	assert_true(scan_run_warns(&run, "not-a-checkpoint"));
	assert_false(run.result.is_checkpoint);
	assert_int_equal(run.result.hits, 0);
	scan_run_release(&run);
	temporary_remove(parts.directory);
	package_release(&members);
	package_release(&image);
}

static void an_archive_within_a_layer_is_opened(void **state)
{
	static const char path[] = TEST_DATA_DIR "/podman-zstd.tar";
	struct package members = { 0 }, image;
	struct parts parts;
	struct scan_run run, plain;
	size_t length;
	uint8_t *archive = file_load(path, &length);

	(void)state;
	temporary_directory(parts.directory, sizeof(parts.directory));
	snprintf(parts.final, sizeof(parts.final), "%s/image", parts.directory);
	package_add(&members, "checkpoint.tar", archive, length);
	package_add(&members, "README", "not an archive", 14);
	wrap_oci_image(&members, "gzip", NULL, &image);
	package_write_tar(&image, parts.final, NULL, ORDER_AS_IS);
	scan(path, NULL, 0, &plain);
	scan(parts.final, NULL, 0, &run);
	assert_true(run.result.complete);
	assert_int_equal(run.result.checkpoints, 1);
	assert_int_equal(run.result.hits, plain.result.hits);
	assert_int_equal(sum(&run, "bytes_scanned"), sum(&plain, "bytes_scanned"));
	scan_run_release(&run);
	scan_run_release(&plain);
	temporary_remove(parts.directory);
	package_release(&members);
	package_release(&image);
	free(archive);
}

/* The members of @from below @prefix, in the order of @from. */
static void put_below(struct package *to, const struct package *from, const char *prefix)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct packed_member *member = &from->members[i];
		char name[512];

		if (member->directory || member->link)
			continue;
		snprintf(name, sizeof(name), "%s%s", prefix, member->name);
		package_add(to, name, member->data, member->length);
	}
}

static void what_cannot_be_kept_of_several_is_lost_and_nothing_else(void **state)
{
	struct package one, both = { 0 };
	struct parts parts;

	(void)state;
	temporary_directory(parts.directory, sizeof(parts.directory));
	snprintf(parts.final, sizeof(parts.final), "%s/both", parts.directory);
	package_load(&one, TEST_DATA_DIR "/podman-zstd.tar");
	put_below(&both, &one, "one/");
	put_below(&both, &one, "two/");
	package_write_tar(&both, parts.final, "zstd", ORDER_AS_IS);
	for (uint64_t memory = 64 << 10; memory <= 64 << 20; memory *= 4) {
		const struct scan_setup setup = {
			.path = parts.final,
			.rules = rules,
			.options = { .memory = { .memory_bytes = memory, .no_spill = true } },
		};
		struct scan_run run;

		scan_run(&setup, &run);
		assert_int_equal(run.result.checkpoints, 2);
		assert_int_equal(run.result.complete, memory == 64 << 20);
		assert_int_equal(scan_run_warns(&run, "limit"), memory < 64 << 20);
		assert_false(scan_run_warns(&run, "read-error"));
		assert_false(scan_run_warns(&run, "truncated"));
		assert_false(run.result.machine);
		scan_run_release(&run);
	}
	temporary_remove(parts.directory);
	package_release(&one);
	package_release(&both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(earlier_images_may_be_in_another_archive),
		cmocka_unit_test(an_earlier_image_of_no_use_is_told),
		cmocka_unit_test(an_image_without_a_checkpoint_is_none),
		cmocka_unit_test(an_archive_within_a_layer_is_opened),
		cmocka_unit_test(what_cannot_be_kept_of_several_is_lost_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
