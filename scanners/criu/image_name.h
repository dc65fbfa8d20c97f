#ifndef CKPT_SCANNERS_CRIU_IMAGE_NAME_H
#define CKPT_SCANNERS_CRIU_IMAGE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The images that become the model of a checkpoint; all others only have a name. */
enum image_kind {
	IMAGE_INVENTORY,
	IMAGE_PROCESS_TREE,
	IMAGE_CORE, /* by thread id */
	IMAGE_MM, /* by process id */
	IMAGE_PAGEMAP, /* by process id */
	IMAGE_PAGEMAP_SHMEM, /* by shared object */
	IMAGE_FILES,
	/* before CRIU 3.4: files of one type each */
	IMAGE_REG_FILES,
	IMAGE_PIPES,
	IMAGE_FIFO,
	IMAGE_INETSK,
	IMAGE_UNIXSK,
	IMAGE_PACKETSK,
	IMAGE_NETLINKSK,
	IMAGE_TTY_FILES,
	IMAGE_EVENTFD,
	IMAGE_EVENTPOLL,
	IMAGE_SIGNALFD,
	IMAGE_TIMERFD,
	IMAGE_INOTIFY,
	IMAGE_FANOTIFY,
	IMAGE_TUNFILE,
	IMAGE_NS_FILES,
	IMAGE_EXT_FILES,
	IMAGE_FDINFO, /* by list of descriptors */
	IMAGE_IDS, /* by process id */
	IMAGE_MOUNTPOINTS, /* by mount namespace */
	IMAGE_MEMFD,
	IMAGE_REMAP_FPATH,
	IMAGE_OLD_VMAS, /* before CRIU 2.0, by process id */
	IMAGE_CIPHER,
	IMAGE_KINDS,
};

/* "core-17.img": what it holds, and of whom. */
struct image_name {
	enum image_kind kind;
	uint64_t number; /* 0 for kinds without one */
};

#define IMAGE_NAME_BYTES 48

/*
 * Only names as CRIU writes them (decimal without leading zeros), so that a name and its struct are one to one.
 */
bool image_name_parse(const char *text, struct image_name *out);
void image_name_print(struct image_name name, char out[IMAGE_NAME_BYTES]);

/* An image of open files, all of one type. */
static inline bool image_kind_is_single_type(enum image_kind kind)
{
	return kind >= IMAGE_REG_FILES && kind <= IMAGE_EXT_FILES;
}

/* The kind with this type magic; IMAGE_KINDS: none of ours. Page maps of both kinds share one. */
enum image_kind image_kind_of_magic(uint32_t magic);
uint32_t image_kind_magic(enum image_kind kind);

/* Shared with scanners/criu/image_set.h. */
bool image_is_pages(const char *name, uint64_t *id);
bool image_is_known(const char *name);

#endif
