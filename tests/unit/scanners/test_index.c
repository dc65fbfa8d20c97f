#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/scanners/made_image.h"

static const struct {
	const char *name, *index, *manifest, *layer;
} spellings[] = {
	{ "OCI", OCI_INDEX, OCI_MANIFEST, OCI_LAYER },
	{ "docker", DOCKER_INDEX, DOCKER_MANIFEST, DOCKER_LAYER },
	{ "no media types", NULL, NULL, NULL },
	{ "wrong ones", OCI_MANIFEST, OCI_INDEX, "application/octet-stream" },
};

static void an_index_leads_through_indexes_to_layers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		struct made_image image;

		print_message("%s\n", spellings[i].name);
		made_image_open(&image);

		const char *layers = made_text(
			&image, "%s,%s", made_descriptor(&image, spellings[i].layer, "lower", ""),
			made_descriptor(&image, spellings[i].layer, "upper", ""));
		const char *inner = made_text(&image, "{\"manifests\":[%s]}",
					      made_descriptor(&image, spellings[i].manifest,
							      made_manifest(&image, layers), ""));

		made_index(&image, made_descriptor(&image, spellings[i].index, inner, ""));
		made_image_read(&image);
		assert_int_equal(image.images.form, IMAGE_FORM_OCI);
		assert_int_equal(image.images.count, 1);
		assert_int_equal(image.images.items[0].part_count, 2);
		assert_part_bytes(&image, &image.images.items[0].parts[0], "lower");
		assert_part_bytes(&image, &image.images.items[0].parts[1], "upper");
		assert_string_equal(image.images.items[0].parts[1].name,
				    made_path(&image, "upper"));
		assert_string_equal(image.images.items[0].parts[1].media_type,
				    spellings[i].layer ? spellings[i].layer : "");
		assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
		made_image_close(&image);
	}
}

static void assert_annotation(const struct container_image *image, size_t index, const char *key,
			      const char *value)
{
	assert_true(index < image->annotation_count);
	assert_string_equal(image->annotations[index].key, key);
	assert_string_equal(image->annotations[index].value, value);
}

static void annotations_come_from_the_manifest_first(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);

	const char *manifest = made_text(
		&image, "{\"layers\":[%s],\"annotations\":{\"k\":\"manifest\",\"number\":3}}",
		made_descriptor(&image, OCI_LAYER, "a", ""));
	const char *inner =
		made_text(&image, "{\"manifests\":[%s],\"annotations\":{\"k\":\"index\"}}",
			  made_descriptor(&image, OCI_MANIFEST, manifest,
					  ",\"annotations\":{\"k\":\"descriptor\"}"));

	made_index(&image,
		   made_descriptor(&image, OCI_INDEX, inner,
				   ",\"annotations\":{\"io.containerd.image.name\":\"web:1\"}"));
	made_image_read(&image);
	assert_one_layer(&image, "a");
	assert_string_equal(image.images.items[0].name, "web:1");
	assert_int_equal(image.images.items[0].annotation_count, 4);
	assert_annotation(&image.images.items[0], 0, "k", "manifest");
	assert_annotation(&image.images.items[0], 1, "k", "descriptor");
	assert_annotation(&image.images.items[0], 2, "k", "index");
	assert_annotation(&image.images.items[0], 3, "io.containerd.image.name", "web:1");
	assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
	made_image_close(&image);
}

/* As `ctr images export` writes a checkpoint: the entries of the inner index are blobs. */
static void blobs_of_ctr(struct made_image *image, const char *more)
{
	const char *entries =
		made_text(image, "%s%s,%s,%s,%s", more,
			  made_descriptor(image, OCI_LAYER, "written", ",\"platform\":{}"),
			  made_descriptor(image, CRIU_TAR, "images", ",\"platform\":{}"),
			  made_descriptor(image, CTR_SPEC, "spec", ",\"platform\":{}"),
			  made_descriptor(image, CTR_OPTIONS, "options", ",\"platform\":{}"));
	const char *inner = made_text(image,
				      "{\"manifests\":[%s],\"annotations\":{\"org.opencontainers."
				      "image.ref.name\":\"web\"}}",
				      entries);

	made_index(image, made_descriptor(image, OCI_INDEX, inner,
					  ",\"annotations\":{\"org.opencontainers.image.ref.name\":"
					  "\"1\"}"));
}

