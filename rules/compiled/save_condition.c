#include "rules/compiled/save_condition.h"

#include <string.h>

#include "rules/compiled/condition_form.h"
#include "rules/compiled/saved_text.h"

void value_save(const struct value *value, struct byte_writer *out)
{
	uint64_t bits = 0;

	byte_writer_add_u8(out, (uint8_t)value->kind);
	switch (value->kind) {
	case VALUE_INTEGER:
		byte_writer_add_u64(out, (uint64_t)value->integer);
		break;
	case VALUE_FLOAT:
		memcpy(&bits, &value->real, sizeof(bits));
		byte_writer_add_u64(out, bits);
		break;
	case VALUE_TEXT:
		saved_text_add(out, value->text);
		break;
	case VALUE_UNDEFINED:
	case VALUE_REGEX:
	case VALUE_PLACE:
		break;
	}
}

static void save_set(const struct number_set *set, struct byte_writer *out)
{
	byte_writer_add_u8(out, set->items != NULL);
	byte_writer_add_u32(out, (uint32_t)set->count);
	if (!set->items)
		byte_writer_add_u32(out, set->first);
	for (size_t i = 0; set->items && i < set->count; i++)
		byte_writer_add_u32(out, set->items[i]);
}

static uint32_t program_number(struct condition_saver *saver, const struct regex_program *program)
{
	const size_t count = saver->rules->program_count;

	for (size_t i = 0; i < count; i++) {
		size_t number = (saver->program + i) % count;

		if (saver->rules->programs[number] != program)
			continue;
		saver->program = number + 1;
		return (uint32_t)number;
	}
	saver->out->failed = true; /* there is none that is not listed */
	return 0;
}

static void save_payload(struct condition_saver *saver, const struct condition *condition)
{
	struct byte_writer *out = saver->out;

	switch (condition_forms[condition->kind].payload) {
	case PAYLOAD_NONE:
		break;
	case PAYLOAD_CONSTANT:
		value_save(&condition->constant, out);
		break;
	case PAYLOAD_SLOT:
		byte_writer_add_u32(out, condition->slot);
		break;
	case PAYLOAD_RULE:
		byte_writer_add_u32(out, condition->rule);
		break;
	case PAYLOAD_READ:
		byte_writer_add_u8(out, condition->read.bytes);
		byte_writer_add_u8(out, condition->read.is_signed);
		byte_writer_add_u8(out, condition->read.big_endian);
		break;
	case PAYLOAD_STRING:
		byte_writer_add_u32(out, condition->string);
		break;
	case PAYLOAD_OPERATOR:
		byte_writer_add_u8(out, (uint8_t)condition->operator);
		break;
	case PAYLOAD_PROGRAM:
		byte_writer_add_u32(out, program_number(saver, condition->program));
		break;
	case PAYLOAD_STRING_SET:
	case PAYLOAD_RULE_SET:
		save_set(&condition->set, out);
		break;
	case PAYLOAD_MODULE:
		byte_writer_add_u32(out, condition->module);
		break;
	case PAYLOAD_EXTERNAL:
		byte_writer_add_u32(out, condition->external);
		break;
	case PAYLOAD_MEMBER:
		byte_writer_add_u32(
			out, (uint32_t)(condition->member -
					condition_members(saver->rules, condition->children[0])));
		break;
	}
}

static void save_quantifier(struct condition_saver *saver,
			    const struct condition_quantifier *quantifier)
{
	byte_writer_add_u8(saver->out, (uint8_t)quantifier->kind);
	byte_writer_add_u8(saver->out, quantifier->value != NULL);
	if (quantifier->value)
		condition_save(saver, quantifier->value);
}

static void save_children(struct condition_saver *saver, const struct condition *condition)
{
	bool is_loop = condition_is_loop(condition->kind);

	byte_writer_add_u32(saver->out, (uint32_t)condition->child_count);
	for (size_t i = is_loop; i < condition->child_count; i++)
		condition_save(saver, condition->children[i]);
	if (is_loop)
		condition_save(saver, condition->children[0]);
}

void condition_save(struct condition_saver *saver, const struct condition *condition)
{
	const struct condition_form *form = &condition_forms[condition->kind];
	unsigned int flags = (condition->is_known ? SAVED_KNOWN : 0u) |
			     (condition->logs_anyway ? SAVED_LOGS : 0u);

	byte_writer_add_u8(saver->out, (uint8_t)condition->kind);
	byte_writer_add_u8(saver->out, (uint8_t)condition->type);
	byte_writer_add_u8(saver->out, (uint8_t)flags);
	if (condition->is_known)
		byte_writer_add_u64(saver->out, (uint64_t)condition->known);
	if (form->payload != PAYLOAD_MEMBER)
		save_payload(saver, condition);
	if (form->has_quantifier)
		save_quantifier(saver, &condition->quantifier);
	save_children(saver, condition);
	if (form->payload == PAYLOAD_MEMBER)
		save_payload(saver, condition);
}
