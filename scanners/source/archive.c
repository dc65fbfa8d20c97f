#include "scanners/source/archive.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/source/volume.h"

/* An archive ends with two blocks of zeros. */
#define END_MARK_BYTES 1024

/*
 * What a header with its extensions may take. libarchive stops long names and attributes at 1 MiB by
 * itself, but builds a list of whatever a sparse map says, at ten times the bytes of the map.
 */
#define HEADER_BYTES ((uint64_t)2 << 20)

static bool header_too_long(struct archive_reader *reader)
{
	if (!reader->in_header || reader->header_bytes <= HEADER_BYTES)
		return false;
	reader->input_code =
		error_set(&reader->input_error, ERROR_LIMIT, 0, "a header of more than %llu bytes",
			  (unsigned long long)HEADER_BYTES);
	return true;
}

static la_ssize_t give_bytes(struct archive *archive, void *context, const void **buffer)
{
	struct archive_reader *reader = context;
	struct bytes bytes = { NULL, 0 };

	(void)archive;
	if (!header_too_long(reader))
		bytes = reader->feed(reader->context);
	if (bytes.length == 0)
		reader->input_ended = true;
	else if (reader->fed_bytes == 0)
		reader->continues = volume_continues(bytes);
	reader->header_bytes += bytes.length;
	reader->fed_bytes += bytes.length;
	*buffer = bytes.data;
	return (la_ssize_t)bytes.length;
}

int archive_reader_open(struct archive_reader *reader, archive_feed *feed, void *context,
			struct error *err)
{
	reader->feed = feed;
	reader->context = context;
	/* libarchive turns names into the locale's characters; in this one they stay as they are. */
	reader->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	reader->archive = archive_read_new();
	if (!reader->archive || archive_read_support_format_tar(reader->archive) != ARCHIVE_OK) {
		archive_reader_close(reader);
		return error_no_memory(err, "an archive");
	}
	if (archive_read_open(reader->archive, reader, NULL, give_bytes, NULL) != ARCHIVE_OK) {
		int ret = error_set(err, ERROR_FORMAT, 0, "%s",
				    archive_error_string(reader->archive));

		archive_reader_close(reader);
		return ret;
	}
	return 0;
}

void archive_reader_close(struct archive_reader *reader)
{
	if (reader->archive)
		archive_read_free(reader->archive);
	if (reader->locale)
		freelocale(reader->locale);
	reader->archive = NULL;
	reader->locale = (locale_t)0;
}

static locale_t enter_locale(const struct archive_reader *reader)
{
	return reader->locale ? uselocale(reader->locale) : (locale_t)0;
}

static void leave_locale(locale_t before)
{
	if (before)
		uselocale(before);
}

/* Without an end mark libarchive calls the end of the bytes the end of the archive. */
static bool ended_by_mark(const struct archive_reader *reader)
{
	int64_t read = archive_filter_bytes(reader->archive, 0);

	return !reader->input_ended &&
	       read - archive_read_header_position(reader->archive) == END_MARK_BYTES;
}

uint64_t archive_reader_unread(const struct archive_reader *reader)
{
	return reader->fed_bytes - (uint64_t)archive_filter_bytes(reader->archive, 0);
}

static enum archive_step step_of(const struct archive_reader *reader, int result)
{
	if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
		return STEP_FOUND;
	if (result == ARCHIVE_EOF)
		return ended_by_mark(reader) ? STEP_END : STEP_CUT;
	return reader->input_ended ? STEP_CUT : STEP_DAMAGED;
}

static enum member_kind kind_of_entry(struct archive_entry *entry)
{
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return MEMBER_FILE;
	case AE_IFDIR:
		return MEMBER_DIRECTORY;
	case AE_IFLNK:
		return MEMBER_SYMLINK;
	default:
		return MEMBER_OTHER;
	}
}

/* A link member of today's tars can bring the bytes itself: then it is a file. */
static const char *linked_name(struct archive_entry *entry)
{
	return archive_entry_size(entry) > 0 ? NULL : archive_entry_hardlink(entry);
}

static bool describe_name(struct source *source, struct archive_entry *entry)
{
	const char *stored = archive_entry_pathname(entry);

	free(source->member_name);
	source->member_name = NULL;
	if (!stored) {
		source_warn(source, WARNING_CORRUPT, NULL, "a member without a name is skipped");
		return false;
	}
	if (!member_name_clean(stored, &source->member_name)) {
		source_warn(source, WARNING_UNSUPPORTED, stored,
			    "a name that leads out of the archive; the member is skipped");
		return false;
	}
	return source->member_name != NULL;
}

static bool describe_link(struct source *source, struct archive_entry *entry, char **hard_link)
{
	const char *linked = linked_name(entry);

	*hard_link = NULL;
	if (!linked)
		return true;
	if (member_name_clean(linked, hard_link) && *hard_link)
		return true;
	source_warn(source, WARNING_UNSUPPORTED, source->member_name,
		    "a hard link that leads out of the archive; the member is skipped");
	return false;
}

