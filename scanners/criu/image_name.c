#include "scanners/criu/image_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"

enum numbering { NUMBER_NONE, NUMBER_PROCESS, NUMBER_ANY };

static const struct {
	const char *stem;
	enum numbering numbering;
	uint32_t magic;
} kinds[IMAGE_KINDS] = {
	[IMAGE_INVENTORY] = { "inventory", NUMBER_NONE, 0x58313116 },
	[IMAGE_PROCESS_TREE] = { "pstree", NUMBER_NONE, 0x50273030 },
	[IMAGE_CORE] = { "core-", NUMBER_PROCESS, 0x55053847 },
	[IMAGE_MM] = { "mm-", NUMBER_PROCESS, 0x57492820 },
	[IMAGE_PAGEMAP] = { "pagemap-", NUMBER_PROCESS, 0x56084025 },
	[IMAGE_PAGEMAP_SHMEM] = { "pagemap-shmem-", NUMBER_ANY, 0x56084025 },
	[IMAGE_FILES] = { "files", NUMBER_NONE, 0x56303138 },
	[IMAGE_REG_FILES] = { "reg-files", NUMBER_NONE, 0x50363636 },
	[IMAGE_PIPES] = { "pipes", NUMBER_NONE, 0x56513555 },
	[IMAGE_FIFO] = { "fifo", NUMBER_NONE, 0x58364939 },
	[IMAGE_INETSK] = { "inetsk", NUMBER_NONE, 0x56443851 },
	[IMAGE_UNIXSK] = { "unixsk", NUMBER_NONE, 0x54373943 },
	[IMAGE_PACKETSK] = { "packetsk", NUMBER_NONE, 0x60454618 },
	[IMAGE_NETLINKSK] = { "netlinksk", NUMBER_NONE, 0x58005614 },
	[IMAGE_TTY_FILES] = { "tty", NUMBER_NONE, 0x59433025 },
	[IMAGE_EVENTFD] = { "eventfd", NUMBER_NONE, 0x44523722 },
	[IMAGE_EVENTPOLL] = { "eventpoll", NUMBER_NONE, 0x45023858 },
	[IMAGE_SIGNALFD] = { "signalfd", NUMBER_NONE, 0x57323820 },
	[IMAGE_TIMERFD] = { "timerfd", NUMBER_NONE, 0x50493712 },
	[IMAGE_INOTIFY] = { "inotify", NUMBER_NONE, 0x48424431 },
	[IMAGE_FANOTIFY] = { "fanotify", NUMBER_NONE, 0x55096122 },
	[IMAGE_TUNFILE] = { "tunfile", NUMBER_NONE, 0x57143751 },
	[IMAGE_NS_FILES] = { "ns-files", NUMBER_NONE, 0x61394011 },
	[IMAGE_EXT_FILES] = { "ext-files", NUMBER_NONE, 0x59255641 },
	[IMAGE_FDINFO] = { "fdinfo-", NUMBER_PROCESS, 0x56213732 },
	[IMAGE_IDS] = { "ids-", NUMBER_PROCESS, 0x54432030 },
	[IMAGE_MOUNTPOINTS] = { "mountpoints-", NUMBER_PROCESS, 0x55563928 },
	[IMAGE_MEMFD] = { "memfd", NUMBER_NONE, 0x48453499 },
	[IMAGE_REMAP_FPATH] = { "remap-fpath", NUMBER_NONE, 0x59133954 },
	[IMAGE_OLD_VMAS] = { "vmas-", NUMBER_PROCESS, 0x54123737 },
	[IMAGE_CIPHER] = { "cipher", NUMBER_NONE, 0x50034653 },
};

/* What else CRIU and the engines around it write into a directory of images. */
static const char *const other_stems[] = {
	"amdgpu-",	"apparmor",  "autofs-",	    "bpfmap-",	   "cgroup",	"cpuinfo",
	"creds-",	"eventfd",   "eventpoll",   "ext-files",   "fanotify",	"fdinfo-",
	"fifo",		"filelocks", "fs-",	    "ghost-file-", "ids-",	"ifaddr-",
	"inetsk",	"inotify",   "ip6tables-",  "ipcns-",	   "iptables-", "itimers-",
	"mountpoints-", "netdev-",   "netlinksk",   "netns-",	   "nftables-", "ns-files",
	"packetsk",	"pages-",    "pidfd",	    "pidns-",	   "pipes",	"posix-timers-",
	"route-",	"route6-",   "rule-",	    "seccomp",	   "sigacts-",	"signal-",
	"signalfd",	"sk-queues", "tcp-stream-", "timens-",	   "timerfd",	"tmpfs-",
	"tty",		"tunfile",   "unixsk",	    "userns-",	   "utsns-",
};
static const char *const whole_names[] = { "stats-dump", "stats-restore", "irmap-cache",
					   "descriptors.json", "parent" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Decimal digits of @text up to ".img" and the end. */
static bool parse_number(const char *text, uint64_t *out)
{
	uint64_t number = 0;
	const char *at = text;

	if (*at == '0' && at[1] >= '0' && at[1] <= '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
			return false;
	}
	if (at == text || strcmp(at, ".img") != 0)
		return false;
	*out = number;
	return true;
}

static bool parse_as(enum image_kind kind, const char *text, struct image_name *out)
{
	size_t length = strlen(kinds[kind].stem);
	uint64_t number = 0;

	if (strncmp(text, kinds[kind].stem, length) != 0)
		return false;
	if (kinds[kind].numbering == NUMBER_NONE ? strcmp(text + length, ".img") != 0
						 : !parse_number(text + length, &number))
		return false;
	if (kinds[kind].numbering == NUMBER_PROCESS && number > UINT32_MAX)
		return false;
	*out = (struct image_name){ kind, number };
	return true;
}

bool image_name_parse(const char *text, struct image_name *out)
{
	for (size_t kind = 0; kind < IMAGE_KINDS; kind++) {
		if (parse_as((enum image_kind)kind, text, out))
			return true;
	}
	return false;
}

void image_name_print(struct image_name name, char out[IMAGE_NAME_BYTES])
{
	if (kinds[name.kind].numbering != NUMBER_NONE)
		snprintf(out, IMAGE_NAME_BYTES, "%s%" PRIu64 ".img", kinds[name.kind].stem,
			 name.number);
	else
		snprintf(out, IMAGE_NAME_BYTES, "%s.img", kinds[name.kind].stem);
}

enum image_kind image_kind_of_magic(uint32_t magic)
{
	for (size_t kind = 0; kind < IMAGE_KINDS; kind++) {
		if (kinds[kind].magic == magic)
			return (enum image_kind)kind;
	}
	return IMAGE_KINDS;
}

uint32_t image_kind_magic(enum image_kind kind)
{
	return kinds[kind].magic;
}

bool image_is_pages(const char *name, uint64_t *id)
{
	static const char stem[] = "pages-";

	return strncmp(name, stem, sizeof(stem) - 1) == 0 &&
	       parse_number(name + sizeof(stem) - 1, id);
}

bool image_is_known(const char *name)
{
	for (size_t i = 0; i < COUNT(whole_names); i++) {
		if (strcmp(name, whole_names[i]) == 0)
			return true;
	}
	if (!string_ends_with(name, ".img"))
		return false;
	for (size_t kind = 0; kind < IMAGE_KINDS; kind++) {
		if (strncmp(name, kinds[kind].stem, strlen(kinds[kind].stem)) == 0)
			return true;
	}
	for (size_t i = 0; i < COUNT(other_stems); i++) {
		if (strncmp(name, other_stems[i], strlen(other_stems[i])) == 0)
			return true;
	}
	return false;
}
