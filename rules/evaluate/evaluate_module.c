#include "rules/evaluate/evaluation.h"

#include <math.h>
#include <string.h>

#include "rules/evaluate/module_run.h"

/* An error of a module ends everything, unless looking at the clock has said already what it means. */
static int module_failed(struct evaluation *run, int ret)
{
	if (run->stop == STOP_NOT)
		run->stop = STOP_FAILED;
	return ret;
}

/* What is not a number has no value, as in YARA. */
static void settle(struct value *value)
{
	if (value->kind == VALUE_FLOAT && isnan(value->real))
		*value = value_undefined();
}

static bool is_place(const struct module_member *member)
{
	return member->type == MODULE_STRUCTURE || member->type == MODULE_ARRAY ||
	       member->type == MODULE_DICTIONARY;
}

static struct value constant_of(const struct module_member *member)
{
	return member->type == MODULE_FLOAT ? value_float(member->real)
					    : value_integer(member->number);
}

/* One of the functions by which a module gives values of a place. */
static int ask(struct evaluation *run, const struct module_place *place, module_get *get,
	       struct value *out)
{
	struct module_context *context;
	int ret;

	*out = value_undefined();
	if (!get)
		return 0;
	ret = module_run_context(run, place->module, &context);
	if (ret == 0)
		ret = get(context, place->indexes, out, run->err);
	if (ret < 0)
		return module_failed(run, ret);
	settle(out);
	return 0;
}

/* The value at @place: of a structure, array or dictionary the place itself. */
static int place_value(struct evaluation *run, const struct module_place *place, struct value *out)
{
	const struct module_member *member = place->member;

	if (is_place(member)) {
		*out = (struct value){ .kind = VALUE_PLACE, .place = *place };
		return 0;
	}
	if (member->constant) {
		*out = constant_of(member);
		return 0;
	}
	return ask(run, place, member->get, out);
}

int place_count(struct evaluation *run, const struct module_place *place, uint32_t *count)
{
	struct value value;
	int ret = ask(run, place, place->member->count, &value);

	*count = 0;
	if (ret == 0 && value.kind == VALUE_INTEGER && value.integer > 0)
		*count = value.integer < UINT32_MAX ? (uint32_t)value.integer : UINT32_MAX;
	return ret;
}

/* @place becomes that of its element; false: too deep for a place. */
static bool step_into(struct module_place *place, uint32_t index)
{
	if (place->depth == MODULE_DEPTH)
		return false;
	place->indexes[place->depth++] = index;
	return true;
}

int place_element(struct evaluation *run, const struct module_place *place, uint32_t index,
		  struct value *out)
{
	struct module_place element = *place;

	*out = value_undefined();
	if (!step_into(&element, index))
		return 0;
	element.member = place->member->members;
	return place_value(run, &element, out);
}

int place_key(struct evaluation *run, const struct module_place *place, uint32_t index,
	      struct value *out)
{
	struct module_place entry = *place;

	*out = value_undefined();
	return step_into(&entry, index) ? ask(run, &entry, place->member->key, out) : 0;
}

int evaluate_module(struct evaluation *run, const struct condition *condition, struct value *out)
{
	(void)run;
	*out = (struct value){ .kind = VALUE_PLACE, .place = { .module = condition->module } };
	return 0;
}

int evaluate_member(struct evaluation *run, const struct condition *condition, struct value *out)
{
	struct module_place place;
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret < 0 || out->kind != VALUE_PLACE)
		return ret;
	place = out->place;
	place.member = condition->member;
	return place_value(run, &place, out);
}

/* What stands before the bracket, then what stands in it: both are evaluated even where one is undefined. */
static int evaluate_pair(struct evaluation *run, const struct condition *condition,
			 struct value pair[2], bool *defined)
{
	int ret = condition_evaluate(run, condition->children[0], &pair[0]);

