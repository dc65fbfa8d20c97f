#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "scanners/member_table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *directory;
	bool whole; /* an engine described the folder */
	const char *name;
	enum member_part part;
	const char *within; /* the checkpoint's folder */
} rows[] = {
	{ "checkpoint", false, "rootfs-diff.tar", PART_ROOTFS_DIFF, "rootfs-diff.tar" },
	{ "checkpoint", false, "devshm-checkpoint.tar", PART_SHM, "devshm-checkpoint.tar" },
	{ "checkpoint", false, "volumes/data.tar", PART_VOLUME, "volumes/data.tar" },
	{ "checkpoint", false, "volumes/.tar", PART_NONE, NULL },
	{ "checkpoint", false, "volumes/a/b.tar", PART_NONE, NULL },
	{ "checkpoint", false, "ctr.log", PART_LOG, "ctr.log" },
	{ "checkpoint", false, "container.log", PART_LOG, "container.log" },
	{ "checkpoint", false, "io.kubernetes.cri-o.LogPath", PART_LOG,
	  "io.kubernetes.cri-o.LogPath" },
	{ "checkpoint", false, "var/log/0.log", PART_NONE, NULL },
	{ "checkpoint", false, "checkpoint/tmpfs-dev-9.tar.gz.img", PART_TMPFS,
	  "tmpfs-dev-9.tar.gz.img" },
	{ "checkpoint", false, "checkpoint/unheard-of", PART_FILE, "unheard-of" },
	{ "checkpoint", false, "unheard-of", PART_FILE, "unheard-of" },
	{ "checkpoint", false, "elsewhere/unheard-of", PART_NONE, NULL },
	{ "checkpoint", false, "checkpoint/below/it", PART_FILE, "below/it" },
	{ "checkpoint", false, "checkpoint/criu.work/dump.log", PART_NONE, NULL },
	{ "checkpoint", true, "artifacts/of/it", PART_FILE, "artifacts/of/it" },
	{ "checkpoint", true, "volumes/a/b.tar", PART_FILE, "volumes/a/b.tar" },
	{ "", false, "below/it", PART_FILE, "below/it" },
	{ "checkpoint", false, "checkpoint/seccomp.img", PART_NONE, NULL },
	{ "checkpoint", false, "config.dump", PART_NONE, NULL },
	{ "checkpoint", false, "dump.log", PART_NONE, NULL },
	{ "checkpoint", false, "deleted.files", PART_NONE, NULL },
	{ "checkpoint", false, "network.status", PART_NONE, NULL },
	{ "checkpoint", false, "bind.mounts", PART_NONE, NULL },
	{ "checkpoint", false, "status", PART_NONE, NULL },
	{ "checkpoint", false, "status.dump", PART_NONE, NULL },
	{ "checkpoint", false, "stats-dump", PART_NONE, NULL },
	{ "checkpoint", false, "descriptors.json", PART_NONE, NULL },
	{ "checkpoint", false, "pod.options", PART_NONE, NULL },
	{ "a/checkpoint", false, "a/rootfs-diff.tar", PART_ROOTFS_DIFF, "rootfs-diff.tar" },
	{ "a/checkpoint", false, "b/rootfs-diff.tar", PART_NONE, NULL },
	{ "a/checkpoint", false, "rootfs-diff.tar", PART_NONE, NULL },
	{ "a/checkpoint", false, "a/checkpoints/unheard-of", PART_NONE, NULL },
	{ "", false, "rootfs-diff.tar", PART_ROOTFS_DIFF, "rootfs-diff.tar" },
	{ "", false, "unheard-of", PART_FILE, "unheard-of" },
	{ "", false, "tmpfs-9.tar.gz.img", PART_TMPFS, "tmpfs-9.tar.gz.img" },
	{ "", false, "volumes/data.tar", PART_VOLUME, "volumes/data.tar" },
	{ "ID/checkpoints/one", false, "ID/ID-json.log", PART_LOG, "ID-json.log" },
	{ "ID/checkpoints/one", false, "ID/hosts", PART_NONE, NULL },
	{ "checkpoints/one", false, "ID-json.log", PART_LOG, "ID-json.log" },
	{ "ID/elsewhere/one", false, "ID/ID-json.log", PART_NONE, NULL },
};

static void a_member_is_known_by_its_name_and_place(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct member_place place;

		member_place_find(&place, rows[i].directory, rows[i].whole, rows[i].name);
		if (place.part == rows[i].part &&
		    (!rows[i].within || strcmp(place.name, rows[i].within) == 0))
			continue;
		print_error("%s of %s: part %d, %s\n", rows[i].name, rows[i].directory, place.part,
			    place.name ? place.name : "");
		failures++;
	}
	assert_int_equal(failures, 0);
}

static void a_volume_has_a_name(void **state)
{
	struct member_place place;

	(void)state;
	member_place_find(&place, "checkpoint", false, "volumes/data.tar");
	assert_int_equal(place.base_length, 4);
	assert_memory_equal(place.base, "data", 4);
}

static void what_is_deep_can_pass(void **state)
{
	static const struct {
		const char *name;
		bool in_layer, may;
	} names[] = {
		{ "unheard-of", false, true },
		{ "a/b/unheard-of", false, true },
		{ "a/b/c/unheard-of", false, false },
		{ "a/b/c/rootfs-diff.tar", false, true },
		{ "a/b/c/tmpfs-dev-1.tar.gz.img", false, true },
		{ "a/b/c/0.log", false, true },
		{ "a/b/c/volumes/x.tar", false, true },
		{ "unheard-of", true, true },
		{ "usr/sh", true, false },
		{ "volumes/x.tar", true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		if (member_may_belong(names[i].name, names[i].in_layer) != names[i].may)
			fail_msg("%s", names[i].name);
}

static void levels_above_a_path(void **state)
{
	static const struct {
		const char *path;
		size_t levels, length;
		bool has;
	} paths[] = {
		{ "a/b/c", 0, 5, true }, { "a/b/c", 1, 3, true },  { "a/b/c", 2, 1, true },
		{ "a/b/c", 3, 0, true }, { "a/b/c", 4, 0, false }, { "", 0, 0, true },
		{ "", 1, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		size_t length;
		bool has = path_above(paths[i].path, paths[i].levels, &length);

		if (has != paths[i].has || (has && length != paths[i].length))
			fail_msg("%zu above %s", paths[i].levels, paths[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_known_by_its_name_and_place),
		cmocka_unit_test(a_volume_has_a_name),
		cmocka_unit_test(what_is_deep_can_pass),
		cmocka_unit_test(levels_above_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
