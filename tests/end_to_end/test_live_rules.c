/*
 * Rules that cannot be true for a kind of target are neither judged nor searched for: the report of every target of
 * real and made checkpoints is what it is when all of them are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "tests/support/scan_run.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Strings that stand in files and memory of every fixture, under conditions that are true in one, both or neither. */
static const char strings[] =
	"strings: $e = \"ELF\" $p = \"PATH=\" $n = \"IOC~\" $u = \"usr\" wide ascii "
	"$h = { 7f 45 4c 46 ?? 01 } $r = /[a-z]{3,9}\\.so\\.[0-9]/ condition: for any of them : "
	"(true) and";

/* Each may refer to those before it, r0 and so on. */
static const char *const conditions[] = {
	"filesize < 100KB and any of them",
	"not filesize < 100KB and any of them",
	"not (filesize < 100KB and $n) and $p",
	"uint32(0) == 0x464c457f and $e",
	"(uint32(0) == 0x464c457f and $e) or $p",
	"$h at 0",
	"not $h at 0 and $h",
	"$e in (0..1024)",
	"$e in (0..filesize)",
	"#u > 3 and filesize > 0",
	"#u > 3 and not defined filesize",
	"any of them in (0..4096)",
	"none of them in (0..4096) and $u",
	"for any of them : ($ in (0..4096))",
	"for none of them : ($ in (0..4096))",
	"for any i in (0..filesize) : (i == 1) and $u",
	"r3 and $u",
	"not r3 and $u",
	"any of (r3, r5) and $u",
	"all of (r3, r0) or $n",
	"pe.number_of_sections > 1 and $u",
	"pe.number_of_sections > 1 or $u",
	"elf.type == elf.ET_DYN and $u",
	"math.entropy(0, filesize) > 1 and $u",
	"hash.md5(0, filesize) == \"no\" or $r",
	"console.log(\"seen \") and filesize < 0 and $u",
	"filesize < 0 and console.log(\"never\") and $u",
	"uint16(uint32(0x3c)) == 0x4550 and $u",
	"uint16(@u) == uint16be(@u) or $r",
	"@u[0] > 1 or !r[1] > 4",
	"entrypoint > 0 and $u",
};

static const char private_rules[] =
	"private rule hidden { strings: $a = \"lib\" condition: filesize > 0 and $a }\n"
	"rule shown { condition: hidden }\n"
	"rule not_shown { condition: not hidden }\n";

static char *rules_text(void)
{
	struct text text = { 0 };

	text_add(&text, "import \"elf\"\nimport \"math\"\nimport \"hash\"\nimport \"pe\"\n"
			"import \"console\"\n");
	for (size_t i = 0; i < COUNT(conditions); i++)
		text_add_format(&text, "rule r%zu { %s (%s) }\n", i, strings, conditions[i]);
	text_add(&text, private_rules);
	assert_false(text.failed);
	return text.data;
}

static char *report(const char *path, bool every_rule_live, size_t *hits)
{
	char *rules = rules_text();
	struct scan_setup setup = {
		.path = path,
		.rules = rules,
		.every_rule_live = every_rule_live,
		.options = { .max_listed = 10, .data_bytes = 16 },
	};
	struct scan_run run;
	char *text;

	scan_run(&setup, &run);
	*hits = (size_t)run.result.hits;
	text = scan_run_normalized(&run);
	scan_run_release(&run);
	free(rules);
	return text;
}

static void compare(const char *path)
{
	size_t hits, hits_of_all;
	char *live = report(path, false, &hits), *all = report(path, true, &hits_of_all);

	assert_true(hits_of_all > 10);
	assert_int_equal(hits, hits_of_all);
	if (strcmp(live, all) != 0)
		fail_msg("%s: another report", path);
	free(live);
	free(all);
}

static const char *const fixtures[] = {
	"podman-none.tar",	    "containerd-cri.tar.zst", "crun-dir.tar.zst",
	"docker-container.tar.zst", "runc-dir.tar.zst",	      "redis-zstd.tar",
	"containerd-ctr.tar.zst",   "incremental.tar.zst",
};

static void real_checkpoints(void **state)
{
	size_t missing = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		char path[512];

		snprintf(path, sizeof(path), SHARED_DIR "/checkpoints/%s", fixtures[i]);
		if (file_is_there(path))
			compare(path);
		else
			missing++;
	}
	if (missing == COUNT(fixtures))
		skip();
}

static void a_made_checkpoint(void **state)
{
	char directory[256], path[512], command[1024];

	(void)state;
	temporary_directory(directory, sizeof(directory));
	snprintf(path, sizeof(path), "%s/made.tar", directory);
	snprintf(command, sizeof(command), "'%s' --processes 3 --size 2M '%s'", MAKE_CHECKPOINT,
		 path);
	assert_int_equal(system(command), 0);
	compare(path);
	temporary_remove(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_checkpoints),
		cmocka_unit_test(a_made_checkpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
