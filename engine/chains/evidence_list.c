#include "engine/chains/evidence_list.h"

#include <stdlib.h>
#include <string.h>

void evidence_list_init(struct evidence_list *evidence, size_t most)
{
	evidence->sorted = false;
	kept_list_init(&evidence->list, most);
}

void evidence_list_release(struct evidence_list *evidence)
{
	kept_list_release(&evidence->list);
}

static size_t bytes_of(const struct kept_evidence *kept)
{
	return sizeof(*kept) + kept->before_length + kept->data_length + kept->after_length;
}

static void forget(struct match_credit *credit, struct kept_evidence *kept)
{
	if (!kept)
		return;
	match_credit_return(credit, bytes_of(kept));
	free(kept);
}

static uint8_t *append(uint8_t *to, const uint8_t *from, size_t length)
{
	if (length)
		memcpy(to, from, length);
	return to + length;
}

static struct kept_evidence *copy(const struct evidence_bytes *bytes)
{
	const struct kept_evidence shape = { bytes->before_length, bytes->data_length,
					     bytes->after_length, 0 };
	struct kept_evidence *kept = malloc(bytes_of(&shape));
	uint8_t *to;

	if (!kept)
		return NULL;
	*kept = shape;
	to = append(kept->bytes, bytes->before, bytes->before_length);
	to = append(to, bytes->data, bytes->data_length);
	append(to, bytes->after, bytes->after_length);
	return kept;
}

/* ERROR_LIMIT: the budget does not have it. */
static int add_paid(struct evidence_list *evidence, struct match_credit *credit, uint64_t position,
		    const struct evidence_bytes *bytes, struct error *err)
{
	uint64_t paid = sizeof(struct kept_evidence) + (uint64_t)bytes->before_length +
			bytes->data_length + bytes->after_length +
			kept_list_growth(&evidence->list, 0, true);
	struct kept_evidence *kept, *forgotten;

	if (!match_credit_use(credit, paid))
		return ERROR_LIMIT;
	kept = copy(bytes);
	if (!kept || !kept_list_add(&evidence->list, position, 0, kept, &forgotten)) {
		free(kept);
		match_credit_return(credit, paid);
		return error_no_memory(err, "the bytes of a match");
	}
	forget(credit, forgotten);
	return 0;
}

int evidence_list_add(struct evidence_list *evidence, struct match_credit *credit,
		      uint64_t position, const struct evidence_bytes *bytes, struct error *err)
{
	int ret = add_paid(evidence, credit, position, bytes, err);

	while (ret == ERROR_LIMIT) {
		struct kept_evidence *forgotten;

		if (!kept_list_give_way(&evidence->list, position, &forgotten))
			return 0;
		forget(credit, forgotten);
		ret = add_paid(evidence, credit, position, bytes, err);
	}
	return ret;
}

const struct kept_evidence *evidence_list_find(struct evidence_list *evidence, uint64_t position)
{
	struct kept_list *list = &evidence->list;
	size_t low = 0, high = list->count;

	if (!evidence->sorted)
		kept_list_sort(list);
	evidence->sorted = true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->addresses[middle] < position)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->addresses[low] == position ? list->evidence[low] : NULL;
}
