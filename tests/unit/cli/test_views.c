#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/look/views.h"
#include "cli/options/option_table.h"
#include "cli/options/parse.h"

/*
 * A checkpoint of two processes. Of the first:
 *
 *	0x10000-0x13000 rw-p	a page of the dump, one that was never written, one of a parent
 *	0x20000-0x22000 r-xp	a file: a page of the dump, the rest is the file's
 *	0x30000-0x31000 rw-p	lost
 *	0x50000-0x51000		a page outside of any mapping
 */
struct made {
	struct page_image images[2];
	struct page_run runs[5];
	struct vma vmas[3];
	struct open_file files[4];
	struct descriptor descriptors[4];
	struct thread threads[2];
	struct process processes[2];
	struct checkpoint checkpoint;
	struct captured captured_items[1];
	struct captured_list captured;
	struct container container;
	struct checkpoint_outline outline;
	struct file_table *table;
	struct look look;
};

static void make_memory(struct made *made)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	static const char environment[] = "A=1\0EVIL=\x1b[31m\xff\0";
	uint8_t *bytes = calloc(1, 4 * 4096);
	uint32_t file;

	assert_non_null(bytes);
	memcpy(bytes, "some text\0\1w\0i\0d\0e\0", 19);
	memcpy(bytes + 100, environment, sizeof(environment) - 1);
	memcpy(bytes + 200, "/bin/first\0--key=x\0", 19);
	memcpy(bytes + 4090, "abcdefghij", 10);
	assert_int_equal(file_table_new(&made->table, &options, NULL), 0);
	assert_int_equal(
		file_table_add_memory(made->table, bytes, 4 * 4096, "pages-1.img", &file, NULL), 0);
	made->images[0] =
		(struct page_image){ .name = "pages-1.img", .length = 16384, .file = file };
	made->images[1] = made->images[0];
	made->images[1].layer = 1;
	made->runs[0] = (struct page_run){ .address = 0x10000, .length = 4096 };
	made->runs[1] =
		(struct page_run){ .address = 0x12000, .length = 4096, .image = 1, .offset = 4096 };
	made->runs[2] = (struct page_run){ .address = 0x20000, .length = 4096, .offset = 8192 };
	made->runs[3] = (struct page_run){ .address = 0x30000, .length = 4096, .lost = true };
	made->runs[4] = (struct page_run){ .address = 0x50000, .length = 4096, .offset = 12288 };
	made->vmas[0] = (struct vma){ .start = 0x10000,
				      .end = 0x13000,
				      .protection = 3,
				      .kind = VMA_HEAP,
				      .path = "[heap]" };
	made->vmas[1] = (struct vma){ .start = 0x20000,
				      .end = 0x22000,
				      .protection = 5,
				      .kind = VMA_FILE,
				      .backing = BACKING_FILE,
				      .path = "/lib/x.so",
				      .deleted = true,
				      .offset = 0x3000 };
	made->vmas[2] = (struct vma){
		.start = 0x30000, .end = 0x31000, .protection = 3, .kind = VMA_ANONYMOUS
	};
}

static void make_files(struct made *made)
{
	made->files[0] = (struct open_file){ .id = 1, .path = "/tmp/\x1b[1mx", .flags = 02 };
	made->files[1] =
		(struct open_file){ .id = 2, .kind = OPEN_FILE_PIPE, .object = 77, .flags = 04001 };
	made->files[2] = (struct open_file){ .id = 3,
					     .kind = OPEN_FILE_SOCKET,
					     .object = 78,
					     .flags = 02000002 | 0x40000,
					     .protocol = "tcp",
					     .state = "established",
					     .local = "10.0.0.7:6379",
					     .remote = "[::1]:80" };
	made->files[3] = (struct open_file){ .id = 4,
					     .kind = OPEN_FILE_SOCKET,
					     .object = 79,
					     .protocol = "unix",
					     .local = "@abstract",
					     .peer = 80 };
	for (uint32_t i = 0; i < 4; i++)
		made->descriptors[i] = (struct descriptor){ i, i == 1, &made->files[i] };
}

