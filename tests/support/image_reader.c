#include "tests/support/image_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u
#define MOST_OBJECTS 32
#define MOST_RUNS 4096

enum {
	STATUS_FILE_PRIVATE = 1u << 6,
	STATUS_FILE_SHARED = 1u << 7,
	STATUS_ANON_SHARED = 1u << 8,
	STATUS_SYSVIPC = 1u << 10,
	STATUS_MEMFD = 1u << 14,
	STATUS_GUARD = 1u << 16,
};
enum { IN_PARENT = 1 };

/* A field of a message: a number, or bytes. */
struct field {
	uint32_t number;
	uint64_t value;
	const uint8_t *data;
	size_t length;
};

struct cursor {
	const uint8_t *at, *end;
};

static uint64_t take_number(struct cursor *cursor)
{
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 7) {
		assert_true(cursor->at < cursor->end);
		value |= (uint64_t)(*cursor->at & 0x7f) << shift;
		if (!(*cursor->at++ & 0x80))
			return value;
	}
}

static bool take_field(struct cursor *message, struct field *out)
{
	uint64_t tag;

	if (message->at == message->end)
		return false;
	tag = take_number(message);
	*out = (struct field){ .number = (uint32_t)(tag >> 3) };
	switch (tag & 7) {
	case 0:
		out->value = take_number(message);
		break;
	case 1:
		message->at += 8;
		break;
	case 2:
		out->length = (size_t)take_number(message);
		out->data = message->at;
		message->at += out->length;
		break;
	case 5:
		message->at += 4;
		break;
	default:
		fail_msg("an image of an unknown form");
	}
	assert_true(message->at <= message->end);
	return true;
}

static uint64_t number_in(struct cursor message, uint32_t number)
{
	struct field field;
	uint64_t value = 0;

	while (take_field(&message, &field))
		if (field.number == number)
			value = field.value;
	return value;
}

static bool message_in(struct cursor message, uint32_t number, struct cursor *out)
{
	struct field field;

	while (take_field(&message, &field)) {
		if (field.number == number) {
			*out = (struct cursor){ field.data, field.data + field.length };
			return true;
		}
	}
	return false;
}

static bool take_entry(struct cursor *image, struct cursor *out)
{
	uint32_t length;

	if (image->at == image->end)
		return false;
	memcpy(&length, image->at, sizeof(length));
	image->at += sizeof(length);
	*out = (struct cursor){ image->at, image->at + length };
	image->at += length;
	assert_true(image->at <= image->end);
	return true;
}

static struct cursor entries_of(const struct packed_member *member)
{
	return (struct cursor){ member->data + 8, member->data + member->length };
}

struct run {
	uint64_t first, end; /* pages */
	bool in_parent;
};

struct page_list {
	struct run runs[MOST_RUNS];
	size_t count;
};

static void load_pages(const struct packed_member *member, struct page_list *out)
{
	struct cursor image = entries_of(member), entry;

	out->count = 0;
	assert_true(take_entry(&image, &entry));
	while (take_entry(&image, &entry)) {
		uint64_t first = number_in(entry, 1) / PAGE;
		uint64_t pages = number_in(entry, 5);

		if (!pages)
			pages = number_in(entry, 2);
		assert_true(out->count < MOST_RUNS);
		out->runs[out->count++] =
			(struct run){ first, first + pages,
				      number_in(entry, 4) == IN_PARENT || number_in(entry, 3) };
	}
}

static bool has_page(const struct page_list *list, uint64_t page)
{
	for (size_t i = 0; i < list->count; i++)
		if (page >= list->runs[i].first && page < list->runs[i].end)
			return true;
	return false;
}

struct object {
	uint64_t id;
	struct page_list pages;
	uint8_t *shown; /* one per page of the object */
	uint64_t page_count;
};

struct reader {
	const struct package *package;
	const char *directory;
	struct object objects[MOST_OBJECTS];
	size_t object_count;
	struct page_list own;
};

