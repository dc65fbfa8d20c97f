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

static void blobs_without_an_index_are_opened_all_the_same(void **state)
{
	static const char path[] = TEST_DATA_DIR "/podman-zstd.tar";
	struct package members = { 0 }, image;
	struct parts parts;
	struct scan_run run, plain;

	(void)state;
	temporary_directory(parts.directory, sizeof(parts.directory));
	snprintf(parts.final, sizeof(parts.final), "%s/image", parts.directory);
	package_load(&members, path);
	wrap_oci_image(&members, "gzip", NULL, &image);
	package_remove(&image, "index.json");
	scan(path, NULL, 0, &plain);
	for (int compressed = 0; compressed < 2; compressed++) {
		package_write_tar(&image, parts.final, compressed ? "zstd" : NULL, ORDER_AS_IS);
		scan(parts.final, NULL, 0, &run);
		assert_true(scan_run_warns(&run, "missing-image"));
		assert_false(run.result.complete);
		assert_int_equal(run.result.hits, plain.result.hits);
		assert_true(sum(&run, "bytes_scanned") == sum(&plain, "bytes_scanned"));
		scan_run_release(&run);
	}
	scan_run_release(&plain);
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

/* Files' own bytes are all that is lost; the memory that shows them was searched as it passed. */
static void without_room_memory_that_shows_files_is_searched_on_the_way_past(void **state)
{
	static const struct {
		uint64_t memory;
		json_int_t lost;
	} rows[] = { { 160 << 10, 6 * 4096 }, { 1 << 20, 0 } };
	struct scan_setup setup = {
		.path = TEST_DATA_DIR "/podman-zstd.tar",
		.rules = rules,
		.options = { .memory = { .no_spill = true }, .target_kinds = 1u << TARGET_PROCESS },
	};
	json_int_t described = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scan_run run;

		setup.options.memory.memory_bytes = rows[i].memory;
		scan_run(&setup, &run);
		assert_int_equal(run.result.hits, 3);
		assert_int_equal(sum(&run, "bytes_lost"), rows[i].lost);
		assert_int_equal(scan_run_warns(&run, "limit"), rows[i].lost > 0);
		assert_int_equal(run.result.complete, rows[i].lost == 0);
		if (i)
			assert_int_equal(sum(&run, "bytes_scanned") + sum(&run, "bytes_lost"),
					 described);
		described = sum(&run, "bytes_scanned") + sum(&run, "bytes_lost");
		scan_run_release(&run);
	}
}

/* Hits of files of this origin and path. */
static int hits_of(const struct scan_run *run, const char *origin, const char *file)
{
	size_t index;
	const json_t *line;
	int count = 0;

	json_array_foreach(run->lines, index, line)
	{
		const json_t *target = json_object_get(line, "target");
		const char *type = json_string_value(json_object_get(line, "type"));
		const char *from = json_string_value(json_object_get(target, "origin"));
		const char *name = json_string_value(json_object_get(target, "path"));

		count += strcmp(type, "hit") == 0 && from && name && strcmp(from, origin) == 0 &&
			 strcmp(name, file) == 0;
	}
	return count;
}

static const char needle[] = "IOC~0123456789~";

static void files_that_nobody_knows_are_searched_at_any_depth(void **state)
{
	static const char *const forms[] = { NULL, "zstd", "directory" };
	struct package package;
	struct parts parts;

	(void)state;
	temporary_directory(parts.directory, sizeof(parts.directory));
	package_load(&package, TEST_DATA_DIR "/podman-zstd.tar");
	package_add(&package, "checkpoint/a/b/c/unknown", needle, sizeof(needle));
	package_add(&package, "artifacts/d/unknown", needle, sizeof(needle));
	package_add(&package, "io.kubernetes.cri-o.LogPath", needle, sizeof(needle));
	for (size_t i = 0; i < 3; i++) {
		struct scan_run run;

		snprintf(parts.final, sizeof(parts.final), "%s/form%zu", parts.directory, i);
		if (i < 2)
			package_write_tar(&package, parts.final, forms[i], ORDER_AS_IS);
		else
			package_write_directory(&package, parts.final);
		scan(parts.final, NULL, 0, &run);
		assert_true(run.result.complete);
		assert_int_equal(hits_of(&run, "image", "a/b/c/unknown"), 1);
		assert_int_equal(hits_of(&run, "image", "artifacts/d/unknown"), 1);
		assert_int_equal(hits_of(&run, "log", "io.kubernetes.cri-o.LogPath"), 1);
		scan_run_release(&run);
	}
	temporary_remove(parts.directory);
	package_release(&package);
}