static void make(struct made *made)
{
	*made = (struct made){ 0 };
	make_memory(made);
	make_files(made);
	made->threads[0] = (struct thread){ 1, "first" };
	made->threads[1] = (struct thread){ 5, "" };
	made->processes[0] = (struct process){ .pid = 1,
					       .name = "first",
					       .has_uid = true,
					       .uid = 1000,
					       .thread_count = 2,
					       .threads = made->threads,
					       .executable = "/bin/first",
					       .environment_start = 0x10064,
					       .environment_end = 0x10064 + 16,
					       .argument_start = 0x100c8,
					       .argument_end = 0x100c8 + 19,
					       .vmas = made->vmas,
					       .vma_count = 3,
					       .runs = made->runs,
					       .run_count = 5,
					       .descriptors = made->descriptors,
					       .descriptor_count = 4 };
	made->processes[1] = (struct process){ .pid = 9,
					       .ppid = 1,
					       .has_ppid = true,
					       .name = "second",
					       .state = PROCESS_DEAD,
					       .thread_count = 1 };
	made->checkpoint = (struct checkpoint){ .processes = made->processes,
						.process_count = 2,
						.images = made->images,
						.image_count = 2 };
	made->captured_items[0] = (struct captured){ .kind = TARGET_FILE,
						     .origin = ORIGIN_ROOTFS_DIFF,
						     .path = "/x",
						     .content = { .length = 123 } };
	made->captured = (struct captured_list){ .items = made->captured_items, .count = 1 };
	made->outline = (struct checkpoint_outline){ .path = "c.tar",
						     .member = "checkpoint",
						     .form = "tar",
						     .compression = "zstd",
						     .size = 4711,
						     .container_id = "0123456789abcdef",
						     .container_name = "api",
						     .pod = "pod-1",
						     .name_space = "shop" };
	made->look = (struct look){ .outline = &made->outline,
				    .container = &made->container,
				    .checkpoint = &made->checkpoint,
				    .captured = &made->captured,
				    .files = made->table,
				    .image_version = 2,
				    .parents = 1 };
	assert_int_equal(warning_list_new(&made->look.warnings, NULL), 0);
}

static void release(struct made *made)
{
	warning_list_free(made->look.warnings);
	file_table_free(made->table);
}

/* What a command writes about the checkpoint, and the first of its warnings. */
struct shown {
	char *text;
	int ret;
	bool selected;
	enum warning_code warning; /* WARNING_CODES: none */
	struct warning first;
};

static void show_made(struct shown *shown, const struct view *view, const struct made *made,
		      const char *arguments)
{
	char words[256], *list[16], *rest = NULL;
	struct settings settings;
	struct viewing viewing;
	_Atomic int stop = 0;
	size_t length = 0, count = 0;
	const struct warning *warnings;
	FILE *stream;

	*shown = (struct shown){ .warning = WARNING_CODES };
	snprintf(words, sizeof(words), "%s", arguments);
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		list[count++] = word;
	assert_int_equal(settings_init(&settings, NULL), 0);
	assert_int_equal(options_parse(&settings, view->command, list, count, NULL), 0);
	stream = open_memstream(&shown->text, &length);
	assert_non_null(stream);
	assert_int_equal(viewing_init(&viewing, view, &settings, stream, &stop, NULL), 0);
	shown->ret = viewing_checkpoint(&viewing, &made->look, NULL);
	if (!shown->ret)
		assert_int_equal(viewing_end(&viewing, NULL), 0);
	shown->selected = viewing.selected;
	fclose(stream);
	warnings = warning_list_sorted(made->look.warnings, &count);
	if (count) {
		shown->warning = warnings[0].code;
		shown->first = warnings[0];
	}
	viewing_release(&viewing);
	settings_release(&settings);
}

