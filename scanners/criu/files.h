#ifndef CKPT_SCANNERS_CRIU_FILES_H
#define CKPT_SCANNERS_CRIU_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/bytes.h"
#include "scanners/checkpoint.h"
#include "scanners/criu/image.h"

/*
 * Open and mapped files by id: files.img, or the images before CRIU 3.4, which had one for each type
 * (reg-files.img, pipes.img...).
 */
enum file_type {
	FILE_REGULAR,
	FILE_MEMFD,
	FILE_PIPE,
	FILE_FIFO,
	FILE_SOCKET,
	FILE_TERMINAL,
	FILE_BPF_MAP,
	FILE_OTHER, /* nothing more than its kind is known */
};

/* FILE_SOCKET, as the images have it. */
struct file_socket {
	uint32_t inode, family, type, protocol, state;
	uint32_t peer; /* Unix: inode of the other end; 0: none */
	uint32_t local_port, remote_port;
	uint32_t local[4], remote[4]; /* words as they lay in the machine's memory */
	uint32_t local_words, remote_words; /* 1: IPv4, 4: IPv6, 0: not known */
	struct bytes name; /* Unix; a zero byte in front: abstract */
};
enum socket_family {
	FAMILY_UNIX = 1,
	FAMILY_IPV4 = 2,
	FAMILY_IPV6 = 10,
	FAMILY_NETLINK = 16,
	FAMILY_PACKET = 17,
};
enum socket_type { SOCKET_STREAM = 1, SOCKET_DATAGRAM = 2, SOCKET_RAW = 3 };

struct file_entry {
	uint32_t id;
	enum file_type type;
	enum open_file_kind kind;
	const char *path; /* FILE_REGULAR: in the container; FILE_BPF_MAP: its name; else NULL */
	uint64_t inode_id; /* FILE_MEMFD: of memfd.img */
	uint32_t number; /* pipe, terminal or map */
	uint32_t place; /* id of the regular file that names it; 0: none */
	uint32_t flags;
	bool has_size;
	uint64_t size;
	struct bytes build_id;
	const struct file_socket *socket; /* FILE_SOCKET */
	size_t order; /* of those with one id the first counts */
};

struct files {
	struct file_entry *items; /* by id, each once */
	size_t count, capacity;
	struct arena *strings;
};

/* Of an id that comes twice the first stays, with a warning. */
int files_parse(struct files *out, const struct image *image, struct error *err);
/* An image of one type only; IMAGE_REG_FILES and its like. */
int files_parse_single(struct files *out, const struct image *image, enum image_kind kind,
		       struct error *err);
void files_release(struct files *files);
/* NULL: none. */
const struct file_entry *files_find(const struct files *files, uint64_t id);
/* What CRIU's number for a type of file means. */
enum open_file_kind files_kind_of_type(uint32_t type);

#endif
