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
		cmocka_unit_test(pages_images_are_told_by_their_number),
		cmocka_unit_test(names_of_criu_are_known_and_others_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