#define OBJECTS                                                                                    \
	"\"checkpoint\":{\"path\":\"c.tar\",\"member\":\"checkpoint\",\"form\":\"tar\","           \
	"\"compression\":\"zstd\"},\"container\":{\"id\":\"0123456789abcdef\",\"name\":\"api\","   \
	"\"pod\":\"pod-1\",\"namespace\":\"shop\"},"
#define HEADING "c.tar: container api (0123456789ab), pod shop/pod-1\n"

static const struct row {
	const char *name;
	const struct view *view;
	const char *arguments, *text;
	enum warning_code warning;
} rows[] = {
	{ "show", &show_view, "",
	  "CONTAINER  ID            IMAGE  POD         ENGINE  RUNTIME  FROZEN  P"
	  "ROCESSES  MEMORY  ROOTFS DIFF  PARENTS  CREATED  CRIU  SIZE  FORM      PATH   MEMBER\n"
	  "api        0123456789ab         shop/pod-1                            "
	  "       2   20480          123        1              2  4711  tar,zstd  c.tar  "
	  "checkpoint\n",
	  WARNING_CODES },
	{ "show in JSON", &show_view, "--json",
	  "{\"type\":\"show\",\"checkpoint\":{\"path\":\"c.tar\",\"member\":\"checkpoint\","
	  "\"form\":\"tar\",\"compression\":\"zstd\",\"size\":4711},\"container\":{\"id\":"
	  "\"0123456789abcdef\",\"name\":\"api\",\"pod\":\"pod-1\",\"namespace\":\"shop\"},"
	  "\"criu\":2,\"processes\":2,\"memory_bytes\":20480,\"rootfs_diff_bytes\":123,"
	  "\"parents\":1}\n",
	  WARNING_CODES },
	{ "processes", &processes_view, "",
	  HEADING "PID  PPID  STATE   UID  THREADS  MEMORY  NAME      COMMAND\n"
		  "  1        alive  1000        2   20480  first     /bin/first --key=x\n"
		  "  9     1  dead               1       0    second\n",
	  WARNING_CODES },
	{ "one process in JSON", &processes_view, "--json --pid 1",
	  "{\"type\":\"processes\"," OBJECTS
	  "\"target\":{\"kind\":\"process\",\"pid\":1,\"name\":\"first\",\"executable\":"
	  "\"/bin/first\",\"executable_state\":\"file\",\"command_line\":[\"/bin/first\","
	  "\"--key=x\"],\"uid\":1000,\"thread_count\":2,\"bytes_unseen\":8192,\"threads\":[{"
	  "\"tid\":1,\"name\":\"first\"},{\"tid\":5}],\"state\":\"alive\",\"memory_bytes\":20480}}"
	  "\n",
	  WARNING_CODES },
	{ "no such process", &processes_view, "--pid 77", "", WARNING_NOTHING_SELECTED },
	{ "maps", &maps_view, "",
	  HEADING
	  "PID         START           END  PERM  OFFSET  KIND           DUMP  PARENT  FILE  "
	  "ZERO  LOST  PATH\n"
	  "  1         10000         13000  rw-p       0  heap           4096    4096     0  "
	  "4096     0  [heap]\n"
	  "  1         20000         22000  r-xp    3000  file           4096       0  4096  "
	  "   0     0  /lib/x.so (deleted)\n"
	  "  1         30000         31000  rw-p       0  anonymous         0       0     0  "
	  "   0  4096\n"
	  "  1         50000         51000  ---p       0  unmapped       4096       0     0  "
	  "   0     0\n",
	  WARNING_CODES },
	{ "mappings that a filter chooses", &maps_view, "--json --protection x",
	  "{\"type\":\"maps\"," OBJECTS
	  "\"pid\":1,\"vma\":{\"start\":\"0x20000\",\"end\":\"0x22000\",\"protection\":\"r-xp\","
	  "\"kind\":\"file\",\"path\":\"/lib/x.so\",\"offset\":12288,\"deleted\":true},\"bytes\":{"
	  "\"dump\":4096,\"parent\":0,\"file\":4096,\"zero\":0,\"lost\":0}}\n",
	  WARNING_CODES },
	{ "the mapping of an address", &maps_view, "--address 0x11fff+1",
	  HEADING
	  "PID         START           END  PERM  OFFSET  KIND           DUMP  PARENT  FILE  "
	  "ZERO  LOST  PATH\n"
	  "  1         10000         13000  rw-p       0  heap           4096    4096     0  "
	  "4096     0  [heap]\n",
	  WARNING_CODES },
	{ "no mapping there", &maps_view, "--address 0x13000-0x20000", "",
	  WARNING_NOTHING_SELECTED },
	{ "environment", &environment_view, "",
	  HEADING "PID  NAME  VALUE\n"
		  "  1  A     1\n"
		  "  1  EVIL  \\x1b[31m\\xff\n",
	  WARNING_CODES },
	{ "environment in JSON", &environment_view, "--json",
	  "{\"type\":\"environment\"," OBJECTS "\"pid\":1,\"name\":\"A\",\"value\":\"1\"}\n"
	  "{\"type\":\"environment\"," OBJECTS "\"pid\":1,\"name\":\"EVIL\",\"value\":"
	  "\"\\u001b[31m\xef\xbf\xbd\",\"value_b64\":\"G1szMW3/\"}\n",
	  WARNING_CODES },
	{ "a process without an environment", &environment_view, "--pid 9", "", WARNING_CODES },
	{ "files", &files_view, "",
	  HEADING
	  "PID  FD  KIND      FLAGS                          OBJECT  PATH\n"
	  "  1   0  file      O_RDWR                                 /tmp/\\x1b[1mx\n"
	  "  1   1  pipe      O_WRONLY|O_NONBLOCK|O_CLOEXEC      77\n"
	  "  1   2  socket    O_RDWR|O_NOATIME                   78  tcp 10.0.0.7:6379 -> "
	  "[::1]:80 established\n"
	  "  1   3  socket    O_RDONLY                           79  unix @abstract -> 80\n",
	  WARNING_CODES },
	{ "files in JSON", &files_view, "--json --process first",
	  "{\"type\":\"files\"," OBJECTS "\"pid\":1,\"fd\":0,\"kind\":\"file\",\"path\":"
	  "\"/tmp/\\u001b[1mx\",\"flags\":\"O_RDWR\"}\n"
	  "{\"type\":\"files\"," OBJECTS "\"pid\":1,\"fd\":1,\"kind\":\"pipe\",\"flags\":"
	  "\"O_WRONLY|O_NONBLOCK|O_CLOEXEC\",\"object\":\"77\"}\n"
	  "{\"type\":\"files\"," OBJECTS "\"pid\":1,\"fd\":2,\"kind\":\"socket\",\"flags\":"
	  "\"O_RDWR|O_NOATIME\",\"object\":\"78\",\"protocol\":\"tcp\",\"state\":\"established\","
	  "\"local\":\"10.0.0.7:6379\",\"remote\":\"[::1]:80\"}\n"
	  "{\"type\":\"files\"," OBJECTS "\"pid\":1,\"fd\":3,\"kind\":\"socket\",\"flags\":"
	  "\"O_RDONLY\",\"object\":\"79\",\"protocol\":\"unix\",\"local\":\"@abstract\",\"peer\":"
	  "\"80\"}\n",
	  WARNING_CODES },
	{ "strings", &strings_view, "--address 0x10000+0x20",
	  HEADING "PID       ADDRESS  ENCODING  TEXT\n"
		  "  1         10000  ascii     some text\n"
		  "  1         1000b  utf-16le  wide\n",
	  WARNING_CODES },
	{ "strings that zeros end", &strings_view, "--json --address 0x10ff0-0x13000",
	  "{\"type\":\"strings\"," OBJECTS
	  "\"pid\":1,\"address\":\"0x10ffa\",\"encoding\":\"ascii\","
	  "\"text\":\"abcdef\"}\n"
	  "{\"type\":\"strings\"," OBJECTS
	  "\"pid\":1,\"address\":\"0x12000\",\"encoding\":\"ascii\","
	  "\"text\":\"ghij\"}\n",
	  WARNING_CODES },
	{ "a dump", &dump_view, "--pid 1 --address 0x10ffa-0x1100a",
	  HEADING "000000010ff0:                          6162 6364 6566            abcdef\n"
		  "000000011000: 0000 0000 0000 0000 0000                 ..........\n",
	  WARNING_CODES },
	{ "a dump in JSON", &dump_view, "--json --pid 1 --address 0x10ffa+8",
	  "{\"type\":\"dump\"," OBJECTS "\"pid\":1,\"address\":\"0x10ffa\",\"length\":8,\"data\":"
	  "\"YWJjZGVmAAA=\"}\n",
	  WARNING_CODES },
	{ "bytes of a dump", &dump_view, "--bytes --pid 1 --address 0x12000+6", "ghij",
	  WARNING_CODES },
	{ "a dump of what was lost", &dump_view, "--pid 1 --address 0x30000+16", "",
	  WARNING_NOTHING_SELECTED_IN_RUN },
	{ "a dump of a file's page", &dump_view, "--pid 1 --address 0x21000+16", "",
	  WARNING_NOTHING_SELECTED_IN_RUN },
	{ "a dump of nothing", &dump_view, "--pid 1 --address 0x40000+16", "",
	  WARNING_NOTHING_SELECTED_IN_RUN },
	{ "a dump of no process", &dump_view, "--pid 3 --address 0x40000+16", "",
	  WARNING_NOTHING_SELECTED },
};

