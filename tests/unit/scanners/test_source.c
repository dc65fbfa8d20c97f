#include "scanners/source/source.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/made_archive.h"
#include "tests/unit/scanners/read_source.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static char *expected_listing(void)
{
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_checkpoint);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	char *listing = opened_listing(&opened);

	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
	return listing;
}

static void check_form(const struct packing *packing, const char *path, bool standard_input,
		       const char *expected)
{
	struct opened opened = opened_new(standard_input ? "-" : path, 0, NULL);
	bool passes = packing->name || standard_input;

	assert_int_equal(opened.code, 0);
	assert_int_equal(source_form(opened.source), FORM_TAR);
	assert_int_equal(source_passes(opened.source), passes);
	assert_int_equal(source_can_repeat(opened.source), !standard_input);
	if (packing->name)
		assert_string_equal(source_compression_name(source_compression(opened.source)),
				    packing->name);
	else
		assert_int_equal(source_compression(opened.source), COMPRESSION_NONE);

	char *listing = opened_listing(&opened);

	assert_string_equal(listing, expected);
	assert_false(source_truncated(opened.source));
	free(listing);
	listing = opened_warnings(&opened);
	assert_string_equal(listing, "");
	free(listing);
	if (passes)
		assert_true(source_consumed(opened.source) > 0);
	opened_release(&opened);
}

static void every_form_of_an_archive_gives_the_same_members(void **state)
{
	(void)state;
	char *expected = expected_listing();

	for (size_t p = 0; p < PACKING_COUNT; p++) {
		for (size_t f = 0; f < FORMAT_COUNT; f++) {
			struct made_archive made = made_archive_new(
				made_formats[f], made_packings[p].filter, made_checkpoint);
			char *path = made_archive_file(&made, made.length);

			check_form(&made_packings[p], path, false, expected);
			int before = borrow_standard_input(path);
			check_form(&made_packings[p], path, true, expected);
			give_standard_input_back(before);
			unlink(path);
			free(path);
			made_archive_release(&made);
		}
	}
	assert_non_null(strstr(expected, "l checkpoint/parent 0 0 -> ../pre-checkpoint\n"));
	assert_non_null(strstr(expected, "f checkpoint/pages-1.img 3145728 "));
	assert_non_null(strstr(expected, "o checkpoint/fifo 0 0\n"));
	free(expected);
}

static void members_of_a_plain_tar_lie_in_the_file(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE, made_checkpoint);
	char *path = made_archive_file(&made, made.length);
	struct opened opened = opened_new(path, 0, NULL);
	const struct member *member;

	assert_int_equal(source_size(opened.source), made.length);
	while (source_next(opened.source, &member, NULL) == 0 && member) {
		if (member->kind != MEMBER_FILE || member->length == 0)
			continue;
		assert_false(member->passing);
		assert_int_equal(member->offset % 512, 0);
		uint32_t seed = strstr(member->name, "pages-1") ? 2 : 4;

		if (strstr(member->name, "pages-"))
			for (uint64_t i = 0; i < member->length; i += 97)
				assert_int_equal(made.data[member->offset + i], made_byte(i, seed));
		assert_int_equal(member->time, 1700000000);
	}
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&made);
}

