#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "report/target_line.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct holder holders[] = {
	{ .pid = 1, .fd = 5, .has_fd = true },
	{ .pid = 2 },
	{ .pid = 7, .fd = 0, .has_fd = true },
	{ .pid = 8, .fd = 3, .has_fd = true },
};

#define HELD_BY(shown, total) .held_by = holders, .held_by_count = (shown), .held_by_total = (total)

static const struct {
	struct target_outline target;
	const char *line, *name;
} cases[] = {
	{ { .kind = TARGET_PROCESS,
	    .pid = 4,
	    .name = "pl\x1b",
	    .executable = "/plant\n",
	    .executable_state = "deleted" },
	  "pid 4 (pl\\x1b) /plant\\n (deleted)",
	  "pid 4" },
	{ { .kind = TARGET_PROCESS, .pid = 0, .executable = "/a", .executable_state = "file" },
	  "pid 0 /a",
	  "pid 0" },
	{ { .kind = TARGET_FILE, .path = "/srv/x", .origin = "operand", .size = 1 },
	  "/srv/x",
	  "/srv/x" },
	{ { .kind = TARGET_FILE, .path = "/root/dropped\r.sh", .origin = "rootfs-diff" },
	  "/root/dropped\\r.sh (rootfs-diff)",
	  "/root/dropped\\r.sh" },
	{ { .kind = TARGET_FILE,
	    .path = "/tmp/ghost",
	    .origin = "deleted",
	    .object = "1",
	    HELD_BY(1, 1) },
	  "/tmp/ghost (deleted #1, pid 1 fd 5)",
	  "/tmp/ghost" },
	{ { .kind = TARGET_FILE, .origin = "memfd", .object = "2", HELD_BY(2, 2) },
	  "file 2 (memfd #2, pid 1 fd 5, pid 2)",
	  "file 2" },
	{ { .kind = TARGET_PIPE, .object = "7", HELD_BY(4, 20) },
	  "pipe 7 (pid 1 fd 5, pid 2, pid 7 fd 0, and 17 more)",
	  "pipe 7" },
	{ { .kind = TARGET_TERMINAL, .object = "3" }, "terminal 3", "terminal 3" },
	{ { .kind = TARGET_MESSAGE, .object = "0" }, "message 0", "message 0" },
	{ { .kind = TARGET_SOCKET,
	    .object = "8213",
	    .protocol = "tcp",
	    .direction = "received",
	    .local = "10.0.0.7:6379",
	    .remote = "10.0.0.9:40112",
	    HELD_BY(1, 1) },
	  "socket 8213 tcp 10.0.0.7:6379 <- 10.0.0.9:40112 received (pid 1 fd 5)",
	  "socket 8213" },
	{ { .kind = TARGET_SOCKET,
	    .object = "8213",
	    .protocol = "tcp",
	    .direction = "sent",
	    .local = "10.0.0.7:6379",
	    .remote = "10.0.0.9:40112" },
	  "socket 8213 tcp 10.0.0.7:6379 -> 10.0.0.9:40112 sent",
	  "socket 8213" },
	{ { .kind = TARGET_SOCKET,
	    .object = "9",
	    .protocol = "unix",
	    .direction = "received",
	    .local = "@ab\033" },
	  "socket 9 unix @ab\\x1b received",
	  "socket 9" },
	{ { .kind = TARGET_SOCKET, .object = "9" }, "socket 9", "socket 9" },
};

static void a_line_for_each_kind(void **state)
{
	struct text text = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		text_clear(&text);
		target_line_add(&text, &cases[i].target, false);
		assert_string_equal(text.data, cases[i].line);
		text_clear(&text);
		target_name_add(&text, &cases[i].target);
		assert_string_equal(text.data, cases[i].name);
	}
	text_release(&text);
}

static void colours_what_it_is_called(void **state)
{
	struct text text = { 0 };

	(void)state;
	target_line_add(&text, &cases[3].target, true);
	assert_string_equal(text.data, "\x1b[35m/root/dropped\\r.sh\x1b[0m (rootfs-diff)");
	text_clear(&text);
	target_line_add(&text, &cases[7].target, true);
	assert_string_equal(text.data, "\x1b[32mterminal 3\x1b[0m");
	text_release(&text);
}

static void only_what_was_named_is_an_operand(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(target_is_operand(&cases[i].target), i == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_for_each_kind),
		cmocka_unit_test(colours_what_it_is_called),
		cmocka_unit_test(only_what_was_named_is_an_operand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
