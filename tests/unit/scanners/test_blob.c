#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/unit/scanners/made_image.h"

static const struct {
	const char *name, *type, *extra;
} encrypted[] = {
	{ "media type", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "" },
	{ "wrapped keys", OCI_LAYER,
	  ",\"annotations\":{\"org.opencontainers.image.enc.keys.jwe\":\"eyJ\"}" },
};

static void an_encrypted_layer_is_lost_and_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(encrypted) / sizeof(encrypted[0]); i++) {
		struct made_image image;

		print_message("%s\n", encrypted[i].name);
		made_image_open(&image);
		made_one_image(&image, made_text(&image, "%s,%s",
						 made_descriptor(&image, encrypted[i].type,
								 "secret", encrypted[i].extra),
						 made_descriptor(&image, OCI_LAYER, "open", "")));
		made_image_read(&image);
		assert_int_equal(image.images.items[0].part_count, 2);
		assert_true(image.images.items[0].parts[0].encrypted);
		assert_false(image.images.items[0].parts[1].encrypted);

		const struct warning *warning = made_image_warning(&image, WARNING_ENCRYPTED);

		assert_string_equal(warning->file, made_path(&image, "secret"));
		assert_int_equal(warning->bytes, strlen("secret"));
		made_image_close(&image);
	}
}

static void a_missing_layer_is_lost_and_named(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_one_image(&image,
		       made_text(&image, "%s,%s", made_descriptor(&image, OCI_LAYER, "gone", ""),
				 made_descriptor(&image, OCI_LAYER, "there", "")));
	made_file_remove(&image, made_path(&image, "gone"));
	made_image_read(&image);
	assert_int_equal(image.images.items[0].part_count, 2);
	assert_true(image.images.items[0].parts[0].missing);
	assert_part_bytes(&image, &image.images.items[0].parts[1], "there");

	const struct warning *warning = made_image_warning(&image, WARNING_MISSING_IMAGE);

	assert_string_equal(warning->file, made_path(&image, "gone"));
	assert_int_equal(warning->bytes, strlen("gone"));
	made_image_close(&image);
}

static void replace(struct made_image *image, const char *content, const char *other)
{
	const char *path = made_path(image, content);

	made_file_remove(image, path);
	made_text_file(image, path, other);
}

static const struct {
	const char *name, *layer;
	bool size_stays;
} mismatches[] = {
	{ "other bytes", "layer!", true },
	{ "fewer bytes", "laye", false },
	{ "more bytes", "layer and more", false },
};

static void bytes_of_another_digest_are_told_and_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mismatches) / sizeof(mismatches[0]); i++) {
		struct made_image image;

		print_message("%s\n", mismatches[i].name);
		made_image_open(&image);
		made_one_image(&image, made_descriptor(&image, OCI_LAYER, "layer.", ""));
		replace(&image, "layer.", mismatches[i].layer);
		made_image_read(&image);
		assert_one_layer(&image, mismatches[i].layer);

		const struct warning *warning = made_image_warning(&image, WARNING_DIGEST_MISMATCH);

		assert_string_equal(warning->file, made_path(&image, "layer."));
		assert_true(!!strstr(warning->message, "sha256:") == mismatches[i].size_stays);
		made_image_close(&image);
	}
}

static void a_manifest_of_another_digest_is_told_and_used(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);

	const char *layers = made_descriptor(&image, OCI_LAYER, "a", "");
	const char *meant = made_text(&image, "{\"layers\": [] %*s}", (int)strlen(layers) - 1, "");

	made_index(&image, made_descriptor(&image, OCI_MANIFEST, meant, ""));
	replace(&image, meant, made_text(&image, "{\"layers\":[%s]}", layers));
	made_image_read(&image);
	assert_one_layer(&image, "a");
	assert_string_equal(made_image_warning(&image, WARNING_DIGEST_MISMATCH)->file,
			    made_path(&image, meant));
	made_image_close(&image);
}

static void a_run_that_is_stopped_compares_no_more(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_one_image(&image, made_descriptor(&image, OCI_LAYER, "layer.", ""));
	replace(&image, "layer.", "layer!");
	image.stop = 1;
	made_image_read(&image);
	assert_one_layer(&image, "layer!");
	assert_int_equal(made_image_warnings(&image, WARNING_DIGEST_MISMATCH), 0);
	made_image_close(&image);
}

static void a_descriptor_may_hold_its_blob(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_one_image(&image,
		       made_descriptor(&image, OCI_LAYER, "layer", ",\"data\":\"bGF5ZXI=\""));
	made_file_remove(&image, made_path(&image, "layer"));
	made_image_read(&image);
	assert_one_layer(&image, "layer");
	assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
	made_image_close(&image);
}

