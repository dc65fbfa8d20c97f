#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanners/container.h"
#include "scanners/oci/container_image.h"
#include "tests/unit/scanners/planted.h"

struct read {
	struct warning_list *warnings;
	struct container_reader *reader;
};

static void read_open(struct read *read)
{
	assert_int_equal(warning_list_new(&read->warnings, NULL), 0);
	assert_int_equal(container_reader_new(&read->reader, read->warnings, NULL), 0);
}

static void read_close(struct read *read)
{
	container_reader_free(read->reader);
	warning_list_free(read->warnings);
}

static size_t warning_count(const struct read *read)
{
	size_t count;

	warning_list_sorted(read->warnings, &count);
	return count;
}

static void add(struct read *read, const char *name, const char *text)
{
	if (text)
		assert_int_equal(container_reader_add(read->reader, name, (const uint8_t *)text,
						      strlen(text), NULL),
				 0);
}

/* Up to the first without a key. */
static void annotate(struct read *read, const struct image_annotation *annotations)
{
	size_t count = 0;

	while (annotations[count].key)
		count++;
	assert_int_equal(container_reader_add_annotations(read->reader, annotations, count, NULL),
			 0);
}

static const struct {
	const char *name, *config, *spec, *status, *docker, *docker_host;
	struct image_annotation annotations[8];
	struct container expected;
} engines[] = {
	{ .name = "podman",
	  .config = "{\"id\":\"8fe0\",\"name\":\"web\",\"rootfsImageName\":\"docker.io/library/"
		    "web:1\",\"RawImageName\":"
		    "\"web:1\",\"rootfsImageID\":"
		    "\"1e0f642ad77bb6aa1e0cb51be765e2e7208241634a119d782eada93722c81202\","
		    "\"runtime\":\"/usr/bin/"
		    "crun\",\"pod\":\"77aa\",\"createdTime\":\"2026-11-24T10:08:56.3+02:00\"}",
	  .spec = "{\"annotations\":{\"io.container.manager\":\"libpod\"},\"process\":{\"args\":["
		  "\"/web\",\"-d\"]}}",
	  .expected = { .id = "8fe0",
			.name = "web",
			.image = "web:1",
			.pod_id = "77aa",
			.engine = "podman",
			.runtime = "crun",
			.image_digest =
				"sha256:"
				"1e0f642ad77bb6aa1e0cb51be765e2e7208241634a119d782eada93722c81202",
			.created = "2026-11-24T08:08:56.3Z",
			.argument_count = 2 } },
	{ .name = "cri-o",
	  .config = "{\"id\":\"f11d\",\"name\":\"k8s_api_payments-7d4b9_shop_0b1f_0\","
		    "\"rootfsImage\":\"registry/api:1.4\","
		    "\"rootfsImageRef\":\"registry/"
		    "api@sha256:abcd\",\"rootfsImageName\":\"registry/api:1.4\",\"runtime\":"
		    "\"runc\",\"createdTime\":\"2026-11-20T08:00:01Z\",\"checkpointedTime\":\"2026-"
		    "11-24T12:58:40Z\","
		    "\"restoredTime\":\"0001-01-01T00:00:00Z\"}",
	  .spec = "{\"annotations\":{\"io.container.manager\":\"cri-o\",\"io.kubernetes.cri-o."
		  "Metadata\":"
		  "\"{\\\"name\\\":\\\"api\\\",\\\"attempt\\\":0}\",\"io.kubernetes.pod.name\":"
		  "\"payments-7d4b9\","
		  "\"io.kubernetes.pod.namespace\":\"shop\",\"io.kubernetes.pod.uid\":\"0b1f\","
		  "\"io.kubernetes.cri-o.SandboxID\":\"5a5a\"}}",
	  .expected = { .id = "f11d",
			.name = "api",
			.image = "registry/api:1.4",
			.image_digest = "sha256:abcd",
			.pod = "payments-7d4b9",
			.pod_id = "5a5a",
			.pod_uid = "0b1f",
			.name_space = "shop",
			.engine = "cri-o",
			.runtime = "runc",
			.created = "2026-11-20T08:00:01Z",
			.checkpointed = "2026-11-24T12:58:40Z" } },
	{ .name = "cri-o with nothing but the long name",
	  .config = "{\"name\":\"k8s_api_payments-7d4b9_shop_0b1f_0\"}",
	  .spec = "{\"annotations\":{\"io.container.manager\":\"cri-o\"}}",
	  .expected = { .name = "api",
			.pod = "payments-7d4b9",
			.pod_uid = "0b1f",
			.name_space = "shop",
			.engine = "cri-o" } },
	{ .name = "containerd with its status alone",
	  .status = "{\"id\":\"fee5\",\"metadata\":{\"name\":\"api\"},\"created_at\":"
		    "1795523516591274510,\"image\":{\"image\":"
		    "\"plant:1\"},\"labels\":{\"io.kubernetes.pod.name\":\"pay\",\"io.kubernetes."
		    "pod.namespace\":\"shop\"}}",
	  .expected = { .id = "fee5",
			.name = "api",
			.image = "plant:1",
			.pod = "pay",
			.name_space = "shop",
			.engine = "containerd",
			.created = "2026-11-24T12:31:56.59127451Z" } },
	{ .name = "a name that is not long stays as it is",
	  .config = "{\"name\":\"a_b\",\"createdTime\":\"0001-01-01T00:00:00Z\",\"pod\":\"\"}",
	  .spec = "{\"annotations\":null}",
	  .expected = { .name = "a_b", .engine = "containerd" } },
	{ .name = "nothing, as runc and crun leave it", .expected = { .id = NULL } },
	{ .name = "docker",
	  .docker =
		  "{\"ID\":\"12f6\",\"Name\":\"/payments\",\"Created\":\"2026-11-24T12:27:35.02Z\","
		  "\"Config\":{\"Image\":\"localhost/plant:1\"},\"Image\":\"sha256:d79e\"}",
	  .docker_host = "{\"Runtime\":\"runc\"}",
	  .expected = { .id = "12f6",
			.name = "payments",
			.image = "localhost/plant:1",
			.image_digest = "sha256:d79e",
			.engine = "docker",
			.runtime = "runc",
			.created = "2026-11-24T12:27:35.02Z" } },
	{ .name = "docker below Kubernetes",
	  .docker = "{\"Name\":\"/k8s_api_payments-7d4b9_shop_0b1f_0\"}",
	  .expected = { .name = "api",
			.pod = "payments-7d4b9",
			.pod_uid = "0b1f",
			.name_space = "shop",
			.engine = "docker" } },
	{ .name = "docker without a name",
	  .docker = "{\"Name\":\"/\",\"Config\":null}",
	  .expected = { .engine = "docker" } },
	{ .name = "docker's host configuration alone claims no engine",
	  .docker_host = "{\"Runtime\":\"runc\"}",
	  .expected = { .runtime = "runc" } },
	{ .name = "annotations of an image",
	  .annotations = { { "org.criu.checkpoint.container.name", "api" },
			   { "org.criu.checkpoint.engine.name", "CRI-O" },
			   { "org.criu.checkpoint.pod.name", "pay" },
			   { "org.criu.checkpoint.pod.namespace", "shop" },
			   { "org.criu.checkpoint.pod.id", "5a5a" },
			   { "org.criu.checkpoint.pod.uid", "" },
			   { "org.criu.checkpoint.rootfsImageName", "registry/api:1.4" },
			   { "org.criu.checkpoint.runtime.name", "crun" } },
	  .expected = { .name = "api",
			.image = "registry/api:1.4",
			.pod = "pay",
			.pod_id = "5a5a",
			.name_space = "shop",
			.engine = "cri-o",
			.runtime = "crun" } },
	{ .name = "the image that was asked for, and its digest",
	  .annotations = { { "org.criu.checkpoint.rootfsImageName", "normal" },
			   { "org.criu.checkpoint.rawImageName", "raw" },
			   { "org.criu.checkpoint.rootfsImageUserRequested", "asked" },
			   { "org.criu.checkpoint.rootfsImageID", "id" },
			   { "org.criu.checkpoint.rootfsImageSha", "web@sha256:abcd" } },
	  .expected = { .image = "asked", .image_digest = "sha256:abcd" } },
	{ .name = "older annotations of podman",
	  .annotations = { { "io.podman.annotations.checkpoint.name", "web" },
			   { "io.podman.annotations.checkpoint.rawImageName", "web:1" },
			   { "io.podman.annotations.checkpoint.runtime.name", "/usr/bin/crun" } },
	  .expected = { .name = "web", .image = "web:1", .engine = "podman", .runtime = "crun" } },
	{ .name = "older annotations of cri-o with the long name",
	  .annotations = { { "io.kubernetes.cri-o.annotations.checkpoint.name",
			     "k8s_api_payments-7d4b9_shop_0b1f_0" },
			   { "io.kubernetes.cri-o.annotations.checkpoint.rootfsImageName",
			     "a:1" } },
	  .expected = { .name = "api",
			.image = "a:1",
			.pod = "payments-7d4b9",
			.pod_uid = "0b1f",
			.name_space = "shop",
			.engine = "cri-o" } },
	{ .name = "files count before annotations, the first of a key before the second",
	  .config = "{\"name\":\"file\",\"runtime\":\"crun\",\"pod\":\"\"}",
	  .spec = "{\"annotations\":{\"io.container.manager\":\"libpod\"}}",
	  .annotations = { { "org.criu.checkpoint.container.name", "image" },
			   { "org.criu.checkpoint.engine.name", "CRI-O" },
			   { "org.criu.checkpoint.runtime.name", "runc" },
			   { "org.criu.checkpoint.pod.id", "first" },
			   { "org.criu.checkpoint.pod.id", "second" } },
	  .expected = { .name = "file",
			.pod_id = "first",
			.engine = "podman",
			.runtime = "crun" } },
	{ .name = "an engine that nobody knows",
	  .annotations = { { "org.criu.checkpoint.engine.name", "other" } },
	  .expected = { .id = NULL } },
	{ .name = "ctr: the end of the control group, and the image that its index names",
	  .spec = "{\"process\":{\"args\":[\"/plant\"]},\"linux\":{\"cgroupsPath\":\"/default/"
		  "payments\"}}",
	  .annotations = { { "io.containerd.checkpoint.runtime", "io.containerd.runc.v2" },
			   { "org.opencontainers.image.ref.name", "localhost/plant:1" },
			   { "org.opencontainers.image.ref.name", "1" } },
	  .expected = { .name = "payments",
			.image = "localhost/plant:1",
			.engine = "containerd",
			.runtime = "runc",
			.argument_count = 1 } },
	{ .name = "the tag of another image is no image of a container",
	  .spec = "{\"linux\":{\"cgroupsPath\":\"system.slice:default:payments\"}}",
	  .annotations = { { "org.opencontainers.image.ref.name", "1" } },
	  .expected = { .name = "payments", .engine = "containerd" } },
	{ .name = "ctr tasks checkpoint",
	  .annotations = { { "image.name", "localhost/plant:1" },
			   { "io.containerd.checkpoint.snapshotter", "overlayfs" } },
	  .expected = { .image = "localhost/plant:1", .engine = "containerd" } },
	{ .name = "a control group that ends in an id",
	  .spec = "{\"linux\":{\"cgroupsPath\":\"/default/"
		  "fee50ab0786a42b18767e8b32ccccb3e8f270e275a4cb38aa161623224180467\"}}",
	  .expected = { .id = "fee50ab0786a42b18767e8b32ccccb3e8f270e275a4cb38aa161623224180467",
			.engine = "containerd" } },
	{ .name = "a control group of podman is no name",
	  .spec = "{\"annotations\":{\"io.container.manager\":\"libpod\"},"
		  "\"linux\":{\"cgroupsPath\":\"/libpod_parent/libpod-8fe0\"}}",
	  .expected = { .engine = "podman" } },
	{ .name = "a control group without an end",
	  .spec = "{\"linux\":{\"cgroupsPath\":\"/default/\"}}",
	  .expected = { .engine = "containerd" } },
};

