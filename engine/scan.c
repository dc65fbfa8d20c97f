#include "engine/scan.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/deadline.h"
#include "engine/confirm/confirmed.h"
#include "engine/confirm/literal.h"
#include "engine/confirm/part_buffer.h"
#include "engine/confirm/regex_starts.h"
#include "engine/confirm/settled.h"
#include "engine/confirm/start_ranges.h"
#include "engine/confirm/word_edges.h"
#include "engine/database/parts.h"
#include "engine/regex/attempt.h"

/*
 * Hyperscan 5.4 reads the vector of 64 bytes behind some short inputs (30, 31, 62, 63 bytes and others below 100), which
 * ends the program where nothing is mapped there. Short pieces are few, and are scanned where there is room.
 */
#define SHORT_BYTES 256u
#define ROOM_BEHIND 64u

/* Of a regex: most candidates fail within the first few characters, and need not be kept until the others are known. */
#define FIRST_STEPS 24u

struct scanner {
	const struct database *database;
	hs_scratch_t *scratch; /* NULL: the database has no atoms */
	struct start_ranges ranges;
	struct regex_starts starts;
	struct settled settled;
	size_t farthest; /* the most bytes from a match's start to the end of an atom of it */
};

/* One call of scanner_scan(). */
struct scan {
	struct scanner *scanner;
	const struct piece *piece;
	const struct piece_targets *targets;
	size_t own_start, own_end; /* of the piece, within its bytes */
	struct bytes
		searched; /* those of the piece, from own_start on, that an atom of its starts may lie in */
	struct error *err;
	int ret;
};

static size_t farthest_atom_end(const struct database *database)
{
	size_t farthest = 0;

	for (uint32_t i = 0; i < database->first_link[database->atom_count]; i++) {
		const struct atom_link *link = &database->links[i];
		size_t end = (size_t)link->use.distance_max + link->atom_length;

		farthest = end > farthest ? end : farthest;
	}
	return farthest;
}

int scanner_new(struct scanner **out, const struct database *database, struct error *err)
{
	struct scanner *scanner = calloc(1, sizeof(*scanner));
	int ret;

	if (!scanner)
		return error_no_memory(err, "a scanner");
	scanner->database = database;
	scanner->farthest = farthest_atom_end(database);
	ret = start_ranges_init(&scanner->ranges, database->regex_count, err);
	if (ret == 0)
		ret = regex_starts_init(&scanner->starts, err);
	if (ret == 0)
		ret = settled_init(&scanner->settled, database->subject_count, err);
	if (ret == 0 && database->atoms &&
	    hs_alloc_scratch(database->atoms, &scanner->scratch) != HS_SUCCESS)
		ret = error_no_memory(err, "Hyperscan's scratch");
	if (ret < 0)
		scanner_free(scanner);
	else
		*out = scanner;
	return ret;
}

void scanner_free(struct scanner *scanner)
{
	if (!scanner)
		return;
	hs_free_scratch(scanner->scratch);
	settled_release(&scanner->settled);
	regex_starts_release(&scanner->starts);
	start_ranges_release(&scanner->ranges);
	free(scanner);
}

void scanner_set_stop(struct scanner *scanner, const _Atomic int *stop)
{
	regex_scratch_set_stop(scanner->starts.scratch, stop);
}

enum check_result { CHECK_FAILED, CHECK_PASSED, CHECK_SKIPPED };

/* Skipped where the eight bytes are not all in the piece. */
static enum check_result check_neighbours(const struct atom_check *check, const struct piece *piece,
					  size_t atom)
{
	size_t back = check->offset < 0 ? (size_t)-check->offset : 0;
	size_t at = check->offset < 0 ? atom - back : atom + (size_t)check->offset;
	uint64_t word;

	if (check->mask == 0)
		return CHECK_PASSED;
	if (back > atom || at > piece->length || piece->length - at < sizeof(word))
		return CHECK_SKIPPED;
	memcpy(&word, piece->data + at, sizeof(word));
	return (word & check->mask) == check->value ? CHECK_PASSED : CHECK_FAILED;
}

/* Where nobody wants a start, nobody wants those behind it: what is kept are the lowest. */
static bool is_wanted(struct scan *scan, uint32_t subject, size_t start)
{
	const struct subject *wanted = &scan->scanner->database->subjects[subject];

	if (confirmed_is_wanted(scan->piece, scan->targets, wanted, start))
		return true;
	/* One that is asked for at a fixed address alone is wanted there, and not before. */
	if (!wanted->pattern->is_fixed)
		settled_add(&scan->scanner->settled, subject, start);
	return false;
}

