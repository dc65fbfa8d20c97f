/*
 * Real memory against YARA itself: the blocks of every process of the fixtures are given to libyara as the memory of a
 * process, with the same edges. Rules true, starts, and everything that conditions read of the bytes must be equal.
 * What conditions come to is told by console.log(), so that a wrong number cannot hide behind a comparison.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yara.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/search.h"
#include "rules/compiled_rules.h"
#include "scanners/process_memory.h"
#include "tests/unit/scanners/planted_chain.h"

#define EXIT_SKIPPED 77
#define MOST_BLOCK_BYTES (UINT64_C(64) << 20)

/* Nearly all of the time is libyara's, which has no sanitizers: with ours the first fixtures run all that all of them do. */
#ifdef __SANITIZE_ADDRESS__
#define FIXTURES 2
#else
#define FIXTURES (sizeof(fixtures) / sizeof(*fixtures))
#endif

/* A block as YARA gets it. */
struct memory_block {
	uint64_t address, length;
	uint8_t *data;
};

struct memory {
	const struct planted *planted;
	struct process_memory *process;
	struct block_list *list;
	struct memory_block *blocks; /* by address */
	size_t count, capacity;
};

/* What one of the two says: a line for each true rule, start and console message, sorted. */
struct findings {
	struct text text;
};

/* The bytes. */

static void read_block(const struct memory *memory, const struct memory_block *block)
{
	uint8_t buffer[4096];
	struct bytes part;

	for (uint64_t at = 0; at < block->length; at += part.length) {
		assert_int_equal(process_memory_lend(memory->process, memory->planted->files,
						     block->address + at,
						     (size_t)(block->length - at), buffer,
						     sizeof(buffer), &part, NULL),
				 0);
		assert_true(part.length > 0);
		memcpy(block->data + at, part.data, part.length);
	}
}

static void add_block(struct memory *memory, const struct address_range *range)
{
	struct memory_block *grown =
		array_grow(memory->blocks, &memory->capacity, memory->count + 1, sizeof(*grown));
	uint64_t length = range->end - range->start;

	assert_non_null(grown);
	assert_true(length <= MOST_BLOCK_BYTES);
	memory->blocks = grown;
	grown += memory->count++;
	*grown = (struct memory_block){ range->start, length, malloc((size_t)length) };
	assert_non_null(grown->data);
	read_block(memory, grown);
}

/* Also those that were never written and are not searched: conditions read their zeros. */
static void memory_open(struct memory *memory, const struct planted *planted,
			const struct process *process)
{
	struct address_range range = { 0 };

	*memory = (struct memory){ .planted = planted };
	assert_int_equal(process_memory_new(&memory->process, planted->checkpoint, process, NULL),
			 0);
	assert_int_equal(block_list_new(&memory->list, NULL), 0);
	assert_int_equal(process_memory_blocks(memory->process, NULL, 0, PURPOSE_PROCESS,
					       memory->list, NULL, NULL),
			 0);
	while (process_memory_next_block(memory->process, range.end, &range))
		add_block(memory, &range);
}

static void memory_close(struct memory *memory)
{
	for (size_t i = 0; i < memory->count; i++)
		free(memory->blocks[i].data);
	free(memory->blocks);
	block_list_free(memory->list);
	process_memory_free(memory->process);
}

/* The rules. */

