#include "engine/confirm/literal.h"

#include <string.h>

#include "engine/expression/byte_set.h"
#include "engine/confirm/xor.h"

static bool equal_nocase(const struct bytes *literal, const uint8_t *at)
{
	for (size_t i = 0; i < literal->length; i++)
		if (byte_lower(at[i]) != byte_lower(literal->data[i]))
			return false;
	return true;
}

static bool equal_wide(const struct bytes *literal, const uint8_t *at)
{
	for (size_t i = 0; i < literal->length; i++)
		if (at[2 * i] != literal->data[i] || at[2 * i + 1] != 0)
			return false;
	return true;
}

static bool equal_wide_nocase(const struct bytes *literal, const uint8_t *at)
{
	for (size_t i = 0; i < literal->length; i++)
		if (byte_lower(at[2 * i]) != byte_lower(literal->data[i]) || at[2 * i + 1] != 0)
			return false;
	return true;
}

bool literal_lies_at(const struct bytes *literal, const struct spelled *spelled, const uint8_t *at)
{
	if (spelled->xor_key)
		return xor_lies_at(literal, spelled->wide, spelled->xor_key, at);
	if (spelled->wide)
		return spelled->nocase ? equal_wide_nocase(literal, at) : equal_wide(literal, at);
	return spelled->nocase ? equal_nocase(literal, at)
			       : memcmp(at, literal->data, literal->length) == 0;
}