	if (ret == 0)
		ret = condition_evaluate(run, condition->children[1], &pair[1]);
	*defined = ret == 0 && pair[0].kind == VALUE_PLACE && pair[1].kind != VALUE_UNDEFINED;
	return ret;
}

int evaluate_element(struct evaluation *run, const struct condition *condition, struct value *out)
{
	struct value pair[2];
	bool defined;
	uint32_t count;
	int ret = evaluate_pair(run, condition, pair, &defined);

	*out = value_undefined();
	if (ret < 0 || !defined)
		return ret;
	ret = place_count(run, &pair[0].place, &count);
	if (ret < 0 || pair[1].integer < 0 || pair[1].integer >= count)
		return ret;
	return place_element(run, &pair[0].place, (uint32_t)pair[1].integer, out);
}

/* The number of the entry @key; *@found false: there is none. */
static int find_entry(struct evaluation *run, const struct module_place *place, struct bytes key,
		      uint32_t *number, bool *found)
{
	struct value value = value_undefined();
	struct module_context *context;
	int ret;

	*found = false;
	if (!place->member->find)
		return 0;
	ret = module_run_context(run, place->module, &context);
	if (ret == 0)
		ret = place->member->find(context, place->indexes, key, &value, run->err);
	if (ret < 0)
		return module_failed(run, ret);
	*found = value.kind == VALUE_INTEGER && value.integer >= 0 && value.integer <= UINT32_MAX;
	*number = *found ? (uint32_t)value.integer : 0;
	return 0;
}

int evaluate_entry(struct evaluation *run, const struct condition *condition, struct value *out)
{
	struct value pair[2];
	bool defined;
	uint32_t number;
	int ret = evaluate_pair(run, condition, pair, &defined);

	*out = value_undefined();
	if (ret < 0 || !defined)
		return ret;
	ret = find_entry(run, &pair[0].place, pair[1].text, &number, &defined);
	if (ret < 0 || !defined)
		return ret;
	return place_element(run, &pair[0].place, number, out);
}

/* All of them, whether one is undefined or not. */
static int evaluate_arguments(struct evaluation *run, const struct condition *condition,
			      struct value **arguments, bool *defined)
{
	size_t count = condition->child_count - 1;
	int ret = 0;

	*arguments = arena_alloc_array(run->texts, count, sizeof(**arguments));
	if (!*arguments)
		return module_failed(run, error_no_memory(run->err, "the arguments of a function"));
	for (size_t i = 0; i < count && ret == 0; i++) {
		struct value *argument = &(*arguments)[i];

		ret = condition_evaluate(run, condition->children[1 + i], argument);
		*defined &= argument->kind != VALUE_UNDEFINED;
	}
	return ret;
}

static int call(struct evaluation *run, const struct module_place *place,
		const struct module_member *function, const struct value *arguments,
		struct value *out)
{
	struct module_context *context;
	int ret = module_run_context(run, place->module, &context);

	if (ret == 0 && strchr(function->arguments, 'r'))
		ret = evaluation_scratch(run);
	if (ret == 0) {
		context->scratch = run->scratch;
		ret = function->call(context, arguments, out, run->err);
	}
	if (ret < 0)
		return module_failed(run, ret);
	settle(out);
	return 0;
}

int evaluate_call(struct evaluation *run, const struct condition *condition, struct value *out)
{
	struct value base, *arguments;
	bool defined;
	int ret = condition_evaluate(run, condition->children[0], &base);

	*out = value_undefined();
	if (ret < 0)
		return ret;
	defined = base.kind == VALUE_PLACE && condition->member->call;
	ret = evaluate_arguments(run, condition, &arguments, &defined);
	if (ret < 0 || !defined)
		return ret;
	return call(run, &base.place, condition->member, arguments, out);
}

int evaluate_regex(struct evaluation *run, const struct condition *condition, struct value *out)
{
	(void)run;
	*out = (struct value){ .kind = VALUE_REGEX, .regex = condition->program };
	return 0;
}
