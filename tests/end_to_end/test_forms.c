/*
 * A checkpoint says the same in every form that its bytes can take: reports are compared line by line but for what
 * json.md's rule 6 lets differ.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/repack.h"
#include "tests/support/scan_run.h"
#include "tests/support/standard_input.h"
#include "tests/support/wrap_image.h"

static const char rules[] =
	"rule needles { strings: $a = \"IOC~\" $b = \"IOC~\" wide condition: any of them }\n"
	"rule key { strings: $k = \"AKIAIOSFODNN7EXAMPLE\" condition: $k }\n"
	"rule reads { strings: $a = \"IOC~\" condition: for any i in (1..#a) : (uint32(@a[i]) == "
	"0x7e434f49) }\n"
	"rule no { strings: $a = \"this is nowhere to be found\" condition: $a }\n";

/* What stands around the members. */
enum wrapping { WRAP_NONE, WRAP_OCI, WRAP_DOCKER_FLAT, WRAP_DOCKER_FOLDERS, WRAP_DOCKER_BLOBS };
/* How the files are handed over. */
enum carrier { CARRIER_TAR, CARRIER_DIRECTORY, CARRIER_INPUT };

static const struct form {
	const char *name;
	enum wrapping wrapping;
	const char *layer_filter;
	enum carrier carrier;
	const char *filter;
	const char *reported; /* checkpoint.form */
} forms[] = {
	{ "tar", WRAP_NONE, NULL, CARRIER_TAR, NULL, "tar" },
	{ "tar, gzip", WRAP_NONE, NULL, CARRIER_TAR, "gzip", "tar" },
	{ "tar, zstd", WRAP_NONE, NULL, CARRIER_TAR, "zstd", "tar" },
	{ "directory", WRAP_NONE, NULL, CARRIER_DIRECTORY, NULL, "directory" },
	{ "standard input", WRAP_NONE, NULL, CARRIER_INPUT, NULL, "tar" },
	{ "standard input, zstd", WRAP_NONE, NULL, CARRIER_INPUT, "zstd", "tar" },
	{ "layout, plain layer", WRAP_OCI, NULL, CARRIER_DIRECTORY, NULL, "oci-layout" },
	{ "layout, gzip layer", WRAP_OCI, "gzip", CARRIER_DIRECTORY, NULL, "oci-layout" },
	{ "layout, zstd layer", WRAP_OCI, "zstd", CARRIER_DIRECTORY, NULL, "oci-layout" },
	{ "archive, plain layer", WRAP_OCI, NULL, CARRIER_TAR, NULL, "oci-archive" },
	{ "archive, gzip layer", WRAP_OCI, "gzip", CARRIER_TAR, NULL, "oci-archive" },
	{ "archive, zstd layer, gzip", WRAP_OCI, "zstd", CARRIER_TAR, "gzip", "oci-archive" },
	{ "archive, standard input", WRAP_OCI, "gzip", CARRIER_INPUT, NULL, "oci-archive" },
	{ "docker-archive", WRAP_DOCKER_FLAT, NULL, CARRIER_TAR, NULL, "docker-archive" },
	{ "docker-archive, gzip layer, zstd", WRAP_DOCKER_FLAT, "gzip", CARRIER_TAR, "zstd",
	  "docker-archive" },
	{ "docker-archive, unpacked", WRAP_DOCKER_FLAT, NULL, CARRIER_DIRECTORY, NULL,
	  "docker-archive" },
	{ "docker-archive of folders", WRAP_DOCKER_FOLDERS, NULL, CARRIER_TAR, NULL,
	  "docker-archive" },
	{ "docker-archive of blobs", WRAP_DOCKER_BLOBS, "gzip", CARRIER_TAR, NULL, "oci-archive" },
};

static const struct fixture {
	const char *name;
	bool is_image; /* it is one already */
	bool quick; /* also with sanitizers */
} fixtures[] = {
	{ "podman-none.tar", false, true },
	{ "podman-gzip.tar", false, false },
	{ "podman-zstd.tar", false, false },
	{ "redis-zstd.tar", false, false },
	{ "incremental.tar.zst", false, true },
	{ "containerd-cri.tar.zst", false, true },
	{ "containerd-ctr.tar.zst", true, false },
	{ "containerd-ctr-image.tar.zst", true, false },
	{ "runc-dir.tar.zst", false, false },
	{ "runc-leave-running.tar.zst", false, false },
	{ "runc-incremental.tar.zst", false, false },
	{ "crun-dir.tar.zst", false, false },
	{ "docker-dir.tar.zst", false, false },
	{ "docker-container.tar.zst", false, false },
	{ "oci-archive.tar", true, true },
};

#ifdef __SANITIZE_ADDRESS__
#define ONLY_QUICK true
#else
#define ONLY_QUICK false
#endif

static void wrap(const struct package *members, const struct form *form, struct package *out)
{
	if (form->wrapping == WRAP_OCI)
		wrap_oci_image(members, form->layer_filter, NULL, out);
	else
		wrap_docker_image(members, form->layer_filter,
				  form->wrapping == WRAP_DOCKER_FLAT	  ? DOCKER_SHAPE_FLAT
				  : form->wrapping == WRAP_DOCKER_FOLDERS ? DOCKER_SHAPE_FOLDERS
									  : DOCKER_SHAPE_BLOBS,
				  out);
}

