/*
 * What the looking commands show of real checkpoints: at every address where an independent reader found a needle the
 * dump has its bytes, as it has those of every hit, and mappings and sizes agree with what the images hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/look/views.h"
#include "cli/options/option_table.h"
#include "tests/support/scan_run.h"

/* One fixture, and what is asked of it. */
struct asked {
	const char *name;
	bool chain;
	json_t *truth, *places;
	struct settings settings;
	const char *rootfs; /* NULL: none */
	struct found *found; /* what a scan listed in memory of processes */
	size_t found_count, found_from_files;
	size_t shown;
};

/* A match and what is around it, as a hit reports it. */
struct found {
	uint32_t pid;
	bool from_file;
	uint64_t address; /* of the first of @bytes */
	size_t length;
	uint8_t bytes[512];
};
#define MOST_FOUND 20000u

/* What a view writes about a checkpoint, with a terminator behind its length. */
static char *show_sized(const struct look *look, const struct view *view,
			const struct settings *settings, size_t *length)
{
	_Atomic int stop = 0;
	struct viewing viewing;
	char *text = NULL;
	FILE *stream = open_memstream(&text, length);

	assert_non_null(stream);
	assert_int_equal(viewing_init(&viewing, view, settings, stream, &stop, NULL), 0);
	assert_int_equal(viewing_checkpoint(&viewing, look, NULL), 0);
	assert_int_equal(viewing_end(&viewing, NULL), 0);
	viewing_release(&viewing);
	fclose(stream);
	return text;
}

static char *show(const struct look *look, const struct view *view, const struct settings *settings)
{
	size_t length;

	return show_sized(look, view, settings, &length);
}

/* In hex; NULL: the truth has none of that name. */
static const char *needle_hex(const struct asked *asked, const char *name)
{
	size_t index;
	json_t *line;

	json_array_foreach(asked->truth, index, line)
	{
		const char *its = json_string_value(json_object_get(line, "name"));

		if (its && strcmp(its, name) == 0)
			return json_string_value(json_object_get(line, "hex"));
	}
	return NULL;
}

static void check_place(struct asked *asked, const struct look *look, const json_t *place)
{
	const char *name = json_string_value(json_object_get(place, "name"));
	const char *hex = needle_hex(asked, name), *digits;
	uint32_t pid = (uint32_t)json_integer_value(json_object_get(place, "pid"));
	uint64_t address = strtoull(json_string_value(json_object_get(place, "va")), NULL, 16);
	uint64_t length = (uint64_t)json_integer_value(json_object_get(place, "len"));
	struct settings *settings = &asked->settings;
	char *bytes;

	if (!hex)
		return;
	settings->pids = (struct number_list){ .items = &pid, .count = 1 };
	settings->address = (struct address_choice){ true, address, address + length - 1 };
	bytes = show(look, &dump_view, settings);
	digits = hex;
	for (uint64_t i = 0; i < length; i++, digits += 2) {
		unsigned byte;

		assert_int_equal(sscanf(digits, "%2x", &byte), 1);
		if ((uint8_t)bytes[i] != byte)
			fail_msg("%s: %s of pid %u at %#llx is another", asked->name, name, pid,
				 (unsigned long long)address);
	}
	free(bytes);
	asked->shown++;
}

static int check_places(void *context, const struct look *look, struct error *err)
{
	struct asked *asked = context;
	size_t index;
	json_t *place;

	(void)err;
	asked->settings.bytes = true;
	json_array_foreach(asked->places, index, place) check_place(asked, look, place);
	asked->settings.bytes = false;
	asked->settings.pids = (struct number_list){ 0 };
	asked->settings.address = (struct address_choice){ 0 };
	return 0;
}

static int ignore_warning(void *context, const struct checkpoint_outline *outline,
			  const struct warning *warning, struct error *err)
{
	(void)context;
	(void)outline;
	(void)warning;
	(void)err;
	return 0;
}

static void look_at(struct asked *asked, const char *path,
		    int (*checkpoint)(void *context, const struct look *look, struct error *err))
{
	const struct look_options options = { .bytes = true,
					      .rootfs = asked->rootfs,
					      .memory = { .memory_bytes = 1 << 30 } };
	const struct look_visitor visitor = { .context = asked,
					      .checkpoint = checkpoint,
					      .warning = ignore_warning };
	struct look_result result;
	struct error err;

	if (look_run(path, &options, &visitor, &result, &err))
		fail_msg("%s: %s", asked->name, err.message);
}

