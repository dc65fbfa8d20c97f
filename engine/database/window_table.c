#include "engine/database/window_table.h"

#include <string.h>

#define GROUP_WINDOWS 64u
/* Looked at for every place at once, so that the processor need not guess which of them ends it. */
#define POSITIONS_AT_ONCE 4u
/* All groups look at so many bytes before they go on: then these lie near. */
#define CHUNK_BYTES 16384u
/* Zeros are about a third of memory, as common as a hundred other bytes together. */
#define ZERO_SHARE 100u

/* Bit i of a mask belongs to window i of the group. */
struct window_group {
	/* Windows that allow the byte at the position, or end before it. */
	uint64_t masks[WINDOW_POSITIONS][256];
	uint64_t ended[WINDOW_POSITIONS]; /* windows that end before the position */
	uint8_t order[WINDOW_POSITIONS]; /* positions, those that tell most first */
	uint8_t lengths[GROUP_WINDOWS];
	uint32_t positions; /* of the longest window */
	uint32_t first; /* index of the first window */
};

struct window_table {
	struct window_group *groups;
	struct atom *windows;
	size_t count, group_count;
	uint32_t first_number;
};

static void add_window(struct window_group *group, unsigned int index, const struct atom *window)
{
	const uint64_t bit = (uint64_t)1 << index;

	group->lengths[index] = window->length;
	if (window->length > group->positions)
		group->positions = window->length;
	for (size_t position = 0; position < WINDOW_POSITIONS; position++) {
		bool ended = position >= window->length;

		if (ended)
			group->ended[position] |= bit;
		for (unsigned int byte = 0; byte < 256; byte++)
			if (ended || byte_set_has(&window->classes[position], (uint8_t)byte))
				group->masks[position][byte] |= bit;
	}
}

/* How many windows a position is likely to leave. */
static unsigned int windows_left(const struct window_group *group, size_t position)
{
	unsigned int left = 0;

	for (unsigned int byte = 0; byte < 256; byte++)
		left += (unsigned int)__builtin_popcountll(group->masks[position][byte]) *
			(byte == 0 ? ZERO_SHARE : 1);
	return left;
}

static void order_positions(struct window_group *group)
{
	unsigned int left[WINDOW_POSITIONS];

	for (size_t i = 0; i < WINDOW_POSITIONS; i++) {
		size_t at = i;

		left[i] = windows_left(group, i);
		for (; at > 0 && left[group->order[at - 1]] > left[i]; at--)
			group->order[at] = group->order[at - 1];
		group->order[at] = (uint8_t)i;
	}
}

static void make_group(struct window_group *group, const struct window_table *table, size_t first)
{
	size_t count = table->count - first < GROUP_WINDOWS ? table->count - first : GROUP_WINDOWS;

	group->first = (uint32_t)first;
	for (size_t i = 0; i < count; i++)
		add_window(group, (unsigned int)i, &table->windows[first + i]);
	/* Where no window is, no mask has a bit. */
	order_positions(group);
}

static int make_table(const struct window_table **out, struct atom *windows, size_t count,
		      uint32_t first_number, struct arena *arena, struct error *err)
{
	struct window_table *table = arena_alloc(arena, sizeof(*table));
	size_t groups = (count + GROUP_WINDOWS - 1) / GROUP_WINDOWS;

	if (!table)
		return error_no_memory(err, "windows of regular expressions");
	*table = (struct window_table){
		.groups = arena_alloc_array(arena, groups, sizeof(*table->groups)),
		.windows = windows,
		.count = count,
		.group_count = groups,
		.first_number = first_number,
	};
	if (!table->groups)
		return error_no_memory(err, "windows of regular expressions");
	for (size_t i = 0; i < groups; i++)
		make_group(&table->groups[i], table, i * GROUP_WINDOWS);
	*out = table;
	return 0;
}

int window_table_make(const struct window_table **out, const struct atom *const *windows,
		      size_t count, uint32_t first_number, struct arena *arena, struct error *err)
{
	struct atom *copies = arena_alloc_array(arena, count, sizeof(*copies));

	if (!copies)
		return error_no_memory(err, "windows of regular expressions");
	for (size_t i = 0; i < count; i++) {
		copies[i] = *windows[i];
		copies[i].classes = arena_copy(arena, windows[i]->classes,
					       windows[i]->length * sizeof(*copies[i].classes));
		if (!copies[i].classes)
			return error_no_memory(err, "windows of regular expressions");
	}
	return make_table(out, copies, count, first_number, arena, err);
}

size_t window_table_count(const struct window_table *table)
{
	return table->count;
}

struct window_scan {
	const struct window_table *table;
	const struct bytes *text;
	window_found *found;
	void *context;
};

static int report(const struct window_scan *scan, const struct window_group *group, size_t start,
		  uint64_t windows)
{
	for (; windows; windows &= windows - 1) {
		unsigned int index = (unsigned int)__builtin_ctzll(windows);
		int ret =
			scan->found(scan->context, scan->table->first_number + group->first + index,
				    start + group->lengths[index]);

		if (ret)
			return ret;
	}
	return 0;
}

