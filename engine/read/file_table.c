#include "engine/read/file_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/read/distant.h"
#include "engine/read/kept.h"
#include "engine/read/mapped.h"
#include "engine/read/spill.h"

/* Blocks never move, so that one thread can add while others read. */
#define FILES_PER_BLOCK 1024
#define MOST_BLOCKS 16384

/* A file this small is read at once: a mapping costs more, and the system allows only 65,530 of them. */
#define SMALL_FILE_BYTES 16384
#define SMALL_FILES_BYTES (64u << 20) /* of all of them */
/* Beyond these a descriptor is closed once its file is mapped. */
#define DESCRIPTORS_KEPT 256
/* Of 65,530 mappings that a process may have; others need some too. */
#define DEFAULT_MOST_MAPPED 16384

enum file_kind { FILE_MAPPED, FILE_DISTANT, FILE_MEMORY, FILE_PASSING };

struct file {
	enum file_kind kind;
	char *name;
	uint64_t length;
	union {
		struct mapped *mapped;
		struct distant distant; /* its path is the name */
		uint8_t *memory;
		struct kept *kept; /* NULL: nothing was kept, or it was dropped */
	};
};

struct file_table {
	struct spill *spill;
	struct file **blocks;
	_Atomic uint32_t count;
	size_t descriptors;
	size_t small_bytes;
	uint32_t mapped, most_mapped;
	int *roots; /* descriptors */
	size_t root_count, root_capacity;
};

int file_table_new(struct file_table **out, const struct file_table_options *options,
		   struct error *err)
{
	struct file_table *table = calloc(1, sizeof(*table));
	int ret;

	if (!table)
		return error_no_memory(err, "the file table");
	table->most_mapped = options->most_mapped ? options->most_mapped : DEFAULT_MOST_MAPPED;
	table->blocks = calloc(MOST_BLOCKS, sizeof(struct file *));
	if (!table->blocks) {
		ret = error_no_memory(err, "the file table");
		goto fail;
	}
	ret = spill_new(&table->spill, options->memory_bytes, options->no_spill, options->directory,
			err);
	if (ret)
		goto fail;
	*out = table;
	return 0;
fail:
	file_table_free(table);
	return ret;
}

static struct file *file_at(const struct file_table *table, uint32_t file)
{
	return &table->blocks[file / FILES_PER_BLOCK][file % FILES_PER_BLOCK];
}

static void file_release(struct file *file)
{
	switch (file->kind) {
	case FILE_MAPPED:
		mapped_free(file->mapped);
		break;
	case FILE_MEMORY:
		free(file->memory);
		break;
	case FILE_PASSING:
		kept_free(file->kept);
		break;
	case FILE_DISTANT:
		break;
	}
	free(file->name);
}

void file_table_free(struct file_table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->count; i++)
		file_release(file_at(table, i));
	for (size_t i = 0; table->blocks && i < MOST_BLOCKS && table->blocks[i]; i++)
		free(table->blocks[i]);
	for (size_t i = 0; i < table->root_count; i++)
		close(table->roots[i]);
	free(table->roots);
	free(table->blocks);
	spill_free(table->spill);
	free(table);
}

static struct file *known_file(const struct file_table *table, uint32_t number)
{
	/* Relaxed is enough: who holds a number was told of it after the file was complete. */
	if (number >= atomic_load_explicit(&table->count, memory_order_relaxed))
		return NULL;
	return file_at(table, number);
}

static int unknown_file(uint32_t number, struct error *err)
{
	return error_set(err, ERROR_USAGE, 0, "no file has the number %u", number);
}

/* Takes over what @file holds on success only. */
static int append(struct file_table *table, const struct file *file, const char *name,
		  uint32_t *out, struct error *err)
{
	uint32_t number = atomic_load_explicit(&table->count, memory_order_relaxed);
	size_t block = number / FILES_PER_BLOCK;

	if (block >= MOST_BLOCKS)
		return error_set(err, ERROR_LIMIT, 0, "more than %u files", number);
	if (!table->blocks[block])
		table->blocks[block] = calloc(FILES_PER_BLOCK, sizeof(struct file));

	char *copy = table->blocks[block] ? strdup(name) : NULL;

	if (!copy)
		return error_no_memory(err, "the file table");
	*file_at(table, number) = *file;
	file_at(table, number)->name = copy;
	atomic_store_explicit(&table->count, number + 1, memory_order_release);
	*out = number;
	return 0;
}

static int read_all(int descriptor, uint8_t *data, size_t length, const char *name,
		    struct error *err)
{
	size_t done = 0;

	while (done < length) {
		ssize_t got = pread(descriptor, data + done, length - done, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, ERROR_SYSTEM, errno, "read %s", name);
		if (got == 0)
			return error_set(err, ERROR_TRUNCATED, 0, "%s became shorter", name);
		done += (size_t)got;
	}
	return 0;
}

