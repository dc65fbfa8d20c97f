#ifndef CKPT_RULES_SLOW_WARNINGS_H
#define CKPT_RULES_SLOW_WARNINGS_H

#include "engine/database.h"
#include "rules/diagnostic.h"
#include "rules/ruleset.h"

/*
 * Warns of strings of which so many candidates are expected that confirming them is the better part of a scan: YARA's
 * "may slow down scanning", by what the engine knows instead of YARA's quality of atoms.
 */
void slow_warnings_add(struct diagnostics *notes, const struct ruleset *rules,
		       const struct database *database);

#endif