static void data_of_another_digest_is_told_and_broken_data_is_damage(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_one_image(
		&image,
		made_text(&image, "%s,%s",
			  made_descriptor(&image, OCI_LAYER, "layer", ",\"data\":\"bGF5ZXU=\""),
			  made_descriptor(&image, OCI_LAYER, "other", ",\"data\":\"b*==\"")));
	made_file_remove(&image, made_path(&image, "layer"));
	made_file_remove(&image, made_path(&image, "other"));
	made_image_read(&image);
	assert_part_bytes(&image, &image.images.items[0].parts[0], "layeu");
	assert_true(image.images.items[0].parts[1].missing);

	size_t count;
	const struct warning *warnings = warning_list_sorted(image.warnings, &count);
	unsigned seen = 0;

	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++)
		seen |= 1u << warnings[i].code;
	assert_int_equal(seen, 1u << WARNING_DIGEST_MISMATCH | 1u << WARNING_CORRUPT |
				       1u << WARNING_MISSING_IMAGE);
	made_image_close(&image);
}

static const char *const bad_digests[] = {
	"\"\"",
	"\"sha256\"",
	"\"sha256:\"",
	"\":abc\"",
	"\"sha256:../../etc/passwd\"",
	"\"sha256:a/b\"",
	"\"sha256:..\"",
	"\"..:abc\"",
	"\"../x:abc\"",
	"\"sha256:a.b\"",
	"\"sha256:a:b\"",
	"\"SHA256:abc\"",
	"\"sha256:a\\u0000b\"",
	"\"sha256:a b\"",
	"17",
	"null",
	"[\"sha256:abc\"]",
};

static void a_digest_leads_nowhere_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_digests) / sizeof(bad_digests[0]); i++) {
		struct made_image image;

		print_message("%s\n", bad_digests[i]);
		made_image_open(&image);
		made_text_file(&image, "blobs/sha256/../../etc/passwd", "root");
		made_text_file(&image, "blobs/sha256/a/b", "b");
		made_text_file(&image, "blobs/sha256/..", "up");
		made_text_file(&image, "blobs/../abc", "up");
		made_one_image(
			&image,
			made_text(&image, "{\"mediaType\":\"" OCI_LAYER "\",\"digest\":%s},%s",
				  bad_digests[i], made_descriptor(&image, OCI_LAYER, "good", "")));
		made_image_read(&image);
		assert_one_layer(&image, "good");
		made_image_warning(&image, WARNING_CORRUPT);
		made_image_close(&image);
	}
}

static void another_algorithm_is_not_compared(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_text_file(&image, "blobs/sha512/abcd", "layer");
	made_one_image(&image, "{\"mediaType\":\"" OCI_LAYER "\",\"digest\":\"sha512:abcd\"}");
	made_image_read(&image);
	assert_one_layer(&image, "layer");
	assert_int_equal(made_image_warnings(&image, WARNING_DIGEST_MISMATCH), 0);
	made_image_close(&image);
}

static void odd_fields_of_a_descriptor_do_no_harm(void **state)
{
	static const char *const extras[] = {
		",\"size\":-1",
		",\"size\":\"5\"",
		",\"size\":1e30",
		",\"size\":18446744073709551616",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
		struct made_image image;
		size_t count;

		print_message("%s\n", extras[i]);
		made_image_open(&image);
		made_one_image(&image, made_descriptor(&image, OCI_LAYER, "a",
						       made_text(&image,
								 "%s,\"annotations\":[1],"
								 "\"platform\":3,\"data\":9",
								 extras[i])));
		made_image_read(&image);
		warning_list_sorted(image.warnings, &count);
		assert_int_equal(count, 1);
		/* A number that JSON cannot hold spoils the whole manifest. */
		assert_int_equal(image.images.count, i < 3 ? 1 : 0);
		made_image_close(&image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_encrypted_layer_is_lost_and_named),
		cmocka_unit_test(a_missing_layer_is_lost_and_named),
		cmocka_unit_test(bytes_of_another_digest_are_told_and_used),
		cmocka_unit_test(a_manifest_of_another_digest_is_told_and_used),
		cmocka_unit_test(a_run_that_is_stopped_compares_no_more),
		cmocka_unit_test(a_descriptor_may_hold_its_blob),
		cmocka_unit_test(data_of_another_digest_is_told_and_broken_data_is_damage),
		cmocka_unit_test(a_digest_leads_nowhere_else),
		cmocka_unit_test(another_algorithm_is_not_compared),
		cmocka_unit_test(odd_fields_of_a_descriptor_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
