#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scanners/core_dump/core_dump.h"
#include "tests/unit/scanners/made_core.h"

struct opened {
	struct file_table *files;
	struct warning_list *warnings;
	struct checkpoint *checkpoint;
	const struct process *process;
	const struct warning *told;
	size_t told_count;
};

static void open_core(struct opened *opened, struct made_core *core)
{
	struct stored_bytes bytes;

	*opened = (struct opened){ 0 };
	if (!core->length)
		made_finish(core);
	bytes = made_store(core, &opened->files);
	assert_int_equal(warning_list_new(&opened->warnings, NULL), 0);
	assert_int_equal(core_dump_checkpoint(&opened->checkpoint, opened->files, &bytes, "core",
					      opened->warnings, NULL),
			 0);
	opened->process = &opened->checkpoint->processes[0];
	opened->told = warning_list_sorted(opened->warnings, &opened->told_count);
}

static void close_core(struct opened *opened)
{
	checkpoint_free(opened->checkpoint);
	file_table_free(opened->files);
	warning_list_free(opened->warnings);
}

static void segments_become_mappings_in_order_of_address(void **state)
{
	struct made_core core = { .wide = true, .machine = MADE_X86_64 };
	struct opened opened;

	(void)state;
	made_segment(&core, 0x700000, 0x1000, 0x1000, 6);
	made_segment(&core, 0x400000, 0x2000, 0x2000, 5);
	open_core(&opened, &core);
	assert_int_equal(opened.told_count, 0);
	assert_int_equal(opened.process->vma_count, 2);
	assert_int_equal(opened.process->vmas[0].start, 0x400000);
	assert_int_equal(opened.process->vmas[0].end, 0x402000);
	assert_int_equal(opened.process->vmas[0].protection, PROTECTION_READ | PROTECTION_EXECUTE);
	assert_int_equal(opened.process->vmas[0].kind, VMA_ANONYMOUS);
	assert_int_equal(opened.process->vmas[1].protection, PROTECTION_READ | PROTECTION_WRITE);
	assert_int_equal(opened.process->run_count, 2);
	assert_int_equal(opened.process->runs[0].address, 0x400000);
	assert_int_equal(opened.process->runs[0].length, 0x2000);
	assert_int_equal(opened.process->runs[0].offset, MADE_DATA + 0x1000);
	assert_int_equal(opened.process->runs[1].offset, MADE_DATA);
	assert_false(opened.process->runs[1].lost);
	/* Offsets are the core's own; where it begins in the file table the image says. */
	assert_int_equal(opened.checkpoint->images[0].offset, 7);
	assert_string_equal(opened.checkpoint->images[0].name, "core");
	close_core(&opened);
}

static void what_a_segment_leaves_out_is_the_file_s_or_unknown(void **state)
{
	const struct made_file file = { 0x400000, 0x404000, 2, "/bin/program" };
	struct made_core core = { .wide = true };
	struct opened opened;

	(void)state;
	made_files(&core, 4096, &file, 1);
	made_segment(&core, 0x400000, 0x4000, 0x1000, 5);
	made_segment(&core, 0x600000, 0x4000, 0, 6);
	open_core(&opened, &core);
	assert_int_equal(opened.told_count, 0);
	assert_int_equal(opened.process->run_count, 1);
	assert_int_equal(opened.process->vmas[0].kind, VMA_FILE);
	assert_int_equal(opened.process->vmas[0].backing, BACKING_FILE);
	assert_int_equal(opened.process->vmas[0].offset, 0x2000);
	assert_string_equal(opened.process->vmas[0].path, "/bin/program");
	assert_int_equal(opened.process->vmas[1].backing, BACKING_NOTHING);
	close_core(&opened);
}

