#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/stop_signals.h"

static bool wait_for(_Atomic int *stop, int value)
{
	const struct timespec pause = { 0, 10000000 };

	for (int i = 0; i < 500 && atomic_load(stop) != value; i++)
		nanosleep(&pause, NULL);
	return atomic_load(stop) == value;
}

static void notes_the_first_signal(void **state)
{
	struct stop_signals *signals;
	_Atomic int stop = 0;
	struct error err;

	(void)state;
	assert_int_equal(stop_signals_new(&signals, &stop, &err), 0);
	kill(getpid(), SIGTERM);
	assert_true(wait_for(&stop, SIGTERM));
	stop_signals_free(signals);
}

/* In a process of its own, for it dies. */
static int status_of_child(void (*run)(void))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		run();
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void pause_ms(long milliseconds)
{
	const struct timespec pause = { 0, milliseconds * 1000000 };

	nanosleep(&pause, NULL);
}

static void send_two(long milliseconds_apart)
{
	struct stop_signals *signals;
	_Atomic int stop = 0;
	struct error err;

	if (stop_signals_new(&signals, &stop, &err))
		_exit(1);
	kill(getpid(), SIGINT);
	if (!wait_for(&stop, SIGINT))
		_exit(2);
	pause_ms(milliseconds_apart);
	kill(getpid(), SIGINT);
	pause_ms(300);
}

static void send_one_and_another(void)
{
	send_two(700);
}

static void send_one_and_its_echo(void)
{
	send_two(0);
}

static void dies_of_the_second(void **state)
{
	int status = status_of_child(send_one_and_another);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
}

static void lives_on_after_the_same_signal_sent_twice_at_once(void **state)
{
	int status = status_of_child(send_one_and_its_echo);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void send_ignored(void)
{
	struct stop_signals *signals;
	_Atomic int stop = 0;
	struct error err;

	signal(SIGINT, SIG_IGN);
	if (stop_signals_new(&signals, &stop, &err))
		_exit(1);
	kill(getpid(), SIGINT);
	pause_ms(100);
	_exit(atomic_load(&stop) ? 2 : 0);
}

static void leaves_an_ignored_signal_ignored(void **state)
{
	int status = status_of_child(send_ignored);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_the_first_signal),
		cmocka_unit_test(dies_of_the_second),
		cmocka_unit_test(lives_on_after_the_same_signal_sent_twice_at_once),
		cmocka_unit_test(leaves_an_ignored_signal_ignored),
	};

	/* A shell that runs tests in the background lets them ignore it. */
	signal(SIGINT, SIG_DFL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
