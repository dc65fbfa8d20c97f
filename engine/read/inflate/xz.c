#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/read/inflater.h"

/* A dictionary may be 4 GiB; `xz -9` makes one of 64 MiB. */
#define MEMORY_LIMIT_MIB 512

/* Streams one after another, padded with zeros, by liblzma. */
struct xz {
	struct inflate_input *input;
	lzma_stream stream;
	bool input_ended;
	lzma_ret result; /* of the last step: told when the bytes before it were given */
};

static void xz_close(void *state)
{
	struct xz *xz = state;

	lzma_end(&xz->stream);
	free(xz);
}

static int xz_failed(const struct xz *xz, struct error *err)
{
	switch (xz->result) {
	case LZMA_BUF_ERROR:
		return error_set(err, ERROR_TRUNCATED, 0, "the xz stream ends early");
	case LZMA_MEM_ERROR:
		return error_no_memory(err, "an xz dictionary");
	case LZMA_MEMLIMIT_ERROR:
		return error_set(err, ERROR_LIMIT, 0, "xz: a dictionary of more than %d MiB",
				 MEMORY_LIMIT_MIB);
	case LZMA_OPTIONS_ERROR:
		return error_set(err, ERROR_FORMAT, 0, "xz: compressed in an unknown way");
	default:
		return error_set(err, ERROR_FORMAT, 0, "xz: the compressed data is damaged");
	}
}

static int xz_open(void **state, struct inflate_input *input, struct error *err)
{
	struct xz *xz = calloc(1, sizeof(*xz));

	if (!xz)
		return error_no_memory(err, "an xz stream");
	xz->input = input;
	xz->stream = (lzma_stream)LZMA_STREAM_INIT;
	if (lzma_stream_decoder(&xz->stream, (uint64_t)MEMORY_LIMIT_MIB << 20, LZMA_CONCATENATED) !=
	    LZMA_OK) {
		xz_close(xz);
		return error_no_memory(err, "an xz stream");
	}
	*state = xz;
	return 0;
}

static int more_input(struct xz *xz, struct error *err)
{
	struct bytes bytes;
	int ret;

	if (xz->stream.avail_in || xz->input_ended)
		return 0;
	ret = inflate_input_next(xz->input, &bytes, err);
	if (ret)
		return ret;
	xz->stream.next_in = bytes.data;
	xz->stream.avail_in = bytes.length;
	xz->input_ended = bytes.length == 0;
	return 0;
}

static int xz_read(void *state, uint8_t *buffer, size_t capacity, size_t *got, struct error *err)
{
	struct xz *xz = state;

	xz->stream.next_out = buffer;
	xz->stream.avail_out = capacity;
	while (xz->result == LZMA_OK && xz->stream.avail_out == capacity) {
		int ret = more_input(xz, err);

		if (ret)
			return ret;
		xz->result = lzma_code(&xz->stream, xz->input_ended ? LZMA_FINISH : LZMA_RUN);
	}
	*got = capacity - xz->stream.avail_out;
	if (*got || xz->result == LZMA_STREAM_END)
		return 0;
	return xz_failed(xz, err);
}

const struct decoder decoder_xz = {
	.name = "xz",
	.open = xz_open,
	.read = xz_read,
	.close = xz_close,
};