static const struct {
	const char *path, *shown;
	enum vma_kind kind;
	enum backing backing;
	bool deleted, shared;
} names[] = {
	{ "/lib/x.so", "/lib/x.so", VMA_FILE, BACKING_FILE, false, false },
	{ "/lib/x.so (deleted)", "/lib/x.so", VMA_FILE, BACKING_FILE, true, false },
	{ "/memfd:secret (deleted)", "secret", VMA_MEMFD, BACKING_NOTHING, false, true },
	{ "/dev/zero (deleted)", NULL, VMA_SHARED, BACKING_NOTHING, false, true },
	{ "/dev/zero", "/dev/zero", VMA_FILE, BACKING_FILE, false, false },
	{ "/SYSV00000000 (deleted)", NULL, VMA_SYSV, BACKING_NOTHING, false, true },
	{ "/memfd:of-a-directory", "/memfd:of-a-directory", VMA_FILE, BACKING_FILE, false, false },
	{ "", "", VMA_FILE, BACKING_FILE, false, false },
};

static void names_of_files_tell_their_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct made_file file = { 0x400000, 0x401000, 0, names[i].path };
		struct made_core core = { .wide = true };
		struct opened opened;
		const struct vma *vma;

		print_message("%s\n", names[i].path);
		made_files(&core, 4096, &file, 1);
		made_segment(&core, 0x400000, 0x1000, 0x1000, 4);
		open_core(&opened, &core);
		vma = &opened.process->vmas[0];
		assert_int_equal(vma->kind, names[i].kind);
		assert_int_equal(vma->backing, names[i].backing);
		assert_int_equal(vma->deleted, names[i].deleted);
		assert_int_equal(vma->shared, names[i].shared);
		if (names[i].shown)
			assert_string_equal(vma->path, names[i].shown);
		else
			assert_null(vma->path);
		close_core(&opened);
	}
}

static const struct {
	const char *name;
	uint64_t address, vector[4], stack_pointer;
	uint32_t thread;
	enum vma_kind kind;
	const char *path;
} specials[] = {
	{ "the vdso is where the vector says",
	  0x7000,
	  { 33, 0x7000, 0, 0 },
	  0,
	  1,
	  VMA_VDSO,
	  "[vdso]" },
	{ "the stack holds the random bytes",
	  0x7000,
	  { 25, 0x7abc, 0, 0 },
	  0,
	  1,
	  VMA_STACK,
	  "[stack]" },
	{ "the stack pointer tells where the vector does not",
	  0x7000,
	  { 0 },
	  0x7abc,
	  1,
	  VMA_STACK,
	  "[stack]" },
	{ "a stack pointer says less than the random bytes",
	  0x7000,
	  { 25, 0x9000, 0, 0 },
	  0x7abc,
	  1,
	  VMA_ANONYMOUS,
	  NULL },
	{ "another thread's stack is anonymous", 0x7000, { 0 }, 0x7abc, 2, VMA_ANONYMOUS, NULL },
	{ "vsyscall is at the one address it has",
	  0xffffffffff600000,
	  { 0 },
	  0,
	  1,
	  VMA_OTHER,
	  "[vsyscall]" },
};

static void special_mappings_are_told_by_notes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		struct made_core core = { .wide = true, .machine = MADE_X86_64 };
		struct opened opened;

		print_message("%s\n", specials[i].name);
		made_process(&core, false, 1, 0, 0, "x");
		made_thread(&core, specials[i].thread, 19, specials[i].stack_pointer);
		made_vector(&core, specials[i].vector);
		made_segment(&core, specials[i].address, 0x1000, 0x1000, 6);
		open_core(&opened, &core);
		assert_int_equal(opened.told_count, 0);
		assert_int_equal(opened.process->vmas[0].kind, specials[i].kind);
		if (specials[i].path)
			assert_string_equal(opened.process->vmas[0].path, specials[i].path);
		else
			assert_null(opened.process->vmas[0].path);
		close_core(&opened);
	}
}

