#include "rules/cache_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/cleanup.h"
#include "engine/base/text.h"

#define DIRECTORY_NAME "ckpt-scan"
#define LARGEST_FILE ((off_t)1 << 30)

static bool is_own(const struct stat *info)
{
	return info->st_uid == geteuid() && !(info->st_mode & (S_IWGRP | S_IWOTH));
}

/* An absolute path from the environment; NULL: none. */
static const char *path_from(const char *variable)
{
	const char *path = getenv(variable);

	return path && path[0] == '/' ? path : NULL;
}

/* Not where root runs with the home of a user, who could do nothing with directories of root's. */
static const char *own_home(void)
{
	const char *home = path_from("HOME");
	struct stat info;

	if (!home || stat(home, &info) < 0)
		return NULL;
	return info.st_uid == geteuid() || info.st_uid == 0 ? home : NULL;
}

static void make_path(struct text *path)
{
	const char *cache = path_from("XDG_CACHE_HOME");
	const char *home = own_home();

	if (cache) {
		text_add_format(path, "%s", cache);
	} else if (home) {
		text_add_format(path, "%s/.cache", home);
	} else {
		return;
	}
	if (!path->failed)
		mkdir(path->data, 0700);
	text_add(path, "/" DIRECTORY_NAME);
	if (!path->failed)
		mkdir(path->data, 0700);
}

int cache_directory_open(void)
{
	struct text path = { 0 };
	struct stat info;
	int directory = -1;

	make_path(&path);
	if (path.length && !path.failed)
		directory = open(path.data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	text_release(&path);
	if (directory >= 0 && (fstat(directory, &info) < 0 || !is_own(&info))) {
		close(directory);
		directory = -1;
	}
	return directory;
}

static bool read_fully(int descriptor, uint8_t *data, size_t length)
{
	while (length) {
		ssize_t count = read(descriptor, data, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		data += count;
		length -= (size_t)count;
	}
	return true;
}

bool cache_directory_read(int directory, const char *name, uint8_t **data, size_t *length)
{
	CLEANUP_CLOSE int descriptor =
		openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	uint8_t *read_data;

	if (descriptor < 0 || fstat(descriptor, &info) < 0 || !S_ISREG(info.st_mode) ||
	    !is_own(&info) || info.st_size > LARGEST_FILE)
		return false;
	read_data = malloc((size_t)info.st_size + 1);
	if (!read_data)
		return false;
	if (!read_fully(descriptor, read_data, (size_t)info.st_size)) {
		free(read_data);
		return false;
	}
	futimens(descriptor, NULL); /* used now */
	*data = read_data;
	*length = (size_t)info.st_size;
	return true;
}

static bool write_fully(int descriptor, struct bytes bytes)
{
	while (bytes.length) {
		ssize_t count = write(descriptor, bytes.data, bytes.length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		bytes.data += count;
		bytes.length -= (size_t)count;
	}
	return true;
}

static bool write_new(int directory, const char *temporary, const char *name, struct bytes bytes)
{
	int descriptor = openat(directory, temporary,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool written;

	if (descriptor < 0)
		return false;
	written = write_fully(descriptor, bytes);
	written = close(descriptor) == 0 && written;
	written = written && renameat(directory, temporary, directory, name) == 0;
	if (!written)
		unlinkat(directory, temporary, 0);
	return written;
}

/* To go beyond what a process may write is a signal that ends it. */
static bool may_write(size_t length)
{
	struct rlimit limit;

	return length <= (size_t)LARGEST_FILE && getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	       (limit.rlim_cur == RLIM_INFINITY || length <= limit.rlim_cur);
}

bool cache_directory_write(int directory, const char *name, struct bytes bytes)
{
	struct text temporary = { 0 };
	bool written;

	if (!may_write(bytes.length))
		return false;
	text_add_format(&temporary, "%s.%ld", name, (long)getpid());
	written = !temporary.failed && write_new(directory, temporary.data, name, bytes);
	text_release(&temporary);
	return written;
}

struct kept_file {
	char name[256];
	uint64_t bytes;
	struct timespec used;
};

struct kept_files {
	struct kept_file *items;
	size_t count, capacity;
	uint64_t bytes;
};

static void add_file(struct kept_files *files, int directory, const char *name)
{
	struct kept_file *grown;
	struct stat info;

	if (strlen(name) >= sizeof(grown->name) ||
	    fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(info.st_mode))
		return;
	grown = array_grow(files->items, &files->capacity, files->count + 1, sizeof(*grown));
	if (!grown)
		return;
	files->items = grown;
	grown += files->count++;
	*grown = (struct kept_file){ .bytes = (uint64_t)info.st_size, .used = info.st_mtim };
	memcpy(grown->name, name, strlen(name) + 1);
	files->bytes += grown->bytes;
}

static void list_files(struct kept_files *files, int directory)
{
	/* The position in a directory belongs to the descriptor, so it gets one of its own. */
	int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = own < 0 ? NULL : fdopendir(own);
	const struct dirent *entry;

	if (!stream) {
		if (own >= 0)
			close(own);
		return;
	}
	while ((entry = readdir(stream)))
		add_file(files, directory, entry->d_name);
	closedir(stream);
}

static int by_use(const void *left, const void *right)
{
	const struct kept_file *a = left, *b = right;

	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
	return (a->used.tv_nsec > b->used.tv_nsec) - (a->used.tv_nsec < b->used.tv_nsec);
}

void cache_directory_shrink(int directory, uint64_t limit)
{
	struct kept_files files = { 0 };

	list_files(&files, directory);
	if (files.count)
		qsort(files.items, files.count, sizeof(*files.items), by_use);
	for (size_t i = 0; i < files.count && files.bytes > limit; i++) {
		if (unlinkat(directory, files.items[i].name, 0) == 0)
			files.bytes -= files.items[i].bytes;
	}
	free(files.items);
}
