#include "engine/base/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct digest {
	EVP_MD_CTX *context;
};

int digest_new(struct digest **out, struct error *err)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (!digest)
		return error_no_memory(err, "a digest");
	digest->context = EVP_MD_CTX_new();
	if (!digest->context || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1) {
		digest_free(digest);
		return error_no_memory(err, "a digest");
	}
	*out = digest;
	return 0;
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->context);
	free(digest);
}

int digest_add(struct digest *digest, const void *data, size_t length, struct error *err)
{
	if (length && EVP_DigestUpdate(digest->context, data, length) != 1)
		return error_set(err, ERROR_SYSTEM, 0, "SHA-256 failed");
	return 0;
}

int digest_add_sized(struct digest *digest, const void *data, size_t length, struct error *err)
{
	uint8_t size[8];

	for (size_t i = 0; i < sizeof(size); i++)
		size[i] = (uint8_t)((uint64_t)length >> (8 * i));

	int ret = digest_add(digest, size, sizeof(size), err);

	return ret ? ret : digest_add(digest, data, length, err);
}

int digest_end(struct digest *digest, uint8_t out[DIGEST_BYTES], struct error *err)
{
	if (EVP_DigestFinal_ex(digest->context, out, NULL) != 1)
		return error_set(err, ERROR_SYSTEM, 0, "SHA-256 failed");
	return 0;
}

int digest_of(const void *data, size_t length, uint8_t out[DIGEST_BYTES], struct error *err)
{
	struct digest *digest;
	int ret = digest_new(&digest, err);

	if (ret < 0)
		return ret;
	ret = digest_add(digest, data, length, err);
	if (ret == 0)
		ret = digest_end(digest, out, err);
	digest_free(digest);
	return ret;
}

void digest_hex(const uint8_t digest[DIGEST_BYTES], char out[DIGEST_HEX_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * DIGEST_BYTES] = '\0';
}
