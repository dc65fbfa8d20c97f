#include "scanners/source/source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/source/form.h"
#include "scanners/source/inflated.h"

#define DEFAULT_MEMBER_BYTES ((uint64_t)16 << 40)
#define DEFAULT_MEMBER_COUNT 4000000

const char *source_form_name(enum source_form form)
{
	static const char *const names[] = {
		[FORM_DIRECTORY] = "directory",
		[FORM_TAR] = "tar",
		[FORM_CORE] = "core",
		[FORM_UNKNOWN] = "unknown",
	};

	return names[form];
}

const char *source_compression_name(enum source_compression compression)
{
	static const char *const names[] = {
		[COMPRESSION_NONE] = NULL,   [COMPRESSION_GZIP] = "gzip",
		[COMPRESSION_ZSTD] = "zstd", [COMPRESSION_XZ] = "xz",
		[COMPRESSION_LZ4] = "lz4",   [COMPRESSION_BZIP2] = "bzip2",
	};

	return names[compression];
}

enum source_form source_form(const struct source *source)
{
	return source->form;
}

enum source_compression source_compression(const struct source *source)
{
	return source->compression;
}

uint64_t source_size(const struct source *source)
{
	return source->size;
}

uint64_t source_consumed(const struct source *source)
{
	return source->ops->inflated ? inflated_consumed(source->ops->inflated(source)) : 0;
}

uint64_t source_inflated(const struct source *source)
{
	return source->ops->inflated ? inflated_bytes(source->ops->inflated(source)) : 0;
}

bool source_passes(const struct source *source)
{
	return source->passes;
}

bool source_can_repeat(const struct source *source)
{
	return source->can_repeat;
}

bool source_truncated(const struct source *source)
{
	return source->truncated;
}

/* Several parts of a checkpoint may have a member of the same name. Malloc'd; NULL: no memory. */
static char *name_in_part(const struct source *source, const char *name)
{
	size_t length = strlen(source->path) + strlen(name) + 2;
	char *joined = malloc(length);

	if (joined)
		snprintf(joined, length, "%s/%s", source->path, name);
	return joined;
}

/* @name: of a member; NULL: it is about the source itself. */
static void warn(struct source *source, struct warning *warning, const char *name,
		 const char *format, va_list arguments)
{
	char *joined = source->is_part && name ? name_in_part(source, name) : NULL;
	char message[1024];

	vsnprintf(message, sizeof(message), format, arguments);
	warning->file = joined ? joined : !name || source->is_part ? source->path : name;
	warning_list_add(source->warnings, warning, "%s", message);
	free(joined);
}

void source_warn(struct source *source, enum warning_code code, const char *name,
		 const char *format, ...)
{
	struct warning warning = { .code = code };
	va_list arguments;

	va_start(arguments, format);
	warn(source, &warning, name, format, arguments);
	va_end(arguments);
}

void source_warn_range(struct source *source, enum warning_code code, const char *name,
		       uint64_t offset, uint64_t length, const char *format, ...)
{
	struct warning warning = {
		.code = code,
		.has_range = true,
		.offset = offset,
		.length = length,
		.bytes = length,
	};
	va_list arguments;

	va_start(arguments, format);
	warn(source, &warning, name, format, arguments);
	va_end(arguments);
}

enum warning_code source_warning_code(const struct error *error)
{
	switch (error->code) {
	case ERROR_SYSTEM:
		return error->sys_errno == ENOSPC || error->sys_errno == EDQUOT ||
				       error->sys_errno == EFBIG
			       ? WARNING_NO_SPACE
			       : WARNING_READ_ERROR;
	case ERROR_MEMORY:
		return WARNING_NO_MEMORY;
	case ERROR_LIMIT:
		return WARNING_LIMIT;
	case ERROR_TRUNCATED:
		return WARNING_TRUNCATED;
	case ERROR_INTERRUPTED:
		return WARNING_INTERRUPTED;
	default:
		return WARNING_CORRUPT;
	}
}

enum warning_code source_opening_code(int error, enum warning_code unknown)
{
	switch (error) {
	case ERROR_SYSTEM:
		return WARNING_CANNOT_OPEN;
	case ERROR_UNSUPPORTED:
		return WARNING_ENCRYPTED;
	case ERROR_FORMAT:
		return WARNING_CORRUPT;
	case ERROR_TRUNCATED:
		return WARNING_TRUNCATED;
	case ERROR_LIMIT:
		return WARNING_LIMIT;
	case ERROR_INTERRUPTED:
		return WARNING_INTERRUPTED;
	default:
		return unknown;
	}
}

