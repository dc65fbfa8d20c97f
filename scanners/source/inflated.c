#include "scanners/source/inflated.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/read/inflater.h"

struct inflated {
	struct inflater *inflater;
	int descriptor; /* -1: none */
	uint64_t limit; /* of what comes out; 0: any */
	_Atomic uint64_t bytes; /* that came out */
};

static void describe_input(struct inflater_options *options, const struct source *source,
			   const struct origin *origin)
{
	*options = (struct inflater_options){
		.descriptor = origin->descriptor,
		.start = origin->start,
		.stop = source->limits.stop,
	};
	if (origin->descriptor >= 0)
		return;
	options->files = source->files;
	options->file = origin->part.file;
	options->offset = origin->part.offset;
	options->length = origin->part.length;
}

int inflated_open(struct inflated **out, struct source *source, const struct kind *kind,
		  struct origin *origin, struct error *err)
{
	const struct decoder *decoder = kind->decoder ? kind->decoder : &decoder_plain;
	struct inflated *inflated = calloc(1, sizeof(*inflated));
	struct inflater_options options;

	if (!inflated)
		return error_no_memory(err, "a stream");
	describe_input(&options, source, origin);

	int ret = inflater_start(&inflated->inflater, decoder, &options, err);

	if (ret) {
		free(inflated);
		return ret;
	}
	/* What is not compressed is as long as it is: nothing can make more of it. */
	inflated->limit = kind->decoder ? source->limits.inflated_bytes : 0;
	inflated->descriptor = origin->descriptor;
	origin->descriptor = -1;
	*out = inflated;
	return 0;
}

void inflated_close(struct inflated *inflated)
{
	if (!inflated)
		return;
	inflater_stop(inflated->inflater);
	if (inflated->descriptor >= 0)
		close(inflated->descriptor);
	free(inflated);
}

static int beyond_limit(const struct inflated *inflated, struct lease *lease, struct error *err)
{
	lease_release(lease);
	return error_set(err, ERROR_LIMIT, 0, "it inflates to more than %llu bytes",
			 (unsigned long long)inflated->limit);
}

int inflated_next(struct inflated *inflated, struct lease *out, struct error *err)
{
	uint64_t before = atomic_load_explicit(&inflated->bytes, memory_order_relaxed);
	struct lease lease = { 0 };
	int ret = inflater_next(inflated->inflater, &lease, err);

	if (ret)
		return ret;
	if (inflated->limit && lease.length > inflated->limit - before) {
		if (before == inflated->limit)
			return beyond_limit(inflated, &lease, err);
		lease.length = (size_t)(inflated->limit - before);
	}
	atomic_store_explicit(&inflated->bytes, before + lease.length, memory_order_relaxed);
	*out = lease;
	return 0;
}

uint64_t inflated_consumed(const struct inflated *inflated)
{
	return inflater_consumed(inflated->inflater);
}

uint64_t inflated_bytes(const struct inflated *inflated)
{
	return atomic_load_explicit(&inflated->bytes, memory_order_relaxed);
}

/* What no decoder takes for a part of the stream, behind its end. */
static void tell_left(const struct inflated *inflated, struct source *source)
{
	uint64_t end = inflater_consumed(inflated->inflater);
	struct warning warning = {
		.code = WARNING_LONGER_THAN_DESCRIBED,
		.file = source->path,
		.has_range = true,
	};

	if (!inflater_left(inflated->inflater, &warning.offset))
		return;
	warning.length = (source->size > end ? source->size : end) - warning.offset;
	warning_list_add(source->warnings, &warning,
			 "more follows behind the end of the compressed stream, and is not read");
}

static int pass(struct inflated *inflated, struct tail *tail, bool *ended, struct error *err)
{
	bool more = true;

	while (more && !*ended) {
		struct lease lease;
		int ret = inflated_next(inflated, &lease, err);

		if (ret)
			return ret;
		*ended = lease.length == 0;
		if (tail)
			more = tail_look(tail, (struct bytes){ lease.data, lease.length });
		lease_release(&lease);
	}
	return 0;
}

void inflated_pass_rest(struct inflated *inflated, struct source *source, struct tail *tail)
{
	struct error error = { 0 };
	bool ended = false;

	if (pass(inflated, tail, &ended, &error)) {
		source->truncated = true;
		source_warn(source, source_warning_code(&error), NULL, "behind the last member: %s",
			    error.message);
	} else if (ended) {
		tell_left(inflated, source);
	}
}