/* Strings of every kind; none that zeros alone can match, and none with ^ or $, whose edges may be unseen here. */
static const char fixed_rules[] =
	"import \"console\"\nimport \"math\"\nimport \"hash\"\n"
	"rule texts { strings: $a = \"GLIBC\" $b = \"secret\" nocase $c = \"PATH\" wide ascii\n"
	"  $d = \"lib\" fullword $e = \"root\" xor(1-255) $f = \"redis\" $g = \"e\" wide\n"
	"  condition: any of them }\n"
	"rule hex { strings: $a = { 7F 45 4C 46 ?? 01 } $b = { 48 8? ( 05 | 0D [1-3] 0? ) ?? ?? }\n"
	"  $c = { 01 00 00 00 [2-6] ?F 7F } $d = { 4? 5? 6? } condition: any of them }\n"
	"rule regexes { strings: $a = /[a-z]{4,8}=[0-9]+/ $b = /https?:\\/\\/[a-z.]{3,20}/ nocase\n"
	"  $c = /\\b[A-Z][a-z]{3,9}\\b/ $d = /[A-Za-z0-9+\\/]{40,64}/ $e = /(ab|cd|e+f)[^a-z]/ "
	"wide ascii\n"
	"  condition: any of them }\n"
	"rule counts { strings: $a = \"lib\" $b = \"the\" nocase condition: #a > 3 and #b in "
	"(0..0x7fffffffffff) >= 0\n"
	"  and for any i in (1..#a) : ( uint8(@a[i] + 3) == 0x63 and uint16be(@a[i]) == 0x6c69 ) "
	"}\n"
	"rule sets { strings: $a = \"alpha\" $b = \"beta\" $c = \"PATH\" $d = \"lib\"\n"
	"  condition: 2 of them or 1 of ($c, $d) in (0x1000..0x7fffffffffffffff) }\n"
	"rule never { condition: filesize < 10MB or uint16(0) == 0x5a4d or not filesize > 0 }\n"
	"rule whole { condition: console.log(\"md5 \", hash.md5(0, filesize)) or math.entropy(0, "
	"100) > 0 }\n";

static const char *const reads[] = { "uint8",  "int8",	   "uint16", "int16be",
				     "uint32", "uint32be", "int32" };

static void add_read(struct text *rules, size_t number, uint64_t address)
{
	for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++)
		text_add_format(rules,
				"rule read_%zu_%s { condition: console.log(\"%s %#llx \", "
				"%s(%#llx)) }\n",
				number, reads[i], reads[i], (unsigned long long)address, reads[i],
				(unsigned long long)address);
}

/*
 * Ranges do not end with a block: YARA 4.2 takes a gap behind it for one within the range, 4.5 does not. And the two
 * measures of order are left out, which differ where a range spans blocks.
 */
static void add_range(struct text *rules, size_t number, uint64_t address, uint64_t length)
{
	static const char *const functions[] = { "hash.md5",   "hash.sha1",	  "hash.sha256",
						 "hash.crc32", "hash.checksum32", "math.entropy",
						 "math.mean" };

	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		text_add_format(
			rules,
			"rule range_%zu_%zu { condition: console.log(\"%s %zu \", %s(%#llx, "
			"%llu)) }\n",
			number, i, functions[i], number, functions[i], (unsigned long long)address,
			(unsigned long long)length);
}

/* At both ends and in the middle of blocks, across their ends, and beside them. */
static void add_places(struct text *rules, const struct memory *memory)
{
	size_t step = memory->count / 12 + 1, number = 0;

	for (size_t i = 0; i < memory->count; i += step) {
		const struct memory_block *block = &memory->blocks[i];
		uint64_t end = block->address + block->length;
		const uint64_t places[] = { block->address - 1,
					    block->address,
					    block->address + block->length / 2,
					    end - 4,
					    end - 3,
					    end - 1,
					    end };

		/* YARA 4.2 has no literal above 2^63. */
		if (end >> 63)
			continue;
		for (size_t j = 0; j < sizeof(places) / sizeof(*places); j++)
			add_read(rules, number++, places[j]);
		add_range(rules, number++, block->address, 100);
		add_range(rules, number++, block->address + 1, block->length - 2);
		add_range(rules, number++, end - 50, 100);
		add_range(rules, number++, end, 16);
	}
}

static void make_rules(struct text *rules, const struct memory *memory)
{
	text_add(rules, fixed_rules);
	add_places(rules, memory);
	assert_false(rules->failed);
}

/* YARA's side. */

struct walk {
	const struct memory *memory;
	size_t next;
	YR_MEMORY_BLOCK block;
};

static const uint8_t *fetch(YR_MEMORY_BLOCK *block)
{
	return ((const struct memory_block *)block->context)->data;
}

static YR_MEMORY_BLOCK *next_block(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
	struct walk *walk = iterator->context;

	iterator->last_error = ERROR_SUCCESS;
	if (walk->next == walk->memory->count)
		return NULL;

	const struct memory_block *block = &walk->memory->blocks[walk->next++];

	walk->block = (YR_MEMORY_BLOCK){ .size = (size_t)block->length,
					 .base = block->address,
					 .context = (void *)(uintptr_t)block,
					 .fetch_data = fetch };
	return &walk->block;
}