/* Beside the checkpoint this one has the image of its container, and of others. */
#define IMAGE SHARED_DIR "/checkpoints/containerd-ctr-image.tar.zst"

static const struct fixture {
	const char *name, *file;
	bool chain; /* some pages are in parents */
	bool of_image; /* IMAGE has the program that ran */
} fixtures[] = {
	{ "podman-none", "podman-none.tar", false, false },
	{ "podman-gzip", "podman-gzip.tar", false, false },
	{ "podman-zstd", "podman-zstd.tar", false, false },
	{ "containerd-cri", "containerd-cri.tar.zst", false, true },
	{ "runc-dir", "runc-dir.tar.zst", false, false },
	{ "runc-leave-running", "runc-leave-running.tar.zst", false, false },
	{ "crun-dir", "crun-dir.tar.zst", false, false },
	{ "docker-dir", "docker-dir.tar.zst", false, false },
	{ "docker-container", "docker-container.tar.zst", false, false },
	{ "containerd-ctr", "containerd-ctr.tar.zst", false, true },
	{ "containerd-ctr-cut", "containerd-ctr-cut.tar.zst", false, false },
	{ "containerd-ctr-image", "containerd-ctr-image.tar.zst", false, true },
	{ "podman-gzip", "oci-archive.tar", false, false },
	{ "podman-gzip", "oci-layout", false, false },
	{ "incremental", "incremental.tar.zst", true, false },
	{ "runc-incremental", "runc-incremental.tar.zst", true, false },
};

/* False: the fixtures are not here. */
static bool begin(struct asked *asked, const struct fixture *fixture, char path[512])
{
	char file[512];

	snprintf(path, 512, SHARED_DIR "/checkpoints/%s", fixture->file);
	*asked = (struct asked){ .name = fixture->name, .chain = fixture->chain };
	if (!file_is_there(path))
		return false;
	snprintf(file, sizeof(file), SHARED_DIR "/checkpoints/%s.truth.jsonl", fixture->name);
	asked->truth = json_lines_load(file);
	snprintf(file, sizeof(file), SHARED_DIR "/checkpoints/%s.occurrences.jsonl", fixture->name);
	asked->places = json_lines_load(file);
	assert_int_equal(settings_init(&asked->settings, NULL), 0);
	return true;
}

static void end(struct asked *asked)
{
	settings_release(&asked->settings);
	json_decref(asked->truth);
	json_decref(asked->places);
}

static void a_dump_has_the_bytes_of_every_needle(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
		struct asked asked;
		char path[512];

		print_message("%s\n", fixtures[i].name);
		if (!begin(&asked, &fixtures[i], path))
			skip();
		look_at(&asked, path, check_places);
		assert_true(asked.shown > 50);
		end(&asked);
	}
}

/* The truth's needles, and words. */
static char *hit_rules(const struct asked *asked)
{
	char *text = NULL;
	size_t length, index;
	json_t *line;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	fprintf(stream, "rule all_sorts { strings: $w = /[A-Za-z0-9_]{6,12}/ ascii wide\n");
	fprintf(stream, "$e = { 7f 45 4c 46 } $g = \"GLIBC\"\n");
	json_array_foreach(asked->truth, index, line)
	{
		const char *hex = json_string_value(json_object_get(line, "hex"));

		if (hex)
			fprintf(stream, "$n%zu = { %s }\n", index, hex);
	}
	fprintf(stream, "condition: any of them }\n");
	fclose(stream);
	return text;
}

static void keep(struct asked *asked, uint32_t pid, const struct hit_match *match)
{
	const struct bytes parts[] = { match->before, match->data, match->after };
	struct found *found = &asked->found[asked->found_count++];

	assert_true(asked->found_count <= MOST_FOUND);
	*found = (struct found){ .pid = pid,
				 .from_file = match->from_file,
				 .address = match->address - match->before.length };
	/* What follows a match that is shown in part is not beside its bytes. */
	for (size_t i = 0; i < (match->data.length == match->length ? 3 : 2); i++) {
		assert_true(found->length + parts[i].length <= sizeof(found->bytes));
		if (parts[i].length)
			memcpy(found->bytes + found->length, parts[i].data, parts[i].length);
		found->length += parts[i].length;
	}
	asked->found_from_files += match->from_file;
}