static void assert_text(const char *what, const char *text, const char *expected)
{
	if (!expected && !text)
		return;
	print_message("  %s\n", what);
	assert_non_null(text);
	assert_non_null(expected);
	assert_string_equal(text, expected);
}

static void assert_container(const struct container *container, const struct container *expected)
{
	assert_text("id", container->id, expected->id);
	assert_text("name", container->name, expected->name);
	assert_text("image", container->image, expected->image);
	assert_text("image_digest", container->image_digest, expected->image_digest);
	assert_text("pod", container->pod, expected->pod);
	assert_text("pod_id", container->pod_id, expected->pod_id);
	assert_text("pod_uid", container->pod_uid, expected->pod_uid);
	assert_text("name_space", container->name_space, expected->name_space);
	assert_text("runtime", container->runtime, expected->runtime);
	assert_text("created", container->created, expected->created);
	assert_text("checkpointed", container->checkpointed, expected->checkpointed);
	assert_text("engine", container->engine, expected->engine);
	assert_int_equal(container->argument_count, expected->argument_count);
}

static void each_engine_says_what_it_froze_in_its_own_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		struct read read;

		print_message("%s\n", engines[i].name);
		read_open(&read);
		add(&read, "status.dump", engines[i].status);
		add(&read, "spec.dump", engines[i].spec);
		add(&read, "config.dump", engines[i].config);
		add(&read, "hostconfig.json", engines[i].docker_host);
		add(&read, "config.v2.json", engines[i].docker);
		annotate(&read, engines[i].annotations);
		assert_container(container_reader_result(read.reader), &engines[i].expected);
		assert_int_equal(warning_count(&read), 0);
		read_close(&read);
	}
}

