#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/hit_queue.h"
#include "scanners/judge.h"
#include "small_scan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_BYTES 65536

static const char rules[] =
	"rule first { strings: $s = \"hit\" $t = \"HIT\" condition: any of them }\n"
	"rule second { strings: $u = \"Hit\" condition: $u }\n"
	"rule never { condition: false }\n";

/* All that a hit says, as text; refuses the call of that number (from 1). */
struct listener {
	char text[TEXT_BYTES];
	size_t length, calls, refused_at;
};

static void say(struct listener *listener, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct listener *listener, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(listener->text + listener->length, TEXT_BYTES - listener->length, format,
			   arguments);
	va_end(arguments);
	listener->length += (size_t)length;
	if (listener->length >= TEXT_BYTES)
		abort();
}

static void say_match(struct listener *listener, const struct hit_match *match)
{
	say(listener, "  $%s %llx+%llu %.*s|%.*s|%.*s in %s %s %s at %llu\n", match->string->name,
	    (unsigned long long)match->address, (unsigned long long)match->length,
	    (int)match->before.length, (const char *)match->before.data, (int)match->data.length,
	    (const char *)match->data.data, (int)match->after.length,
	    (const char *)match->after.data, match->has_vma ? match->vma.protection : "nothing",
	    match->has_vma ? match->vma.kind : "",
	    match->image_file ? match->image_file : "no file",
	    (unsigned long long)match->image_offset);
}

static int on_hit(void *context, const struct hit *hit, struct error *err)
{
	struct listener *listener = context;

	if (++listener->calls == listener->refused_at)
		return error_set(err, ERROR_SYSTEM, 0, "nobody listens");
	say(listener, "%u %s %s: %llu, first %s\n", hit->target->pid, hit->target->name,
	    hit->rule->name, (unsigned long long)hit->match_count,
	    hit->has_first ? hit->first_string : "none");
	for (size_t i = 0; i < hit->match_count_listed; i++)
		say_match(listener, &hit->matches[i]);
	return 0;
}

static int on_log(void *context, const struct console_message *message, struct error *err)
{
	struct listener *listener = context;

	if (++listener->calls == listener->refused_at)
		return error_set(err, ERROR_SYSTEM, 0, "nobody listens");
	say(listener, "%u %s %s says %.*s\n", message->target->pid, message->target->name,
	    message->rule->name, (int)message->text.length, (const char *)message->text.data);
	return 0;
}

struct fixture {
	struct small_scan scan;
	struct listener listener;
	struct hit_sink sink;
	struct hit_queue_plan plan;
	struct container container;
	struct hit_queue *queue;
	_Atomic uint64_t hits;
};

static void make(struct fixture *fixture, uint64_t held_bytes)
{
	*fixture = (struct fixture){ 0 };
	small_scan_make(&fixture->scan, rules, SMALL_PROCESSES, BYTES_HERE);
	fixture->scan.options.memory.memory_bytes = 1 << 20;
	fixture->sink =
		(struct hit_sink){ .context = &fixture->listener, .hit = on_hit, .log = on_log };
	fixture->plan = (struct hit_queue_plan){
		.sink = &fixture->sink,
		.targets = fixture->scan.targets,
		.files = fixture->scan.files,
		.container = &fixture->container,
		.hit_count = &fixture->hits,
		.rules = fixture->scan.ruleset,
		.memory = &fixture->scan.options.memory,
		.held_bytes = held_bytes,
	};
	assert_int_equal(hit_queue_new(&fixture->queue, &fixture->plan, NULL), 0);
}

static void release(struct fixture *fixture)
{
	hit_queue_free(fixture->queue);
	small_scan_release(&fixture->scan);
}

/* The last process but one has no hit. */
static void judge(struct fixture *fixture, size_t number)
{
	const struct judge judge = { fixture->scan.rules, &fixture->scan.options,
				     fixture->scan.files, fixture->scan.warnings };
	uint64_t address = (number + 1) << 20;
	const struct small_matches found[] = { { "u", address + 9, 1, 0 },
					       { "s", address + 64, number + 1, 16 },
					       { "t", address, 2, 4 } };
	size_t count = number == SMALL_PROCESSES - 2 ? 0 : COUNT(found) - number % 2;

	assert_int_equal(judge_target(&judge, &fixture->scan.targets->targets[number],
				      small_scan_matches(&fixture->scan, found, count), NULL),
			 0);
}

