#ifndef CKPT_TESTS_PACKED_FILES_H
#define CKPT_TESTS_PACKED_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An input of several files (file_list.h) packed into archives. What a name means:
 *
 *	NAME		a member of the operand
 *	~NAME =NAME	a member of an archive of earlier images, of a root file system
 *	ARCHIVE!NAME	a member of a tar within; ARCHIVE$NAME: of one that is compressed (gzip), ARCHIVE^NAME (zstd)
 *	NAME@ NAME&	a symbolic or a hard link, to what its bytes say
 *	NAME*N		its bytes again and again, up to N pages
 *	:raw		the operand itself, as it stands
 *	:tar		the same, a tar whose headers get their sums
 *
 * Failures of memory end the run.
 */
struct packed_operand;

enum packed_part { PART_OPERAND, PART_PARENT, PART_ROOTFS, PACKED_PARTS };
enum packing { PACKING_PLAIN, PACKING_GZIP, PACKING_ZSTD, PACKINGS };

struct packed_operand *packed_operand_new(const uint8_t *data, size_t length);
void packed_operand_free(struct packed_operand *operand);
/* A file that holds it; NULL: there is none. Lent. */
const char *packed_operand_path(const struct packed_operand *operand, enum packed_part part,
				enum packing packing);
/* Whether what passes tells as much as what lies in place. */
bool packed_operand_can_repack(const struct packed_operand *operand);

#endif