static void members_beyond_the_limits_are_refused(void **state)
{
	(void)state;
	for (size_t p = 0; p < 2; p++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR,
							    made_packings[p].filter, made_small);
		char *path = made_archive_file(&made, made.length);
		struct source_options small = { .member_bytes = 20000 },
				      few = { .member_count = 2 };
		struct opened opened = opened_new(path, 0, &small);
		char *listing = opened_listing(&opened);

		assert_null(strstr(listing, "pages-1.img"));
		assert_non_null(strstr(listing, "spec.dump"));
		assert_true(opened_has_warning(&opened, WARNING_LIMIT));
		free(listing);
		opened_release(&opened);
		opened = opened_new(path, 0, &few);
		listing = opened_listing(&opened);
		assert_non_null(strstr(listing, "pages-1.img"));
		assert_null(strstr(listing, "spec.dump"));
		assert_true(opened_has_warning(&opened, WARNING_LIMIT));
		free(listing);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

struct refused_case {
	const char *name;
	const char *bytes;
	size_t length;
	int code;
	const char *says; /* behind the path */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct refused_case refused_cases[] = {
	{ "an empty file", BYTES(""), ERROR_NOT_FOUND, "empty file" },
	{ "a text", BYTES("hello\n"), ERROR_NOT_FOUND,
	  "not an archive and not a directory of CRIU images: text" },
	{ "bytes", BYTES("\1\2\3\4"), ERROR_NOT_FOUND,
	  "not an archive and not a directory of CRIU images: unknown bytes" },
	{ "one image", BYTES("\x19\x43\x56\x54 rest"), ERROR_NOT_FOUND,
	  "not an archive and not a directory of CRIU images: one CRIU image (give its "
	  "directory)" },
	{ "age", BYTES("age-encryption.org/v1\n-> X25519"), ERROR_UNSUPPORTED,
	  "encrypted with age; decrypt it first" },
	{ "armoured gpg", BYTES("-----BEGIN PGP MESSAGE-----\n"), ERROR_UNSUPPORTED,
	  "encrypted with gpg; decrypt it first" },
	{ "symmetric gpg", BYTES("\x8c\x0d\x04\x09\x03\x02"), ERROR_UNSUPPORTED,
	  "encrypted with gpg; decrypt it first" },
	{ "public key gpg", BYTES("\x85\x01\x8c\x03\x12\x34"), ERROR_UNSUPPORTED,
	  "encrypted with gpg; decrypt it first" },
	{ "openssl", BYTES("Salted__12345678"), ERROR_UNSUPPORTED,
	  "encrypted with openssl; decrypt it first" },
	{ "a start of gzip", BYTES("\x1f\x8b\x08"), ERROR_TRUNCATED, "the gzip stream ends early" },
	{ "a start of zstd", BYTES("\x28\xb5\x2f\xfd\x24"), ERROR_TRUNCATED,
	  "the zstd stream ends early" },
	{ "a start of xz", BYTES("\xfd\x37\x7a\x58\x5a\x00"), ERROR_TRUNCATED,
	  "the xz stream ends early" },
	{ "damaged gzip", BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\xff\xff\xff\xff"), ERROR_FORMAT,
	  "gzip: the compressed data is damaged" },
	{ "a gzip of a text",
	  BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\5\0\0\0"),
	  ERROR_NOT_FOUND, "gzip, but not of a tar archive: text" },
};

static void what_is_no_source_is_refused_in_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused_cases); i++) {
		const struct refused_case *row = &refused_cases[i];

		for (int standard_input = 0; standard_input < 2; standard_input++) {
			struct made_archive made = { (uint8_t *)(uintptr_t)row->bytes,
						     row->length };
			char *path = made_archive_file(&made, made.length);
			int before = borrow_standard_input(path);
			struct opened opened = opened_new(standard_input ? "-" : path, 0, NULL);
			const char *name = standard_input ? "standard input" : path;

			if (opened.code != row->code)
				print_error("%s\n", row->name);
			assert_int_equal(opened.code, row->code);
			assert_memory_equal(opened.error.message, name, strlen(name));
			assert_string_equal(opened.error.message + strlen(name) + 2, row->says);
			opened_release(&opened);
			give_standard_input_back(before);
			unlink(path);
			free(path);
		}
	}
}

static void what_cannot_be_opened_is_an_error_of_the_system(void **state)
{
	(void)state;
	struct opened opened = opened_new("/nonexistent/file", 0, NULL);

	assert_int_equal(opened.code, ERROR_SYSTEM);
	assert_string_equal(opened.error.message,
			    "/nonexistent/file: cannot open: No such file or directory");
	opened_release(&opened);
	opened = opened_new("/dev/null", 0, NULL);
	assert_int_equal(opened.code, ERROR_NOT_FOUND);
	assert_string_equal(opened.error.message, "/dev/null: neither a file nor a directory");
	opened_release(&opened);
}

