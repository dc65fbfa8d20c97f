#ifndef CKPT_CLI_STOP_SIGNALS_H
#define CKPT_CLI_STOP_SIGNALS_H

#include <stdatomic.h>

#include "engine/base/error.h"

/*
 * SIGINT and SIGTERM as a number that changes: a thread of its own reads them, so there is no handler and
 * nothing global. A second one ends the program as if nobody had listened, for a run that does not stop; what
 * comes within half a second of the first counts as the same. Signals that are ignored (nohup, a shell's
 * background jobs) stay so.
 */
struct stop_signals;

/* Before any other thread is started, for they inherit the mask. Sets *@stop to the signal's number. */
int stop_signals_new(struct stop_signals **out, _Atomic int *stop, struct error *err);
void stop_signals_free(struct stop_signals *signals);

#endif