static void assert_ctr_checkpoint(const struct made_image *image,
				  const struct container_image *item)
{
	static const enum image_part_kind kinds[] = { IMAGE_PART_ROOTFS_DIFF,
						      IMAGE_PART_CRIU_IMAGES, IMAGE_PART_SPEC };
	static const char *const contents[] = { "written", "images", "spec" };

	assert_string_equal(item->name, "1");
	assert_int_equal(item->part_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(item->parts[i].kind, kinds[i]);
		assert_part_bytes(image, &item->parts[i], contents[i]);
	}
	assert_annotation(item, 0, "org.opencontainers.image.ref.name", "web");
}

static void a_checkpoint_of_ctr_is_made_of_blobs(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	blobs_of_ctr(&image, "");
	made_image_read(&image);
	assert_int_equal(image.images.count, 1);
	assert_ctr_checkpoint(&image, &image.images.items[0]);
	assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
	made_image_close(&image);
}

static void a_checkpoint_of_ctr_may_have_its_image_beside_it(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);

	const char *manifest =
		made_manifest(&image, made_descriptor(&image, DOCKER_LAYER, "base", ""));

	blobs_of_ctr(&image,
		     made_text(&image, "%s,",
			       made_descriptor(&image, DOCKER_MANIFEST, manifest,
					       ",\"annotations\":{\"io.containerd.image.name\":"
					       "\"localhost/web:1\"}")));
	made_image_read(&image);
	assert_int_equal(image.images.count, 2);
	assert_string_equal(image.images.items[0].name, "localhost/web:1");
	assert_int_equal(image.images.items[0].part_count, 1);
	assert_int_equal(image.images.items[0].parts[0].kind, IMAGE_PART_LAYER);
	assert_part_bytes(&image, &image.images.items[0].parts[0], "base");
	assert_ctr_checkpoint(&image, &image.images.items[1]);
	assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
	made_image_close(&image);
}

static void an_index_of_layers_alone_is_no_rootfs_diff(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_index(&image, made_descriptor(&image, NULL, "\x1f\x8b\x08 layer", ""));
	made_image_read(&image);
	assert_one_layer(&image, "\x1f\x8b\x08 layer");
	made_image_close(&image);
}

static void a_manifest_under_two_tags_is_one_image(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);

	const char *manifest = made_manifest(&image, made_descriptor(&image, OCI_LAYER, "a", ""));

	made_index(&image,
		   made_text(&image, "%s,%s", made_descriptor(&image, OCI_MANIFEST, manifest, ""),
			     made_descriptor(&image, OCI_MANIFEST, manifest, "")));
	made_image_read(&image);
	assert_one_layer(&image, "a");
	made_image_close(&image);
}

static void a_document_that_is_both_hides_nothing(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);

	const char *hidden =
		made_manifest(&image, made_descriptor(&image, OCI_LAYER, "hidden", ""));
	const char *both = made_text(&image, "{\"layers\":[%s],\"manifests\":[%s]}",
				     made_descriptor(&image, OCI_LAYER, "shown", ""),
				     made_descriptor(&image, OCI_MANIFEST, hidden, ""));

	made_index(&image, made_descriptor(&image, OCI_MANIFEST, both, ""));
	made_image_read(&image);
	assert_int_equal(image.images.count, 2);
	assert_part_bytes(&image, &image.images.items[0].parts[0], "shown");
	assert_part_bytes(&image, &image.images.items[1].parts[0], "hidden");
	made_image_close(&image);
}

static void json_among_layers_is_no_layer(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_one_image(&image,
		       made_text(&image, "%s,%s,%s",
				 made_descriptor(&image, "application/vnd.in-toto+json", "{}", ""),
				 made_descriptor(&image, OCI_LAYER, "layer", ""),
				 made_descriptor(&image, NULL, "{\"a\":1}", "")));
	made_image_read(&image);
	assert_one_layer(&image, "layer");
	made_image_close(&image);
}

