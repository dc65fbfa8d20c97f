#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "tests/unit/scanners/captured_world.h"

static void same_text(const char *left, const char *right)
{
	assert_int_equal(left == NULL, right == NULL);
	if (left)
		assert_string_equal(left, right);
}

static bool contains(const struct planted *planted, const struct captured *captured,
		     const char *needle)
{
	char bytes[16384];
	size_t got;
	const struct piece *piece = captured->content.pieces;

	for (size_t i = 0; i < captured->content.piece_count; i++) {
		if (piece[i].kind != PIECE_STORED)
			continue;
		assert_int_equal(
			file_table_read(planted->files, piece[i].file, piece[i].offset, bytes,
					piece[i].length < sizeof(bytes) ? (size_t)piece[i].length
									: sizeof(bytes),
					&got, NULL),
			0);
		if (memmem(bytes, got, needle, strlen(needle)))
			return true;
	}
	return false;
}

/* Bytes of the needle with this name, from what the process wrote down before it was frozen. */
static size_t read_needle(const char *truth, const char *name, char out[64])
{
	FILE *file = fopen(truth, "r");
	char line[1024], key[64];
	size_t length = 0;

	assert_non_null(file);
	snprintf(key, sizeof(key), "\"name\":\"%s\"", name);
	while (!length && fgets(line, sizeof(line), file)) {
		const char *hex = strstr(line, "\"hex\":\"");
		unsigned byte;

		if (!hex || !strstr(line, key))
			continue;
		for (hex += 7; length < 63 && sscanf(hex, "%2x", &byte) == 1; hex += 2)
			out[length++] = (char)byte;
	}
	fclose(file);
	out[length] = 0;
	return length;
}

static const struct {
	const char *needle;
	enum target_kind kind;
	enum captured_origin origin;
	const char *path;
} places[] = {
	{ "ghost", TARGET_FILE, ORIGIN_DELETED, "/tmp/ghost.bin" },
	{ "memfd", TARGET_FILE, ORIGIN_MEMFD, "payload" },
	{ "shared_anon", TARGET_FILE, ORIGIN_MEMFD, "/dev/zero" },
	{ "pipe", TARGET_PIPE, ORIGIN_NONE, NULL },
	{ "sockq", TARGET_SOCKET, ORIGIN_NONE, NULL },
};

/* Each needle is in what it was put into, and in nothing else. */
static void check_places(const struct planted *planted, const struct captured_list *list,
			 const char *truth)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		size_t found = 0;
		char needle[64];

		assert_true(read_needle(truth, places[i].needle, needle) > 0);
		for (size_t j = 0; j < list->count; j++) {
			const struct captured *captured = &list->items[j];

			if (!contains(planted, captured, needle))
				continue;
			found++;
			assert_int_equal(captured->kind, places[i].kind);
			assert_int_equal(captured->origin, places[i].origin);
			same_text(captured->path, places[i].path);
			assert_true(captured->holder_count >= 3);
		}
		if (found != 1)
			fail_msg("%s is found %zu times", places[i].needle, found);
	}
}

static void check_fixture(const char *folder, const char *name, const char *extension)
{
	struct captured_list list = { .arena = arena_new(0) };
	char path[1024], truth[1024];
	struct planted planted;
	size_t count;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, extension);
	snprintf(truth, sizeof(truth), "%s/%s.truth.jsonl", folder, name);
	if (access(path, R_OK) != 0) {
		print_message("skipped: no %s\n", path);
		arena_free(list.arena);
		return;
	}
	print_message("%s\n", name);
	planted_open(&planted, path);
	assert_int_equal(
		image_set_captured(planted.images, planted.checkpoint, planted.files, &list, NULL),
		0);
	assert_int_equal(captured_list_sort(&list, planted.warnings, NULL), 0);
	check_places(&planted, &list, truth);
	warning_list_sorted(planted.warnings, &count);
	assert_int_equal(count, 0);
	arena_free(list.arena);
	captured_list_release(&list);
	planted_close(&planted);
}

static void real_checkpoints_hold_what_was_planted(void **state)
{
	static const char *const packed[] = {
		"containerd-cri", "crun-dir", "docker-container",
		"docker-dir",	  "runc-dir", "runc-leave-running",
	};

	(void)state;
	check_fixture(TEST_DATA_DIR, "podman-zstd", ".tar");
	check_fixture(SHARED_DIR "/checkpoints", "podman-none", ".tar");
	check_fixture(SHARED_DIR "/checkpoints", "podman-gzip", ".tar");
	for (size_t i = 0; i < COUNT(packed); i++)
		check_fixture(SHARED_DIR "/checkpoints", packed[i], ".tar.zst");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_checkpoints_hold_what_was_planted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