static bool describe(struct source *source, struct archive_entry *entry, char **hard_link)
{
	if (!describe_name(source, entry) || !describe_link(source, entry, hard_link))
		return false;

	int64_t size = archive_entry_size(entry);
	struct member member = {
		.name = source->member_name,
		.kind = *hard_link ? MEMBER_FILE : kind_of_entry(entry),
		.time = archive_entry_mtime_is_set(entry) ? archive_entry_mtime(entry) : 0,
	};

	if (member.kind == MEMBER_SYMLINK)
		member.link = archive_entry_symlink(entry) ? archive_entry_symlink(entry) : "";
	if (member.kind == MEMBER_FILE && size > 0)
		member.length = (uint64_t)size;
	source->member = member;
	return true;
}

static enum archive_step next_header(struct archive_reader *reader, struct archive_entry **entry)
{
	int result = reader->in_member ? archive_read_data_skip(reader->archive) : ARCHIVE_OK;

	reader->in_member = false;
	if (result < ARCHIVE_WARN)
		return step_of(reader, result);
	reader->in_header = true;
	reader->header_bytes = 0;
	result = archive_read_next_header(reader->archive, entry);
	reader->in_header = false;

	enum archive_step step = step_of(reader, result);

	reader->in_member = step == STEP_FOUND;
	return step;
}

/* False, with a warning: what is here of the first member is not its start. */
static bool begins_here(struct archive_reader *reader, struct source *source, char *hard_link)
{
	if (!reader->continues)
		return true;
	reader->continues = false;
	source_warn(source, WARNING_UNSUPPORTED, source->member_name,
		    "the rest of a file that begins in an earlier volume; the member is skipped");
	free(hard_link);
	return false;
}

enum archive_step archive_reader_next(struct archive_reader *reader, struct source *source,
				      char **hard_link)
{
	locale_t before = enter_locale(reader);
	struct archive_entry *entry;
	enum archive_step step;
	bool found = false, end = false;

	do {
		step = next_header(reader, &entry);
		found = step == STEP_FOUND && describe(source, entry, hard_link) &&
			begins_here(reader, source, *hard_link);
		if (found &&
		    !source_admit(source, source->member_name, source->member.length, &end)) {
			free(*hard_link);
			found = false;
		}
	} while (step == STEP_FOUND && !found && !end);
	leave_locale(before);
	if (end)
		return STEP_REFUSED;
	if (step == STEP_CUT || step == STEP_DAMAGED)
		archive_cut(reader, source, step);
	return step;
}

enum archive_step archive_reader_block(struct archive_reader *reader, struct bytes *out,
				       uint64_t *offset)
{
	const void *data;
	size_t length;
	int64_t at;
	int result = archive_read_data_block(reader->archive, &data, &length, &at);

	if (result == ARCHIVE_EOF)
		return STEP_END;
	if (result < ARCHIVE_WARN || at < 0)
		return reader->input_ended ? STEP_CUT : STEP_DAMAGED;
	*out = (struct bytes){ data, length };
	*offset = (uint64_t)at;
	return STEP_FOUND;
}

static enum warning_code cut_code(const struct archive_reader *reader, enum archive_step step)
{
	if (reader->input_code)
		return source_warning_code(&reader->input_error);
	return step == STEP_CUT ? WARNING_TRUNCATED : WARNING_CORRUPT;
}

static const char *cut_reason(const struct archive_reader *reader, enum archive_step step)
{
	const char *reason = archive_error_string(reader->archive);

	if (reader->input_code)
		return reader->input_error.message;
	if (step == STEP_CUT)
		return "the archive is cut";
	return reason ? reason : "the archive is damaged";
}

void archive_member_cut(const struct archive_reader *reader, struct source *source,
			enum archive_step step, uint64_t there)
{
	uint64_t length = source->member.length, missing = length > there ? length - there : 0;

	/* All of it is there, and only what fills up its last block is not. */
	if (missing == 0 && step == STEP_CUT) {
		archive_cut(reader, source, step);
		return;
	}
	source->truncated = true;
	source->member_cut = true;
	source_warn_range(source, cut_code(reader, step), source->member_name, there, missing,
			  "%llu of %llu bytes are there: %s", (unsigned long long)there,
			  (unsigned long long)length, cut_reason(reader, step));
}

void archive_cut(const struct archive_reader *reader, struct source *source, enum archive_step step)
{
	bool just_ends = step == STEP_CUT && !reader->input_code;

	source->truncated = true;
	source_warn(source, cut_code(reader, step), NULL,
		    "the archive ends without its end mark, members may be missing%s%s",
		    just_ends ? "" : ": ", just_ends ? "" : cut_reason(reader, step));
}
