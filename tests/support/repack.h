#ifndef CKPT_TESTS_SUPPORT_REPACK_H
#define CKPT_TESTS_SUPPORT_REPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The members of an archive in memory, to be written again in another form. Failures end the test. */
struct packed_member {
	char *name;
	uint8_t *data;
	size_t length;
	bool directory;
	char *link; /* of a symbolic link, its target; NULL: it is none */
	long time;
};

struct package {
	struct packed_member *members;
	size_t count, capacity;
};

enum package_order { ORDER_AS_IS, ORDER_REVERSED, ORDER_PAGES_FIRST };

void package_load(struct package *package, const char *path);
void package_release(struct package *package);
struct packed_member *package_find(struct package *package, const char *name);
/* Copies; a member of that name is replaced. The members may move. */
void package_add(struct package *package, const char *name, const void *data, size_t length);
void package_remove(struct package *package, const char *name);
/* Behind all others. */
void package_move_last(struct package *package, const char *name);

/* @filter: libarchive's name of it, NULL: none. */
void package_write_tar(const struct package *package, const char *path, const char *filter,
		       enum package_order order);
void package_write_directory(const struct package *package, const char *path);

/* The same bytes in memory, malloc'd. */
uint8_t *package_pack_tar(const struct package *package, const char *filter, size_t *length);

/* Whole files. */
uint8_t *file_load(const char *path, size_t *length);
void file_write(const char *path, const void *data, size_t length);

#endif
