#include "tests/cli/json_schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cli/json_types.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct object;

struct field {
	const char *name;
	bool (*is_right)(const json_t *value);
	/* Whether it must be there; else it must not. NULL: it is there where it is known. */
	bool (*is_wanted)(const struct expectations *expected, const json_t *parent);
	const struct object *object; /* what the value, or each value of an array, is */
	bool is_text; /* may have NAME_b64 and NAME_cut behind it */
};

struct object {
	const struct field *fields;
	size_t count;
};

void problem(struct expectations *expected, const char *where, const char *format, ...)
{
	va_list arguments;

	printf("line %zu: %s: ", expected->line, where);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	expected->problems++;
}

const char *text_at(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

json_int_t number_at(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

bool is_true_at(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* Conditions. */

static bool always(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	(void)parent;
	return true;
}

static bool with_time(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return json_object_get(parent, "time") != NULL;
}

static bool with_executable(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return json_object_get(parent, "executable") != NULL;
}

static bool with_path(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return json_object_get(parent, "path") != NULL;
}

static bool with_start(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return json_object_get(parent, "start") != NULL;
}

static bool with_offset(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return json_object_get(parent, "offset") != NULL;
}

static bool not_complete(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return !is_true_at(parent, "complete");
}

static bool with_data(const struct expectations *expected, const json_t *parent)
{
	return !expected->no_data && number_at(parent, "length") > 0;
}

static bool with_context(const struct expectations *expected, const json_t *parent)
{
	(void)parent;
	return expected->context;
}

static bool of_process(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return strcmp(text_at(parent, "kind"), "process") == 0;
}

static bool of_file(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return strcmp(text_at(parent, "kind"), "file") == 0;
}

static bool not_of_process(const struct expectations *expected, const json_t *parent)
{
	return !of_process(expected, parent);
}

static bool of_socket(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return strcmp(text_at(parent, "kind"), "socket") == 0;
}

static bool with_holders(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return json_object_get(parent, "held_by") != NULL;
}

static bool is_among(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* What its path alone does not tell from others. */
static bool with_object(const struct expectations *expected, const json_t *parent)
{
	static const char *const origins[] = { "deleted", "memfd", "bpf" };
	const char *origin = text_at(parent, "origin");

	if (of_process(expected, parent))
		return false;
	if (!of_file(expected, parent) || is_among(origin, origins, COUNT(origins)))
		return true;
	return strcmp(origin, "image") == 0 && json_object_get(parent, "object");
}

/* A memory file may have no name. */
static bool with_file_path(const struct expectations *expected, const json_t *parent)
{
	if (strcmp(text_at(parent, "origin"), "memfd") == 0)
		return json_object_get(parent, "path") != NULL;
	return of_file(expected, parent);
}

/* A match has one of the two; which of them it must be its target says. */
static bool without_address(const struct expectations *expected, const json_t *parent)
{
	(void)expected;
	return !json_object_get(parent, "address");
}

static bool with_address(const struct expectations *expected, const json_t *parent)
{
	return !without_address(expected, parent);
}

/* Tables: json.md's. */

#define MUST(key, type)                                                                            \
	{                                                                                          \
		.name = key, .is_right = type, .is_wanted = always                                 \
	}
#define MAY(key, type)                                                                             \
	{                                                                                          \
		.name = key, .is_right = type                                                      \
	}
#define WHEN(key, type, condition)                                                                 \
	{                                                                                          \
		.name = key, .is_right = type, .is_wanted = condition                              \
	}
#define MUST_TEXT(key, type)                                                                       \
	{                                                                                          \
		.name = key, .is_right = type, .is_wanted = always, .is_text = true                \
	}
#define MAY_TEXT(key, type)                                                                        \
	{                                                                                          \
		.name = key, .is_right = type, .is_text = true                                     \
	}
#define OBJECT(table)                                                                              \
	&(const struct object)                                                                     \
	{                                                                                          \
		table, COUNT(table)                                                                \
	}
#define WHEN_TEXT(key, type, condition)                                                            \
	{                                                                                          \
		.name = key, .is_right = type, .is_wanted = condition, .is_text = true             \
	}
#define WHEN_HOLD(key, type, condition, table)                                                     \
	{                                                                                          \
		.name = key, .is_right = type, .is_wanted = condition, .object = OBJECT(table)     \
	}
#define MUST_HOLD(key, type, table)                                                                \
	{                                                                                          \
		.name = key, .is_right = type, .is_wanted = always, .object = OBJECT(table)        \
	}
#define MAY_HOLD(key, type, table)                                                                 \
	{                                                                                          \
		.name = key, .is_right = type, .object = OBJECT(table)                             \
	}

static const struct field run_fields[] = {
	MUST("id", is_run_id),	  MUST("time", is_time), MUST("schema", is_one),
	MUST("version", is_word), MUST("host", is_word),
};

static const struct field stats_fields[] = {
	MUST("bytes_by_node", is_array_of_sizes),
	MUST("steals", is_size),
	MUST("waits", is_size),
};

static const struct field summary_run_fields[] = {
	MUST("id", is_run_id),
	MUST("time", is_time),
	MUST("schema", is_one),
	MUST("version", is_word),
	MUST("host", is_word),
	MUST("seconds", is_number),
	MAY("bytes_per_second", is_size),
	MUST("threads", is_above_zero),
	MAY_HOLD("stats", is_object, stats_fields),
};

static const struct field end_run_fields[] = {
	MUST("id", is_run_id),	  MUST("time", is_time), MUST("schema", is_one),
	MUST("version", is_word), MUST("host", is_word), MUST("seconds", is_number),
};

static const struct field checkpoint_fields[] = {
	MAY("id", is_hash),
	MUST_TEXT("path", is_word),
	MAY_TEXT("member", is_word),
	MUST("form", is_form),
	MAY("compression", is_compression),
	MAY("time", is_time),
	WHEN("time_source", is_time_source, with_time),
};

static const struct field summary_checkpoint_fields[] = {
	MAY("id", is_hash),
	MUST_TEXT("path", is_word),
	MAY_TEXT("member", is_word),
	MUST("form", is_form),
	MAY("compression", is_compression),
	MAY("size", is_size),
	MAY("time", is_time),
	WHEN("time_source", is_time_source, with_time),
};

static const struct field container_fields[] = {
	MAY_TEXT("id", is_word),      MAY_TEXT("name", is_word),
	MAY_TEXT("image", is_word),   MAY_TEXT("image_digest", is_word),
	MAY_TEXT("pod", is_word),     MAY_TEXT("pod_id", is_word),
	MAY_TEXT("pod_uid", is_word), MAY_TEXT("namespace", is_word),
	MAY("engine", is_engine),     MAY_TEXT("runtime", is_word),
	MAY("created", is_time),
};

static const struct field holder_fields[] = {
	MUST("pid", is_size),
	MAY("fd", is_size),
};

static const struct field target_fields[] = {
	MUST("kind", is_target_kind),
	WHEN("pid", is_size, of_process),
	MAY("ppid", is_size),
	MAY_TEXT("name", is_text),
	MAY_TEXT("executable", is_word),
	WHEN("executable_state", is_executable_state, with_executable),
	MAY("command_line", is_array_of_texts),
	MAY("command_line_b64", is_array_of_texts),
	MAY("command_line_cut", is_true),
	MAY("uid", is_size),
	MAY("thread_count", is_above_zero),
	WHEN_TEXT("path", is_word, with_file_path),
	WHEN("origin", is_origin, of_file),
	WHEN("size", is_size, not_of_process),
	WHEN_TEXT("object", is_word, with_object),
	MAY("bytes_unseen", is_above_zero),
	MAY("protocol", is_word),
	MAY("state", is_word),
	WHEN("direction", is_direction, of_socket),
	MAY_TEXT("local", is_word),
	MAY_TEXT("remote", is_word),
	MAY_HOLD("held_by", is_array, holder_fields),
	WHEN("held_by_count", is_above_zero, with_holders),
};

static const struct field vma_fields[] = {
	MUST("start", is_address), MUST("end", is_address),   MUST("protection", is_protection),
	MUST("kind", is_vma_kind), MAY_TEXT("path", is_word), WHEN("offset", is_size, with_path),
	MAY("deleted", is_true),
};

static const struct field image_fields[] = {
	MUST_TEXT("file", is_word),
	MUST("offset", is_size),
	MAY("layer", is_above_zero),
};

static const struct field match_fields[] = {
	MUST("string", is_string_name),
	WHEN("address", is_address, with_address),
	WHEN("offset", is_size, without_address),
	MUST("length", is_size),
	WHEN("data", is_base64, with_data),
	WHEN("before", is_base64, with_context),
	WHEN("after", is_base64, with_context),
	MAY("xor_key", is_byte),
	MAY("source", is_source),
	WHEN_HOLD("vma", is_object, with_address, vma_fields),
	MAY_HOLD("image", is_object, image_fields),
};

static const struct field hit_fields[] = {
	MUST("type", is_line_type),
	MUST("id", is_hash),
	MUST_HOLD("run", is_object, run_fields),
	MUST_HOLD("checkpoint", is_object, checkpoint_fields),
	MAY_HOLD("container", is_object, container_fields),
	MUST_HOLD("target", is_object, target_fields),
	MUST("rule", is_word),
	MUST("namespace", is_word),
	MUST("rule_hash", is_hash),
	MUST("tags", is_array_of_texts),
	MUST("meta", is_meta),
	MUST("match_count", is_size),
	MAY("match_count_limited", is_true),
	MUST("matches_listed", is_size),
	MUST_HOLD("matches", is_array, match_fields),
};

static const struct field log_fields[] = {
	MUST("type", is_line_type),
	MUST_HOLD("run", is_object, run_fields),
	MUST_HOLD("checkpoint", is_object, checkpoint_fields),
	MAY_HOLD("container", is_object, container_fields),
	MUST_HOLD("target", is_object, target_fields),
	MUST("namespace", is_word),
	MUST("rule", is_word),
	MUST_TEXT("message", is_text),
};

static const struct field warning_fields[] = {
	MUST("type", is_line_type),
	MUST_HOLD("run", is_object, run_fields),
	MAY_HOLD("checkpoint", is_object, checkpoint_fields),
	MAY_HOLD("target", is_object, target_fields),
	MUST("code", is_warning_code),
	MUST("effect", is_effect),
	MUST("cause", is_cause),
	MUST_TEXT("message", is_word),
	MAY_TEXT("file", is_word),
	MAY("pid", is_size),
	MAY("start", is_address),
	WHEN("end", is_address, with_start),
	MAY("offset", is_size),
	WHEN("length", is_size, with_offset),
	MAY("bytes", is_above_zero),
	MAY("count", is_above_one),
};

static const struct field targets_fields[] = {
	MUST("process", is_size), MUST("file", is_size),     MUST("pipe", is_size),
	MUST("socket", is_size),  MUST("terminal", is_size), MUST("message", is_size),
};

static const struct field file_fields[] = {
	MUST_TEXT("path", is_word),
	MUST("bytes", is_above_zero),
};

static const struct field rules_fields[] = {
	MUST("sha256", is_hash),
	MUST("count", is_above_zero),
	MUST("strings", is_size),
	MUST("not_evaluated", is_size),
	MUST("modules_not_evaluated", is_array_of_texts),
};

static const struct field summary_fields[] = {
	MUST("type", is_line_type),
	MUST("id", is_hash),
	MUST_HOLD("run", is_object, summary_run_fields),
	MUST_HOLD("checkpoint", is_object, summary_checkpoint_fields),
	MAY_HOLD("container", is_object, container_fields),
	MUST("complete", is_boolean),
	MUST("whole", is_boolean),
	MUST("narrowed", is_boolean),
	MUST("hits", is_size),
	MUST("warnings", is_size),
	WHEN("incomplete", is_array_of_texts, not_complete),
	MUST_HOLD("targets", is_object, targets_fields),
	MUST("bytes_scanned", is_size),
	MUST("bytes_lost", is_size),
	MUST("bytes_not_selected", is_size),
	MUST("bytes_not_dumped", is_size),
	MAY_HOLD("files_not_dumped", is_array, file_fields),
	MUST_HOLD("rules", is_object, rules_fields),
};

static const struct field end_fields[] = {
	MUST("type", is_line_type),   MUST_HOLD("run", is_object, end_run_fields),
	MUST("checkpoints", is_size), MUST("complete", is_size),
	MUST("incomplete", is_size),  MUST("skipped", is_size),
	MUST("hits", is_size),	      MUST("exit", is_exit_code),
};

/* Rows of the looking commands. */
#define ROW_FIELDS                                                                                 \
	MUST("type", is_row_type), MUST_HOLD("checkpoint", is_object, checkpoint_fields),          \
		MAY_HOLD("container", is_object, container_fields)

static const struct field show_fields[] = {
	MUST("type", is_row_type),
	MUST_HOLD("checkpoint", is_object, summary_checkpoint_fields),
	MAY_HOLD("container", is_object, container_fields),
	MAY("criu", is_above_zero),
	MUST("processes", is_size),
	MUST("memory_bytes", is_size),
	MUST("rootfs_diff_bytes", is_size),
	MUST("parents", is_size),
};

static const struct field thread_fields[] = {
	MUST("tid", is_above_zero),
	MAY_TEXT("name", is_word),
};

static const struct field listed_process_fields[] = {
	MUST("kind", is_target_kind),
	MUST("pid", is_size),
	MAY("ppid", is_size),
	MAY_TEXT("name", is_text),
	MAY_TEXT("executable", is_word),
	WHEN("executable_state", is_executable_state, with_executable),
	MAY("command_line", is_array_of_texts),
	MAY("command_line_b64", is_array_of_texts),
	MAY("command_line_cut", is_true),
	MAY("uid", is_size),
	MAY("thread_count", is_above_zero),
	MAY("bytes_unseen", is_above_zero),
	MAY_HOLD("threads", is_array, thread_fields),
	MAY("state", is_process_state),
	MUST("memory_bytes", is_size),
};

static const struct field processes_fields[] = {
	ROW_FIELDS,
	MUST_HOLD("target", is_object, listed_process_fields),
};

static const struct field vma_bytes_fields[] = {
	MUST("dump", is_size), MUST("parent", is_size), MUST("file", is_size),
	MUST("zero", is_size), MUST("lost", is_size),
};

static const struct field maps_fields[] = {
	ROW_FIELDS,
	MUST("pid", is_size),
	MUST_HOLD("vma", is_object, vma_fields),
	MUST_HOLD("bytes", is_object, vma_bytes_fields),
};

static const struct field environment_fields[] = {
	ROW_FIELDS,
	MUST("pid", is_size),
	MUST_TEXT("name", is_text),
	MUST_TEXT("value", is_text),
};

static const struct field files_fields[] = {
	ROW_FIELDS,
	MUST("pid", is_size),
	MUST("fd", is_size),
	MUST("kind", is_open_file_kind),
	MAY_TEXT("path", is_word),
	MAY("deleted", is_true),
	MUST("flags", is_word),
	MAY("object", is_word),
	MAY("protocol", is_word),
	MAY("state", is_word),
	MAY_TEXT("local", is_word),
	MAY_TEXT("remote", is_word),
	MAY("peer", is_word),
};

static const struct field dump_fields[] = {
	ROW_FIELDS,
	MUST("pid", is_size),
	MUST("address", is_address),
	MUST("length", is_above_zero),
	MUST("data", is_base64),
};

static const struct field strings_fields[] = {
	ROW_FIELDS,
	MUST("pid", is_size),
	MUST("address", is_address),
	MUST("encoding", is_encoding),
	MUST_TEXT("text", is_word),
};

/* Of one that was made there is nothing to tell. */
static const struct field bench_fields[] = {
	MUST("type", is_row_type),
	MAY_HOLD("checkpoint", is_object, checkpoint_fields),
	MAY_HOLD("container", is_object, container_fields),
	MUST("stage", is_stage),
	MUST("threads", is_above_zero),
	MUST("cache", is_cache),
	MUST("bytes", is_above_zero),
	MUST("seconds", is_number),
	MUST("bytes_per_second", is_above_zero),
};

static const struct {
	const char *type;
	struct object object;
} lines[] = {
	{ "hit", { hit_fields, COUNT(hit_fields) } },
	{ "log", { log_fields, COUNT(log_fields) } },
	{ "warning", { warning_fields, COUNT(warning_fields) } },
	{ "summary", { summary_fields, COUNT(summary_fields) } },
	{ "end", { end_fields, COUNT(end_fields) } },
	{ "show", { show_fields, COUNT(show_fields) } },
	{ "processes", { processes_fields, COUNT(processes_fields) } },
	{ "maps", { maps_fields, COUNT(maps_fields) } },
	{ "environment", { environment_fields, COUNT(environment_fields) } },
	{ "files", { files_fields, COUNT(files_fields) } },
	{ "dump", { dump_fields, COUNT(dump_fields) } },
	{ "strings", { strings_fields, COUNT(strings_fields) } },
	{ "bench", { bench_fields, COUNT(bench_fields) } },
};

/* The walk. */

static void check_object(struct expectations *expected, const char *where, const json_t *value,
			 const struct object *object);

static void check_value(struct expectations *expected, const char *where, const json_t *value,
			const struct field *field)
{
	size_t index;
	json_t *item;

	if (!field->is_right(value)) {
		char *text = json_dumps(value, JSON_ENCODE_ANY);

		problem(expected, where, "is not what it should be: %s", text ? text : "?");
		free(text);
	} else if (field->object && json_is_array(value)) {
		json_array_foreach(value, index, item)
			check_object(expected, where, item, field->object);
	} else if (field->object) {
		check_object(expected, where, value, field->object);
	}
}

/* A text's own siblings: its bytes, where some of them were no UTF-8, and that it is cut. */
static void *skip_siblings(struct expectations *expected, const char *where, json_t *value,
			   void *at, const struct field *field)
{
	const char *text = json_string_value(json_object_iter_value(at));
	char name[64];

	at = json_object_iter_next(value, at);
	snprintf(name, sizeof(name), "%s_b64", field->name);
	if (at && strcmp(json_object_iter_key(at), name) == 0) {
		if (!is_base64(json_object_iter_value(at)) || !text ||
		    !strstr(text, "\xef\xbf\xbd"))
			problem(expected, where, "%s stands beside no bad byte", name);
		at = json_object_iter_next(value, at);
	}
	snprintf(name, sizeof(name), "%s_cut", field->name);
	if (at && strcmp(json_object_iter_key(at), name) == 0) {
		if (!json_is_true(json_object_iter_value(at)))
			problem(expected, where, "%s is not true", name);
		at = json_object_iter_next(value, at);
	}
	return at;
}

static void check_object(struct expectations *expected, const char *where, const json_t *value,
			 const struct object *object)
{
	json_t *mutable = (json_t *)value;
	void *at = json_object_iter(mutable);

	if (!json_is_object(value) || !json_object_size(value)) {
		problem(expected, where, "is no object, or an empty one");
		return;
	}
	for (size_t i = 0; i < object->count; i++) {
		const struct field *field = &object->fields[i];
		bool there = at && strcmp(json_object_iter_key(at), field->name) == 0;
		bool wanted = field->is_wanted ? field->is_wanted(expected, value) : there;
		char path[160];

		snprintf(path, sizeof(path), "%s.%s", where, field->name);
		if (wanted != there)
			problem(expected, path,
				there ? "stands there without need"
				      : "is missing or not in its place");
		if (!there)
			continue;
		check_value(expected, path, json_object_iter_value(at), field);
		at = field->is_text ? skip_siblings(expected, path, mutable, at, field)
				    : json_object_iter_next(mutable, at);
	}
	if (at)
		problem(expected, where, "has \"%s\", which is not known or not in its place",
			json_object_iter_key(at));
}

void json_schema_check(struct expectations *expected, const json_t *line)
{
	const char *type = text_at(line, "type");

	for (size_t i = 0; i < COUNT(lines); i++) {
		if (strcmp(lines[i].type, type) == 0) {
			check_object(expected, type, line, &lines[i].object);
			return;
		}
	}
	problem(expected, "type", "is no type of line: \"%s\"", type);
}
