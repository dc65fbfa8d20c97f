/*
 * A file of compiled rules whose header is made good again: what the sections say is as it comes. What loads is
 * scanned with.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/compiled/file_header.h"
#include "tests/fuzz/fuzz_rules_text.h"

#define MOST_BYTES (64u << 10)
/* Where the header has the first section's length, and from there to the next one's. */
#define FIRST_LENGTH 40u
#define LENGTH_STEP 40u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

/* As the header says, as far as there are bytes; the last section has the rest. */
static void take_lengths(const uint8_t *data, size_t length, uint64_t lengths[FILE_SECTIONS])
{
	uint64_t left = length - FILE_HEADER_BYTES;

	for (size_t i = 0; i < FILE_SECTIONS; i++) {
		struct bytes_reader reader =
			bytes_reader_at(data + FIRST_LENGTH + i * LENGTH_STEP, sizeof(uint64_t));
		uint64_t said = 0;

		bytes_take_u64(&reader, &said);
		lengths[i] = i + 1 == FILE_SECTIONS || said > left ? left : said;
		left -= lengths[i];
	}
}

static void load_and_scan(struct bytes file)
{
	static const uint8_t sample[] =
		"text reg rexx ABxCD secret c2VjcmV0 AB 12 w\0i\0d\0e\0 abcdef";
	const struct compile_options options = { 0 };
	struct compiled_rules *compiled;
	struct diagnostics *notes;
	struct rules_scan scan;
	struct error err;

	if (diagnostics_new(&notes, &err))
		abort();
	if (compiled_rules_load(&compiled, file, &options, NEED_ALL, notes, &err) == 0) {
		fuzz_scan(compiled, (struct bytes){ sample, sizeof(sample) }, &scan);
		rules_scan_release(&scan);
		compiled_rules_release(compiled);
	}
	diagnostics_free(notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct byte_writer file = { 0 };
	uint64_t lengths[FILE_SECTIONS];
	struct error err;

	if (length < FILE_HEADER_BYTES || length > MOST_BYTES)
		return -1;
	take_lengths(data, length, lengths);
	file_header_add(&file);
	byte_writer_add(&file, data + FILE_HEADER_BYTES, length - FILE_HEADER_BYTES);
	if (file.failed || file_header_seal(file.data, lengths, &err))
		abort();
	load_and_scan((struct bytes){ file.data, file.length });
	byte_writer_release(&file);
	return 0;
}
