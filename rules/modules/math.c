#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rules/modules/distribution.h"
#include "rules/modules/randomness.h"
#include "rules/modules/range.h"
#include "rules/modules/registry.h"

/* Results that are not a number become undefined when they are taken over. */

static int load(struct module_context *context, struct error *err)
{
	context->state = distribution_cache_new(context);
	return context->state ? 0 : error_no_memory(err, "the module math");
}

/* Of the range that two arguments give. */
static int distribution(struct module_context *context, const struct value *range,
			const struct distribution **out, struct error *err)
{
	return distribution_of_range(context->state, context, range[0].integer, range[1].integer,
				     out, err);
}

static void distribution_of_text(struct bytes text, struct distribution *out)
{
	*out = (struct distribution){ .total = text.length };
	for (size_t i = 0; i < text.length; i++)
		out->counts[text.data[i]]++;
}

static int entropy(struct module_context *context, const struct value *arguments, struct value *out,
		   struct error *err)
{
	const struct distribution *counted;
	int ret = distribution(context, arguments, &counted, err);

	if (ret == 0 && counted)
		*out = value_float(distribution_entropy(counted));
	return ret;
}

static int entropy_of_text(struct module_context *context, const struct value *arguments,
			   struct value *out, struct error *err)
{
	struct distribution counted;

	(void)context;
	(void)err;
	distribution_of_text(arguments[0].text, &counted);
	*out = value_float(distribution_entropy(&counted));
	return 0;
}

static int deviation(struct module_context *context, const struct value *arguments,
		     struct value *out, struct error *err)
{
	const struct distribution *counted;
	int ret = distribution(context, arguments, &counted, err);

	if (ret == 0 && counted)
		*out = value_float(distribution_deviation(counted, arguments[2].real));
	return ret;
}

/* Where not said otherwise the bytes of texts are signed, as they are for YARA on x86. */
static int8_t signed_byte(struct bytes text, size_t index)
{
	return (int8_t)text.data[index];
}

static int deviation_of_text(struct module_context *context, const struct value *arguments,
			     struct value *out, struct error *err)
{
	struct bytes text = arguments[0].text;
	double sum = 0.0;

	(void)context;
	(void)err;
	for (size_t i = 0; i < text.length; i++)
		sum += fabs(signed_byte(text, i) - arguments[1].real);
	*out = value_float(sum / (double)text.length);
	return 0;
}

static int mean(struct module_context *context, const struct value *arguments, struct value *out,
		struct error *err)
{
	const struct distribution *counted;
	int ret = distribution(context, arguments, &counted, err);

	if (ret == 0 && counted)
		*out = value_float(distribution_mean(counted));
	return ret;
}

static int mean_of_text(struct module_context *context, const struct value *arguments,
			struct value *out, struct error *err)
{
	struct bytes text = arguments[0].text;
	double sum = 0.0;

	(void)context;
	(void)err;
	for (size_t i = 0; i < text.length; i++)
		sum += signed_byte(text, i);
	*out = value_float(sum / (double)text.length);
	return 0;
}

static int correlate(void *to, struct bytes part, bool new_block, struct error *err)
{
	(void)err;
	for (size_t i = 0; i < part.length; i++)
		serial_correlation_add(to, part.data[i], new_block && i == 0);
	return 0;
}

static int serial_correlation(struct module_context *context, const struct value *arguments,
			      struct value *out, struct error *err)
{
	struct serial_correlation measure = { 0 };
	bool defined;
	int ret = range_walk(context, arguments[0].integer, arguments[1].integer, correlate,
			     &measure, &defined, err);

	if (ret == 0 && defined)
		*out = value_float(serial_correlation_result(&measure));
	return ret;
}

static int serial_correlation_of_text(struct module_context *context, const struct value *arguments,
				      struct value *out, struct error *err)
{
	struct serial_correlation measure = { 0 };
	struct bytes text = arguments[0].text;

	(void)context;
	(void)err;
	for (size_t i = 0; i < text.length; i++)
		serial_correlation_add(&measure, signed_byte(text, i), i == 0);
	*out = value_float(serial_correlation_result(&measure));
	return 0;
}

static int throw_points(void *to, struct bytes part, bool new_block, struct error *err)
{
	(void)err;
	for (size_t i = 0; i < part.length; i++)
		monte_carlo_add(to, part.data[i], new_block && i == 0);
	return 0;
}

