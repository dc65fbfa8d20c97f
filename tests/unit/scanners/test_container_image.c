#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/repack.h"
#include "tests/support/wrap_image.h"
#include "tests/unit/scanners/made_image.h"

static void an_archive_in_both_forms_has_each_image_once(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_docker_archive(&image, "blobs/sha256/", "");
	made_one_image(&image,
		       made_text(&image, "%s,%s", made_descriptor(&image, OCI_LAYER, "lower", ""),
				 made_descriptor(&image, OCI_LAYER, "upper", "")));
	made_image_read(&image);
	assert_int_equal(image.images.form, IMAGE_FORM_OCI);
	assert_int_equal(image.images.count, 1);
	assert_string_equal(image.images.items[0].name, "web:1");
	assert_int_equal(image.images.items[0].part_count, 2);
	assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
	made_image_close(&image);
}

static void an_image_only_one_form_lists_is_read_too(void **state)
{
	struct made_image image;

	(void)state;
	made_image_open(&image);
	made_docker_archive(&image, "", ".tar");
	made_one_image(&image, made_descriptor(&image, OCI_LAYER, "other", ""));
	made_image_read(&image);
	assert_int_equal(image.images.count, 2);
	assert_part_bytes(&image, &image.images.items[0].parts[0], "other");
	assert_part_bytes(&image, &image.images.items[1].parts[0], "lower");
	made_image_close(&image);
}

static const struct {
	const char *name, *index, *layout, *manifest;
	enum image_form form;
	enum warning_code code; /* WARNING_CODES: none */
} damaged[] = {
	{ "nothing at all", NULL, NULL, NULL, IMAGE_FORM_NONE, WARNING_CODES },
	{ "an index.json of something else", "{\"pages\":[1]}", NULL, NULL, IMAGE_FORM_NONE,
	  WARNING_CODES },
	{ "a manifest.json of something else", NULL, NULL, "{\"name\":\"app\"}", IMAGE_FORM_NONE,
	  WARNING_CODES },
	{ "a manifest.json that is a list of something else", NULL, NULL, "[1,{\"a\":2}]",
	  IMAGE_FORM_NONE, WARNING_CODES },
	{ "a manifest.json that is no JSON", NULL, NULL, "[{\"Layers\":", IMAGE_FORM_NONE,
	  WARNING_CODES },
	{ "a layout without an index", NULL, "{}", NULL, IMAGE_FORM_OCI, WARNING_MISSING_IMAGE },
	{ "a layout with a cut index", "{\"manifests\":[", "{}", NULL, IMAGE_FORM_OCI,
	  WARNING_CORRUPT },
	{ "a layout with an empty index.json", "", "{}", NULL, IMAGE_FORM_OCI, WARNING_CORRUPT },
	{ "a layout whose index lists nothing", "{\"manifests\":[]}", "{}", NULL, IMAGE_FORM_OCI,
	  WARNING_CODES },
	{ "entries that are no objects", "{\"manifests\":[7]}", NULL, NULL, IMAGE_FORM_OCI,
	  WARNING_CORRUPT },
	{ "manifests that are no list", "{\"manifests\":{}}", "{}", NULL, IMAGE_FORM_OCI,
	  WARNING_CORRUPT },
	{ "layers of docker that are no strings", NULL, NULL, "[{\"Layers\":[7]}]",
	  IMAGE_FORM_DOCKER, WARNING_CORRUPT },
	{ "a configuration of docker that is no string", NULL, NULL,
	  "[{\"Config\":7,\"Layers\":[]}]", IMAGE_FORM_DOCKER, WARNING_CORRUPT },
	{ "no layers of docker", NULL, NULL, "[{\"Layers\":[]}]", IMAGE_FORM_DOCKER,
	  WARNING_CODES },
};

static void damage_is_told_and_what_is_no_image_is_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct made_image image;

		print_message("%s\n", damaged[i].name);
		made_image_open(&image);
		if (damaged[i].index)
			made_text_file(&image, "index.json", damaged[i].index);
		if (damaged[i].layout)
			made_text_file(&image, "oci-layout", damaged[i].layout);
		if (damaged[i].manifest)
			made_text_file(&image, "manifest.json", damaged[i].manifest);
		made_image_read(&image);
		assert_int_equal(image.images.form, damaged[i].form);
		assert_int_equal(image.images.count, 0);
		if (damaged[i].code == WARNING_CODES)
			assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
		else
			made_image_warning(&image, damaged[i].code);
		made_image_close(&image);
	}
}

static char *repeated(const char *start, const char *piece, size_t times, const char *end)
{
	size_t length = strlen(piece);
	char *text = malloc(strlen(start) + length * times + strlen(end) + 1), *at = text;

	assert_non_null(text);
	at = stpcpy(at, start);
	for (size_t i = 0; i < times; i++, at += length)
		memcpy(at, piece, length);
	strcpy(at, end);
	return text;
}

static const struct {
	const char *name, *start, *piece;
	size_t times;
	const char *end;
	enum warning_code code;
} huge[] = {
	{ "a long list", "{\"manifests\":[{}", ",{}", 100000, "]}", WARNING_LIMIT },
	{ "many annotations", "{\"manifests\":[],\"annotations\":{\"k\":\"v\"", ",\"k\":\"v\"",
	  100000, "}}", WARNING_CODES },
	{ "deep lists", "{\"manifests\":", "[", 100000, "", WARNING_CORRUPT },
	{ "spaces without end", "{\"manifests\":[", " ", 5 << 20, "]}", WARNING_CORRUPT },
};