static int done(struct fixture *fixture, size_t number, struct error *err)
{
	judge(fixture, number);
	return hit_queue_done(fixture->queue, number, err);
}

static size_t hits_of(size_t number)
{
	return number == SMALL_PROCESSES - 2 ? 0 : 2;
}

#define ALL_HITS ((SMALL_PROCESSES - 1) * 2)

/* What is said when all targets are done in their order. */
static void expected_text(char *out)
{
	static struct fixture fixture;

	make(&fixture, 0);
	for (size_t i = 0; i < SMALL_PROCESSES; i++)
		assert_int_equal(done(&fixture, i, NULL), 0);
	assert_int_equal(hit_queue_count(fixture.queue), ALL_HITS);
	memcpy(out, fixture.listener.text, fixture.listener.length + 1);
	release(&fixture);
}

static void a_hit_says_what_and_where(void **state)
{
	static const char expected[] = "1 small first: 3, first s\n"
				       "  $s 100040+3 <|hit|>> in rw-p heap pages-1.img at 64\n"
				       "  $t 100000+3 <|hit|>> in rw-p heap pages-1.img at 0\n"
				       "  $t 100004+3 <|hit|>> in rw-p heap pages-1.img at 4\n"
				       "1 small second: 1, first u\n"
				       "  $u 100009+3 <|hit|>> in rw-p heap pages-1.img at 9\n";
	static struct fixture fixture;

	(void)state;
	make(&fixture, 0);
	assert_int_equal(done(&fixture, 0, NULL), 0);
	assert_string_equal(fixture.listener.text, expected);
	assert_int_equal(hit_queue_count(fixture.queue), 2);
	assert_int_equal(fixture.hits, 2);
	release(&fixture);
}

/* Of each match: where its first byte is, and whether any byte is the mapped file's. */
static int on_sourced_hit(void *context, const struct hit *hit, struct error *err)
{
	struct listener *listener = context;

	(void)err;
	for (size_t i = 0; i < hit->match_count_listed; i++) {
		const struct hit_match *match = &hit->matches[i];

		say(listener, "%llx %s+%llu %u %s\n", (unsigned long long)match->address,
		    match->image_file ? match->image_file : "none",
		    (unsigned long long)match->image_offset, match->image_layer,
		    match->from_file ? "file" : "dump");
	}
	return 0;
}

/* Process 1 maps a file: its first page is in a parent's image, the second the file's own. */
static void a_match_says_where_its_bytes_are_from(void **state)
{
	static const struct piece piece = { .length = 2 * SMALL_PAGE };
	static const struct content content = { 2 * SMALL_PAGE, &piece, 1 };
	static const struct content *const contents[] = { &content };
	const uint64_t start = UINT64_C(1) << 20, page = start + SMALL_PAGE;
	const struct small_matches found[] = { { "s", start, 1, 0 },
					       { "s", page - 3, 3, 2 },
					       { "t", page + 9, 1, 0 } };
	static struct fixture fixture;
	struct target_list *targets;

	(void)state;
	make(&fixture, 0);
	fixture.sink.hit = on_sourced_hit;
	fixture.scan.vmas[0].end += SMALL_PAGE;
	fixture.scan.vmas[0].backing = BACKING_FILE;
	fixture.scan.processes[0].contents = contents;
	fixture.scan.image.layer = 1;
	target_list_free(fixture.scan.targets);
	assert_int_equal(target_list_new(&targets, &fixture.scan.checkpoint, NULL,
					 &fixture.scan.options, NULL),
			 0);
	fixture.scan.targets = fixture.plan.targets = targets;

	const struct judge judge = { fixture.scan.rules, &fixture.scan.options, fixture.scan.files,
				     fixture.scan.warnings };

	assert_int_equal(judge_target(&judge, &targets->targets[0],
				      small_scan_matches(&fixture.scan, found, COUNT(found)), NULL),
			 0);
	assert_int_equal(hit_queue_done(fixture.queue, 0, NULL), 0);
	assert_string_equal(fixture.listener.text, "100000 pages-1.img+0 1 dump\n"
						   "100ffd pages-1.img+4093 1 dump\n"
						   "100fff pages-1.img+4095 1 file\n"
						   "101001 none+0 0 file\n"
						   "101009 none+0 0 file\n");
	release(&fixture);
}

