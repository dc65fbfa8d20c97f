#include "engine/expression/weights.h"

enum {
	WEIGHT_RARE = 20,
	WEIGHT_LETTER = 18,
	WEIGHT_CASELESS_LETTER = 15,
	WEIGHT_FILLER = 12, /* what memory is padded and cleared with */
	WEIGHT_NEW_BYTE = 2, /* for each value not seen before in the atom */
	PENALTY_ZERO_PAIR = 24,
	PENALTY_EQUAL_PAIR = 9,
	PENALTY_LAST_ZERO = 9,
	PENALTY_ONE_FILLER = 10, /* for each byte, when all are the same filler */
};

/* A position that allows so many values says less than a fifth of a bit. */
#define NEARLY_ALL 224

/* One for each byte of a GB. */
#define CANDIDATES_MOST 1e9

/* From measurements on process memory: below, the pair costs a fifth; above, it changes nothing. */
#define RARE_PAIR_FROM 500
#define RARE_PAIR_TO 5000
#define RARE_PAIR_SHORTEST 3

static bool byte_is_filler(uint8_t byte)
{
	return byte == 0x00 || byte == 0x20 || byte == 0x90 || byte == 0xcc || byte == 0xff;
}

static int weight_of_byte(uint8_t byte, bool caseless)
{
	if (byte_is_filler(byte))
		return WEIGHT_FILLER;
	if (byte_is_letter(byte))
		return caseless ? WEIGHT_CASELESS_LETTER : WEIGHT_LETTER;
	return WEIGHT_RARE;
}

static int penalty_of_pair(uint8_t left, uint8_t right)
{
	if (left != right)
		return 0;
	return left == 0 ? PENALTY_ZERO_PAIR : PENALTY_EQUAL_PAIR;
}

/* What a string has collected, byte by byte. */
struct sum {
	struct byte_set seen;
	int weight;
	uint8_t first, last;
	bool one_filler; /* so far all are the same one */
	int length;
};

static void sum_add(struct sum *sum, uint8_t byte, bool caseless)
{
	if (sum->length == 0) {
		sum->first = byte;
		sum->one_filler = byte_is_filler(byte);
	} else {
		sum->weight -= penalty_of_pair(sum->last, byte);
		sum->one_filler = sum->one_filler && byte == sum->first;
	}
	sum->weight += weight_of_byte(byte, caseless);
	if (!byte_set_has(&sum->seen, byte))
		sum->weight += WEIGHT_NEW_BYTE;
	byte_set_add(&sum->seen, byte);
	sum->last = byte;
	sum->length++;
}

/* As if the string ended here. */
static int sum_total(const struct sum *sum)
{
	int weight = sum->weight;

	if (sum->length > 0 && sum->last == 0)
		weight -= PENALTY_LAST_ZERO;
	if (sum->one_filler)
		weight -= PENALTY_ONE_FILLER * sum->length;
	return weight;
}

int weight_of_bytes(const uint8_t *bytes, size_t length, bool caseless)
{
	struct sum sum = { .weight = 0 };

	for (size_t i = 0; i < length; i++)
		sum_add(&sum, bytes[i], caseless);
	return sum_total(&sum);
}

void weights_of_prefixes(const uint8_t *bytes, size_t length, bool caseless, int *weights)
{
	struct sum sum = { .weight = 0 };

	for (size_t i = 0; i < length; i++) {
		sum_add(&sum, bytes[i], caseless);
		weights[i] = sum_total(&sum);
	}
}

/* Twice the binary logarithm, rounded down to a half: enough for a guess, and the same on every machine. */
static int log2_halves(uint64_t value)
{
	int whole = 63 - __builtin_clzll(value | 1);

	if (whole == 0)
		return 0;
	return 2 * whole + (int)(value >> (whole - 1) & 1);
}

int weight_of_choices(uint64_t count)
{
	return WEIGHT_OF_TWO_BITS * log2_halves(count) / 4;
}

static int weight_of_class(const struct byte_set *set)
{
	unsigned int count = byte_set_count(set);
	int weight;

	if (count == 1)
		return weight_of_byte(byte_set_lowest(set), false);
	if (count >= NEARLY_ALL)
		return 0;
	weight = WEIGHT_RARE - weight_of_choices(count);
	return weight > 0 ? weight : 0;
}

int weight_of_classes(const struct byte_set *sets, size_t count)
{
	int weight = 0;

	for (size_t i = 0; i < count; i++) {
		weight += weight_of_class(&sets[i]);
		if (i > 0 && byte_set_count(&sets[i]) == 1 && byte_set_count(&sets[i - 1]) == 1)
			weight -= penalty_of_pair(byte_set_lowest(&sets[i - 1]),
						  byte_set_lowest(&sets[i]));
	}
	return weight;
}

/*
 * Twice as often for each 5 less. If bytes came by chance it would be 2.5, but memory is full of words and code: among
 * starts of words and sequences of opcodes in the memory of a JVM and python, the mean number found at weights
 * from 20 to 110 is within ten times of this line.
 */
double weight_candidates(int weight)
{
	static const double parts[WEIGHT_OF_TWO_BITS] = {
		1, 0.8705505632961241, 0.757858283255199, 0.6597539553864471, 0.5743491774985175,
	};
	double candidates = CANDIDATES_MOST;

	if (weight <= 0)
		return candidates;
	for (int halves = weight / WEIGHT_OF_TWO_BITS; halves > 0; halves--)
		candidates /= 2;
	return candidates * parts[weight % WEIGHT_OF_TWO_BITS];
}

bool weights_want_rare_pair(size_t atom_count, size_t shortest_bytes)
{
	return atom_count >= RARE_PAIR_FROM && atom_count <= RARE_PAIR_TO &&
	       shortest_bytes >= RARE_PAIR_SHORTEST;
}
