#include "cli/rules_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"

struct name_list {
	const char **items;
	size_t count, capacity;
};

struct walk {
	struct arena *arena;
	const char *root;
	struct name_list directories; /* below @root, "" for itself; each is opened in its turn */
	struct name_list files;
};

static int add_name(struct name_list *list, const char *name, struct error *err)
{
	const char **grown =
		array_grow(list->items, &list->capacity, list->count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory(err, "a directory of rules");
	list->items = grown;
	list->items[list->count++] = name;
	return 0;
}

/* "FIRST/SECOND", or the other where one is empty. */
static const char *join(struct arena *arena, const char *first, const char *second)
{
	size_t length = strlen(first), rest = strlen(second) + 1;
	bool slash = length && rest > 1 && first[length - 1] != '/';
	char *path = arena_alloc(arena, length + slash + rest);

	if (!path)
		return NULL;
	memcpy(path, first, length);
	if (slash)
		path[length] = '/';
	memcpy(path + length + slash, second, rest);
	return path;
}

static bool is_rules_name(const char *name)
{
	static const char *const endings[] = { ".yar", ".yara", ".rules" };
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending && i < sizeof(endings) / sizeof(*endings); i++) {
		if (strcmp(ending, endings[i]) == 0)
			return true;
	}
	return false;
}

static int cannot_read(const char *path, struct error *err)
{
	switch (errno) {
	case EACCES:
	case ELOOP:
	case ENAMETOOLONG:
	case ENOENT:
	case ENOTDIR:
	case EPERM:
		return error_set(err, ERROR_NOT_FOUND, 0, "%s: %s", path, strerror(errno));
	default:
		return error_set(err, ERROR_SYSTEM, errno, "%s", path);
	}
}

static int add_file(struct walk *walk, const char *below, const struct stat *info,
		    struct error *err)
{
	return S_ISREG(info->st_mode) ? add_name(&walk->files, below, err) : 0;
}

/* What a link leads to counts only if it is a file; one that leads nowhere is an error if its name says rules. */
static int add_link(struct walk *walk, const char *path, const char *below, struct error *err)
{
	struct stat info;

	if (!is_rules_name(below))
		return 0;
	if (stat(path, &info) < 0)
		return cannot_read(path, err);
	return add_file(walk, below, &info, err);
}

static int add_entry(struct walk *walk, const char *directory, const char *name, struct error *err)
{
	const char *below = join(walk->arena, directory, name);
	const char *path = below ? join(walk->arena, walk->root, below) : NULL;
	struct stat info;

	if (!path)
		return error_no_memory(err, "a directory of rules");
	if (lstat(path, &info) < 0)
		return errno == ENOENT ? 0 : cannot_read(path, err);
	if (S_ISDIR(info.st_mode))
		return add_name(&walk->directories, below, err);
	if (S_ISLNK(info.st_mode))
		return add_link(walk, path, below, err);
	return is_rules_name(name) ? add_file(walk, below, &info, err) : 0;
}

static int read_entries(struct walk *walk, DIR *stream, const char *path, const char *directory,
			struct error *err)
{
	const struct dirent *entry;
	int ret = 0;

	errno = 0;
	while (!ret && (entry = readdir(stream))) {
		if (entry->d_name[0] != '.')
			ret = add_entry(walk, directory, entry->d_name, err);
		errno = 0;
	}
	return ret || !errno ? ret : cannot_read(path, err);
}

static int read_directory(struct walk *walk, const char *directory, struct error *err)
{
	const char *path = join(walk->arena, walk->root, directory);
	DIR *stream = path ? opendir(path) : NULL;
	int ret;

	if (!path)
		return error_no_memory(err, "a directory of rules");
	if (!stream)
		return cannot_read(path, err);
	ret = read_entries(walk, stream, path, directory, err);
	closedir(stream);
	return ret;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int list_files(struct directory_file **out, struct walk *walk, struct error *err)
{
	const struct name_list *names = &walk->files;
	struct directory_file *files;

	if (!names->count)
		return error_set(err, ERROR_NOT_FOUND, 0,
				 "%s: no *.yar, *.yara or *.rules below it", walk->root);
	qsort(names->items, names->count, sizeof(*names->items), by_name);
	files = arena_alloc_array(walk->arena, names->count, sizeof(*files));
	for (size_t i = 0; files && i < names->count; i++) {
		files[i].below = names->items[i];
		files[i].path = join(walk->arena, walk->root, names->items[i]);
		if (!files[i].path)
			files = NULL;
	}
	if (!files)
		return error_no_memory(err, "a directory of rules");
	*out = files;
	return 0;
}

int rules_directory_list(struct directory_file **out, size_t *count, struct arena *arena,
			 const char *directory, struct error *err)
{
	struct walk walk = { .arena = arena, .root = directory };
	int ret = add_name(&walk.directories, "", err);

	for (size_t i = 0; !ret && i < walk.directories.count; i++)
		ret = read_directory(&walk, walk.directories.items[i], err);
	if (!ret)
		ret = list_files(out, &walk, err);
	if (!ret)
		*count = walk.files.count;
	free(walk.directories.items);
	free(walk.files.items);
	return ret;
}