/* Under which key the literal would start at @start; false: no key of the pattern. */
static bool find_key(const struct scan *scan, const struct subject *subject, size_t start,
		     uint8_t *key)
{
	*key = scan->piece->data[start] ^ subject->literal.data[0];
	return *key >= subject->pattern->xor_min && *key <= subject->pattern->xor_max;
}

/* At one start the ascii variant stands, and its own atom reports it. */
static bool ascii_stands(const struct scan *scan, const struct subject *subject,
			 const struct spelled *spelled, size_t start)
{
	const struct spelled ascii = { .nocase = spelled->nocase, .xor_key = spelled->xor_key };
	const struct bytes text = { scan->piece->data, scan->piece->length };
	size_t length = subject->literal.length;

	return spelled->wide && subject->ascii_first &&
	       literal_lies_at(&subject->literal, &ascii, text.data + start) &&
	       (!subject->fullword || word_edges_hold(&text, start, length, false)) &&
	       found_touches_dump(scan->piece, start, length);
}

static int candidate_of_literal(struct scan *scan, const struct atom_link *link, size_t atom)
{
	const struct subject *subject = &scan->scanner->database->subjects[link->subject];
	struct spelled spelled = { .wide = link->use.wide,
				   .nocase = subject->pattern->flags & PATTERN_NOCASE,
				   .xor_key = link->use.xor_key };
	const struct bytes text = { scan->piece->data, scan->piece->length };
	struct found found = { .start = atom - link->use.distance_min,
			       .length = literal_length(&subject->literal, &spelled),
			       .pattern = subject->number };
	enum check_result checked;

	if (atom < link->use.distance_min || found.start < scan->own_start ||
	    found.start >= scan->own_end || found.length > text.length - found.start)
		return 0;
	if (link->use.keyed && !find_key(scan, subject, found.start, &spelled.xor_key))
		return 0;
	found.xor_key = spelled.xor_key;
	checked = check_neighbours(&link->use.check, scan->piece, atom);
	if (checked == CHECK_FAILED || !is_wanted(scan, link->subject, found.start))
		return 0;
	if (!(link->use.complete && checked == CHECK_PASSED) &&
	    !literal_lies_at(&subject->literal, &spelled, text.data + found.start))
		return 0;
	if (subject->fullword && !word_edges_hold(&text, found.start, found.length, spelled.wide))
		return 0;
	if (!found_touches_dump(scan->piece, found.start, found.length) ||
	    ascii_stands(scan, subject, &spelled, found.start))
		return 0;
	return confirmed_add(scan->piece, scan->targets, subject,
			     spelled.wide ? VARIANT_WIDE : VARIANT_ASCII, &found, scan->err);
}

static bool begins_well(const struct scan *scan, const struct regex_program *program, size_t start)
{
	const struct piece *piece = scan->piece;
	const struct regex_text text = { piece->data, piece->length, piece->first, piece->last };
	uint64_t steps = FIRST_STEPS;

	return regex_attempt(program, &text, start, &steps) != REGEX_ATTEMPT_NO_MATCH;
}

static void candidate_of_regex(struct scan *scan, const struct atom_link *link, size_t atom)
{
	const struct subject *subject = &scan->scanner->database->subjects[link->subject];
	size_t low = atom < link->use.distance_max ? 0 : atom - link->use.distance_max;
	size_t high = atom < link->use.distance_min ? 0 : atom - link->use.distance_min + 1;
	enum variant variant = link->use.wide ? VARIANT_WIDE : VARIANT_ASCII;
	struct start_range range;

	low = low > scan->own_start ? low : scan->own_start;
	high = high < scan->own_end ? high : scan->own_end;
	if (low >= high || check_neighbours(&link->use.check, scan->piece, atom) == CHECK_FAILED)
		return;
	if (!is_wanted(scan, link->subject, low))
		return;
	if (high - low == 1 && !begins_well(scan, subject->programs[variant], low))
		return;
	range = (struct start_range){ .subject = link->subject,
				      .low = (uint32_t)low,
				      .high = (uint32_t)high,
				      .variants = 1u << variant };
	start_ranges_add(&scan->scanner->ranges, &range);
}

/* Whether even the lowest start that the atom leads to is wanted by nobody. */
static bool is_settled(const struct scan *scan, const struct atom_link *link, size_t atom)
{
	return atom >= link->use.distance_max &&
	       settled_has(&scan->scanner->settled, link->subject, atom - link->use.distance_max);
}

