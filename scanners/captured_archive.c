#include "scanners/captured_archive.h"

#include <stdio.h>
#include <string.h>

#include "scanners/loose_members.h"
#include "scanners/source/source.h"
#include "scanners/source/member_name.h"

#define MOST_FILES (1u << 20)
/* Of all names of what a checkpoint captured: they compress well. */
#define MOST_NAME_BYTES ((size_t)256 << 20)
/* However well it is compressed, an archive of files may hold so much, or so many times its size. */
#define INFLATED_BYTES ((uint64_t)1 << 30)
#define INFLATED_FACTOR 128

struct reading {
	const struct captured_archive *archive;
	struct file_table *files;
	struct warning_list *warnings;
	struct captured_list *out;
	struct source *source;
	const char *archive_name; /* in the list's arena */
	uint64_t missing; /* bytes of its files that are not there */
};

int captured_content_cut(struct captured_list *out, struct stored_bytes bytes, uint64_t length,
			 struct content *content, struct error *err)
{
	struct piece pieces[2];
	size_t count = 0;
	const struct piece *copy;

	if (bytes.length)
		pieces[count++] = (struct piece){ .length = bytes.length,
						  .offset = bytes.offset,
						  .file = bytes.file,
						  .kind = PIECE_STORED };
	if (length > bytes.length)
		pieces[count++] = (struct piece){ .start = bytes.length,
						  .length = length - bytes.length,
						  .kind = PIECE_LOST };
	copy = arena_copy(out->arena, pieces, count * sizeof(*pieces));
	if (!copy)
		return error_no_memory(err, "captured files");
	*content = (struct content){ length > bytes.length ? length : bytes.length, copy, count };
	return 0;
}

static bool is_whiteout(const char *name)
{
	return strncmp(member_name_base(name), ".wh.", 4) == 0;
}

static const char *path_of(struct reading *reading, const char *name)
{
	const char *mountpoint = reading->archive->mountpoint;
	size_t length = strlen(mountpoint), name_length = strlen(name);
	char *path = arena_alloc(reading->out->arena, length + name_length + 2);

	if (!path)
		return NULL;
	memcpy(path, mountpoint, length);
	if (!length || path[length - 1] != '/')
		path[length++] = '/';
	memcpy(path + length, name, name_length + 1);
	return path;
}

/* Also when names take more room than is granted; *@more is false then. */
static int take_file(struct reading *reading, const struct member *member, bool *more,
		     struct error *err)
{
	struct captured captured = { .kind = TARGET_FILE,
				     .origin = reading->archive->origin,
				     .archive = reading->archive_name };
	struct warning limit = { .code = WARNING_LIMIT, .file = reading->archive->name };
	const uint64_t length = member->length + member->missing;
	struct stored_bytes bytes;
	int ret;

	*more = arena_used(reading->out->arena) < MOST_NAME_BYTES;
	if (!*more)
		return warning_list_add(
			       reading->warnings, &limit,
			       "the names of captured files take more than %zu bytes, those "
			       "from %s on are not read",
			       MOST_NAME_BYTES, member->name) < 0
			       ? error_no_memory(err, "a warning")
			       : 0;
	ret = loose_member_keep(reading->source, member, &bytes, err);
	captured.path = path_of(reading, member->name);
	if (!ret && !captured.path)
		ret = error_no_memory(err, "captured files");
	if (!ret)
		ret = captured_content_cut(reading->out, bytes, length, &captured.content, err);
	reading->missing += length - bytes.length;
	return ret ? ret : captured_list_add(reading->out, &captured, err);
}

static int take_files(struct reading *reading, struct error *err)
{
	const struct member *member;
	bool more = true;
	int ret;

	while (!(ret = source_next(reading->source, &member, err)) && member && more)
		if (member->kind == MEMBER_FILE && !is_whiteout(member->name)) {
			ret = take_file(reading, member, &more, err);
			if (ret)
				return ret;
		}
	return ret;
}

