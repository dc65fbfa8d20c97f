#ifndef CKPT_ENGINE_REGEX_LINKS_H
#define CKPT_ENGINE_REGEX_LINKS_H

#include "engine/regex/program.h"

/*
 * What follows from a program's instructions and sets, which are complete: before, before_start and last_bytes.
 * Every number in them must lie within the program. Only fails without memory.
 */
int regex_program_link(struct regex_program *program, struct error *err);

#endif
