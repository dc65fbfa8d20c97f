#include "bench/made_patterns.h"

#define STRINGS_IN_RULE 4u

struct maker {
	struct text *text;
	uint64_t state;
};

/* Marsaglia's xorshift. */
static uint32_t below(struct maker *maker, uint32_t limit)
{
	maker->state ^= maker->state << 13;
	maker->state ^= maker->state >> 7;
	maker->state ^= maker->state << 17;
	return (uint32_t)(maker->state >> 11) % limit;
}

static const char *word(struct maker *maker)
{
	/* Of some there is much in the memory of servers, of others little. */
	static const char *const words[] = {
		"GET /api",  "HTTP/1.1", "localhost", "Accept: ", "text/plain", "items",
		"password=", "token",	 "beacon",    "payload",  "inject",	"keylog",
		"miner",     "rootkit",	 "stealer",   "tunnel",	  "shell",	"dropper",
	};

	return words[below(maker, sizeof(words) / sizeof(words[0]))];
}

static void add_letters(struct maker *maker, uint32_t least)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123";

	for (uint32_t i = least + below(maker, 12); i > 0; i--)
		text_add_byte(maker->text, letters[below(maker, sizeof(letters) - 1)]);
}

static void add_text(struct maker *maker)
{
	text_add_byte(maker->text, '"');
	text_add(maker->text, word(maker));
	add_letters(maker, 4);
	text_add_byte(maker->text, '"');
	if (below(maker, 5) == 0)
		text_add(maker->text, " ascii wide");
	if (below(maker, 8) == 0)
		text_add(maker->text, " nocase");
}

static void add_hex(struct maker *maker)
{
	text_add(maker->text, "{");
	for (int group = 0; group < 3; group++) {
		for (uint32_t i = 4 + below(maker, 5); i > 0; i--)
			text_add_format(maker->text, " %02X", below(maker, 256));
		if (group < 2)
			text_add(maker->text, below(maker, 2) ? " ?? ??" : " [2-6]");
	}
	text_add(maker->text, " }");
}

static void add_regex(struct maker *maker)
{
	text_add_byte(maker->text, '/');
	add_letters(maker, 5);
	text_add_format(maker->text, "=[0-9a-f]{8}-[0-9a-f]{%u}/", 2 + below(maker, 6));
}

static void add_string(struct maker *maker, uint32_t number)
{
	uint32_t kind = below(maker, 100);

	text_add_format(maker->text, "\t\t$s%u = ", number);
	if (kind < 80)
		add_text(maker);
	else if (kind < 95)
		add_hex(maker);
	else
		add_regex(maker);
	text_add_byte(maker->text, '\n');
}

static void add_rule(struct maker *maker, uint32_t number)
{
	static const char *const conditions[] = { "any of them", "2 of them", "#s0 > 3 or $s1",
						  "$s0 and not $s2" };

	text_add_format(maker->text, "rule made_%u {\n\tstrings:\n", number);
	for (uint32_t i = 0; i < STRINGS_IN_RULE; i++)
		add_string(maker, i);
	text_add_format(maker->text, "\tcondition:\n\t\t%s or all of them\n}\n",
			conditions[number % 4]);
}

void made_patterns_add(struct text *text, uint64_t seed)
{
	struct maker maker = { text, seed * 0x9e3779b97f4a7c15u + 1 };

	for (uint32_t i = 0; i < MADE_PATTERNS / STRINGS_IN_RULE; i++)
		add_rule(&maker, i);
}

static int compile(struct compiled_rules **out, const struct text *text, struct diagnostics *notes,
		   struct error *err)
{
	const struct rule_text texts[] = { { .name = "made",
					     .namespace_name = "made",
					     .text = { (const uint8_t *)text->data,
						       text->length } } };
	const struct compile_options options = { 0 };
	struct ruleset *rules;
	int ret = ruleset_compile(&rules, texts, 1, &options, notes, err);

	return ret ? ret : compiled_rules_new(out, rules, NEED_PRESENCE, notes, err);
}

int made_patterns_compile(struct compiled_rules **out, uint64_t seed, struct error *err)
{
	struct diagnostics *notes = NULL;
	struct text text = { 0 };
	int ret = diagnostics_new(&notes, err);

	if (!ret) {
		made_patterns_add(&text, seed);
		ret = text.failed ? error_no_memory(err, "made rules")
				  : compile(out, &text, notes, err);
	}
	diagnostics_free(notes);
	text_release(&text);
	return ret;
}
