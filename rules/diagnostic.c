#include "rules/diagnostic.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/array.h"
#include "rules/source_line.h"

/* Every so many lines the place of one is noted, so that showing a line need not read the whole file. */
#define LINES_PER_MARK 256u

struct source_file {
	const char *name;
	struct bytes text;
	size_t *marks; /* offsets of the lines 1, 257, 513... */
	size_t mark_count, mark_capacity;
};

struct diagnostics {
	struct arena *arena; /* names, texts and messages */
	struct source_file *files;
	size_t file_count, file_capacity;
	struct diagnostic *items; /* as they came */
	size_t item_count, item_capacity;
	struct diagnostic *sorted; /* what diagnostics_list() lent */
	size_t *slots; /* hash table of items: index + 1 */
	size_t slot_count;
	size_t counts[2]; /* by severity, those without memory included */
};

int diagnostics_new(struct diagnostics **out, struct error *err)
{
	struct diagnostics *notes = calloc(1, sizeof(*notes));

	if (!notes)
		return error_no_memory(err, "the diagnostics");
	notes->arena = arena_new(0);
	if (!notes->arena) {
		free(notes);
		return error_no_memory(err, "the diagnostics");
	}
	*out = notes;
	return 0;
}

void diagnostics_free(struct diagnostics *notes)
{
	if (!notes)
		return;
	for (size_t i = 0; i < notes->file_count; i++)
		free(notes->files[i].marks);
	free(notes->files);
	free(notes->items);
	free(notes->sorted);
	free(notes->slots);
	arena_free(notes->arena);
	free(notes);
}

static bool mark_push(struct source_file *file, size_t offset)
{
	size_t *grown = array_grow(file->marks, &file->mark_capacity, file->mark_count + 1,
				   sizeof(*file->marks));

	if (!grown)
		return false;
	file->marks = grown;
	file->marks[file->mark_count++] = offset;
	return true;
}

static bool marks_make(struct source_file *file)
{
	size_t offset = 0, line = 0;

	for (;;) {
		if (line++ % LINES_PER_MARK == 0 && !mark_push(file, offset))
			return false;

		const void *end =
			offset < file->text.length
				? memchr(file->text.data + offset, '\n', file->text.length - offset)
				: NULL;

		if (!end)
			return true;
		offset = (size_t)((const uint8_t *)end - file->text.data) + 1;
	}
}

int diagnostics_add_file(struct diagnostics *notes, const char *name, const char *text,
			 size_t length, uint32_t *out, struct error *err)
{
	struct source_file *grown = array_grow(notes->files, &notes->file_capacity,
					       notes->file_count + 1, sizeof(*notes->files));

	if (!grown)
		return error_no_memory(err, "the name of a rules file");
	notes->files = grown;

	struct source_file file = { 0 };

	file.name = arena_copy_string(notes->arena, name, strlen(name));
	file.text = (struct bytes){ arena_copy(notes->arena, text, length), length };
	if (!file.name || !file.text.data || !marks_make(&file)) {
		free(file.marks);
		return error_no_memory(err, "the text of a rules file");
	}
	notes->files[notes->file_count] = file;
	*out = (uint32_t)notes->file_count++;
	return 0;
}

size_t diagnostics_file_count(const struct diagnostics *notes)
{
	return notes->file_count;
}

struct bytes diagnostics_file_text(const struct diagnostics *notes, uint32_t file)
{
	return notes->files[file].text;
}

const char *diagnostics_file_name(const struct diagnostics *notes, uint32_t file)
{
	return file < notes->file_count ? notes->files[file].name : "";
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u; /* FNV-1a */
	return hash;
}

static uint64_t hash_diagnostic(const struct diagnostic *item)
{
	const uint32_t numbers[] = { item->span.file, item->span.line, item->span.column,
				     item->span.length, item->severity };
	uint64_t hash = hash_bytes(0xcbf29ce484222325u, numbers, sizeof(numbers));

	return hash_bytes(hash, item->message, strlen(item->message));
}

static bool texts_equal(const char *left, const char *right)
{
	return left == right || (left && right && !strcmp(left, right));
}

static bool diagnostics_equal(const struct diagnostic *left, const struct diagnostic *right)
{
	return left->span.file == right->span.file && left->span.line == right->span.line &&
	       left->span.column == right->span.column && left->span.length == right->span.length &&
	       left->severity == right->severity && texts_equal(left->code, right->code) &&
	       texts_equal(left->message, right->message) && texts_equal(left->rule, right->rule);
}

/* The slot that holds an equal one, or the free slot where @item belongs. */
static size_t *find_slot(const struct diagnostics *notes, const struct diagnostic *item)
{
	size_t slot = hash_diagnostic(item) % notes->slot_count;

	while (notes->slots[slot] &&
	       !diagnostics_equal(&notes->items[notes->slots[slot] - 1], item))
		slot = (slot + 1) % notes->slot_count;
	return &notes->slots[slot];
}

