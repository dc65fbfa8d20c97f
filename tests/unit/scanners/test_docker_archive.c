#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/scanners/made_image.h"

static const struct {
	const char *name, *prefix, *suffix;
} docker_names[] = {
	{ "podman", "", ".tar" },
	{ "docker to 24", "", "/layer.tar" },
	{ "docker from 25", "blobs/sha256/", "" },
};

static void a_docker_archive_lists_its_layers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(docker_names) / sizeof(docker_names[0]); i++) {
		struct made_image image;

		print_message("%s\n", docker_names[i].name);
		made_image_open(&image);
		made_docker_archive(&image, docker_names[i].prefix, docker_names[i].suffix);
		made_image_read(&image);
		assert_int_equal(image.images.form, IMAGE_FORM_DOCKER);
		assert_int_equal(image.images.count, 1);
		assert_string_equal(image.images.items[0].name, "web:1");
		assert_int_equal(image.images.items[0].part_count, 2);
		assert_part_bytes(&image, &image.images.items[0].parts[0], "lower");
		assert_part_bytes(&image, &image.images.items[0].parts[1], "upper");
		assert_int_equal(image.images.items[0].parts[0].kind, IMAGE_PART_LAYER);
		assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
		made_image_close(&image);
	}
}

static void a_plain_layer_of_docker_has_the_digest_of_its_configuration(void **state)
{
	struct made_image image;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		made_image_open(&image);
		made_docker_archive(&image, "", docker_names[i].suffix);
		made_file_remove(&image, made_text(&image, "%s%s", made_hex(&image, "upper"),
						   docker_names[i].suffix));
		made_text_file(&image,
			       made_text(&image, "%s%s", made_hex(&image, "upper"),
					 docker_names[i].suffix),
			       "tampered");
		made_image_read(&image);
		assert_part_bytes(&image, &image.images.items[0].parts[1], "tampered");
		made_image_warning(&image, WARNING_DIGEST_MISMATCH);
		made_image_close(&image);
	}
}

static void a_compressed_layer_of_docker_has_another_digest(void **state)
{
	struct made_image image;
	const char *name;

	(void)state;
	made_image_open(&image);
	made_docker_archive(&image, "", ".tar");
	name = made_text(&image, "%s.tar", made_hex(&image, "upper"));
	made_file_remove(&image, name);
	made_text_file(&image, name, "\x1f\x8b\x08 upper");
	made_image_read(&image);
	assert_int_equal(made_image_warnings(&image, WARNING_DIGEST_MISMATCH), 0);
	made_image_close(&image);
}

static void a_layer_of_docker_leads_nowhere_else(void **state)
{
	static const char *const names[] = { "../secret.tar", "/etc/passwd", "checkpoint/x.img",
					     "blobs/sha256/../../x" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct made_image image;

		print_message("%s\n", names[i]);
		made_image_open(&image);
		made_text_file(&image, names[i], "secret");
		made_text_file(&image, "manifest.json",
			       made_text(&image, "[{\"Layers\":[\"%s\"]}]", names[i]));
		made_image_read(&image);
		assert_true(image.images.items[0].parts[0].missing);
		assert_string_equal(made_image_warning(&image, WARNING_MISSING_IMAGE)->file,
				    names[i]);
		made_image_close(&image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_docker_archive_lists_its_layers),
		cmocka_unit_test(a_plain_layer_of_docker_has_the_digest_of_its_configuration),
		cmocka_unit_test(a_compressed_layer_of_docker_has_another_digest),
		cmocka_unit_test(a_layer_of_docker_leads_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
