#ifndef CKPT_SCANNERS_MEMBER_TABLE_H
#define CKPT_SCANNERS_MEMBER_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a member is to a checkpoint by its name, as engines put them beside the images:
 *
 *	checkpoint/		images, archives of tmpfs mounts
 *	rootfs-diff.tar, devshm-checkpoint.tar, ctr.log, volumes/data.tar ...
 *
 * of Docker	containers/ID/checkpoints/NAME/ and containers/ID/ID-json.log
 */
enum member_part {
	PART_NONE, /* not of this checkpoint, or it only describes it */
	PART_ROOTFS_DIFF,
	PART_SHM,
	PART_VOLUME,
	PART_TMPFS,
	PART_LOG,
	PART_FILE, /* nobody knows what it is */
};

struct member_place {
	enum member_part part;
	const char *name; /* within the checkpoint's folder: "volumes/data.tar", "ctr.log" */
	const char *base; /* its last name */
	size_t base_length; /* PART_VOLUME: of the volume's name */
};

/*
 * @directory: of the images. @whole: an engine described the container in the folder that they stand in, so all that is
 * below it belongs to the checkpoint; else only what stands in it. What @out points to lies in @name.
 */
void member_place_find(struct member_place *out, const char *directory, bool whole,
		       const char *name);

/* Whether a file of this base name only tells of the dump, wherever it stands: none of its bytes are the container's. */
bool member_describes(const char *base);
/*
 * Whether a file may be needed when all names are known; else it can pass. @name: within the archive; of a layer most
 * files are its root file system's.
 */
bool member_may_belong(const char *name, bool in_layer);

/* The length of a path without its last @levels names; false: it has not that many. */
bool path_above(const char *path, size_t levels, size_t *length);

#endif