static void each_command_shows_its_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shown shown;
		struct made made;

		print_message("%s\n", rows[i].name);
		make(&made);
		show_made(&shown, rows[i].view, &made, rows[i].arguments);
		assert_int_equal(shown.ret, 0);
		assert_string_equal(shown.text, rows[i].text);
		assert_int_equal(shown.warning, rows[i].warning);
		free(shown.text);
		release(&made);
	}
}

static void bytes_that_nobody_has_are_told_by_range_and_the_rest_is_shown(void **state)
{
	struct shown shown;
	struct made made;

	(void)state;
	make(&made);
	show_made(&shown, &dump_view, &made, "--pid 1 --json --address 0x12ffe-0x20002");
	assert_non_null(strstr(shown.text, "\"address\":\"0x12ffe\",\"length\":2,"));
	assert_non_null(strstr(shown.text, "\"address\":\"0x20000\",\"length\":2,"));
	assert_int_equal(shown.first.start, 0x13000);
	assert_int_equal(shown.first.end, 0x20000);
	assert_int_equal(shown.first.pid, 1);
	free(shown.text);
	release(&made);
}

static void a_long_dump_has_whole_lines_and_rows_of_64_kib(void **state)
{
	struct shown shown;
	struct made made;
	size_t lines = 0;

	(void)state;
	make(&made);
	made.vmas[0].end = 0x10000 + 0x8000;
	made.vmas[0].start = 0x8000 - 8;
	show_made(&shown, &dump_view, &made, "--pid 1 --address 0x7ff8-0x18000");
	for (const char *at = shown.text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 1 + 1 + 0x1000);
	free(shown.text);
	release(&made);
}

