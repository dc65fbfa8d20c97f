#ifndef CKPT_ENGINE_SEARCH_MEASURE_PIECE_H
#define CKPT_ENGINE_SEARCH_MEASURE_PIECE_H

#include "engine/scan.h"
#include "engine/search_measure.h"

/* In place of scanner_scan(): the step that is measured. Any thread, each with its own scanner. */
int measure_piece(struct search_measure *measure, struct scanner *scanner,
		  const struct piece *piece, const struct piece_targets *targets,
		  struct error *err);

#endif