static int take_hit(void *context, const struct hit *hit, struct error *err)
{
	(void)err;
	if (hit->target->kind != TARGET_PROCESS)
		return 0;
	for (size_t i = 0; i < hit->match_count_listed; i++)
		keep(context, hit->target->pid, &hit->matches[i]);
	return 0;
}

static int begin_nothing(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	(void)context;
	(void)outline;
	(void)err;
	return 0;
}

static int take_warning(void *context, const struct checkpoint_outline *outline,
			const struct target_outline *target, const struct warning *warning,
			struct error *err)
{
	(void)target;
	return ignore_warning(context, outline, warning, err);
}

static int end_nothing(void *context, const struct scan_summary *summary, struct error *err)
{
	(void)context;
	(void)summary;
	(void)err;
	return 0;
}

static void find_hits(struct asked *asked, const char *path)
{
	char *rules = hit_rules(asked);
	const struct scan_setup setup = {
		.path = path,
		.rules = rules,
		.options = { .rootfs = asked->rootfs,
			     .max_listed = 20,
			     .data_bytes = 128,
			     .context_bytes = 16 },
	};
	const struct hit_sink sink = { .context = asked,
				       .begin = begin_nothing,
				       .hit = take_hit,
				       .warning = take_warning,
				       .end = end_nothing };
	struct scan_result result;
	struct error err;

	if (scan_run_into(&setup, &sink, &result, &err))
		fail_msg("%s: %s", asked->name, err.message);
	free(rules);
}

/* As what is found behind a hit's address: bytes alone, and how many there are. */
static int check_hits(void *context, const struct look *look, struct error *err)
{
	struct asked *asked = context;
	struct settings *settings = &asked->settings;

	(void)err;
	settings->bytes = true;
	for (size_t i = 0; i < asked->found_count; i++) {
		const struct found *found = &asked->found[i];
		uint32_t pid = found->pid;
		size_t length;
		char *bytes;

		settings->pids = (struct number_list){ .items = &pid, .count = 1 };
		settings->address = (struct address_choice){ true, found->address,
							     found->address + found->length - 1 };
		bytes = show_sized(look, &dump_view, settings, &length);
		if (length != found->length || memcmp(bytes, found->bytes, length) != 0)
			fail_msg("%s: bytes of pid %u at %#llx differ from the hit's", asked->name,
				 pid, (unsigned long long)found->address);
		free(bytes);
		asked->shown++;
	}
	settings->bytes = false;
	settings->pids = (struct number_list){ 0 };
	settings->address = (struct address_choice){ 0 };
	return 0;
}

static void dump_hits(const struct fixture *fixture, bool with_files)
{
	struct asked asked;
	char path[512];

	print_message("%s%s\n", fixture->name, with_files ? " with files" : "");
	if (!begin(&asked, fixture, path))
		skip();
	asked.rootfs = with_files ? IMAGE : NULL;
	asked.found = malloc(MOST_FOUND * sizeof(*asked.found));
	assert_non_null(asked.found);
	find_hits(&asked, path);
	assert_true(asked.found_count > 50);
	if (with_files)
		assert_true(asked.found_from_files > 5);
	look_at(&asked, path, check_hits);
	assert_int_equal(asked.shown, asked.found_count);
	free(asked.found);
	end(&asked);
}

static void a_dump_has_the_bytes_of_every_hit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
		dump_hits(&fixtures[i], false);
		if (fixtures[i].of_image)
			dump_hits(&fixtures[i], true);
	}
}

/* Rows of a view, as an array. */
static json_t *rows_of(struct asked *asked, const struct look *look, const struct view *view)
{
	const char *json = "json";
	char *text, *rest = NULL;
	json_t *rows = json_array();

	asked->settings.outputs = (struct string_list){ .items = &json, .count = 1 };
	text = show(look, view, &asked->settings);
	asked->settings.outputs = (struct string_list){ 0 };
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *row = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		assert_non_null(row);
		json_array_append_new(rows, row);
	}
	free(text);
	return rows;
}