static int add_small(struct file_table *table, int descriptor, size_t length, const char *name,
		     uint32_t *out, struct error *err)
{
	uint8_t *data = malloc(length + 1);

	if (!data)
		return error_no_memory(err, name);

	int ret = read_all(descriptor, data, length, name, err);

	if (!ret)
		ret = file_table_add_memory(table, data, length, name, out, err);
	if (ret) {
		free(data);
		return ret;
	}
	table->small_bytes += length;
	close(descriptor);
	return 0;
}

static int add_mapped(struct file_table *table, int descriptor, size_t length, const char *name,
		      uint32_t *out, struct error *err)
{
	bool keep = table->descriptors < DESCRIPTORS_KEPT;
	struct file file = { .kind = FILE_MAPPED, .length = length };
	/* A failure later on must leave the descriptor to the caller. */
	int own = dup(descriptor);

	if (own < 0)
		return error_set(err, ERROR_SYSTEM, errno, "open %s", name);

	int ret = mapped_new(&file.mapped, own, length, keep, err);

	if (ret) {
		close(own);
		return error_context(err, "%s", name);
	}
	ret = append(table, &file, name, out, err);
	if (ret) {
		mapped_free(file.mapped);
		return ret;
	}
	table->descriptors += keep;
	table->mapped++;
	close(descriptor);
	return 0;
}

static bool is_small(const struct file_table *table, size_t length)
{
	return length == 0 ||
	       (length <= SMALL_FILE_BYTES && table->small_bytes + length <= SMALL_FILES_BYTES);
}

int file_table_add_descriptor(struct file_table *table, int descriptor, const char *name,
			      uint32_t *out, struct error *err)
{
	struct stat info;

	if (fstat(descriptor, &info) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "stat %s", name);
	if (!S_ISREG(info.st_mode))
		return error_set(err, ERROR_USAGE, 0, "%s is no regular file", name);

	size_t length = (size_t)info.st_size;

	if (is_small(table, length))
		return add_small(table, descriptor, length, name, out, err);
	return add_mapped(table, descriptor, length, name, out, err);
}

int file_table_add_root(struct file_table *table, int descriptor, int *out, struct error *err)
{
	int *grown = array_grow(table->roots, &table->root_capacity, table->root_count + 1,
				sizeof(*grown));
	int copy;

	if (!grown)
		return error_no_memory(err, "the file table");
	table->roots = grown;
	copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return error_set(err, ERROR_SYSTEM, errno, "open a directory");
	table->roots[table->root_count++] = copy;
	*out = copy;
	return 0;
}

int file_table_add_below(struct file_table *table, int root, int descriptor, const char *path,
			 uint32_t *out, struct error *err)
{
	struct file file = { .kind = FILE_DISTANT };
	struct stat info;

	if (table->mapped < table->most_mapped)
		return file_table_add_descriptor(table, descriptor, path, out, err);
	if (fstat(descriptor, &info) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "stat %s", path);
	if (!S_ISREG(info.st_mode) || is_small(table, (size_t)info.st_size))
		return file_table_add_descriptor(table, descriptor, path, out, err);
	file.length = (uint64_t)info.st_size;
	file.distant = (struct distant){ root, info.st_dev, info.st_ino };

	int ret = append(table, &file, path, out, err);

	if (!ret)
		close(descriptor);
	return ret;
}

int file_table_add_memory(struct file_table *table, void *data, size_t length, const char *name,
			  uint32_t *out, struct error *err)
{
	struct file file = { .kind = FILE_MEMORY, .length = length, .memory = data };

	return append(table, &file, name, out, err);
}

int file_table_add_passing(struct file_table *table, uint64_t length, const char *name,
			   uint32_t *out, struct error *err)
{
	struct file file = { .kind = FILE_PASSING, .length = length };

	return append(table, &file, name, out, err);
}

int file_table_add_sparse(struct file_table *table, uint64_t length, const char *name,
			  uint32_t *out, struct error *err)
{
	struct file file = { .kind = FILE_PASSING, .length = length };
	int ret = kept_new(&file.kept, table->spill, length, true, err);

	if (ret)
		return ret;
	ret = append(table, &file, name, out, err);
	if (ret)
		kept_free(file.kept);
	return ret;
}

static int kept_of(struct file_table *table, uint32_t number, struct file **out, struct error *err)
{
	struct file *file = known_file(table, number);
	int ret = 0;

	if (!file || file->kind != FILE_PASSING)
		return error_set(err, ERROR_USAGE, 0, "file %u does not pass", number);
	if (!file->kept)
		ret = kept_new(&file->kept, table->spill, file->length, false, err);
	*out = file;
	return ret ? error_context(err, "%s", file->name) : 0;
}

int file_table_keep(struct file_table *table, uint32_t number, uint64_t offset, struct bytes bytes,
		    struct error *err)
{
	struct file *file = NULL;
	int ret = kept_of(table, number, &file, err);

