#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>

#include "engine/base/thread.h"

static void *take_mask(void *argument)
{
	pthread_sigmask(SIG_SETMASK, NULL, argument);
	return NULL;
}

static void signals_are_for_others_but_faults_are_its_own(void **state)
{
	sigset_t before, mask, after;
	pthread_t thread;

	(void)state;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(thread_start(&thread, take_mask, &mask), 0);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_true(sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) &&
		    sigismember(&mask, SIGHUP) && sigismember(&mask, SIGUSR1));
	assert_false(sigismember(&mask, SIGBUS) || sigismember(&mask, SIGSEGV) ||
		     sigismember(&mask, SIGFPE) || sigismember(&mask, SIGILL));
	for (int number = 1; number < 32; number++)
		assert_int_equal(sigismember(&after, number), sigismember(&before, number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_are_for_others_but_faults_are_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
