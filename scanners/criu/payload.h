#ifndef CKPT_SCANNERS_CRIU_PAYLOAD_H
#define CKPT_SCANNERS_CRIU_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/warning.h"
#include "scanners/content.h"

/* Images that hold bytes of files and queues. They may be long: only where they lie is known. */
enum payload_kind {
	PAYLOAD_PIPES, /* pipes-data.img */
	PAYLOAD_FIFOS, /* fifo-data.img */
	PAYLOAD_SOCKETS, /* sk-queues.img: Unix sockets */
	PAYLOAD_TCP, /* tcp-stream-X.img, by inode */
	PAYLOAD_TERMINALS, /* tty-data.img */
	PAYLOAD_MESSAGES, /* ipcns-msg-N.img, by namespace */
	PAYLOAD_SEGMENTS, /* ipcns-shm-N.img, by namespace: shared memory of System V */
	PAYLOAD_BPF_MAPS, /* bpfmap-data.img */
	PAYLOAD_GHOST, /* ghost-file-X.img */
	PAYLOAD_GPU_STATE, /* amdgpu-kfd-I.img and its like: what describes the others */
	PAYLOAD_GPU, /* any other file of the GPU's plugin: bytes as they are */
	PAYLOAD_KINDS,
};

struct payload {
	enum payload_kind kind;
	uint64_t number; /* in the name; 0: none */
	char *name;
	struct stored_bytes bytes;
	size_t order; /* in which they came */
};

/* Zeroed is empty. */
struct payload_table {
	struct payload *items;
	size_t count, capacity;
	bool sorted;
};

/* False: the name of no such image. */
bool payload_name_parse(const char *name, enum payload_kind *kind, uint64_t *number);
/* The same name again replaces the first. Fails with ERROR_USAGE for any other name. */
int payload_table_add(struct payload_table *table, const char *name, struct stored_bytes bytes,
		      struct error *err);
/* By kind, number and name, each once; @warnings hears of those that were replaced. */
int payload_table_sort(struct payload_table *table, struct warning_list *warnings,
		       struct error *err);
/* Those of one kind in a sorted table: the first, and how many. */
const struct payload *payload_table_kind(const struct payload_table *table, enum payload_kind kind,
					 size_t *count);
void payload_table_release(struct payload_table *table);

#endif