static void what_comes_later_is_taken_in(void **state)
{
	struct read read;

	(void)state;
	read_open(&read);
	assert_null(container_reader_result(read.reader)->id);
	add(&read, "config.dump", "{\"id\":\"1\"}");
	assert_string_equal(container_reader_result(read.reader)->id, "1");
	assert_null(container_reader_result(read.reader)->engine);
	add(&read, "spec.dump", "{\"annotations\":{\"io.container.manager\":\"libpod\"}}");
	assert_string_equal(container_reader_result(read.reader)->engine, "podman");
	add(&read, "config.dump", "{\"id\":\"2\"}");
	assert_string_equal(container_reader_result(read.reader)->id, "2");
	assert_int_equal(warning_count(&read), 1);
	read_close(&read);
}

static const struct {
	const char *name, *text;
	enum warning_code code;
} hostile[] = {
	{ "nothing", "", WARNING_CORRUPT },
	{ "text", "hello", WARNING_CORRUPT },
	{ "a list", "[1,2]", WARNING_CORRUPT },
	{ "a cut object", "{\"id\":\"1\"", WARNING_CORRUPT },
	{ "bytes after the end", "{\"id\":\"1\"} x", WARNING_CORRUPT },
	{ "a number for a name", "{\"name\":17}", WARNING_CORRUPT },
	{ "an object for a name", "{\"name\":{\"name\":\"x\"}}", WARNING_CORRUPT },
	{ "a zero byte in a name", "{\"name\":\"a\\u0000b\"}", WARNING_CORRUPT },
	{ "invalid UTF-8", "{\"name\":\"\xff\"}", WARNING_CORRUPT },
	{ "a time that is none", "{\"createdTime\":\"soon\"}", WARNING_CORRUPT },
};