bool source_admit(struct source *source, const char *name, uint64_t length, bool *end)
{
	*end = source->member_count >= source->limits.member_count;
	if (*end) {
		source->truncated = true;
		source_warn(source, WARNING_LIMIT, NULL,
			    "more than %llu members; those after %s are not read",
			    (unsigned long long)source->limits.member_count, name);
		return false;
	}
	source->member_count++;
	if (length <= source->limits.member_bytes)
		return true;
	source_warn_range(source, WARNING_LIMIT, name, 0, length,
			  "a member of %llu bytes is more than %llu", (unsigned long long)length,
			  (unsigned long long)source->limits.member_bytes);
	return false;
}

static void keep_release(struct keep *keep)
{
	free(keep->ranges);
	memset(keep, 0, sizeof(*keep));
}

static void keep_failed(struct source *source, const struct error *error, uint64_t offset)
{
	uint64_t length = source->member.length;

	source_warn_range(source, source_warning_code(error), source->member_name, offset,
			  length > offset ? length - offset : 0,
			  "what is needed later cannot be kept: %s", error->message);
	keep_release(&source->keep);
	source->keep.failed = true;
}

/* @at: where in the member they are. */
static int keep_some(struct source *source, uint64_t at, struct bytes bytes, struct error *err)
{
	uint32_t file = source->member.file;

	return source->lent_hole ? file_table_keep_zeros(source->files, file, at, bytes.length, err)
				 : file_table_keep(source->files, file, at, bytes, err);
}

/* Of the bytes that pass now, those that were asked for. */
static void keep_bytes(struct source *source, struct bytes bytes)
{
	struct keep *keep = &source->keep;
	uint64_t start = source->position, end = start + bytes.length;
	struct address_range whole = { start, end };

	while (keep->active && (keep->all || keep->next < keep->count)) {
		struct address_range range = keep->all ? whole : keep->ranges[keep->next];
		uint64_t from = range.start > start ? range.start : start;
		uint64_t to = range.end < end ? range.end : end;
		struct error error;

		if (from < to &&
		    keep_some(source, from,
			      (struct bytes){ bytes.data + (from - start), (size_t)(to - from) },
			      &error)) {
			keep_failed(source, &error, from);
			return;
		}
		if (keep->all || range.end > end)
			return;
		keep->next++;
	}
}

static bool is_passing(const struct source *source)
{
	return source->has_member && source->member.passing;
}

int source_lend(struct source *source, struct lease *out, struct error *err)
{
	if (!is_passing(source))
		return error_set(err, ERROR_USAGE, 0, "no passing member");
	if (source->member_ended) {
		*out = (struct lease){ NULL, 0, NULL };
		return 0;
	}

	source->lent_hole = false;

	int ret = source->ops->lend(source, out, err);

	if (ret)
		return ret;
	keep_bytes(source, (struct bytes){ out->data, out->length });
	source->position += out->length;
	source->member_ended = out->length == 0;
	return 0;
}

/* What is left of a passing member goes by, and is kept where that was asked. */
static int finish_member(struct source *source, struct error *err)
{
	struct lease lease;
	int ret = 0;

	while (!ret && is_passing(source) && !source->member_ended) {
		ret = source_lend(source, &lease, err);
		if (!ret)
			lease_release(&lease);
	}
	keep_release(&source->keep);
	source->has_member = false;
	return ret;
}

int source_next(struct source *source, const struct member **out, struct error *err)
{
	bool found;
	int ret = finish_member(source, err);

	if (ret)
		return ret;
	source->position = 0;
	source->member_ended = false;
	source->member_cut = false;
	ret = source->ops->next(source, &found, err);
	if (ret)
		return error_context(err, "%s", source->path);
	source->has_member = found;
	*out = found ? &source->member : NULL;
	return 0;
}

static int compare_ranges(const void *left_item, const void *right_item)
{
	const struct address_range *left = left_item, *right = right_item;

	return (left->start > right->start) - (left->start < right->start);
}

/* Makes one of those that touch; each byte is kept once, in order. */
static size_t join_ranges(struct address_range *ranges, size_t count)
{
	size_t joined = 0;

	for (size_t i = 0; i < count; i++) {
		struct address_range *last = ranges + joined - (joined > 0);

		if (ranges[i].end <= ranges[i].start)
			continue;
		if (joined > 0 && ranges[i].start <= last->end)
			last->end = ranges[i].end > last->end ? ranges[i].end : last->end;
		else
			ranges[joined++] = ranges[i];
	}
	return joined;
}

static int copy_ranges(struct keep *keep, const struct address_range *ranges, size_t count,
		       struct error *err)
{
	struct address_range *copy = calloc(count ? count : 1, sizeof(*copy));

	if (!copy)
		return error_no_memory(err, "ranges to keep");
	if (count) {
		memcpy(copy, ranges, count * sizeof(*copy));
		qsort(copy, count, sizeof(*copy), compare_ranges);
	}
	keep->ranges = copy;
	keep->count = join_ranges(copy, count);
	return 0;
}