	if (ret)
		return ret;
	ret = kept_add(file->kept, offset, bytes, err);
	return ret ? error_context(err, "%s", file->name) : 0;
}

int file_table_keep_zeros(struct file_table *table, uint32_t number, uint64_t offset,
			  uint64_t length, struct error *err)
{
	struct file *file = NULL;
	int ret = kept_of(table, number, &file, err);

	if (ret)
		return ret;
	ret = kept_add_zeros(file->kept, offset, length, err);
	return ret ? error_context(err, "%s", file->name) : 0;
}

void file_table_drop(struct file_table *table, uint32_t number)
{
	struct file *file = known_file(table, number);

	if (!file || file->kind != FILE_PASSING)
		return;
	kept_free(file->kept);
	file->kept = NULL;
}

const char *file_table_name(const struct file_table *table, uint32_t number)
{
	const struct file *file = known_file(table, number);

	return file ? file->name : "";
}

uint64_t file_table_length(const struct file_table *table, uint32_t number)
{
	const struct file *file = known_file(table, number);

	return file ? file->length : 0;
}

int file_table_descriptor(const struct file_table *table, uint32_t number)
{
	const struct file *file = known_file(table, number);

	return file && file->kind == FILE_MAPPED ? mapped_descriptor(file->mapped) : -1;
}

static int not_kept(const struct file *file, uint64_t offset, struct error *err)
{
	return error_set(err, ERROR_NOT_KEPT, 0, "%s: the bytes at %llu have passed", file->name,
			 (unsigned long long)offset);
}

/* The part of [offset, offset + wanted) that lies in the file. */
static struct address_range clip(const struct file *file, uint64_t offset, uint64_t wanted)
{
	struct address_range range = { offset, offset };

	if (offset < file->length)
		range.end += wanted < file->length - offset ? wanted : file->length - offset;
	return range;
}

/* NULL: they lie nowhere in memory. */
static const uint8_t *contents(const struct file *file)
{
	switch (file->kind) {
	case FILE_MAPPED:
		return mapped_data(file->mapped);
	case FILE_MEMORY:
		return file->memory;
	default:
		return NULL;
	}
}

static int only_read(const struct file *file, uint64_t offset, struct error *err)
{
	return error_set(err, ERROR_NOT_KEPT, 0, "%s: the bytes at %llu can only be read",
			 file->name, (unsigned long long)offset);
}

int file_table_lend(const struct file_table *table, uint32_t number, uint64_t offset, size_t wanted,
		    struct bytes *out, struct error *err)
{
	const struct file *file = known_file(table, number);

	if (!file)
		return unknown_file(number, err);

	struct address_range range = clip(file, offset, wanted), kept;

	if (range.start == range.end) {
		*out = (struct bytes){ NULL, 0 };
		return 0;
	}
	if (contents(file)) {
		*out = (struct bytes){ contents(file) + offset, (size_t)(range.end - offset) };
		return 0;
	}
	if (file->kind == FILE_DISTANT)
		return only_read(file, offset, err);
	if (!file->kept || !kept_range(file->kept, offset, &kept))
		return not_kept(file, offset, err);
	if (range.end > kept.end)
		range.end = kept.end;
	return kept_lend(file->kept, range, out) ? 0 : only_read(file, offset, err);
}

static int read_kept(const struct file *file, struct address_range range, void *buffer,
		     struct error *err)
{
	struct address_range kept;

	if (!file->kept || !kept_range(file->kept, range.start, &kept) || kept.end < range.end)
		return not_kept(file, range.start, err);
	return kept_read(file->kept, range, buffer, err);
}

int file_table_read(const struct file_table *table, uint32_t number, uint64_t offset, void *buffer,
		    size_t length, size_t *got, struct error *err)
{
	const struct file *file = known_file(table, number);

	if (!file)
		return unknown_file(number, err);

	struct address_range range = clip(file, offset, length);
	size_t found = (size_t)(range.end - range.start);
	int ret = 0;

	if (found > 0 && file->kind == FILE_DISTANT)
		return distant_read(&file->distant, file->name, offset, buffer, found, got, err);
	if (found > 0 && file->kind == FILE_PASSING)
		ret = read_kept(file, range, buffer, err);
	else if (found > 0)
		memcpy(buffer, contents(file) + offset, found);
	if (!ret)
		*got = found;
	return ret;
}

bool file_table_damaged(const struct file_table *table, uint32_t number, uint64_t offset,
			uint64_t length, struct address_range *out)
{
	const struct file *file = known_file(table, number);

	if (!file)
		return false;
	if (file->kind == FILE_MAPPED)
		return mapped_damaged(file->mapped, offset, length, out);
	return file->kind == FILE_PASSING && file->kept &&
	       kept_damaged(file->kept, offset, length, out);
}