static void broken_json_is_a_warning(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct read read;
		size_t count;

		print_message("%s\n", hostile[i].name);
		read_open(&read);
		add(&read, "config.dump", hostile[i].text);
		assert_null(container_reader_result(read.reader)->name);
		assert_null(container_reader_result(read.reader)->created);
		assert_int_equal(warning_list_sorted(read.warnings, &count)->code, hostile[i].code);
		assert_int_equal(count, 1);
		read_close(&read);
	}
}

static void add_repeated(const char *piece, size_t times, enum warning_code code)
{
	size_t length = strlen(piece), count;
	char *text = malloc(length * times + 1);
	struct read read;

	assert_non_null(text);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * length, piece, length);
	read_open(&read);
	assert_int_equal(container_reader_add(read.reader, "spec.dump", (uint8_t *)text,
					      length * times, NULL),
			 0);
	assert_int_equal(warning_list_sorted(read.warnings, &count)->code, code);
	assert_int_equal(count, 1);
	read_close(&read);
	free(text);
}

static void deep_and_long_json_is_a_warning(void **state)
{
	(void)state;
	add_repeated("{\"a\":", 200000, WARNING_CORRUPT);
	add_repeated("[", 1000000, WARNING_CORRUPT);
	add_repeated(" ", 5 << 20, WARNING_LIMIT);
}