static void a_missing_manifest_is_a_loss(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);

	const char *manifest = made_manifest(&image, "");

	made_index(&image, made_descriptor(&image, OCI_MANIFEST, manifest, ",\"platform\":{}"));
	made_file_remove(&image, made_path(&image, manifest));
	made_image_read(&image);
	assert_int_equal(image.images.count, 0);
	assert_string_equal(made_image_warning(&image, WARNING_MISSING_IMAGE)->file,
			    made_path(&image, manifest));
	made_image_close(&image);
}

static void another_platform_that_was_not_saved_is_no_loss(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);

	const char *saved = made_manifest(&image, made_descriptor(&image, OCI_LAYER, "amd64", ""));
	const char *other = made_manifest(&image, made_descriptor(&image, OCI_LAYER, "arm64", ""));

	made_index(&image,
		   made_text(&image, "%s,%s",
			     made_descriptor(&image, OCI_MANIFEST, other, ",\"platform\":{}"),
			     made_descriptor(&image, OCI_MANIFEST, saved, ",\"platform\":{}")));
	made_file_remove(&image, made_path(&image, other));
	made_image_read(&image);
	assert_one_layer(&image, "amd64");
	assert_int_equal(made_image_warnings(&image, WARNING_MISSING_IMAGE), 0);
	made_image_close(&image);
}

static void the_images_of_a_checkpoint_are_a_loss_on_any_platform(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);

	const char *manifest =
		made_manifest(&image, made_descriptor(&image, DOCKER_LAYER, "base", ""));

	blobs_of_ctr(&image, made_text(&image, "%s,",
				       made_descriptor(&image, OCI_MANIFEST, manifest,
						       ",\"platform\":{}")));
	made_file_remove(&image, made_path(&image, "images"));
	made_image_read(&image);
	assert_string_equal(made_image_warning(&image, WARNING_MISSING_IMAGE)->file,
			    made_path(&image, "images"));
	made_image_close(&image);
}

static const struct {
	const char *name, *text;
} bad_manifests[] = {
	{ "no JSON", "{\"layers\":" },
	{ "a list", "[]" },
	{ "neither index nor manifest", "{\"fsLayers\":[]}" },
	{ "layers that are no list", "{\"layers\":7}" },
	{ "a layer without a digest", "{\"layers\":[{}]}" },
	{ "a layer that is a string", "{\"layers\":[\"sha256:abc\"]}" },
};

static void a_broken_manifest_leaves_the_others_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_manifests) / sizeof(bad_manifests[0]); i++) {
		struct made_image image;

		print_message("%s\n", bad_manifests[i].name);
		made_image_open(&image);

		const char *good =
			made_manifest(&image, made_descriptor(&image, OCI_LAYER, "a", ""));

		made_index(&image, made_text(&image, "%s,%s",
					     made_descriptor(&image, OCI_MANIFEST,
							     bad_manifests[i].text, ""),
					     made_descriptor(&image, OCI_MANIFEST, good, "")));
		made_image_read(&image);
		assert_one_layer(&image, "a");
		made_image_warning(&image, WARNING_CORRUPT);
		made_image_close(&image);
	}
}

static void indexes_within_indexes_come_to_an_end(void **state)
{
	struct made_image image;
	const char *text;

	(void)state;
	made_image_open(&image);
	text = made_manifest(&image, made_descriptor(&image, OCI_LAYER, "deep", ""));
	for (size_t i = 0; i < 20; i++)
		text = made_text(&image, "{\"manifests\":[%s]}",
				 made_descriptor(&image, OCI_INDEX, text, ""));
	made_text_file(&image, "index.json", text);
	made_image_read(&image);
	assert_int_equal(image.images.count, 0);
	made_image_warning(&image, WARNING_LIMIT);
	made_image_close(&image);
}

static void an_index_that_leads_to_itself_is_walked_once(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_text_file(&image, "blobs/sha512/aa", "{\"manifests\":[{\"digest\":\"sha512:aa\"}]}");
	made_index(&image, "{\"digest\":\"sha512:aa\"}");
	made_image_read(&image);
	assert_int_equal(image.images.count, 0);
	assert_int_equal(made_image_warnings(&image, WARNING_LIMIT), 0);
	made_image_close(&image);
}