static YR_MEMORY_BLOCK *first_block(YR_MEMORY_BLOCK_ITERATOR *iterator)
{
	((struct walk *)iterator->context)->next = 0;
	return next_block(iterator);
}

static void add_start(struct findings *findings, const char *rule, const char *string,
		      uint64_t address)
{
	text_add_format(&findings->text, "%s $%s %#llx\n", rule, string,
			(unsigned long long)address);
}

/* YARA's matches lie where they fit, not where the compiler expects them. */
static void add_starts(struct findings *findings, const char *rule, const char *string,
		       const void *first)
{
	YR_MATCH match;

	for (const void *at = first; at; at = match.next) {
		memcpy(&match, at, sizeof(match));
		add_start(findings, rule, string, (uint64_t)(match.base + match.offset));
	}
}

static int heard(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
	struct findings *findings = user;
	YR_RULE *rule = data;
	YR_STRING *string;

	if (message == CALLBACK_MSG_CONSOLE_LOG)
		text_add_format(&findings->text, "said %s\n", (const char *)data);
	if (message != CALLBACK_MSG_RULE_MATCHING)
		return CALLBACK_CONTINUE;
	text_add_format(&findings->text, "%s\n", rule->identifier);
	yr_rule_strings_foreach(rule, string)
	{
		add_starts(findings, rule->identifier, string->identifier + 1,
			   context->matches[string->idx].head);
	}
	return CALLBACK_CONTINUE;
}

static void complain(int level, const char *file, int line, const YR_RULE *rule,
		     const char *message, void *user)
{
	(void)file;
	(void)rule;
	(void)user;
	if (level == YARA_ERROR_LEVEL_ERROR)
		fail_msg("YARA refuses line %d: %s", line, message);
}

static void ask_yara(struct findings *findings, const struct memory *memory, const char *text)
{
	struct walk walk = { .memory = memory };
	YR_MEMORY_BLOCK_ITERATOR iterator = { .context = &walk,
					      .first = first_block,
					      .next = next_block };
	YR_COMPILER *compiler;
	YR_RULES *rules;

	assert_int_equal(yr_compiler_create(&compiler), ERROR_SUCCESS);
	yr_compiler_set_callback(compiler, complain, NULL);
	assert_int_equal(yr_compiler_add_string(compiler, text, NULL), 0);
	assert_int_equal(yr_compiler_get_rules(compiler, &rules), ERROR_SUCCESS);
	assert_int_equal(yr_rules_scan_mem_blocks(rules, &iterator, SCAN_FLAGS_PROCESS_MEMORY,
						  heard, findings, 0),
			 ERROR_SUCCESS);
	yr_rules_destroy(rules);
	yr_compiler_destroy(compiler);
}

/* Our side. */

struct view {
	struct target_view view; /* first: the functions get this one */
	struct target_facts facts;
	const struct memory *memory;
	uint8_t buffer[4096];
};

static int lend(struct target_view *view, uint64_t address, size_t wanted, struct bytes *out,
		struct error *err)
{
	struct view *own = (struct view *)view;

	return process_memory_lend(own->memory->process, own->memory->planted->files, address,
				   wanted, own->buffer, sizeof(own->buffer), out, err);
}

static bool block_after(struct target_view *view, uint64_t address, struct address_range *out)
{
	return process_memory_next_block(((struct view *)view)->memory->process, address, out);
}

static int keep_table(void *context, uint32_t target, struct match_table *matches,
		      uint64_t bytes_lost, struct error *err)
{
	(void)target;
	(void)err;
	assert_int_equal(bytes_lost, 0);
	*(struct match_table **)context = matches;
	return 0;
}

static struct match_table *search(struct workers *workers, const struct memory *memory,
				  const struct compiled_rules *compiled)
{
	struct search_purpose purposes[PURPOSES];
	struct match_table *table = NULL;
	struct search *running;

	for (int i = 0; i < PURPOSES; i++)
		purposes[i] = (struct search_purpose){
			compiled_rules_database(compiled, (enum scan_purpose)i),
			compiled_rules_needs(compiled, (enum scan_purpose)i),
		};

	const struct search_plan plan = { .purposes = purposes,
					  .purpose_count = PURPOSES,
					  .files = memory->planted->files,
					  .match_bytes = UINT64_C(1) << 30 };

	assert_int_equal(search_new(&running, workers, &plan, keep_table, &table, NULL), 0);
	for (size_t i = 0; i < block_list_count(memory->list); i++)
		assert_int_equal(search_add(running, block_list_get(memory->list, i), NULL), 0);
	assert_int_equal(search_seal(running, 0, NULL), 0);
	assert_int_equal(search_finish(running, NULL), 0);
	return table;
}

