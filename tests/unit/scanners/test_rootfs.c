#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <archive_entry.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanners/rootfs.h"
#include "tests/unit/scanners/layered_image.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is wanted of all forms, ascending, with what it holds; NULL: it is not there. */
static const struct {
	const char *path, *holds;
} wanted
	[] = {
		{ "/bin/tool2", "a tool" }, /* a hard link to what nobody wants */
		{ "/etc/c", NULL }, /* whited out */
		{ "/etc/deep/g", NULL }, /* below what was whited out */
		{ "/etc/deeper", "stays" }, /* which is not below it */
		{ "/lib/link", NULL }, /* a link among files */
		{ "/nowhere", NULL },
		{ "/opt/d/e", NULL }, /* in a directory that was emptied */
		{ "/opt/d/f", "upper f" }, /* which the same layer filled again */
		{ "/srv/x", NULL }, /* a directory took its place */
		{ "/srv/x/z", "in it" },
		{ "/usr/lib/a", "upper a" },
		{ "/usr/lib/b", "lower b" },
		{ "/usr/lib/empty", "" },
		{ "/var/dir", "a file" }, /* which took the place of a directory */
		{ "/var/dir/y", NULL },
		{ "/var/pipe", NULL }, /* a FIFO took its place */
	};

static void put(struct archive *archive, const char *name, const char *text)
{
	add_file(archive, name, text, strlen(text));
}

static void fill_lower(struct archive *archive)
{
	put(archive, "./bin/tool", "a tool");
	add_hard_link(archive, "./bin/tool2", "./bin/tool");
	put(archive, "etc/c", "lower c");
	put(archive, "etc/deep/g", "lower g");
	put(archive, "etc/deeper", "stays");
	put(archive, "lib/link", "lower link");
	put(archive, "opt/d/e", "lower e");
	put(archive, "opt/d/f", "lower f");
	put(archive, "srv/x", "a file at first");
	put(archive, "usr/lib/a", "lower a");
	put(archive, "usr/lib/b", "lower b");
	put(archive, "usr/lib/empty", "");
	put(archive, "var/dir/y", "lower y");
	put(archive, "var/pipe", "a file at first");
}

static void fill_upper(struct archive *archive)
{
	put(archive, "etc/.wh.c", "");
	put(archive, "etc/.wh.deep", "");
	add_special(archive, "lib/link", AE_IFLNK, "link2");
	put(archive, "opt/d/f", "upper f");
	put(archive, "opt/d/.wh..wh..opq", "");
	add_special(archive, "srv/x/", AE_IFDIR, NULL);
	put(archive, "srv/x/z", "in it");
	put(archive, "usr/lib/a", "upper a");
	put(archive, "var/dir", "a file");
	add_special(archive, "var/pipe", AE_IFIFO, NULL);
	put(archive, ".wh..wh.plnk", "");
}

/* The same in one. */
static void fill_flat(struct archive *archive)
{
	put(archive, "bin/tool", "a tool");
	add_hard_link(archive, "bin/tool2", "bin/tool");
	put(archive, "etc/deeper", "stays");
	add_special(archive, "lib/link", AE_IFLNK, "link2");
	put(archive, "opt/d/f", "upper f");
	add_special(archive, "srv/x/", AE_IFDIR, NULL);
	put(archive, "srv/x/z", "in it");
	put(archive, "usr/lib/a", "upper a");
	put(archive, "usr/lib/b", "lower b");
	put(archive, "usr/lib/empty", "");
	put(archive, "var/dir", "a file");
	add_special(archive, "var/pipe", AE_IFIFO, NULL);
}

static void fill_other(struct archive *archive)
{
	put(archive, "usr/lib/a", "of another image");
}

static void put_file(const char *root, const char *name, const char *text)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *at = path + strlen(root) + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(path, 0700);
		*at = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static char *new_directory(void)
{
	char *path = strdup("/tmp/test_rootfs_XXXXXX");

	assert_non_null(mkdtemp(path));
	return path;
}

