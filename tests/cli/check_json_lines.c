#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cli/json_schema.h"

/*
 * Reads a whole run from standard input and prints what json.md does not allow: fields that are unknown,
 * missing, of another type or out of order; lines out of order; sums that do not agree; ids that cannot be
 * made again. usage: check_json_lines EXIT [count] [no-data] [context]
 * Or rows of the looking command COMMAND, one or more: check_json_lines EXIT rows=COMMAND
 */

#define LONGEST_LINE ((size_t)1 << 20)

struct run {
	struct expectations expected;
	json_t *first; /* `run` of the first line */
	/* Of the group of lines that is read; NULL: between two. */
	json_t *checkpoint, *container, *time, *last_warning, *last_target;
	json_int_t hits, warnings;
	bool warned; /* of the group: hits are over */
	json_t *codes; /* of the group: those that make it incomplete */
	json_int_t all_hits, complete, incomplete, summaries;
	bool ended;
};

static bool same(const json_t *left, const json_t *right)
{
	return left == right || (left && right && json_equal(left, right));
}

static void check_run(struct run *run, const json_t *line)
{
	static const char *const names[] = { "id", "schema", "version", "host" };
	json_t *here = json_object_get(line, "run");

	if (!run->first)
		run->first = json_incref(here);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!same(json_object_get(here, names[i]), json_object_get(run->first, names[i])))
			problem(&run->expected, "run", "%s differs within a run", names[i]);
	}
}

/* Lines of a checkpoint stand together; only its summary tells the size. */
static void check_group(struct run *run, const json_t *line)
{
	json_t *checkpoint = json_deep_copy(json_object_get(line, "checkpoint"));
	json_t *time = json_object_get(json_object_get(line, "run"), "time");

	json_object_del(checkpoint, "size");
	if (!run->checkpoint) {
		run->checkpoint = json_incref(checkpoint);
		run->time = json_incref(time);
		run->codes = json_array();
		run->hits = run->warnings = 0;
		run->warned = false;
	}
	if (!same(checkpoint, run->checkpoint))
		problem(&run->expected, "checkpoint", "differs before its summary came");
	if (!same(time, run->time))
		problem(&run->expected, "run.time", "differs within a checkpoint");
	json_decref(checkpoint);
}

static void end_group(struct run *run)
{
	json_decref(run->checkpoint);
	json_decref(run->container);
	json_decref(run->time);
	json_decref(run->codes);
	json_decref(run->last_warning);
	json_decref(run->last_target);
	run->checkpoint = run->container = run->time = run->codes = NULL;
	run->last_warning = run->last_target = NULL;
}

/* Identity. */

static void add_part(EVP_MD_CTX *digest, const char *part)
{
	uint64_t length = strlen(part);
	uint8_t prefix[8];

	for (size_t i = 0; i < sizeof(prefix); i++)
		prefix[i] = (uint8_t)(length >> (8 * i));
	EVP_DigestUpdate(digest, prefix, sizeof(prefix));
	EVP_DigestUpdate(digest, part, length);
}

static void add_number(EVP_MD_CTX *digest, const json_t *object, const char *name)
{
	char text[32];

	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, number_at(object, name));
	add_part(digest, text);
}

static bool is_of_kind(const json_t *target, const char *kind)
{
	return strcmp(text_at(target, "kind"), kind) == 0;
}

static bool is_process(const json_t *target)
{
	return is_of_kind(target, "process");
}

/* A line does not name the archive within the archive, nor show bytes that are no text in their place. */
static bool tells_its_identity(const json_t *target)
{
	static const char *const within[] = { "rootfs-diff", "tmpfs", "shm", "volume" };

	for (size_t i = 0; i < sizeof(within) / sizeof(within[0]); i++)
		if (strcmp(text_at(target, "origin"), within[i]) == 0)
			return false;
	return !json_object_get(target, "path_b64") && !json_object_get(target, "path_cut");
}

static void add_checkpoint(EVP_MD_CTX *digest, const json_t *checkpoint, const json_t *target)
{
	if (json_object_get(checkpoint, "id")) {
		add_part(digest, text_at(checkpoint, "id"));
	} else {
		add_part(digest, text_at(checkpoint, "path"));
		add_number(digest, target, "size");
	}
}

static void add_target(EVP_MD_CTX *digest, const json_t *target)
{
	add_part(digest, text_at(target, "kind"));
	if (is_process(target)) {
		add_number(digest, target, "pid");
	} else if (is_of_kind(target, "file")) {
		add_part(digest, text_at(target, "origin"));
		add_part(digest, text_at(target, "path"));
		add_part(digest, text_at(target, "object"));
	} else {
		add_part(digest, text_at(target, "object"));
		add_part(digest, text_at(target, "direction"));
	}
}