static struct source_options bounds_of(const struct captured_archive *archive,
				       const _Atomic int *stop)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(archive->bytes.length, INFLATED_FACTOR, &bytes))
		bytes = UINT64_MAX;
	return (struct source_options){
		.member_count = MOST_FILES,
		.inflated_bytes = bytes > INFLATED_BYTES ? bytes : INFLATED_BYTES,
		.stop = stop,
	};
}

/* What is no archive, or none that can be read, is still bytes; of what is encrypted nothing can be seen. */
static int take_as_it_is(struct reading *reading, bool encrypted, struct error *err)
{
	const struct captured_archive *archive = reading->archive;
	struct stored_bytes bytes = archive->bytes;
	struct captured captured = { .kind = TARGET_FILE,
				     .origin = ORIGIN_IMAGE,
				     .path = reading->archive_name };
	int ret;

	if (encrypted)
		bytes.length = 0;
	ret = captured_content_cut(reading->out, bytes, archive->length, &captured.content, err);
	return ret ? ret : captured_list_add(reading->out, &captured, err);
}

static int refuse(struct reading *reading, const struct error *problem, struct error *err)
{
	bool encrypted = problem->code == ERROR_UNSUPPORTED;
	struct warning warning = {
		.code = encrypted			     ? WARNING_ENCRYPTED
			: problem->code == ERROR_TRUNCATED   ? WARNING_TRUNCATED
			: problem->code == ERROR_LIMIT	     ? WARNING_LIMIT
			: problem->code == ERROR_INTERRUPTED ? WARNING_INTERRUPTED
							     : WARNING_CORRUPT,
		.file = reading->archive->name,
		/* The others are searched as they are. */
		.bytes = encrypted ? reading->archive->length : 0,
	};

	if (problem->code == ERROR_MEMORY) {
		*err = *problem;
		return ERROR_MEMORY;
	}
	if (warning_list_add(reading->warnings, &warning, "%s", problem->message) < 0)
		return error_no_memory(err, "a warning");
	return take_as_it_is(reading, encrypted, err);
}

/*
 * Bytes of the archive itself that did not come are told already, and lost; where they were of a file that began before
 * they count there.
 */
static int add_missing(struct reading *reading, struct error *err)
{
	const struct captured_archive *archive = reading->archive;
	struct captured captured = { .kind = TARGET_FILE,
				     .origin = ORIGIN_IMAGE,
				     .path = reading->archive_name };
	uint64_t missing = archive->length - archive->bytes.length;
	int ret;

	if (missing <= reading->missing)
		return 0;
	ret = captured_content_cut(reading->out, (struct stored_bytes){ 0 },
				   missing - reading->missing, &captured.content, err);
	return ret ? ret : captured_list_add(reading->out, &captured, err);
}

int captured_archive_read(const struct captured_archive *archive, struct file_table *files,
			  struct warning_list *warnings, const _Atomic int *stop,
			  struct captured_list *out, struct error *err)
{
	const struct source_options options = bounds_of(archive, stop);
	struct reading reading = {
		.archive = archive,
		.files = files,
		.warnings = warnings,
		.out = out,
		.archive_name = arena_copy_string(out->arena, archive->name, strlen(archive->name)),
	};
	struct error problem = { 0 };
	int ret;

	if (!reading.archive_name)
		return error_no_memory(err, "captured files");
	if (!archive->length)
		return 0;
	if (!archive->bytes.length)
		return add_missing(&reading, err);
	ret = source_open_part(&reading.source, &archive->bytes, archive->name, files, warnings,
			       &options, &problem);
	if (ret)
		return refuse(&reading, &problem, err);
	ret = take_files(&reading, err);
	source_close(reading.source);
	if (ret == ERROR_INTERRUPTED)
		ret = 0;
	return ret ? ret : add_missing(&reading, err);
}