static void huge_documents_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
		struct made_image image;
		char *text = repeated(huge[i].start, huge[i].piece, huge[i].times, huge[i].end);

		print_message("%s\n", huge[i].name);
		made_image_open(&image);
		made_text_file(&image, "oci-layout", "{}");
		made_text_file(&image, "index.json", text);
		free(text);
		made_image_read(&image);
		assert_int_equal(image.images.count, 0);
		if (huge[i].code == WARNING_CODES)
			assert_int_equal(made_image_warnings(&image, WARNING_LIMIT), 0);
		else
			made_image_warning(&image, huge[i].code);
		made_image_close(&image);
	}
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *name;
	bool wanted;
} names[] = {
	{ "index.json", true },
	{ "oci-layout", true },
	{ "manifest.json", true },
	{ "blobs/sha256/" HEX64, true },
	{ "blobs/sha512/abcd", true },
	{ HEX64 ".tar", true },
	{ HEX64 ".json", true },
	{ HEX64 "/layer.tar", true },
	{ HEX64 ".tar.gz", true },
	{ "sha256:" HEX64, true },
	{ "sha256:" HEX64 "x", false },
	{ "", false },
	{ "blobs", false },
	{ "blobs/", false },
	{ "blobs/sha256", false },
	{ "blobs/sha256/", false },
	{ "blobs//" HEX64, false },
	{ "blobs/sha256/../x", false },
	{ "blobs/sha256/" HEX64 "/x", false },
	{ "blobs/../" HEX64, false },
	{ "checkpoint/index.json", false },
	{ "./index.json", false },
	{ HEX64, false },
	{ HEX64 "/VERSION", false },
	{ HEX64 "0.tar", false },
	{ "abc.tar", false },
	{ "checkpoint.tar", false },
};

static void files_of_images_are_known_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		print_message("%s\n", names[i].name);
		assert_int_equal(container_image_wants(names[i].name), names[i].wanted);
	}
}

static void add_members(struct made_image *image, const struct package *package)
{
	for (size_t i = 0; i < package->count; i++)
		if (!package->members[i].directory && !package->members[i].link)
			made_file(image, package->members[i].name, package->members[i].data,
				  package->members[i].length);
}

static void load(struct made_image *image, const char *path)
{
	struct package package;

	package_load(&package, path);
	add_members(image, &package);
	package_release(&package);
}

static const struct {
	const char *path, *name;
	size_t images, checkpoint; /* its index */
	size_t parts, annotations;
} real[] = {
	{ "oci-archive.tar", "ckpt", 1, 0, 1, 12 },
	{ "containerd-ctr.tar.zst", "localhost/plant-checkpoint:1", 1, 0, 3, 5 },
	{ "containerd-ctr-image.tar.zst", "localhost/plant-checkpoint:2", 2, 1, 3, 5 },
	{ "containerd-ctr-cut.tar.zst", NULL, 1, 0, 3, 5 },
};

static void real_archives_are_read_without_a_warning(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
		struct made_image image;
		char path[512];

		snprintf(path, sizeof(path), SHARED_DIR "/checkpoints/%s", real[i].path);
		if (access(path, R_OK) != 0)
			skip();
		print_message("%s\n", real[i].path);
		made_image_open(&image);
		load(&image, path);
		made_image_read(&image);
		assert_int_equal(image.images.form, IMAGE_FORM_OCI);
		assert_int_equal(image.images.count, real[i].images);

		const struct container_image *item = &image.images.items[real[i].checkpoint];

		if (real[i].name)
			assert_string_equal(item->name, real[i].name);
		assert_int_equal(item->part_count, real[i].parts);
		assert_int_equal(item->annotation_count, real[i].annotations);
		assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
		made_image_close(&image);
	}
}

static void check_wrapped(const struct package *members, const struct package *wrapped,
			  const char *filter, enum image_form form)
{
	struct made_image image;
	size_t length;
	uint8_t *layer = package_pack_tar(members, filter, &length);

	made_image_open(&image);
	add_members(&image, wrapped);
	made_image_read(&image);
	assert_int_equal(image.images.form, form);
	assert_int_equal(image.images.count, 1);
	assert_int_equal(image.images.items[0].part_count, 1);
	assert_int_equal(image.images.items[0].parts[0].bytes.length, length);
	assert_int_equal(made_image_warnings(&image, WARNING_CORRUPT), 0);
	made_image_close(&image);
	free(layer);
}

/* What the tests of whole scans wrap checkpoints in is sound. */
static void wrapped_members_are_one_layer(void **state)
{
	static const char *const filters[] = { NULL, "gzip", "zstd" };
	struct package members = { 0 }, wrapped;

	(void)state;
	package_add(&members, "checkpoint/inventory.img", "inventory", 9);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		wrap_oci_image(&members, filters[i], NULL, &wrapped);
		check_wrapped(&members, &wrapped, filters[i], IMAGE_FORM_OCI);
		package_release(&wrapped);
		for (int shape = DOCKER_SHAPE_FLAT; shape <= DOCKER_SHAPE_BLOBS; shape++) {
			wrap_docker_image(&members, filters[i], (enum docker_shape)shape, &wrapped);
			check_wrapped(&members, &wrapped, filters[i],
				      shape == DOCKER_SHAPE_BLOBS ? IMAGE_FORM_OCI
								  : IMAGE_FORM_DOCKER);
			package_release(&wrapped);
		}
	}
	package_release(&members);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_in_both_forms_has_each_image_once),
		cmocka_unit_test(an_image_only_one_form_lists_is_read_too),
		cmocka_unit_test(damage_is_told_and_what_is_no_image_is_left_alone),
		cmocka_unit_test(huge_documents_are_bounded),
		cmocka_unit_test(files_of_images_are_known_by_name),
		cmocka_unit_test(real_archives_are_read_without_a_warning),
		cmocka_unit_test(wrapped_members_are_one_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
