#include "rules/evaluate/evaluation.h"

#include "rules/modules/entry_point.h"

int evaluate_filesize(struct evaluation *run, const struct condition *condition, struct value *out)
{
	const struct target_facts *facts = run->view->facts;

	(void)condition;
	*out = facts->is_process ? value_undefined() : value_integer((int64_t)facts->filesize);
	return 0;
}

/* Found once for each target, however many rules ask. */
static int find_entry_point(struct evaluation *run)
{
	bool found;
	uint64_t address;
	int ret = entry_point_find(run->view, &found, &address, run->err);

	if (ret < 0) {
		run->stop = STOP_FAILED;
		return ret;
	}
	run->entry_point = found ? value_integer((int64_t)address) : value_undefined();
	run->entry_point_known = true;
	return 0;
}

int evaluate_entrypoint(struct evaluation *run, const struct condition *condition,
			struct value *out)
{
	int ret = run->entry_point_known ? 0 : find_entry_point(run);

	(void)condition;
	*out = run->entry_point;
	return ret;
}

static uint32_t assemble(const struct integer_read *read, const uint8_t *data)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < read->bytes; i++) {
		unsigned place = read->big_endian ? read->bytes - 1u - i : i;

		value |= (uint32_t)data[i] << (8 * place);
	}
	return value;
}

static int64_t extend(const struct integer_read *read, uint32_t value)
{
	if (!read->is_signed)
		return value;
	switch (read->bytes) {
	case 1:
		return (int8_t)value;
	case 2:
		return (int16_t)value;
	default:
		return (int32_t)value;
	}
}

/* The value must lie in one block; at a negative address there is never one, as in YARA. */
int evaluate_read(struct evaluation *run, const struct condition *condition, struct value *out)
{
	const struct integer_read *read = &condition->read;
	struct bytes lent = { 0 };
	int ret = condition_evaluate(run, condition->children[0], out);

	if (ret < 0 || out->kind == VALUE_UNDEFINED)
		return ret;
	if (out->integer >= 0)
		ret = run->view->lend(run->view, (uint64_t)out->integer, read->bytes, &lent,
				      run->err);
	if (ret < 0) {
		run->stop = STOP_FAILED;
		return ret;
	}
	if (lent.length < read->bytes)
		*out = value_undefined();
	else
		*out = value_integer(extend(read, assemble(read, lent.data)));
	return 0;
}
