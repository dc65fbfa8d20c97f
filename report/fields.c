#include "report/fields.h"

#include <string.h>

void fields_open_run(struct json_writer *json, const struct run_facts *run, const char *time)
{
	json_writer_open_object(json, "run");
	json_writer_string(json, "id", run->id);
	json_writer_string(json, "time", time);
	json_writer_unsigned(json, "schema", 1);
	json_writer_string(json, "version", run->version);
	json_writer_text(json, "host", run->host);
}

void fields_checkpoint(struct json_writer *json, const struct checkpoint_outline *checkpoint,
		       bool with_size)
{
	json_writer_open_object(json, "checkpoint");
	json_writer_string(json, "id", checkpoint->id);
	json_writer_text(json, "path", checkpoint->path);
	json_writer_text(json, "member", checkpoint->member);
	json_writer_string(json, "form", checkpoint->form);
	json_writer_string(json, "compression", checkpoint->compression);
	if (with_size && checkpoint->size)
		json_writer_unsigned(json, "size", checkpoint->size);
	json_writer_text(json, "time", checkpoint->time);
	if (checkpoint->time)
		json_writer_string(json, "time_source", checkpoint->time_source);
	json_writer_close_object(json);
}

void fields_container(struct json_writer *json, const struct checkpoint_outline *checkpoint)
{
	const struct {
		const char *name, *value;
	} fields[] = {
		{ "id", checkpoint->container_id }, { "name", checkpoint->container_name },
		{ "image", checkpoint->image },	    { "image_digest", checkpoint->image_digest },
		{ "pod", checkpoint->pod },	    { "pod_id", checkpoint->pod_id },
		{ "pod_uid", checkpoint->pod_uid }, { "namespace", checkpoint->name_space },
		{ "engine", checkpoint->engine },   { "runtime", checkpoint->runtime },
		{ "created", checkpoint->created },
	};
	bool opened = false;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!fields[i].value)
			continue;
		if (!opened)
			json_writer_open_object(json, "container");
		opened = true;
		json_writer_text(json, fields[i].name, fields[i].value);
	}
	if (opened)
		json_writer_close_object(json);
}

static void add_holders(struct json_writer *json, const struct target_outline *target)
{
	if (!target->held_by_count)
		return;
	json_writer_open_array(json, "held_by");
	for (size_t i = 0; i < target->held_by_count; i++) {
		json_writer_open_object(json, NULL);
		json_writer_unsigned(json, "pid", target->held_by[i].pid);
		if (target->held_by[i].has_fd)
			json_writer_unsigned(json, "fd", target->held_by[i].fd);
		json_writer_close_object(json);
	}
	json_writer_close_array(json);
	json_writer_unsigned(json, "held_by_count", target->held_by_total);
}

static void add_process(struct json_writer *json, const struct target_outline *target)
{
	if (target->kind == TARGET_PROCESS)
		json_writer_unsigned(json, "pid", target->pid);
	if (target->has_ppid)
		json_writer_unsigned(json, "ppid", target->ppid);
	json_writer_text(json, "name", target->name);
	json_writer_text(json, "executable", target->executable);
	json_writer_string(json, "executable_state", target->executable_state);
	if (target->command_line)
		json_writer_texts(json, "command_line", target->command_line,
				  target->command_line_count);
	if (target->command_line_cut)
		json_writer_boolean(json, "command_line_cut", true);
	if (target->has_uid)
		json_writer_unsigned(json, "uid", target->uid);
	if (target->thread_count)
		json_writer_unsigned(json, "thread_count", target->thread_count);
}

void fields_open_target(struct json_writer *json, const struct target_outline *target)
{
	json_writer_open_object(json, "target");
	json_writer_string(json, "kind", target_kind_name(target->kind));
	add_process(json, target);
	json_writer_text(json, "path", target->path);
	json_writer_string(json, "origin", target->origin);
	if (target->kind != TARGET_PROCESS)
		json_writer_unsigned(json, "size", target->size);
	json_writer_text(json, "object", target->object);
	if (target->bytes_unseen)
		json_writer_unsigned(json, "bytes_unseen", target->bytes_unseen);
	json_writer_string(json, "protocol", target->protocol);
	json_writer_string(json, "state", target->state);
	json_writer_string(json, "direction", target->direction);
	json_writer_text(json, "local", target->local);
	json_writer_text(json, "remote", target->remote);
	add_holders(json, target);
}

void fields_target(struct json_writer *json, const struct target_outline *target)
{
	fields_open_target(json, target);
	json_writer_close_object(json);
}

static void add_meta_value(struct json_writer *json, const struct rule_meta *meta)
{
	switch (meta->kind) {
	case RULE_META_TEXT:
		json_writer_bytes_as_text(json, NULL, meta->text);
		break;
	case RULE_META_INTEGER:
		json_writer_integer(json, NULL, meta->integer);
		break;
	case RULE_META_BOOLEAN:
		json_writer_boolean(json, NULL, meta->integer != 0);
		break;
	}
}