/* Each of many manifests would inherit all annotations of the index. */
static void annotations_are_not_multiplied_without_end(void **state)
{
	struct made_image image;
	char *annotations;
	const char *entries = "";

	(void)state;
	made_image_open(&image);
	annotations = malloc(20000 * 16);
	assert_non_null(annotations);
	*annotations = 0;
	for (size_t i = 0, at = 0; i < 20000; i++)
		at += (size_t)sprintf(annotations + at, "%s\"%zu\":\"\"", i ? "," : "", i);
	for (size_t i = 0; i < 8; i++) {
		const char *manifest =
			made_manifest(&image, made_descriptor(&image, OCI_LAYER,
							      made_text(&image, "%zu", i), ""));

		entries = made_text(&image, "%s%s%s", entries, i ? "," : "",
				    made_descriptor(&image, OCI_MANIFEST, manifest, ""));
	}
	made_text_file(&image, "index.json",
		       made_text(&image, "{\"manifests\":[%s],\"annotations\":{%s}}", entries,
				 annotations));
	free(annotations);
	made_image_read(&image);
	assert_int_equal(image.images.count, 8);
	made_image_warning(&image, WARNING_LIMIT);
	made_image_close(&image);
}

/* Reads the checkpoint of ctr with one byte of a file changed. */
static void read_changed(size_t file, size_t at, uint8_t byte)
{
	struct made_image image;
	struct stored_bytes bytes;
	uint8_t *data;
	size_t got;

	made_image_open(&image);
	blobs_of_ctr(&image, "");
	bytes = image.files[file].bytes;
	data = malloc((size_t)bytes.length + 1);
	assert_non_null(data);
	assert_int_equal(file_table_read(image.table, bytes.file, bytes.offset, data,
					 (size_t)bytes.length, &got, NULL),
			 0);
	data[at] = byte;
	made_file(&image, "changed", data, got);
	image.files[file].bytes = image.files[image.file_count - 1].bytes;
	free(data);
	made_image_read(&image);
	assert_true(image.images.count <= 1);
	made_image_close(&image);
}

static void no_changed_byte_of_a_document_breaks_the_reader(void **state)
{
	static const uint8_t bytes[] = { '"', '}', '[', '0', '\\', 0, 0xff };
	struct made_image image;

	(void)state;
	made_image_open(&image);
	blobs_of_ctr(&image, "");
	for (size_t file = 0; file < image.file_count; file++)
		for (size_t at = 0; at < image.files[file].bytes.length; at++)
			for (size_t i = 0; i < sizeof(bytes); i += 1 + at % 3)
				read_changed(file, at, bytes[i]);
	made_image_close(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_leads_through_indexes_to_layers),
		cmocka_unit_test(annotations_come_from_the_manifest_first),
		cmocka_unit_test(a_checkpoint_of_ctr_is_made_of_blobs),
		cmocka_unit_test(a_checkpoint_of_ctr_may_have_its_image_beside_it),
		cmocka_unit_test(an_index_of_layers_alone_is_no_rootfs_diff),
		cmocka_unit_test(a_manifest_under_two_tags_is_one_image),
		cmocka_unit_test(a_document_that_is_both_hides_nothing),
		cmocka_unit_test(json_among_layers_is_no_layer),
		cmocka_unit_test(a_missing_manifest_is_a_loss),
		cmocka_unit_test(another_platform_that_was_not_saved_is_no_loss),
		cmocka_unit_test(the_images_of_a_checkpoint_are_a_loss_on_any_platform),
		cmocka_unit_test(a_broken_manifest_leaves_the_others_whole),
		cmocka_unit_test(indexes_within_indexes_come_to_an_end),
		cmocka_unit_test(an_index_that_leads_to_itself_is_walked_once),
		cmocka_unit_test(annotations_are_not_multiplied_without_end),
		cmocka_unit_test(no_changed_byte_of_a_document_breaks_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
