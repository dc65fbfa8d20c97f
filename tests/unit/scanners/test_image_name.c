#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "scanners/criu/image_name.h"

static const struct {
	const char *text;
	bool good;
	enum image_kind kind;
	uint64_t number;
} names[] = {
	{ "inventory.img", true, IMAGE_INVENTORY, 0 },
	{ "core-1.img", true, IMAGE_CORE, 1 },
	{ "core-4294967295.img", true, IMAGE_CORE, UINT32_MAX },
	{ "core-4294967296.img", false, IMAGE_KINDS, 0 },
	{ "core-01.img", false, IMAGE_KINDS, 0 },
	{ "core-.img", false, IMAGE_KINDS, 0 },
	{ "core--1.img", false, IMAGE_KINDS, 0 },
	{ "core-1.img.bak", false, IMAGE_KINDS, 0 },
	{ "core-1", false, IMAGE_KINDS, 0 },
	{ "pagemap-12.img", true, IMAGE_PAGEMAP, 12 },
	{ "pagemap-shmem-0.img", true, IMAGE_PAGEMAP_SHMEM, 0 },
	{ "pagemap-shmem-18446744073709551615.img", true, IMAGE_PAGEMAP_SHMEM, UINT64_MAX },
	{ "pagemap-shmem-18446744073709551616.img", false, IMAGE_KINDS, 0 },
	{ "pages-1.img", false, IMAGE_KINDS, 0 },
	{ "files.img", true, IMAGE_FILES, 0 },
	{ "reg-files.img", true, IMAGE_REG_FILES, 0 },
	{ "", false, IMAGE_KINDS, 0 },
};

static void a_name_is_parsed_and_printed_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct image_name name = { 0 };
		char text[IMAGE_NAME_BYTES];

		print_message("%s\n", names[i].text);
		assert_int_equal(image_name_parse(names[i].text, &name), names[i].good);
		if (!names[i].good)
			continue;
		assert_int_equal(name.kind, names[i].kind);
		assert_true(name.number == names[i].number);
		image_name_print(name, text);
		assert_string_equal(text, names[i].text);
	}
}

/* Written down once more, from the format. */
static const struct {
	const char *name;
	uint32_t magic;
} magics[] = {
	{ "inventory.img", 0x58313116 },   { "pstree.img", 0x50273030 },
	{ "core-1.img", 0x55053847 },	   { "ids-1.img", 0x54432030 },
	{ "mm-1.img", 0x57492820 },	   { "vmas-1.img", 0x54123737 },
	{ "pagemap-1.img", 0x56084025 },   { "pagemap-shmem-1.img", 0x56084025 },
	{ "fdinfo-2.img", 0x56213732 },	   { "files.img", 0x56303138 },
	{ "reg-files.img", 0x50363636 },   { "ext-files.img", 0x59255641 },
	{ "ns-files.img", 0x61394011 },	   { "pipes.img", 0x56513555 },
	{ "fifo.img", 0x58364939 },	   { "unixsk.img", 0x54373943 },
	{ "inetsk.img", 0x56443851 },	   { "packetsk.img", 0x60454618 },
	{ "netlinksk.img", 0x58005614 },   { "eventfd.img", 0x44523722 },
	{ "eventpoll.img", 0x45023858 },   { "signalfd.img", 0x57323820 },
	{ "timerfd.img", 0x50493712 },	   { "inotify.img", 0x48424431 },
	{ "fanotify.img", 0x55096122 },	   { "tunfile.img", 0x57143751 },
	{ "tty.img", 0x59433025 },	   { "memfd.img", 0x48453499 },
	{ "remap-fpath.img", 0x59133954 }, { "mountpoints-12.img", 0x55563928 },
	{ "cipher.img", 0x50034653 },
};

static void each_image_has_its_magic(void **state)
{
	(void)state;
	assert_int_equal(sizeof(magics) / sizeof(magics[0]), IMAGE_KINDS);
	for (size_t i = 0; i < IMAGE_KINDS; i++) {
		struct image_name name = { 0 };

		print_message("%s\n", magics[i].name);
		assert_true(image_name_parse(magics[i].name, &name));
		assert_int_equal(image_kind_magic(name.kind), magics[i].magic);
		assert_int_equal(image_kind_magic(image_kind_of_magic(magics[i].magic)),
				 magics[i].magic);
	}
	assert_int_equal(image_kind_of_magic(0x54564319), IMAGE_KINDS);
	assert_int_equal(image_kind_of_magic(0x55105940), IMAGE_KINDS);
}

static void pages_images_are_told_by_their_number(void **state)
{
	uint64_t id = 0;

	(void)state;
	assert_true(image_is_pages("pages-65537.img", &id));
	assert_int_equal(id, 65537);
	assert_false(image_is_pages("pages-01.img", &id));
	assert_false(image_is_pages("pagemap-1.img", &id));
	assert_false(image_is_pages("pages-1.comp.img", &id));
}

static void names_of_criu_are_known_and_others_not(void **state)
{
	(void)state;
	static const char *const beside[] = {
		"stats-restore",    "irmap-cache",     "parent",       "cgroup.img",
		"seccomp.img",	    "fs-1.img",	       "tty-info.img", "ipcns-sem-11.img",
		"ipcns-var-11.img", "utsns-12.img",    "userns-9.img", "netdev-10.img",
		"ifaddr-10.img",    "route6-10.img",   "rule-10.img",  "nftables-10.img",
		"ip6tables-10.img", "netns-ct-10.img", "timens-0.img", "filelocks.img",
		"cpuinfo.img",	    "autofs-3.img",    "apparmor.img", "pidfd.img",
	};

	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		if (!image_is_known(beside[i]))
			fail_msg("%s", beside[i]);
	assert_true(image_is_known("stats-dump"));
	assert_true(image_is_known("descriptors.json"));
	assert_true(image_is_known("tmpfs-dev-89.tar.gz.img"));
	assert_true(image_is_known("pages-1.img"));
	assert_true(image_is_known("core-1.img"));
	assert_false(image_is_known("config.dump"));
	assert_false(image_is_known("holiday.img"));
	assert_false(image_is_known("fs-1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_parsed_and_printed_back),
		cmocka_unit_test(each_image_has_its_magic),
		cmocka_unit_test(pages_images_are_told_by_their_number),
		cmocka_unit_test(names_of_criu_are_known_and_others_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