/* 1000 tabs, each of six bytes in JSON. */
static void a_text_that_json_would_cut_comes_in_rows(void **state)
{
	struct shown shown;
	struct made made;
	uint8_t *tabs = malloc(4096);
	uint32_t file;

	(void)state;
	assert_non_null(tabs);
	memset(tabs, '\t', 1000);
	memset(tabs + 1000, 0, 3096);
	make(&made);
	assert_int_equal(file_table_add_memory(made.table, tabs, 4096, "tabs", &file, NULL), 0);
	made.images[0].file = file;
	show_made(&shown, &strings_view, &made, "--json --address 0x10000+4096");
	assert_null(strstr(shown.text, "_cut"));
	assert_non_null(strstr(shown.text, "\"address\":\"0x10000\""));
	assert_non_null(strstr(shown.text, "\"address\":\"0x102aa\""));
	free(shown.text);
	show_made(&shown, &strings_view, &made, "--address 0x10000+4096");
	assert_null(strstr(shown.text, "102aa"));
	free(shown.text);
	release(&made);
}

static void bytes_of_a_file_that_was_cut_meanwhile_are_told(void **state)
{
	enum { LENGTH = 8 << 20 };
	char path[] = "/tmp/views-XXXXXX";
	int descriptor = mkstemp(path);
	struct shown shown;
	struct made made;
	uint32_t file;

	(void)state;
	assert_true(descriptor >= 0);
	unlink(path);
	assert_int_equal(ftruncate(descriptor, LENGTH), 0);
	make(&made);
	assert_int_equal(
		file_table_add_descriptor(made.table, dup(descriptor), "pages-1.img", &file, NULL),
		0);
	assert_int_equal(ftruncate(descriptor, 4096), 0);
	close(descriptor);
	made.images[0].file = file;
	made.images[0].length = LENGTH;
	made.runs[2].offset = LENGTH - 4096;
	show_made(&shown, &dump_view, &made, "--pid 1 --bytes --address 0x20000+4096");
	assert_int_equal(shown.ret, 0);
	assert_int_equal(shown.warning, WARNING_READ_ERROR);
	assert_int_equal(shown.first.start, 0x20000);
	assert_int_equal(shown.first.end, 0x21000);
	free(shown.text);
	release(&made);
}

