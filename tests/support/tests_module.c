#include "tests/support/tests_module.h"

#include <string.h>

static struct value text(const char *string)
{
	return value_text(string, strlen(string));
}

static int get_one(struct module_context *context, const uint32_t *indexes, struct value *out,
		   struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_integer(1);
	return 0;
}

static int get_two(struct module_context *context, const uint32_t *indexes, struct value *out,
		   struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_integer(2);
	return 0;
}

static int get_foo(struct module_context *context, const uint32_t *indexes, struct value *out,
		   struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = text("foo");
	return 0;
}

static int get_empty(struct module_context *context, const uint32_t *indexes, struct value *out,
		     struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = text("");
	return 0;
}

static int get_data(struct module_context *context, const uint32_t *indexes, struct value *out,
		    struct error *err)
{
	const struct tests_module_with_data *tests =
		(const struct tests_module_with_data *)context->module;

	(void)indexes;
	(void)err;
	if (context->module != &tests_module)
		*out = value_text(tests->data.data, tests->data.length);
	return 0;
}

static int count_none(struct module_context *context, const uint32_t *indexes, struct value *out,
		      struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_integer(0);
	return 0;
}

static int find_none(struct module_context *context, const uint32_t *indexes, struct bytes key,
		     struct value *out, struct error *err)
{
	(void)context;
	(void)indexes;
	(void)key;
	(void)out;
	(void)err;
	return 0;
}

/* 0, 1 and 2, then a long hole before the last. */
#define LAST_INTEGER 256

static int count_integers(struct module_context *context, const uint32_t *indexes,
			  struct value *out, struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_integer(LAST_INTEGER + 1);
	return 0;
}

static int get_integer(struct module_context *context, const uint32_t *indexes, struct value *out,
		       struct error *err)
{
	(void)context;
	(void)err;
	if (indexes[0] <= 2 || indexes[0] == LAST_INTEGER)
		*out = value_integer(indexes[0]);
	return 0;
}

static const struct bytes texts[] = {
	{ (const uint8_t *)"foo", 3 },
	{ (const uint8_t *)"bar", 3 },
	{ (const uint8_t *)"baz", 3 },
	{ (const uint8_t *)"foo\0bar", 7 },
};

static int count_texts(struct module_context *context, const uint32_t *indexes, struct value *out,
		       struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_integer(sizeof(texts) / sizeof(*texts));
	return 0;
}

static int get_text(struct module_context *context, const uint32_t *indexes, struct value *out,
		    struct error *err)
{
	(void)context;
	(void)err;
	*out = value_text(texts[indexes[0]].data, texts[indexes[0]].length);
	return 0;
}

/* The dictionary of texts: each key is its own value. */
#define KEYS 2u

static int count_keys(struct module_context *context, const uint32_t *indexes, struct value *out,
		      struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_integer(KEYS);
	return 0;
}

static int find_key(struct module_context *context, const uint32_t *indexes, struct bytes key,
		    struct value *out, struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	for (size_t i = 0; i < KEYS; i++)
		if (bytes_equal(key, texts[i]))
			*out = value_integer((int64_t)i);
	return 0;
}

/* The array of structures has a hole, then one of which only the number is known. */
static int count_structures(struct module_context *context, const uint32_t *indexes,
			    struct value *out, struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	*out = value_integer(2);
	return 0;
}

static int get_structure_number(struct module_context *context, const uint32_t *indexes,
				struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	if (indexes[0] == 1)
		*out = value_integer(1);
	return 0;
}

/* The dictionary of structures has the one key "foo". */
static int count_one(struct module_context *context, const uint32_t *indexes, struct value *out,
		     struct error *err)
{
	return get_one(context, indexes, out, err);
}

static int find_foo(struct module_context *context, const uint32_t *indexes, struct bytes key,
		    struct value *out, struct error *err)
{
	(void)context;
	(void)indexes;
	(void)err;
	if (bytes_equal(key, texts[0]))
		*out = value_integer(0);
	return 0;
}

/* As far as the first zero byte, as a C string is to YARA. */
static struct bytes until_zero(struct bytes bytes)
{
	bytes.length = strnlen((const char *)bytes.data, bytes.length);
	return bytes;
}

/* Where the match ends, counted from the start of the text; -1: there is none. */
static int call_match(struct module_context *context, const struct value *arguments,
		      struct value *out, struct error *err)
{
	struct bytes subject = until_zero(arguments[1].text);
	struct regex_text where = { subject.data, subject.length, EDGE_REAL, EDGE_REAL };
	size_t start = 0, length = 0;
	bool matched;
	int ret = regex_search(arguments[0].regex, context->scratch, &where, &matched, &start,
			       &length, err);

	if (ret == 0)
		*out = value_integer(matched ? (int64_t)(start + length) : -1);
	return ret;
}

static int64_t add(int64_t left, int64_t right)
{
	return (int64_t)((uint64_t)left + (uint64_t)right);
}

static int call_isum_2(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer(add(arguments[0].integer, arguments[1].integer));
	return 0;
}

