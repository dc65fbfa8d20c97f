#include "search_doubles.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/chain.h"
#include "engine/confirm/part_buffer.h"
#include "engine/database.h"
#include "engine/match_store.h"
#include "engine/match_table.h"
#include "engine/read/file_table.h"

/* file_table.h */

static const struct double_file *file_of(const struct file_table *table, uint32_t file)
{
	return file < table->count ? &table->files[file] : NULL;
}

const char *file_table_name(const struct file_table *table, uint32_t file)
{
	static const char *const names[] = { "file-0", "file-1", "file-2", "file-3" };

	return file_of(table, file) && file < 4 ? names[file] : "";
}

uint64_t file_table_length(const struct file_table *table, uint32_t file)
{
	return file_of(table, file) ? file_of(table, file)->bytes.length : 0;
}

int file_table_descriptor(const struct file_table *table, uint32_t file)
{
	const struct double_file *found = file_of(table, file);

	return found && found->descriptor ? found->descriptor : -1;
}

static size_t least(uint64_t left, uint64_t right)
{
	return (size_t)(left < right ? left : right);
}

int file_table_lend(const struct file_table *table, uint32_t file, uint64_t offset, size_t wanted,
		    struct bytes *out, struct error *err)
{
	const struct double_file *from = file_of(table, file);

	if (!from)
		return error_set(err, ERROR_USAGE, 0, "no such file");
	if (from->passing || from->only_read)
		return error_set(err, ERROR_NOT_KEPT, 0, "passed");
	if (offset >= from->bytes.length) {
		*out = (struct bytes){ NULL, 0 };
		return 0;
	}
	wanted = least(wanted, from->bytes.length - offset);
	/* As kept ranges do, end at places that do not depend on who asks. */
	if (from->lend_at_most)
		wanted = least(wanted, from->lend_at_most - offset % from->lend_at_most);
	*out = (struct bytes){ from->bytes.data + offset, wanted };
	return 0;
}

static bool common(struct address_range range, uint64_t offset, uint64_t length,
		   struct address_range *out)
{
	out->start = range.start > offset ? range.start : offset;
	out->end = range.end < offset + length ? range.end : offset + length;
	return out->start < out->end;
}

int file_table_read(const struct file_table *table, uint32_t file, uint64_t offset, void *buffer,
		    size_t length, size_t *got, struct error *err)
{
	const struct double_file *from = file_of(table, file);
	struct address_range failing;

	if (!from)
		return error_set(err, ERROR_USAGE, 0, "no such file");
	if (from->passing)
		return error_set(err, ERROR_NOT_KEPT, 0, "passed");
	if (common(from->failing, offset, length, &failing))
		return error_set(err, ERROR_SYSTEM, 5, "read");
	*got = offset < from->bytes.length ? least(length, from->bytes.length - offset) : 0;
	if (*got)
		memcpy(buffer, from->bytes.data + offset, *got);
	return 0;
}

bool file_table_damaged(const struct file_table *table, uint32_t file, uint64_t offset,
			uint64_t length, struct address_range *out)
{
	const struct double_file *from = file_of(table, file);

	return from && common(from->damaged, offset, length, out);
}

/* database.h */

const struct pattern *database_patterns(const struct database *database)
{
	(void)database;
	return NULL;
}

size_t database_pattern_count(const struct database *database)
{
	(void)database;
	return DOUBLE_PATTERNS;
}

size_t database_reach(const struct database *database)
{
	return database->reach;
}

size_t database_look_behind(const struct database *database)
{
	return database->look_behind;
}

bool database_has_chains(const struct database *database)
{
	(void)database;
	return false;
}

bool database_costly(const struct database *database)
{
	return database->costly;
}

int database_on_node(const struct database *database, size_t node, const struct database **out,
		     struct error *err)
{
	(void)err;
	atomic_fetch_or(&((struct database *)database)->nodes, 1u << node);
	*out = database;
	return 0;
}

/* chain.h: none is ever made. */

int chain_store_new(struct chain_store **out, const struct database *database,
		    const struct match_policy *policy, struct match_budget *budget,
		    struct error *err)
{
	(void)out;
	(void)database;
	(void)policy;
	(void)budget;
	return error_set(err, ERROR_USAGE, 0, "no chains here");
}

void chain_store_free(struct chain_store *store)
{
	(void)store;
}

bool chain_store_is_empty(const struct chain_store *store)
{
	(void)store;
	return true;
}

