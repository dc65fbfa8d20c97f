#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/criu/process_tree.h"
#include "tests/unit/scanners/image_builder.h"

static void put_process(struct builder *builder, uint32_t pid, uint32_t ppid, size_t threads)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, pid);
	put_number(&entry, 2, ppid);
	for (size_t i = 0; i < threads; i++)
		put_number(&entry, 5, pid + i);
	put_entry(builder, &entry);
}

static void parse(struct process_tree *tree, const struct builder *builder, size_t *warnings_out)
{
	struct warning_list *warnings;

	assert_int_equal(warning_list_new(&warnings, NULL), 0);

	struct image image = { .name = "pstree.img",
			       .bytes = { builder->bytes, builder->length },
			       .warnings = warnings };

	assert_int_equal(process_tree_parse(tree, &image, NULL), 0);
	warning_list_sorted(warnings, warnings_out);
	warning_list_free(warnings);
}

static void processes_are_found_by_id(void **state)
{
	struct builder builder = { .length = 0 };
	struct process_tree tree = { 0 };
	size_t warnings;

	(void)state;
	put_magic(&builder, IMAGE_PROCESS_TREE);
	put_process(&builder, 7, 1, 3);
	put_process(&builder, 1, 0, 1);
	parse(&tree, &builder, &warnings);
	assert_int_equal(warnings, 0);
	assert_int_equal(tree.count, 2);
	assert_int_equal(process_tree_find(&tree, 7)->ppid, 1);
	assert_int_equal(process_tree_find(&tree, 7)->thread_count, 3);
	assert_null(process_tree_find(&tree, 8));
	process_tree_release(&tree);
}

static void packed_threads_are_counted_too(void **state)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };
	struct process_tree tree = { 0 };
	size_t warnings;

	(void)state;
	put_magic(&builder, IMAGE_PROCESS_TREE);
	put_number(&entry, 1, 7);
	put_string(&entry, 5, "\7\10\11\12", 4);
	put_entry(&builder, &entry);
	parse(&tree, &builder, &warnings);
	assert_int_equal(process_tree_find(&tree, 7)->thread_count, 4);
	assert_int_equal(tree.threads[process_tree_find(&tree, 7)->first_thread + 3], 10);
	process_tree_release(&tree);
}

static void a_process_without_id_and_one_listed_twice_are_told(void **state)
{
	struct builder builder = { .length = 0 };
	struct process_tree tree = { 0 };
	size_t warnings;

	(void)state;
	put_magic(&builder, IMAGE_PROCESS_TREE);
	put_process(&builder, 1, 0, 1);
	put_process(&builder, 0, 1, 1);
	put_process(&builder, 1, 5, 1);
	parse(&tree, &builder, &warnings);
	assert_int_equal(warnings, 2);
	assert_int_equal(tree.count, 1);
	assert_int_equal(process_tree_find(&tree, 1)->ppid, 0);
	process_tree_release(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_are_found_by_id),
		cmocka_unit_test(packed_threads_are_counted_too),
		cmocka_unit_test(a_process_without_id_and_one_listed_twice_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
