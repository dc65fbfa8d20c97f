#include <stdlib.h>
#include <string.h>

#include "engine/read/inflater.h"

/* Nothing to decode: an archive on standard input that is not compressed. */
struct plain {
	struct inflate_input *input;
	struct bytes rest;
};

static int plain_open(void **state, struct inflate_input *input, struct error *err)
{
	struct plain *plain = calloc(1, sizeof(*plain));

	if (!plain)
		return error_no_memory(err, "a stream");
	plain->input = input;
	*state = plain;
	return 0;
}

static int plain_read(void *state, uint8_t *buffer, size_t capacity, size_t *got, struct error *err)
{
	struct plain *plain = state;

	if (plain->rest.length == 0) {
		int ret = inflate_input_next(plain->input, &plain->rest, err);

		if (ret)
			return ret;
	}

	size_t length = plain->rest.length < capacity ? plain->rest.length : capacity;

	if (length > 0) {
		memcpy(buffer, plain->rest.data, length);
		plain->rest.data += length;
		plain->rest.length -= length;
	}
	*got = length;
	return 0;
}

const struct decoder decoder_plain = {
	.name = "plain",
	.open = plain_open,
	.read = plain_read,
	.close = free,
};
