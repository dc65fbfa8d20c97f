#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rules/modules/tlsh.h"

struct digest_case {
	const char *name;
	const char *text;
	unsigned
		repeat; /* how often the text follows itself, each time with its number before it */
	const char *digest; /* NULL: none */
};

static const struct digest_case cases[] = {
	{ "the names of YARA's own test file",
	  "allcapsstr,foo,foo,long_function_to_make_the_tlsh_hash_work,strallcaps,stuffmem,"
	  "stuffstr,z",
	  0, "T174B012188204F00184540770331E0B111373086019509C464D0ACE88181266C09774FA" },
	{ "49 bytes are too few", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLM", 0, NULL },
	{ "bytes that are all alike",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, NULL },
};

static void gives_the_digests_of_the_reference(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct digest_case *c = &cases[i];
		struct bytes data = { (const uint8_t *)c->text, strlen(c->text) };
		char digest[TLSH_TEXT_BYTES];
		bool made = tlsh_digest(data, digest);

		if (made != (c->digest != NULL) || strcmp(digest, c->digest ? c->digest : "") != 0)
			fail_msg("%s: \"%s\"", c->name, digest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_digests_of_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
