#ifndef CKPT_SCANNERS_CRIU_CORE_H
#define CKPT_SCANNERS_CRIU_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "scanners/checkpoint.h"
#include "scanners/criu/image.h"

#define CORE_NAME_BYTES 16

/* core-T.img: facts about one thread, and about its process if it is the leader. */
struct core {
	bool decoded;
	bool leader; /* of a process: its thread id is the process id */
	enum process_state state;
	bool has_uid;
	uint32_t uid;
	uint32_t machine; /* CRIU's number of the architecture; 0: not known */
	char name[CORE_NAME_BYTES]; /* comm; any bytes */
};

int core_parse(struct core *out, const struct image *image, struct error *err);
/* Bytes of a page where the architecture has only one size, else its most common. */
uint64_t core_machine_page_bytes(uint32_t machine);

#endif