static int monte_carlo_pi(struct module_context *context, const struct value *arguments,
			  struct value *out, struct error *err)
{
	struct monte_carlo measure = { 0 };
	bool defined;
	int ret = range_walk(context, arguments[0].integer, arguments[1].integer, throw_points,
			     &measure, &defined, err);

	if (ret == 0 && defined)
		*out = value_float(monte_carlo_result(&measure));
	return ret;
}

static int monte_carlo_pi_of_text(struct module_context *context, const struct value *arguments,
				  struct value *out, struct error *err)
{
	struct monte_carlo measure = { 0 };
	struct bytes text = arguments[0].text;

	(void)context;
	(void)err;
	for (size_t i = 0; i < text.length; i++)
		monte_carlo_add(&measure, (uint32_t)signed_byte(text, i), i == 0);
	*out = value_float(monte_carlo_result(&measure));
	return 0;
}

static int in_range(struct module_context *context, const struct value *arguments,
		    struct value *out, struct error *err)
{
	double tested = arguments[0].real;

	(void)context;
	(void)err;
	*out = value_integer(arguments[1].real <= tested && tested <= arguments[2].real);
	return 0;
}

/* Of unsigned numbers: -1 is the greatest. */
static int min(struct module_context *context, const struct value *arguments, struct value *out,
	       struct error *err)
{
	bool first = (uint64_t)arguments[0].integer < (uint64_t)arguments[1].integer;

	(void)context;
	(void)err;
	*out = arguments[first ? 0 : 1];
	return 0;
}

static int max(struct module_context *context, const struct value *arguments, struct value *out,
	       struct error *err)
{
	bool first = (uint64_t)arguments[0].integer > (uint64_t)arguments[1].integer;

	(void)context;
	(void)err;
	*out = arguments[first ? 0 : 1];
	return 0;
}

static int to_number(struct module_context *context, const struct value *arguments,
		     struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer(arguments[0].integer ? 1 : 0);
	return 0;
}

static int absolute(struct module_context *context, const struct value *arguments,
		    struct value *out, struct error *err)
{
	uint64_t number = (uint64_t)arguments[0].integer;

	(void)context;
	(void)err;
	*out = value_integer((int64_t)(arguments[0].integer < 0 ? 0 - number : number));
	return 0;
}

static bool is_byte(const struct value *value)
{
	return value->integer >= 0 && value->integer <= 255;
}

static struct value count_in(const struct distribution *counted, int64_t byte)
{
	return counted ? value_integer((int64_t)counted->counts[byte]) : value_undefined();
}

static int count(struct module_context *context, const struct value *arguments, struct value *out,
		 struct error *err)
{
	const struct distribution *counted;
	int ret;

	if (!is_byte(&arguments[0]))
		return 0;
	ret = distribution(context, arguments + 1, &counted, err);
	if (ret == 0)
		*out = count_in(counted, arguments[0].integer);
	return ret;
}

static int count_of_all(struct module_context *context, const struct value *arguments,
			struct value *out, struct error *err)
{
	const struct distribution *counted;
	int ret;

	if (!is_byte(&arguments[0]))
		return 0;
	ret = distribution_of_all(context->state, context, &counted, err);
	if (ret == 0)
		*out = count_in(counted, arguments[0].integer);
	return ret;
}

/* In single precision, as YARA has it: 0.1 of it is not 0.1 of a rule. */
static struct value percentage_in(const struct distribution *counted, int64_t byte)
{
	if (!counted)
		return value_undefined();
	return value_float((double)((float)counted->counts[byte] / (float)counted->total));
}

static int percentage(struct module_context *context, const struct value *arguments,
		      struct value *out, struct error *err)
{
	const struct distribution *counted;
	int ret;

	if (!is_byte(&arguments[0]))
		return 0;
	ret = distribution(context, arguments + 1, &counted, err);
	if (ret == 0)
		*out = percentage_in(counted, arguments[0].integer);
	return ret;
}

static int percentage_of_all(struct module_context *context, const struct value *arguments,
			     struct value *out, struct error *err)
{
	const struct distribution *counted;
	int ret;

