#include "cli/options/suggest.h"

#include <stdint.h>
#include <string.h>

#define LONGEST_NAME 32u

static size_t least(size_t left, size_t right)
{
	return left < right ? left : right;
}

/*
 * Edits that lead from @left to @right, a swap of neighbours counting as one: the classic table, of which
 * three rows are enough.
 */
static size_t distance(const char *left, const char *right)
{
	size_t rows[3][LONGEST_NAME + 1];
	size_t height = strlen(left), width = strlen(right);

	if (height > LONGEST_NAME || width > LONGEST_NAME)
		return SIZE_MAX;
	for (size_t j = 0; j <= width; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= height; i++) {
		size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *second = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t wrong = above[j - 1] + (left[i - 1] != right[j - 1]);

			row[j] = least(wrong, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && left[i - 1] == right[j - 2] &&
			    left[i - 2] == right[j - 1])
				row[j] = least(row[j], second[j - 2] + 1);
		}
	}
	return rows[height % 3][width];
}

static const char *only_completion(const char *word, const char *const *names, size_t count)
{
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		if (strncmp(names[i], word, strlen(word)) != 0)
			continue;
		if (found)
			return NULL;
		found = names[i];
	}
	return found;
}

const char *suggest(const char *word, const char *const *names, size_t count)
{
	const char *nearest = strlen(word) > 1 ? only_completion(word, names, count) : NULL;
	size_t shortest = SIZE_MAX;

	if (nearest)
		return nearest;
	for (size_t i = 0; i < count; i++) {
		size_t edits = distance(word, names[i]), third = strlen(names[i]) / 3;

		if (edits > (third ? third : 1) || edits >= strlen(word) || edits >= shortest)
			continue;
		shortest = edits;
		nearest = names[i];
	}
	return nearest;
}
