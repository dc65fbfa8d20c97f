#include "scanners/source/filters.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* An archive of libarchive's "raw" format: one member, which is what the filter gives. */
struct filter {
	struct archive *archive;
	struct inflate_input *input;
	const char *name;
	struct bytes lent; /* the input it was given last */
	uint64_t fed_bytes; /* all that it was given */
	bool input_ended;
	bool ended;
	struct bytes rest; /* of the last block */
	int input_code; /* why the input failed; 0: it did not */
	struct error input_error;
};

static la_ssize_t give_input(struct archive *archive, void *context, const void **buffer)
{
	struct filter *filter = context;
	struct bytes bytes;

	filter->input_code = inflate_input_next(filter->input, &bytes, &filter->input_error);
	if (filter->input_code) {
		archive_set_error(archive, EIO, "input failed");
		return ARCHIVE_FATAL;
	}
	filter->input_ended = bytes.length == 0;
	filter->lent = bytes;
	filter->fed_bytes += bytes.length;
	*buffer = bytes.data;
	return (la_ssize_t)bytes.length;
}

static void filter_close(void *state)
{
	struct filter *filter = state;

	archive_read_free(filter->archive);
	free(filter);
}

static int filter_failed(const struct filter *filter, struct error *err)
{
	const char *reason = archive_error_string(filter->archive);

	if (filter->input_code) {
		if (err)
			*err = filter->input_error;
		return filter->input_code;
	}
	if (filter->input_ended)
		return error_set(err, ERROR_TRUNCATED, 0, "the %s stream ends early", filter->name);
	return error_set(err, ERROR_FORMAT, 0, "%s: %s", filter->name, reason ? reason : "damaged");
}

static int filter_begin(struct filter *filter, int (*support)(struct archive *), int code,
			struct error *err)
{
	struct archive_entry *entry;

	if (support(filter->archive) < ARCHIVE_WARN ||
	    archive_read_support_format_raw(filter->archive) != ARCHIVE_OK)
		return error_set(err, ERROR_UNSUPPORTED, 0, "libarchive knows no %s", filter->name);
	if (archive_read_open(filter->archive, filter, NULL, give_input, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(filter->archive, &entry) != ARCHIVE_OK)
		return filter_failed(filter, err);
	/* Of a start that is cut too short the filter knows nothing, and the bytes would come as they are. */
	if (archive_filter_code(filter->archive, 0) != code)
		return error_set(err, ERROR_TRUNCATED, 0, "the %s stream ends early", filter->name);
	return 0;
}

static int filter_open(void **state, struct inflate_input *input, const char *name,
		       int (*support)(struct archive *), int code, struct error *err)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (!filter)
		return error_no_memory(err, "a filter");
	filter->input = input;
	filter->name = name;
	filter->archive = archive_read_new();
	if (!filter->archive) {
		free(filter);
		return error_no_memory(err, "a filter");
	}

	int ret = filter_begin(filter, support, code, err);

	if (ret) {
		filter_close(filter);
		return ret;
	}
	*state = filter;
	return 0;
}

/* At the end of the stream: what was given and not taken is none of it. */
static void leave_rest(const struct filter *filter)
{
	uint64_t taken = (uint64_t)archive_filter_bytes(filter->archive, -1);
	struct bytes rest = filter->lent;

	if (taken > filter->fed_bytes || filter->fed_bytes - taken > rest.length)
		return;
	rest.length = (size_t)(filter->fed_bytes - taken);
	if (rest.length == 0)
		return;
	rest.data += filter->lent.length - rest.length;
	inflate_input_leave(filter->input, rest);
}

/* By blocks: archive_read_data() would forget those before a failure. */
static int next_block(struct filter *filter, struct error *err)
{
	const void *data;
	size_t length;
	int64_t offset;
	int result = archive_read_data_block(filter->archive, &data, &length, &offset);

	filter->ended = result == ARCHIVE_EOF;
	if (filter->ended) {
		leave_rest(filter);
		return 0;
	}
	if (result < ARCHIVE_WARN)
		return filter_failed(filter, err);
	filter->rest = (struct bytes){ data, length };
	return 0;
}

static int filter_read(void *state, uint8_t *buffer, size_t capacity, size_t *got,
		       struct error *err)
{
	struct filter *filter = state;
	int ret = 0;

	while (!ret && filter->rest.length == 0 && !filter->ended)
		ret = next_block(filter, err);
	if (ret)
		return ret;

	size_t length = filter->rest.length < capacity ? filter->rest.length : capacity;

	if (length > 0) {
		memcpy(buffer, filter->rest.data, length);
		filter->rest.data += length;
		filter->rest.length -= length;
	}
	*got = length;
	return 0;
}

static int lz4_open(void **state, struct inflate_input *input, struct error *err)
{
	return filter_open(state, input, "lz4", archive_read_support_filter_lz4, ARCHIVE_FILTER_LZ4,
			   err);
}

static int bzip2_open(void **state, struct inflate_input *input, struct error *err)
{
	return filter_open(state, input, "bzip2", archive_read_support_filter_bzip2,
			   ARCHIVE_FILTER_BZIP2, err);
}

const struct decoder decoder_lz4 = {
	.name = "lz4",
	.open = lz4_open,
	.read = filter_read,
	.close = filter_close,
};

const struct decoder decoder_bzip2 = {
	.name = "bzip2",
	.open = bzip2_open,
	.read = filter_read,
	.close = filter_close,
};