static char *make_directory(void)
{
	char *root = new_directory(), path[1024], other[1024];

	put_file(root, "bin/tool", "a tool");
	snprintf(path, sizeof(path), "%s/bin/tool", root);
	snprintf(other, sizeof(other), "%s/bin/tool2", root);
	assert_int_equal(link(path, other), 0);
	put_file(root, "etc/deeper", "stays");
	put_file(root, "opt/d/f", "upper f");
	put_file(root, "srv/x/z", "in it");
	put_file(root, "usr/lib/a", "upper a");
	put_file(root, "usr/lib/b", "lower b");
	put_file(root, "usr/lib/empty", "");
	put_file(root, "var/dir", "a file");
	put_file(root, "lib/x", "");
	snprintf(path, sizeof(path), "%s/lib/link", root);
	assert_int_equal(symlink("link2", path), 0);
	snprintf(path, sizeof(path), "%s/var/pipe", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	return root;
}

static char *make_tar(fill_archive *fill, int filter)
{
	struct made_archive made = made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filter, fill);
	char *path = made_archive_file(&made, made.length);

	made_archive_release(&made);
	return path;
}

static struct made_archive layer(fill_archive *fill, int filter)
{
	return made_archive_new(ARCHIVE_FORMAT_TAR_USTAR, filter, fill);
}

enum form { FORM_OCI_IMAGE, FORM_DOCKER_IMAGE, FORM_DOCKER_LINKS };

static struct layered_image make_image(enum form form, int filter)
{
	struct made_archive layers[] = { layer(fill_lower, filter), layer(fill_upper, filter) };
	struct made_archive checkpoint = layer(fill_other, ARCHIVE_FILTER_NONE);
	struct layered_image image = { .count = 0 };

	if (form == FORM_OCI_IMAGE) {
		layered_image_add_oci(&image, &checkpoint, 1, "org.criu.checkpoint.container.name");
		layered_image_add_oci(&image, layers, 2, NULL);
		layered_image_end_oci(&image);
	} else {
		layered_image_make_docker(&image, layers, 2, form == FORM_DOCKER_LINKS);
	}
	made_archive_release(&layers[0]);
	made_archive_release(&layers[1]);
	made_archive_release(&checkpoint);
	return image;
}

static char *image_directory(enum form form, int filter)
{
	struct layered_image image = make_image(form, filter);
	char *path = new_directory();

	layered_image_write_directory(&image, path);
	layered_image_release(&image);
	return path;
}

static char *image_tar(enum form form, int layer_filter, int filter)
{
	struct layered_image image = make_image(form, layer_filter);
	char *path = layered_image_write_tar(&image, filter);

	layered_image_release(&image);
	return path;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

static void remove_all(char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

struct fixture {
	struct file_table *files;
	struct warning_list *warnings;
	struct rootfs *rootfs;
	const char *paths[COUNT(wanted)];
};

static void fixture_open(struct fixture *fixture)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };

	assert_int_equal(file_table_new(&fixture->files, &options, NULL), 0);
	assert_int_equal(warning_list_new(&fixture->warnings, NULL), 0);
	for (size_t i = 0; i < COUNT(wanted); i++)
		fixture->paths[i] = wanted[i].path;
	assert_int_equal(rootfs_new(&fixture->rootfs, fixture->paths, COUNT(wanted), fixture->files,
				    fixture->warnings, NULL, NULL),
			 0);
}

static void fixture_close(struct fixture *fixture)
{
	rootfs_free(fixture->rootfs);
	warning_list_free(fixture->warnings);
	file_table_free(fixture->files);
}

static void check_file(const struct fixture *fixture, const char *path, const char *holds)
{
	struct stored_bytes bytes;
	char text[64] = "";
	size_t got;

	if (!holds) {
		if (rootfs_find(fixture->rootfs, path, &bytes))
			fail_msg("%s is there", path);
		return;
	}
	if (!rootfs_find(fixture->rootfs, path, &bytes))
		fail_msg("%s is not there", path);
	assert_true(bytes.length < sizeof(text));
	if (bytes.length)
		assert_int_equal(file_table_read(fixture->files, bytes.file, bytes.offset, text,
						 (size_t)bytes.length, &got, NULL),
				 0);
	assert_string_equal(text, holds);
}

static void check_no_warning(const struct fixture *fixture)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(fixture->warnings, &count);

	for (size_t i = 0; i < count; i++)
		print_message("%s: %s\n", warnings[i].file, warnings[i].message);
	assert_int_equal(count, 0);
}

