#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "engine/read/inflater.h"

/* 128 MiB, what `zstd -d` takes without being told more, and --long asks for. */
#define WINDOW_LOG_MAX 27

/* A block. Where a call fails libzstd forgets what it gave in that call, so that no more than this is lost. */
#define STEP_BYTES ((size_t)128 << 10)

/* RFC 8878 by libzstd: frames one after another, skippable ones among them. */
struct zstd {
	struct inflate_input *input;
	ZSTD_DCtx *context;
	struct bytes rest;
	bool between; /* the last frame is complete, the next one has not begun */
	bool first; /* no frame is complete yet */
	bool ended;
};

static void zstd_close(void *state)
{
	struct zstd *zstd = state;

	ZSTD_freeDCtx(zstd->context);
	free(zstd);
}

static int zstd_open(void **state, struct inflate_input *input, struct error *err)
{
	struct zstd *zstd = calloc(1, sizeof(*zstd));

	if (!zstd)
		return error_no_memory(err, "a zstd stream");
	zstd->context = ZSTD_createDCtx();
	if (!zstd->context) {
		free(zstd);
		return error_no_memory(err, "a zstd stream");
	}
	ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	zstd->input = input;
	zstd->first = true;
	zstd->between = true;
	*state = zstd;
	return 0;
}

static int frame_failed(struct zstd *zstd, size_t result, struct error *err)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation:
		return error_no_memory(err, "a zstd window");
	case ZSTD_error_frameParameter_windowTooLarge:
		return error_set(err, ERROR_LIMIT, 0, "zstd: a window of more than %d MiB",
				 1 << (WINDOW_LOG_MAX - 20));
	case ZSTD_error_prefix_unknown:
		/* Bytes behind the last frame that are none: as with gzip, not ours. */
		if (!zstd->first) {
			inflate_input_leave(zstd->input, zstd->rest);
			zstd->ended = true;
			return 0;
		}
		break;
	default:
		break;
	}
	return error_set(err, ERROR_FORMAT, 0, "zstd: %s", ZSTD_getErrorName(result));
}

static int input_ended(struct zstd *zstd, struct error *err)
{
	if (!zstd->between || zstd->first)
		return error_set(err, ERROR_TRUNCATED, 0, "the zstd stream ends early");
	zstd->ended = true;
	return 0;
}

static int inflate_some(struct zstd *zstd, ZSTD_outBuffer *out, struct error *err)
{
	bool ended = false;

	if (zstd->rest.length == 0) {
		int ret = inflate_input_next(zstd->input, &zstd->rest, err);

		if (ret)
			return ret;
		ended = zstd->rest.length == 0;
	}
	if (ended && zstd->between)
		return input_ended(zstd, err);

	ZSTD_inBuffer in = { zstd->rest.data, zstd->rest.length, 0 };
	size_t before = out->pos, result = ZSTD_decompressStream(zstd->context, out, &in);

	zstd->rest.data += in.pos;
	zstd->rest.length -= in.pos;
	if (ZSTD_isError(result))
		return frame_failed(zstd, result, err);
	zstd->between = result == 0;
	if (result == 0)
		zstd->first = false;
	else if (ended && out->pos == before)
		return input_ended(zstd, err);
	return 0;
}

static int zstd_read(void *state, uint8_t *buffer, size_t capacity, size_t *got, struct error *err)
{
	struct zstd *zstd = state;
	ZSTD_outBuffer out = { buffer, capacity < STEP_BYTES ? capacity : STEP_BYTES, 0 };
	int ret = 0;

	while (!ret && !zstd->ended && out.pos == 0)
		ret = inflate_some(zstd, &out, err);
	if (ret)
		return ret;
	*got = out.pos;
	return 0;
}

const struct decoder decoder_zstd = {
	.name = "zstd",
	.open = zstd_open,
	.read = zstd_read,
	.close = zstd_close,
};
