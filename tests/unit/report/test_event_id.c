#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/event_id.h"
#include "scanners/captured.h"
#include "tests/unit/report/sample_hit.h"

static void hit_id(const struct hit *hit, char out[DIGEST_HEX_BYTES])
{
	struct error err;

	assert_int_equal(event_id_of_hit(hit, out, &err), 0);
}

/* Sums made by an independent program from the texts of the line. */
static void is_the_sum_of_the_texts_in_the_line(void **state)
{
	struct checkpoint_outline checkpoint = sample_checkpoint;
	struct hit hit = sample_hit;
	char id[DIGEST_HEX_BYTES];
	struct error err;

	(void)state;
	hit_id(&hit, id);
	assert_string_equal(id, "61df9f03f64c9ce02f3dfebe2682f1520b3727bbc4af5018c6eaec6760ad92e6");

	checkpoint.id = NULL;
	hit.checkpoint = &checkpoint;
	hit.has_first = false;
	hit_id(&hit, id);
	assert_string_equal(id, "b626f629bc39c1407ac19a455b30d583fc46b3538ab5bf22f9adf2a52fbbef9d");

	assert_int_equal(event_id_of_summary(&sample_summary, id, &err), 0);
	assert_string_equal(id, "52ab3d9eea498531adef9f91d7e5b6793f18c35056096e15257919dbe7278072");
}

/* Files have offsets, and their place in the texts is where pids are. */
static void a_file_is_told_by_origin_and_path(void **state)
{
	struct target_outline target = sample_file_target;
	struct hit hit = sample_file_hit;
	char id[DIGEST_HEX_BYTES], other[DIGEST_HEX_BYTES];

	(void)state;
	hit_id(&hit, id);
	assert_string_equal(id, "9ec9b67cfcc81a6aad3f5468151fca06e9060a3e904127186cd8ae1428a32124");
	hit.target = &target;
	target.object = "7";
	hit_id(&hit, other);
	assert_string_not_equal(id, other);
}

/* Sums made by an independent program too. */
static const struct {
	struct target_outline target;
	const char *id;
} kinds[] = {
	{ { .kind = TARGET_FILE, .origin = "deleted", .path = "/t", .object = "1" },
	  "de8de9331ee40631c9bbab0cc177881ac1b0e40b5f363358b289838392a32e4c" },
	{ { .kind = TARGET_FILE,
	    .origin = "rootfs-diff",
	    .path = "/t",
	    .archive = "rootfs-diff.tar" },
	  "9ea46872018ae549ef4ad5e03b4fef16c4620bb2c24bea2098762b273567f588" },
	{ { .kind = TARGET_FILE, .origin = "rootfs-diff", .path = "/t" },
	  "437c7b4c88a39323290715d5bb89bbdaebe7adf3e5d9d9298da06ef11af9a313" },
	{ { .kind = TARGET_PIPE, .object = "7" },
	  "46b0b61a3f095c41890ec175382e41a369a94446214bc9f2a4c600670a84db35" },
	{ { .kind = TARGET_SOCKET,
	    .object = "7",
	    .direction = "received",
	    .local = "no part of it" },
	  "a1b6c82c8c8d6c8e50e7751b8f1d0f8d4ff4e813ffd97ca8318e43d9d0ee057c" },
	{ { .kind = TARGET_SOCKET, .object = "7", .direction = "sent" },
	  "56bdcbae1efb39ef7982c5be31eeeb21d21ee8fd35cbe6fdb600d6edf407bb96" },
	{ { .kind = TARGET_TERMINAL, .object = "7" },
	  "172ecf845a7274e2e78725702c80ea310a953b193d46e9b8322e99c3d590da3d" },
	{ { .kind = TARGET_MESSAGE, .object = "7" },
	  "77d238a55c8ab8703e6b64c78abe701cd73400f0eac3994150b99e8190bef3e9" },
};

static void each_kind_of_target_has_its_own_identity(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct hit hit = sample_file_hit;
		char id[DIGEST_HEX_BYTES];

		hit.checkpoint = &sample_checkpoint;
		hit.target = &kinds[i].target;
		hit_id(&hit, id);
		assert_string_equal(id, kinds[i].id);
	}
}

/* All captures that can be made of a few words; many of them several times. */
static void add_captures(struct captured_list *list)
{
	static const char *const words[] = { NULL, "a", "b" };

	for (int kind = TARGET_FILE; kind < TARGET_KINDS; kind++)
		for (size_t i = 0; i < 3 * 3 * 3 * 3; i++) {
			bool is_file = kind == TARGET_FILE;
			const struct captured captured = {
				.kind = (enum target_kind)kind,
				.origin = is_file ? (enum captured_origin)(1 + i % 3) : ORIGIN_NONE,
				.path = words[i / 3 % 3],
				.object = words[i / 9 % 3],
				.archive = is_file ? words[i / 27 % 3] : NULL,
				.direction = kind == TARGET_SOCKET ? words[i / 27 % 3] : NULL,
			};

			assert_int_equal(captured_list_add(list, &captured, NULL), 0);
		}
}

