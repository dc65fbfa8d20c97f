#include "tests/fuzz/packed_files.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/file_list.h"
#include "tests/fuzz/require.h"

#define PAGE 4096u
#define BLOCK 512u
#define MOST_PAGES 16u
#define PATH_BYTES 40

struct packed_operand {
	struct file_list list;
	char paths[PACKED_PARTS][PACKINGS][PATH_BYTES];
	int descriptors[PACKED_PARTS][PACKINGS];
	bool raw, linked;
};

/* An archive that is written. */
struct pack {
	uint8_t *data;
	size_t length, capacity;
};

static la_ssize_t take_bytes(struct archive *archive, void *context, const void *bytes,
			     size_t length)
{
	struct pack *pack = context;

	(void)archive;
	if (pack->capacity - pack->length < length) {
		pack->capacity = 2 * (pack->length + length);
		pack->data = realloc(pack->data, pack->capacity);
	}
	require(pack->data);
	memcpy(pack->data + pack->length, bytes, length);
	pack->length += length;
	return (la_ssize_t)length;
}

static struct archive *begin(struct pack *pack, enum packing packing)
{
	struct archive *archive = archive_write_new();

	*pack = (struct pack){ 0 };
	require(archive);
	archive_write_set_format_pax_restricted(archive);
	archive_write_set_bytes_per_block(archive, 512);
	archive_write_set_bytes_in_last_block(archive, 1);
	if (packing == PACKING_GZIP)
		archive_write_add_filter_gzip(archive);
	if (packing == PACKING_ZSTD)
		archive_write_add_filter_zstd(archive);
	if (packing != PACKING_PLAIN)
		archive_write_set_options(archive, "compression-level=1");
	require(archive_write_open(archive, pack, NULL, take_bytes, NULL) == ARCHIVE_OK);
	return archive;
}

static void add_member(struct archive *archive, const char *name, const uint8_t *data,
		       size_t length)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)length);
	if (archive_write_header(archive, entry) == ARCHIVE_OK && length)
		archive_write_data(archive, data, length);
	archive_entry_free(entry);
}

static void add_link(struct archive *archive, const char *name, char kind,
		     const struct listed_file *file)
{
	struct archive_entry *entry = archive_entry_new();
	uint8_t *target = listed_file_copy(file);

	target[file->length] = '\0';
	archive_entry_set_pathname(entry, name);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_filetype(entry, kind == '@' ? AE_IFLNK : AE_IFREG);
	if (kind == '@')
		archive_entry_set_symlink(entry, (const char *)target);
	else
		archive_entry_set_hardlink(entry, (const char *)target);
	archive_write_header(archive, entry);
	archive_entry_free(entry);
	free(target);
}

static void add_repeated(struct archive *archive, const char *name, size_t pages,
			 const struct listed_file *file)
{
	size_t length = (pages < MOST_PAGES ? pages : MOST_PAGES) * PAGE;
	uint8_t *bytes = malloc(length + 1);

	require(bytes);
	for (size_t i = 0; i < length; i++)
		bytes[i] = file->length ? file->data[i % file->length] : 0;
	add_member(archive, name, bytes, length);
	free(bytes);
}

/* @name: what is left of it within this archive. */
static void add_file(struct archive *archive, const char *name, const struct listed_file *file)
{
	char cut[FILE_NAME_BYTES];
	size_t length = strcspn(name, "@&*");

	memcpy(cut, name, length);
	cut[length] = '\0';
	if (!length)
		return;
	if (name[length] == '*')
		add_repeated(archive, cut, strtoul(name + length + 1, NULL, 10), file);
	else if (name[length])
		add_link(archive, cut, name[length], file);
	else
		add_member(archive, cut, file->data, file->length);
}

static enum packing packing_of(char mark)
{
	return mark == '$' ? PACKING_GZIP : mark == '^' ? PACKING_ZSTD : PACKING_PLAIN;
}

static bool starts_with(const char *text, const char *start, size_t length)
{
	return strncmp(text, start, length) == 0;
}

/* Whether an earlier file stands in the same archive within. */
static bool is_packed(const struct file_list *list, size_t index, size_t length)
{
	for (size_t i = 0; i < index; i++)
		if (starts_with(list->files[i].name, list->files[index].name, length))
			return true;
	return false;
}

/* All files whose names begin with @start. */
static struct pack pack_files(const struct file_list *list, const char *start, size_t length,
			      enum packing packing)
{
	struct pack pack, inner;
	struct archive *archive = begin(&pack, packing);

	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->files[i].name, *rest = name + length;
		size_t end;