/* @end: of the atom, within what is searched. Not 0: enough. */
static int on_atom_before(void *context, uint32_t id, size_t end)
{
	struct scan *scan = context;
	const struct database *database = scan->scanner->database;

	if (id >=
	    database->atom_count) /* one that leads nowhere, or a file's database is not its own */
		return 0;
	for (uint32_t i = database->first_link[id]; i < database->first_link[id + 1]; i++) {
		const struct atom_link *link = &database->links[i];
		size_t atom = scan->own_start + end - link->atom_length;

		if (is_settled(scan, link, atom))
			continue;
		if (link->subject < database->regex_count)
			candidate_of_regex(scan, link, atom);
		else
			scan->ret = candidate_of_literal(scan, link, atom);
		if (scan->ret < 0)
			return 1;
	}
	return 0;
}

static int on_atom(unsigned int id, unsigned long long from, unsigned long long to,
		   unsigned int flags, void *context)
{
	(void)from; /* not known without Hyperscan's start of match */
	(void)flags;
	return on_atom_before(context, id, (size_t)to);
}

/* Who is told of the atoms that are found: by Hyperscan, and by the tables. */
struct listener {
	match_event_handler hyperscan;
	window_found *tables;
	void *context;
};

static hs_error_t run_hyperscan(struct scanner *scanner, const uint8_t *data, size_t length,
				const struct listener *listener)
{
	return hs_scan(scanner->database->atoms, (const char *)data, (unsigned int)length, 0,
		       scanner->scratch, listener->hyperscan, listener->context);
}

static hs_error_t run_hyperscan_on_copy(struct scanner *scanner, const struct bytes *text,
					const struct listener *listener)
{
	uint8_t roomy[SHORT_BYTES + ROOM_BEHIND] = { 0 };

	if (text->length)
		memcpy(roomy, text->data, text->length);
	return run_hyperscan(scanner, roomy, text->length, listener);
}

/* A listener that had enough stops what is under way alone. */
static int find_by_hyperscan(struct scanner *scanner, const struct bytes *text,
			     const struct listener *listener, struct error *err)
{
	hs_error_t status;

	if (!scanner->database->atoms)
		return 0;
	if (text->length < SHORT_BYTES)
		status = run_hyperscan_on_copy(scanner, text, listener);
	else
		status = run_hyperscan(scanner, text->data, text->length, listener);
	if (status != HS_SUCCESS && status != HS_SCAN_TERMINATED)
		return error_set(err, ERROR_USAGE, 0, "hs_scan failed with status %d", status);
	return 0;
}

static void find_in_tables(const struct scanner *scanner, const struct bytes *text,
			   const struct listener *listener)
{
	key_table_scan(scanner->database->keys, text, listener->tables, listener->context);
	window_table_scan(scanner->database->windows, text, listener->tables, listener->context);
}

static int find_candidates(struct scan *scan, const struct listener *listener)
{
	int ret = find_by_hyperscan(scan->scanner, &scan->searched, listener, scan->err);

	if (ret == 0 && scan->ret == 0)
		find_in_tables(scan->scanner, &scan->searched, listener);
	return ret ? ret : scan->ret;
}

static void add_whole_searches(struct scan *scan)
{
	const struct database *database = scan->scanner->database;

	for (size_t i = 0; i < database->whole_search_count; i++) {
		const struct start_range range = {
			.subject = database->whole_searches[i].subject,
			.low = (uint32_t)scan->own_start,
			.high = (uint32_t)scan->own_end,
			.variants = database->whole_searches[i].variants,
		};

		start_ranges_add(&scan->scanner->ranges, &range);
	}
}