int chain_store_add_hole(struct chain_store *store, struct address_range hole, struct error *err)
{
	(void)store;
	(void)hole;
	return error_set(err, ERROR_USAGE, 0, "no chains here");
}

int chain_store_join(struct chain_store *store, const struct piece_targets *targets,
		     bool (*stopped)(void *context), void *context, struct error *err)
{
	(void)store;
	(void)targets;
	(void)stopped;
	(void)context;
	return error_set(err, ERROR_USAGE, 0, "no chains here");
}

/* confirm/part_buffer.h: nothing ever comes. */

void part_buffer_clear(struct part_buffer *buffer)
{
	(void)buffer;
}

void part_buffer_release(struct part_buffer *buffer)
{
	(void)buffer;
}

int part_buffer_flush(struct part_buffer *buffer, const struct piece *piece, struct error *err)
{
	(void)buffer;
	(void)piece;
	return error_set(err, ERROR_USAGE, 0, "no chains here");
}

/* What the scanner looks for */

/* The byte at @start + @distance, -1 beyond the block; notes a cut. */
static int byte_at(const struct double_text *text, size_t start, long distance)
{
	long index = (long)start + distance;

	if (index >= 0 && index < (long)text->length)
		return text->data[index];
	if ((index < 0 ? text->first : text->last) == EDGE_CUT)
		*text->cut = true;
	return -1;
}

static bool is_word(int byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z');
}

static bool at_first(const struct double_text *text, size_t start)
{
	return start == 0 && text->first == EDGE_REAL;
}

static bool late_at(const struct double_text *text, size_t start)
{
	for (long i = 0; i < DOUBLE_REACH - 1; i++)
		if (byte_at(text, start, i) != 0)
			return false;
	return byte_at(text, start, DOUBLE_REACH - 1) == 'z';
}

static bool length_at(const struct double_text *text, uint32_t pattern, size_t start,
		      uint64_t *length)
{
	switch (pattern) {
	case DOUBLE_WORD:
		*length = 2;
		return byte_at(text, start, 0) == 'a' && byte_at(text, start, 1) == 'b' &&
		       !is_word(byte_at(text, start, -1)) && !is_word(byte_at(text, start, 2));
	case DOUBLE_ZEROS:
		*length = 3;
		return byte_at(text, start, 0) == 0 && byte_at(text, start, 1) == 0 &&
		       byte_at(text, start, 2) == 0;
	case DOUBLE_FIRST:
		*length = 1;
		return byte_at(text, start, 0) == 'a' && at_first(text, start);
	case DOUBLE_LAST:
		*length = 1;
		return byte_at(text, start, 0) == 'b' && byte_at(text, start, 1) == -1 &&
		       text->last == EDGE_REAL;
	case DOUBLE_FAR:
		for (*length = 2; byte_at(text, start, 0) == 'a' && *length <= DOUBLE_REACH;
		     ++*length)
			if (byte_at(text, start, (long)*length - 1) == 'z')
				return true;
		return false;
	case DOUBLE_LATE:
		*length = DOUBLE_REACH;
		return late_at(text, start);
	default:
		*length = 0;
		return at_first(text, start) || byte_at(text, start, -1) == 'a';
	}
}

/* An empty match touches the byte before which it stands; at the end of the block the last one. */
static bool touches_dump(const struct double_text *text, size_t start, uint64_t length)
{
	size_t end = start + (length ? (size_t)length : 1);

	if (!text->dumped)
		return true;
	if (!length && start && start == text->length)
		start--;
	for (size_t i = 0; i < text->dumped_count; i++)
		if (start < text->dumped[i].end && end > text->dumped[i].start)
			return true;
	return false;
}

static uint64_t digest_of(const struct double_text *text, size_t start, long from, long to)
{
	uint64_t digest = 14695981039346656037u;

	for (long i = from; i < to; i++) {
		int byte = byte_at(text, start, i);

		if (byte >= 0)
			digest = (digest ^ (uint64_t)byte) * 1099511628211u;
	}
	return digest;
}

bool double_match_at(const struct double_text *text, uint32_t pattern, size_t start,
		     struct double_match *match)
{
	long context = (long)text->context;

	if (!length_at(text, pattern, start, &match->length) ||
	    !touches_dump(text, start, match->length))
		return false;
	match->pattern = pattern;
	match->before = digest_of(text, start, -context, 0);
	match->after = digest_of(text, start, (long)match->length, (long)match->length + context);
	return true;
}

int double_match_compare(const void *left_item, const void *right_item)
{
	const struct double_match *left = left_item, *right = right_item;

	if (left->pattern != right->pattern)
		return left->pattern < right->pattern ? -1 : 1;
	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return 0;
}

