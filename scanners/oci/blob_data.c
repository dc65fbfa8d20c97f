#include "scanners/oci/blob_data.h"

static int digit_of(uint8_t character)
{
	if (character >= 'A' && character <= 'Z')
		return character - 'A';
	if (character >= 'a' && character <= 'z')
		return character - 'a' + 26;
	if (character >= '0' && character <= '9')
		return character - '0' + 52;
	if (character == '+')
		return 62;
	return character == '/' ? 63 : -1;
}

bool blob_data_decode(struct bytes text, uint8_t *out, size_t *length)
{
	size_t padding = 0, done = 0;

	if (text.length % 4 != 0)
		return false;
	while (padding < 2 && padding < text.length && text.data[text.length - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < text.length; i += 4) {
		uint32_t bits = 0;

		for (size_t j = i; j < i + 4; j++) {
			int digit = j >= text.length - padding ? 0 : digit_of(text.data[j]);

			if (digit < 0)
				return false;
			bits = bits << 6 | (uint32_t)digit;
		}
		out[done++] = (uint8_t)(bits >> 16);
		out[done++] = (uint8_t)(bits >> 8);
		out[done++] = (uint8_t)bits;
	}
	*length = done - padding;
	return true;
}
