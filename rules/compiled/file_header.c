#include "rules/compiled/file_header.h"

#include <string.h>

#include "engine/database.h"

static const uint8_t magic[8] = { 0x89, 'C', 'K', 'R', '\r', '\n', 0x1a, '\n' };

/* A file with a damaged mark is still told for what it was; the checksum refuses it. */
#define MAGIC_SAME (sizeof(magic) - 2)
#define PROGRAM_AT 12u
#define PROGRAM_BYTES 20u
#define SECTIONS_AT 40u
#define SUM_AT (FILE_HEADER_BYTES - DIGEST_BYTES)

static const char *const section_names[FILE_SECTIONS] = {
	[SECTION_SOURCES] = "source texts",
	[SECTION_RULES] = "rules",
	[SECTION_DATABASES] = "search databases",
};

void file_header_add(struct byte_writer *out)
{
	static const uint8_t sums[FILE_HEADER_BYTES - SECTIONS_AT];
	char program[PROGRAM_BYTES] = CKPT_VERSION;

	byte_writer_add(out, magic, sizeof(magic));
	byte_writer_add_u32(out, FILE_FORMAT);
	byte_writer_add(out, program, sizeof(program));
	byte_writer_add_u64(out, database_platform());
	byte_writer_add(out, sums, sizeof(sums));
}

int file_header_seal(uint8_t *data, const uint64_t lengths[FILE_SECTIONS], struct error *err)
{
	const uint8_t *section = data + FILE_HEADER_BYTES;
	uint8_t *at = data + SECTIONS_AT;
	int ret = 0;

	for (size_t i = 0; i < FILE_SECTIONS && ret == 0; i++) {
		for (unsigned int k = 0; k < 8; k++)
			*at++ = (uint8_t)(lengths[i] >> 8 * k);
		ret = digest_of(section, (size_t)lengths[i], at, err);
		at += DIGEST_BYTES;
		section += lengths[i];
	}
	if (ret == 0)
		ret = digest_of(data, SUM_AT, data + SUM_AT, err);
	return ret;
}

bool file_header_is_there(struct bytes file)
{
	size_t same = 0;

	if (file.length < sizeof(magic))
		return false;
	for (size_t i = 0; i < sizeof(magic); i++)
		same += file.data[i] == magic[i];
	return same >= MAGIC_SAME;
}

static int damaged(struct error *err, const char *what)
{
	return error_set(err, ERROR_FORMAT, 0, "the compiled rules are damaged: %s", what);
}

/* *@holds: whether the bytes have that sum. */
static int compare_sum(struct bytes bytes, const uint8_t sum[DIGEST_BYTES], bool *holds,
		       struct error *err)
{
	uint8_t actual[DIGEST_BYTES];
	int ret = digest_of(bytes.data, bytes.length, actual, err);

	*holds = ret == 0 && memcmp(actual, sum, sizeof(actual)) == 0;
	return ret;
}

static int check_header(struct bytes file, struct error *err)
{
	struct bytes_reader in = bytes_reader_at(file.data, file.length);
	struct bytes skipped;
	uint32_t format = 0;
	bool holds;
	int ret;

	if (!file_header_is_there(file))
		return error_set(err, ERROR_FORMAT, 0, "no compiled rules");
	if (bytes_take(&in, sizeof(magic), &skipped) && bytes_take_u32(&in, &format) &&
	    format != FILE_FORMAT)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "compiled rules of format %u, but this program reads format %u: "
				 "compile them again",
				 format, FILE_FORMAT);
	if (file.length < FILE_HEADER_BYTES)
		return damaged(err, "the file ends within its header");
	ret = compare_sum((struct bytes){ file.data, SUM_AT }, file.data + SUM_AT, &holds, err);
	if (ret < 0)
		return ret;
	return holds ? 0 : damaged(err, "the header does not match its checksum");
}

static int check_program(struct bytes file, bool any_platform, struct error *err)
{
	static const char own[PROGRAM_BYTES] = CKPT_VERSION;
	struct bytes_reader in = bytes_reader_at(file.data + PROGRAM_AT, PROGRAM_BYTES + 8);
	struct bytes program;
	uint64_t platform = 0;

	if (!bytes_take(&in, PROGRAM_BYTES, &program) || !bytes_take_u64(&in, &platform))
		return damaged(err, "the file ends within its header");
	if (memcmp(program.data, own, sizeof(own)) != 0)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "compiled by version %.*s, but this is version %s: compile again",
				 (int)PROGRAM_BYTES, (const char *)program.data, own);
	if (platform != database_platform() && !any_platform)
		return error_set(err, ERROR_UNSUPPORTED, 0,
				 "compiled for another kind of CPU: compile again on this one");
	return 0;
}

static int open_section(struct bytes_reader *header, struct bytes_reader *rest, const char *name,
			struct bytes *out, struct error *err)
{
	struct bytes sum;
	uint64_t length;
	bool holds;
	int ret;

	if (!bytes_take_u64(header, &length) || !bytes_take(header, DIGEST_BYTES, &sum) ||
	    length > rest->rest.length || !bytes_take(rest, (size_t)length, out))
		return error_set(err, ERROR_FORMAT, 0,
				 "the compiled rules are damaged: the file ends within its %s",
				 name);
	ret = compare_sum(*out, sum.data, &holds, err);
	if (ret < 0)
		return ret;
	if (!holds)
		return error_set(
			err, ERROR_FORMAT, 0,
			"the compiled rules are damaged: the %s do not match their checksum", name);
	return 0;
}

int file_header_open(struct bytes file, bool any_platform, struct bytes sections[FILE_SECTIONS],
		     struct error *err)
{
	int ret = check_header(file, err);

	if (ret == 0)
		ret = check_program(file, any_platform, err);
	if (ret < 0)
		return ret;

	struct bytes_reader header = bytes_reader_at(file.data + SECTIONS_AT, SUM_AT - SECTIONS_AT);
	struct bytes_reader rest =
		bytes_reader_at(file.data + FILE_HEADER_BYTES, file.length - FILE_HEADER_BYTES);

	for (size_t i = 0; i < FILE_SECTIONS; i++) {
		ret = open_section(&header, &rest, section_names[i], &sections[i], err);
		if (ret < 0)
			return ret;
	}
	return rest.rest.length ? damaged(err, "bytes follow behind its end") : 0;
}
