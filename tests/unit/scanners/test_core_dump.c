#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "scanners/core_dump/core_dump.h"
#include "tests/unit/scanners/made_core.h"

static struct checkpoint *open_quietly(struct made_core *core, struct file_table **files)
{
	struct checkpoint *checkpoint;
	struct stored_bytes bytes;

	made_finish(core);
	bytes = made_store(core, files);
	assert_int_equal(core_dump_checkpoint(&checkpoint, *files, &bytes, "core", NULL, NULL), 0);
	return checkpoint;
}

static void notes_make_the_process(void **state)
{
	const uint64_t vector[] = { 6, 65536, 3, 0x400040, 0, 0 };
	const struct made_file file = { 0x400000, 0x401000, 0, "/usr/bin/program (deleted)" };
	struct made_core core = { .wide = true, .machine = MADE_X86_64 };
	struct file_table *files;
	struct checkpoint *checkpoint;
	const struct process *process;

	(void)state;
	made_thread(&core, 45, 19, 0);
	made_process(&core, false, 42, 7, 1000, "program");
	made_thread(&core, 42, 19, 0);
	made_thread(&core, 45, 19, 0);
	made_vector(&core, vector);
	made_files(&core, 4096, &file, 1);
	made_segment(&core, 0x400000, 0x1000, 0x1000, 5);
	checkpoint = open_quietly(&core, &files);
	process = &checkpoint->processes[0];
	assert_int_equal(checkpoint->process_count, 1);
	assert_int_equal(process->pid, 42);
	assert_true(process->has_ppid);
	assert_int_equal(process->ppid, 7);
	assert_true(process->has_uid);
	assert_int_equal(process->uid, 1000);
	assert_string_equal(process->name, "program");
	assert_int_equal(process->state, PROCESS_ALIVE);
	assert_int_equal(process->page_bytes, 65536);
	assert_int_equal(process->thread_count, 2);
	assert_int_equal(process->threads[0].id, 42);
	assert_string_equal(process->threads[0].name, "program");
	assert_int_equal(process->threads[1].id, 45);
	assert_string_equal(process->threads[1].name, "");
	assert_string_equal(process->executable, "/usr/bin/program");
	assert_int_equal(process->executable_state, EXECUTABLE_DELETED);
	checkpoint_free(checkpoint);
	file_table_free(files);
}

static void a_core_without_notes_is_a_process_all_the_same(void **state)
{
	struct made_core core = { .wide = true };
	struct file_table *files;
	struct checkpoint *checkpoint;
	const struct process *process;

	(void)state;
	made_segment(&core, 0x1000, 0x1000, 0x1000, 4);
	checkpoint = open_quietly(&core, &files);
	process = &checkpoint->processes[0];
	assert_int_equal(process->pid, 0);
	assert_string_equal(process->name, "");
	assert_int_equal(process->state, PROCESS_UNKNOWN);
	assert_false(process->has_uid);
	assert_int_equal(process->page_bytes, 4096);
	assert_int_equal(process->thread_count, 1);
	assert_null(process->executable);
	assert_int_equal(process->vma_count, 1);
	checkpoint_free(checkpoint);
	file_table_free(files);
}

static void the_first_thread_names_a_process_that_nothing_else_names(void **state)
{
	struct made_core core = { .wide = true };
	struct file_table *files;
	struct checkpoint *checkpoint;

	(void)state;
	made_thread(&core, 9, 19, 0);
	made_thread(&core, 3, 19, 0);
	checkpoint = open_quietly(&core, &files);
	assert_int_equal(checkpoint->processes[0].pid, 9);
	checkpoint_free(checkpoint);
	file_table_free(files);
}

static void digest_of_made(struct made_core *core, uint8_t out[DIGEST_BYTES])
{
	struct file_table *files;
	struct stored_bytes bytes = made_store(core, &files);

	assert_int_equal(core_dump_digest(files, &bytes, out, NULL), 0);
	file_table_free(files);
}

