#ifndef CKPT_TESTS_JSON_SCHEMA_H
#define CKPT_TESTS_JSON_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The tables of schema 1: which fields a line has, in which order, of which type, and when. */
struct expectations {
	bool count_only; /* --count: no line but summary and end */
	bool no_data; /* --match-bytes 0 */
	bool context; /* --context */
	const char *
		rows; /* of this looking command, which have no run and no end; NULL: a scan's lines */
	size_t line; /* number of the line that is checked, from 1 */
	size_t problems; /* found so far; each was printed */
};

/* Prints "line N: WHERE: PROBLEM". */
void problem(struct expectations *expected, const char *where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Every field of one line, by its type. */
void json_schema_check(struct expectations *expected, const json_t *line);

/* The string at @name, or "". */
const char *text_at(const json_t *object, const char *name);
json_int_t number_at(const json_t *object, const char *name);
bool is_true_at(const json_t *object, const char *name);

#endif