/* A memory file of zeros, then the second page of the page image, where that page lies at 64 packed. */
static void a_match_in_a_memory_file_has_its_image(void **state)
{
	static const struct packed_pages packed[] = { { 0, 0 }, { SMALL_PAGE, 64 } };
	static const struct piece pieces[] = {
		{ .length = SMALL_PAGE, .kind = PIECE_ZERO },
		{ .start = SMALL_PAGE, .length = SMALL_PAGE, .offset = SMALL_PAGE }
	};
	static struct captured item = { .kind = TARGET_FILE,
					.origin = ORIGIN_MEMFD,
					.object = "1",
					.content = { 2 * SMALL_PAGE, pieces, 2 } };
	static const struct captured_list captured = { .items = &item, .count = 1 };
	const struct small_matches found[] = { { "s", SMALL_PAGE - 1, 2, 1 } };
	static struct fixture fixture;
	struct target_list *targets;

	(void)state;
	make(&fixture, 0);
	targets = fixture.scan.targets;
	assert_int_equal(target_list_add_captured(targets, &fixture.scan.checkpoint, &captured,
						  &fixture.scan.options, NULL),
			 0);
	fixture.scan.image.packed = packed;
	fixture.scan.image.packed_count = COUNT(packed);
	fixture.sink.hit = on_sourced_hit;
	fixture.plan.checkpoint = &fixture.scan.checkpoint;
	hit_queue_free(fixture.queue);
	assert_int_equal(hit_queue_new(&fixture.queue, &fixture.plan, NULL), 0);

	const struct judge judge = { fixture.scan.rules, &fixture.scan.options, fixture.scan.files,
				     fixture.scan.warnings };

	assert_int_equal(judge_target(&judge, &targets->targets[SMALL_PROCESSES],
				      small_scan_matches(&fixture.scan, found, COUNT(found)), NULL),
			 0);
	assert_int_equal(hit_queue_flush(fixture.queue, NULL), 0);
	assert_string_equal(fixture.listener.text, "fff none+0 0 dump\n"
						   "1000 pages-1.img+64 0 dump\n");
	release(&fixture);
}

static const struct {
	const char *name;
	size_t order[SMALL_PROCESSES];
} orders[] = {
	{ "ascending", { 0, 1, 2, 3, 4, 5, 6, 7 } },
	{ "descending", { 7, 6, 5, 4, 3, 2, 1, 0 } },
	{ "the first last", { 1, 2, 3, 4, 5, 6, 7, 0 } },
	{ "mixed", { 3, 0, 6, 1, 7, 2, 5, 4 } },
};

static void hits_come_in_order_of_targets_whatever_ends_first(void **state)
{
	static struct fixture fixture;
	char expected[TEXT_BYTES];

	(void)state;
	expected_text(expected);
	for (size_t i = 0; i < COUNT(orders); i++) {
		/* In memory, in a file from the first byte on, and where no file is allowed. */
		for (int form = 0; form < 3; form++) {
			print_message("%s, %d\n", orders[i].name, form);
			make(&fixture, form ? 1 : 0);
			fixture.scan.options.memory.no_spill = form == 2;
			for (size_t j = 0; j < SMALL_PROCESSES; j++)
				assert_int_equal(done(&fixture, orders[i].order[j], NULL), 0);
			assert_string_equal(fixture.listener.text, expected);
			assert_int_equal(hit_queue_flush(fixture.queue, NULL), 0);
			assert_int_equal(hit_queue_count(fixture.queue), ALL_HITS);
			assert_int_equal(fixture.hits, ALL_HITS);
			release(&fixture);
		}
	}
}

static void a_hit_waits_only_for_lower_targets(void **state)
{
	static struct fixture fixture;
	size_t hits = 0;

	(void)state;
	make(&fixture, 0);
	assert_int_equal(done(&fixture, 2, NULL), 0);
	assert_int_equal(fixture.listener.calls, 0);
	assert_int_equal(done(&fixture, 0, NULL), 0);
	assert_int_equal(fixture.listener.calls, hits_of(0));
	assert_int_equal(done(&fixture, 1, NULL), 0);
	hits = hits_of(0) + hits_of(1) + hits_of(2);
	assert_int_equal(fixture.listener.calls, hits);
	release(&fixture);
}

