#ifndef CKPT_ENGINE_REGEX_H
#define CKPT_ENGINE_REGEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/byte_writer.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"

/*
 * A regular expression over bytes, as a tree that rules/ builds in an arena:
 * from a YARA regex or from a hex string (whose jumps are lazy repeats of any
 * byte). The tree is immutable and knows nothing of case or width: the program
 * made from it does.
 */
enum regex_kind {
	REGEX_EMPTY, /* matches nothing at all, with success */
	REGEX_BYTE, /* (byte & mask) == value; mask 0 is any byte */
	REGEX_CLASS, /* one byte that is in the set */
	REGEX_SEQUENCE, /* children one after another */
	REGEX_ALTERNATION, /* children in order of preference */
	REGEX_REPEAT, /* the one child min to max times */
	REGEX_START, /* ^ the block starts here, with a real edge */
	REGEX_END, /* $ the block ends here, with a real edge */
	REGEX_WORD_EDGE, /* \b; outside of the block is no word */
	REGEX_NOT_WORD_EDGE,
};

#define REGEX_NO_LIMIT UINT32_MAX

struct regex_node {
	enum regex_kind kind;
	uint8_t value, mask; /* REGEX_BYTE */
	bool greedy; /* REGEX_REPEAT */
	uint32_t min, max; /* REGEX_REPEAT; max REGEX_NO_LIMIT: any number */
	const uint64_t *set; /* REGEX_CLASS: four words, see bitmap.h */
	/*
	 * REGEX_CLASS: written as [^...]. The set is already the complement; this only tells REGEX_NOCASE to leave
	 * out both cases of a letter where the set has one, instead of taking both in.
	 */
	bool negated;
	const struct regex_node **children; /* SEQUENCE, ALTERNATION: any number; REPEAT: one */
	size_t child_count;
};

/* A match's start and end are at most this far apart (design: decision 5). */
#define REGEX_SPAN_BYTES 8192u

enum regex_flag {
	REGEX_NOCASE = 1 << 0, /* ASCII letters, also within classes */
	REGEX_WIDE = 1 << 1, /* each byte consumed is followed by a zero byte, consumed too */
};

/*
 * A compiled tree: immutable, used by any number of threads. Copies what it needs of the tree.
 * Fails with ERROR_LIMIT where the program would be too large.
 */
struct regex_program;
int regex_program_new(struct regex_program **out, const struct regex_node *tree, uint32_t flags,
		      struct error *err);
void regex_program_free(struct regex_program *program);
/* As bytes, and back: what is read is checked (ERROR_FORMAT). */
int regex_program_save(const struct regex_program *program, struct byte_writer *out,
		       struct error *err);
int regex_program_load(struct regex_program **out, struct bytes_reader *in, struct error *err);
/* Whether it was made with REGEX_WIDE. */
bool regex_program_is_wide(const struct regex_program *program);
/* Bytes of the shortest and of the longest match, the latter at most REGEX_SPAN_BYTES. */
size_t regex_program_shortest(const struct regex_program *program);
size_t regex_program_longest(const struct regex_program *program);
/* Whether every match has the same length (then it is regex_program_longest()). */
bool regex_program_fixed_length(const struct regex_program *program);
/*
 * Not 0: so many characters of one set, which alone say where a match starts. regex_all_starts() then looks at few
 * of the bytes between such runs, the fewer the longer a run must be.
 */
size_t regex_program_run(const struct regex_program *program);

/* What stands outside of a span of bytes. */
enum edge {
	EDGE_REAL, /* the block ends: ^ or $ hold, and it is no word */
	EDGE_UNSEEN, /* the block ends where bytes are missing: no ^ or $, and it is no word */
	EDGE_CUT, /* more bytes of the block follow, but nobody who asks about this span looks at them */
};

/* Bytes to match in, contiguous. */
struct regex_text {
	const uint8_t *data;
	size_t length;
	enum edge first, last; /* before data[0] and after data[length - 1] */
};

/* A thread's work space; grows to what the programs need. */
struct regex_scratch;
int regex_scratch_new(struct regex_scratch **out, struct error *err);
void regex_scratch_free(struct regex_scratch *scratch);
/*
 * From now on what is done with @scratch looks at @stop now and then, and ends with ERROR_INTERRUPTED where it is not
 * 0. Borrowed; NULL, as at first: never.
 */
void regex_scratch_set_stop(struct regex_scratch *scratch, const _Atomic int *stop);

/*
 * Leftmost-first (Perl's preference) match that starts at @start (<= length) and ends at most
 * REGEX_SPAN_BYTES later. *@matched false: none; else *@length. Time: bytes looked at times program size.
 * In an endless repeat a round that consumes nothing is not taken; where rounds may be empty, and some prefer
 * more and some less, as in (a*|b??)*, which of several lengths it is is not promised.
 */
int regex_match_at(const struct regex_program *program, struct regex_scratch *scratch,
		   const struct regex_text *text, size_t start, bool *matched, size_t *length,
		   struct error *err);
/* The most starts of one call; a length that is none. */
#define REGEX_LENGTHS_AT_ONCE 65536u
#define REGEX_NO_MATCH UINT32_MAX
/*
 * The lengths that regex_match_at() finds at many starts, by one pass that they share: where the ways of two
 * starts have become the same, they are followed once. Bit i of @starts: a match is known to start at @low + i, and
 * its length goes to @lengths[i]; other entries are untouched. @count: of both, at most REGEX_LENGTHS_AT_ONCE.
 */
int regex_match_lengths(const struct regex_program *program, struct regex_scratch *scratch,
			const struct regex_text *text, size_t low, size_t count,
			const uint64_t *starts, uint32_t *lengths, struct error *err);
/*
 * Whether any match starts at @start: as regex_match_at(), but stops at the first end that is found. @budget: how many
 * steps (byte times live state) it may take, counted down; when it reaches 0, *@known is false.
 */
int regex_starts_at(const struct regex_program *program, struct regex_scratch *scratch,
		    const struct regex_text *text, size_t start, uint64_t *budget, bool *known,
		    bool *matched, struct error *err);
/*
 * All starts in [@low, @high) (high <= length + 1), by one pass of the reversed expression: linear in
 * high - low + REGEX_SPAN_BYTES whatever the bytes. Sets bit (start - low) in @starts, which has
 * BITMAP_WORDS(high - low) words, for each start from which some match ends at most REGEX_SPAN_BYTES later.
 */
int regex_all_starts(const struct regex_program *program, struct regex_scratch *scratch,
		     const struct regex_text *text, size_t low, size_t high, uint64_t *starts,
		     struct error *err);
/* The first start (lowest) of an unanchored search, as the operator `matches` needs it. */
int regex_search(const struct regex_program *program, struct regex_scratch *scratch,
		 const struct regex_text *text, bool *matched, size_t *start, size_t *length,
		 struct error *err);

#endif