static void a_dump_of_several_processes_is_refused(void **state)
{
	struct shown shown;
	struct made made;

	(void)state;
	make(&made);
	show_made(&shown, &dump_view, &made, "--address 0x10000+1");
	assert_int_equal(shown.ret, ERROR_USAGE);
	assert_string_equal(shown.text, "");
	free(shown.text);
	release(&made);
}

static void a_dump_of_several_checkpoints_is_refused(void **state)
{
	struct shown shown;
	struct made made;

	(void)state;
	make(&made);
	made.look.siblings = 2;
	show_made(&shown, &dump_view, &made, "--pid 1 --address 0x10000+1");
	assert_int_equal(shown.ret, ERROR_USAGE);
	assert_string_equal(shown.text, "");
	free(shown.text);
	release(&made);
}

static void a_run_that_is_to_stop_ends_behind_a_row(void **state)
{
	struct settings settings;
	struct viewing viewing;
	_Atomic int stop = 15;
	struct made made;
	FILE *stream;

	(void)state;
	make(&made);
	assert_int_equal(settings_init(&settings, NULL), 0);
	stream = fopen("/dev/null", "w");
	assert_non_null(stream);
	assert_int_equal(viewing_init(&viewing, &maps_view, &settings, stream, &stop, NULL), 0);
	assert_int_equal(viewing_checkpoint(&viewing, &made.look, NULL), ERROR_INTERRUPTED);
	fclose(stream);
	viewing_release(&viewing);
	settings_release(&settings);
	release(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_shows_its_rows),
		cmocka_unit_test(bytes_that_nobody_has_are_told_by_range_and_the_rest_is_shown),
		cmocka_unit_test(a_long_dump_has_whole_lines_and_rows_of_64_kib),
		cmocka_unit_test(a_text_that_json_would_cut_comes_in_rows),
		cmocka_unit_test(bytes_of_a_file_that_was_cut_meanwhile_are_told),
		cmocka_unit_test(a_dump_of_several_processes_is_refused),
		cmocka_unit_test(a_dump_of_several_checkpoints_is_refused),
		cmocka_unit_test(a_run_that_is_to_stop_ends_behind_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