/* Waiting hits leave memory only beyond the limit, and only where a file is allowed. */
static void waiting_hits_go_to_a_file_beyond_the_limit(void **state)
{
	static const struct {
		const char *name;
		uint64_t held_bytes;
		bool no_spill, in_memory;
	} cases[] = {
		{ "within the limit", 0, false, true },
		{ "beyond it", 1, false, false },
		{ "beyond it without a file", 1, true, true },
	};
	static struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		make(&fixture, cases[i].held_bytes);
		fixture.scan.options.memory.no_spill = cases[i].no_spill;
		for (size_t number = SMALL_PROCESSES - 1; number > 0; number--) {
			const struct target *target = &fixture.scan.targets->targets[number];

			assert_int_equal(done(&fixture, number, NULL), 0);
			if (hits_of(number))
				assert_int_equal(target->hits != NULL, cases[i].in_memory);
		}
		assert_int_equal(fixture.listener.calls, 0);
		release(&fixture);
	}
}

/* The limit is what the first three take together: a fourth one's go to the file. */
static void hits_that_fit_stay_in_memory(void **state)
{
	static struct fixture fixture;
	const struct target *targets;

	(void)state;
	make(&fixture, 0);
	targets = fixture.scan.targets->targets;
	for (size_t number = 1; number < 5; number++) {
		judge(&fixture, number);
		if (number < 4)
			fixture.plan.held_bytes += held_hits_bytes(targets[number].hits);
	}
	for (size_t number = 1; number < 5; number++) {
		assert_int_equal(hit_queue_done(fixture.queue, number, NULL), 0);
		assert_int_equal(targets[number].hits != NULL, number < 4);
	}
	/* What was delivered takes nothing any more. */
	assert_int_equal(done(&fixture, 0, NULL), 0);
	assert_int_equal(done(&fixture, 7, NULL), 0);
	assert_non_null(targets[7].hits);
	release(&fixture);
}

static void a_flush_passes_over_what_was_never_done(void **state)
{
	static struct fixture fixture;

	(void)state;
	for (uint64_t held_bytes = 0; held_bytes < 2; held_bytes++) {
		make(&fixture, held_bytes);
		assert_int_equal(done(&fixture, 5, NULL), 0);
		assert_int_equal(done(&fixture, 3, NULL), 0);
		assert_int_equal(fixture.listener.calls, 0);
		assert_int_equal(hit_queue_flush(fixture.queue, NULL), 0);
		assert_int_equal(fixture.listener.calls, hits_of(3) + hits_of(5));
		assert_memory_equal(fixture.listener.text, "4 small first", 13);
		assert_int_equal(hit_queue_flush(fixture.queue, NULL), 0);
		assert_int_equal(fixture.listener.calls, hits_of(3) + hits_of(5));
		release(&fixture);
	}
}

static void a_sink_that_refused_is_not_called_again(void **state)
{
	static struct fixture fixture;

	(void)state;
	for (size_t at = 1; at <= ALL_HITS; at++) {
		struct error err = { 0 };
		int ret = 0;

		make(&fixture, at % 2);
		fixture.listener.refused_at = at;
		for (size_t i = SMALL_PROCESSES; i-- > 0;)
			ret = done(&fixture, i, &err);
		assert_int_equal(ret, ERROR_SYSTEM);
		assert_string_equal(err.message, "nobody listens");
		assert_int_equal(fixture.listener.calls, at);
		assert_int_equal(hit_queue_count(fixture.queue), at - 1);

		struct error again = { 0 };

		assert_int_equal(hit_queue_flush(fixture.queue, &again), ERROR_SYSTEM);
		assert_string_equal(again.message, "nobody listens");
		assert_int_equal(fixture.listener.calls, at);
		release(&fixture);
	}
}

/* What came last may know a process better than the model that the search stood on. */
static void names_come_from_the_facts_where_they_are_apart(void **state)
{
	static struct fixture fixture;
	struct process processes[SMALL_PROCESSES];
	struct checkpoint facts;

	(void)state;
	make(&fixture, 0);
	memcpy(processes, fixture.scan.processes, sizeof(processes));
	processes[0].name = "known";
	facts = fixture.scan.checkpoint;
	facts.processes = processes;
	fixture.plan.facts = &facts;
	assert_int_equal(done(&fixture, 0, NULL), 0);
	assert_memory_equal(fixture.listener.text, "1 known first: 3", 16);
	release(&fixture);
}