static struct compiled_rules *compile(const char *text)
{
	const struct compile_options options = { 0 };
	const struct rule_text input = { "memory.yar", "default", string_bytes(text) };
	struct compiled_rules *compiled;
	struct diagnostics *notes;
	struct ruleset *rules;
	struct error err;

	assert_int_equal(diagnostics_new(&notes, NULL), 0);
	if (ruleset_compile(&rules, &input, 1, &options, notes, &err) ||
	    compiled_rules_new(&compiled, rules, NEED_ALL, notes, &err)) {
		size_t count;
		const struct diagnostic *list = diagnostics_list(notes, &count);

		fail_msg("%s: %s", err.message, count ? list[0].message : "");
	}
	diagnostics_free(notes);
	return compiled;
}

static void add_verdicts(struct findings *findings, const struct ruleset *ruleset,
			 const struct match_table *table, const struct verdicts *verdicts)
{
	size_t count, kept;
	uint64_t matched;
	const struct rule *const *rules = ruleset_rules(ruleset, &count);

	for (size_t i = 0; i < verdicts->line_count; i++)
		text_add_format(&findings->text, "said %.*s\n", (int)verdicts->lines[i].text.length,
				(const char *)verdicts->lines[i].text.data);
	for (size_t i = 0; i < count; i++) {
		if (verdicts->rules[i] != VERDICT_TRUE)
			continue;
		text_add_format(&findings->text, "%s\n", rules[i]->name);
		for (size_t j = 0; j < rules[i]->string_count; j++) {
			const struct rule_string *string = &rules[i]->strings[j];
			const struct match *matches =
				match_table_get(table, string->pattern, &kept, &matched);

			for (size_t k = 0; matches && k < kept; k++)
				add_start(findings, rules[i]->name, string->name,
					  matches[k].address);
		}
	}
}

static void ask_ourselves(struct findings *findings, struct workers *workers,
			  const struct memory *memory, const char *text)
{
	const struct deadlines deadlines = { 0 };
	struct compiled_rules *compiled = compile(text);
	struct match_table *table = search(workers, memory, compiled);
	struct view view = {
		.view = { .matches = table, .lend = lend, .next_block = block_after },
		.facts = { .is_process = true,
			   .lowest_address = process_memory_lowest(memory->process) },
		.memory = memory,
	};
	struct verdicts verdicts;
	struct error err;

	view.view.facts = &view.facts;
	if (ruleset_evaluate(compiled_rules_ruleset(compiled), &view.view, &deadlines, &verdicts,
			     &err))
		fail_msg("%s", err.message);
	add_verdicts(findings, compiled_rules_ruleset(compiled), table, &verdicts);
	verdicts_release(&verdicts);
	match_table_free(table);
	compiled_rules_release(compiled);
}

/* Both. */

static int compare_lines(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static size_t split_lines(char *text, char ***out)
{
	size_t count = 0, capacity = 0;
	char **lines = NULL, *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		lines = array_grow(lines, &capacity, count + 1, sizeof(*lines));
		assert_non_null(lines);
		lines[count++] = line;
	}
	qsort(lines, count, sizeof(*lines), compare_lines);
	*out = lines;
	return count;
}

static void compare_findings(const char *fixture, uint32_t pid, struct findings *yara,
			     struct findings *ours)
{
	char **theirs, **own;
	size_t yara_count = split_lines(yara->text.data, &theirs);
	size_t count = split_lines(ours->text.data, &own);

	for (size_t i = 0; i < count && i < yara_count; i++) {
		if (strcmp(own[i], theirs[i]) != 0)
			fail_msg("%s, process %u: YARA says \"%s\", we \"%s\"", fixture, pid,
				 theirs[i], own[i]);
	}
	if (count != yara_count)
		fail_msg("%s, process %u: YARA says %zu things, we %zu", fixture, pid, yara_count,
			 count);
	assert_true(count > 100);
	free(theirs);
	free(own);
}