int source_keep(struct source *source, const struct member *member,
		const struct address_range *ranges, size_t range_count, struct error *err)
{
	if (member != &source->member || !source->has_member)
		return error_set(err, ERROR_USAGE, 0, "not the current member");
	if (!member->passing)
		return 0;
	if (source->position > 0 || source->member_ended)
		return error_set(err, ERROR_USAGE, 0, "%s has begun to pass", member->name);
	keep_release(&source->keep);

	int ret = ranges ? copy_ranges(&source->keep, ranges, range_count, err) : 0;

	if (ret)
		return ret;
	source->keep.all = !ranges;
	source->keep.active = true;
	return 0;
}

int source_keep_whole(struct source *source, const struct member *member, uint64_t *kept,
		      struct error *err)
{
	int ret = source_keep(source, member, NULL, 0, err);

	*kept = 0;
	while (!ret && source->keep.active) {
		struct lease lease = { 0 };

		ret = source_lend(source, &lease, err);
		if (ret || !lease.length)
			break;
		if (source->keep.active)
			*kept += lease.length;
		lease_release(&lease);
	}
	return ret;
}

bool source_keep_failed(const struct source *source)
{
	return source->keep.failed;
}

/* Grows by what comes, not by what the archive says will come. */
static int read_passing(struct source *source, size_t limit, uint8_t **data, size_t *length,
			struct error *err)
{
	size_t capacity = 0;
	struct lease lease = { 0 };
	int ret;

	while (!(ret = source_lend(source, &lease, err)) && lease.length > 0) {
		uint8_t *grown = NULL;

		if (lease.length > limit - *length)
			ret = error_set(err, ERROR_LIMIT, 0, "%s: more than %zu bytes",
					source->member_name, limit);
		else if (!(grown = array_grow(*data, &capacity, *length + lease.length + 1, 1)))
			ret = error_no_memory(err, source->member_name);
		if (grown) {
			*data = grown;
			memcpy(*data + *length, lease.data, lease.length);
			*length += lease.length;
		}
		lease_release(&lease);
		if (ret)
			return ret;
	}
	return ret;
}

static int read_in_place(struct source *source, uint8_t **data, size_t *length, struct error *err)
{
	const struct member *member = &source->member;
	struct address_range damage;
	size_t bytes = (size_t)member->length;

	*data = malloc(bytes + 1);
	if (!*data)
		return error_no_memory(err, member->name);

	int ret = file_table_read(source->files, member->file, member->offset, *data, bytes, length,
				  err);

	if (ret || !file_table_damaged(source->files, member->file, member->offset, bytes, &damage))
		return ret;
	*length = (size_t)(damage.start - member->offset);
	source->member_cut = true;
	source_warn_range(source, WARNING_CHANGED_WHILE_READ, member->name, *length,
			  bytes - *length,
			  "the file became shorter, or cannot be read, while it was scanned");
	return 0;
}

int source_read(struct source *source, const struct member *member, size_t limit, uint8_t **out,
		size_t *length, struct error *err)
{
	uint8_t *data = NULL;
	size_t got = 0;
	int ret;

	if (member != &source->member || !source->has_member || source->position > 0)
		return error_set(err, ERROR_USAGE, 0,
				 "not the current member, or it has begun to pass");
	if (member->length > limit)
		return error_set(err, ERROR_LIMIT, 0, "%s: %llu bytes are more than %zu",
				 member->name, (unsigned long long)member->length, limit);
	ret = member->passing ? read_passing(source, limit, &data, &got, err)
			      : read_in_place(source, &data, &got, err);
	if (!ret && !data && !(data = malloc(1)))
		ret = error_no_memory(err, member->name);
	if (ret) {
		free(data);
		return ret;
	}
	data[got] = 0;
	*out = data;
	*length = got;
	return source->member_cut
		       ? error_set(err, ERROR_TRUNCATED, 0, "%s: %zu of %llu bytes are there",
				   member->name, got, (unsigned long long)member->length)
		       : 0;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->ops)
		source->ops->close(source);
	keep_release(&source->keep);
	link_index_free(source->links);
	free(source->member_name);
	free(source->link_name);
	free(source->path);
	free(source);
}

struct source *source_new(const char *path, struct file_table *files, struct warning_list *warnings,
			  const struct source_options *options)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->path = strdup(path);
	source->files = files;
	source->warnings = warnings;
	source->limits = *options;
	if (!source->limits.member_bytes)
		source->limits.member_bytes = DEFAULT_MEMBER_BYTES;
	if (!source->limits.member_count)
		source->limits.member_count = DEFAULT_MEMBER_COUNT;
	source->form = FORM_UNKNOWN;
	if (!source->path) {
		free(source);
		return NULL;
	}
	return source;
}