/* Takes @path over. */
static void check_form(const char *name, char *path)
{
	struct error error = { 0 };
	struct fixture fixture;

	print_message("%s\n", name);
	fixture_open(&fixture);
	if (rootfs_add_path(fixture.rootfs, path, &error))
		fail_msg("%s", error.message);
	for (size_t i = 0; i < COUNT(wanted); i++)
		check_file(&fixture, wanted[i].path, wanted[i].holds);
	check_no_warning(&fixture);
	fixture_close(&fixture);
	remove_all(path);
}

static void all_forms_have_the_same_files(void **state)
{
	const int none = ARCHIVE_FILTER_NONE, gzip = ARCHIVE_FILTER_GZIP,
		  zstd = ARCHIVE_FILTER_ZSTD;

	(void)state;
	check_form("directory", make_directory());
	check_form("tar", make_tar(fill_flat, none));
	check_form("tar, gzip", make_tar(fill_flat, gzip));
	check_form("tar, zstd", make_tar(fill_flat, zstd));
	check_form("image layout", image_directory(FORM_OCI_IMAGE, none));
	check_form("image layout, layers gzip", image_directory(FORM_OCI_IMAGE, gzip));
	check_form("oci-archive", image_tar(FORM_OCI_IMAGE, none, none));
	check_form("oci-archive, layers zstd", image_tar(FORM_OCI_IMAGE, zstd, none));
	check_form("oci-archive, gzip, layers gzip", image_tar(FORM_OCI_IMAGE, gzip, gzip));
	check_form("docker-archive", image_tar(FORM_DOCKER_IMAGE, none, none));
	check_form("docker-archive, zstd", image_tar(FORM_DOCKER_IMAGE, none, zstd));
	check_form("docker-archive with links", image_tar(FORM_DOCKER_LINKS, none, none));
	check_form("docker-archive with links, gzip", image_tar(FORM_DOCKER_LINKS, none, gzip));
	check_form("docker-archive, unpacked", image_directory(FORM_DOCKER_IMAGE, none));
	check_form("docker-archive with links, unpacked", image_directory(FORM_DOCKER_LINKS, none));
}

static void what_was_added_before_lies_below(void **state)
{
	char *lower = make_tar(fill_flat, ARCHIVE_FILTER_NONE);
	char *upper = make_tar(fill_other, ARCHIVE_FILTER_GZIP);
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(rootfs_add_path(fixture.rootfs, lower, NULL), 0);
	assert_int_equal(rootfs_add_path(fixture.rootfs, upper, NULL), 0);
	check_file(&fixture, "/usr/lib/a", "of another image");
	check_file(&fixture, "/usr/lib/b", "lower b");
	fixture_close(&fixture);
	remove_all(lower);
	remove_all(upper);
}

static void a_path_that_was_not_wanted_is_not_there(void **state)
{
	char *path = make_tar(fill_flat, ARCHIVE_FILTER_NONE);
	struct stored_bytes bytes;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(rootfs_add_path(fixture.rootfs, path, NULL), 0);
	assert_false(rootfs_find(fixture.rootfs, "/bin/tool", &bytes));
	fixture_close(&fixture);
	remove_all(path);
}

static void paths_are_absolute(void **state)
{
	static const char *const paths[] = { "usr/lib/a" };
	struct rootfs *rootfs;

	(void)state;
	assert_int_equal(rootfs_new(&rootfs, paths, 1, NULL, NULL, NULL, NULL), ERROR_USAGE);
}

static void what_is_no_root_file_system_is_refused(void **state)
{
	char *text = strdup("/tmp/test_rootfs_XXXXXX");
	int descriptor = mkstemp(text);
	struct made_archive checkpoint = layer(fill_other, ARCHIVE_FILTER_NONE);
	struct layered_image image = { .count = 0 };
	struct fixture fixture;
	struct error error;
	char *only;

	(void)state;
	assert_int_equal(write(descriptor, "hello\n", 6), 6);
	close(descriptor);
	layered_image_add_oci(&image, &checkpoint, 1, "org.criu.checkpoint.engine.name");
	layered_image_end_oci(&image);
	only = layered_image_write_tar(&image, ARCHIVE_FILTER_NONE);
	fixture_open(&fixture);
	assert_int_equal(rootfs_add_path(fixture.rootfs, "/nonexistent/x", &error), ERROR_SYSTEM);
	assert_int_equal(rootfs_add_path(fixture.rootfs, text, &error), ERROR_NOT_FOUND);
	assert_int_equal(rootfs_add_path(fixture.rootfs, only, &error), ERROR_NOT_FOUND);
	assert_non_null(strstr(error.message, "checkpoint"));
	fixture_close(&fixture);
	made_archive_release(&checkpoint);
	layered_image_release(&image);
	remove_all(text);
	remove_all(only);
}

