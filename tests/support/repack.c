#include "tests/support/repack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"

static void add_member(struct package *package, struct archive *archive,
		       struct archive_entry *entry)
{
	struct packed_member *grown = array_grow(package->members, &package->capacity,
						 package->count + 1, sizeof(*grown));

	assert_non_null(grown);
	package->members = grown;

	struct packed_member *member = &grown[package->count++];

	*member = (struct packed_member){
		.name = strdup(archive_entry_pathname(entry)),
		.length = (size_t)archive_entry_size(entry),
		.directory = archive_entry_filetype(entry) == AE_IFDIR,
		.time = (long)archive_entry_mtime(entry),
	};
	if (archive_entry_filetype(entry) == AE_IFLNK)
		member->link = strdup(archive_entry_symlink(entry));
	member->data = malloc(member->length + 1);
	assert_non_null(member->name);
	assert_non_null(member->data);
	assert_int_equal(archive_read_data(archive, member->data, member->length), member->length);
}

void package_load(struct package *package, const char *path)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;

	*package = (struct package){ 0 };
	archive_read_support_format_tar(archive);
	archive_read_support_filter_all(archive);
	assert_int_equal(archive_read_open_filename(archive, path, 1 << 16), ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		add_member(package, archive, entry);
	archive_read_free(archive);
}

static void member_release(struct packed_member *member)
{
	free(member->name);
	free(member->data);
	free(member->link);
}

void package_release(struct package *package)
{
	for (size_t i = 0; i < package->count; i++)
		member_release(&package->members[i]);
	free(package->members);
	*package = (struct package){ 0 };
}

static struct packed_member *find_member(const struct package *package, const char *name)
{
	for (size_t i = 0; i < package->count; i++)
		if (strcmp(package->members[i].name, name) == 0)
			return &package->members[i];
	return NULL;
}

void package_add(struct package *package, const char *name, const void *data, size_t length)
{
	struct packed_member *member = find_member(package, name);
	uint8_t *copy = malloc(length + 1);

	assert_non_null(copy);
	if (length)
		memcpy(copy, data, length);
	if (!member) {
		struct packed_member *grown = array_grow(package->members, &package->capacity,
							 package->count + 1, sizeof(*grown));

		assert_non_null(grown);
		package->members = grown;
		member = &grown[package->count++];
		*member = (struct packed_member){ .name = strdup(name) };
		assert_non_null(member->name);
	}
	free(member->data);
	member->data = copy;
	member->length = length;
}

struct packed_member *package_find(struct package *package, const char *name)
{
	struct packed_member *member = find_member(package, name);

	if (!member)
		fail_msg("no member %s", name);
	return member;
}

void package_remove(struct package *package, const char *name)
{
	struct packed_member *member = package_find(package, name);
	size_t index = (size_t)(member - package->members);

	member_release(member);
	memmove(member, member + 1, (package->count - index - 1) * sizeof(*member));
	package->count--;
}

void package_move_last(struct package *package, const char *name)
{
	struct packed_member *member = package_find(package, name);
	struct packed_member moved = *member;
	size_t index = (size_t)(member - package->members);

	memmove(member, member + 1, (package->count - index - 1) * sizeof(*member));
	package->members[package->count - 1] = moved;
}

static unsigned type_of(const struct packed_member *member)
{
	if (member->link)
		return AE_IFLNK;
	return member->directory ? AE_IFDIR : AE_IFREG;
}

static void write_member(struct archive *archive, const struct packed_member *member)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, member->name);
	archive_entry_set_filetype(entry, type_of(member));
	archive_entry_set_perm(entry, member->directory ? 0700 : 0600);
	archive_entry_set_size(entry, (int64_t)member->length);
	archive_entry_set_mtime(entry, member->time, 0);
	if (member->link)
		archive_entry_set_symlink(entry, member->link);
	assert_true(archive_write_header(archive, entry) >= ARCHIVE_WARN);
	if (member->length)
		assert_int_equal(archive_write_data(archive, member->data, member->length),
				 member->length);
	archive_entry_free(entry);
}

static bool is_pages(const struct packed_member *member)
{
	return strstr(member->name, "/pages-") != NULL;
}

static void write_ordered(struct archive *archive, const struct package *package,
			  enum package_order order)
{
	if (order == ORDER_REVERSED) {
		for (size_t i = package->count; i > 0; i--)
			write_member(archive, &package->members[i - 1]);
		return;
	}
	for (size_t i = 0; order == ORDER_PAGES_FIRST && i < package->count; i++)
		if (is_pages(&package->members[i]))
			write_member(archive, &package->members[i]);
	for (size_t i = 0; i < package->count; i++)
		if (order == ORDER_AS_IS || !is_pages(&package->members[i]))
			write_member(archive, &package->members[i]);
}

static struct archive *new_tar(const char *filter)
{
	struct archive *archive = archive_write_new();

	assert_int_equal(archive_write_set_format_ustar(archive), ARCHIVE_OK);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	return archive;
}

void package_write_tar(const struct package *package, const char *path, const char *filter,
		       enum package_order order)
{
	struct archive *archive = new_tar(filter);

	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	write_ordered(archive, package, order);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
}

struct packed_bytes {
	uint8_t *data;
	size_t length, capacity;
};

static la_ssize_t collect(struct archive *archive, void *context, const void *data, size_t length)
{
	struct packed_bytes *packed = context;

	(void)archive;
	packed->data = array_grow(packed->data, &packed->capacity, packed->length + length, 1);
	assert_non_null(packed->data);
	memcpy(packed->data + packed->length, data, length);
	packed->length += length;
	return (la_ssize_t)length;
}

uint8_t *package_pack_tar(const struct package *package, const char *filter, size_t *length)
{
	struct packed_bytes packed = { 0 };
	struct archive *archive = new_tar(filter);

	/* Or zeros would follow what is compressed. */
	if (filter)
		archive_write_set_bytes_in_last_block(archive, 1);
	assert_int_equal(archive_write_open2(archive, &packed, NULL, collect, NULL, NULL),
			 ARCHIVE_OK);
	write_ordered(archive, package, ORDER_AS_IS);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	*length = packed.length;
	return packed.data;
}

void package_write_directory(const struct package *package, const char *path)
{
	struct archive *archive = archive_write_disk_new();
	struct packed_member moved;
	char name[4096];

	archive_write_disk_set_options(archive, ARCHIVE_EXTRACT_TIME);
	for (size_t i = 0; i < package->count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, package->members[i].name);
		moved = package->members[i];
		moved.name = name;
		write_member(archive, &moved);
	}
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
}

uint8_t *file_load(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	struct stat info;
	uint8_t *data;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &info), 0);
	*length = (size_t)info.st_size;
	data = malloc(*length + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *length, file), *length);
	fclose(file);
	return data;
}

void file_write(const char *path, const void *data, size_t length)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}