static const char *name_in(const struct reader *reader, const struct packed_member *member)
{
	size_t length = strlen(reader->directory);

	return strncmp(member->name, reader->directory, length) == 0 ? member->name + length : "";
}

static const struct packed_member *find(const struct reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->package->count; i++)
		if (strcmp(name_in(reader, &reader->package->members[i]), name) == 0)
			return &reader->package->members[i];
	return NULL;
}

static struct object *object_of(struct reader *reader, uint64_t id)
{
	struct object *object = &reader->objects[reader->object_count];
	const struct packed_member *member;
	char name[64];

	for (size_t i = 0; i < reader->object_count; i++)
		if (reader->objects[i].id == id)
			return &reader->objects[i];
	snprintf(name, sizeof(name), "pagemap-shmem-%llu.img", (unsigned long long)id);
	member = find(reader, name);
	if (!member)
		return NULL;
	assert_true(reader->object_count++ < MOST_OBJECTS);
	object->id = id;
	load_pages(member, &object->pages);
	for (size_t i = 0; i < object->pages.count; i++)
		if (object->pages.runs[i].end > object->page_count)
			object->page_count = object->pages.runs[i].end;
	object->shown = calloc(object->page_count + 1, 1);
	assert_non_null(object->shown);
	return object;
}

/* The shared object behind a memory file: file id, inode, object. */
static uint64_t object_of_memfd(const struct reader *reader, uint64_t file_id)
{
	struct cursor files = entries_of(find(reader, "files.img"));
	struct cursor memfds = entries_of(find(reader, "memfd.img"));
	struct cursor entry, file;

	while (take_entry(&files, &entry)) {
		if (number_in(entry, 2) != file_id || !message_in(entry, 20, &file))
			continue;
		while (take_entry(&memfds, &entry))
			if (number_in(entry, 7) == number_in(file, 5))
				return number_in(entry, 5);
	}
	fail_msg("a memory file that nothing describes");
	return 0;
}

static bool is_guarded(struct cursor mm, uint64_t page)
{
	struct field field;

	while (take_field(&mm, &field)) {
		struct cursor vma = { field.data, field.data + field.length };

		if (field.number == 14 && number_in(vma, 7) & STATUS_GUARD &&
		    page >= number_in(vma, 1) / PAGE && page < number_in(vma, 2) / PAGE)
			return true;
	}
	return false;
}

/* Pages of the object that one mapping shows. */
static uint64_t count_window(struct reader *reader, struct cursor mm, struct cursor vma)
{
	uint64_t status = number_in(vma, 7), source = number_in(vma, 4), count = 0;
	uint64_t first = number_in(vma, 1) / PAGE, end = number_in(vma, 2) / PAGE;
	uint64_t offset = number_in(vma, 3) / PAGE;
	struct object *object;

	if (!(status & (STATUS_ANON_SHARED | STATUS_SYSVIPC | STATUS_MEMFD)))
		return 0;
	object =
		object_of(reader, status & STATUS_MEMFD ? object_of_memfd(reader, source) : source);
	for (uint64_t page = first; object && page < end; page++) {
		uint64_t at = offset + (page - first);

		if (has_page(&reader->own, page) || is_guarded(mm, page) ||
		    !has_page(&object->pages, at))
			continue;
		object->shown[at] = 1;
		count++;
	}
	return count;
}

/* Of a regular file by its id: path, and size when it was frozen. */
static bool file_of(const struct reader *reader, uint64_t id, struct cursor *path, uint64_t *size)
{
	struct cursor files = entries_of(find(reader, "files.img")), entry, file;

	while (take_entry(&files, &entry)) {
		if (number_in(entry, 2) != id || !message_in(entry, 3, &file))
			continue;
		*size = number_in(file, 8);
		return message_in(file, 6, path);
	}
	return false;
}

static bool is_file_of(struct archive_entry *entry, struct cursor path, uint64_t size)
{
	const char *name = archive_entry_pathname(entry);
	size_t length, path_length = (size_t)(path.end - path.at);

	name += strncmp(name, "./", 2) == 0 ? 2 : 0;
	length = strlen(name);
	return archive_entry_filetype(entry) == AE_IFREG &&
	       (uint64_t)archive_entry_size(entry) == size && length < path_length &&
	       path.end[-(ptrdiff_t)length - 1] == '/' &&
	       memcmp(path.end - length, name, length) == 0;
}

