#include "tests/unit/scanners/made_archive.h"

#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

const struct packing made_packings[PACKING_COUNT] = {
	{ ARCHIVE_FILTER_NONE, NULL },	 { ARCHIVE_FILTER_GZIP, "gzip" },
	{ ARCHIVE_FILTER_ZSTD, "zstd" }, { ARCHIVE_FILTER_XZ, "xz" },
	{ ARCHIVE_FILTER_LZ4, "lz4" },	 { ARCHIVE_FILTER_BZIP2, "bzip2" },
};

const int made_formats[FORMAT_COUNT] = {
	ARCHIVE_FORMAT_TAR_USTAR,
	ARCHIVE_FORMAT_TAR_GNUTAR,
	ARCHIVE_FORMAT_TAR_PAX_RESTRICTED,
	ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
};

struct growing {
	struct made_archive made;
	size_t capacity;
};

static la_ssize_t collect(struct archive *archive, void *context, const void *data, size_t length)
{
	struct growing *growing = context;

	(void)archive;
	if (growing->made.length + length > growing->capacity) {
		growing->capacity = 2 * (growing->made.length + length);
		growing->made.data = realloc(growing->made.data, growing->capacity);
		assert_non_null(growing->made.data);
	}
	memcpy(growing->made.data + growing->made.length, data, length);
	growing->made.length += length;
	return (la_ssize_t)length;
}

struct made_archive made_archive_new(int format, int filter, fill_archive *fill)
{
	struct growing growing = { .capacity = 0 };
	struct archive *archive = archive_write_new();

	assert_int_equal(archive_write_set_format(archive, format), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
	/* Or zeros would follow the compressed stream. */
	if (filter != ARCHIVE_FILTER_NONE)
		archive_write_set_bytes_in_last_block(archive, 1);
	assert_int_equal(archive_write_open2(archive, &growing, NULL, collect, NULL, NULL),
			 ARCHIVE_OK);
	fill(archive);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	return growing.made;
}

struct made_archive pack_bytes(const struct made_archive *plain, int filter)
{
	struct growing growing = { .capacity = 0 };
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	assert_int_equal(archive_write_set_format(archive, ARCHIVE_FORMAT_RAW), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter(archive, filter), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(archive, 1);
	assert_int_equal(archive_write_open2(archive, &growing, NULL, collect, NULL, NULL),
			 ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, plain->data, plain->length), plain->length);
	archive_entry_free(entry);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	return growing.made;
}

void made_archive_release(struct made_archive *made)
{
	free(made->data);
	memset(made, 0, sizeof(*made));
}

char *made_archive_file(const struct made_archive *made, size_t length)
{
	char *path = strdup("/tmp/test_source_XXXXXX");
	int descriptor = mkstemp(path);

	assert_true(descriptor >= 0);
	assert_true(length <= made->length);
	assert_int_equal(write(descriptor, made->data, length), length);
	close(descriptor);
	return path;
}

static struct archive_entry *new_entry(const char *name, unsigned type)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_mtime(entry, 1700000000, 0);
	archive_entry_set_size(entry, 0);
	return entry;
}

static void write_entry(struct archive *archive, struct archive_entry *entry, const void *data,
			size_t length)
{
	assert_true(archive_write_header(archive, entry) >= ARCHIVE_WARN);
	if (length)
		assert_int_equal(archive_write_data(archive, data, length), length);
	assert_int_equal(archive_write_finish_entry(archive), ARCHIVE_OK);
	archive_entry_free(entry);
}

void add_file(struct archive *archive, const char *name, const void *data, size_t length)
{
	struct archive_entry *entry = new_entry(name, AE_IFREG);

	archive_entry_set_size(entry, (int64_t)length);
	write_entry(archive, entry, data, length);
}

uint8_t made_byte(uint64_t offset, uint32_t seed)
{
	uint64_t mixed = (offset + seed) * 0x9e3779b97f4a7c15ull;

	/* Half of it compresses, as memory does. */
	return offset >> 12 & 1 ? (uint8_t)(offset & 7) : (uint8_t)(mixed >> 40);
}

void add_bytes(struct archive *archive, const char *name, size_t length, uint32_t seed)
{
	uint8_t *data = malloc(length + 1);

	for (size_t i = 0; i < length; i++)
		data[i] = made_byte(i, seed);
	add_file(archive, name, data, length);
	free(data);
}

void add_special(struct archive *archive, const char *name, unsigned type, const char *link)
{
	struct archive_entry *entry = new_entry(name, type);

	if (link)
		archive_entry_set_symlink(entry, link);
	write_entry(archive, entry, NULL, 0);
}

void add_hard_link(struct archive *archive, const char *name, const char *target)
{
	struct archive_entry *entry = new_entry(name, AE_IFREG);

	archive_entry_set_hardlink(entry, target);
	write_entry(archive, entry, NULL, 0);
}

void add_sparse(struct archive *archive, const char *name, uint64_t length, uint64_t at,
		size_t bytes)
{
	struct archive_entry *entry = new_entry(name, AE_IFREG);
	uint8_t *data = calloc(1, length);

	for (size_t i = 0; i < bytes; i++)
		data[at + i] = made_byte(at + i, 5);
	archive_entry_set_size(entry, (int64_t)length);
	archive_entry_sparse_add_entry(entry, (int64_t)at, (int64_t)bytes);
	write_entry(archive, entry, data, (size_t)length);
	free(data);
}

void made_checkpoint(struct archive *archive)
{
	add_special(archive, "checkpoint/", AE_IFDIR, NULL);
	add_bytes(archive, "checkpoint/inventory.img", 77, 1);
	add_bytes(archive, "checkpoint/pages-1.img", 3 << 20, 2);
	add_bytes(archive, "checkpoint/empty.img", 0, 3);
	add_bytes(archive, "checkpoint/pages-2.img", 12288, 4);
	add_special(archive, "checkpoint/parent", AE_IFLNK, "../pre-checkpoint");
	add_special(archive, "checkpoint/fifo", AE_IFIFO, NULL);
	add_bytes(archive, "spec.dump", 5000, 5);
}

void made_small(struct archive *archive)
{
	add_bytes(archive, "checkpoint/inventory.img", 77, 1);
	add_bytes(archive, "checkpoint/pages-1.img", 30000, 2);
	add_bytes(archive,
		  "a-name-that-is-longer-than-what-an-old-header-can-hold/"
		  "so-that-it-needs-a-header-of-its-own-in-front-of-the-member/pages-2.img",
		  8192, 3);
	add_bytes(archive, "spec.dump", 600, 4);
}

size_t made_end_of_tar(const struct made_archive *made)
{
	size_t end = made->length;

	while (made->data[end - 1] == 0)
		end--;
	return (end + 511) / 512 * 512 + 1024;
}
