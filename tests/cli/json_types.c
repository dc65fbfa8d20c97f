#include "tests/cli/json_types.h"

#include <string.h>

bool is_text(const json_t *value)
{
	return json_is_string(value);
}

/* "There is no empty string in place of unknown". */
bool is_word(const json_t *value)
{
	return json_is_string(value) && json_string_length(value) > 0;
}

static bool is_of(const json_t *value, const char *letters, size_t length)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == length && strspn(text, letters) == length;
}

bool is_hash(const json_t *value)
{
	return is_of(value, "0123456789abcdef", 64);
}

bool is_run_id(const json_t *value)
{
	return is_of(value, "0123456789abcdef", 32);
}

bool is_address(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t digits;

	if (!text || strncmp(text, "0x", 2) != 0)
		return false;
	digits = strlen(text + 2);
	if (strcmp(text, "0x10000000000000000") == 0)
		return true;
	return digits && digits <= 16 && strspn(text + 2, "0123456789abcdef") == digits &&
	       (text[2] != '0' || digits == 1);
}

/* Each 0 of the form stands for a digit; a fraction may stand before the Z. */
bool is_time(const json_t *value)
{
	static const char form[] = "0000-00-00T00:00:00";
	const char *text = json_string_value(value);
	size_t i;

	if (!text)
		return false;
	for (i = 0; form[i]; i++) {
		if (form[i] == '0' ? !strchr("0123456789", text[i]) || !text[i]
				   : text[i] != form[i])
			return false;
	}
	if (text[i] == '.')
		i += 1 + strspn(text + i + 1, "0123456789");
	return strcmp(text + i, "Z") == 0;
}

bool is_base64(const json_t *value)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *text = json_string_value(value);
	size_t length;

	if (!text)
		return false;
	length = strspn(text, letters);
	return strlen(text) % 4 == 0 && strlen(text) - length <= 2 &&
	       strspn(text + length, "=") == strlen(text) - length;
}

bool is_size(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

bool is_above_zero(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) > 0;
}

bool is_above_one(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) > 1;
}

bool is_one(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) == 1;
}

bool is_byte(const json_t *value)
{
	return is_size(value) && json_integer_value(value) < 256;
}

bool is_exit_code(const json_t *value)
{
	return is_size(value) && json_integer_value(value) <= 4;
}

bool is_number(const json_t *value)
{
	return json_is_number(value) && json_number_value(value) >= 0;
}

bool is_boolean(const json_t *value)
{
	return json_is_boolean(value);
}

bool is_true(const json_t *value)
{
	return json_is_true(value);
}

bool is_object(const json_t *value)
{
	return json_is_object(value);
}

bool is_array(const json_t *value)
{
	return json_is_array(value);
}

bool is_array_of_sizes(const json_t *value)
{
	size_t index;
	json_t *item;

	if (!json_is_array(value))
		return false;
	json_array_foreach(value, index, item)
	{
		if (!is_size(item))
			return false;
	}
	return json_array_size(value) > 0;
}

bool is_array_of_texts(const json_t *value)
{
	size_t index;
	json_t *item;

	if (!json_is_array(value))
		return false;
	json_array_foreach(value, index, item)
	{
		if (!json_is_string(item))
			return false;
	}
	return true;
}

/* Every key of meta has an array of strings, integers and booleans. */
bool is_meta(const json_t *value)
{
	for (void *at = json_object_iter((json_t *)value); at;
	     at = json_object_iter_next((json_t *)value, at)) {
		json_t *list = json_object_iter_value(at), *item;
		size_t index;

		if (!json_is_array(list) || !json_array_size(list))
			return false;
		json_array_foreach(list, index, item)
		{
			if (!json_is_string(item) && !json_is_integer(item) &&
			    !json_is_boolean(item))
				return false;
		}
	}
	return json_is_object(value);
}

static bool is_one_of(const json_t *value, const char *const *words)
{
	const char *text = json_string_value(value);

	for (size_t i = 0; text && words[i]; i++) {
		if (strcmp(words[i], text) == 0)
			return true;
	}
	return false;
}

#define WORDS(name, ...)                                                                           \
	bool name(const json_t *value)                                                             \
	{                                                                                          \
		static const char *const words[] = { __VA_ARGS__, NULL };                          \
                                                                                                   \
		return is_one_of(value, words);                                                    \
	}

WORDS(is_line_type, "hit", "log", "warning", "summary", "end")
WORDS(is_row_type, "show", "processes", "maps", "environment", "files", "dump", "strings", "bench")
WORDS(is_stage, "reading", "inflating_gzip", "inflating_zstd", "inflating_xz", "inflating_lz4",
      "inflating_bzip2", "mapping", "candidates", "confirm", "conditions", "scan")
WORDS(is_cache, "cold", "warm")
WORDS(is_process_state, "alive", "dead", "stopped")
WORDS(is_open_file_kind, "file", "pipe", "fifo", "socket", "terminal", "memfd", "eventfd",
      "eventpoll", "signalfd", "timerfd", "inotify", "fanotify", "tun", "namespace", "bpf-map",
      "pidfd", "device", "other")
WORDS(is_encoding, "ascii", "utf-16le")
WORDS(is_form, "directory", "tar", "oci-layout", "oci-archive", "docker-archive", "core", "raw",
      "unknown")
WORDS(is_compression, "gzip", "zstd", "xz", "lz4", "bzip2")
WORDS(is_time_source, "config", "file", "name")
WORDS(is_engine, "podman", "cri-o", "containerd", "docker")
WORDS(is_target_kind, "process", "file", "pipe", "socket", "terminal", "message")
WORDS(is_origin, "rootfs-diff", "deleted", "memfd", "tmpfs", "shm", "volume", "log", "gpu", "bpf",
      "image", "operand")
WORDS(is_direction, "received", "sent")
WORDS(is_source, "file")
WORDS(is_executable_state, "file", "deleted", "memfd")
WORDS(is_vma_kind, "heap", "stack", "anonymous", "file", "shared", "memfd", "sysv", "vdso", "other",
      "unmapped")
WORDS(is_effect, "incomplete", "note")
WORDS(is_cause, "input", "machine", "rules")
WORDS(is_warning_code, "truncated", "corrupt", "missing-image", "missing-parent", "parent-loop",
      "unknown-encoding", "lazy-pages", "encrypted", "gpu-memory", "unsupported",
      "not-a-checkpoint", "nothing-selected", "limit", "timeout", "changed-while-read",
      "too-many-matches", "cannot-open", "read-error", "no-memory", "no-space", "interrupted",
      "file-pages-not-dumped", "rootfs-mismatch", "duplicate-member", "digest-mismatch",
      "module-not-evaluated", "rule-warning", "longer-than-described")

/* "rw-p" as in /proc/PID/maps. */
bool is_protection(const json_t *value)
{
	static const char *const letters[] = { "r-", "w-", "x-", "ps" };
	const char *text = json_string_value(value);

	if (!text || strlen(text) != 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		if (!strchr(letters[i], text[i]))
			return false;
	}
	return true;
}

bool is_string_name(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && text[0] == '$';
}
