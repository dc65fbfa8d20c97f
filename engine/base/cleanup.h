#ifndef CKPT_ENGINE_BASE_CLEANUP_H
#define CKPT_ENGINE_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/* For the plain cases, undone at the end of the scope; everything else has one exit with goto. */
static inline void cleanup_free_pointer(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close_descriptor(const int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
}

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free_pointer)))
#define CLEANUP_CLOSE __attribute__((cleanup(cleanup_close_descriptor)))

#endif
