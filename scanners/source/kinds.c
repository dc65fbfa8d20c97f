#include "scanners/source/kinds.h"

#include <stdlib.h>
#include <string.h>

#include "scanners/source/filters.h"

#define TAR_BLOCK 512
#define TAR_CHECKSUM_AT 148
#define TAR_CHECKSUM_BYTES 8

/* Octal, with leading spaces, up to a space or a zero byte; all tars write the check sum so. */
static bool stored_checksum(const uint8_t *block, long *out)
{
	char digits[TAR_CHECKSUM_BYTES + 1] = { 0 };
	char *end;

	memcpy(digits, block + TAR_CHECKSUM_AT, TAR_CHECKSUM_BYTES);
	*out = strtol(digits, &end, 8);
	return end != digits && (*end == '\0' || *end == ' ');
}

/* The sum of a header's bytes, the check sum itself as spaces; old tars summed signed bytes. */
static bool is_tar_header(const uint8_t *block)
{
	long wanted, sum = 0, signed_sum = 0;

	if (!stored_checksum(block, &wanted))
		return false;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		bool inside = i >= TAR_CHECKSUM_AT && i < TAR_CHECKSUM_AT + TAR_CHECKSUM_BYTES;
		uint8_t byte = inside ? ' ' : block[i];

		sum += byte;
		signed_sum += (int8_t)byte;
	}
	return wanted == sum || wanted == signed_sum;
}

static bool all_zero(struct bytes bytes)
{
	for (size_t i = 0; i < bytes.length; i++)
		if (bytes.data[i])
			return false;
	return true;
}

static bool fits_tar(struct bytes start)
{
	/* Nothing but end blocks is an archive too, of no members. */
	return start.length >= TAR_BLOCK &&
	       (is_tar_header(start.data) || all_zero((struct bytes){ start.data, TAR_BLOCK }));
}

/* Skippable frames, which zstd and lz4 share, come in front of either; zstd is the one that writes them. */
static bool fits_skippable_frame(struct bytes start)
{
	return start.length >= 4 && (start.data[0] & 0xf0) == 0x50 &&
	       memcmp(start.data + 1, "\x2a\x4d\x18", 3) == 0;
}

static bool fits_bzip2(struct bytes start)
{
	return start.length >= 4 && memcmp(start.data, "BZh", 3) == 0 && start.data[3] >= '1' &&
	       start.data[3] <= '9';
}

/* RFC 4880 packets that begin an encrypted message, in the old and in the new form of their tags. */
static bool fits_pgp(struct bytes start)
{
	if (start.length < 4)
		return false;

	uint8_t tag = start.data[0], version = start.data[0] & 0x40 ? start.data[2] : start.data[3];

	if ((tag & 0xfc) == 0x84 || tag == 0xc1) /* session key, for a public key */
		return version == 3 || start.data[2] == 3;
	if ((tag & 0xfc) == 0x8c || tag == 0xc3) /* session key, for a passphrase */
		return start.data[2] == 4 || start.data[2] == 5;
	return false;
}

/* The type of an ELF file stands behind its 16 bytes of identification, in the byte order that those tell. */
static bool fits_core(struct bytes start)
{
	static const uint8_t magic[] = { 0x7f, 'E', 'L', 'F' };
	const size_t order_at = 5, type_at = 16, least = 52;
	const uint8_t big_endian = 2, core = 4;

	if (start.length < least || memcmp(start.data, magic, sizeof(magic)) != 0)
		return false;

	bool big = start.data[order_at] == big_endian;

	return start.data[type_at + big] == core && start.data[type_at + !big] == 0;
}

static bool fits_text(struct bytes start)
{
	for (size_t i = 0; i < start.length; i++) {
		uint8_t byte = start.data[i];

		if (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f' &&
		    byte != 0x1b)
			return false;
		if (byte == 0x7f)
			return false;
	}
	return start.length > 0;
}

static bool fits_anything(struct bytes start)
{
	(void)start;
	return true;
}

#define MAGIC(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

/* The first row that fits decides. */
static const struct kind kinds[] = {
	{ .name = "tar", .use = KIND_TAR, .fits = fits_tar },
	{ .name = "gzip",
	  .use = KIND_COMPRESSED,
	  .compression = COMPRESSION_GZIP,
	  .decoder = &decoder_gzip,
	  .magic = MAGIC("\x1f\x8b") },
	{ .name = "zstd",
	  .use = KIND_COMPRESSED,
	  .compression = COMPRESSION_ZSTD,
	  .decoder = &decoder_zstd,
	  .magic = MAGIC("\x28\xb5\x2f\xfd") },
	{ .name = "zstd",
	  .use = KIND_COMPRESSED,
	  .compression = COMPRESSION_ZSTD,
	  .decoder = &decoder_zstd,
	  .fits = fits_skippable_frame },
	{ .name = "xz",
	  .use = KIND_COMPRESSED,
	  .compression = COMPRESSION_XZ,
	  .decoder = &decoder_xz,
	  .magic = MAGIC("\xfd"
			 "7zXZ\0") },
	{ .name = "lz4",
	  .use = KIND_COMPRESSED,
	  .compression = COMPRESSION_LZ4,
	  .decoder = &decoder_lz4,
	  .magic = MAGIC("\x04\x22\x4d\x18") },
	{ .name = "lz4",
	  .use = KIND_COMPRESSED,
	  .compression = COMPRESSION_LZ4,
	  .decoder = &decoder_lz4,
	  .magic = MAGIC("\x02\x21\x4c\x18") },
	{ .name = "bzip2",
	  .use = KIND_COMPRESSED,
	  .compression = COMPRESSION_BZIP2,
	  .decoder = &decoder_bzip2,
	  .fits = fits_bzip2 },
	{ .name = "age", .use = KIND_ENCRYPTED, .magic = MAGIC("age-encryption.org/v1") },
	{ .name = "age", .use = KIND_ENCRYPTED, .magic = MAGIC("-----BEGIN AGE ENCRYPTED FILE") },
	{ .name = "gpg", .use = KIND_ENCRYPTED, .magic = MAGIC("-----BEGIN PGP MESSAGE") },
	{ .name = "openssl", .use = KIND_ENCRYPTED, .magic = MAGIC("Salted__") },
	{ .name = "gpg", .use = KIND_ENCRYPTED, .fits = fits_pgp },
	{ .name = "one CRIU image (give its directory)",
	  .use = KIND_OTHER,
	  .magic = MAGIC("\x19\x43\x56\x54") },
	{ .name = "one CRIU image (give its directory)",
	  .use = KIND_OTHER,
	  .magic = MAGIC("\x16\x31\x31\x58") },
	{ .name = "an ELF core dump", .use = KIND_CORE, .fits = fits_core },
	{ .name = "an ELF file",
	  .use = KIND_OTHER,
	  .magic = MAGIC("\x7f"
			 "ELF") },
	{ .name = "a zip archive", .use = KIND_OTHER, .magic = MAGIC("PK\x03\x04") },
	{ .name = "text", .use = KIND_OTHER, .fits = fits_text },
	{ .name = "unknown bytes", .use = KIND_OTHER, .fits = fits_anything },
};

static bool kind_fits(const struct kind *kind, struct bytes start)
{
	if (kind->fits)
		return kind->fits(start);
	return start.length >= kind->magic.length &&
	       memcmp(start.data, kind->magic.data, kind->magic.length) == 0;
}

const struct kind *kind_of(struct bytes start)
{
	const struct kind *kind = kinds;

	while (!kind_fits(kind, start))
		kind++;
	return kind;
}