static void take_description(void *context, const char *name, uint8_t *data, size_t length)
{
	struct read *read = context;

	if (container_reader_wants(name))
		assert_int_equal(container_reader_add(read->reader, name, data, length, NULL), 0);
	free(data);
}

static void the_bundled_podman_archive_is_described(void **state)
{
	const struct container *container;
	struct read read;

	(void)state;
	read_open(&read);
	planted_each(TEST_DATA_DIR "/podman-zstd.tar", take_description, &read);
	container = container_reader_result(read.reader);
	assert_int_equal(warning_count(&read), 0);
	assert_string_equal(container->engine, "podman");
	assert_string_equal(container->runtime, "crun");
	assert_string_equal(container->image, "localhost/plant:1");
	assert_string_equal(container->arguments[0], "/plant");
	assert_non_null(container->created);
	read_close(&read);
}

static void a_containerd_archive_is_described(void **state)
{
	static const char path[] = SHARED_DIR "/checkpoints/containerd-cri.tar.zst";
	static const struct container expected = {
		.id = "fee50ab0786a42b18767e8b32ccccb3e8f270e275a4cb38aa161623224180467",
		.name = "api",
		.image = "localhost/plant:1",
		.image_digest =
			"sha256:bba3ded966a3364f9a9ebd06e5c383182585d82d032d97d45c13139586139335",
		.pod = "payments-api-7d4b9",
		.pod_uid = "5f0c1e7e-0000-4000-8000-000000000071",
		.name_space = "shop",
		.engine = "containerd",
		.runtime = "runc",
		.created = "2026-11-24T12:31:56.58567211Z",
		.checkpointed = "2026-11-24T12:31:58.77010059Z",
		.argument_count = 3,
	};
	struct container found;
	struct read read;

	(void)state;
	if (access(path, R_OK) != 0) {
		print_message("skipped: no %s\n", path);
		return;
	}
	read_open(&read);
	planted_each(path, take_description, &read);
	found = *container_reader_result(read.reader);
	assert_non_null(found.pod_id);
	found.pod_id = NULL;
	assert_container(&found, &expected);
	read_close(&read);
}

static void dockers_folder_is_described(void **state)
{
	static const char path[] = SHARED_DIR "/checkpoints/docker-container.tar.zst";
	static const struct container expected = {
		.id = "12f6b38f8425aa108c01f818aae821738801e0f7337a3cdb3c1787104b5320ac",
		.name = "payments",
		.image = "localhost/plant:1",
		.image_digest =
			"sha256:d79ec4d6a23e05ce713bd0963dd4d3053b0cad41a603b05e563faf5390accb6a",
		.engine = "docker",
		.runtime = "runc",
		.created = "2026-11-24T12:27:35.02043979Z",
	};
	struct read read;

	(void)state;
	if (access(path, R_OK) != 0) {
		print_message("skipped: no %s\n", path);
		return;
	}
	read_open(&read);
	planted_each(path, take_description, &read);
	assert_container(container_reader_result(read.reader), &expected);
	assert_int_equal(warning_count(&read), 0);
	read_close(&read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_engine_says_what_it_froze_in_its_own_way),
		cmocka_unit_test(what_comes_later_is_taken_in),
		cmocka_unit_test(broken_json_is_a_warning),
		cmocka_unit_test(deep_and_long_json_is_a_warning),
		cmocka_unit_test(the_bundled_podman_archive_is_described),
		cmocka_unit_test(a_containerd_archive_is_described),
		cmocka_unit_test(dockers_folder_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
