#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "scanners/oci/media_type.h"

static const struct {
	const char *type;
	enum media_kind kind;
	bool encrypted;
} types[] = {
	{ "application/vnd.oci.image.index.v1+json", MEDIA_DOCUMENT, false },
	{ "application/vnd.oci.image.manifest.v1+json", MEDIA_DOCUMENT, false },
	{ "application/vnd.docker.distribution.manifest.v2+json", MEDIA_DOCUMENT, false },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", MEDIA_DOCUMENT, false },
	{ "application/vnd.oci.image.layer.v1.tar", MEDIA_LAYER, false },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", MEDIA_LAYER, false },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", MEDIA_LAYER, false },
	{ "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", MEDIA_LAYER, true },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", MEDIA_LAYER, false },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar", MEDIA_LAYER, false },
	{ "application/vnd.containerd.container.rw.tar", MEDIA_WRITTEN_LAYER, false },
	{ "application/vnd.containerd.container.criu.checkpoint.criu.tar", MEDIA_CRIU_IMAGES,
	  false },
	{ "application/vnd.containerd.container.criu.checkpoint.predump.tar", MEDIA_CRIU_IMAGES,
	  false },
	{ "application/vnd.containerd.container.checkpoint.config.v1+proto", MEDIA_SPEC, false },
	{ "application/vnd.containerd.container.checkpoint.options.v1+proto", MEDIA_OTHER, false },
	{ "application/vnd.containerd.container.checkpoint.runtime.name", MEDIA_OTHER, false },
	{ "application/vnd.containerd.container.checkpoint.runtime.options+proto", MEDIA_OTHER,
	  false },
	{ "application/vnd.in-toto+json", MEDIA_OTHER, false },
	{ "application/vnd.oci.image.config.v1+json", MEDIA_UNKNOWN, false },
	{ "text/plain", MEDIA_UNKNOWN, false },
	{ "+encrypted", MEDIA_UNKNOWN, true },
	{ "encrypted", MEDIA_UNKNOWN, false },
	{ "", MEDIA_UNKNOWN, false },
};

static void a_media_type_says_what_a_blob_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		print_message("%s\n", types[i].type);
		assert_int_equal(media_type_kind(types[i].type), types[i].kind);
		assert_int_equal(media_type_is_encrypted(types[i].type), types[i].encrypted);
	}
}

static const struct {
	const char *name, *start;
	size_t length;
	bool compressed;
} starts[] = {
	{ "gzip", "\x1f\x8b\x08", 3, true },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, true },
	{ "bzip2", "BZh9", 4, true },
	{ "xz",
	  "\xfd"
	  "7zXZ",
	  6, true },
	{ "a cut start", "\x28\xb5\x2f", 3, false },
	{ "text", "hello", 5, false },
	{ "nothing", "", 0, false },
};

static void a_blob_is_told_by_its_first_bytes(void **state)
{
	uint8_t tar[512] = "checkpoint/";

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct bytes start = { (const uint8_t *)starts[i].start, starts[i].length };

		print_message("%s\n", starts[i].name);
		assert_int_equal(media_is_compressed(start), starts[i].compressed);
		assert_int_equal(media_is_archive(start), starts[i].compressed);
	}
	memcpy(tar + 257, "ustar", 5);
	assert_true(media_is_archive((struct bytes){ tar, sizeof(tar) }));
	assert_false(media_is_archive((struct bytes){ tar, 261 }));
	assert_false(media_is_compressed((struct bytes){ tar, sizeof(tar) }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_media_type_says_what_a_blob_is),
		cmocka_unit_test(a_blob_is_told_by_its_first_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