		if (!starts_with(name, start, length) || (!length && strchr("~=:", *name)))
			continue;
		end = strcspn(rest, "!$^");
		if (!rest[end]) {
			add_file(archive, rest, &list->files[i]);
		} else if (end && !is_packed(list, i, length + end + 1)) {
			char member[FILE_NAME_BYTES];

			inner = pack_files(list, name, length + end + 1, packing_of(rest[end]));
			snprintf(member, sizeof(member), "%.*s", (int)end, rest);
			add_member(archive, member, inner.data, inner.length);
			free(inner.data);
		}
	}
	archive_write_free(archive);
	return pack;
}

static void write_file(struct packed_operand *operand, enum packed_part part, enum packing packing,
		       const uint8_t *data, size_t length)
{
	int descriptor = memfd_create("operand", MFD_CLOEXEC);

	require(descriptor >= 0);
	require(!length || write(descriptor, data, length) == (ssize_t)length);
	operand->descriptors[part][packing] = descriptor;
	snprintf(operand->paths[part][packing], PATH_BYTES, "/proc/self/fd/%d", descriptor);
}

static void write_packed(struct packed_operand *operand, enum packed_part part, const char *start,
			 enum packing packing)
{
	struct pack pack = pack_files(&operand->list, start, strlen(start), packing);

	write_file(operand, part, packing, pack.data, pack.length);
	free(pack.data);
}

/* How many bytes follow a header, as its octal digits say. */
static size_t size_in(const uint8_t *header)
{
	size_t size = 0;

	for (size_t i = 124; i < 135 && header[i] >= '0' && header[i] <= '7'; i++)
		size = size * 8 + (size_t)(header[i] - '0');
	return size;
}

static void seal(uint8_t *header)
{
	unsigned sum = 0;
	char digits[8];

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += header[i];
	snprintf(digits, sizeof(digits), "%06o", sum);
	memcpy(header + 148, digits, 7);
}

/* Without it every change would end the archive. Blocks of zeros end it all the same. */
static void seal_headers(uint8_t *data, size_t length)
{
	static const uint8_t zeros[BLOCK];
	size_t at = 0, size;

	while (length >= BLOCK && at <= length - BLOCK && memcmp(data + at, zeros, BLOCK) != 0) {
		seal(data + at);
		size = size_in(data + at);
		if (size > length)
			return;
		at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
	}
}

static bool has_files(const struct packed_operand *operand, char mark)
{
	for (size_t i = 0; i < operand->list.count; i++)
		if (*operand->list.files[i].name == mark)
			return true;
	return false;
}

static void find_marks(struct packed_operand *operand)
{
	for (size_t i = 0; i < operand->list.count; i++) {
		struct listed_file *file = &operand->list.files[i];

		operand->linked |= strchr(file->name, '&') != NULL;
		if (*file->name != ':' || operand->raw)
			continue;
		if (strcmp(file->name, ":tar") == 0)
			seal_headers(file->data, file->length);
		operand->raw = true;
		write_file(operand, PART_OPERAND, PACKING_PLAIN, file->data, file->length);
	}
}

struct packed_operand *packed_operand_new(const uint8_t *data, size_t length)
{
	struct packed_operand *operand = calloc(1, sizeof(*operand));

	require(operand);
	memset(operand->descriptors, -1, sizeof(operand->descriptors));
	file_list_split(&operand->list, data, length);
	find_marks(operand);
	for (int packing = 0; packing < PACKINGS && !operand->raw; packing++)
		write_packed(operand, PART_OPERAND, "", (enum packing)packing);
	if (has_files(operand, '~'))
		write_packed(operand, PART_PARENT, "~", PACKING_PLAIN);
	if (has_files(operand, '='))
		write_packed(operand, PART_ROOTFS, "=", PACKING_PLAIN);
	return operand;
}

void packed_operand_free(struct packed_operand *operand)
{
	for (size_t i = 0; i < PACKED_PARTS; i++)
		for (size_t j = 0; j < PACKINGS; j++)
			if (operand->descriptors[i][j] >= 0)
				close(operand->descriptors[i][j]);
	file_list_release(&operand->list);
	free(operand);
}

const char *packed_operand_path(const struct packed_operand *operand, enum packed_part part,
				enum packing packing)
{
	return *operand->paths[part][packing] ? operand->paths[part][packing] : NULL;
}

bool packed_operand_can_repack(const struct packed_operand *operand)
{
	return !operand->raw && !operand->linked;
}
