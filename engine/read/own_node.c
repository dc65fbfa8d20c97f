#include "engine/read/own_node.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/cleanup.h"

#define LONGEST_LIST 16384
#define CPUS (sizeof(struct cpu_list) * CHAR_BIT)

static bool read_list(const char *root, size_t node, char *text, size_t size)
{
	char path[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "%s/sys/devices/system/node/node%zu/cpulist", root, node);
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	if (length <= 0 || (size_t)length == size - 1)
		return false;
	text[length] = '\0';
	return true;
}

static bool parse_cpu(const char **text, size_t *cpu)
{
	unsigned long value;
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	value = strtoul(*text, &end, 10);
	*text = end;
	*cpu = value;
	return errno == 0 && value < CPUS;
}

/* 0-3,8,10-11 */
static bool parse_list(const char *text, struct cpu_list *out)
{
	size_t first, last;

	memset(out, 0, sizeof(*out));
	for (;;) {
		if (!parse_cpu(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!parse_cpu(&text, &last))
				return false;
		}
		for (size_t cpu = first; cpu <= last; cpu++)
			CPU_SET_S(cpu, sizeof(out->sets), out->sets);
		if (*text != ',')
			return *text == '\n' || *text == '\0';
		text++;
	}
}

bool own_node_cpus(const char *root, size_t node, struct cpu_list *out)
{
	char text[LONGEST_LIST];

	return read_list(root, node, text, sizeof(text)) && parse_list(text, out);
}

bool own_node_narrow(struct cpu_list *usable, const struct cpu_list *node)
{
	const size_t bytes = sizeof(usable->sets);
	int before = CPU_COUNT_S(bytes, usable->sets), left;

	CPU_AND_S(bytes, usable->sets, usable->sets, node->sets);
	left = CPU_COUNT_S(bytes, usable->sets);
	return left > 0 && left < before;
}

void own_node_stay(void)
{
	struct cpu_list usable, own;
	unsigned int node;

	memset(&usable, 0, sizeof(usable));
	if (getcpu(NULL, &node) != 0 || !own_node_cpus("", node, &own) ||
	    sched_getaffinity(0, sizeof(usable.sets), usable.sets) != 0)
		return;
	if (own_node_narrow(&usable, &own))
		sched_setaffinity(0, sizeof(usable.sets), usable.sets);
}
