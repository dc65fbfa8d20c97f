#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/scanners/captured_world.h"

static const struct {
	const char *name;
	const char *place; /* NULL: not known */
	bool tmpfs;
} tmpfs_names[] = {
	{ "tmpfs-dev-89.tar.gz.img", "/dev", true },
	{ "tmpfs-dev-90.tar.gz.img", "/run/x", true },
	{ "tmpfs-31.tar.gz.img", "/run/x", true },
	{ "tmpfs-dev-7.tar.gz.img", NULL, true },
	{ "tmpfs-99.tar.gz.img", NULL, true },
	{ "tmpfs-dev-.tar.gz.img", NULL, false },
	{ "tmpfs-dev-89.img", NULL, false },
	{ "tmpfs-x.tar.gz.img", NULL, false },
	{ "tmpfs-dev-18446744073709551616.tar.gz.img", NULL, false },
};

static void put_mount(struct builder *image, uint32_t id, uint32_t device, const char *root,
		      const char *place)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, 5);
	put_number(&entry, 2, id);
	put_number(&entry, 3, device);
	put_text(&entry, 6, root);
	put_text(&entry, 7, place);
	put_entry(image, &entry);
}

static void archives_of_mounts_have_their_place(void **state)
{
	struct planted planted;
	struct builder image;

	(void)state;
	planted_prepare(&planted);
	start(&image, 0x55563928);
	put_mount(&image, 29, 89, "/empty", "/proc/acpi");
	put_mount(&image, 30, 89, "/", "/dev");
	put_mount(&image, 31, 90, "/", "./run/x");
	add(&planted, "mountpoints-13.img", &image);
	for (size_t i = 0; i < COUNT(tmpfs_names); i++) {
		const char *place;

		print_message("%s\n", tmpfs_names[i].name);
		assert_int_equal(image_set_tmpfs(planted.images, tmpfs_names[i].name, &place),
				 tmpfs_names[i].tmpfs);
		assert_int_equal(place == NULL, tmpfs_names[i].place == NULL);
		if (place)
			assert_string_equal(place, tmpfs_names[i].place);
	}
	planted_close(&planted);
}

static const struct {
	const char *name;
	bool wanted;
} payload_names[] = {
	{ "pipes-data.img", true },
	{ "fifo-data.img", true },
	{ "sk-queues.img", true },
	{ "tcp-stream-1f.img", true },
	{ "tcp-stream-1F.img", false },
	{ "tcp-stream-.img", false },
	{ "ghost-file-0.img", true },
	{ "ghost-file-g.img", false },
	{ "ghost-file-10000000000000000.img", false },
	{ "ipcns-msg-11.img", true },
	{ "ipcns-msg-b.img", false },
	{ "ipcns-shm-11.img", true },
	{ "ipcns-shm-x.img", false },
	{ "ipcns-sem-11.img", false },
	{ "bpfmap-data.img", true },
	{ "tty-data.img", true },
	{ "tty-info.img", false },
	{ "amdgpu-pages-1-00ab.img", true },
	{ "amdgpu-drm-pages-1-2-3.img", true },
	{ "amdgpu-kfd-0.img", true },
	{ "amdgpu-anything", true },
	{ "pipes.img", false },
	{ "pages-1.img", false },
	{ "", false },
};

static void images_with_bytes_are_told_by_their_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(payload_names); i++) {
		if (image_set_wants_payload(payload_names[i].name) != payload_names[i].wanted)
			fail_msg("%s", payload_names[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archives_of_mounts_have_their_place),
		cmocka_unit_test(images_with_bytes_are_told_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
