#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanners/source/directory_walk.h"
#include "scanners/source/form.h"

/* A directory of images; everything below it is a member. */
struct directory {
	struct directory_walk *walk;
	int root; /* in the file table */
	char link[PATH_MAX]; /* of the current member */
};

static int sum_sizes(int descriptor, uint64_t *out, struct error *err)
{
	struct directory_walk *walk;
	struct directory_entry entry;
	bool found = true;
	uint64_t sum = 0;
	int ret = directory_walk_new(&walk, descriptor, err);

	if (ret)
		return ret;
	while (found && !ret) {
		ret = directory_walk_next(walk, &entry, &found, err);
		if (!ret && found && !entry.failed && S_ISREG(entry.info.st_mode))
			sum += (uint64_t)entry.info.st_size;
	}
	directory_walk_free(walk);
	if (!ret)
		*out = sum;
	return ret;
}

static void cannot_open(struct source *source, const char *path, int number)
{
	struct error error;

	error_set(&error, ERROR_SYSTEM, number, "cannot be opened");
	source_warn(source, WARNING_CANNOT_OPEN, path, "%s", error.message);
}

static enum member_kind kind_of_mode(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return MEMBER_FILE;
	case S_IFDIR:
		return MEMBER_DIRECTORY;
	case S_IFLNK:
		return MEMBER_SYMLINK;
	default:
		return MEMBER_OTHER;
	}
}

/* Between the look at it and the opening it may have become anything: a FIFO must not make us wait. */
static int open_regular(const struct directory_entry *entry)
{
	struct stat info;
	int descriptor = openat(entry->parent, entry->name,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (descriptor < 0)
		return -1;
	if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode))
		return descriptor;
	close(descriptor);
	errno = ESTALE;
	return -1;
}

static bool add_file(struct source *source, const struct directory_entry *entry)
{
	const struct directory *directory = source->state;
	struct member *member = &source->member;
	int descriptor = open_regular(entry);
	struct error error;

	if (descriptor < 0) {
		cannot_open(source, entry->path, errno);
		return false;
	}
	if (file_table_add_below(source->files, directory->root, descriptor, entry->path,
				 &member->file, &error)) {
		close(descriptor);
		source_warn(source,
			    error.code == ERROR_MEMORY ? WARNING_NO_MEMORY : WARNING_CANNOT_OPEN,
			    entry->path, "%s", error.message);
		return false;
	}
	/* What is there now, not when the directory was read. */
	member->length = file_table_length(source->files, member->file);
	return true;
}

static bool read_link(struct source *source, const struct directory_entry *entry)
{
	struct directory *directory = source->state;
	ssize_t length = readlinkat(entry->parent, entry->name, directory->link,
				    sizeof(directory->link) - 1);

	if (length < 0) {
		cannot_open(source, entry->path, errno);
		return false;
	}
	directory->link[length] = '\0';
	source->member.link = directory->link;
	return true;
}

/* Whether it can be delivered; what cannot was told. */
static bool describe(struct source *source, const struct directory_entry *entry)
{
	struct member member = { .kind = kind_of_mode(entry->info.st_mode),
				 .time = entry->info.st_mtime };

	free(source->member_name);
	source->member_name = strdup(entry->path);
	if (!source->member_name) {
		source_warn(source, WARNING_NO_MEMORY, entry->path, "no memory for its name");
		return false;
	}
	member.name = source->member_name;
	source->member = member;
	if (member.kind == MEMBER_FILE)
		return add_file(source, entry);
	if (member.kind == MEMBER_SYMLINK)
		return read_link(source, entry);
	return true;
}

static int directory_next(struct source *source, bool *found, struct error *err)
{
	struct directory *directory = source->state;
	struct directory_entry entry;
	bool end = false, more = true;

	*found = false;
	while (!*found && !end) {
		int ret = directory_walk_next(directory->walk, &entry, &more, err);

		if (ret || !more)
			return ret;
		if (entry.too_deep)
			source_warn(source, WARNING_LIMIT, entry.path,
				    "more than %d levels of directories", DIRECTORY_DEPTH);
		if (entry.failed) {
			cannot_open(source, entry.path, entry.failed);
			continue;
		}

		uint64_t length = S_ISREG(entry.info.st_mode) ? (uint64_t)entry.info.st_size : 0;

		*found = source_admit(source, entry.path, length, &end) && describe(source, &entry);
	}
	return 0;
}

static void directory_close(struct source *source)
{
	struct directory *directory = source->state;

	directory_walk_free(directory->walk);
	free(directory);
}

static const struct form_ops directory_ops = {
	.next = directory_next,
	.close = directory_close,
};

int directory_open(struct source *source, int descriptor, struct error *err)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory)
		return error_no_memory(err, "a directory");

	int ret = sum_sizes(descriptor, &source->size, err);

	if (!ret)
		ret = file_table_add_root(source->files, descriptor, &directory->root, err);
	if (!ret)
		ret = directory_walk_new(&directory->walk, descriptor, err);
	if (ret) {
		free(directory);
		return ret;
	}
	source->ops = &directory_ops;
	source->state = directory;
	source->form = FORM_DIRECTORY;
	source->can_repeat = true;
	return 0;
}
