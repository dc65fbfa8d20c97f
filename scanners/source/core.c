#include <stdlib.h>
#include <string.h>

#include "scanners/source/core_extent.h"
#include "scanners/source/form.h"
#include "scanners/source/inflated.h"

/* What holds the headers of a core dump, in buffers of an inflater. */
#define START_BUFFERS (CORE_HEADERS_BYTES / INFLATE_BUFFER_BYTES)

/* An ELF core dump is its own and only member. */
struct core {
	bool given;
	struct stored_bytes part; /* in place */

	/* Else: */
	struct inflated *inflated;
	struct lease start[START_BUFFERS]; /* that were looked at before they are lent */
	size_t start_count, start_next;
	uint64_t start_bytes; /* in all of them */
	int failure; /* of the stream, behind those; 0: none */
	struct error error;
	bool ended; /* the stream, behind those */
	bool told; /* of the failure */
	struct tail tail; /* what came behind the member */
};

/* The last part of the path; whatever stands for standard input or a member has one too. */
static char *name_of_core(const struct source *source)
{
	char *clean = NULL;

	if (member_name_clean(member_name_base(source->path), &clean) && !clean)
		clean = strdup("core");
	return clean;
}

static int describe(struct source *source, uint64_t length, bool *admitted, struct error *err)
{
	bool end;
	char *name = name_of_core(source);

	if (!name)
		return error_no_memory(err, "a core dump");
	free(source->member_name);
	source->member_name = name;
	source->member = (struct member){
		.name = name,
		.kind = MEMBER_FILE,
		.length = length,
		.time = source->time,
	};
	*admitted = source_admit(source, name, length, &end);
	return 0;
}

/* In place. */

static int core_in_place_next(struct source *source, bool *found, struct error *err)
{
	struct core *core = source->state;
	bool given = core->given;

	*found = false;
	core->given = true;
	if (given)
		return 0;

	int ret = describe(source, core->part.length, found, err);

	source->member.file = core->part.file;
	source->member.offset = core->part.offset;
	return ret;
}

static void core_in_place_close(struct source *source)
{
	free(source->state);
}

static const struct form_ops core_in_place_ops = {
	.next = core_in_place_next,
	.close = core_in_place_close,
};

int core_in_place_open(struct source *source, const struct stored_bytes *part, struct error *err)
{
	struct core *core = calloc(1, sizeof(*core));

	if (!core)
		return error_no_memory(err, "a core dump");
	core->part = *part;
	source->ops = &core_in_place_ops;
	source->state = core;
	source->form = FORM_CORE;
	return 0;
}

/* As it passes. */

static bool has_start(const struct core *core, size_t wanted)
{
	return core->start_bytes >= wanted || core->failure || core->ended ||
	       core->start_count == START_BUFFERS;
}

static void take_start(struct core *core, size_t wanted)
{
	while (!has_start(core, wanted)) {
		struct lease *lease = &core->start[core->start_count];

		core->failure = inflated_next(core->inflated, lease, &core->error);
		core->ended = !core->failure && lease->length == 0;
		if (!core->failure && !core->ended) {
			core->start_bytes += lease->length;
			core->start_count++;
		}
	}
}

/* Copies from the buffers that were taken, as if they lay together. */
static size_t copy_start(const struct core *core, uint8_t *out, size_t capacity)
{
	size_t done = 0;

	for (size_t i = 0; i < core->start_count && done < capacity; i++) {
		size_t room = capacity - done, length = core->start[i].length;

		if (length > room)
			length = room;
		memcpy(out + done, core->start[i].data, length);
		done += length;
	}
	return done;
}

/* What the headers describe; of a stream that ends within them what there is. */
static int find_length(struct source *source, struct core *core, uint64_t *length,
		       struct error *err)
{
	uint8_t start[CORE_START_BYTES];
	size_t wanted;

	take_start(core, sizeof(start));
	wanted = core_headers_length(
		(struct bytes){ start, copy_start(core, start, sizeof(start)) });
	if (!wanted)
		return error_set(err, ERROR_FORMAT, 0,
				 "the program headers do not stand at the start");
	take_start(core, wanted);

	uint8_t *headers = malloc(wanted);

