#include "rules/compiled/load_condition.h"

#include <string.h>

#include "rules/compiled/condition_form.h"
#include "rules/compiled/save_condition.h"
#include "rules/compiled/saved_text.h"

/* An expression may become a few conditions, one below the other. */
#define DEEPEST (CONDITION_DEPTH_LIMIT + 16)
#define SMALLEST_CONDITION 7u

static int damaged(const struct condition_loader *loader, const char *what)
{
	return error_set(loader->err, ERROR_FORMAT, 0, "a condition has %s", what);
}

bool value_load(struct bytes_reader *in, struct value *out)
{
	unsigned int kind;
	uint64_t bits;

	if (!saved_choice_take(in, VALUE_TEXT, &kind))
		return false;
	out->kind = (enum value_kind)kind;
	switch (out->kind) {
	case VALUE_INTEGER:
		return saved_i64_take(in, &out->integer);
	case VALUE_FLOAT:
		if (!bytes_take_u64(in, &bits))
			return false;
		memcpy(&out->real, &bits, sizeof(bits));
		return true;
	case VALUE_TEXT:
		return saved_text_take(in, &out->text);
	default:
		return true;
	}
}

static char value_letter(const struct value *value)
{
	switch (value->kind) {
	case VALUE_INTEGER:
		return 'i';
	case VALUE_FLOAT:
		return 'f';
	case VALUE_TEXT:
		return 's';
	default:
		return 0;
	}
}

static bool take_constant(struct condition_loader *loader, struct condition *out)
{
	return value_load(loader->in, &out->constant) &&
	       (out->constant.kind == VALUE_UNDEFINED ||
		value_letter(&out->constant) == condition_letter(out));
}

static bool take_below(struct condition_loader *loader, size_t limit, uint32_t *out)
{
	return bytes_take_u32(loader->in, out) && *out < limit;
}

static bool take_variable(struct condition_loader *loader, struct condition *out)
{
	const struct loaded_slot *slot;

	if (!take_below(loader, LOOP_SLOTS, &out->slot))
		return false;
	slot = &loader->slots[out->slot];
	out->type = slot->type;
	out->declared = slot->declared;
	return slot->in_use;
}

/* Of a loop; which slots those are, and whether they are free, is looked at when its items are known. */
static bool take_slot(struct condition_loader *loader, struct condition *out)
{
	return out->kind == CONDITION_VARIABLE ? take_variable(loader, out)
					       : take_below(loader, LOOP_SLOTS, &out->slot);
}

static bool take_read(struct condition_loader *loader, struct integer_read *out)
{
	return bytes_take_u8(loader->in, &out->bytes) &&
	       (out->bytes == 1 || out->bytes == 2 || out->bytes == 4) &&
	       saved_bool_take(loader->in, &out->is_signed) &&
	       saved_bool_take(loader->in, &out->big_endian);
}

static bool take_string(struct condition_loader *loader, uint32_t *out)
{
	if (!bytes_take_u32(loader->in, out))
		return false;
	return *out == STRING_OF_LOOP ? loader->in_string_loop
				      : *out < loader->rules->pattern_count;
}

static bool is_comparison(enum expression_operator operator)
{
	return operator>= OPERATOR_EQUAL && operator<= OPERATOR_GREATER_EQUAL;
}

static bool take_operator(struct condition_loader *loader, struct condition *out)
{
	unsigned int operator;

	if (!saved_choice_take(loader->in, OPERATOR_MATCHES, &operator))
		return false;
	out->operator=(enum expression_operator) operator;
	if (out->kind != CONDITION_FLOAT_BINARY)
		return true;
	return condition_letter(out) == (is_comparison(out->operator) ? 'i' : 'f');
}

static bool take_program(struct condition_loader *loader, struct condition *out)
{
	uint32_t number;

	if (!take_below(loader, loader->rules->program_count, &number))
		return false;
	out->program = loader->rules->programs[number];
	return true;
}

static bool take_items(struct condition_loader *loader, size_t limit, struct number_set *set)
{
	uint32_t *items = arena_alloc_array(loader->rules->arena, set->count, sizeof(*items));

	set->items = items;
	for (size_t i = 0; items && i < set->count; i++)
		if (!take_below(loader, limit, &items[i]))
			return false;
	return items;
}

/* Numbers below @limit. */
static bool take_set(struct condition_loader *loader, size_t limit, struct number_set *out)
{
	bool listed;
	uint32_t count;

	if (!saved_bool_take(loader->in, &listed) || !bytes_take_u32(loader->in, &count))
		return false;
	out->count = count;
	if (listed)
		return count <= loader->in->rest.length / sizeof(uint32_t) &&
		       take_items(loader, limit, out);
	return bytes_take_u32(loader->in, &out->first) && out->first <= limit &&
	       count <= limit - out->first;
}

static bool take_external(struct condition_loader *loader, struct condition *out)
{
	return take_below(loader, loader->rules->external_count, &out->external) &&
	       condition_letter(out) ==
		       condition_type_letter(loader->rules->externals[out->external].type);
}

