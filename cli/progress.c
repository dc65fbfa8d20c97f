#include "cli/progress.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/deadline.h"

#define FIRST_DRAWING_NS 1000000000ull
#define DRAWING_PERIOD_NS 100000000l
#define USUAL_COLUMNS 80u

struct progress {
	pthread_t thread;
	pthread_mutex_t lock; /* of everything below; held while the terminal is somebody else's */
	pthread_cond_t changed;
	int descriptor;
	bool ended, drawn;
	const struct scan_progress *counters; /* NULL: nothing is being scanned */
	char *label;
	uint64_t began_ns;
};

static size_t terminal_columns(int descriptor)
{
	struct winsize size;

	if (ioctl(descriptor, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return USUAL_COLUMNS;
	return size.ws_col;
}

/* A terminal that does not take all of it shows less; the next drawing comes soon. */
static void put(const struct progress *progress, const char *data, size_t length)
{
	ssize_t written = write(progress->descriptor, data, length);

	(void)written;
}

static void take_away(struct progress *progress)
{
	static const char clear_line[] = "\r\x1b[K";

	if (progress->drawn)
		put(progress, clear_line, sizeof(clear_line) - 1);
	progress->drawn = false;
}

static void draw(struct progress *progress)
{
	uint64_t elapsed_ns = clock_now_ns() - progress->began_ns;
	struct text text = { 0 };

	if (!progress->counters || elapsed_ns < FIRST_DRAWING_NS)
		return;

	const struct progress_view view = {
		.label = progress->label ? progress->label : "",
		.done = atomic_load(&progress->counters->bytes_done),
		.total = atomic_load(&progress->counters->bytes_total),
		.hits = atomic_load(&progress->counters->hits),
		.seconds = (double)elapsed_ns / 1e9,
		.columns = terminal_columns(progress->descriptor),
	};

	text_add_byte(&text, '\r');
	progress_render(&text, &view);
	text_add(&text, "\x1b[K");
	if (!text.failed) {
		put(progress, text.data, text.length);
		progress->drawn = true;
	}
	text_release(&text);
}

static struct timespec next_drawing(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += DRAWING_PERIOD_NS;
	if (at.tv_nsec >= 1000000000l) {
		at.tv_nsec -= 1000000000l;
		at.tv_sec++;
	}
	return at;
}

static void *run(void *context)
{
	struct progress *progress = context;

	pthread_mutex_lock(&progress->lock);
	while (!progress->ended) {
		struct timespec at = next_drawing();

		if (pthread_cond_timedwait(&progress->changed, &progress->lock, &at) == ETIMEDOUT)
			draw(progress);
	}
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

static bool can_take_a_line_back(int descriptor)
{
	const char *terminal = getenv("TERM");

	return isatty(descriptor) && (!terminal || strcmp(terminal, "dumb") != 0);
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

int progress_new(struct progress **out, int descriptor, struct error *err)
{
	struct progress *progress;
	int failure;

	if (!can_take_a_line_back(descriptor)) {
		*out = NULL;
		return 0;
	}
	progress = calloc(1, sizeof(*progress));
	if (!progress)
		return error_no_memory(err, "the progress bar");
	progress->descriptor = descriptor;
	pthread_mutex_init(&progress->lock, NULL);
	init_condition(&progress->changed);
	failure = pthread_create(&progress->thread, NULL, run, progress);
	if (failure) {
		free(progress);
		return error_set(err, ERROR_SYSTEM, failure, "start the progress bar");
	}
	*out = progress;
	return 0;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->ended = true;
	take_away(progress);
	pthread_cond_signal(&progress->changed);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	pthread_cond_destroy(&progress->changed);
	pthread_mutex_destroy(&progress->lock);
	free(progress->label);
	free(progress);
}

void progress_begin(struct progress *progress, const char *label,
		    const struct scan_progress *counters)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	free(progress->label);
	progress->label = strdup(label);
	progress->counters = counters;
	progress->began_ns = clock_now_ns();
	pthread_mutex_unlock(&progress->lock);
}

void progress_end(struct progress *progress)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	take_away(progress);
	progress->counters = NULL;
	pthread_mutex_unlock(&progress->lock);
}

void progress_pause(struct progress *progress)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->lock);
	take_away(progress);
}

void progress_resume(struct progress *progress)
{
	if (progress)
		pthread_mutex_unlock(&progress->lock);
}
