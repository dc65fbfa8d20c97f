#include "engine/machine/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/cleanup.h"

#define LONGEST_FILE 16384

/* One controller in one group; @directory ends without a slash. */
typedef void narrow_here(struct machine_limits *limits, const char *directory);

/* Reads the head of a small file as text; false when there is none. */
static bool read_text(const char *directory, const char *name, char *text, size_t size)
{
	char path[2 * PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	return true;
}

/* A decimal number that fits, at the start of @text; *@end is what follows. */
static bool parse_number(const char *text, uint64_t *out, const char **end)
{
	char *rest;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &rest, 10);
	if (end)
		*end = rest;
	return errno == 0;
}

static void narrow_cores(struct machine_limits *limits, uint64_t quota, uint64_t period)
{
	if (!quota || !period)
		return;

	uint64_t cores = quota / period + (quota % period != 0);

	if (cores < limits->cores)
		limits->cores = (size_t)cores;
}

static void narrow_memory(struct machine_limits *limits, uint64_t bytes)
{
	if (bytes && bytes < limits->memory_bytes)
		limits->memory_bytes = bytes;
}

static void narrow_unified(struct machine_limits *limits, const char *directory)
{
	char text[256];
	const char *rest;
	uint64_t quota, period;

	if (read_text(directory, "cpu.max", text, sizeof(text)) &&
	    parse_number(text, &quota, &rest) && *rest == ' ' &&
	    parse_number(rest + 1, &period, NULL))
		narrow_cores(limits, quota, period);
	if (read_text(directory, "memory.max", text, sizeof(text)) &&
	    parse_number(text, &quota, NULL))
		narrow_memory(limits, quota);
}

static void narrow_old_cpu(struct machine_limits *limits, const char *directory)
{
	char quota_text[64], period_text[64];
	uint64_t quota, period;

	if (read_text(directory, "cpu.cfs_quota_us", quota_text, sizeof(quota_text)) &&
	    read_text(directory, "cpu.cfs_period_us", period_text, sizeof(period_text)) &&
	    parse_number(quota_text, &quota, NULL) && parse_number(period_text, &period, NULL))
		narrow_cores(limits, quota, period);
}

static void narrow_old_memory(struct machine_limits *limits, const char *directory)
{
	char text[64];
	uint64_t bytes;

	if (read_text(directory, "memory.limit_in_bytes", text, sizeof(text)) &&
	    parse_number(text, &bytes, NULL))
		narrow_memory(limits, bytes);
}

/*
 * A limit of any group above holds as well. Within a container the groups above the mount are
 * out of sight, and the path may be one of the host's that does not exist here: what is missing
 * is passed over, and the mount itself comes last.
 */
static void walk_up(struct machine_limits *limits, const char *root, const char *mount,
		    const char *group, narrow_here *narrow)
{
	char directory[PATH_MAX];
	int base = snprintf(directory, sizeof(directory), "%s/sys/fs/cgroup%s", root, mount);
	int length;

	if (base < 0 || (size_t)base >= sizeof(directory))
		return;
	length = snprintf(directory + base, sizeof(directory) - (size_t)base, "%s", group);
	if (length < 0 || (size_t)length >= sizeof(directory) - (size_t)base ||
	    strstr(group, "/.."))
		directory[base] = '\0';
	for (;;) {
		char *slash = strrchr(directory + base, '/');

		narrow(limits, directory);
		if (!slash)
			return;
		*slash = '\0';
	}
}

static bool list_has(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *item = list; item; item = strchr(item, ',')) {
		item += *item == ',';
		if (!strncmp(item, name, length) && (!item[length] || item[length] == ','))
			return true;
	}
	return false;
}

/* Controllers that go together are mounted under all their names; that one of them leads there is only usual. */
static void walk_old(struct machine_limits *limits, const char *root, const char *controller,
		     const char *controllers, const char *group, narrow_here *narrow)
{
	char mount[NAME_MAX + 2];

	snprintf(mount, sizeof(mount), "/%s", controller);
	walk_up(limits, root, mount, group, narrow);
	if (snprintf(mount, sizeof(mount), "/%s", controllers) < (int)sizeof(mount) &&
	    strcmp(controllers, controller) != 0)
		walk_up(limits, root, mount, group, narrow);
}

/* ID:CONTROLLERS:/GROUP, where version 2 has ID 0 and no controllers. */
static void narrow_by_line(struct machine_limits *limits, const char *root, char *line)
{
	char *controllers = strchr(line, ':');
	char *group = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!group)
		return;
	*controllers++ = '\0';
	*group++ = '\0';
	if (!strcmp(line, "0") && !*controllers) {
		walk_up(limits, root, "", group, narrow_unified);
		walk_up(limits, root, "/unified", group, narrow_unified);
	}
	if (list_has(controllers, "cpu"))
		walk_old(limits, root, "cpu", controllers, group, narrow_old_cpu);
	if (list_has(controllers, "memory"))
		walk_old(limits, root, "memory", controllers, group, narrow_old_memory);
}

static void narrow_by_memory_total(struct machine_limits *limits, const char *root)
{
	char text[LONGEST_FILE];
	const char *total;
	uint64_t kibibytes;

	if (!read_text(root, "proc/meminfo", text, sizeof(text)))
		return;
	total = strstr(text, "MemTotal:");
	if (!total)
		return;
	total += strlen("MemTotal:");
	total += strspn(total, " \t");
	if (parse_number(total, &kibibytes, NULL) && kibibytes <= UINT64_MAX / 1024)
		narrow_memory(limits, kibibytes * 1024);
}

void cgroup_narrow(struct machine_limits *limits, const char *root)
{
	char text[LONGEST_FILE];
	char *rest, *line;

	narrow_by_memory_total(limits, root);
	if (!read_text(root, "proc/self/cgroup", text, sizeof(text)))
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		narrow_by_line(limits, root, line);
}
