#include "tests/fuzz/wire_mutator.h"

#include <string.h>

/* libFuzzer's own: changes bytes in place. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t length, size_t most);

enum wire { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32 = 5 };

#define MOST_FIELDS 512
#define LONGEST_BYTES 4096

struct field {
	uint64_t key, number; /* number: WIRE_VARINT */
	const uint8_t *start, *bytes; /* of the field, of its bytes */
	size_t total, length;
};

uint32_t random_below(struct random *random, uint32_t bound)
{
	random->state = random->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return bound ? (uint32_t)(random->state >> 33) % bound : 0;
}

void mutated_add(struct mutated *out, const uint8_t *bytes, size_t length)
{
	size_t room = out->most - out->length;

	if (length > room)
		length = room;
	if (length)
		memcpy(out->bytes + out->length, bytes, length);
	out->length += length;
}

static void add_varint(struct mutated *out, uint64_t number)
{
	do {
		uint8_t byte = (uint8_t)(number & 0x7f) | (number > 0x7f ? 0x80 : 0);

		mutated_add(out, &byte, 1);
		number >>= 7;
	} while (number);
}

static void add_bytes(struct mutated *out, uint64_t key, const uint8_t *bytes, size_t length)
{
	add_varint(out, key);
	add_varint(out, length);
	mutated_add(out, bytes, length);
}

static size_t take_varint(const uint8_t *data, size_t length, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < length && i < 10; i++) {
		*out |= (uint64_t)(data[i] & 0x7f) << (7 * i % 64);
		if (!(data[i] & 0x80))
			return i + 1;
	}
	return 0;
}

static size_t take_value(struct field *field, const uint8_t *data, size_t length)
{
	uint64_t bytes;
	size_t taken;

	switch (field->key & 7) {
	case WIRE_VARINT:
		return take_varint(data, length, &field->number);
	case WIRE_FIXED64:
		return length >= 8 ? 8 : 0;
	case WIRE_FIXED32:
		return length >= 4 ? 4 : 0;
	case WIRE_BYTES:
		taken = take_varint(data, length, &bytes);
		if (!taken || bytes > length - taken)
			return 0;
		field->bytes = data + taken;
		field->length = (size_t)bytes;
		return taken + (size_t)bytes;
	default:
		return 0;
	}
}

static bool take_field(struct field *field, const uint8_t *data, size_t length)
{
	size_t key, value;

	*field = (struct field){ .start = data };
	key = take_varint(data, length, &field->key);
	if (!key || field->key >> 3 == 0 || field->key >> 3 > 0xffff)
		return false;
	value = take_value(field, data + key, length - key);
	field->total = key + value;
	return value > 0;
}

bool wire_is_message(const uint8_t *data, size_t length)
{
	struct field field;
	size_t at = 0;

	while (at < length) {
		if (!take_field(&field, data + at, length - at))
			return false;
		at += field.total;
	}
	return length > 0;
}

static uint64_t other_number(const struct field *fields, size_t count, uint64_t number,
			     struct random *random)
{
	static const uint64_t known[] = { 0,
					  1,
					  2,
					  4,
					  6,
					  8,
					  4095,
					  4096,
					  8192,
					  65536,
					  0x4081,
					  0x201,
					  0x81,
					  0x10000,
					  0x7fffffff,
					  0x80000000,
					  UINT32_MAX,
					  UINT64_C(1) << 32,
					  UINT64_C(1) << 47,
					  UINT64_C(1) << 63,
					  UINT64_MAX,
					  UINT64_MAX - 4095 };
	const struct field *other = &fields[random_below(random, (uint32_t)count)];

	switch (random_below(random, 8)) {
	case 0:
		return number + 1;
	case 1:
		return number - 1;
	case 2:
		return number + 4096;
	case 3:
		return number - 4096;
	case 4:
		return number ^ UINT64_C(1) << random_below(random, 64);
	case 5:
		return (other->key & 7) == WIRE_VARINT ? other->number : number * 2;
	case 6:
		return random_below(random, 16);
	default:
		return known[random_below(random, sizeof(known) / sizeof(known[0]))];
	}
}

static void change_bytes(const struct field *field, struct mutated *out)
{
	uint8_t bytes[LONGEST_BYTES];
	size_t length = field->length < sizeof(bytes) ? field->length : sizeof(bytes);

	memcpy(bytes, field->bytes, length);
	length = LLVMFuzzerMutate(bytes, length,
				  sizeof(bytes) < length + 64 ? sizeof(bytes) : length + 64);
	add_bytes(out, field->key, bytes, length);
}

static void change_inner(const struct field *field, struct random *random, struct mutated *out)
{
	uint8_t bytes[LONGEST_BYTES];
	struct mutated inner = { .bytes = bytes, .most = sizeof(bytes) };

	wire_mutate(field->bytes, field->length, random, &inner);
	add_bytes(out, field->key, bytes, inner.length);
}

