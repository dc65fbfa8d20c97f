/*
 * Memory as the process saw it: pages of mapped files that a dump leaves out are found where they were mapped, from
 * what was captured beside the images and from the container's image in any of its forms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/scan_run.h"
#include "tests/support/wrap_image.h"
#include "tests/unit/scanners/made_elf.h"
#include "tests/unit/scanners/planted.h"

#define CHECKPOINT TEST_DATA_DIR "/podman-zstd.tar"
#define TRUTH TEST_DATA_DIR "/podman-zstd.truth.jsonl"
#define EXECUTABLE "plant"
#define NEEDLE_BYTES 25
#define HALF 12

static char directory[256];

static int make_directory(void **state)
{
	(void)state;
	temporary_directory(directory, sizeof(directory));
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	temporary_remove(directory);
	return 0;
}

static const char *truth_of(json_t *truth, const char *name, const char *field)
{
	size_t index;
	json_t *line;

	json_array_foreach(truth, index, line)
	{
		const char *is = json_string_value(json_object_get(line, "name"));

		if (is && strcmp(is, name) == 0)
			return json_string_value(json_object_get(line, field));
	}
	fail_msg("no needle %s", name);
	return NULL;
}

static void needle_of(json_t *truth, const char *name, uint8_t out[NEEDLE_BYTES])
{
	const char *hex = truth_of(truth, name, "hex");

	for (size_t i = 0; i < NEEDLE_BYTES; i++)
		assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &out[i]), 1);
}

/* Matches in memory of this process; *@first: the lowest one, lent. */
static size_t matches_in(const struct scan_run *run, json_int_t pid, json_t **first)
{
	size_t index, at, count = 0;
	json_t *line, *match;

	*first = NULL;
	json_array_foreach(run->lines, index, line)
	{
		json_t *target = json_object_get(line, "target");

		if (strcmp(json_string_value(json_object_get(line, "type")), "hit") != 0 ||
		    json_integer_value(json_object_get(target, "pid")) != pid)
			continue;
		json_array_foreach(json_object_get(line, "matches"), at, match)
		{
			*first = *first ? *first : match;
			count++;
		}
	}
	return count;
}

static const char *text_of(json_t *object, const char *field)
{
	const char *text = json_string_value(json_object_get(object, field));

	return text ? text : "";
}

static void scan_for(const void *bytes, size_t length, const char *rootfs, struct scan_run *run)
{
	const struct search_pattern pattern = { .text = { bytes, length } };
	const struct scan_setup setup = { .path = CHECKPOINT,
					  .patterns = &pattern,
					  .pattern_count = 1,
					  .options = { .rootfs = rootfs } };

	scan_run(&setup, run);
}

/* The needles' places: a page of a mapped file that the process did not write, and shared memory by name. */
static void captured_files_are_memory_where_they_were_mapped(void **state)
{
	static const struct {
		const char *name, *path;
		bool placed; /* the process told its address */
	} rows[] = {
		{ "file_clean", "/tmp/mapped.bin", false },
		{ "posix_shm", "/dev/shm/plant", true },
	};
	json_t *truth = json_lines_load(TRUTH);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t needle[NEEDLE_BYTES];
		struct scan_run run;
		json_t *match;

		needle_of(truth, rows[i].name, needle);
		scan_for(needle, sizeof(needle), NULL, &run);
		assert_int_equal(matches_in(&run, 1, &match), 1);
		assert_string_equal(text_of(match, "source"), "file");
		assert_null(json_object_get(match, "image"));
		assert_string_equal(text_of(json_object_get(match, "vma"), "path"), rows[i].path);
		if (rows[i].placed)
			assert_string_equal(text_of(match, "address"),
					    truth_of(truth, rows[i].name, "va"));
		scan_run_release(&run);
	}
	json_decref(truth);
}

/* What the images say of the executable, and where a page of it that is dumped ends before one that is not. */
struct executable {
	size_t size;
	uint8_t id[64];
	size_t id_length;
	uint64_t border, offset; /* address, and offset in the file */
	uint8_t before[HALF]; /* the dumped bytes that end there */
	size_t processes;
};

static bool ends_in(const struct planted *planted, const struct vma *vma,
		    const struct page_run *run, struct executable *out)
{
	const struct page_image *image = &planted->checkpoint->images[run->image];
	uint64_t end = run->address + run->length;
	size_t got;

	if (run->address < vma->start || end >= vma->end)
		return false;
	out->border = end;
	out->offset = vma->offset + (end - vma->start);
	assert_int_equal(file_table_read(planted->files, image->file,
					 image->offset + run->offset + run->length - HALF,
					 out->before, HALF, &got, NULL),
			 0);
	return true;
}

static bool find_border(const struct planted *planted, struct executable *out)
{
	const struct process *process = &planted->checkpoint->processes[0];

	for (size_t i = 0; i < process->vma_count; i++) {
		const struct vma *vma = &process->vmas[i];

		if (!vma->path || strcmp(vma->path, "/" EXECUTABLE) != 0 ||
		    !(vma->protection & PROTECTION_EXECUTE))
			continue;
		out->size = vma->file->size;
		out->id_length = vma->file->build_id.length;
		assert_in_range(out->id_length, 1, sizeof(out->id));
		memcpy(out->id, vma->file->build_id.data, out->id_length);
		for (size_t j = 0; j < process->run_count; j++)
			if (ends_in(planted, vma, &process->runs[j], out))
				return true;
	}
	return false;
}