static void headers_and_notes_alone_make_the_digest(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		bool changes;
	} rows[] = {
		{ "a byte of memory", MADE_DATA + 5, false },
		{ "a byte between headers and notes", MADE_NOTES - 1, false },
		{ "a flag in the header", 48, true },
		{ "an address of a segment", 64 + 56 + 16, true },
		{ "a byte of a note", MADE_NOTES + 60, true },
	};
	struct made_core core = { .wide = true };
	uint8_t digest[DIGEST_BYTES], other[DIGEST_BYTES];

	(void)state;
	made_thread(&core, 9, 19, 0);
	made_segment(&core, 0x1000, 0x1000, 0x1000, 4);
	made_finish(&core);
	digest_of_made(&core, digest);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		core.bytes[rows[i].at] ^= 1;
		digest_of_made(&core, other);
		core.bytes[rows[i].at] ^= 1;
		assert_int_equal(memcmp(digest, other, sizeof(other)) != 0, rows[i].changes);
	}
}

static void what_is_no_core_dump_is_refused(void **state)
{
	struct made_core core = { .wide = true };
	struct file_table *files;
	struct checkpoint *checkpoint;
	struct stored_bytes bytes;
	uint8_t digest[DIGEST_BYTES];

	(void)state;
	made_finish(&core);
	core.bytes[16] = 3;
	bytes = made_store(&core, &files);
	assert_int_equal(core_dump_checkpoint(&checkpoint, files, &bytes, "core", NULL, NULL),
			 ERROR_FORMAT);
	assert_int_equal(core_dump_digest(files, &bytes, digest, NULL), ERROR_FORMAT);
	file_table_free(files);
}

/* Every byte of a small core's headers and notes is bent once, and the file is cut at every length. */
static void no_damage_reads_where_nothing_is(void **state)
{
	const struct made_file file = { 0x400000, 0x401000, 0, "/x" };
	const uint64_t vector[] = { 6, 4096, 25, 0x400800, 31, 0x400900, 0, 0 };
	struct made_core core = { .wide = true, .machine = MADE_X86_64 };
	struct file_table *files;
	struct checkpoint *checkpoint;

	(void)state;
	made_process(&core, false, 42, 7, 1000, "program");
	made_thread(&core, 42, 19, 0x400700);
	made_vector(&core, vector);
	made_files(&core, 4096, &file, 1);
	made_segment(&core, 0x400000, 0x1000, 0x1000, 5);
	made_finish(&core);
	for (size_t i = 0; i < 2 * core.length; i++) {
		struct made_core bent = core;
		size_t place = i / 2;
		struct stored_bytes bytes;

		if (place >= 64 + 112 && place < MADE_NOTES)
			continue;
		if (place >= MADE_NOTES + core.note_length)
			break;
		if (i % 2)
			bent.length = place;
		else
			bent.bytes[place] ^= 0xff;
		bytes = made_store(&bent, &files);
		if (!core_dump_checkpoint(&checkpoint, files, &bytes, "core", NULL, NULL))
			checkpoint_free(checkpoint);
		file_table_free(files);
	}
}

/* A program of the system: one built with sanitizers has terabytes of memory. Returns when it runs. */
static pid_t start_program(void)
{
	static char *const environment[] = { "KEY=a secret of the process", "EMPTY=", NULL };
	int started[2];
	char nothing;
	pid_t pid;

	assert_int_equal(pipe2(started, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		execle("/bin/sleep", "sleep", "1000", (char *)NULL, environment);
		_exit(127);
	}
	close(started[1]);
	/* Closed when the program replaces this one. */
	assert_int_equal(read(started[0], &nothing, 1), 0);
	close(started[0]);
	return pid;
}

/* What the kernel says of it: where its arguments and its environment lie. */
struct known {
	unsigned long long argument_start, argument_end, environment_start, environment_end;
	char executable[256];
	char maps[65536];
};

static void read_maps(pid_t pid, struct known *known)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	memset(known->maps, 0, sizeof(known->maps));
	assert_true(fread(known->maps, 1, sizeof(known->maps) - 1, file) > 0);
	fclose(file);
}