static bool holds_file(const struct packed_member *member, struct cursor path, uint64_t size)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	bool found = false;

	assert_non_null(archive);
	archive_read_support_filter_all(archive);
	archive_read_support_format_tar(archive);
	if (archive_read_open_memory(archive, member->data, member->length) == ARCHIVE_OK)
		while (!found && archive_read_next_header(archive, &entry) == ARCHIVE_OK)
			found = is_file_of(entry, path, size);
	archive_read_free(archive);
	return found;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static bool is_archive(const struct reader *reader, const struct packed_member *member)
{
	return strncmp(name_in(reader, member), "tmpfs-", 6) == 0 ||
	       ends_with(member->name, ".tar");
}

static bool file_is_captured(const struct reader *reader, struct cursor path, uint64_t size)
{
	for (size_t i = 0; i < reader->package->count; i++)
		if (is_archive(reader, &reader->package->members[i]) &&
		    holds_file(&reader->package->members[i], path, size))
			return true;
	return false;
}

/* Bytes of a captured file that one mapping shows where the dump has no page. */
static uint64_t count_file(struct reader *reader, struct cursor mm, struct cursor vma)
{
	uint64_t status = number_in(vma, 7), size = 0, bytes = 0;
	uint64_t first = number_in(vma, 1) / PAGE, end = number_in(vma, 2) / PAGE;
	struct cursor path;

	if (!(status & (STATUS_FILE_PRIVATE | STATUS_FILE_SHARED)) || status & STATUS_MEMFD ||
	    !file_of(reader, number_in(vma, 4), &path, &size) ||
	    !file_is_captured(reader, path, size))
		return 0;
	for (uint64_t page = first; page < end; page++) {
		uint64_t at = number_in(vma, 3) + (page - first) * PAGE;

		if (at < size && !has_page(&reader->own, page) && !is_guarded(mm, page))
			bytes += size - at < PAGE ? size - at : PAGE;
	}
	return bytes;
}

static uint64_t count_files(struct reader *reader, const char *number)
{
	struct cursor image, mm, rest;
	struct field field;
	uint64_t bytes = 0;
	char name[64];

	snprintf(name, sizeof(name), "mm-%s", number);
	image = entries_of(find(reader, name));
	assert_true(take_entry(&image, &mm));
	rest = mm;
	while (take_field(&rest, &field))
		if (field.number == 14)
			bytes += count_file(
				reader, mm,
				(struct cursor){ field.data, field.data + field.length });
	return bytes;
}

static uint64_t count_windows(struct reader *reader, const char *number)
{
	const struct packed_member *member;
	struct cursor image, mm, rest;
	struct field field;
	uint64_t count = 0;
	char name[64];

	snprintf(name, sizeof(name), "mm-%s", number);
	member = find(reader, name);
	assert_non_null(member);
	image = entries_of(member);
	assert_true(take_entry(&image, &mm));
	rest = mm;
	while (take_field(&rest, &field))
		if (field.number == 14)
			count += count_window(
				reader, mm,
				(struct cursor){ field.data, field.data + field.length });
	return count;
}

static void count_process(struct reader *reader, const struct packed_member *member,
			  const char *number, struct described *out)
{
	load_pages(member, &reader->own);
	for (size_t i = 0; i < reader->own.count; i++) {
		const struct run *run = &reader->own.runs[i];
		uint64_t bytes = (run->end - run->first) * PAGE;

		out->memory += bytes;
		out->in_parent += run->in_parent ? bytes : 0;
	}
	out->memory += count_windows(reader, number) * PAGE;
	out->from_files += count_files(reader, number);
}

