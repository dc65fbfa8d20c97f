#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "report/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct holder holders[] = { { .pid = 1, .fd = 0, .has_fd = true }, { .pid = 2 } };

static const struct {
	struct target_outline target;
	const char *expected;
} targets[] = {
	{ { .kind = TARGET_FILE,
	    .path = "/tmp/\xff",
	    .origin = "deleted",
	    .object = "1",
	    .size = 5,
	    .bytes_unseen = 2,
	    .archive = "never told",
	    .held_by = holders,
	    .held_by_count = 2,
	    .held_by_total = 40 },
	  "{\"kind\":\"file\",\"path\":\"/tmp/\xef\xbf\xbd\",\"path_b64\":\"L3RtcC//\","
	  "\"origin\":\"deleted\",\"size\":5,\"object\":\"1\",\"bytes_unseen\":2,"
	  "\"held_by\":[{\"pid\":1,\"fd\":0},{\"pid\":2}],\"held_by_count\":40}" },
	{ { .kind = TARGET_FILE, .path = "/a", .origin = "rootfs-diff" },
	  "{\"kind\":\"file\",\"path\":\"/a\",\"origin\":\"rootfs-diff\",\"size\":0}" },
	{ { .kind = TARGET_PIPE, .object = "7", .size = 3 },
	  "{\"kind\":\"pipe\",\"size\":3,\"object\":\"7\"}" },
	{ { .kind = TARGET_SOCKET,
	    .object = "8213",
	    .size = 9,
	    .protocol = "tcp",
	    .state = "established",
	    .direction = "received",
	    .local = "10.0.0.7:6379",
	    .remote = "[::1]:80" },
	  "{\"kind\":\"socket\",\"size\":9,\"object\":\"8213\",\"protocol\":\"tcp\","
	  "\"state\":\"established\",\"direction\":\"received\",\"local\":\"10.0.0.7:6379\","
	  "\"remote\":\"[::1]:80\"}" },
	{ { .kind = TARGET_TERMINAL, .object = "0", .size = 1 },
	  "{\"kind\":\"terminal\",\"size\":1,\"object\":\"0\"}" },
	{ { .kind = TARGET_MESSAGE, .object = "0", .size = 1 },
	  "{\"kind\":\"message\",\"size\":1,\"object\":\"0\"}" },
};

static void a_target_has_the_fields_of_its_kind_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct json_writer json = { 0 };

		json_writer_open_object(&json, NULL);
		fields_target(&json, &targets[i].target);
		json_writer_close_object(&json);
		assert_memory_equal(json.text.data, "{\"target\":", 10);
		json.text.data[json.text.length - 1] = '\0';
		assert_string_equal(json.text.data + 10, targets[i].expected);
		json_writer_release(&json);
	}
}

static void a_match_tells_its_source_and_layer(void **state)
{
	const struct rule_string string = { .name = "a", .has_xor_key = true };
	const struct target_outline target = { .kind = TARGET_PROCESS };
	const struct hit_match match = {
		.string = &string,
		.address = 0x10,
		.length = 4,
		.has_xor_key = true,
		.xor_key = 1,
		.from_file = true,
		.has_vma = true,
		.vma = { .start = 0, .end = 0x1000, .protection = "r--p", .kind = "file" },
		.image_file = "pages-1.img",
		.image_offset = 8,
		.image_layer = 2,
	};
	struct json_writer json = { 0 };

	(void)state;
	fields_match(&json, &match, &target, false);
	assert_string_equal(json.text.data,
			    "{\"string\":\"$a\",\"address\":\"0x10\",\"length\":4,\"xor_key\":1,"
			    "\"source\":\"file\",\"vma\":{\"start\":\"0x0\",\"end\":\"0x1000\","
			    "\"protection\":\"r--p\",\"kind\":\"file\"},\"image\":{"
			    "\"file\":\"pages-1.img\",\"offset\":8,\"layer\":2}}");
	json_writer_release(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_has_the_fields_of_its_kind_in_order),
		cmocka_unit_test(a_match_tells_its_source_and_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