/* Whether an earlier entry has the key of entry @index: then its value is in that one's array. */
static bool meta_was_seen(const struct rule *rule, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(rule->meta[i].name, rule->meta[index].name) == 0)
			return true;
	}
	return false;
}

static void add_meta(struct json_writer *json, const struct rule *rule)
{
	json_writer_open_object(json, "meta");
	for (size_t i = 0; i < rule->meta_count; i++) {
		if (meta_was_seen(rule, i))
			continue;
		json_writer_open_array(json, rule->meta[i].name);
		for (size_t j = i; j < rule->meta_count; j++) {
			if (strcmp(rule->meta[j].name, rule->meta[i].name) == 0)
				add_meta_value(json, &rule->meta[j]);
		}
		json_writer_close_array(json);
	}
	json_writer_close_object(json);
}

void fields_rule(struct json_writer *json, const struct rule *rule)
{
	json_writer_string(json, "rule", rule->name);
	json_writer_string(json, "namespace", rule->namespace_name);
	json_writer_hex(json, "rule_hash", (struct bytes){ rule->hash, sizeof(rule->hash) });
	json_writer_open_array(json, "tags");
	for (size_t i = 0; i < rule->tag_count; i++)
		json_writer_string(json, NULL, rule->tags[i]);
	json_writer_close_array(json);
	add_meta(json, rule);
}

void fields_vma(struct json_writer *json, const struct hit_vma *vma)
{
	json_writer_open_object(json, "vma");
	json_writer_address(json, "start", vma->start);
	json_writer_address_end(json, "end", vma->start, vma->end);
	json_writer_string(json, "protection", vma->protection);
	json_writer_string(json, "kind", vma->kind);
	json_writer_text(json, "path", vma->path);
	if (vma->path)
		json_writer_unsigned(json, "offset", vma->offset);
	if (vma->deleted)
		json_writer_boolean(json, "deleted", true);
	json_writer_close_object(json);
}

static void add_image(struct json_writer *json, const struct hit_match *match)
{
	json_writer_open_object(json, "image");
	json_writer_text(json, "file", match->image_file);
	json_writer_unsigned(json, "offset", match->image_offset);
	if (match->image_layer)
		json_writer_unsigned(json, "layer", match->image_layer);
	json_writer_close_object(json);
}

static void add_string_name(struct json_writer *json, const char *name)
{
	struct text dollar = { 0 };

	text_add_format(&dollar, "$%s", name);
	json_writer_string(json, "string", dollar.data);
	json->text.failed |= dollar.failed;
	text_release(&dollar);
}

void fields_match(struct json_writer *json, const struct hit_match *match,
		  const struct target_outline *target, bool with_context)
{
	json_writer_open_object(json, NULL);
	add_string_name(json, match->string->name);
	if (target->kind == TARGET_PROCESS)
		json_writer_address(json, "address", match->address);
	else
		json_writer_unsigned(json, "offset", match->address);
	json_writer_unsigned(json, "length", match->length);
	if (match->data.length)
		json_writer_base64(json, "data", match->data);
	if (with_context) {
		json_writer_base64(json, "before", match->before);
		json_writer_base64(json, "after", match->after);
	}
	if (match->has_xor_key)
		json_writer_unsigned(json, "xor_key", match->xor_key);
	if (match->from_file)
		json_writer_string(json, "source", "file");
	if (match->has_vma)
		fields_vma(json, &match->vma);
	if (match->image_file)
		add_image(json, match);
	json_writer_close_object(json);
}

void fields_warning(struct json_writer *json, const struct warning *warning)
{
	static const char *const causes[] = {
		[CAUSE_INPUT] = "input", [CAUSE_MACHINE] = "machine", [CAUSE_RULES] = "rules"
	};
	bool incomplete = warning_code_effect(warning->code) == EFFECT_INCOMPLETE;

	json_writer_string(json, "code", warning_code_name(warning->code));
	json_writer_string(json, "effect", incomplete ? "incomplete" : "note");
	json_writer_string(json, "cause", causes[warning_code_cause(warning->code)]);
	json_writer_text(json, "message", warning->message ? warning->message : "");
	json_writer_text(json, "file", warning->file);
	if (warning->has_memory)
		json_writer_unsigned(json, "pid", warning->pid);
	if (warning->has_memory && (warning->start || warning->end)) {
		json_writer_address(json, "start", warning->start);
		json_writer_address_end(json, "end", warning->start, warning->end);
	}
	if (warning->has_range) {
		json_writer_unsigned(json, "offset", warning->offset);
		json_writer_unsigned(json, "length", warning->length);
	}
	if (warning->bytes)
		json_writer_unsigned(json, "bytes", warning->bytes);
	if (warning->count > 1)
		json_writer_unsigned(json, "count", warning->count);
}
