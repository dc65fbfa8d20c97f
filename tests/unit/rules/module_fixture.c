#include "module_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int lend(struct target_view *view, uint64_t address, size_t wanted, struct bytes *out,
		struct error *err)
{
	struct module_fixture *fixture =
		(struct module_fixture *)((char *)view - offsetof(struct module_fixture, view));

	if (fixture->lend_error)
		return error_set(err, (enum error_code)fixture->lend_error, 0, "not here");
	*out = (struct bytes){ 0 };
	if (fixture->lend_most && wanted > fixture->lend_most)
		wanted = fixture->lend_most;
	for (size_t i = 0; i < fixture->block_count; i++) {
		const struct fixture_block *block = &fixture->blocks[i];

		if (address < block->address || address - block->address >= block->length)
			continue;
		out->data = (const uint8_t *)block->data + (address - block->address);
		out->length = block->length - (size_t)(address - block->address);
		if (out->length > wanted)
			out->length = wanted;
	}
	return 0;
}

static bool next_block(struct target_view *view, uint64_t address, struct address_range *out)
{
	const struct module_fixture *fixture =
		(struct module_fixture *)((char *)view - offsetof(struct module_fixture, view));

	for (size_t i = 0; i < fixture->block_count; i++) {
		const struct fixture_block *block = &fixture->blocks[i];

		*out = (struct address_range){ block->address, block->address + block->length };
		if (out->end > address || !out->end)
			return true;
	}
	return false;
}

static int look(struct module_context *context, struct error *err)
{
	struct module_fixture *fixture = context->owner;

	(void)err;
	fixture->looks++;
	return 0;
}

void module_fixture_init(struct module_fixture *fixture, const struct module *module,
			 bool is_process, const struct fixture_block *blocks, size_t block_count)
{
	struct error err;

	*fixture = (struct module_fixture){ .blocks = blocks, .block_count = block_count };
	fixture->facts.is_process = is_process;
	fixture->view = (struct target_view){ .facts = &fixture->facts,
					      .lend = lend,
					      .next_block = next_block };
	fixture->context = (struct module_context){
		.module = module,
		.view = &fixture->view,
		.arena = arena_new(0),
		.texts = arena_new(0),
		.look = look,
		.owner = fixture,
	};
	if (module && module->load && module->load(&fixture->context, &err) < 0)
		fail_msg("%s", err.message);
}

void module_fixture_release(struct module_fixture *fixture)
{
	arena_free(fixture->context.arena);
	arena_free(fixture->context.texts);
	regex_scratch_free(fixture->context.scratch);
}

static const struct module_member *find_member(const struct module_member *members,
					       const char *name, size_t length, const char *kinds)
{
	for (const struct module_member *member = members; member->name; member++)
		if (strlen(member->name) == length && memcmp(member->name, name, length) == 0 &&
		    (!kinds || strcmp(member->arguments, kinds) == 0))
			return member;
	fail_msg("no member %.*s(%s)", (int)length, name, kinds ? kinds : "");
	return NULL;
}

/* One way through the tables, with what was met on it. */
struct walk {
	struct module_fixture *fixture;
	const struct module_member *member;
	uint32_t indexes[MODULE_DEPTH];
	size_t depth;
	const char *rest;
};

static int64_t count_of(struct walk *walk)
{
	struct value count = value_undefined();
	struct error err;

	if (walk->member->count &&
	    walk->member->count(&walk->fixture->context, walk->indexes, &count, &err) < 0)
		fail_msg("%s", err.message);
	return count.kind == VALUE_INTEGER ? count.integer : 0;
}

/* "[7]" or "[key]"; false: there is no such element. */
static bool take_index(struct walk *walk)
{
	const char *end = strchr(walk->rest, ']');
	struct value index = value_integer(strtoll(walk->rest + 1, NULL, 10));
	struct bytes key = { (const uint8_t *)walk->rest + 1, (size_t)(end - walk->rest - 1) };
	struct error err;

	if (walk->member->type == MODULE_DICTIONARY) {
		index = value_undefined();
		assert_int_equal(walk->member->find(&walk->fixture->context, walk->indexes, key,
						    &index, &err),
				 0);
	}
	if (index.kind != VALUE_INTEGER || index.integer >= count_of(walk))
		return false;
	walk->indexes[walk->depth++] = (uint32_t)index.integer;
	walk->member = walk->member->members;
	walk->rest = end + 1;
	return true;
}

static void take_name(struct walk *walk, const struct module_member *members)
{
	size_t length = strcspn(walk->rest, ".[(");

	walk->member =
		find_member(members, walk->rest, length, walk->rest[length] == '(' ? "" : NULL);
	walk->rest += length;
}

struct value module_fixture_get(struct module_fixture *fixture, const char *path)
{
	struct walk walk = { .fixture = fixture, .rest = path };
	struct value out = value_undefined();
	struct error err;
	int ret = 0;

	take_name(&walk, fixture->context.module->members);
	while (*walk.rest && *walk.rest != '(') {
		if (*walk.rest == '[' && !take_index(&walk))
			return out;
		if (*walk.rest == '.') {
			walk.rest++;
			take_name(&walk, walk.member->members);
		}
	}
	if (walk.member->constant)
		return walk.member->type == MODULE_FLOAT ? value_float(walk.member->real)
							 : value_integer(walk.member->number);
	if (walk.member->type == MODULE_FUNCTION)
		ret = walk.member->call(&fixture->context, NULL, &out, &err);
	else if (walk.member->get)
		ret = walk.member->get(&fixture->context, walk.indexes, &out, &err);
	if (ret < 0)
		fail_msg("%s: %s", path, err.message);
	return out;
}

struct value module_fixture_call(struct module_fixture *fixture, const char *name,
				 const char *kinds, const struct value *arguments)
{
	const struct module_member *member =
		find_member(fixture->context.module->members, name, strlen(name), kinds);
	struct value out = value_undefined();
	struct error err;

	if (member->call(&fixture->context, arguments, &out, &err) < 0)
		fail_msg("%s: %s", name, err.message);
	return out;
}

void assert_module_integer(struct module_fixture *fixture, const char *path, int64_t expected)
{
	struct value value = module_fixture_get(fixture, path);

	if (value.kind != VALUE_INTEGER || value.integer != expected)
		fail_msg("%s: kind %d, %#llx, not %#llx", path, (int)value.kind,
			 (unsigned long long)value.integer, (unsigned long long)expected);
}

void assert_module_text(struct module_fixture *fixture, const char *path, const char *expected)
{
	struct value value = module_fixture_get(fixture, path);

	if (value.kind != VALUE_TEXT)
		fail_msg("%s: kind %d, not a text", path, (int)value.kind);
	if (value.text.length != strlen(expected) ||
	    memcmp(value.text.data, expected, value.text.length) != 0)
		fail_msg("%s: \"%.*s\", not \"%s\"", path, (int)value.text.length,
			 (const char *)value.text.data, expected);
}

void assert_module_undefined(struct module_fixture *fixture, const char *path)
{
	struct value value = module_fixture_get(fixture, path);

	if (value.kind != VALUE_UNDEFINED)
		fail_msg("%s: kind %d, not undefined", path, (int)value.kind);
}