static struct executable read_executable(void)
{
	struct executable executable = { 0 };
	struct planted planted;

	planted_open(&planted, CHECKPOINT);
	assert_true(find_border(&planted, &executable));
	executable.processes = planted.checkpoint->process_count;
	planted_close(&planted);
	return executable;
}

/* A file of the same size and build id, with the needle's second half where the dumped page ends. */
static void pack_executable(const struct executable *executable, const char *half,
			    struct package *out)
{
	uint8_t *data = calloc(1, executable->size);

	assert_non_null(data);
	made_elf(data, executable->id, executable->id_length);
	memcpy(data + executable->offset, half, HALF);
	memset(out, 0, sizeof(*out));
	package_add(out, EXECUTABLE, data, executable->size);
	package_add(out, "etc/passwd", "root", 4);
	free(data);
}

static char *place(const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	return path;
}

static uint64_t not_dumped(const struct scan_run *run)
{
	return (uint64_t)json_integer_value(
		json_object_get(scan_run_summary(run), "bytes_not_dumped"));
}

static void check_border(const struct executable *executable, const char *half, const char *rootfs)
{
	uint8_t needle[2 * HALF];
	char address[32];
	struct scan_run run;
	size_t found = 0;

	print_message("%s\n", rootfs);
	memcpy(needle, executable->before, HALF);
	memcpy(needle + HALF, half, HALF);
	snprintf(address, sizeof(address), "0x%llx",
		 (unsigned long long)(executable->border - HALF));
	scan_for(needle, sizeof(needle), rootfs, &run);
	for (json_int_t pid = 1; pid < 16; pid++) {
		json_t *match;
		size_t count = matches_in(&run, pid, &match);

		found += count;
		if (!count)
			continue;
		assert_string_equal(text_of(match, "address"), address);
		assert_string_equal(text_of(match, "source"), "file");
		/* Its first byte is in the dump. */
		assert_non_null(json_object_get(match, "image"));
	}
	assert_int_equal(found, executable->processes);
	assert_true(not_dumped(&run) == 0);
	assert_true(json_is_true(json_object_get(scan_run_summary(&run), "whole")));
	assert_false(scan_run_warns(&run, "rootfs-mismatch"));
	scan_run_release(&run);
}

static void a_match_reaches_from_the_dump_into_the_image_in_all_its_forms(void **state)
{
	static const char half[] = "border-match";
	struct executable executable = read_executable();
	struct package files, image = { 0 };
	char *paths[] = { place("tree"), place("plain.tar"), place("packed.tar.gz"),
			  place("layout"), place("archive.tar") };

	(void)state;
	pack_executable(&executable, half, &files);
	package_write_directory(&files, paths[0]);
	package_write_tar(&files, paths[1], NULL, ORDER_AS_IS);
	package_write_tar(&files, paths[2], "gzip", ORDER_AS_IS);
	wrap_oci_image(&files, "zstd", NULL, &image);
	package_write_directory(&image, paths[3]);
	package_write_tar(&image, paths[4], NULL, ORDER_AS_IS);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		check_border(&executable, half, paths[i]);
		free(paths[i]);
	}
	package_release(&files);
	package_release(&image);
}

static void a_file_of_another_build_is_refused_by_name(void **state)
{
	static const char half[] = "another-one!";
	struct executable executable = read_executable();
	struct package files;
	char *path = place("other");
	struct scan_run run;
	json_t *match;

	(void)state;
	executable.id[0] ^= 1;
	pack_executable(&executable, half, &files);
	package_write_directory(&files, path);
	scan_for(half, HALF, path, &run);
	assert_int_equal(matches_in(&run, 1, &match), 0);
	assert_true(scan_run_warns(&run, "rootfs-mismatch"));
	assert_true(not_dumped(&run) > 0);
	assert_true(json_is_true(json_object_get(scan_run_summary(&run), "complete")));
	assert_false(json_is_true(json_object_get(scan_run_summary(&run), "whole")));
	scan_run_release(&run);
	package_release(&files);
	free(path);
}

static void an_image_that_is_none_makes_the_scan_incomplete(void **state)
{
	struct scan_run run;

	(void)state;
	scan_for("x-no-such-text-x", 16, "/nonexistent/rootfs", &run);
	assert_true(scan_run_warns(&run, "cannot-open"));
	assert_false(json_is_true(json_object_get(scan_run_summary(&run), "complete")));
	scan_run_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_files_are_memory_where_they_were_mapped),
		cmocka_unit_test(a_match_reaches_from_the_dump_into_the_image_in_all_its_forms),
		cmocka_unit_test(a_file_of_another_build_is_refused_by_name),
		cmocka_unit_test(an_image_that_is_none_makes_the_scan_incomplete),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
