#include "engine/search/measure.h"

#include <string.h>

/* Several sums side by side, so that adding is not what it waits for. */
static uint64_t sum_of(const struct piece *piece)
{
	uint64_t sums[8] = { 0 }, sum = 0;
	size_t i = 0;

	for (; piece->length - i >= sizeof(sums); i += sizeof(sums)) {
		uint64_t words[8];

		memcpy(words, piece->data + i, sizeof(words));
		for (size_t j = 0; j < 8; j++)
			sums[j] += words[j];
	}
	for (; i < piece->length; i++)
		sum += piece->data[i];
	for (size_t j = 0; j < 8; j++)
		sum += sums[j];
	return sum;
}

/* Relaxed: figures that are read when the search has ended. */
static void count(_Atomic uint64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static int count_candidates(struct search_measure *measure, struct scanner *scanner,
			    const struct piece *piece, struct error *err)
{
	uint64_t candidates = 0;
	int ret = scanner_count_candidates(scanner, piece->data, piece->length, &candidates, err);

	count(&measure->candidates, candidates);
	return ret;
}

int measure_piece(struct search_measure *measure, struct scanner *scanner,
		  const struct piece *piece, const struct piece_targets *targets, struct error *err)
{
	uint64_t confirm_ns = 0;
	int ret;

	switch (measure->step) {
	case STEP_READ:
		count(&measure->sum, sum_of(piece));
		return 0;
	case STEP_CANDIDATES:
		return count_candidates(measure, scanner, piece, err);
	case STEP_CONFIRM:
		break;
	}
	ret = scanner_scan_timed(scanner, piece, targets, &confirm_ns, err);
	count(&measure->confirm_ns, confirm_ns);
	return ret;
}
