#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "declared_rules.h"

static void knows_every_function(void **state)
{
	static const char *const integers[] = {
		"cuckoo.network.dns_lookup(/evil\\.com/)",
		"cuckoo.network.http_request(/evil/i)",
		"cuckoo.network.http_get(/evil/)",
		"cuckoo.network.http_post(/evil/)",
		"cuckoo.network.http_user_agent(/MSIE 6\\.0/)",
		"cuckoo.network.host(/192\\.168\\.1\\.1/)",
		"cuckoo.network.tcp(/192\\.168\\.1\\.1/, 443)",
		"cuckoo.network.udp(/192\\.168\\.1\\.1/, 53)",
		"cuckoo.registry.key_access(/Software\\\\Microsoft/)",
		"cuckoo.filesystem.file_access(/autoexec/)",
		"cuckoo.sync.mutex(/evil-mutex/)",
		NULL,
	};

	(void)state;
	assert_integers("cuckoo", integers);
}

static void refuses_what_is_not_declared(void **state)
{
	static const struct refused_condition refused[] = {
		{ "cuckoo.process.created(/x/)", "invalid-field-name",
		  "invalid field name \"process\"" },
		{ "cuckoo.network.dns(/x/)", "invalid-field-name", "invalid field name \"dns\"" },
		{ "cuckoo.sync.mutex(\"x\")", "wrong-arguments",
		  "wrong arguments for function \"mutex\"" },
		{ "cuckoo.network.tcp(/x/)", "wrong-arguments",
		  "wrong arguments for function \"tcp\"" },
		{ "cuckoo.network.udp(/x/, \"53\")", "wrong-arguments",
		  "wrong arguments for function \"udp\"" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	assert_refused("cuckoo", refused);
}

static void is_not_evaluated(void **state)
{
	(void)state;
	assert_not_evaluated("cuckoo", "cuckoo.sync.mutex(/x/)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_function),
		cmocka_unit_test(refuses_what_is_not_declared),
		cmocka_unit_test(is_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