/* Of a memory file its size; 0: it is none. */
static uint64_t memfd_bytes(const struct reader *reader, uint64_t id)
{
	const struct packed_member *member = find(reader, "memfd.img");
	struct cursor memfds, entry;

	if (!member)
		return 0;
	memfds = entries_of(member);
	while (take_entry(&memfds, &entry))
		if (number_in(entry, 5) == id)
			return number_in(entry, 4);
	return 0;
}

/* Whole pages, but for the last of a memory file. */
static uint64_t count_object(const struct object *object, uint64_t size)
{
	uint64_t bytes = 0;

	for (uint64_t page = 0; page < object->page_count; page++) {
		uint64_t left = size ? size - page * PAGE : PAGE;

		if (has_page(&object->pages, page))
			bytes += left < PAGE ? left : PAGE;
	}
	return bytes;
}

static bool is_shown_in_full(const struct object *object)
{
	for (uint64_t page = 0; page < object->page_count; page++)
		if (has_page(&object->pages, page) && !object->shown[page])
			return false;
	return true;
}

struct described described_count(const struct package *package, const char *directory)
{
	static const char private_stem[] = "pagemap-", shared_stem[] = "pagemap-shmem-";
	struct reader *reader = calloc(1, sizeof(*reader));
	struct described out = { 0 };

	assert_non_null(reader);
	reader->package = package;
	reader->directory = directory;
	for (size_t i = 0; i < package->count; i++) {
		const struct packed_member *member = &package->members[i];
		const char *name = name_in(reader, member);

		if (strncmp(name, shared_stem, strlen(shared_stem)) == 0)
			object_of(reader, strtoull(name + strlen(shared_stem), NULL, 10));
		else if (strncmp(name, private_stem, strlen(private_stem)) == 0)
			count_process(reader, member, name + strlen(private_stem), &out);
	}
	for (size_t i = 0; i < reader->object_count; i++) {
		uint64_t size = memfd_bytes(reader, reader->objects[i].id);

		if (size || !is_shown_in_full(&reader->objects[i]))
			out.objects += count_object(&reader->objects[i], size);
		free(reader->objects[i].shown);
	}
	free(reader);
	return out;
}

static uint64_t count_queues(const struct packed_member *member)
{
	struct cursor image = entries_of(member), entry;
	uint64_t bytes = 0;

	while (take_entry(&image, &entry)) {
		image.at += number_in(entry, 2);
		bytes += number_in(entry, 2);
	}
	return bytes;
}

static uint64_t count_ghost(const struct packed_member *member)
{
	struct cursor image = entries_of(member), entry;

	assert_true(take_entry(&image, &entry));
	assert_false(number_in(entry, 9));
	return (uint64_t)(image.end - image.at);
}

/* Regular files in it; of what is no archive all bytes. */
static uint64_t count_archive(const struct packed_member *member)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	uint64_t bytes = 0;
	bool any = false;

	assert_non_null(archive);
	archive_read_support_filter_all(archive);
	archive_read_support_format_tar(archive);
	if (archive_read_open_memory(archive, member->data, member->length) == ARCHIVE_OK)
		while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
			any = true;
			if (archive_entry_filetype(entry) == AE_IFREG)
				bytes += (uint64_t)archive_entry_size(entry);
		}
	archive_read_free(archive);
	return any ? bytes : member->length;
}

uint64_t described_captured(const struct package *package, const char *directory)
{
	struct reader reader = { .package = package, .directory = directory };
	uint64_t bytes = 0;

	for (size_t i = 0; i < package->count; i++) {
		const struct packed_member *member = &package->members[i];
		const char *name = name_in(&reader, member);

		if (strcmp(name, "pipes-data.img") == 0 || strcmp(name, "sk-queues.img") == 0 ||
		    strcmp(name, "fifo-data.img") == 0)
			bytes += count_queues(member);
		else if (strncmp(name, "ghost-file-", 11) == 0)
			bytes += count_ghost(member);
		else if (is_archive(&reader, member))
			bytes += count_archive(member);
		else if (ends_with(member->name, "ctr.log") ||
			 ends_with(member->name, "container.log"))
			bytes += member->length;
	}
	return bytes;
}