int double_table_add(struct match_table *table, const struct double_match *match)
{
	struct double_match *grown =
		array_grow(table->items, &table->capacity, table->count + 1, sizeof(*grown));

	if (!grown)
		return ERROR_MEMORY;
	table->items = grown;
	table->items[table->count++] = *match;
	return 0;
}

/* match_store.h and match_table.h */

struct match_store {
	struct match_table table;
	size_t context;
};

int match_store_new(struct match_store **out, const struct match_policy *policy,
		    struct match_budget *budget, struct error *err)
{
	(void)budget;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return error_no_memory(err, "a store");
	(*out)->context = policy->context_bytes;
	return 0;
}

void match_store_free(struct match_store *store)
{
	if (!store)
		return;
	free(store->table.items);
	free(store);
}

int match_table_merge(struct match_table **out, struct match_store *const *stores,
		      size_t store_count, const struct match_policy *policy, struct error *err)
{
	struct match_table *table = calloc(1, sizeof(*table));

	(void)policy;
	if (!table)
		return error_no_memory(err, "a table");
	for (size_t i = 0; i < store_count; i++)
		for (size_t j = 0; stores[i] && j < stores[i]->table.count; j++)
			double_table_add(table, &stores[i]->table.items[j]);
	if (table->count)
		qsort(table->items, table->count, sizeof(*table->items), double_match_compare);
	*out = table;
	return 0;
}

void match_table_free(struct match_table *table)
{
	if (!table)
		return;
	free(table->items);
	free(table);
}

/* scan.h */

struct scanner {
	struct database *database;
};

int scanner_new(struct scanner **out, const struct database *database, struct error *err)
{
	if (database->broken)
		return error_set(err, ERROR_UNSUPPORTED, 0, "no scanner today");
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return error_no_memory(err, "a scanner");
	(*out)->database = (struct database *)database;
	atomic_fetch_add(&(*out)->database->scanners, 1);
	return 0;
}

void scanner_set_stop(struct scanner *scanner, const _Atomic int *stop)
{
	(void)scanner;
	(void)stop;
}

void scanner_free(struct scanner *scanner)
{
	free(scanner);
}

static int add_to_stores(const struct piece *piece, const struct piece_targets *targets,
			 struct double_match match, size_t start)
{
	for (size_t i = 0; i < targets->count; i++) {
		if (targets->sharers &&
		    !(sharers_of(targets->sharers, start) >> targets->sharers->members[i] & 1))
			continue;
		match.address = targets->placements[i].address + piece->position + start;
		if (double_table_add(&targets->stores[i]->table, &match))
			return ERROR_MEMORY;
	}
	return 0;
}

int scanner_scan(struct scanner *scanner, const struct piece *piece,
		 const struct piece_targets *targets, struct error *err)
{
	bool cut = false;
	struct double_text text = { .data = piece->data,
				    .length = piece->length,
				    .first = piece->first,
				    .last = piece->last,
				    .dumped = piece->dumped,
				    .dumped_count = piece->dumped_count,
				    .context = targets->stores[0]->context,
				    .cut = &cut };

	atomic_fetch_add(&scanner->database->scans, 1);
	atomic_fetch_add(&scanner->database->scanned, piece->own_end - piece->own_start);
	if (piece->own_start >= piece->own_end || piece->own_end > piece->length + 1)
		return error_set(err, ERROR_USAGE, 0, "a piece without starts");
	for (size_t start = piece->own_start; start < piece->own_end; start++) {
		for (uint32_t pattern = 0; pattern < DOUBLE_PATTERNS; pattern++) {
			struct double_match match;

			if (double_match_at(&text, pattern, start, &match) &&
			    add_to_stores(piece, targets, match, start))
				return error_no_memory(err, "a match");
			if (cut)
				return error_set(err, ERROR_USAGE, 0, "a piece is too short");
		}
	}
	return 0;
}

int scanner_scan_timed(struct scanner *scanner, const struct piece *piece,
		       const struct piece_targets *targets, uint64_t *confirm_ns, struct error *err)
{
	*confirm_ns += DOUBLE_CONFIRM_NS;
	return scanner_scan(scanner, piece, targets, err);
}

int scanner_count_candidates(struct scanner *scanner, const uint8_t *data, size_t length,
			     uint64_t *candidates, struct error *err)
{
	(void)scanner;
	(void)data;
	(void)err;
	*candidates = length;
	return 0;
}
