#include "rules/modules/sum.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <stdio.h>

static const EVP_MD *algorithm(enum sum_kind kind)
{
	switch (kind) {
	case SUM_MD5:
		return EVP_md5();
	case SUM_SHA1:
		return EVP_sha1();
	case SUM_SHA256:
		return EVP_sha256();
	default:
		return NULL;
	}
}

static int failed(struct error *err)
{
	return error_set(err, ERROR_SYSTEM, 0, "libcrypto cannot make a digest");
}

int sum_begin(struct sum *sum, enum sum_kind kind, struct error *err)
{
	const EVP_MD *digest = algorithm(kind);

	*sum = (struct sum){ .kind = kind };
	if (!digest)
		return 0;
	sum->digest = EVP_MD_CTX_new();
	if (!sum->digest)
		return error_no_memory(err, "a digest");
	if (EVP_DigestInit_ex(sum->digest, digest, NULL) != 1) {
		sum_release(sum);
		return failed(err);
	}
	return 0;
}

void sum_release(struct sum *sum)
{
	EVP_MD_CTX_free(sum->digest);
	sum->digest = NULL;
}

static uint32_t add_up(uint32_t number, struct bytes part)
{
	for (size_t i = 0; i < part.length; i++)
		number += part.data[i];
	return number;
}

int sum_add(struct sum *sum, struct bytes part, struct error *err)
{
	if (!part.length)
		return 0;
	if (sum->digest)
		return EVP_DigestUpdate(sum->digest, part.data, part.length) == 1 ? 0 : failed(err);
	if (sum->kind == SUM_CRC32)
		sum->number = crc32_gzip_refl(sum->number, part.data, part.length);
	else
		sum->number = add_up(sum->number, part);
	return 0;
}

int sum_end(struct sum *sum, struct arena *arena, struct value *out, struct error *err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned length;
	char *text;

	if (!sum->digest) {
		*out = value_integer(sum->number);
		return 0;
	}
	if (EVP_DigestFinal_ex(sum->digest, digest, &length) != 1)
		return failed(err);
	text = arena_alloc(arena, 2 * (size_t)length + 1);
	if (!text)
		return error_no_memory(err, "a digest");
	for (unsigned i = 0; i < length; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	*out = value_text(text, 2 * (size_t)length);
	return 0;
}