static void check_hit_id(struct run *run, const json_t *line)
{
	static const char digits[] = "0123456789abcdef";
	const json_t *target = json_object_get(line, "target");
	const json_t *match = json_array_get(json_object_get(line, "matches"), 0);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	char hex[65] = "";
	uint8_t sum[32];

	EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
	add_checkpoint(digest, json_object_get(line, "checkpoint"), target);
	add_target(digest, target);
	add_part(digest, text_at(line, "namespace"));
	add_part(digest, text_at(line, "rule"));
	add_part(digest, text_at(line, "rule_hash"));
	add_part(digest, text_at(match, "string"));
	if (match && !is_process(target))
		add_number(digest, match, "offset");
	else
		add_part(digest, text_at(match, "address"));
	EVP_DigestFinal_ex(digest, sum, NULL);
	EVP_MD_CTX_free(digest);
	for (size_t i = 0; i < sizeof(sum); i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	if (strcmp(hex, text_at(line, "id")) != 0)
		problem(&run->expected, "hit.id", "cannot be made again: %s", hex);
}

/* Hits. */

static uint64_t address_at(const json_t *object, const char *name)
{
	return strtoull(text_at(object, name), NULL, 16);
}

/* By string, then address; each within its VMA, and no more shown than there is. */
static uint64_t place_of(const json_t *match)
{
	return json_object_get(match, "offset") ? (uint64_t)number_at(match, "offset")
						: address_at(match, "address");
}

static bool lies_in_target(const json_t *match, const json_t *target)
{
	const json_t *vma = json_object_get(match, "vma");
	uint64_t place = place_of(match);

	if (!is_process(target))
		return json_object_get(match, "offset") &&
		       number_at(match, "offset") + number_at(match, "length") <=
			       number_at(target, "size");
	return vma && place >= address_at(vma, "start") && place <= address_at(vma, "end") - 1;
}

static void check_matches(struct run *run, const json_t *line)
{
	const json_t *list = json_object_get(line, "matches"), *before = NULL;
	json_int_t listed = number_at(line, "matches_listed");
	json_t *match;
	size_t index;

	if ((json_int_t)json_array_size(list) != listed || listed > number_at(line, "match_count"))
		problem(&run->expected, "matches", "are not as many as is said");
	if (!listed && number_at(line, "match_count"))
		problem(&run->expected, "matches", "none is listed");
	json_array_foreach(list, index, match)
	{
		if (!lies_in_target(match, json_object_get(line, "target")))
			problem(&run->expected, "matches", "do not lie in the target");
		if (strlen(text_at(match, "data")) / 4 * 3 >
		    (uint64_t)number_at(match, "length") + 2)
			problem(&run->expected, "matches.data", "is longer than the match");
		if (before && strcmp(text_at(before, "string"), text_at(match, "string")) == 0 &&
		    place_of(before) > place_of(match))
			problem(&run->expected, "matches", "are not by address");
		before = match;
	}
}

static int rank_of(const json_t *target)
{
	static const char *const kinds[] = { "process", "file",	    "pipe",
					     "socket",	"terminal", "message" };
	int rank = 0;

	while (rank < 5 && !is_of_kind(target, kinds[rank]))
		rank++;
	return rank;
}

/* By kind; processes by pid, files by path. */
static int compare_targets(const json_t *left, const json_t *right)
{
	if (rank_of(left) != rank_of(right))
		return rank_of(left) > rank_of(right) ? 1 : -1;
	if (number_at(left, "pid") != number_at(right, "pid"))
		return number_at(left, "pid") > number_at(right, "pid") ? 1 : -1;
	if (!tells_its_identity(left) || !tells_its_identity(right))
		return 0;
	return strcmp(text_at(left, "path"), text_at(right, "path"));
}

static void check_order(struct run *run, const char *type, const json_t *target)
{
	size_t held = json_array_size(json_object_get(target, "held_by"));

	if (run->last_target && compare_targets(run->last_target, target) > 0)
		problem(&run->expected, type, "is not in order of targets");
	json_decref(run->last_target);
	run->last_target = json_deep_copy(target);
	if (held > 16 || number_at(target, "held_by_count") < (json_int_t)held)
		problem(&run->expected, "held_by", "is more than there are, or than is shown");
}

/* Hits and logs: before all warnings, and by target. */
static void check_place(struct run *run, const json_t *line)
{
	const char *type = text_at(line, "type");

	check_group(run, line);
	if (run->expected.count_only)
		problem(&run->expected, type, "is not asked for");
	if (run->warned)
		problem(&run->expected, type, "comes after a warning");
	check_order(run, type, json_object_get(line, "target"));
}

static void check_hit(struct run *run, const json_t *line)
{
	check_place(run, line);
	if (run->hits && !same(run->container, json_object_get(line, "container")))
		problem(&run->expected, "container", "differs within a checkpoint");
	json_decref(run->container);
	run->container = json_incref(json_object_get(line, "container"));
	run->hits++;
	check_matches(run, line);
	if (tells_its_identity(json_object_get(line, "target")))
		check_hit_id(run, line);
}

/* Warnings. */

static bool holds(const json_t *list, const char *word)
{
	json_t *item;
	size_t index;

	json_array_foreach(list, index, item)
	{
		if (strcmp(json_string_value(item), word) == 0)
			return true;
	}
	return false;
}

/* By file, pid and start; above 0: @left belongs behind @right. */
static int compare_warnings(const json_t *left, const json_t *right)
{
	uint64_t left_start = address_at(left, "start"), right_start = address_at(right, "start");
	int order = strcmp(text_at(left, "file"), text_at(right, "file"));

	if (order)
		return order;
	if (number_at(left, "pid") != number_at(right, "pid"))
		return number_at(left, "pid") > number_at(right, "pid") ? 1 : -1;
	return (left_start > right_start) - (left_start < right_start);
}

static void check_warning(struct run *run, const json_t *line)
{
	const char *code = text_at(line, "code");
	bool of_rules =
		strcmp(code, "rule-warning") == 0 || strcmp(code, "module-not-evaluated") == 0;

	if (run->expected.count_only)
		problem(&run->expected, "warning", "is not asked for");
	if (strcmp(text_at(line, "cause"), "rules") == 0 && !of_rules)
		problem(&run->expected, "warning.cause", "is of rules");
	if (!json_object_get(line, "checkpoint")) {
		if (run->checkpoint || (of_rules && run->summaries))
			problem(&run->expected, "warning", "of the run stands in a checkpoint");
		return;
	}
	check_group(run, line);
	if (run->last_warning && compare_warnings(run->last_warning, line) > 0)
		problem(&run->expected, "warning", "is not in order of file, pid, start");
	json_decref(run->last_warning);
	run->last_warning = json_deep_copy(line);
	run->warned = true;
	run->warnings++;
	if (json_object_get(line, "pid") && json_object_get(line, "target") &&
	    number_at(line, "pid") != number_at(json_object_get(line, "target"), "pid"))
		problem(&run->expected, "warning.target", "is not the process that pid says");
	if (strcmp(text_at(line, "effect"), "incomplete") == 0 &&
	    !holds(run->codes, text_at(line, "code")))
		json_array_append_new(run->codes, json_string(text_at(line, "code")));
}

/* Summaries. */

static void check_incomplete(struct run *run, const json_t *line)
{
	const json_t *list = json_object_get(line, "incomplete");
	json_t *item;
	size_t index;

	if (is_true_at(line, "complete") != (json_array_size(run->codes) == 0))
		problem(&run->expected, "summary.complete", "is not what the warnings say");
	if (json_array_size(list) != json_array_size(run->codes))
		problem(&run->expected, "summary.incomplete", "is not each code once");
	json_array_foreach(list, index, item)
	{
		if (!holds(run->codes, json_string_value(item)))
			problem(&run->expected, "summary.incomplete",
				"names a code without warning");
	}
}

static void check_files_not_dumped(struct run *run, const json_t *line)
{
	const json_t *list = json_object_get(line, "files_not_dumped");
	json_int_t sum = 0, before = INT64_MAX;
	json_t *file;
	size_t index;

	json_array_foreach(list, index, file)
	{
		if (number_at(file, "bytes") > before)
			problem(&run->expected, "files_not_dumped", "are not by size");
		before = number_at(file, "bytes");
		sum += before;
	}
	if (sum > number_at(line, "bytes_not_dumped") || json_array_size(list) > 20)
		problem(&run->expected, "files_not_dumped", "are too many");
}

static void check_summary(struct run *run, const json_t *line)
{
	bool complete = is_true_at(line, "complete"), counts = !run->expected.count_only;
	const json_t *checkpoint = json_object_get(line, "checkpoint");

	check_group(run, line);
	if (counts && number_at(line, "hits") != run->hits)
		problem(&run->expected, "summary.hits", "is not the number of lines");
	if (counts && number_at(line, "warnings") != run->warnings)
		problem(&run->expected, "summary.warnings", "is not the number of lines");
	if (counts)
		check_incomplete(run, line);
	if (run->hits && !same(run->container, json_object_get(line, "container")))
		problem(&run->expected, "summary.container", "is not that of the hits");
	if (complete && number_at(line, "bytes_lost"))
		problem(&run->expected, "summary.bytes_lost", "is above 0, and all is complete");
	if (is_true_at(line, "whole") != (complete && !number_at(line, "bytes_not_dumped")))
		problem(&run->expected, "summary.whole", "is not what the bytes say");
	if (!json_object_get(checkpoint, "id") && complete &&
	    strcmp(text_at(checkpoint, "form"), "raw") != 0)
		problem(&run->expected, "summary.complete", "is true, and nothing was read");
	if (number_at(line, "bytes_not_selected") && !is_true_at(line, "narrowed"))
		problem(&run->expected, "summary.narrowed", "is false, and bytes are not selected");
	check_files_not_dumped(run, line);
	run->all_hits += number_at(line, "hits");
	run->complete += complete;
	run->incomplete += !complete;
	run->summaries++;
	end_group(run);
}

static void check_end(struct run *run, const json_t *line, json_int_t exit_code)
{
	if (run->checkpoint)
		problem(&run->expected, "end", "comes before a summary");
	if (number_at(line, "hits") != run->all_hits)
		problem(&run->expected, "end.hits", "is not the sum of the summaries");
	if (number_at(line, "complete") != run->complete)
		problem(&run->expected, "end.complete", "is not the sum of the summaries");
	if (number_at(line, "incomplete") < run->incomplete)
		problem(&run->expected, "end.incomplete", "is below the sum of the summaries");
	if (number_at(line, "checkpoints") > run->summaries)
		problem(&run->expected, "end.checkpoints", "is above the number of summaries");
	if (number_at(line, "exit") != exit_code)
		problem(&run->expected, "end.exit", "is not the exit code");
	if (run->incomplete && exit_code < 3)
		problem(&run->expected, "end.exit", "is that of a complete run");
	run->ended = true;
}

/* Each is of the command that was run. */
static void check_row(struct run *run, const json_t *line)
{
	const json_t *length = json_object_get(line, "length");

	if (strcmp(text_at(line, "type"), run->expected.rows) != 0)
		problem(&run->expected, "type", "is not the command's name");
	if (length &&
	    strlen(text_at(line, "data")) / 4 != (size_t)(json_integer_value(length) + 2) / 3)
		problem(&run->expected, "length", "is not that of the data");
	run->ended = true;
}

static void check_line(struct run *run, const char *text, size_t length, json_int_t exit_code)
{
	json_error_t fault;
	json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
	const char *type = text_at(line, "type");

	if (!line) {
		problem(&run->expected, "line", "no JSON: %s", fault.text);
		return;
	}
	if (run->ended && !run->expected.rows)
		problem(&run->expected, "line", "comes after the end");
	if (length >= LONGEST_LINE)
		problem(&run->expected, "line", "is %zu bytes long", length);
	json_schema_check(&run->expected, line);
	if (!run->expected.rows)
		check_run(run, line);
	if (run->expected.rows)
		check_row(run, line);
	else if (strcmp(type, "hit") == 0)
		check_hit(run, line);
	else if (strcmp(type, "log") == 0)
		check_place(run, line);
	else if (strcmp(type, "warning") == 0)
		check_warning(run, line);
	else if (strcmp(type, "summary") == 0)
		check_summary(run, line);
	else if (strcmp(type, "end") == 0)
		check_end(run, line, exit_code);
	json_decref(line);
}

/* What a terminal would obey has no place in a line; jansson has refused what is no UTF-8. */
static void check_bytes(struct run *run, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			problem(&run->expected, "line", "holds the byte 0x%02x", text[i]);
	}
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	char *text = NULL;
	size_t capacity = 0;
	ssize_t length;

	for (int i = 2; i < argc; i++) {
		run.expected.count_only |= strcmp(argv[i], "count") == 0;
		run.expected.no_data |= strcmp(argv[i], "no-data") == 0;
		run.expected.context |= strcmp(argv[i], "context") == 0;
		if (strncmp(argv[i], "rows=", 5) == 0)
			run.expected.rows = argv[i] + 5;
	}
	while ((length = getline(&text, &capacity, stdin)) > 0) {
		run.expected.line++;
		if (text[length - 1] != '\n')
			problem(&run.expected, "line", "has no end");
		else
			length--;
		check_bytes(&run, text, (size_t)length);
		check_line(&run, text, (size_t)length, argc > 1 ? atoi(argv[1]) : -1);
	}
	if (!run.ended)
		problem(&run.expected, "run", "has no end");
	end_group(&run);
	json_decref(run.first);
	free(text);
	return run.expected.problems ? 1 : 0;
}