static void set_declared(struct condition *out, const struct module_member *member,
			 enum module_type type)
{
	static const enum value_type types[] = {
		[MODULE_INTEGER] = TYPE_INTEGER,   [MODULE_FLOAT] = TYPE_FLOAT,
		[MODULE_TEXT] = TYPE_TEXT,	   [MODULE_STRUCTURE] = TYPE_STRUCTURE,
		[MODULE_ARRAY] = TYPE_ARRAY,	   [MODULE_DICTIONARY] = TYPE_DICTIONARY,
		[MODULE_FUNCTION] = TYPE_FUNCTION,
	};

	out->type = types[type];
	out->declared =
		type == MODULE_STRUCTURE || type == MODULE_ARRAY || type == MODULE_DICTIONARY
			? member
			: NULL;
}

/* Their letters are those of the declaration. */
static bool arguments_fit(const struct condition *call)
{
	if (strlen(call->member->arguments) != call->child_count - 1)
		return false;
	for (size_t i = 1; i < call->child_count; i++) {
		char wanted = call->member->arguments[i - 1];

		if (condition_letter(call->children[i]) != (wanted == 'b' ? 'i' : wanted))
			return false;
	}
	return true;
}

static bool take_member(struct condition_loader *loader, struct condition *out)
{
	const struct module_member *members = condition_members(loader->rules, out->children[0]);
	uint32_t number;

	if (!members || !bytes_take_u32(loader->in, &number))
		return false;
	for (uint32_t i = 0; i < number; i++)
		if (!members[i].name)
			return false;
	out->member = &members[number];
	if (!out->member->name)
		return false;
	if (out->kind == CONDITION_MEMBER) {
		set_declared(out, out->member, out->member->type);
		return out->member->type != MODULE_FUNCTION;
	}
	if (out->member->type != MODULE_FUNCTION || !arguments_fit(out))
		return false;
	set_declared(out, NULL, out->member->result);
	return true;
}

/* The rule's own number too: it sees itself as false. */
static size_t rule_limit(const struct condition_loader *loader)
{
	return loader->rule + 1;
}

static bool take_payload(struct condition_loader *loader, struct condition *out)
{
	switch (condition_forms[out->kind].payload) {
	case PAYLOAD_CONSTANT:
		return take_constant(loader, out);
	case PAYLOAD_SLOT:
		return take_slot(loader, out);
	case PAYLOAD_RULE:
		return take_below(loader, rule_limit(loader), &out->rule);
	case PAYLOAD_READ:
		return take_read(loader, &out->read);
	case PAYLOAD_STRING:
		return take_string(loader, &out->string);
	case PAYLOAD_OPERATOR:
		return take_operator(loader, out);
	case PAYLOAD_PROGRAM:
		return take_program(loader, out);
	case PAYLOAD_STRING_SET:
		return take_set(loader, loader->rules->pattern_count, &out->set);
	case PAYLOAD_RULE_SET:
		return take_set(loader, rule_limit(loader), &out->set);
	case PAYLOAD_MODULE:
		return take_below(loader, loader->rules->module_count, &out->module);
	case PAYLOAD_EXTERNAL:
		return take_external(loader, out);
	case PAYLOAD_NONE:
	case PAYLOAD_MEMBER:
		break;
	}
	return true;
}

static bool take_head(struct condition_loader *loader, struct condition *out)
{
	unsigned int kind, type, flags;

	if (!saved_choice_take(loader->in, CONDITION_KINDS - 1, &kind) ||
	    !saved_choice_take(loader->in, TYPE_FUNCTION, &type) ||
	    !saved_choice_take(loader->in, SAVED_CONDITION_FLAGS, &flags))
		return false;
	out->kind = (enum condition_kind)kind;
	out->type = (enum value_type)type;
	out->is_known = flags & SAVED_KNOWN;
	out->logs_anyway = flags & SAVED_LOGS;
	if (out->logs_anyway && out->kind != CONDITION_AND)
		return false;
	return !out->is_known || saved_i64_take(loader->in, &out->known);
}

static int load_quantifier(struct condition_loader *loader, struct condition_quantifier *out)
{
	unsigned int kind;
	bool follows;
	int ret = 0;

	if (!saved_choice_take(loader->in, QUANTIFIER_PERCENT, &kind) ||
	    !saved_bool_take(loader->in, &follows) ||
	    follows != (kind == QUANTIFIER_COUNT || kind == QUANTIFIER_PERCENT))
		return damaged(loader, "a quantifier that is none");
	out->kind = (enum quantifier_kind)kind;
	if (follows)
		ret = condition_load(loader, &out->value);
	if (ret == 0 && follows && condition_letter(out->value) != 'i')
		ret = damaged(loader, "a quantifier of the wrong type");
	return ret;
}

static int load_child(struct condition_loader *loader, const struct condition *parent, size_t index)
{
	int ret = condition_load(loader, &parent->children[index]);

	if (ret == 0 && !condition_takes(&condition_forms[parent->kind], index,
					 condition_letter(parent->children[index])))
		ret = damaged(loader, "an operand of the wrong type");
	return ret;
}

