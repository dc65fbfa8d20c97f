#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/machine/cgroup.h"
#include "engine/machine_limits.h"

#define GIB ((uint64_t)1 << 30)

struct made_file {
	const char *path, *text;
};

struct tree {
	const char *name;
	struct made_file files[8];
	size_t cores;
	uint64_t memory_bytes;
};

/* The machine has 64 cores and 1 TiB; each tree narrows that. */
static const struct tree trees[] = {
	{ "nothing there", { { NULL, NULL } }, 64, 1024 * GIB },
	{ "the machine's memory",
	  { { "proc/meminfo", "MemFree:  1 kB\nMemTotal:       8388608 kB\n" } },
	  64,
	  8 * GIB },
	{ "version 2, own group",
	  { { "proc/self/cgroup", "0::/a/b\n" },
	    { "sys/fs/cgroup/a/b/cpu.max", "250000 100000\n" },
	    { "sys/fs/cgroup/a/b/memory.max", "1073741824\n" } },
	  3,
	  GIB },
	{ "version 2, a group above is narrower",
	  { { "proc/self/cgroup", "0::/a/b\n" },
	    { "sys/fs/cgroup/a/b/cpu.max", "max 100000\n" },
	    { "sys/fs/cgroup/a/b/memory.max", "max\n" },
	    { "sys/fs/cgroup/a/cpu.max", "400000 100000\n" },
	    { "sys/fs/cgroup/a/memory.max", "2147483648\n" } },
	  4,
	  2 * GIB },
	{ "version 2, within a container",
	  { { "proc/self/cgroup", "0::/\n" },
	    { "sys/fs/cgroup/cpu.max", "50000 100000\n" },
	    { "sys/fs/cgroup/memory.max", "536870912\n" } },
	  1,
	  GIB / 2 },
	{ "version 2, outside of the own namespace",
	  { { "proc/self/cgroup", "0::/../../x\n" },
	    { "sys/fs/cgroup/cpu.max", "200000 100000\n" } },
	  2,
	  1024 * GIB },
	{ "version 1",
	  { { "proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/c/d\n1:name=systemd:/\n" },
	    { "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "150000\n" },
	    { "sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n" },
	    { "sys/fs/cgroup/cpu/c/d/cpu.cfs_quota_us", "-1\n" },
	    { "sys/fs/cgroup/cpu/c/d/cpu.cfs_period_us", "100000\n" },
	    { "sys/fs/cgroup/memory/m/memory.limit_in_bytes", "3221225472\n" } },
	  2,
	  3 * GIB },
	{ "version 1, mounted under all names of its controllers",
	  { { "proc/self/cgroup", "4:cpu,cpuacct:/c/d\n5:memory:/m\n" },
	    { "sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "450000\n" },
	    { "sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us", "100000\n" } },
	  5,
	  1024 * GIB },
	{ "version 2, nested, each narrower in something",
	  { { "proc/self/cgroup", "0::/a/b/c\n" },
	    { "sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n" },
	    { "sys/fs/cgroup/a/b/c/memory.max", "1073741824\n" },
	    { "sys/fs/cgroup/a/b/cpu.max", "30000 20000\n" },
	    { "sys/fs/cgroup/a/b/memory.max", "8589934592\n" },
	    { "sys/fs/cgroup/a/cpu.max", "16 1\n" } },
	  2,
	  GIB },
	{ "version 2, a sliver of one core",
	  { { "proc/self/cgroup", "0::/a\n" }, { "sys/fs/cgroup/a/cpu.max", "1000 100000\n" } },
	  1,
	  1024 * GIB },
	{ "version 1, a path that is only the host's",
	  { { "proc/self/cgroup", "9:cpuset:/x\n5:memory:/docker/abc\n" },
	    { "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n" } },
	  64,
	  1024 * GIB },
	{ "both versions",
	  { { "proc/self/cgroup", "3:cpuacct,cpu:/c\n0::/u\n" },
	    { "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "700000\n" },
	    { "sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n" },
	    { "sys/fs/cgroup/unified/u/memory.max", "4294967296\n" } },
	  7,
	  4 * GIB },
	{ "nonsense does not narrow",
	  { { "proc/self/cgroup", "0::/a\nno colon\n:\n::\n7:cpu\n" },
	    { "proc/meminfo", "MemTotal: much\n" },
	    { "sys/fs/cgroup/a/cpu.max", "0 0\n" },
	    { "sys/fs/cgroup/a/memory.max", "99999999999999999999999\n" },
	    { "sys/fs/cgroup/cpu.max", "100000\n" },
	    { "sys/fs/cgroup/memory.max", "-5\n" } },
	  64,
	  1024 * GIB },
};

static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

static void make_file(const char *root, const struct made_file *made)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, made->path);
	make_folders(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(made->text, file);
	fclose(file);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

static void groups_and_memory_narrow(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		struct machine_limits limits = { 64, 1024 * GIB };
		char root[] = "/tmp/test-limits-XXXXXX";

		assert_non_null(mkdtemp(root));
		for (size_t j = 0; j < 8 && trees[i].files[j].path; j++)
			make_file(root, &trees[i].files[j]);
		cgroup_narrow(&limits, root);
		nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		if (limits.cores == trees[i].cores && limits.memory_bytes == trees[i].memory_bytes)
			continue;
		print_error("%s: %zu cores, %llu bytes\n", trees[i].name, limits.cores,
			    (unsigned long long)limits.memory_bytes);
		failures++;
	}
	assert_int_equal(failures, 0);
}

static void this_machine_has_limits(void **state)
{
	struct machine_limits limits = machine_limits_read();

	(void)state;
	assert_in_range(limits.cores, 1, (size_t)sysconf(_SC_NPROCESSORS_CONF));
	assert_in_range(limits.memory_bytes, 1 << 20, (uint64_t)1 << 52);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_and_memory_narrow),
		cmocka_unit_test(this_machine_has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