static int by_text(const void *left, const void *right)
{
	return strcmp(left, right);
}

/* What is left of captures that were sorted are targets with an identity each. */
static void no_two_targets_of_a_checkpoint_have_one_identity(void **state)
{
	struct captured_list list = { .arena = arena_new(0) };
	struct warning_list *warnings;
	char(*ids)[DIGEST_HEX_BYTES];
	/* Each is added twice and more; in an archive only the last of equals is a file. */
	const size_t in_archives = 2 * 27, others = 2 * (27 + 4 * 81);

	(void)state;
	assert_int_equal(warning_list_new(&warnings, NULL), 0);
	add_captures(&list);
	add_captures(&list);
	assert_int_equal(captured_list_sort(&list, warnings, NULL), 0);
	assert_int_equal(list.count, in_archives + others);
	ids = calloc(list.count, sizeof(*ids));
	for (size_t i = 0; i < list.count; i++) {
		const struct captured *captured = &list.items[i];
		const struct target_outline target = {
			.kind = captured->kind,
			.origin = captured_origin_name(captured->origin),
			.path = captured->path,
			.object = captured->object,
			.archive = captured->archive,
			.direction = captured->direction,
		};
		struct hit hit = sample_file_hit;

		hit.checkpoint = &sample_checkpoint;
		hit.target = &target;
		hit_id(&hit, ids[i]);
	}
	qsort(ids, list.count, sizeof(*ids), by_text);
	for (size_t i = 1; i < list.count; i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
	free(ids);
	warning_list_free(warnings);
	arena_free(list.arena);
	captured_list_release(&list);
}

static void does_not_depend_on_where_the_checkpoint_lies(void **state)
{
	struct checkpoint_outline checkpoint = sample_checkpoint;
	struct rule rule = sample_rule;
	struct hit hit = sample_hit;
	char here[DIGEST_HEX_BYTES], there[DIGEST_HEX_BYTES];

	(void)state;
	hit_id(&hit, here);
	checkpoint.path = "/elsewhere/copy";
	checkpoint.form = "directory";
	checkpoint.size = 1;
	rule.meta_count = 0;
	rule.tag_count = 0;
	hit.checkpoint = &checkpoint;
	hit.rule = &rule;
	hit.match_count_listed = 0;
	hit_id(&hit, there);
	assert_string_equal(here, there);
}

static void tells_findings_apart(void **state)
{
	struct checkpoint_outline checkpoint = sample_checkpoint;
	struct target_outline target = sample_target;
	struct rule rule = sample_rule, other_name = sample_rule, other_place = sample_rule;
	struct hit hits[7];
	char ids[7][DIGEST_HEX_BYTES];

	(void)state;
	checkpoint.id = "77ab";
	target.pid = 5;
	rule.hash[31] = 1;
	other_name.name = "S";
	other_place.namespace_name = "other";
	for (size_t i = 0; i < 7; i++)
		hits[i] = sample_hit;
	hits[1].checkpoint = &checkpoint;
	hits[2].target = &target;
	hits[3].rule = &rule;
	hits[4].rule = &other_name;
	hits[5].rule = &other_place;
	hits[6].first_address++;
	for (size_t i = 0; i < 7; i++) {
		hit_id(&hits[i], ids[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
	}
}

static void changes_with_the_completeness_and_filters_of_a_scan(void **state)
{
	struct scan_summary complete = sample_summary, filtered = sample_summary;
	char first[DIGEST_HEX_BYTES], second[DIGEST_HEX_BYTES], third[DIGEST_HEX_BYTES];
	struct error err;

	(void)state;
	complete.complete = true;
	filtered.filters = "pid=4";
	assert_int_equal(event_id_of_summary(&sample_summary, first, &err), 0);
	assert_int_equal(event_id_of_summary(&complete, second, &err), 0);
	assert_int_equal(event_id_of_summary(&filtered, third, &err), 0);
	assert_string_not_equal(first, second);
	assert_string_not_equal(first, third);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_sum_of_the_texts_in_the_line),
		cmocka_unit_test(a_file_is_told_by_origin_and_path),
		cmocka_unit_test(each_kind_of_target_has_its_own_identity),
		cmocka_unit_test(no_two_targets_of_a_checkpoint_have_one_identity),
		cmocka_unit_test(does_not_depend_on_where_the_checkpoint_lies),
		cmocka_unit_test(tells_findings_apart),
		cmocka_unit_test(changes_with_the_completeness_and_filters_of_a_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