/* Whatever is behind the text fits only windows that have ended. */
static uint64_t windows_near_end(const struct window_group *group, const struct bytes *text,
				 size_t start)
{
	uint64_t windows = UINT64_MAX;

	for (size_t position = 0; position < WINDOW_POSITIONS && windows; position++)
		windows &= position < text->length - start
				   ? group->masks[position][text->data[start + position]]
				   : group->ended[position];
	return windows;
}

static int scan_near_end(const struct window_scan *scan, const struct window_group *group,
			 size_t start, size_t end)
{
	int ret = 0;

	for (; start < end && ret == 0; start++)
		ret = report(scan, group, start, windows_near_end(group, scan->text, start));
	return ret;
}

/* Places from @start to @end, with all positions of all windows within the text. */
static int scan_inside(const struct window_scan *scan, const struct window_group *group,
		       size_t start, size_t end)
{
	const uint8_t *order = group->order;
	const uint64_t *first = group->masks[order[0]], *second = group->masks[order[1]],
		       *third = group->masks[order[2]], *fourth = group->masks[order[3]];
	int ret = 0;

	for (const uint8_t *at = scan->text->data + start; start < end && ret == 0; start++, at++) {
		uint64_t windows = first[at[order[0]]] & second[at[order[1]]] &
				   third[at[order[2]]] & fourth[at[order[3]]];

		if (!windows)
			continue;
		for (size_t i = POSITIONS_AT_ONCE; i < WINDOW_POSITIONS && windows; i++)
			windows &= group->masks[order[i]][at[order[i]]];
		ret = report(scan, group, start, windows);
	}
	return ret;
}

static int scan_chunk(const struct window_scan *scan, size_t start, size_t end)
{
	size_t length = scan->text->length;
	size_t inside = length < WINDOW_POSITIONS ? 0 : length - WINDOW_POSITIONS + 1;
	int ret = 0;

	inside = inside < end ? inside : end;
	inside = inside > start ? inside : start;
	for (size_t i = 0; i < scan->table->group_count && ret == 0; i++) {
		ret = scan_inside(scan, &scan->table->groups[i], start, inside);
		if (ret == 0)
			ret = scan_near_end(scan, &scan->table->groups[i], inside, end);
	}
	return ret;
}

void window_table_scan(const struct window_table *table, const struct bytes *text,
		       window_found *found, void *context)
{
	const struct window_scan scan = { table, text, found, context };
	size_t end;
	int ret = 0;

	if (table->count == 0)
		return;
	for (size_t start = 0; start < text->length && ret == 0; start = end) {
		end = text->length - start > CHUNK_BYTES ? start + CHUNK_BYTES : text->length;
		ret = scan_chunk(&scan, start, end);
	}
}

/* u32 windows, then of each: u8 length, and four u64 for each class. */
void window_table_save(const struct window_table *table, struct byte_writer *out)
{
	byte_writer_add_u32(out, (uint32_t)table->count);
	for (size_t i = 0; i < table->count; i++) {
		const struct atom *window = &table->windows[i];

		byte_writer_add_u8(out, window->length);
		for (size_t position = 0; position < window->length; position++)
			for (size_t word = 0; word < 4; word++)
				byte_writer_add_u64(out, window->classes[position].words[word]);
	}
}

static int take_window(struct atom *window, struct bytes_reader *in, struct arena *arena,
		       struct error *err)
{
	struct byte_set *classes;

	if (!bytes_take_u8(in, &window->length) || window->length == 0 ||
	    window->length > WINDOW_POSITIONS)
		return error_set(err, ERROR_FORMAT, 0, "a window has no length");
	classes = arena_alloc_array(arena, window->length, sizeof(*classes));
	if (!classes)
		return error_no_memory(err, "windows of regular expressions");
	for (size_t position = 0; position < window->length; position++)
		for (size_t word = 0; word < 4; word++)
			if (!bytes_take_u64(in, &classes[position].words[word]))
				return error_set(err, ERROR_FORMAT, 0, "a window ends too early");
	window->classes = classes;
	return 0;
}

int window_table_load(const struct window_table **out, size_t number_count, struct bytes_reader *in,
		      struct arena *arena, struct error *err)
{
	const size_t least_bytes = 1 + sizeof(struct byte_set);
	struct atom *windows;
	uint32_t count;
	int ret = 0;

	if (!bytes_take_u32(in, &count) || count > in->rest.length / least_bytes)
		return error_set(err, ERROR_FORMAT, 0, "the windows end too early");
	if (count > number_count)
		return error_set(err, ERROR_FORMAT, 0, "there are more windows than atoms");
	windows = arena_alloc_array(arena, count, sizeof(*windows));
	if (!windows)
		return error_no_memory(err, "windows of regular expressions");
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = take_window(&windows[i], in, arena, err);
	return ret < 0 ? ret
		       : make_table(out, windows, count, (uint32_t)(number_count - count), arena,
				    err);
}