static int confirm_regexes(struct scan *scan)
{
	struct start_ranges *ranges = &scan->scanner->ranges;
	size_t next;

	start_ranges_finish(ranges);
	for (size_t first = 0; first < ranges->count; first = next) {
		uint32_t subject = ranges->ranges[first].subject;
		int ret;

		for (next = first; next < ranges->count && ranges->ranges[next].subject == subject;)
			next++;
		ret = regex_starts_confirm(&scan->scanner->starts,
					   &scan->scanner->database->subjects[subject],
					   ranges->ranges + first, next - first, scan->piece,
					   scan->targets, scan->err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void begin_piece(struct scan *scan)
{
	settled_begin(&scan->scanner->settled);
	start_ranges_clear(&scan->scanner->ranges);
	add_whole_searches(scan);
}

static int end_piece(struct scan *scan)
{
	int ret = confirm_regexes(scan);

	if (ret == 0 && scan->targets->parts)
		ret = part_buffer_flush(scan->targets->parts, scan->piece, scan->err);
	return ret;
}

/* An atom begins at its match's start or behind it. */
static struct bytes searched_bytes(const struct scan *scan)
{
	size_t room = scan->piece->length - scan->own_start;
	size_t wanted = scan->own_end - scan->own_start + scan->scanner->farthest;

	return (struct bytes){ scan->piece->data + scan->own_start, wanted < room ? wanted : room };
}

static int scan_piece(struct scan *scan)
{
	const struct listener listener = { on_atom, on_atom_before, scan };
	int ret;

	begin_piece(scan);
	ret = find_candidates(scan, &listener);
	return ret ? ret : end_piece(scan);
}

/* Finding and confirming in turn, so that a clock need not be read for each candidate. */

#define HELD_ATOMS 4096u

struct held_atoms {
	struct scan *scan;
	uint64_t confirm_ns;
	size_t count;
	struct {
		size_t end;
		uint32_t id;
	} items[HELD_ATOMS];
};

/* Not 0: enough. */
static int confirm_held(struct held_atoms *held)
{
	uint64_t began = clock_now_ns();
	int enough = 0;

	for (size_t i = 0; !enough && i < held->count; i++)
		enough = on_atom_before(held->scan, held->items[i].id, held->items[i].end);
	held->count = 0;
	held->confirm_ns += clock_now_ns() - began;
	return enough;
}

static int hold_atom_before(void *context, uint32_t id, size_t end)
{
	struct held_atoms *held = context;

	held->items[held->count].id = id;
	held->items[held->count].end = end;
	held->count++;
	return held->count == HELD_ATOMS ? confirm_held(held) : 0;
}

static int hold_atom(unsigned int id, unsigned long long from, unsigned long long to,
		     unsigned int flags, void *context)
{
	(void)from;
	(void)flags;
	return hold_atom_before(context, id, (size_t)to);
}

static int scan_piece_timed(struct scan *scan, struct held_atoms *held)
{
	const struct listener listener = { hold_atom, hold_atom_before, held };
	uint64_t began;
	int ret;

	begin_piece(scan);
	ret = find_candidates(scan, &listener);
	if (ret == 0 && confirm_held(held))
		ret = scan->ret;
	began = clock_now_ns();
	if (ret == 0)
		ret = end_piece(scan);
	held->confirm_ns += clock_now_ns() - began;
	return ret;
}

static int scan_or_time(struct scanner *scanner, const struct piece *piece,
			const struct piece_targets *targets, struct held_atoms *held,
			struct error *err)
{
	struct scan scan = {
		.scanner = scanner,
		.piece = piece,
		.targets = targets,
		.own_start = piece->own_start,
		/* Even an empty match stands before a byte: the block's end is no start. */
		.own_end = piece->own_end < piece->length ? piece->own_end : piece->length,
		.err = err,
	};

	if (piece->length > UINT32_MAX)
		return error_set(err, ERROR_USAGE, 0, "a piece has 4 GiB or more");
	if (scan.own_start >= scan.own_end)
		return 0;
	scan.searched = searched_bytes(&scan);
	if (!held)
		return scan_piece(&scan);
	held->scan = &scan;
	return scan_piece_timed(&scan, held);
}

int scanner_scan(struct scanner *scanner, const struct piece *piece,
		 const struct piece_targets *targets, struct error *err)
{
	return scan_or_time(scanner, piece, targets, NULL, err);
}

int scanner_scan_timed(struct scanner *scanner, const struct piece *piece,
		       const struct piece_targets *targets, uint64_t *confirm_ns, struct error *err)
{
	struct held_atoms held;
	int ret;

	held.count = held.confirm_ns = 0;
	ret = scan_or_time(scanner, piece, targets, &held, err);
	*confirm_ns += held.confirm_ns;
	return ret;
}

struct atom_count {
	size_t atom_count; /* higher numbers lead nowhere */
	uint64_t found;
};

static int count_atom_before(void *context, uint32_t id, size_t end)
{
	struct atom_count *count = context;

	(void)end;
	count->found += id < count->atom_count;
	return 0;
}

static int count_atom(unsigned int id, unsigned long long from, unsigned long long to,
		      unsigned int flags, void *context)
{
	(void)from;
	(void)flags;
	return count_atom_before(context, id, (size_t)to);
}

int scanner_count_candidates(struct scanner *scanner, const uint8_t *data, size_t length,
			     uint64_t *candidates, struct error *err)
{
	struct atom_count count = { .atom_count = scanner->database->atom_count };
	const struct bytes text = { data, length };
	const struct listener listener = { count_atom, count_atom_before, &count };
	int ret;

	if (length > UINT32_MAX)
		return error_set(err, ERROR_USAGE, 0, "a piece has 4 GiB or more");
	ret = find_by_hyperscan(scanner, &text, &listener, err);
	if (ret < 0)
		return ret;
	find_in_tables(scanner, &text, &listener);
	*candidates = count.found;
	return 0;
}
