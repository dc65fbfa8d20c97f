#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/text.h"
#include "rules/modules/tlsh.h"

struct digest_case {
	const char *name;
	const char *text; /* NULL: the first @squares squares, each with " and " behind it */
	unsigned squares;
	const char *digest; /* NULL: none */
};

/* The digests are those of YARA's test suite, and of the first authors' program. */
static const struct digest_case cases[] = {
	{ "the names of YARA's own test file",
	  "allcapsstr,foo,foo,long_function_to_make_the_tlsh_hash_work,strallcaps,stuffmem,"
	  "stuffstr,z",
	  0, "T174B012188204F00184540770331E0B111373086019509C464D0ACE88181266C09774FA" },
	{ "49 bytes, which are too few", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLM", 0,
	  NULL },
	{ "bytes that are all alike",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, NULL },
	{ "some hundred bytes", NULL, 100,
	  "T1D201E523CFA87A5DB976A941C18EBB2583F12102F2415CD2DB89BE811702DF08772B02" },
	{ "some thousand bytes", NULL, 400,
	  "T1C6816263CFAC765DA977B941D18EB72643F62905F2451CC3CF88FD810746AE48A36B02" },
	{ "many thousand bytes", NULL, 3000,
	  "T155F2D653CFAC759DAAB7B940C68EBB6543F22506F2441CC7CB88FE8117069F58636B06" },
};

static void add_data(struct text *data, const struct digest_case *c)
{
	if (c->text)
		text_add(data, c->text);
	for (unsigned i = 0; i < c->squares; i++)
		text_add_format(data, "%u and ", i * i);
	assert_false(data->failed);
}

static void gives_the_digests_of_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct digest_case *c = &cases[i];
		struct text data = { 0 };
		char digest[TLSH_TEXT_BYTES];
		bool made;

		add_data(&data, c);
		made = tlsh_digest((struct bytes){ (const uint8_t *)data.data, data.length },
				   digest);
		if (made != (c->digest != NULL) || strcmp(digest, c->digest ? c->digest : "") != 0)
			fail_msg("%s: \"%s\"", c->name, digest);
		text_release(&data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_digests_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
