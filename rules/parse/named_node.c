#include "rules/parse/named_node.h"

#include <stddef.h>
#include <string.h>

#define LINE_FEED ((uint64_t)1 << '\n')
#define DIGITS ((uint64_t)0x3ff << '0')
/* Tab to carriage return, and the space. */
#define SPACES ((uint64_t)0x1f << '\t' | (uint64_t)1 << ' ')
/* A-Z, underscore, a-z: of the second 64 bytes. */
#define LETTERS                                                                                    \
	((uint64_t)0x3ffffff << ('A' - 64) | (uint64_t)1 << ('_' - 64) |                           \
	 (uint64_t)0x3ffffff << ('a' - 64))

static const uint64_t no_line_feed[] = { ~LINE_FEED, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0 };
static const uint64_t words[] = { DIGITS, LETTERS, 0, 0 };
static const uint64_t no_words[] = { ~DIGITS, ~LETTERS, ~(uint64_t)0, ~(uint64_t)0 };
static const uint64_t spaces[] = { SPACES, 0, 0, 0 };
static const uint64_t no_spaces[] = { ~SPACES, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0 };
static const uint64_t digits[] = { DIGITS, 0, 0, 0 };
static const uint64_t no_digits[] = { ~DIGITS, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0 };

static const struct regex_node any_byte = { .kind = REGEX_BYTE };
static const struct regex_node any_in_line = { .kind = REGEX_CLASS, .set = no_line_feed };

static const char letters[] = "wWsSdD";
static const struct regex_node named[] = {
	{ .kind = REGEX_CLASS, .set = words },	{ .kind = REGEX_CLASS, .set = no_words },
	{ .kind = REGEX_CLASS, .set = spaces }, { .kind = REGEX_CLASS, .set = no_spaces },
	{ .kind = REGEX_CLASS, .set = digits }, { .kind = REGEX_CLASS, .set = no_digits },
};

const struct regex_node *regex_dot(bool dot_all)
{
	return dot_all ? &any_byte : &any_in_line;
}

bool regex_is_dot(const struct regex_node *node)
{
	return node == &any_byte || node == &any_in_line;
}

const struct regex_node *regex_named_class(int letter)
{
	const char *found = letter > 0 ? strchr(letters, letter) : NULL;

	return found ? &named[found - letters] : NULL;
}

bool regex_is_named_class(const struct regex_node *node)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++) {
		if (node == &named[i])
			return true;
	}
	return false;
}
