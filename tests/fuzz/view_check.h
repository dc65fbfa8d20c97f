#ifndef CKPT_TESTS_VIEW_CHECK_H
#define CKPT_TESTS_VIEW_CHECK_H

#include "scanners/look.h"

/*
 * Everything that the looking commands write of a checkpoint: rows of JSON are JSON, and text is text that a terminal
 * may have, whatever its names hold. What does not hold ends the run.
 */
void check_views(const struct look *look);

#endif
