#include "scanners/source/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

#define ZEROS_10 "\0\0\0\0\0\0\0\0\0\0"

/* A header of class and order @ident, which says what type of file it is. */
#define ELF(ident, type)                                                                           \
	BYTES("\x7f"                                                                               \
	      "ELF" ident ZEROS_10 type ZEROS_10 ZEROS_10 ZEROS_10 "\0\0\0\0")

struct kind_case {
	struct bytes start;
	const char *name;
	enum kind_use use;
	enum source_compression compression;
};

static const struct kind_case cases[] = {
	{ BYTES("\x1f\x8b\x08\0"), "gzip", KIND_COMPRESSED, COMPRESSION_GZIP },
	{ BYTES("\x28\xb5\x2f\xfd\x24"), "zstd", KIND_COMPRESSED, COMPRESSION_ZSTD },
	{ BYTES("\x50\x2a\x4d\x18\4\0\0\0"), "zstd", KIND_COMPRESSED, COMPRESSION_ZSTD },
	{ BYTES("\xfd\x37\x7a\x58\x5a\0"), "xz", KIND_COMPRESSED, COMPRESSION_XZ },
	{ BYTES("\x04\x22\x4d\x18"), "lz4", KIND_COMPRESSED, COMPRESSION_LZ4 },
	{ BYTES("\x02\x21\x4c\x18"), "lz4", KIND_COMPRESSED, COMPRESSION_LZ4 },
	{ BYTES("BZh91AY&SY"), "bzip2", KIND_COMPRESSED, COMPRESSION_BZIP2 },
	{ BYTES("BZh01AY&SY"), "text", KIND_OTHER, COMPRESSION_NONE },
	{ BYTES("age-encryption.org/v1\n"), "age", KIND_ENCRYPTED, COMPRESSION_NONE },
	{ BYTES("Salted__\1\2\3"), "openssl", KIND_ENCRYPTED, COMPRESSION_NONE },
	{ BYTES("-----BEGIN PGP MESSAGE-----"), "gpg", KIND_ENCRYPTED, COMPRESSION_NONE },
	{ ELF("\2\1", "\4\0"), "an ELF core dump", KIND_CORE, COMPRESSION_NONE },
	{ ELF("\2\2", "\0\4"), "an ELF core dump", KIND_CORE, COMPRESSION_NONE },
	{ ELF("\1\1", "\4\0"), "an ELF core dump", KIND_CORE, COMPRESSION_NONE },
	{ ELF("\2\2", "\4\0"), "an ELF file", KIND_OTHER, COMPRESSION_NONE },
	{ ELF("\2\1", "\3\0"), "an ELF file", KIND_OTHER, COMPRESSION_NONE },
	{ ELF("\2\1", "\4\4"), "an ELF file", KIND_OTHER, COMPRESSION_NONE },
	{ BYTES("\x7f"
		"ELF\2"),
	  "an ELF file", KIND_OTHER, COMPRESSION_NONE },
	{ BYTES("PK\3\4"), "a zip archive", KIND_OTHER, COMPRESSION_NONE },
	{ BYTES("some words\n"), "text", KIND_OTHER, COMPRESSION_NONE },
	{ BYTES("caf\xc3\xa9"), "text", KIND_OTHER, COMPRESSION_NONE },
	{ BYTES("\0\1\2"), "unknown bytes", KIND_OTHER, COMPRESSION_NONE },
	{ BYTES(""), "unknown bytes", KIND_OTHER, COMPRESSION_NONE },
};

static void files_are_told_by_their_first_bytes(void **state)
{
	(void)state;
	int failures = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct kind *kind = kind_of(cases[i].start);

		if (strcmp(kind->name, cases[i].name) != 0 || kind->use != cases[i].use ||
		    kind->compression != cases[i].compression) {
			print_error("row %zu: got %s, not %s\n", i, kind->name, cases[i].name);
			failures++;
		}
		assert_int_equal(kind->decoder != NULL, kind->use == KIND_COMPRESSED);
	}
	assert_int_equal(failures, 0);
}

/* A header of spaces and a name: the sum of what is there, and how tools write it. */
static void make_header(uint8_t *header, const char *checksum)
{
	memset(header, 0, 512);
	memcpy(header, "a\xff", 2);
	memcpy(header + 148, checksum, 8);
}

static void a_tar_is_told_by_the_check_sum_of_its_header(void **state)
{
	(void)state;
	/* 'a' + 0xff + 8 spaces = 608 = 01140; with signed bytes 352 = 0540. */
	static const struct {
		const char *checksum;
		bool fits;
	} rows[] = {
		{ "001140\0 ", true }, { "  1140\0 ", true },  { "00001140", true },
		{ "000540\0 ", true }, { "001141\0 ", false }, { "\0\0\0\0\0\0\0\0", false },
		{ "001140xx", false }, { "        ", false },
	};
	uint8_t header[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		make_header(header, rows[i].checksum);
		const struct kind *kind = kind_of((struct bytes){ header, sizeof(header) });

		if ((kind->use == KIND_TAR) != rows[i].fits)
			fail_msg("row %zu", i);
	}
	make_header(header, rows[0].checksum);
	assert_int_equal(kind_of((struct bytes){ header, 511 })->use, KIND_OTHER);
	memset(header, 0, sizeof(header));
	assert_int_equal(kind_of((struct bytes){ header, 512 })->use, KIND_TAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_told_by_their_first_bytes),
		cmocka_unit_test(a_tar_is_told_by_the_check_sum_of_its_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
