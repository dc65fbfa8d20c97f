#ifndef CKPT_ENGINE_SEARCH_MEASURE_H
#define CKPT_ENGINE_SEARCH_MEASURE_H

#include <stdatomic.h>
#include <stdint.h>

/* One step of a search alone, for whoever measures what it costs: queue, reader and seams are those of a whole search. */
enum search_step {
	STEP_READ, /* every byte is read, and nothing is looked for: no target has a match */
	STEP_CANDIDATES, /* candidates are found and counted: likewise */
	STEP_CONFIRM, /* the whole search; what confirming takes is counted apart */
};

struct search_measure {
	enum search_step step;
	_Atomic uint64_t sum; /* STEP_READ: of what was read, so that no compiler leaves it out */
	_Atomic uint64_t candidates; /* STEP_CANDIDATES */
	_Atomic uint64_t confirm_ns; /* STEP_CONFIRM: of all workers together */
};

#endif