static void a_mapped_file_without_a_segment_was_not_dumped(void **state)
{
	static const struct made_file mapped[] = {
		{ 0x1000, 0x9000, 0, "/lib/text" },
		{ 0x8000, 0xa000, 7, "/lib/overlaps" },
		{ 0xf000, 0x10000, 0, "/lib/apart" },
	};
	static const struct {
		uint64_t start, end, offset;
		const char *path;
	} rows[] = {
		{ 0x1000, 0x2000, 0, "/lib/text" },
		{ 0x2000, 0x4000, 0x1000, "/lib/text" },
		{ 0x4000, 0x6000, 0x3000, "/lib/text" },
		{ 0x6000, 0x7000, 0x5000, "/lib/text" },
		{ 0x7000, 0x9000, 0x6000, "/lib/text" },
		{ 0x9000, 0xa000, 0x8000, "/lib/overlaps" },
		{ 0xb000, 0xc000, 0, NULL },
		{ 0xf000, 0x10000, 0, "/lib/apart" },
	};
	struct made_core core = { .wide = true };
	struct opened opened;

	(void)state;
	made_files(&core, 4096, mapped, 3);
	made_segment(&core, 0x2000, 0x2000, 0x2000, 6);
	made_segment(&core, 0x6000, 0x1000, 0x1000, 6);
	made_segment(&core, 0xb000, 0x1000, 0x1000, 6);
	open_core(&opened, &core);
	assert_int_equal(opened.told_count, 0);
	assert_int_equal(opened.process->vma_count, 8);
	for (size_t i = 0; i < 8; i++) {
		const struct vma *vma = &opened.process->vmas[i];

		assert_int_equal(vma->start, rows[i].start);
		assert_int_equal(vma->end, rows[i].end);
		assert_int_equal(vma->offset, rows[i].offset);
		if (rows[i].path)
			assert_string_equal(vma->path, rows[i].path);
	}
	assert_int_equal(opened.process->vmas[0].protection, PROTECTION_READ);
	assert_int_equal(opened.process->vmas[0].backing, BACKING_FILE);
	assert_int_equal(opened.process->run_count, 3);
	close_core(&opened);
}

static void a_segment_that_overlaps_begins_behind_the_one_before(void **state)
{
	struct made_core core = { .wide = true };
	struct opened opened;
	const struct process *process;

	(void)state;
	made_segment(&core, 0x2000, 0x2000, 0x2000, 6);
	made_segment(&core, 0x1000, 0x2000, 0x2000, 6);
	made_segment(&core, 0x2000, 0x1000, 0x1000, 6);
	open_core(&opened, &core);
	process = opened.process;
	assert_int_equal(opened.told_count, 2);
	assert_int_equal(opened.told[0].code, WARNING_CORRUPT);
	assert_int_equal(opened.told[0].start, 0x2000);
	assert_int_equal(opened.told[0].end, 0x3000);
	assert_int_equal(process->vma_count, 2);
	assert_int_equal(process->vmas[1].start, 0x3000);
	assert_int_equal(process->vmas[1].end, 0x4000);
	assert_int_equal(process->runs[1].address, 0x3000);
	assert_int_equal(process->runs[1].length, 0x1000);
	assert_int_equal(process->runs[1].offset, MADE_DATA + 0x1000);
	close_core(&opened);
}

static void bytes_behind_the_end_of_the_file_are_lost(void **state)
{
	struct made_core core = { .wide = true };
	struct opened opened;

	(void)state;
	made_segment(&core, 0x1000, 0x3000, 0x3000, 6);
	made_segment(&core, 0x9000, 0x1000, 0x1000, 6);
	made_finish(&core);
	core.length = MADE_DATA + 0x1800;
	open_core(&opened, &core);
	assert_int_equal(opened.told_count, 2);
	assert_int_equal(opened.told[0].code, WARNING_TRUNCATED);
	assert_int_equal(opened.told[0].start, 0x2000);
	assert_int_equal(opened.told[0].end, 0x4000);
	assert_int_equal(opened.told[0].bytes, 0x2000);
	assert_int_equal(opened.told[1].start, 0x9000);
	assert_int_equal(opened.told[1].bytes, 0x1000);
	assert_int_equal(opened.process->run_count, 3);
	assert_int_equal(opened.process->runs[0].length, 0x1000);
	assert_false(opened.process->runs[0].lost);
	assert_true(opened.process->runs[1].lost);
	assert_int_equal(opened.process->runs[1].address, 0x2000);
	assert_int_equal(opened.process->runs[1].length, 0x2000);
	assert_true(opened.process->runs[2].lost);
	close_core(&opened);
}

