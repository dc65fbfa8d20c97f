#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/read/inflater.h"

/*
 * RFC 1952 by isa-l: members one after another, each with its own header and check sum. What follows the last
 * member and is no header is left, as gzip does: tapes and overwritten files end in anything.
 */
struct gzip {
	struct inflate_input *input;
	bool between; /* the last member is complete, the next one has not begun */
	bool first; /* no member is complete yet */
	bool ended;
	int failure; /* of isa-l, kept until the bytes before it were given; 0: none */
	struct inflate_state inflate;
};

static void begin_member(struct gzip *gzip)
{
	isal_inflate_reset(&gzip->inflate);
	gzip->inflate.crc_flag = ISAL_GZIP;
	gzip->between = false;
}

static int gzip_open(void **state, struct inflate_input *input, struct error *err)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	if (!gzip)
		return error_no_memory(err, "a gzip stream");
	isal_inflate_init(&gzip->inflate);
	gzip->input = input;
	gzip->first = true;
	begin_member(gzip);
	*state = gzip;
	return 0;
}

static int more_input(struct gzip *gzip, bool *ended, struct error *err)
{
	struct bytes bytes;

	*ended = false;
	if (gzip->inflate.avail_in > 0)
		return 0;

	int ret = inflate_input_next(gzip->input, &bytes, err);

	if (ret)
		return ret;
	gzip->inflate.next_in = (uint8_t *)(uintptr_t)bytes.data;
	gzip->inflate.avail_in = (uint32_t)bytes.length;
	*ended = bytes.length == 0;
	return 0;
}

static const char *inflate_failure(int code)
{
	switch (code) {
	case ISAL_INCORRECT_CHECKSUM:
		return "the check sum is wrong";
	case ISAL_INVALID_WRAPPER:
	case ISAL_UNSUPPORTED_METHOD:
		return "the header is wrong";
	default:
		return "the compressed data is damaged";
	}
}

static void leave_rest(struct gzip *gzip)
{
	struct bytes rest = { gzip->inflate.next_in, gzip->inflate.avail_in };

	inflate_input_leave(gzip->input, rest);
	gzip->ended = true;
}

static int member_failed(struct gzip *gzip, int code, struct error *err)
{
	bool no_header = code == ISAL_INVALID_WRAPPER || code == ISAL_UNSUPPORTED_METHOD;

	if (no_header && !gzip->first) {
		leave_rest(gzip);
		return 0;
	}
	return error_set(err, ERROR_FORMAT, 0, "gzip: %s", inflate_failure(code));
}

/* At the end of a member: what is next, another one or the end of all? */
static int next_member(struct gzip *gzip, struct error *err)
{
	bool ended;
	int ret = more_input(gzip, &ended, err);

	if (ret)
		return ret;
	if (ended || gzip->inflate.next_in[0] != 0x1f)
		leave_rest(gzip);
	else
		begin_member(gzip);
	return 0;
}

static int inflate_some(struct gzip *gzip, struct error *err)
{
	uint32_t room = gzip->inflate.avail_out;
	bool ended;
	int ret = more_input(gzip, &ended, err);

	if (ret)
		return ret;
	ret = isal_inflate(&gzip->inflate);
	if (ret < ISAL_DECOMP_OK)
		gzip->failure = ret;
	else if (gzip->inflate.block_state == ISAL_BLOCK_FINISH) {
		gzip->between = true;
		gzip->first = false;
	} else if (ended && gzip->inflate.avail_out == room) {
		return error_set(err, ERROR_TRUNCATED, 0, "the gzip stream ends early");
	}
	return 0;
}

static int gzip_read(void *state, uint8_t *buffer, size_t capacity, size_t *got, struct error *err)
{
	struct gzip *gzip = state;
	int ret = 0;

	gzip->inflate.next_out = buffer;
	gzip->inflate.avail_out = (uint32_t)capacity;
	while (!ret && !gzip->ended && gzip->inflate.avail_out == capacity) {
		if (gzip->failure)
			ret = member_failed(gzip, gzip->failure, err);
		else if (gzip->between)
			ret = next_member(gzip, err);
		else
			ret = inflate_some(gzip, err);
	}
	if (ret)
		return ret;
	*got = capacity - gzip->inflate.avail_out;
	return 0;
}

const struct decoder decoder_gzip = {
	.name = "gzip",
	.open = gzip_open,
	.read = gzip_read,
	.close = free,
};
