#include <string.h>

#include "rules/modules/range.h"
#include "rules/modules/registry.h"
#include "rules/modules/sum.h"

/* How many ranges of a target have their sums remembered: rules repeat what they ask, mostly (0, filesize). */
#define SLOTS 256u

struct range {
	enum sum_kind kind;
	int64_t offset, length;
};

struct slot {
	bool used;
	struct range range;
	struct value sum; /* a text is in @text */
	char text[64];
};

struct hash_state {
	struct slot slots[SLOTS];
};

static int load(struct module_context *context, struct error *err)
{
	context->state = arena_alloc(context->arena, sizeof(struct hash_state));
	return context->state ? 0 : error_no_memory(err, "sums of ranges");
}

static struct slot *slot_of(struct hash_state *state, const struct range *range)
{
	uint64_t mixed = (uint64_t)range->offset;

	mixed = mixed * 0x9e3779b97f4a7c15 + (uint64_t)range->length;
	mixed = mixed * 0x9e3779b97f4a7c15 + (uint64_t)range->kind;
	mixed *= 0x9e3779b97f4a7c15;
	return &state->slots[mixed >> 56];
}

static bool slot_has(const struct slot *slot, const struct range *range)
{
	return slot->used && slot->range.kind == range->kind &&
	       slot->range.offset == range->offset && slot->range.length == range->length;
}

/* The slot may get another range while its text is still in use, so that texts are copied both ways. */
static void remember(struct slot *slot, const struct range *range, const struct value *sum)
{
	*slot = (struct slot){ .used = true, .range = *range, .sum = *sum };
	if (sum->kind == VALUE_TEXT)
		memcpy(slot->text, sum->text.data, sum->text.length);
}

static int recall(const struct slot *slot, struct arena *texts, struct value *out,
		  struct error *err)
{
	*out = slot->sum;
	if (out->kind != VALUE_TEXT)
		return 0;
	out->text.data = arena_copy(texts, slot->text, out->text.length);
	return out->text.data ? 0 : error_no_memory(err, "a digest");
}

static int take(void *to, struct bytes part, bool new_block, struct error *err)
{
	(void)new_block;
	return sum_add(to, part, err);
}

static int sum_range(struct module_context *context, const struct range *range, struct value *out,
		     struct error *err)
{
	struct sum sum;
	bool defined;
	int ret = sum_begin(&sum, range->kind, err);

	if (ret < 0)
		return ret;
	ret = range_walk(context, range->offset, range->length, take, &sum, &defined, err);
	if (ret == 0 && defined)
		ret = sum_end(&sum, context->texts, out, err);
	sum_release(&sum);
	return ret;
}

static int give_range(struct module_context *context, enum sum_kind kind,
		      const struct value *arguments, struct value *out, struct error *err)
{
	struct range range = { kind, arguments[0].integer, arguments[1].integer };
	struct slot *slot = slot_of(context->state, &range);
	int ret;

	if (slot_has(slot, &range))
		return recall(slot, context->texts, out, err);
	ret = sum_range(context, &range, out, err);
	if (ret == 0)
		remember(slot, &range, out);
	return ret;
}

static int give_text(struct module_context *context, enum sum_kind kind,
		     const struct value *arguments, struct value *out, struct error *err)
{
	struct sum sum;
	int ret = sum_begin(&sum, kind, err);

	if (ret < 0)
		return ret;
	ret = sum_add(&sum, arguments[0].text, err);
	if (ret == 0)
		ret = sum_end(&sum, context->texts, out, err);
	sum_release(&sum);
	return ret;
}

#define CALL(function, give, kind)                                                                 \
	static int function(struct module_context *context, const struct value *arguments,         \
			    struct value *out, struct error *err)                                  \
	{                                                                                          \
		return give(context, kind, arguments, out, err);                                   \
	}

CALL(md5_of_range, give_range, SUM_MD5)
CALL(md5_of_text, give_text, SUM_MD5)
CALL(sha1_of_range, give_range, SUM_SHA1)
CALL(sha1_of_text, give_text, SUM_SHA1)
CALL(sha256_of_range, give_range, SUM_SHA256)
CALL(sha256_of_text, give_text, SUM_SHA256)
CALL(checksum32_of_range, give_range, SUM_CHECKSUM32)
CALL(checksum32_of_text, give_text, SUM_CHECKSUM32)
CALL(crc32_of_range, give_range, SUM_CRC32)
CALL(crc32_of_text, give_text, SUM_CRC32)

static const struct module_member members[] = {
	MODULE_CALL("md5", "ii", MODULE_TEXT, md5_of_range),
	MODULE_CALL("md5", "s", MODULE_TEXT, md5_of_text),
	MODULE_CALL("sha1", "ii", MODULE_TEXT, sha1_of_range),
	MODULE_CALL("sha1", "s", MODULE_TEXT, sha1_of_text),
	MODULE_CALL("sha256", "ii", MODULE_TEXT, sha256_of_range),
	MODULE_CALL("sha256", "s", MODULE_TEXT, sha256_of_text),
	MODULE_CALL("checksum32", "ii", MODULE_INTEGER, checksum32_of_range),
	MODULE_CALL("checksum32", "s", MODULE_INTEGER, checksum32_of_text),
	MODULE_CALL("crc32", "ii", MODULE_INTEGER, crc32_of_range),
	MODULE_CALL("crc32", "s", MODULE_INTEGER, crc32_of_text),
	{ .name = NULL },
};

const struct module hash_module = {
	.name = "hash",
	.members = members,
	.evaluated = true,
	.load = load,
};