static void what_passed_too_early_is_lost_and_told(void **state)
{
	struct package package = { 0 }, whole;
	struct parts parts;
	struct scan_run run;

	(void)state;
	temporary_directory(parts.directory, sizeof(parts.directory));
	snprintf(parts.final, sizeof(parts.final), "%s/early", parts.directory);
	package_load(&whole, TEST_DATA_DIR "/podman-zstd.tar");
	package_add(&package, "a/b/c/d/unknown", needle, sizeof(needle));
	put_below(&package, &whole, "");
	package_write_tar(&package, parts.final, "zstd", ORDER_AS_IS);
	scan(parts.final, NULL, 0, &run);
	assert_false(run.result.complete);
	assert_true(scan_run_warns(&run, "limit"));
	assert_int_equal(sum(&run, "bytes_lost"), sizeof(needle));
	scan_run_release(&run);
	temporary_remove(parts.directory);
	package_release(&package);
	package_release(&whole);
}

/* How often a note about a member of this name is told, of all checkpoints. */
static int told_of(const struct scan_run *run, const char *file)
{
	size_t index;
	const json_t *line;
	int count = 0;

	json_array_foreach(run->lines, index, line)
	{
		const char *name = json_string_value(json_object_get(line, "file"));

		count += name && strcmp(name, file) == 0;
	}
	return count;
}

static void a_warning_is_told_where_its_file_belongs(void **state)
{
	struct package one, both = { 0 };
	struct parts parts;
	struct scan_run run;
	uint8_t *archive, *twice;
	size_t length;

	(void)state;
	temporary_directory(parts.directory, sizeof(parts.directory));
	snprintf(parts.final, sizeof(parts.final), "%s/both", parts.directory);
	package_load(&one, TEST_DATA_DIR "/podman-zstd.tar");
	put_below(&both, &one, "one/");
	put_below(&both, &one, "two/");
	archive = package_pack_tar(&both, NULL, &length);
	package_release(&both);
	package_add(&both, "one/ctr.log", needle, sizeof(needle));

	/* Without its end, so that the other one's members follow. */
	size_t first;
	uint8_t *begin = package_pack_tar(&both, NULL, &first);

	twice = malloc(1024 + length);
	assert_non_null(twice);
	memcpy(twice, begin, 1024);
	memcpy(twice + 1024, archive, length);
	file_write(parts.final, twice, 1024 + length);
	scan(parts.final, NULL, 0, &run);
	assert_int_equal(run.result.checkpoints, 2);
	assert_true(run.result.complete);
	assert_int_equal(told_of(&run, "one/ctr.log"), 1);
	scan_run_release(&run);
	temporary_remove(parts.directory);
	free(archive);
	free(begin);
	free(twice);
	package_release(&one);
	package_release(&both);
}

static void a_checkpoint_that_lost_its_inventory_is_told_beside_others(void **state)
{
	struct package one, both = { 0 };
	struct parts parts;
	struct scan_run run;

	(void)state;
	temporary_directory(parts.directory, sizeof(parts.directory));
	snprintf(parts.final, sizeof(parts.final), "%s/both", parts.directory);
	package_load(&one, TEST_DATA_DIR "/podman-zstd.tar");
	put_below(&both, &one, "one/");
	put_below(&both, &one, "two/");
	package_remove(&both, "two/checkpoint/inventory.img");
	package_write_tar(&both, parts.final, NULL, ORDER_AS_IS);
	scan(parts.final, NULL, 0, &run);
	assert_int_equal(run.result.checkpoints, 1);
	assert_false(run.result.complete);
	assert_true(scan_run_warns(&run, "missing-image"));
	assert_int_equal(told_of(&run, "two/checkpoint"), 1);
	scan_run_release(&run);
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
		cmocka_unit_test(blobs_without_an_index_are_opened_all_the_same),
		cmocka_unit_test(an_archive_within_a_layer_is_opened),
		cmocka_unit_test(what_cannot_be_kept_of_several_is_lost_and_nothing_else),
		cmocka_unit_test(without_room_memory_that_shows_files_is_searched_on_the_way_past),
		cmocka_unit_test(files_that_nobody_knows_are_searched_at_any_depth),
		cmocka_unit_test(what_passed_too_early_is_lost_and_told),
		cmocka_unit_test(a_warning_is_told_where_its_file_belongs),
		cmocka_unit_test(a_checkpoint_that_lost_its_inventory_is_told_beside_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
