#include "engine/confirm/xor.h"

bool xor_lies_at(const struct bytes *literal, bool wide, uint8_t key, const uint8_t *at)
{
	size_t step = wide ? 2 : 1;

	for (size_t i = 0; i < literal->length; i++) {
		if ((at[step * i] ^ key) != literal->data[i])
			return false;
		if (wide && at[2 * i + 1] != key)
			return false;
	}
	return true;
}
