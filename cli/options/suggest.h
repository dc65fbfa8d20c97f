#ifndef CKPT_CLI_OPTIONS_SUGGEST_H
#define CKPT_CLI_OPTIONS_SUGGEST_H

#include <stddef.h>

/*
 * The name that @word was probably meant to be: the only one that begins with it, else the nearest by
 * inserted, missing, wrong or swapped letters, one for each three letters of the name. NULL: none is near.
 */
const char *suggest(const char *word, const char *const *names, size_t count);

#endif
