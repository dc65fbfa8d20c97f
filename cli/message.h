#ifndef CKPT_CLI_MESSAGE_H
#define CKPT_CLI_MESSAGE_H

#include <stdbool.h>

#include "engine/base/error.h"
#include "engine/base/text.h"

/*
 * Standard error. Each message is one write, so that it stays in one piece beside those of other threads and
 * programs; a standard error that cannot be written is nobody's failure.
 */

/* Writes @text as it is: the caller has escaped it. */
void message_write(const struct text *text);
/* "ckpt-scan: MESSAGE", escaped. */
void message_error(const struct error *err);
/* The same with a second line that points at --help. */
void message_usage(const struct error *err);

#endif