static int call_isum_3(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer(
		add(add(arguments[0].integer, arguments[1].integer), arguments[2].integer));
	return 0;
}

static int call_fsum_2(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	*out = value_float(arguments[0].real + arguments[1].real);
	return 0;
}

static int call_fsum_3(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	*out = value_float(arguments[0].real + arguments[1].real + arguments[2].real);
	return 0;
}

static int call_length(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	*out = value_integer((int64_t)until_zero(arguments[0].text).length);
	return 0;
}

static int call_empty(struct module_context *context, const struct value *arguments,
		      struct value *out, struct error *err)
{
	(void)arguments;
	return get_empty(context, NULL, out, err);
}

static int call_foobar(struct module_context *context, const struct value *arguments,
		       struct value *out, struct error *err)
{
	(void)context;
	(void)err;
	switch (arguments[0].integer) {
	case 1:
		*out = text("foo");
		break;
	case 2:
		*out = text("bar");
		break;
	default:
		*out = text("oops");
		break;
	}
	return 0;
}

#define INTEGER(name, get) MODULE_MEMBER(name, MODULE_INTEGER, get)
#define TEXT(name, get) MODULE_MEMBER(name, MODULE_TEXT, get)
#define STRUCTURE(n, table)                                                                        \
	{                                                                                          \
		.name = (n), .type = MODULE_STRUCTURE, .members = (table)                          \
	}
#define ARRAY(n, element, c)                                                                       \
	{                                                                                          \
		.name = (n), .type = MODULE_ARRAY, .members = (element), .count = (c)              \
	}
#define DICTIONARY(n, element, c, k, f)                                                            \
	{                                                                                          \
		.name = (n), .type = MODULE_DICTIONARY, .members = (element), .count = (c),        \
		.key = (k), .find = (f)                                                            \
	}
#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

static const struct module_member constants[] = {
	INTEGER("one", get_one),
	INTEGER("two", get_two),
	TEXT("foo", get_foo),
	TEXT("empty", get_empty),
	END,
};

static const struct module_member undefined[] = {
	INTEGER("i", NULL),
	MODULE_MEMBER("f", MODULE_FLOAT, NULL),
	END,
};

static const struct module_member structure_in_array[] = {
	INTEGER("i", get_structure_number),
	TEXT("s", NULL),
	END,
};

static const struct module_member structure_in_dictionary[] = {
	INTEGER("i", get_one),
	TEXT("s", get_foo),
	END,
};

static const struct module_member unused_number[] = { INTEGER("unused", NULL), END };
static const struct module_member unused_text[] = { TEXT("unused", NULL), END };

static const struct module_member integer_element[] = { INTEGER("", get_integer) };
static const struct module_member text_element[] = { TEXT("", get_text) };
static const struct module_member no_integer_element[] = { INTEGER("", NULL) };
static const struct module_member array_element[] = { STRUCTURE("", structure_in_array) };
static const struct module_member dictionary_element[] = { STRUCTURE("", structure_in_dictionary) };
static const struct module_member unused_number_element[] = { STRUCTURE("", unused_number) };
static const struct module_member unused_text_element[] = { STRUCTURE("", unused_text) };

static const struct module_member nested[] = {
	ARRAY("struct_array", unused_text_element, count_none),
	DICTIONARY("struct_dict", unused_text_element, count_none, NULL, find_none),
	END,
};

static const struct module_member nested_element[] = { STRUCTURE("", nested) };

static const struct module_member members[] = {
	STRUCTURE("constants", constants),
	STRUCTURE("undefined", undefined),
	TEXT("module_data", get_data),
	ARRAY("integer_array", integer_element, count_integers),
	ARRAY("string_array", text_element, count_texts),
	DICTIONARY("integer_dict", no_integer_element, count_none, NULL, find_none),
	DICTIONARY("string_dict", text_element, count_keys, get_text, find_key),
	ARRAY("struct_array", array_element, count_structures),
	DICTIONARY("struct_dict", dictionary_element, count_one, get_foo, find_foo),
	DICTIONARY("empty_struct_dict", unused_number_element, count_none, NULL, find_none),
	ARRAY("empty_struct_array", nested_element, count_none),
	MODULE_CALL("match", "rs", MODULE_INTEGER, call_match),
	MODULE_CALL("isum", "ii", MODULE_INTEGER, call_isum_2),
	MODULE_CALL("isum", "iii", MODULE_INTEGER, call_isum_3),
	MODULE_CALL("fsum", "ff", MODULE_FLOAT, call_fsum_2),
	MODULE_CALL("fsum", "fff", MODULE_FLOAT, call_fsum_3),
	MODULE_CALL("length", "s", MODULE_INTEGER, call_length),
	MODULE_CALL("empty", "", MODULE_TEXT, call_empty),
	MODULE_CALL("foobar", "i", MODULE_TEXT, call_foobar),
	END,
};

const struct module tests_module = { .name = "tests", .members = members, .evaluated = true };

void tests_module_with_data_init(struct tests_module_with_data *tests, struct bytes data)
{
	*tests = (struct tests_module_with_data){ .module = tests_module, .data = data };
}