/* What is left of it counts, and what is lost is said. */
static void a_cut_tar_is_told(void **state)
{
	struct made_archive made = layer(fill_flat, ARCHIVE_FILTER_GZIP);
	char *path = made_archive_file(&made, made.length - 20);
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(rootfs_add_path(fixture.rootfs, path, NULL), 0);
	check_file(&fixture, "/etc/deeper", "stays");
	assert_true(warning_list_incomplete(fixture.warnings, CAUSE_INPUT));
	fixture_close(&fixture);
	made_archive_release(&made);
	remove_all(path);
}

static void a_damaged_layer_does_not_hide_the_others(void **state)
{
	struct made_archive layers[] = { layer(fill_lower, ARCHIVE_FILTER_GZIP),
					 layer(fill_upper, ARCHIVE_FILTER_NONE) };
	struct layered_image image = { .count = 0 };
	struct fixture fixture;
	char *path;

	(void)state;
	memset(layers[1].data, 'x', layers[1].length);
	layered_image_add_oci(&image, layers, 2, NULL);
	layered_image_end_oci(&image);
	path = layered_image_write_tar(&image, ARCHIVE_FILTER_NONE);
	fixture_open(&fixture);
	assert_int_equal(rootfs_add_path(fixture.rootfs, path, NULL), 0);
	check_file(&fixture, "/usr/lib/a", "lower a");
	assert_true(warning_list_incomplete(fixture.warnings, CAUSE_INPUT));
	fixture_close(&fixture);
	made_archive_release(&layers[0]);
	made_archive_release(&layers[1]);
	layered_image_release(&image);
	remove_all(path);
}

static void fill_dangling(struct archive *archive)
{
	add_hard_link(archive, "usr/lib/a", "usr/lib/gone");
	put(archive, "usr/lib/b", "still read");
}

static void a_hard_link_without_bytes_is_told(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP };

	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++) {
		char *path = make_tar(fill_dangling, filters[i]);
		struct fixture fixture;

		fixture_open(&fixture);
		assert_int_equal(rootfs_add_path(fixture.rootfs, path, NULL), 0);
		check_file(&fixture, "/usr/lib/a", NULL);
		check_file(&fixture, "/usr/lib/b", "still read");
		assert_true(warning_list_incomplete(fixture.warnings, CAUSE_INPUT));
		fixture_close(&fixture);
		remove_all(path);
	}
}

/* Names that no image has; a whiteout of everything, again and again, costs no more than its bytes. */
static void fill_hostile(struct archive *archive)
{
	for (int i = 0; i < 1000; i++) {
		put(archive, ".wh..wh..opq", "");
		put(archive, "usr", "");
		put(archive, ".wh.usr", "");
		put(archive, "usr/.wh.", "");
	}
	put(archive, "usr/lib/b", "kept");
}

static void hostile_layers_are_survived(void **state)
{
	char *lower = make_tar(fill_flat, ARCHIVE_FILTER_NONE);
	char *upper = make_tar(fill_hostile, ARCHIVE_FILTER_NONE);
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(rootfs_add_path(fixture.rootfs, lower, NULL), 0);
	assert_int_equal(rootfs_add_path(fixture.rootfs, upper, NULL), 0);
	for (size_t i = 0; i < COUNT(wanted); i++) {
		bool kept = strcmp(wanted[i].path, "/usr/lib/b") == 0;

		check_file(&fixture, wanted[i].path, kept ? "kept" : NULL);
	}
	fixture_close(&fixture);
	remove_all(lower);
	remove_all(upper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms_have_the_same_files),
		cmocka_unit_test(what_was_added_before_lies_below),
		cmocka_unit_test(a_path_that_was_not_wanted_is_not_there),
		cmocka_unit_test(paths_are_absolute),
		cmocka_unit_test(what_is_no_root_file_system_is_refused),
		cmocka_unit_test(a_cut_tar_is_told),
		cmocka_unit_test(a_damaged_layer_does_not_hide_the_others),
		cmocka_unit_test(a_hard_link_without_bytes_is_told),
		cmocka_unit_test(hostile_layers_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