static json_int_t sum(const json_t *rows, const char *object, const char *name)
{
	json_int_t total = 0;
	size_t index;
	json_t *row;

	json_array_foreach(rows, index, row) total +=
		json_integer_value(json_object_get(json_object_get(row, object), name));
	return total;
}

static json_int_t image_bytes(const struct look *look)
{
	json_int_t total = 0;

	for (size_t i = 0; i < look->checkpoint->image_count; i++)
		total += (json_int_t)look->checkpoint->images[i].length;
	return total;
}

static int check_sizes(void *context, const struct look *look, struct error *err)
{
	struct asked *asked = context;
	json_t *maps = rows_of(asked, look, &maps_view);
	json_t *processes = rows_of(asked, look, &processes_view);
	json_t *summary = rows_of(asked, look, &show_view);
	json_t *row = json_array_get(summary, 0);

	(void)err;
	assert_int_equal(json_array_size(summary), 1);
	assert_int_equal(json_array_size(processes), look->checkpoint->process_count);
	assert_int_equal(json_integer_value(json_object_get(row, "processes")),
			 look->checkpoint->process_count);
	/* Every page once; and what several processes map for each of them. */
	if (!asked->chain)
		assert_int_equal(json_integer_value(json_object_get(row, "memory_bytes")),
				 image_bytes(look));
	assert_int_equal(sum(processes, "target", "memory_bytes"),
			 sum(maps, "bytes", "dump") + sum(maps, "bytes", "parent"));
	assert_int_equal(sum(maps, "bytes", "parent") > 0, asked->chain);
	assert_int_equal(json_integer_value(json_object_get(row, "parents")) > 0, asked->chain);
	assert_int_equal(sum(maps, "bytes", "lost"), 0);
	assert_true(sum(maps, "bytes", "file") > 0);
	asked->shown++;
	json_decref(maps);
	json_decref(processes);
	json_decref(summary);
	return 0;
}

static void sizes_agree_with_the_images(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
		struct asked asked;
		char path[512];

		print_message("%s\n", fixtures[i].name);
		if (!begin(&asked, &fixtures[i], path))
			skip();
		look_at(&asked, path, check_sizes);
		assert_int_equal(asked.shown, 1);
		end(&asked);
	}
}

/* A mapping without a hole: each byte of it is somewhere. */
static int check_mappings(void *context, const struct look *look, struct error *err)
{
	struct asked *asked = context;
	json_t *maps = rows_of(asked, look, &maps_view), *row;
	size_t index;

	(void)err;
	json_array_foreach(maps, index, row)
	{
		const json_t *vma = json_object_get(row, "vma"), *value;
		const char *kind = json_string_value(json_object_get(vma, "kind")), *key;
		uint64_t start =
			strtoull(json_string_value(json_object_get(vma, "start")), NULL, 16);
		uint64_t end = strtoull(json_string_value(json_object_get(vma, "end")), NULL, 16);
		uint64_t bytes = 0;

		/* Guard ranges are holes in thread stacks; what is special is in no dump. */
		if (strcmp(kind, "anonymous") == 0 || strcmp(kind, "other") == 0)
			continue;
		json_object_foreach(json_object_get(row, "bytes"), key, value) bytes +=
			(uint64_t)json_integer_value(value);
		if (bytes != end - start)
			fail_msg("%s: %s", asked->name, json_dumps(row, 0));
		asked->shown++;
	}
	json_decref(maps);
	return 0;
}

static void every_byte_of_a_mapping_is_somewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
		struct asked asked;
		char path[512];

		print_message("%s\n", fixtures[i].name);
		if (!begin(&asked, &fixtures[i], path))
			skip();
		look_at(&asked, path, check_mappings);
		assert_true(asked.shown > 20);
		end(&asked);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_has_the_bytes_of_every_needle),
		cmocka_unit_test(a_dump_has_the_bytes_of_every_hit),
		cmocka_unit_test(sizes_agree_with_the_images),
		cmocka_unit_test(every_byte_of_a_mapping_is_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
