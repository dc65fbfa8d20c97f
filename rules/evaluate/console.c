#include "rules/evaluate/console.h"

#include <string.h>

void console_release(struct console *console)
{
	arena_free(console->arena);
	*console = (struct console){ 0 };
}

static bool grow(struct console *console)
{
	size_t capacity = console->capacity ? console->capacity * 2 : 16;
	struct console_line *lines;

	if (console->count < console->capacity)
		return true;
	lines = arena_alloc_array(console->arena, capacity, sizeof(*lines));
	if (!lines)
		return false;
	if (console->count)
		memcpy(lines, console->lines, console->count * sizeof(*lines));
	console->lines = lines;
	console->capacity = capacity;
	return true;
}

/* Lines count too, or empty ones would be free. */
static bool fits(const struct console *console, size_t length)
{
	size_t left = CONSOLE_BYTES_LIMIT - console->bytes;

	return left >= sizeof(struct console_line) && length <= left - sizeof(struct console_line);
}

int console_add(struct console *console, uint32_t rule, const char *text, size_t length,
		struct error *err)
{
	void *copy;

	if (!fits(console, length)) {
		console->dropped++;
		return 0;
	}
	if (!console->arena)
		console->arena = arena_new(0);
	if (!console->arena || !grow(console))
		return error_no_memory(err, "console lines");
	copy = arena_copy(console->arena, text, length);
	if (!copy)
		return error_no_memory(err, "console lines");
	console->lines[console->count++] =
		(struct console_line){ .rule = rule, .text = { copy, length } };
	console->bytes += length + sizeof(struct console_line);
	return 0;
}