static char *answer(const char *path, const char *reported)
{
	struct scan_setup setup = { .path = path,
				    .rules = rules,
				    .options = { .data_bytes = 32, .context_bytes = 8 } };
	struct scan_run run;
	const json_t *found;
	char *text;

	scan_run(&setup, &run);
	assert_true(run.result.hits > 0);
	found = json_object_get(json_object_get(scan_run_summary(&run), "checkpoint"), "form");
	if (reported)
		assert_string_equal(json_string_value(found), reported);
	text = scan_run_normalized(&run);
	scan_run_release(&run);
	return text;
}

static char *answer_of(const struct package *package, const struct form *form, const char *path,
		       const char *reported)
{
	char *text;
	int saved;

	if (form->carrier == CARRIER_DIRECTORY) {
		package_write_directory(package, path);
		return answer(path, reported);
	}
	package_write_tar(package, path, form->filter, ORDER_AS_IS);
	if (form->carrier == CARRIER_TAR)
		return answer(path, reported);
	saved = standard_input_begin(path);
	text = answer("-", reported);
	standard_input_end(saved);
	return text;
}

static void compare(const char *expected, const char *text, const char *fixture, const char *form)
{
	if (strcmp(text, expected) == 0)
		return;
	file_write("ckpt-scan-expected.json", expected, strlen(expected));
	file_write("ckpt-scan-found.json", text, strlen(text));
	fail_msg("%s as %s: another answer, see ckpt-scan-{expected,found}.json here", fixture,
		 form);
}

static void check_form(const struct package *members, const struct fixture *fixture,
		       const struct form *form, const char *expected)
{
	struct package wrapped;
	char directory[256], path[512], *text;

	if (form->wrapping != WRAP_NONE && fixture->is_image)
		return;
	print_message("  %s\n", form->name);
	temporary_directory(directory, sizeof(directory));
	snprintf(path, sizeof(path), "%s/checkpoint", directory);
	if (form->wrapping == WRAP_NONE) {
		/* An image's own form stays what it is. */
		text = answer_of(members, form, path, fixture->is_image ? NULL : form->reported);
	} else {
		wrap(members, form, &wrapped);
		text = answer_of(&wrapped, form, path, form->reported);
		package_release(&wrapped);
	}
	temporary_remove(directory);
	compare(expected, text, fixture->name, form->name);
	free(text);
}

static void check_fixture(const struct fixture *fixture)
{
	struct package members;
	char path[512], *expected;

	snprintf(path, sizeof(path), SHARED_DIR "/checkpoints/%s", fixture->name);
	if (!file_is_there(path)) {
		print_message("skipped: no %s\n", path);
		return;
	}
	print_message("%s\n", fixture->name);
	expected = answer(path, NULL);
	package_load(&members, path);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		check_form(&members, fixture, &forms[i], expected);
	package_release(&members);
	free(expected);
}

static void every_form_of_a_checkpoint_gives_the_same_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++)
		if (fixtures[i].quick || !ONLY_QUICK)
			check_fixture(&fixtures[i]);
}

/* As buildah, skopeo and podman made one of podman-gzip.tar. */
static void a_real_image_of_a_checkpoint_is_the_checkpoint(void **state)
{
	static const struct {
		const char *path, *form;
	} images[] = {
		{ SHARED_DIR "/checkpoints/oci-archive.tar", "oci-archive" },
		{ SHARED_DIR "/checkpoints/oci-layout", "oci-layout" },
	};
	char *expected;

	(void)state;
	if (!file_is_there(images[0].path))
		skip();
	expected = answer(SHARED_DIR "/checkpoints/podman-gzip.tar", "tar");
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		char *text = answer(images[i].path, images[i].form);

		compare(expected, text, images[i].path, images[i].form);
		free(text);
	}
	free(expected);
}

static const struct {
	const char *path, *id, *name, *image, *engine, *runtime;
} names[] = {
	{ "containerd-ctr.tar.zst", NULL, "payments", "localhost/plant:1", "containerd", "runc" },
	{ "containerd-ctr-image.tar.zst", NULL, "payments", "localhost/plant:1", "containerd",
	  "runc" },
	{ "docker-container.tar.zst",
	  "12f6b38f8425aa108c01f818aae821738801e0f7337a3cdb3c1787104b5320ac", "payments",
	  "localhost/plant:1", "docker", "runc" },
	{ "docker-dir.tar.zst", NULL, NULL, NULL, NULL, NULL },
	{ "runc-dir.tar.zst", NULL, NULL, NULL, NULL, NULL },
	{ "crun-dir.tar.zst", NULL, NULL, NULL, NULL, NULL },
};

static void assert_field(const json_t *container, const char *key, const char *expected)
{
	const char *found = json_string_value(json_object_get(container, key));

	print_message("  %s: %s\n", key, found ? found : "not known");
	if (expected) {
		assert_non_null(found);
		assert_string_equal(found, expected);
	} else {
		assert_null(found);
	}
}

