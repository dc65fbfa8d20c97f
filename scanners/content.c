#include "scanners/content.h"

const struct piece *content_piece(const struct content *content, uint64_t offset)
{
	size_t low = 0, high = content->piece_count;

	if (offset >= content->length)
		return NULL;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (content->pieces[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return content->piece_count ? &content->pieces[low] : NULL;
}

uint64_t content_bytes(const struct content *content, enum piece_kind kind)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < content->piece_count; i++)
		if (content->pieces[i].kind == kind)
			bytes += content->pieces[i].length;
	return bytes;
}