	if (!is_byte(&arguments[0]))
		return 0;
	ret = distribution_of_all(context->state, context, &counted, err);
	if (ret == 0)
		*out = percentage_in(counted, arguments[0].integer);
	return ret;
}

static int mode(struct module_context *context, const struct value *arguments, struct value *out,
		struct error *err)
{
	const struct distribution *counted;
	int ret = distribution(context, arguments, &counted, err);

	if (ret == 0 && counted)
		*out = value_integer(distribution_mode(counted));
	return ret;
}

static int mode_of_all(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	const struct distribution *counted;
	int ret = distribution_of_all(context->state, context, &counted, err);

	(void)arguments;
	if (ret == 0 && counted)
		*out = value_integer(distribution_mode(counted));
	return ret;
}

static int give_text(struct module_context *context, const char *text, struct value *out,
		     struct error *err)
{
	size_t length = strlen(text);
	const char *copy = arena_copy_string(context->texts, text, length);

	if (!copy)
		return error_no_memory(err, "math.to_string");
	*out = value_text(copy, length);
	return 0;
}

static int to_string(struct module_context *context, const struct value *arguments,
		     struct value *out, struct error *err)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, arguments[0].integer);
	return give_text(context, text, out, err);
}

/* Other bases than ten write negative numbers as what they are without a sign. */
static int to_string_base(struct module_context *context, const struct value *arguments,
			  struct value *out, struct error *err)
{
	uint64_t number = (uint64_t)arguments[0].integer;
	char text[32];

	switch (arguments[1].integer) {
	case 10:
		return to_string(context, arguments, out, err);
	case 8:
		snprintf(text, sizeof(text), "%" PRIo64, number);
		break;
	case 16:
		snprintf(text, sizeof(text), "%" PRIx64, number);
		break;
	default:
		return 0;
	}
	return give_text(context, text, out, err);
}

/* Of its arguments alone, whatever the target. */
#define PURE(n, a, r, f)                                                                           \
	{                                                                                          \
		.name = (n), .type = MODULE_FUNCTION, .arguments = (a), .result = (r),             \
		.call = (f), .reads_nothing = true                                                 \
	}

static const struct module_member members[] = {
	{ .name = "MEAN_BYTES", .type = MODULE_FLOAT, .constant = true, .real = 127.5 },
	PURE("in_range", "fff", MODULE_INTEGER, in_range),
	MODULE_CALL("deviation", "iif", MODULE_FLOAT, deviation),
	PURE("deviation", "sf", MODULE_FLOAT, deviation_of_text),
	MODULE_CALL("mean", "ii", MODULE_FLOAT, mean),
	PURE("mean", "s", MODULE_FLOAT, mean_of_text),
	MODULE_CALL("serial_correlation", "ii", MODULE_FLOAT, serial_correlation),
	PURE("serial_correlation", "s", MODULE_FLOAT, serial_correlation_of_text),
	MODULE_CALL("monte_carlo_pi", "ii", MODULE_FLOAT, monte_carlo_pi),
	PURE("monte_carlo_pi", "s", MODULE_FLOAT, monte_carlo_pi_of_text),
	MODULE_CALL("entropy", "ii", MODULE_FLOAT, entropy),
	PURE("entropy", "s", MODULE_FLOAT, entropy_of_text),
	PURE("min", "ii", MODULE_INTEGER, min),
	PURE("max", "ii", MODULE_INTEGER, max),
	PURE("to_number", "b", MODULE_INTEGER, to_number),
	PURE("abs", "i", MODULE_INTEGER, absolute),
	MODULE_CALL("count", "iii", MODULE_INTEGER, count),
	MODULE_CALL("count", "i", MODULE_INTEGER, count_of_all),
	MODULE_CALL("percentage", "iii", MODULE_FLOAT, percentage),
	MODULE_CALL("percentage", "i", MODULE_FLOAT, percentage_of_all),
	MODULE_CALL("mode", "ii", MODULE_INTEGER, mode),
	MODULE_CALL("mode", "", MODULE_INTEGER, mode_of_all),
	PURE("to_string", "i", MODULE_TEXT, to_string),
	PURE("to_string", "ii", MODULE_TEXT, to_string_base),
	{ .name = NULL },
};

const struct module math_module = {
	.name = "math",
	.members = members,
	.evaluated = true,
	.load = load,
};
