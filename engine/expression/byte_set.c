#include "engine/expression/byte_set.h"

struct byte_set byte_set_masked(uint8_t value, uint8_t mask)
{
	struct byte_set set = { { 0 } };

	for (unsigned int byte = 0; byte < 256; byte++)
		if ((byte & mask) == value)
			byte_set_add(&set, (uint8_t)byte);
	return set;
}

void byte_set_add_cases(struct byte_set *set)
{
	for (uint8_t lower = 'a'; lower <= 'z'; lower++) {
		uint8_t upper = lower & 0xdf;

		if (byte_set_has(set, lower) || byte_set_has(set, upper)) {
			byte_set_add(set, lower);
			byte_set_add(set, upper);
		}
	}
}

bool byte_set_has_case_pair(const struct byte_set *set)
{
	for (uint8_t lower = 'a'; lower <= 'z'; lower++)
		if (byte_set_has(set, lower) && byte_set_has(set, lower & 0xdf))
			return true;
	return false;
}

struct byte_mask byte_set_common_bits(const struct byte_set *set)
{
	unsigned int all = 0xff, any = 0;

	for (unsigned int byte = 0; byte < 256; byte++) {
		if (!byte_set_has(set, (uint8_t)byte))
			continue;
		all &= byte;
		any |= byte;
	}
	if (any == 0 && all == 0xff) /* empty: nothing is known */
		return (struct byte_mask){ 0, 0 };
	return (struct byte_mask){ (uint8_t) ~(all ^ any), (uint8_t)(all & ~(all ^ any)) };
}
