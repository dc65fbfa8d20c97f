#include "cli/stop_signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "engine/base/deadline.h"

/* timeout(1) signals the program and then its group, which the program is in too. */
#define ECHO_SECONDS 0.5

struct stop_signals {
	pthread_t thread;
	_Atomic int *stop;
	int signals, ended; /* descriptors: what came, and that nobody listens any more */
	sigset_t listened, mask_before;
	struct deadline echo_ends;
};

static void add_unless_ignored(sigset_t *set, int number)
{
	struct sigaction action;

	if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
		sigaddset(set, number);
}

/* As if the signal had come to a program that does not listen. */
static void die_of(const struct stop_signals *signals, int number)
{
	raise(number);
	pthread_sigmask(SIG_UNBLOCK, &signals->listened, NULL);
}

static void take_signal(struct stop_signals *signals)
{
	struct signalfd_siginfo info;

	if (read(signals->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (!atomic_exchange(signals->stop, (int)info.ssi_signo))
		signals->echo_ends = deadline_in_seconds(ECHO_SECONDS);
	else if (deadline_passed(signals->echo_ends))
		die_of(signals, (int)info.ssi_signo);
}

static void *listen_to_signals(void *context)
{
	struct stop_signals *signals = context;

	for (;;) {
		struct pollfd descriptors[] = { { .fd = signals->signals, .events = POLLIN },
						{ .fd = signals->ended, .events = POLLIN } };

		if (poll(descriptors, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (descriptors[1].revents)
			return NULL;
		if (descriptors[0].revents)
			take_signal(signals);
	}
}

static int start(struct stop_signals *signals, struct error *err)
{
	int failure;

	signals->signals = signalfd(-1, &signals->listened, SFD_CLOEXEC);
	signals->ended = eventfd(0, EFD_CLOEXEC);
	if (signals->signals < 0 || signals->ended < 0)
		return error_set(err, ERROR_SYSTEM, errno, "listen to signals");
	failure = pthread_create(&signals->thread, NULL, listen_to_signals, signals);
	return failure ? error_set(err, ERROR_SYSTEM, failure, "listen to signals") : 0;
}

/* A program that was told to stop is ending: the echo that comes now must not change how. */
static void release(struct stop_signals *signals)
{
	if (!atomic_load(signals->stop))
		pthread_sigmask(SIG_SETMASK, &signals->mask_before, NULL);
	if (signals->signals >= 0)
		close(signals->signals);
	if (signals->ended >= 0)
		close(signals->ended);
	free(signals);
}

int stop_signals_new(struct stop_signals **out, _Atomic int *stop, struct error *err)
{
	struct stop_signals *signals = calloc(1, sizeof(*signals));
	int ret;

	if (!signals)
		return error_no_memory(err, "signals");
	signals->stop = stop;
	signals->signals = signals->ended = -1;
	sigemptyset(&signals->listened);
	add_unless_ignored(&signals->listened, SIGINT);
	add_unless_ignored(&signals->listened, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals->listened, &signals->mask_before);
	ret = start(signals, err);
	if (ret) {
		release(signals);
		return ret;
	}
	*out = signals;
	return 0;
}

void stop_signals_free(struct stop_signals *signals)
{
	if (!signals)
		return;
	eventfd_write(signals->ended, 1);
	pthread_join(signals->thread, NULL);
	release(signals);
}
