#ifndef CKPT_ENGINE_READ_INFLATER_H
#define CKPT_ENGINE_READ_INFLATER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "engine/read/lease.h"

/*
 * What lies before the decoder: a file, a pipe that may make it wait, or a range of the file table. The inflating
 * thread's.
 */
struct inflate_input;

/*
 * Lends the next stored bytes, until the next call; length 0 at the end. ERROR_SYSTEM, or ERROR_INTERRUPTED
 * when the inflater or the run is stopped.
 */
int inflate_input_next(struct inflate_input *input, struct bytes *out, struct error *err);
/* The stream has ended, and @rest, of what was lent last, is none of it. Zeros only fill up. */
void inflate_input_leave(struct inflate_input *input, struct bytes rest);

/*
 * One form of compression; all calls come from the inflating thread. @read stores up to @capacity bytes and
 * returns 0 with *@got 0 at the end only. Failures after bytes were stored come with the next call.
 * ERROR_TRUNCATED: the stream ends early; ERROR_FORMAT: it is damaged; ERROR_LIMIT: it wants too much memory.
 */
struct decoder {
	const char *name;
	int (*open)(void **state, struct inflate_input *input, struct error *err);
	int (*read)(void *state, uint8_t *buffer, size_t capacity, size_t *got, struct error *err);
	void (*close)(void *state);
};

extern const struct decoder decoder_plain;
extern const struct decoder
	decoder_gzip; /* several members, one after another; then anything is left */
extern const struct decoder decoder_zstd; /* frames and skippable frames; windows up to 128 MiB */
extern const struct decoder
	decoder_xz; /* streams one after another; dictionaries up to about 512 MiB */

#define INFLATE_BUFFER_BYTES ((size_t)1 << 20)
#define INFLATE_BUFFERS 8

/* A thread that reads, decodes, and fills INFLATE_BUFFERS buffers; it waits while all of them are lent. */
struct inflater;

struct inflater_options {
	int descriptor; /* stays the caller's, outlives the inflater */
	struct bytes start; /* was read from it before; copied */
	/*
	 * Not NULL: instead of the descriptor this range of a file of the table is read, which was added, and kept,
	 * before; neither goes before the inflater. The input ends where the file does, or what was kept of it.
	 */
	const struct file_table *files;
	uint32_t file;
	uint64_t offset, length;
	const _Atomic int
		*stop; /* non-zero: ends with ERROR_INTERRUPTED within 100 ms; may be NULL */
};

int inflater_start(struct inflater **out, const struct decoder *decoder,
		   const struct inflater_options *options, struct error *err);
/*
 * The next bytes, one whole buffer but at the end; length 0 at the end. Waits. One thread calls; any thread
 * releases, also after inflater_stop(). An error stands where the bytes end, and comes again.
 */
int inflater_next(struct inflater *inflater, struct lease *out, struct error *err);
/* Stored bytes that were read so far. Any thread. */
uint64_t inflater_consumed(const struct inflater *inflater);
/*
 * Whether something stands behind the end of the stream that is none of it, and where in the stored bytes. To be
 * asked when inflater_next() has given the end; of what follows only what was read with the end is known. A
 * decoder that looked for one more header may have taken a few bytes of it.
 */
bool inflater_left(const struct inflater *inflater, uint64_t *offset);
/* Ends the thread, also in the middle, and frees. NULL is fine. */
void inflater_stop(struct inflater *inflater);

#endif