/* At most half of the slots are in use, so that a search ends soon. */
static bool slots_grow(struct diagnostics *notes)
{
	if (notes->slot_count > 2 * (notes->item_count + 1))
		return true;

	size_t count = notes->slot_count ? 2 * notes->slot_count : 64;
	size_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return false;
	free(notes->slots);
	notes->slots = slots;
	notes->slot_count = count;
	for (size_t i = 0; i < notes->item_count; i++)
		*find_slot(notes, &notes->items[i]) = i + 1;
	return true;
}

static bool item_push(struct diagnostics *notes, const struct diagnostic *item)
{
	struct diagnostic *grown;

	if (!slots_grow(notes))
		return false;
	grown = array_grow(notes->items, &notes->item_capacity, notes->item_count + 1,
			   sizeof(*grown));
	if (!grown)
		return false;
	notes->items = grown;
	*find_slot(notes, item) = notes->item_count + 1;
	notes->items[notes->item_count++] = *item;
	return true;
}

static bool is_known(const struct diagnostics *notes, const struct diagnostic *item)
{
	return notes->slot_count && *find_slot(notes, item);
}

/* Copies what @item lends; false without memory. */
static bool item_keep(struct diagnostics *notes, struct diagnostic *item)
{
	item->code = arena_copy_string(notes->arena, item->code, strlen(item->code));
	item->message = arena_copy_string(notes->arena, item->message, strlen(item->message));
	if (item->rule)
		item->rule = arena_copy_string(notes->arena, item->rule, strlen(item->rule));
	return item->code && item->message;
}

void diagnostics_add(struct diagnostics *notes, enum severity severity, struct source_span span,
		     const char *code, const char *rule, const char *format, ...)
{
	char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);

	struct diagnostic item = { span, severity, code, message, rule };

	if (message && is_known(notes, &item)) {
		free(message);
		return;
	}
	notes->counts[severity]++;
	if (message && item_keep(notes, &item))
		item_push(notes, &item);
	free(message);
}

size_t diagnostics_count(const struct diagnostics *notes, enum severity severity)
{
	return notes->counts[severity];
}

static int compare_numbers(size_t left, size_t right)
{
	return (left > right) - (left < right);
}

/* Items of one array: their places in it decide where nothing else does. */
static int compare_items(const void *left, const void *right)
{
	const struct diagnostic *const *a = left, *const *b = right;
	int order = compare_numbers((*a)->span.file, (*b)->span.file);

	if (!order)
		order = compare_numbers((*a)->span.line, (*b)->span.line);
	if (!order)
		order = compare_numbers((*a)->span.column, (*b)->span.column);
	if (!order)
		order = (*a > *b) - (*a < *b);
	return order;
}

const struct diagnostic *diagnostics_list(struct diagnostics *notes, size_t *count)
{
	const struct diagnostic **order = calloc(notes->item_count + 1, sizeof(*order));
	struct diagnostic *sorted = calloc(notes->item_count + 1, sizeof(*sorted));

	*count = notes->item_count;
	if (!order || !sorted) {
		free(order);
		free(sorted);
		return notes->items; /* in another order, but complete */
	}
	for (size_t i = 0; i < notes->item_count; i++)
		order[i] = &notes->items[i];
	qsort(order, notes->item_count, sizeof(*order), compare_items);
	for (size_t i = 0; i < notes->item_count; i++)
		sorted[i] = *order[i];
	free(order);
	free(notes->sorted);
	notes->sorted = sorted;
	return sorted;
}

/* The bytes of a line, without its line feed. */
static struct bytes find_line(const struct source_file *file, uint32_t line)
{
	size_t mark = (line - 1) / LINES_PER_MARK;

	if (!line || mark >= file->mark_count)
		return (struct bytes){ 0 };

	size_t offset = file->marks[mark];
	uint32_t ahead = (line - 1) % LINES_PER_MARK;

	for (;;) {
		struct bytes rest = { file->text.data + offset, file->text.length - offset };
		const uint8_t *end = rest.length ? memchr(rest.data, '\n', rest.length) : NULL;

		if (end)
			rest.length = (size_t)(end - rest.data);
		if (!ahead--)
			return rest;
		if (!end)
			return (struct bytes){ 0 };
		offset += rest.length + 1;
	}
}

static void write_head(struct text *out, const struct diagnostics *notes,
		       const struct diagnostic *item)
{
	const char *name = diagnostics_file_name(notes, item->span.file);

	if (*name) {
		source_line_escape(out, name);
		if (item->span.line)
			text_add_format(out, ":%u:%u", item->span.line, item->span.column);
		text_add(out, ": ");
	}
	text_add(out, item->severity == SEVERITY_ERROR ? "error: " : "warning: ");
	source_line_escape(out, item->message);
	text_add_format(out, " [%s]\n", item->code);
}

char *diagnostics_format(const struct diagnostics *notes, const struct diagnostic *diagnostic)
{
	const struct source_span *span = &diagnostic->span;
	struct text out = { 0 };

	write_head(&out, notes, diagnostic);
	if (span->line && span->file < notes->file_count)
		source_line_write(&out, find_line(&notes->files[span->file], span->line), span);
	if (out.failed)
		text_release(&out);
	return out.data;
}
