#include "bench/subject.h"

#include <pthread.h>
#include <stdlib.h>

#include "scanners/judge.h"

struct judging;

/* One target, judged by whichever worker comes first. */
struct judged_target {
	struct work work; /* first: the queue's view of it */
	struct judging *judging;
	const struct judge *judge;
	const struct target *target;
	const struct match_table *matches;
};

struct judging {
	struct judge *judges; /* of each part */
	struct judged_target *targets;
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t left;
	int ret; /* the first failure, told in @problem */
	struct error problem;
};

/* A limit of time, or bytes that could not be read: the scan has told of them. */
static bool ends_all(int ret)
{
	return ret == ERROR_MEMORY || ret == ERROR_INTERRUPTED;
}

static void judge_one(struct work *work, size_t worker)
{
	struct judged_target *judged = (struct judged_target *)work;
	struct judging *judging = judged->judging;
	struct verdicts verdicts = { 0 };
	struct error err;
	int ret = judge_evaluate(judged->judge, judged->target, judged->matches, &verdicts, &err);

	(void)worker;
	verdicts_release(&verdicts);
	pthread_mutex_lock(&judging->lock);
	if (ends_all(ret) && !judging->ret) {
		judging->ret = ret;
		judging->problem = err;
	}
	if (!--judging->left)
		pthread_cond_signal(&judging->changed);
	pthread_mutex_unlock(&judging->lock);
}

static size_t count_targets(const struct subject *subject)
{
	size_t count = 0;

	for (size_t i = 0; i < subject->count; i++)
		count += subject->parts[i].targets->count;
	return count;
}

static void prepare_part(struct judging *judging, const struct judge *judge,
			 const struct subject_part *part)
{
	for (size_t i = 0; i < part->targets->count; i++)
		judging->targets[judging->count++] = (struct judged_target){
			.work = { .run = judge_one, .node = SIZE_MAX },
			.judging = judging,
			.judge = judge,
			.target = &part->targets->targets[i],
			.matches = part->matches[i],
		};
}

static void run_all(struct judging *judging, struct workers *workers)
{
	judging->left = judging->count;
	pthread_mutex_init(&judging->lock, NULL);
	pthread_cond_init(&judging->changed, NULL);
	for (size_t i = 0; i < judging->count; i++)
		workers_add(workers, &judging->targets[i].work);
	pthread_mutex_lock(&judging->lock);
	while (judging->left)
		pthread_cond_wait(&judging->changed, &judging->lock);
	pthread_mutex_unlock(&judging->lock);
	pthread_mutex_destroy(&judging->lock);
	pthread_cond_destroy(&judging->changed);
}

int subject_judge(struct subject *subject, struct workers *workers,
		  const struct compiled_rules *rules, struct error *err)
{
	struct judging judging = { 0 };
	int ret = 0;

	judging.judges = calloc(subject->count + 1, sizeof(judging.judges[0]));
	judging.targets = calloc(count_targets(subject) + 1, sizeof(judging.targets[0]));
	if (!judging.judges || !judging.targets) {
		ret = error_no_memory(err, "targets");
		goto out;
	}
	for (size_t i = 0; i < subject->count; i++) {
		judging.judges[i] =
			(struct judge){ rules, subject->options, operand_files(subject->operand),
					subject->parts[i].opened.warnings };
		prepare_part(&judging, &judging.judges[i], &subject->parts[i]);
	}
	run_all(&judging, workers);
	ret = judging.ret;
	if (ret && err)
		*err = judging.problem;
out:
	free(judging.judges);
	free(judging.targets);
	return ret;
}