static const struct {
	const char *name;
	struct made_segment segment;
	size_t warnings, vmas;
	bool lost;
} odd[] = {
	{ "more bytes in the file than in memory",
	  { 1, 6, 0x1000, 0x1000, 0, 0x2000 },
	  1,
	  1,
	  false },
	{ "no bytes at all", { 1, 6, 0x1000, 0, 0, 0 }, 0, 0, false },
	{ "an end behind the last address",
	  { 1, 6, 0xfffffffffffff000, 0x2000, 0, 0x1000 },
	  1,
	  0,
	  false },
	{ "an end at the last address",
	  { 1, 6, 0xfffffffffffff000, 0x1000, 0, 0x1000 },
	  1,
	  0,
	  false },
	{ "an offset that overflows",
	  { 1, 6, 0x1000, 0x1000, 0xfffffffffffff800, 0x1000 },
	  1,
	  1,
	  true },
	{ "a length that nobody has",
	  { 1, 6, 0x1000, UINT64_C(1) << 62, MADE_DATA, 0x1000 },
	  0,
	  1,
	  false },
};

static void odd_segments_are_told_and_never_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct made_core core = { .wide = true };
		struct opened opened;

		print_message("%s\n", odd[i].name);
		core.segments[core.segment_count++] = odd[i].segment;
		made_segment(&core, UINT64_C(1) << 63, 0x1000, 0x1000, 4);
		open_core(&opened, &core);
		assert_int_equal(opened.told_count, odd[i].warnings);
		assert_int_equal(opened.process->vma_count, odd[i].vmas + 1);
		if (odd[i].vmas)
			assert_int_equal(opened.process->runs[0].lost, odd[i].lost);
		close_core(&opened);
	}
}

/* Each shows 0x28000 of 0x2c000 bytes: 70 of them are not yet 64 times the file. */
static void bytes_shown_too_many_times_are_a_limit(void **state)
{
	static struct made_core core = { .wide = true };
	struct opened opened;

	(void)state;
	made_segment(&core, 0x1000, 0x28000, 0x28000, 6);
	for (uint64_t i = 1; i < 72; i++)
		made_segment(&core, i << 32, 0x28000, 0x28000, 6)->offset = MADE_DATA;
	open_core(&opened, &core);
	assert_int_equal(opened.told_count, 2);
	assert_int_equal(opened.told[0].code, WARNING_LIMIT);
	assert_int_equal(opened.told[0].start, UINT64_C(70) << 32);
	assert_int_equal(opened.told[0].bytes, 0x28000);
	for (size_t i = 0; i < 72; i++)
		assert_int_equal(opened.process->runs[i].lost, i >= 70);
	close_core(&opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_become_mappings_in_order_of_address),
		cmocka_unit_test(what_a_segment_leaves_out_is_the_file_s_or_unknown),
		cmocka_unit_test(names_of_files_tell_their_kind),
		cmocka_unit_test(special_mappings_are_told_by_notes),
		cmocka_unit_test(a_mapped_file_without_a_segment_was_not_dumped),
		cmocka_unit_test(a_segment_that_overlaps_begins_behind_the_one_before),
		cmocka_unit_test(bytes_behind_the_end_of_the_file_are_lost),
		cmocka_unit_test(odd_segments_are_told_and_never_believed),
		cmocka_unit_test(bytes_shown_too_many_times_are_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
