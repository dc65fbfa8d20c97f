/*
 * Scans that do not come to their end: stopped at any moment, or with a sink that refuses. They end at once and
 * say so, and what was reported by then is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/scan_run.h"

static const char rules[] =
	"rule planted { strings: $m = \"MADE~\" condition: $m }\n"
	"rule words { strings: $w = /[a-z]{3,9}[0-9]/ condition: #w > 1 }\n"
	"rule reads { strings: $m = \"MADE~\" condition: for any i in (1..#m) : (uint32(@m[i] + "
	"150000) != 1) }\n";

struct made {
	char directory[256];
	char paths[3][512]; /* in place, zstd, zstd with pages first */
};

enum { FORMS = 3 };

static int make(void **state)
{
	static const char *const forms[FORMS] = { "", "--compress zstd",
						  "--compress zstd --pages-first" };
	struct made *made = calloc(1, sizeof(*made));
	char command[2048];

	assert_non_null(made);
	temporary_directory(made->directory, sizeof(made->directory));
	for (size_t i = 0; i < FORMS; i++) {
		snprintf(made->paths[i], sizeof(made->paths[i]), "%s/%zu", made->directory, i);
		snprintf(command, sizeof(command), "%s --size 16M --seed 21 --processes 6 %s %s",
			 MAKE_CHECKPOINT, forms[i], made->paths[i]);
		assert_int_equal(system(command), 0);
	}
	*state = made;
	return 0;
}

static int unmake(void **state)
{
	struct made *made = *state;

	temporary_remove(made->directory);
	free(made);
	return 0;
}

/* Counts what it is told, in the order that is promised; refuses one call, or stops the scan in it. */
struct listener {
	size_t calls, refused_at, stop_at; /* from 1; 0: never */
	size_t hits;
	bool refused, began, warned, ended, complete;
	bool interrupted;
	bool out_of_order; /* told by workers too, which cannot end a test */
	_Atomic int stop;
};

static int hear(struct listener *listener, struct error *err)
{
	listener->out_of_order |= listener->refused || listener->ended;
	listener->calls++;
	if (listener->calls == listener->stop_at)
		atomic_store(&listener->stop, 1);
	if (listener->calls != listener->refused_at)
		return 0;
	listener->refused = true;
	return error_set(err, ERROR_SYSTEM, 0, "nobody listens");
}

static int on_begin(void *context, const struct checkpoint_outline *outline, struct error *err)
{
	struct listener *listener = context;

	(void)outline;
	listener->out_of_order |= listener->began;
	listener->began = true;
	return hear(listener, err);
}

static int on_hit(void *context, const struct hit *hit, struct error *err)
{
	struct listener *listener = context;

	(void)hit;
	listener->out_of_order |= !listener->began || listener->warned;
	listener->hits++;
	return hear(listener, err);
}

static int on_warning(void *context, const struct checkpoint_outline *outline,
		      const struct target_outline *target, const struct warning *warning,
		      struct error *err)
{
	struct listener *listener = context;

	(void)outline;
	(void)target;
	listener->warned = true;
	listener->interrupted |= warning->code == WARNING_INTERRUPTED;
	return hear(listener, err);
}

static int on_end(void *context, const struct scan_summary *summary, struct error *err)
{
	struct listener *listener = context;
	int ret = hear(listener, err);

	listener->ended = true;
	listener->complete = summary->complete;
	listener->out_of_order |= summary->hits != listener->hits;
	return ret;
}

static int listen(struct listener *listener, const char *path, struct scan_result *result,
		  struct error *err)
{
	struct scan_setup setup = { .path = path,
				    .rules = rules,
				    .options = { .stop = &listener->stop } };
	const struct hit_sink sink = { .context = listener,
				       .begin = on_begin,
				       .hit = on_hit,
				       .warning = on_warning,
				       .end = on_end };

	int ret = scan_run_into(&setup, &sink, result, err);

	assert_false(listener->out_of_order);
	return ret;
}

static void a_sink_may_refuse_any_call(void **state)
{
	struct made *made = *state;

	for (size_t form = 0; form < FORMS; form++) {
		struct listener whole = { 0 };
		struct scan_result result;
		struct error err = { 0 };

		assert_int_equal(listen(&whole, made->paths[form], &result, &err), 0);
		assert_true(whole.complete && whole.hits > 6);
		for (size_t at = 1; at <= whole.calls; at++) {
			struct listener listener = { .refused_at = at };

			assert_int_equal(listen(&listener, made->paths[form], &result, &err),
					 ERROR_SYSTEM);
			assert_non_null(strstr(err.message, "nobody listens"));
			assert_int_equal(listener.calls, at);
		}
	}
}

static void check_stopped(const struct listener *listener, const struct scan_result *result)
{
	assert_true(listener->began && listener->ended);
	assert_int_equal(listener->complete, result->complete);
	if (!result->complete) {
		assert_true(listener->interrupted);
		assert_true(result->machine);
	}
}

static void stopped_in_any_call_it_still_ends(void **state)
{
	struct made *made = *state;

	for (size_t form = 0; form < FORMS; form++)
		for (size_t at = 1; at < 20; at++) {
			struct listener listener = { .stop_at = at };
			struct scan_result result;
			struct error err = { 0 };

			assert_int_equal(listen(&listener, made->paths[form], &result, &err), 0);
			check_stopped(&listener, &result);
		}
}

static void *stop_later(void *context)
{
	struct listener *listener = context;

	usleep((useconds_t)listener->stop_at);
	atomic_store(&listener->stop, 1);
	return NULL;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void stopped_at_any_moment_it_ends_at_once(void **state)
{
	struct made *made = *state;

	for (useconds_t round = 0; round < 60; round++) {
		/* Calls are far fewer than microseconds, so that none of them stops it. */
		struct listener listener = { .stop_at = 1000 + round * round * 10 };
		struct scan_result result;
		struct error err = { 0 };
		double begin = now();
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, stop_later, &listener), 0);
		assert_int_equal(listen(&listener, made->paths[round % FORMS], &result, &err), 0);
		pthread_join(thread, NULL);
		assert_true(now() - begin < 10);
		check_stopped(&listener, &result);
	}
}

static void stopped_before_it_begins_it_says_so(void **state)
{
	struct made *made = *state;

	for (size_t form = 0; form < FORMS; form++) {
		struct listener listener = { .stop = 1 };
		struct scan_result result;
		struct error err = { 0 };

		assert_int_equal(listen(&listener, made->paths[form], &result, &err), 0);
		assert_false(result.complete);
		check_stopped(&listener, &result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sink_may_refuse_any_call),
		cmocka_unit_test(stopped_in_any_call_it_still_ends),
		cmocka_unit_test(stopped_at_any_moment_it_ends_at_once),
		cmocka_unit_test(stopped_before_it_begins_it_says_so),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