/* Its loader is done when it has a heap; what is stopped then maps nothing more. */
static void stop_program(pid_t pid, struct known *known)
{
	for (int i = 0; i < 2000; i++) {
		read_maps(pid, known);
		if (strstr(known->maps, "[heap]"))
			break;
		usleep(5000);
	}
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
	read_maps(pid, known);
}

static void ask_kernel(pid_t pid, struct known *known)
{
	char path[64], line[4096] = { 0 };
	const char *field;
	FILE *file;

	stop_program(pid, known);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	field = strrchr(line, ')');
	for (int i = 2; i < 48; i++)
		field = strchr(field + 1, ' ');
	assert_int_equal(sscanf(field, "%llu %llu %llu %llu", &known->argument_start,
				&known->argument_end, &known->environment_start,
				&known->environment_end),
			 4);
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	assert_true(readlink(path, known->executable, sizeof(known->executable) - 1) > 0);
}

static bool run_gcore(pid_t pid, const char *directory)
{
	char prefix[256], number[32];
	int status;
	pid_t child;

	snprintf(prefix, sizeof(prefix), "%s/core", directory);
	snprintf(number, sizeof(number), "%d", (int)pid);
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execlp("gcore", "gcore", "-o", prefix, number, (char *)NULL);
		_exit(127);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

static void read_at(const struct checkpoint *checkpoint, const struct file_table *files,
		    uint64_t address, void *out, size_t length)
{
	const struct process *process = &checkpoint->processes[0];

	for (size_t i = 0; i < process->run_count; i++) {
		const struct page_run *run = &process->runs[i];
		size_t got = 0;

		if (address < run->address || address - run->address >= run->length)
			continue;
		assert_false(run->lost);
		assert_int_equal(file_table_read(files, checkpoint->images[0].file,
						 checkpoint->images[0].offset + run->offset +
							 (address - run->address),
						 out, length, &got, NULL),
				 0);
		assert_int_equal(got, length);
		return;
	}
	fail_msg("nobody has the bytes at %#llx", (unsigned long long)address);
}

static void show_vma(const struct vma *vma, char *out, size_t size)
{
	snprintf(out, size, "%llx-%llx %c%c%cp", (unsigned long long)vma->start,
		 (unsigned long long)vma->end, vma->protection & PROTECTION_READ ? 'r' : '-',
		 vma->protection & PROTECTION_WRITE ? 'w' : '-',
		 vma->protection & PROTECTION_EXECUTE ? 'x' : '-');
}

/* Every mapping as the kernel printed it: range, protection and name. */
static void check_vmas(const struct process *process, const struct known *known)
{
	for (size_t i = 0; i < process->vma_count; i++) {
		char line[128], *found;
		size_t length;

		/* gdb calls it readable, the kernel does not. */
		if (process->vmas[i].kind == VMA_OTHER)
			continue;
		show_vma(&process->vmas[i], line, sizeof(line));
		/* Of what was not dumped nobody says the protection. */
		if (process->vmas[i].kind == VMA_FILE)
			*strchr(line, ' ') = '\0';
		found = strstr(known->maps, line);
		if (!found)
			print_message("%s\n%s\n", line, known->maps);
		assert_non_null(found);
		if (!process->vmas[i].path)
			continue;
		length = strcspn(found, "\n");
		assert_true(length > strlen(process->vmas[i].path));
		assert_memory_equal(found + length - strlen(process->vmas[i].path),
				    process->vmas[i].path, strlen(process->vmas[i].path));
	}
}

static bool has_kind(const struct process *process, enum vma_kind kind)
{
	for (size_t i = 0; i < process->vma_count; i++) {
		if (process->vmas[i].kind == kind)
			return true;
	}
	return false;
}

/* Text, which nobody wrote to and gcore does not dump. */
static bool shows_file(const struct process *process, const char *name)
{
	for (size_t i = 0; i < process->vma_count; i++) {
		const struct vma *vma = &process->vmas[i];

		if (vma->path && strstr(vma->path, name) && vma->offset > 0 &&
		    vma->backing == BACKING_FILE)
			return true;
	}
	return false;
}

static void check_dumped(const struct checkpoint *checkpoint, const struct file_table *files,
			 pid_t pid, const struct known *known)
{
	const struct process *process = &checkpoint->processes[0];
	char text[64] = { 0 };

	assert_int_equal(process->pid, pid);
	assert_int_equal(process->ppid, getpid());
	assert_int_equal(process->uid, getuid());
	assert_string_equal(process->name, "sleep");
	assert_string_equal(process->executable, known->executable);
	assert_true(process->vma_count > 8);
	check_vmas(process, known);
	assert_non_null(strstr(known->maps, "libc.so"));
	assert_true(shows_file(process, "/libc.so"));
	assert_true(has_kind(process, VMA_STACK));
	assert_true(has_kind(process, VMA_VDSO));
	assert_int_equal(process->argument_start, known->argument_start);
	assert_int_equal(process->argument_end, known->argument_end);
	assert_int_equal(process->environment_start, known->environment_start);
	assert_int_equal(process->environment_end, known->environment_end);
	read_at(checkpoint, files, process->argument_start, text, 11);
	assert_memory_equal(text, "sleep\0001000", 11);
	read_at(checkpoint, files, process->environment_start, text, 28);
	assert_string_equal(text, "KEY=a secret of the process");
}

static void check_core(const char *path, pid_t pid, const struct known *known)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	struct file_table *files;
	struct warning_list *warnings;
	struct checkpoint *checkpoint;
	struct stored_bytes bytes = { 0 };
	size_t count;

	assert_int_equal(file_table_new(&files, &options, NULL), 0);
	assert_int_equal(warning_list_new(&warnings, NULL), 0);
	assert_int_equal(file_table_add_descriptor(files, open(path, O_RDONLY | O_CLOEXEC), path,
						   &bytes.file, NULL),
			 0);
	bytes.length = file_table_length(files, bytes.file);
	assert_int_equal(core_dump_checkpoint(&checkpoint, files, &bytes, "core", warnings, NULL),
			 0);
	warning_list_sorted(warnings, &count);
	assert_int_equal(count, 0);
	check_dumped(checkpoint, files, pid, known);
	checkpoint_free(checkpoint);
	warning_list_free(warnings);
	file_table_free(files);
}

static void a_core_of_gcore_shows_the_process_that_was_dumped(void **state)
{
	static struct known known;
	char directory[] = "/tmp/core-XXXXXX", path[64];
	bool dumped;
	pid_t pid = start_program();

	(void)state;
	assert_non_null(mkdtemp(directory));
	ask_kernel(pid, &known);
	dumped = run_gcore(pid, directory);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	snprintf(path, sizeof(path), "%s/core.%d", directory, (int)pid);
	if (dumped)
		check_core(path, pid, &known);
	unlink(path);
	rmdir(directory);
	if (!dumped) {
		print_message("no gcore, or it may not look into other processes\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_make_the_process),
		cmocka_unit_test(a_core_without_notes_is_a_process_all_the_same),
		cmocka_unit_test(the_first_thread_names_a_process_that_nothing_else_names),
		cmocka_unit_test(headers_and_notes_alone_make_the_digest),
		cmocka_unit_test(what_is_no_core_dump_is_refused),
		cmocka_unit_test(no_damage_reads_where_nothing_is),
		cmocka_unit_test(a_core_of_gcore_shows_the_process_that_was_dumped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