static void check_process(const char *fixture, struct workers *workers,
			  const struct planted *planted, const struct process *process)
{
	struct findings yara = { 0 }, ours = { 0 };
	struct text rules = { 0 };
	struct memory memory;

	memory_open(&memory, planted, process);
	make_rules(&rules, &memory);
	if (getenv("SHOW_RULES"))
		fputs(rules.data, stderr);
	ask_yara(&yara, &memory, rules.data);
	ask_ourselves(&ours, workers, &memory, rules.data);
	compare_findings(fixture, process->pid, &yara, &ours);
	text_release(&rules);
	text_release(&yara.text);
	text_release(&ours.text);
	memory_close(&memory);
}

static void check_processes(const char *name, struct workers *workers,
			    const struct planted *planted)
{
	const struct checkpoint *checkpoint = planted->checkpoint;

	assert_true(checkpoint->process_count > 0);
	for (size_t i = 0; i < checkpoint->process_count; i++)
		check_process(name, workers, planted, &checkpoint->processes[i]);
}

/* The fixtures. */

static void check_archive(const char *name, const char *path, struct workers *workers)
{
	struct planted planted;

	planted_open(&planted, path);
	check_processes(name, workers, &planted);
	planted_close(&planted);
}

/* Pages that were left to a parent are those of the newest image that has them. */
static void check_chain(const char *name, const char *path, struct workers *workers)
{
	struct planted_chain chain;

	planted_chain_open(&chain, path);
	check_processes(name, workers, &chain.planted);
	planted_chain_close(&chain);
}

static void take_layer(void *context, const char *name, uint8_t *data, size_t length)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;

	(void)name;
	archive_read_support_filter_all(archive);
	archive_read_support_format_tar(archive);
	if (archive_read_open_memory(archive, data, length) == ARCHIVE_OK) {
		while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
			size_t bytes = (size_t)archive_entry_size(entry);
			uint8_t *copy = malloc(bytes + 1);

			assert_non_null(copy);
			assert_int_equal(archive_read_data(archive, copy, bytes), bytes);
			planted_take(context, planted_base(archive_entry_pathname(entry)), copy,
				     bytes);
		}
	}
	archive_read_free(archive);
	free(data);
}

/* Whatever blob of an image is an archive. */
static void check_image(const char *name, const char *path, struct workers *workers)
{
	struct planted planted;

	planted_prepare(&planted);
	planted_each(path, take_layer, &planted);
	assert_int_equal(image_set_checkpoint(planted.images,
					      &(struct model_options){ .final = true },
					      &planted.checkpoint, NULL),
			 0);
	check_processes(name, workers, &planted);
	planted_close(&planted);
}

/*
 * Both programs, chains of earlier images, and images of a registry. What other engines froze of these programs is
 * memory like this, and the 443 MB of services take YARA too long.
 */
static const struct {
	const char *name;
	void (*check)(const char *name, const char *path, struct workers *workers);
} fixtures[] = {
	{ "incremental.tar.zst", check_chain },	   { "redis-gzip.tar", check_archive },
	{ "podman-none.tar", check_archive },	   { "containerd-cri.tar.zst", check_archive },
	{ "containerd-ctr.tar.zst", check_image }, { "docker-container.tar.zst", check_archive },
	{ "oci-archive.tar", check_image },	   { "runc-incremental.tar.zst", check_chain },
};

static void reads_memory_as_yara_does(void **state)
{
	struct workers *workers;

	(void)state;
	assert_int_equal(workers_new(&workers, 2, NULL), 0);
	for (size_t i = 0; i < FIXTURES; i++) {
		char path[1024];

		print_message("%s\n", fixtures[i].name);
		snprintf(path, sizeof(path), "%s/checkpoints/%s", SHARED_DIR, fixtures[i].name);
		fixtures[i].check(fixtures[i].name, path, workers);
	}
	workers_free(workers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_memory_as_yara_does),
	};
	int failed;

	if (access(SHARED_DIR "/checkpoints", F_OK)) {
		fprintf(stderr, "no checkpoints in %s\n", SHARED_DIR);
		return getenv("CI") ? EXIT_FAILURE : EXIT_SKIPPED;
	}
	yr_initialize();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	yr_finalize();
	return failed;
}
