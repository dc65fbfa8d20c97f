#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/progress.h"
#include "engine/base/columns.h"

#define GIB ((uint64_t)1 << 30)

static const struct {
	const char *name;
	struct progress_view view;
	const char *expected;
} cases[] = {
	{ "shows part, bytes, throughput, hits and time left",
	  { .label = "web.tar",
	    .done = GIB,
	    .total = 4 * GIB,
	    .hits = 12,
	    .seconds = 2,
	    .columns = 120 },
	  "web.tar  25% [=====>              ]  1.0/4.0 GiB  512 MiB/s  12 hits  0:06 "
	  "left" },
	{ "leaves out what needs a total where there is none",
	  { .label = "-", .done = 3000, .hits = 1, .seconds = 2, .columns = 120 },
	  "-  2.9 KiB  1.5 KiB/s  1 hit" },
	{ "never promises more than all",
	  { .label = "a", .done = 300, .total = 200, .seconds = 1, .columns = 120 },
	  "a 100% [====================]  200/200 B  200 B/s  0 hits  0:00 left" },
	{ "has no time left before anything is done",
	  { .label = "a", .total = 200, .seconds = 1, .columns = 120 },
	  "a   0% [>                   ]  0/200 B  0 B/s  0 hits" },
	{ "shows hours",
	  { .label = "a", .done = 10, .total = 100000, .seconds = 1, .columns = 120 },
	  "a   0% [>                   ]  0.0/98 KiB  10 B/s  0 hits  2:46:39 left" },
	{ "has a shorter bar in 80 columns",
	  { .label = "checkpoint.tar", .done = GIB, .total = 4 * GIB, .seconds = 2, .columns = 80 },
	  "checkpoint.tar  25% [===>        ]  1.0/4.0 GiB  512 MiB/s  0 hits  0:06 left" },
	{ "cuts a long name before the bar",
	  { .label = "/var/lib/checkpoints/services.tar.zst",
	    .done = GIB,
	    .total = 4 * GIB,
	    .seconds = 2,
	    .columns = 80 },
	  "...ervices.tar.zst  25% [==>     ]  1.0/4.0 GiB  512 MiB/s  0 hits  0:06 left" },
	{ "gives up the bar, then the beginning of the name, where there is no room",
	  { .label = "/very/long/path/to/web.tar",
	    .done = GIB,
	    .total = 4 * GIB,
	    .seconds = 2,
	    .columns = 60 },
	  "...eb.tar  25%  1.0/4.0 GiB  512 MiB/s  0 hits  0:06 left" },
	{ "knows that some characters are two columns wide",
	  { .label = "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2.tar",
	    .done = GIB,
	    .total = 4 * GIB,
	    .seconds = 2,
	    .columns = 60 },
	  "...\xe6\xbc\xa2.tar  25%  1.0/4.0 GiB  512 MiB/s  0 hits  0:06 left" },
	{ "shows nothing where nothing fits",
	  { .label = "web.tar", .done = 1, .total = 2, .seconds = 2, .columns = 3 },
	  "" },
	{ "lets no control byte of a name through",
	  { .label = "a\x1b[2J\n", .done = 2000, .seconds = 1, .columns = 80 },
	  "a\\x1b[2J\\n  2.0 KiB  2.0 KiB/s  0 hits" },
};

static void renders_one_line(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text text = { 0 };
		const char *got;

		progress_render(&text, &cases[i].view);
		got = text.data ? text.data : "";
		if (strcmp(got, cases[i].expected) != 0) {
			print_error("%s: got \"%s\"\n", cases[i].name, got);
			failures++;
		}
		assert_true(columns_of(string_bytes(got)) < cases[i].view.columns);
		text_release(&text);
	}
	assert_int_equal(failures, 0);
}

static void has_no_bar_where_there_is_no_terminal(void **state)
{
	int descriptor = open("/dev/null", O_WRONLY);
	struct progress *progress;
	struct error err;

	(void)state;
	assert_int_equal(progress_new(&progress, descriptor, &err), 0);
	assert_null(progress);
	progress_begin(progress, "a", NULL);
	progress_pause(progress);
	progress_resume(progress);
	progress_end(progress);
	progress_free(progress);
	close(descriptor);
}

static void sleep_ms(long ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* What stands in the terminal's other end, without waiting. */
static size_t drain(int terminal, char *out, size_t size)
{
	ssize_t count = read(terminal, out, size - 1);

	out[count > 0 ? count : 0] = '\0';
	return count > 0 ? (size_t)count : 0;
}

/* The same, but waits for something: a busy machine draws late. */
static size_t drain_when_drawn(int terminal, char *out, size_t size)
{
	size_t count = 0;

	for (int i = 0; i < 200 && !count; i++) {
		sleep_ms(50);
		count = drain(terminal, out, size);
	}
	return count;
}

/* Everything until it is quiet: what is written to a terminal comes out of its other end a little later. */
static void drain_until_quiet(int terminal, char *out, size_t size)
{
	size_t length = 0, count = 1;

	while (count && length + 1 < size) {
		sleep_ms(200);
		count = drain(terminal, out + length, size - length);
		length += count;
	}
}

static void draws_after_a_second_and_makes_way(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK), other;
	struct scan_progress counters = { 0 };
	struct progress *progress;
	struct error err;
	char drawn[4096];

	(void)state;
	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
		skip();
	other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	assert_true(other >= 0);
	setenv("TERM", "xterm", 1);
	assert_int_equal(progress_new(&progress, other, &err), 0);
	assert_non_null(progress);

	atomic_store(&counters.bytes_total, 100);
	progress_begin(progress, "web.tar", &counters);
	sleep_ms(400);
	assert_int_equal(drain(terminal, drawn, sizeof(drawn)), 0);
	assert_true(drain_when_drawn(terminal, drawn, sizeof(drawn)) > 0);
	assert_memory_equal(drawn, "\rweb.tar   0%", 13);

	progress_pause(progress);
	drain_until_quiet(terminal, drawn, sizeof(drawn));
	assert_non_null(strstr(drawn, "\r\x1b[K"));
	sleep_ms(300);
	assert_int_equal(drain(terminal, drawn, sizeof(drawn)), 0);
	progress_resume(progress);

	progress_end(progress);
	drain_until_quiet(terminal, drawn, sizeof(drawn));
	sleep_ms(300);
	assert_int_equal(drain(terminal, drawn, sizeof(drawn)), 0);
	progress_free(progress);
	close(other);
	close(terminal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders_one_line),
		cmocka_unit_test(has_no_bar_where_there_is_no_terminal),
		cmocka_unit_test(draws_after_a_second_and_makes_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
