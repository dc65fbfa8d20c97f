#include "rules/modules/tlsh.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 5u
/* Three bytes fall into one of 256 buckets; only the first half makes up the digest. */
#define BUCKETS 256u
#define COUNTED 128u
#define CODE_BYTES (COUNTED / 4)

/* The permutation of Pearson, "Fast Hashing of Variable-Length Text Strings", CACM 33(6), 1990. */
static const uint8_t pearson[256] = {
	1,   87,  49,  12,  176, 178, 102, 166, 121, 193, 6,   84,  249, 230, 44,  163, 14,  197,
	213, 181, 161, 85,  218, 80,  64,  239, 24,  226, 236, 142, 38,	 200, 110, 177, 104, 103,
	141, 253, 255, 50,  77,	 101, 81,  18,	45,  96,  31,  222, 25,	 107, 190, 70,	86,  237,
	240, 34,  72,  242, 20,	 214, 244, 227, 149, 235, 97,  234, 57,	 22,  60,  250, 82,  175,
	208, 5,	  127, 199, 111, 62,  135, 248, 174, 169, 211, 58,  66,	 154, 106, 195, 245, 171,
	17,  187, 182, 179, 0,	 243, 132, 56,	148, 75,  128, 133, 158, 100, 130, 126, 91,  13,
	153, 246, 216, 219, 119, 68,  223, 78,	83,  88,  201, 99,  122, 11,  92,  32,	136, 114,
	52,  10,  138, 30,  48,	 183, 156, 35,	61,  26,  143, 74,  251, 94,  129, 162, 63,  152,
	170, 7,	  115, 167, 241, 206, 3,   150, 55,  59,  151, 220, 90,	 53,  23,  131, 125, 173,
	15,  238, 79,  95,  89,	 16,  105, 137, 225, 224, 217, 160, 37,	 123, 118, 73,	2,   157,
	46,  116, 9,   145, 134, 228, 207, 212, 202, 215, 69,  229, 27,	 188, 67,  124, 168, 252,
	42,  4,	  29,  108, 21,	 247, 19,  205, 39,  203, 233, 40,  186, 147, 198, 192, 155, 33,
	164, 191, 98,  204, 165, 180, 117, 76,	140, 36,  210, 172, 41,	 54,  159, 8,	185, 232,
	113, 196, 231, 47,  146, 120, 51,  65,	28,  144, 254, 221, 93,	 189, 194, 139, 112, 43,
	71,  109, 184, 209,
};

/* A salt, which is the first byte that is hashed, and which two bytes of the window go with the newest. */
struct triplet {
	uint8_t salt, second, third;
};

static const struct triplet triplets[] = {
	{ 2, 1, 2 }, { 3, 1, 3 }, { 5, 2, 3 }, { 7, 2, 4 }, { 11, 1, 4 }, { 13, 3, 4 },
};

static uint8_t pearson_hash(uint8_t salt, uint8_t first, uint8_t second, uint8_t third)
{
	return pearson[pearson[pearson[pearson[salt] ^ first] ^ second] ^ third];
}

/* Returns the checksum. @newest has the rest of the window before it. */
static uint8_t count_window(uint32_t *buckets, const uint8_t *newest, uint8_t checksum)
{
	for (size_t i = 0; i < sizeof(triplets) / sizeof(*triplets); i++) {
		const struct triplet *triplet = &triplets[i];

		buckets[pearson_hash(triplet->salt, *newest, *(newest - triplet->second),
				     *(newest - triplet->third))]++;
	}
	return pearson_hash(0, *newest, *(newest - 1), checksum);
}

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* The counts that a quarter, a half and three quarters of the buckets do not exceed. */
static void find_quartiles(const uint32_t *buckets, uint32_t quartiles[3])
{
	uint32_t sorted[COUNTED];

	memcpy(sorted, buckets, sizeof(sorted));
	qsort(sorted, COUNTED, sizeof(*sorted), compare);
	for (size_t i = 0; i < 3; i++)
		quartiles[i] = sorted[COUNTED / 4 * (i + 1) - 1];
}

/* More than half of the buckets must have something, and so must the third quartile. */
static bool is_varied(const uint32_t *buckets, const uint32_t quartiles[3])
{
	unsigned filled = 0;

	for (size_t i = 0; i < COUNTED; i++)
		filled += buckets[i] > 0;
	return quartiles[2] > 0 && filled > COUNTED / 2;
}

/* The length on a scale of logarithms whose base becomes smaller twice; the constants are those of the paper's code. */
static uint8_t length_code(size_t length)
{
	double natural = log((double)length), code;

	if (length <= 656)
		code = floor(natural / 0.4054651);
	else if (length <= 3199)
		code = floor(natural / 0.26236426 - 8.72777);
	else
		code = floor(natural / 0.095310180 - 62.5472);
	return (uint8_t)((unsigned)code & 0xff);
}

static uint8_t ratio(uint32_t quartile, uint32_t highest)
{
	return (uint8_t)((uint32_t)((float)(quartile * 100) / (float)highest) % 16);
}

static uint8_t four_buckets(const uint32_t *buckets, const uint32_t quartiles[3])
{
	unsigned code = 0;

	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < 3; j++)
			code += (buckets[i] > quartiles[j] ? 1u : 0u) << (2 * i);
	return (uint8_t)code;
}

static uint8_t swap_halves(uint8_t byte)
{
	return (uint8_t)(byte << 4 | byte >> 4);
}

static void write_digest(const uint32_t *buckets, const uint32_t quartiles[3], uint8_t checksum,
			 size_t length, char *out)
{
	uint8_t code[3 + CODE_BYTES] = {
		swap_halves(checksum),
		swap_halves(length_code(length)),
		(uint8_t)(ratio(quartiles[0], quartiles[2]) << 4 |
			  ratio(quartiles[1], quartiles[2])),
	};

	/* The last buckets come first. */
	for (size_t i = 0; i < CODE_BYTES; i++)
		code[3 + i] = four_buckets(&buckets[COUNTED - 4 * (i + 1)], quartiles);
	memcpy(out, "T1", 2);
	for (size_t i = 0; i < sizeof(code); i++)
		snprintf(out + 2 + 2 * i, 3, "%02X", code[i]);
}

bool tlsh_digest(struct bytes data, char out[TLSH_TEXT_BYTES])
{
	uint32_t buckets[BUCKETS] = { 0 };
	uint32_t quartiles[3];
	uint8_t checksum = 0;

	out[0] = '\0';
	if (data.length < TLSH_SHORTEST)
		return false;
	for (size_t i = WINDOW - 1; i < data.length; i++)
		checksum = count_window(buckets, data.data + i, checksum);
	find_quartiles(buckets, quartiles);
	if (!is_varied(buckets, quartiles))
		return false;
	write_digest(buckets, quartiles, checksum, data.length, out);
	return true;
}
