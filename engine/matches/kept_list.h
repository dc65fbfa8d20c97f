#ifndef CKPT_ENGINE_MATCHES_KEPT_LIST_H
#define CKPT_ENGINE_MATCHES_KEPT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The lowest addresses of many, at most a given number, with their lengths and
 * perhaps their bytes. Each a column of its own, and a column only where it
 * says something: addresses always, lengths once two differ, evidence when
 * some match has any.
 */
struct kept_evidence { /* of one match; malloc'd, owned by the list */
	uint32_t before_length, data_length, after_length;
	uint32_t xor_key;
	uint8_t bytes[]; /* before, data, after */
};

struct kept_list {
	/* In the order they came. Full or closed: a heap, highest first, unless they came in order. */
	uint64_t *addresses;
	uint64_t *lengths; /* NULL: all are common_length */
	struct kept_evidence **evidence; /* NULL: none has any */
	uint64_t common_length;
	size_t count, capacity;
	size_t most; /* count never exceeds it; at least 1 */
	uint64_t closed; /* no address from there on is kept; UINT64_MAX: it is open */
	bool heap;
	bool mixed; /* some came below the one before it */
};

void kept_list_init(struct kept_list *list, size_t most);
void kept_list_release(struct kept_list *list);

/* Of a list that is full. */
static inline uint64_t kept_list_highest(const struct kept_list *list)
{
	return list->addresses[list->heap ? 0 : list->count - 1];
}

/* Whether a match at @address would be kept. */
static inline bool kept_list_wants(const struct kept_list *list, uint64_t address)
{
	if (list->closed != UINT64_MAX && address >= list->closed)
		return false;
	return list->count < list->most || address < kept_list_highest(list);
}

/* Bytes of memory that kept_list_add() would take for a match of that length, beside its evidence. */
size_t kept_list_growth(const struct kept_list *list, uint64_t length, bool has_evidence);
/* Bytes of memory that the columns take. */
size_t kept_list_bytes(const struct kept_list *list);

/*
 * Keeps a match that kept_list_wants(); owns @evidence (NULL: none). Stores in @forgotten the evidence of the match that
 * had to go, now the caller's, or NULL. False: no memory; then nothing has changed.
 */
bool kept_list_add(struct kept_list *list, uint64_t address, uint64_t length,
		   struct kept_evidence *evidence, struct kept_evidence **forgotten);

/*
 * There is no memory for a match at @address that kept_list_wants(). Where a higher one is kept, the highest goes
 * instead and true is returned; its evidence, or NULL, is stored in @forgotten and is the caller's. So what is kept are
 * the lowest of all, as far as the memory goes.
 */
bool kept_list_give_way(struct kept_list *list, uint64_t address, struct kept_evidence **forgotten);

/* Puts all in order of address; nothing can be added then. */
void kept_list_sort(struct kept_list *list);

static inline uint64_t kept_list_length(const struct kept_list *list, size_t index)
{
	return list->lengths ? list->lengths[index] : list->common_length;
}

#endif