static void *stop_soon(void *context)
{
	usleep(300000);
	atomic_store((_Atomic int *)context, 2);
	return NULL;
}

/* Opens a pipe into which @length bytes were written, and nothing follows. */
static struct opened open_stalled(const struct made_archive *made, size_t length,
				  const struct source_options *options)
{
	int ends[2], before = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], made->data, length), length);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	struct opened opened = opened_new("-", 0, options);

	if (opened.code == 0)
		free(opened_listing(&opened));
	assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
	close(before);
	close(ends[0]);
	close(ends[1]);
	return opened;
}

static void the_flag_that_stops_the_run_ends_a_source_that_waits(void **state)
{
	(void)state;
	struct made_archive made =
		made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, made_small);
	_Atomic int stop = 0;
	struct source_options options = { .stop = &stop };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
	struct opened opened = open_stalled(&made, 8192, &options);

	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(opened.code, 0);
	assert_true(source_truncated(opened.source));
	assert_true(opened_has_warning(&opened, WARNING_INTERRUPTED));
	opened_release(&opened);
	opened = open_stalled(&made, 0, &options);
	assert_int_equal(opened.code, ERROR_INTERRUPTED);
	opened_release(&opened);
	made_archive_release(&made);
}

static void fill_nothing(struct archive *archive)
{
	(void)archive;
}

static void an_archive_of_no_members_is_complete(void **state)
{
	(void)state;
	for (size_t p = 0; p < PACKING_COUNT; p++) {
		struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR,
							    made_packings[p].filter, fill_nothing);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 0, NULL);
		char *listing = opened_listing(&opened);

		assert_string_equal(listing, "");
		assert_false(source_truncated(opened.source));
		free(listing);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static void a_closed_source_stops_in_the_middle(void **state)
{
	(void)state;
	for (size_t p = 0; p < PACKING_COUNT; p++) {
		struct made_archive made = made_archive_new(
			ARCHIVE_FORMAT_TAR_USTAR, made_packings[p].filter, made_checkpoint);
		char *path = made_archive_file(&made, made.length);
		struct opened opened = opened_new(path, 0, NULL);
		const struct member *member;

		assert_int_equal(source_next(opened.source, &member, NULL), 0);
		opened_release(&opened);
		unlink(path);
		free(path);
		made_archive_release(&made);
	}
}

static struct opened open_shared(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/checkpoints/%s", SHARED_DIR, name);
	if (access(path, R_OK) != 0) {
		print_message("  skipped: no %s\n", path);
		skip();
	}
	return opened_new(path, 64 << 20, NULL);
}

static void real_archives_are_complete(void **state)
{
	(void)state;
	static const char *const names[] = {
		"podman-none.tar",	  "podman-gzip.tar",	      "podman-zstd.tar",
		"containerd-cri.tar.zst", "containerd-ctr.tar.zst",   "redis-gzip.tar",
		"runc-dir.tar.zst",	  "docker-container.tar.zst",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct opened opened = open_shared(names[i]);
		char *listing = opened_listing(&opened), *warnings = opened_warnings(&opened);

		print_message("  %s\n", names[i]);
		assert_string_equal(warnings, "");
		assert_false(source_truncated(opened.source));
		assert_null(strstr(listing, " short"));
		free(listing);
		free(warnings);
		opened_release(&opened);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_an_archive_gives_the_same_members),
		cmocka_unit_test(members_of_a_plain_tar_lie_in_the_file),
		cmocka_unit_test(members_beyond_the_limits_are_refused),
		cmocka_unit_test(what_is_no_source_is_refused_in_one_line),
		cmocka_unit_test(what_cannot_be_opened_is_an_error_of_the_system),
		cmocka_unit_test(the_flag_that_stops_the_run_ends_a_source_that_waits),
		cmocka_unit_test(an_archive_of_no_members_is_complete),
		cmocka_unit_test(a_closed_source_stops_in_the_middle),
		cmocka_unit_test(real_archives_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