static const json_t *container_of(const struct scan_run *run)
{
	return json_object_get(scan_run_summary(run), "container");
}

static void an_engine_without_config_dump_names_the_container_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[512];
		struct scan_setup setup = { .path = path, .rules = rules };
		struct scan_run run;

		snprintf(path, sizeof(path), SHARED_DIR "/checkpoints/%s", names[i].path);
		if (!file_is_there(path))
			continue;
		print_message("%s\n", names[i].path);
		scan_run(&setup, &run);
		assert_field(container_of(&run), "id", names[i].id);
		assert_field(container_of(&run), "name", names[i].name);
		assert_field(container_of(&run), "image", names[i].image);
		assert_field(container_of(&run), "engine", names[i].engine);
		assert_field(container_of(&run), "runtime", names[i].runtime);
		assert_field(container_of(&run), "namespace", NULL);
		assert_int_equal(!container_of(&run), !names[i].name);
		scan_run_release(&run);
	}
}

static void scan_package(const struct package *package, struct scan_run *run)
{
	char directory[256], path[512];
	struct scan_setup setup = { .path = path, .rules = rules };

	temporary_directory(directory, sizeof(directory));
	snprintf(path, sizeof(path), "%s/image", directory);
	package_write_tar(package, path, NULL, ORDER_AS_IS);
	scan_run(&setup, run);
	temporary_remove(directory);
}

static void a_manifest_names_the_container_where_no_file_does(void **state)
{
	static const char annotations[] =
		"{\"org.criu.checkpoint.container.name\":\"api\","
		"\"org.criu.checkpoint.engine.name\":\"Podman\","
		"\"org.criu.checkpoint.rootfsImageName\":\"registry/api:1\","
		"\"org.criu.checkpoint.runtime.name\":\"crun\"}";
	struct package members, image;
	struct scan_run run;

	(void)state;
	package_load(&members, TEST_DATA_DIR "/podman-zstd.tar");
	package_remove(&members, "config.dump");
	package_remove(&members, "spec.dump");
	wrap_oci_image(&members, "gzip", annotations, &image);
	scan_package(&image, &run);
	assert_true(run.result.hits > 0);
	assert_field(container_of(&run), "name", "api");
	assert_field(container_of(&run), "image", "registry/api:1");
	assert_field(container_of(&run), "engine", "podman");
	assert_field(container_of(&run), "runtime", "crun");
	scan_run_release(&run);
	package_release(&image);
	package_release(&members);
}

static void an_image_without_a_checkpoint_says_so(void **state)
{
	struct package members = { 0 }, image;
	struct scan_run run;

	(void)state;
	package_add(&members, "etc/passwd", "root", 4);
	wrap_oci_image(&members, "gzip", NULL, &image);
	scan_package(&image, &run);
	assert_false(run.result.complete);
	assert_true(scan_run_warns(&run, "not-a-checkpoint"));
	scan_run_release(&run);
	package_release(&image);
	package_release(&members);
}

static void replace_text(struct package *package, struct packed_member *member, const char *from,
			 const char *to)
{
	size_t length = strlen(from), longer = member->length - length + strlen(to);
	char *name = strdup(member->name), *text = malloc(longer);
	uint8_t *at = memmem(member->data, member->length, from, length);
	size_t before = (size_t)(at - member->data);

	assert_non_null(at);
	assert_true(name && text);
	memcpy(text, member->data, before);
	memcpy(text + before, to, strlen(to));
	memcpy(text + before + strlen(to), at + length, member->length - before - length);
	package_add(package, name, text, longer);
	free(name);
	free(text);
}

static const struct {
	const char *name, *from, *to, *code;
} losses[] = {
	{ "an encrypted layer", "tar+gzip", "tar+gzip+encrypted", "encrypted" },
	{ "a layer that is not there", "\"layers\":[{", "\"layers\":[{\"digest\":\"sha256:0\"},{",
	  "missing-image" },
};

static void what_an_image_has_lost_is_told(void **state)
{
	struct package members;

	(void)state;
	package_load(&members, TEST_DATA_DIR "/podman-zstd.tar");
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		struct package image;
		struct scan_run run;

		print_message("%s\n", losses[i].name);
		wrap_oci_image(&members, "gzip", NULL, &image);
		replace_text(&image, wrapped_manifest(&image), losses[i].from, losses[i].to);
		scan_package(&image, &run);
		assert_false(run.result.complete);
		assert_true(scan_run_warns(&run, losses[i].code));
		/* It is no longer the manifest that its descriptor meant. */
		assert_true(scan_run_warns(&run, "digest-mismatch"));
		scan_run_release(&run);
		package_release(&image);
	}
	package_release(&members);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_a_checkpoint_gives_the_same_answer),
		cmocka_unit_test(a_real_image_of_a_checkpoint_is_the_checkpoint),
		cmocka_unit_test(an_engine_without_config_dump_names_the_container_too),
		cmocka_unit_test(a_manifest_names_the_container_where_no_file_does),
		cmocka_unit_test(an_image_without_a_checkpoint_says_so),
		cmocka_unit_test(what_an_image_has_lost_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