	if (!headers)
		return error_no_memory(err, "a core dump");
	*length =
		core_described_length((struct bytes){ headers, copy_start(core, headers, wanted) },
				      source->limits.member_bytes);
	free(headers);
	if ((core->failure || core->ended) && *length < core->start_bytes)
		*length = core->start_bytes;
	return 0;
}

static int give(struct source *source, struct core *core, bool *found, struct error *err)
{
	uint64_t length = 0;
	int ret = find_length(source, core, &length, err);

	if (ret == ERROR_FORMAT && err) {
		source->truncated = true;
		source_warn(source, WARNING_CORRUPT, NULL, "a core dump: %s", err->message);
		return 0;
	}
	if (!ret)
		ret = describe(source, length, found, err);
	if (ret || !*found)
		return ret;
	source->member.passing = true;
	return file_table_add_passing(source->files, length, source->member_name,
				      &source->member.file, err);
}

/* The stream behind the member: what is left of it, and whether it is sound. */
static void look_behind_end(struct source *source, struct core *core)
{
	for (; core->start_next < core->start_count; core->start_next++) {
		struct lease *lease = &core->start[core->start_next];

		tail_look(&core->tail, (struct bytes){ lease->data, lease->length });
		lease_release(lease);
	}
	/* A failure comes again. */
	if (!core->told)
		inflated_pass_rest(core->inflated, source, &core->tail);
	tail_tell(&core->tail, source, source->member.length, core->tail.looked);
}

static int core_stream_next(struct source *source, bool *found, struct error *err)
{
	struct core *core = source->state;
	struct error error = { 0 };
	bool given = core->given;
	int ret = 0;

	*found = false;
	core->given = true;
	if (!given)
		ret = give(source, core, found, &error);
	else if (source->member.passing)
		look_behind_end(source, core);
	if (ret && err)
		*err = error;
	return ret;
}

/* The next bytes of the stream; none at its end, or where it fails. */
static void next_lease(struct core *core, struct lease *out)
{
	memset(out, 0, sizeof(*out));
	if (core->start_next < core->start_count) {
		struct lease *lease = &core->start[core->start_next++];

		*out = *lease;
		memset(lease, 0, sizeof(*lease));
		return;
	}
	if (core->failure || core->ended)
		return;
	core->failure = inflated_next(core->inflated, out, &core->error);
	if (core->failure)
		memset(out, 0, sizeof(*out));
	core->ended = !core->failure && out->length == 0;
}

static void tell_failure(struct source *source, struct core *core)
{
	uint64_t there = source->position, length = source->member.length;

	core->told = true;
	source->truncated = true;
	source_warn_range(source, source_warning_code(&core->error), source->member_name, there,
			  length - there, "%llu of %llu bytes are there: %s",
			  (unsigned long long)there, (unsigned long long)length,
			  core->error.message);
}

static int core_stream_lend(struct source *source, struct lease *out, struct error *err)
{
	struct core *core = source->state;
	uint64_t left = source->member.length - source->position;

	(void)err;
	memset(out, 0, sizeof(*out));
	if (left == 0)
		return 0;
	next_lease(core, out);
	if (out->length > left) {
		tail_look(&core->tail,
			  (struct bytes){ out->data + left, out->length - (size_t)left });
		out->length = (size_t)left;
	}
	if (out->length)
		return 0;
	source->member_cut = true;
	if (core->failure)
		tell_failure(source, core);
	return 0;
}

static const struct inflated *core_inflated(const struct source *source)
{
	const struct core *core = source->state;

	return core->inflated;
}

static void core_stream_close(struct source *source)
{
	struct core *core = source->state;

	for (size_t i = 0; i < core->start_count; i++)
		lease_release(&core->start[i]);
	inflated_close(core->inflated);
	free(core);
}

static const struct form_ops core_stream_ops = {
	.next = core_stream_next,
	.lend = core_stream_lend,
	.inflated = core_inflated,
	.close = core_stream_close,
};

int core_stream_open(struct source *source, struct inflated *inflated, struct lease *first,
		     struct error *err)
{
	struct core *core = calloc(1, sizeof(*core));

	if (!core) {
		lease_release(first);
		inflated_close(inflated);
		return error_no_memory(err, "a core dump");
	}
	core->inflated = inflated;
	core->start[core->start_count++] = *first;
	core->start_bytes = first->length;
	source->ops = &core_stream_ops;
	source->state = core;
	source->form = FORM_CORE;
	source->passes = true;
	return 0;
}
