#ifndef CKPT_ENGINE_BASE_THREAD_H
#define CKPT_ENGINE_BASE_THREAD_H

#include <pthread.h>

/*
 * A thread of our own: signals are for the threads that have somebody to tell, but those of a fault (a bad access)
 * concern the thread that made it. Returns what pthread_create() does.
 */
int thread_start(pthread_t *out, void *(*run)(void *argument), void *argument);

#endif