static bool bind_slot(struct condition_loader *loader, uint32_t number, enum value_type type,
		      const struct module_member *declared)
{
	struct loaded_slot *slot;

	if (number >= LOOP_SLOTS)
		return false;
	slot = &loader->slots[number];
	if (slot->in_use)
		return false;
	*slot = (struct loaded_slot){ .in_use = true, .type = type, .declared = declared };
	return true;
}

/* Of a list: all items are of the type of the first, integers or texts. */
static bool bind_list(struct condition_loader *loader, const struct condition *loop)
{
	enum value_type type = loop->child_count > 1 ? loop->children[1]->type : TYPE_INTEGER;

	for (size_t i = 1; i < loop->child_count; i++)
		if (condition_letter(loop->children[i]) != condition_type_letter(type))
			return false;
	return strchr("ifs", condition_type_letter(type)) &&
	       bind_slot(loader, loop->slot, type, NULL);
}

/* Of an array or, for its value, of a dictionary. */
static bool bind_element(struct condition_loader *loader, const struct condition *collection,
			 uint32_t slot)
{
	const struct module_member *element = collection->declared->members;
	struct condition value = { 0 };

	set_declared(&value, element, element->type);
	return bind_slot(loader, slot, value.type, value.declared);
}

/* The variables of a loop, whose items are there. */
static bool bind_variables(struct condition_loader *loader, const struct condition *loop)
{
	switch (loop->kind) {
	case CONDITION_FOR_RANGE:
		return bind_slot(loader, loop->slot, TYPE_INTEGER, NULL);
	case CONDITION_FOR_LIST:
		return bind_list(loader, loop);
	case CONDITION_FOR_ARRAY:
		return bind_element(loader, loop->children[1], loop->slot);
	case CONDITION_FOR_DICTIONARY:
		return bind_slot(loader, loop->slot, TYPE_TEXT, NULL) &&
		       bind_element(loader, loop->children[1], loop->slot + 1);
	default:
		return true;
	}
}

static int load_body(struct condition_loader *loader, const struct condition *loop)
{
	struct loaded_slot outer[LOOP_SLOTS];
	bool in_string_loop = loader->in_string_loop;
	int ret;

	memcpy(outer, loader->slots, sizeof(outer));
	if (!bind_variables(loader, loop))
		return damaged(loader, "a loop over what is none");
	loader->in_string_loop |= loop->kind == CONDITION_FOR_STRINGS;
	ret = load_child(loader, loop, 0);
	loader->in_string_loop = in_string_loop;
	memcpy(loader->slots, outer, sizeof(outer));
	return ret;
}

static int load_children(struct condition_loader *loader, struct condition *out)
{
	const struct condition_form *form = &condition_forms[out->kind];
	bool is_loop = condition_is_loop(out->kind);
	int ret = 0;

	if (!saved_count_take(loader->in, SMALLEST_CONDITION, &out->child_count) ||
	    !condition_takes_count(form, out->child_count))
		return damaged(loader, "the wrong number of operands");
	out->children = arena_alloc_array(loader->rules->arena, out->child_count,
					  sizeof(const struct condition *));
	if (!out->children)
		return error_no_memory(loader->err, "a condition");
	for (size_t i = is_loop; i < out->child_count && ret == 0; i++)
		ret = load_child(loader, out, i);
	if (ret == 0 && is_loop)
		ret = load_body(loader, out);
	return ret;
}

/* What an element is follows from the array or dictionary. */
static void settle_element(struct condition *out)
{
	const struct module_member *element;

	if (out->kind != CONDITION_ELEMENT && out->kind != CONDITION_ENTRY)
		return;
	element = out->children[0]->declared->members;
	set_declared(out, element, element->type);
}

static bool result_fits(const struct condition *condition)
{
	const char *results = condition_forms[condition->kind].results;
	char letter = condition_letter(condition);

	return letter && (!*results || strchr(results, letter));
}

static int load_inside(struct condition_loader *loader, struct condition *out)
{
	const struct condition_form *form;
	int ret = 0;

	if (!take_head(loader, out))
		return damaged(loader, "a kind that is none");
	form = &condition_forms[out->kind];
	if (!take_payload(loader, out))
		return damaged(loader, "a number or a value that is none");
	if (form->has_quantifier)
		ret = load_quantifier(loader, &out->quantifier);
	if (ret == 0)
		ret = load_children(loader, out);
	if (ret < 0)
		return ret;
	settle_element(out);
	if (form->payload == PAYLOAD_MEMBER && !take_member(loader, out))
		return damaged(loader, "a member that no module has");
	return result_fits(out) ? 0 : damaged(loader, "a result of the wrong type");
}

int condition_load(struct condition_loader *loader, const struct condition **out)
{
	struct condition *condition;
	int ret;

	if (loader->depth >= DEEPEST)
		return damaged(loader, "too many levels");
	condition = arena_alloc(loader->rules->arena, sizeof(*condition));
	if (!condition)
		return error_no_memory(loader->err, "a condition");
	loader->depth++;
	ret = load_inside(loader, condition);
	loader->depth--;
	*out = condition;
	return ret;
}