static void change_value(const struct field *fields, size_t count, const struct field *field,
			 struct random *random, struct mutated *out)
{
	uint8_t bytes[8] = { 0 };
	uint32_t wire = field->key & 7;

	if (wire == WIRE_VARINT) {
		add_varint(out, field->key);
		add_varint(out, other_number(fields, count, field->number, random));
	} else if (wire != WIRE_BYTES) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)random_below(random, 256);
		add_varint(out, field->key);
		mutated_add(out, bytes, wire == WIRE_FIXED64 ? 8 : 4);
	} else if (field->length < LONGEST_BYTES && wire_is_message(field->bytes, field->length) &&
		   random_below(random, 8)) {
		change_inner(field, random, out);
	} else {
		change_bytes(field, out);
	}
}

static void add_new_field(const struct field *fields, size_t count, struct random *random,
			  struct mutated *out)
{
	add_varint(out, (uint64_t)(1 + random_below(random, 24)) << 3 | WIRE_VARINT);
	add_varint(out, other_number(fields, count, random_below(random, 256), random));
}

static void change_field(const struct field *fields, size_t count, size_t index,
			 struct random *random, struct mutated *out)
{
	const struct field *field = &fields[index];
	const struct field *other = &fields[random_below(random, (uint32_t)count)];

	switch (random_below(random, 16)) {
	case 0: /* gone */
		return;
	case 1: /* twice */
		mutated_add(out, field->start, field->total);
		mutated_add(out, field->start, field->total);
		return;
	case 2: /* twice, and not the same */
		mutated_add(out, field->start, field->total);
		change_value(fields, count, field, random, out);
		return;
	case 3:
		mutated_add(out, field->start, field->total);
		add_new_field(fields, count, random, out);
		return;
	case 4: /* another's place */
		mutated_add(out, other->start, other->total);
		return;
	default:
		change_value(fields, count, field, random, out);
	}
}

void wire_mutate(const uint8_t *data, size_t length, struct random *random, struct mutated *out)
{
	static struct field fields[MOST_FIELDS];
	struct field mine[32];
	size_t count = 0, at = 0, chosen, window;
	uint32_t seen = 0;

	/* One field at random, with those around it at hand. */
	while (at < length && count < MOST_FIELDS &&
	       take_field(&fields[count], data + at, length - at))
		at += fields[count++].total;
	if (!count) {
		add_new_field(fields, 0, random, out);
		return;
	}
	chosen = random_below(random, (uint32_t)count);
	window = chosen < 16 ? 0 : chosen - 16;
	for (size_t i = window; i < count && seen < 32; i++)
		mine[seen++] = fields[i];
	mutated_add(out, data, (size_t)(fields[chosen].start - data));
	at = (size_t)(fields[chosen].start - data) + fields[chosen].total;
	change_field(mine, seen, chosen - window, random, out);
	mutated_add(out, data + at, length - at);
}

static uint32_t word_at(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
	       (uint32_t)data[3] << 24;
}

static void add_word(struct mutated *out, size_t word)
{
	uint8_t bytes[4] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
			     (uint8_t)(word >> 24) };

	mutated_add(out, bytes, sizeof(bytes));
}

/* Where one of the entries stands; @length: there is none. */
static size_t find_entry(const uint8_t *data, size_t length, struct random *random)
{
	size_t found = length;
	uint32_t count = 0;

	for (size_t at = 4; at + 4 < length; at++) {
		uint32_t bytes = word_at(data + at);

		if (!bytes || bytes > length - at - 4 || !wire_is_message(data + at + 4, bytes))
			continue;
		if (!random_below(random, ++count))
			found = at;
		at += 3 + (size_t)bytes;
	}
	return found;
}

static void add_changed(const uint8_t *message, size_t length, struct random *random,
			struct mutated *out)
{
	static uint8_t bytes[65536];
	struct mutated inner = { .bytes = bytes, .most = sizeof(bytes) };

	wire_mutate(message, length, random, &inner);
	add_word(out, inner.length);
	mutated_add(out, bytes, inner.length);
}

bool wire_mutate_image(const uint8_t *data, size_t length, struct random *random,
		       struct mutated *out)
{
	size_t at = find_entry(data, length, random), end;
	uint32_t choice = random_below(random, 12);

	if (at == length)
		return false;
	end = at + 4 + word_at(data + at);
	mutated_add(out, data, at);
	if (choice == 0) /* twice */
		mutated_add(out, data + at, end - at);
	if (choice == 1) /* twice, and not the same */
		mutated_add(out, data + at, end - at);
	if (choice == 0)
		mutated_add(out, data + at, end - at);
	else if (choice != 2) /* else gone */
		add_changed(data + at + 4, end - at - 4, random, out);
	mutated_add(out, data + end, length - end);
	return true;
}