/* In the place of what a judge holds: verdicts with console lines. */
static void hold_lines(struct fixture *fixture, size_t number)
{
	enum verdict verdicts[] = { VERDICT_FALSE, VERDICT_TRUE, VERDICT_FALSE };
	struct console_line lines[] = {
		{ 0, { (const uint8_t *)"one", 3 } },
		{ 1, { (const uint8_t *)"two", 3 } },
		{ 1, { (const uint8_t *)"three", 5 } },
		{ 2, { (const uint8_t *)"four", 4 } },
	};
	const struct verdicts judged = {
		.rules = verdicts, .count = 3, .lines = lines, .line_count = COUNT(lines)
	};
	struct match_table *matches = small_scan_matches(&fixture->scan, NULL, 0);

	assert_int_equal(held_hits_new(&fixture->scan.targets->targets[number].hits,
				       fixture->scan.ruleset, &judged, matches,
				       &fixture->scan.options, NULL),
			 0);
	match_table_free(matches);
}

static void what_rules_log_comes_by_target_and_rule_before_its_hit(void **state)
{
	static const char expected[] = "1 small first says one\n"
				       "1 small second says two\n"
				       "1 small second says three\n"
				       "1 small second: 0, first none\n"
				       "1 small never says four\n"
				       "2 small first says one\n";
	static struct fixture fixture;

	(void)state;
	/* In memory, and in a file. */
	for (uint64_t held_bytes = 0; held_bytes < 2; held_bytes++) {
		make(&fixture, held_bytes);
		for (size_t number = 2; number-- > 0;) {
			hold_lines(&fixture, number);
			assert_int_equal(hit_queue_done(fixture.queue, number, NULL), 0);
		}
		assert_memory_equal(fixture.listener.text, expected, sizeof(expected) - 1);
		assert_int_equal(hit_queue_count(fixture.queue), 2);
		release(&fixture);
	}
}

static void a_sink_that_refused_a_line_is_not_called_again(void **state)
{
	static struct fixture fixture;

	(void)state;
	for (size_t at = 1; at <= 5; at++) {
		struct error err = { 0 };

		make(&fixture, 0);
		fixture.listener.refused_at = at;
		hold_lines(&fixture, 0);
		assert_int_equal(hit_queue_done(fixture.queue, 0, &err), ERROR_SYSTEM);
		assert_string_equal(err.message, "nobody listens");
		assert_int_equal(fixture.listener.calls, at);
		release(&fixture);
	}
}

struct worker {
	struct fixture *fixture;
	size_t first;
	int ret;
};

static void *work(void *context)
{
	struct worker *worker = context;

	for (size_t i = worker->first; i < SMALL_PROCESSES; i += 2)
		worker->ret |= hit_queue_done(worker->fixture->queue, i, NULL);
	return NULL;
}

static void workers_may_be_done_at_the_same_time(void **state)
{
	static struct fixture fixture;
	char expected[TEXT_BYTES];

	(void)state;
	expected_text(expected);
	for (uint64_t round = 0; round < 20; round++) {
		struct worker workers[2] = { { .fixture = &fixture, .first = 0 },
					     { .fixture = &fixture, .first = 1 } };
		pthread_t other;

		make(&fixture, round & 1);
		for (size_t i = 0; i < SMALL_PROCESSES; i++)
			judge(&fixture, i);
		assert_int_equal(pthread_create(&other, NULL, work, &workers[1]), 0);
		work(&workers[0]);
		pthread_join(other, NULL);
		assert_int_equal(workers[0].ret | workers[1].ret, 0);
		assert_string_equal(fixture.listener.text, expected);
		release(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hit_says_what_and_where),
		cmocka_unit_test(a_match_says_where_its_bytes_are_from),
		cmocka_unit_test(a_match_in_a_memory_file_has_its_image),
		cmocka_unit_test(hits_come_in_order_of_targets_whatever_ends_first),
		cmocka_unit_test(a_hit_waits_only_for_lower_targets),
		cmocka_unit_test(waiting_hits_go_to_a_file_beyond_the_limit),
		cmocka_unit_test(hits_that_fit_stay_in_memory),
		cmocka_unit_test(a_flush_passes_over_what_was_never_done),
		cmocka_unit_test(a_sink_that_refused_is_not_called_again),
		cmocka_unit_test(what_rules_log_comes_by_target_and_rule_before_its_hit),
		cmocka_unit_test(a_sink_that_refused_a_line_is_not_called_again),
		cmocka_unit_test(names_come_from_the_facts_where_they_are_apart),
		cmocka_unit_test(workers_may_be_done_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
