#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "scanners/criu/mm.h"
#include "tests/unit/scanners/image_builder.h"
#include "tests/unit/scanners/planted.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add(struct planted *planted, const char *name, const struct builder *builder)
{
	planted_take(planted, name, builder_copy(builder), builder->length);
}

static void add_inventory(struct planted *planted, bool by_list)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };

	put_magic(&builder, IMAGE_INVENTORY);
	put_number(&entry, 1, 2);
	put_number(&entry, 2, by_list);
	put_entry(&builder, &entry);
	add(planted, "inventory.img", &builder);
}

static void add_process(struct planted *planted, uint32_t pid, uint32_t state)
{
	struct builder core = { .length = 0 }, mm = { .length = 0 }, pagemap = { .length = 0 };
	char name[32];

	put_core(&core, state, "any");
	snprintf(name, sizeof(name), "core-%u.img", pid);
	add(planted, name, &core);
	if (state != 1)
		return;
	put_mm(&mm, NULL, 0);
	snprintf(name, sizeof(name), "mm-%u.img", pid);
	add(planted, name, &mm);
	put_pagemap(&pagemap, 1, NULL, 0);
	snprintf(name, sizeof(name), "pagemap-%u.img", pid);
	add(planted, name, &pagemap);
}

static void add_tree(struct planted *planted, const uint32_t *pids, size_t count)
{
	struct builder builder = { .length = 0 };

	put_magic(&builder, IMAGE_PROCESS_TREE);
	for (size_t i = 0; i < count; i++) {
		struct builder entry = { .length = 0 };

		put_number(&entry, 1, pids[i]);
		put_entry(&builder, &entry);
	}
	add(planted, "pstree.img", &builder);
}

static void add_ids(struct planted *planted, uint32_t pid, uint32_t list)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };
	char name[32];

	put_magic(&builder, IMAGE_IDS);
	put_number(&entry, 2, list);
	put_entry(&builder, &entry);
	snprintf(name, sizeof(name), "ids-%u.img", pid);
	add(planted, name, &builder);
}

static void put_descriptor(struct builder *builder, uint32_t fd, uint32_t file, uint32_t type)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, file);
	put_number(&entry, 2, 1);
	put_number(&entry, 3, type);
	put_number(&entry, 4, fd);
	put_entry(builder, &entry);
}

static void add_list(struct planted *planted, uint32_t list, uint32_t fd, uint32_t file,
		     uint32_t type)
{
	struct builder builder = { .length = 0 };
	char name[32];

	put_magic(&builder, IMAGE_FDINFO);
	put_descriptor(&builder, fd, file, type);
	snprintf(name, sizeof(name), "fdinfo-%u.img", list);
	add(planted, name, &builder);
}

static void finish(struct planted *planted)
{
	assert_int_equal(image_set_checkpoint(planted->images,
					      &(struct model_options){ .final = true },
					      &planted->checkpoint, NULL),
			 0);
}

static const struct open_file *file_of(const struct planted *planted, uint32_t id)
{
	for (size_t i = 0; i < planted->checkpoint->file_count; i++) {
		if (planted->checkpoint->files[i].id == id)
			return &planted->checkpoint->files[i];
	}
	return NULL;
}

static size_t warnings_with(const struct planted *planted, enum warning_code code, const char *file)
{
	size_t count, found = 0;
	const struct warning *warnings = warning_list_sorted(planted->warnings, &count);

	for (size_t i = 0; i < count; i++)
		found += warnings[i].code == code && strcmp(warnings[i].file, file) == 0;
	return found;
}

static size_t warning_count(const struct planted *planted)
{
	size_t count;

	warning_list_sorted(planted->warnings, &count);
	return count;
}

/* Bodies of messages, each with id 20. */
static void put_regular(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 02);
	put_text(out, 6, "/var/x");
	put_number(out, 8, 4097);
	put_number(out, 11, 0x04030201);
	put_number(out, 11, 0x08070605);
}

static void put_pipe(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 716000);
	put_number(out, 3, 1);
}

static void put_fifo(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 88);
	put_number(out, 3, 7);
}

static void put_terminal(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 5);
	put_number(out, 3, 2);
	put_number(out, 6, 7);
}

static void put_socket(struct builder *out, uint32_t family, uint32_t type, uint32_t protocol,
		       uint32_t state)
{
	put_number(out, 1, 20);
	put_number(out, 2, 4242);
	put_number(out, 3, family);
	put_number(out, 4, type);
	put_number(out, 5, protocol);
	put_number(out, 6, state);
}

static void put_tcp(struct builder *out)
{
	put_socket(out, 2, 1, 6, 1);
	put_number(out, 7, 6379);
	put_number(out, 8, 51000);
	put_number(out, 11, 0x0700000a);
	put_number(out, 12, 0x0900000a);
}

static void put_tcp6(struct builder *out)
{
	static const uint32_t loopback[] = { 0, 0, 0, 0x01000000 };

	put_socket(out, 10, 1, 6, 10);
	put_number(out, 7, 80);
	for (size_t i = 0; i < 4; i++)
		put_number(out, 11, loopback[i]);
	for (size_t i = 0; i < 4; i++)
		put_number(out, 12, 0);
}

static void put_udp_packed(struct builder *out)
{
	put_socket(out, 2, 2, 17, 7);
	put_number(out, 7, 53);
	put_string(out, 11, "\x7f\xff\xff\xff\x0f", 1);
	put_string(out, 12, "\0", 1);
}

static void put_raw(struct builder *out)
{
	put_socket(out, 2, 3, 1, 7);
}

static void put_unix(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 900);
	put_number(out, 3, 1);
	put_number(out, 4, 10);
	put_number(out, 8, 0);
	put_text(out, 11, "/run/x.sock");
}

static void put_abstract(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 901);
	put_number(out, 3, 2);
	put_number(out, 4, 7);
	put_string(out, 11,
		   "\0\xff"
		   "bus",
		   5);
}

static void put_netlink(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 902);
	put_number(out, 3, 15);
}

static void put_memfd(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 2);
	put_number(out, 5, 500);
}

static void put_bpf_map(struct builder *out)
{
	put_number(out, 1, 20);
	put_number(out, 2, 2);
	put_number(out, 8, 33);
	put_text(out, 13, "counters");
}

static void put_plain(struct builder *out)
{
	put_number(out, 1, 20);
}

/* formats.md's table of files: each type in files.img, and in the image of its own that older dumps have. */
static const struct {
	const char *name;
	uint32_t type, field;
	void (*put)(struct builder *out);
	const char *single; /* older image */
	enum image_kind single_kind;
	enum open_file_kind kind;
	const char *path;
	uint64_t object;
	const char *protocol, *state, *local, *remote;
} types[] = {
	{ "regular file", 1, 3, put_regular, "reg-files.img", IMAGE_REG_FILES, OPEN_FILE_FILE,
	  "/var/x", 0, NULL, NULL, NULL, NULL },
	{ "pipe", 2, 18, put_pipe, "pipes.img", IMAGE_PIPES, OPEN_FILE_PIPE, NULL, 716000, NULL,
	  NULL, NULL, NULL },
	{ "named pipe", 3, 17, put_fifo, "fifo.img", IMAGE_FIFO, OPEN_FILE_FIFO, "/place", 88, NULL,
	  NULL, NULL, NULL },
	{ "TCP socket", 4, 4, put_tcp, "inetsk.img", IMAGE_INETSK, OPEN_FILE_SOCKET, NULL, 4242,
	  "tcp", "established", "10.0.0.7:6379", "10.0.0.9:51000" },
	{ "IPv6 socket that listens", 4, 4, put_tcp6, "inetsk.img", IMAGE_INETSK, OPEN_FILE_SOCKET,
	  NULL, 4242, "tcp", "listen", "[::1]:80", NULL },
	{ "UDP socket with packed words", 4, 4, put_udp_packed, "inetsk.img", IMAGE_INETSK,
	  OPEN_FILE_SOCKET, NULL, 4242, "udp", "close", "127.0.0.0:53", NULL },
	{ "raw socket without addresses", 4, 4, put_raw, "inetsk.img", IMAGE_INETSK,
	  OPEN_FILE_SOCKET, NULL, 4242, "raw", "close", NULL, NULL },
	{ "Unix socket with a path", 5, 16, put_unix, "unixsk.img", IMAGE_UNIXSK, OPEN_FILE_SOCKET,
	  NULL, 900, "unix", "listen", "/run/x.sock", NULL },
	{ "Unix socket with an abstract name of any bytes", 5, 16, put_abstract, "unixsk.img",
	  IMAGE_UNIXSK, OPEN_FILE_SOCKET, NULL, 901, "unix", "close",
	  "@\xff"
	  "bus",
	  NULL },
	{ "event counter", 6, 8, put_plain, "eventfd.img", IMAGE_EVENTFD, OPEN_FILE_EVENTFD, NULL,
	  0, NULL, NULL, NULL, NULL },
	{ "event poll", 7, 9, put_plain, "eventpoll.img", IMAGE_EVENTPOLL, OPEN_FILE_EVENTPOLL,
	  NULL, 0, NULL, NULL, NULL, NULL },
	{ "inotify", 8, 13, put_plain, "inotify.img", IMAGE_INOTIFY, OPEN_FILE_INOTIFY, NULL, 0,
	  NULL, NULL, NULL, NULL },
	{ "signals", 9, 10, put_plain, "signalfd.img", IMAGE_SIGNALFD, OPEN_FILE_SIGNALFD, NULL, 0,
	  NULL, NULL, NULL, NULL },
	{ "packet socket", 10, 6, put_plain, "packetsk.img", IMAGE_PACKETSK, OPEN_FILE_SOCKET, NULL,
	  0, "packet", NULL, NULL, NULL },
	{ "terminal", 11, 19, put_terminal, "tty.img", IMAGE_TTY_FILES, OPEN_FILE_TERMINAL,
	  "/place", 5, NULL, NULL, NULL, NULL },
	{ "fanotify", 12, 14, put_plain, "fanotify.img", IMAGE_FANOTIFY, OPEN_FILE_FANOTIFY, NULL,
	  0, NULL, NULL, NULL, NULL },
	{ "netlink socket", 13, 7, put_netlink, "netlinksk.img", IMAGE_NETLINKSK, OPEN_FILE_SOCKET,
	  NULL, 902, "netlink", NULL, NULL, NULL },
	{ "namespace", 14, 5, put_plain, "ns-files.img", IMAGE_NS_FILES, OPEN_FILE_NAMESPACE, NULL,
	  0, NULL, NULL, NULL, NULL },
	{ "network tunnel", 15, 12, put_plain, "tunfile.img", IMAGE_TUNFILE, OPEN_FILE_TUN, NULL, 0,
	  NULL, NULL, NULL, NULL },
	{ "device of a plugin", 16, 15, put_plain, "ext-files.img", IMAGE_EXT_FILES,
	  OPEN_FILE_DEVICE, NULL, 0, NULL, NULL, NULL, NULL },
	{ "timer", 17, 11, put_plain, "timerfd.img", IMAGE_TIMERFD, OPEN_FILE_TIMERFD, NULL, 0,
	  NULL, NULL, NULL, NULL },
	{ "memory file", 18, 20, put_memfd, NULL, IMAGE_KINDS, OPEN_FILE_MEMFD, "payload", 77, NULL,
	  NULL, NULL, NULL },
	{ "BPF map", 19, 21, put_bpf_map, NULL, IMAGE_KINDS, OPEN_FILE_BPF_MAP, "counters", 33,
	  NULL, NULL, NULL, NULL },
	{ "process descriptor", 20, 22, put_plain, NULL, IMAGE_KINDS, OPEN_FILE_PIDFD, NULL, 0,
	  NULL, NULL, NULL, NULL },
	{ "type that is not known", 99, 99, put_plain, NULL, IMAGE_KINDS, OPEN_FILE_OTHER, NULL, 0,
	  NULL, NULL, NULL, NULL },
};

static void put_file(struct builder *builder, uint32_t type, uint32_t id, uint32_t field,
		     const struct builder *what)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, type);
	put_number(&entry, 2, id);
	put_message(&entry, field, what);
	put_entry(builder, &entry);
}

static void put_place(struct builder *out)
{
	put_number(out, 1, 7);
	put_number(out, 2, 2);
	put_text(out, 6, "/place");
}

static void add_new_files(struct planted *planted, size_t index)
{
	struct builder builder = { .length = 0 }, what = { .length = 0 }, place = { .length = 0 };

	put_magic(&builder, IMAGE_FILES);
	types[index].put(&what);
	put_file(&builder, types[index].type, 20, types[index].field, &what);
	put_place(&place);
	put_file(&builder, 1, 7, 3, &place);
	add(planted, "files.img", &builder);
}

static void add_old_files(struct planted *planted, size_t index)
{
	struct builder builder = { .length = 0 }, what = { .length = 0 }, place = { .length = 0 };
	struct builder regular = { .length = 0 };

	put_magic(&builder, types[index].single_kind);
	types[index].put(&what);
	put_entry(&builder, &what);
	put_place(&place);
	if (types[index].single_kind == IMAGE_REG_FILES) {
		put_entry(&builder, &place);
	} else {
		put_magic(&regular, IMAGE_REG_FILES);
		put_entry(&regular, &place);
		add(planted, "reg-files.img", &regular);
	}
	add(planted, types[index].single, &builder);
}

static void add_memfd(struct planted *planted)
{
	struct builder builder = { .length = 0 }, entry = { .length = 0 };

	put_magic(&builder, IMAGE_MEMFD);
	put_text(&entry, 1, "payload");
	put_number(&entry, 4, 8192);
	put_number(&entry, 5, 77);
	put_number(&entry, 7, 500);
	put_entry(&builder, &entry);
	add(planted, "memfd.img", &builder);
}

static void same_text(const char *left, const char *right)
{
	assert_int_equal(left == NULL, right == NULL);
	if (left)
		assert_string_equal(left, right);
}

static void run_type(size_t index, bool old)
{
	const uint32_t pid = 1;
	const struct open_file *file;
	struct planted planted;

	print_message("%s%s\n", types[index].name, old ? ", older images" : "");
	planted_prepare(&planted);
	add_inventory(&planted, true);
	add_tree(&planted, &pid, 1);
	add_process(&planted, 1, 1);
	add_ids(&planted, 1, 3);
	add_list(&planted, 3, 9, 20, types[index].type);
	add_memfd(&planted);
	if (old)
		add_old_files(&planted, index);
	else
		add_new_files(&planted, index);
	finish(&planted);
	file = file_of(&planted, 20);
	assert_non_null(file);
	assert_int_equal(file->kind, types[index].kind);
	assert_int_equal(file->object, types[index].object);
	same_text(file->path, types[index].path);
	same_text(file->protocol, types[index].protocol);
	same_text(file->state, types[index].state);
	same_text(file->local, types[index].local);
	same_text(file->remote, types[index].remote);
	assert_int_equal(planted.checkpoint->processes[0].descriptor_count, 1);
	assert_int_equal(planted.checkpoint->processes[0].descriptors[0].fd, 9);
	assert_int_equal(planted.checkpoint->processes[0].descriptors[0].flags, 1);
	assert_ptr_equal(planted.checkpoint->processes[0].descriptors[0].file, file);
	planted_close(&planted);
}

static void files_of_each_type_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		run_type(i, false);
		if (types[i].single)
			run_type(i, true);
	}
}

static void facts_of_a_regular_file_are_kept(void **state)
{
	const struct open_file *file;
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	add_inventory(&planted, true);
	add_new_files(&planted, 0);
	finish(&planted);
	file = file_of(&planted, 20);
	assert_int_equal(file->flags, 2);
	assert_true(file->has_size);
	assert_int_equal(file->size, 4097);
	assert_int_equal(file->build_id.length, 8);
	assert_memory_equal(file->build_id.data, "\1\2\3\4\5\6\7\10", 8);
	assert_false(file_of(&planted, 7)->has_size);
	planted_close(&planted);
}

static void words_of_the_other_byte_order_are_turned(void **state)
{
	struct builder core = { .length = 0 }, entry = { .length = 0 };
	struct builder tcp = { .length = 0 }, files = { .length = 0 };
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	put_magic(&core, IMAGE_CORE);
	put_number(&entry, 1, 5);
	put_entry(&core, &entry);
	add(&planted, "core-1.img", &core);
	put_socket(&tcp, 2, 1, 6, 1);
	put_number(&tcp, 7, 80);
	put_number(&tcp, 11, 0x0a000007);
	put_magic(&files, IMAGE_FILES);
	put_file(&files, 4, 20, 4, &tcp);
	add(&planted, "files.img", &files);
	finish(&planted);
	assert_string_equal(file_of(&planted, 20)->local, "10.0.0.7:80");
	planted_close(&planted);
}

static void the_other_end_of_a_unix_socket_has_its_name(void **state)
{
	struct builder files = { .length = 0 }, server = { .length = 0 }, client = { .length = 0 };
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	put_magic(&files, IMAGE_FILES);
	put_unix(&server);
	put_file(&files, 5, 20, 16, &server);
	put_number(&client, 1, 21);
	put_number(&client, 2, 903);
	put_number(&client, 8, 900);
	put_file(&files, 5, 21, 16, &client);
	add(&planted, "files.img", &files);
	finish(&planted);
	assert_string_equal(file_of(&planted, 21)->remote, "/run/x.sock");
	assert_int_equal(file_of(&planted, 21)->peer, 900);
	assert_null(file_of(&planted, 21)->local);
	assert_null(file_of(&planted, 20)->remote);
	planted_close(&planted);
}

static void put_named(struct builder *files, uint32_t id, const char *path)
{
	struct builder regular = { .length = 0 };

	put_number(&regular, 1, id);
	put_text(&regular, 6, path);
	put_file(files, 1, id, 3, &regular);
}

static void put_remap(struct builder *remaps, uint32_t id, uint32_t number, uint32_t type)
{
	struct builder entry = { .length = 0 };

	put_number(&entry, 1, id);
	put_number(&entry, 2, number);
	put_number(&entry, 3, type);
	put_entry(remaps, &entry);
}

static void deleted_files_lead_to_what_is_left_of_them(void **state)
{
	enum { LINKED, GHOST };
	struct builder files = { .length = 0 }, remaps = { .length = 0 };
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	put_magic(&files, IMAGE_FILES);
	put_named(&files, 30, "/gone");
	put_named(&files, 31, "/gone");
	put_named(&files, 32, "/gone");
	put_named(&files, 33, "/kept");
	put_named(&files, 34, "/link_remap.7");
	add(&planted, "files.img", &files);
	put_magic(&remaps, IMAGE_REMAP_FPATH);
	put_remap(&remaps, 32, 5, GHOST);
	put_remap(&remaps, 30, 6, GHOST);
	put_remap(&remaps, 31, 5, GHOST);
	put_remap(&remaps, 33, 34, LINKED);
	add(&planted, "remap-fpath.img", &remaps);
	finish(&planted);
	assert_int_equal(file_of(&planted, 30)->same_as, 30);
	assert_int_equal(file_of(&planted, 31)->same_as, 31);
	assert_int_equal(file_of(&planted, 32)->same_as, 31);
	assert_null(file_of(&planted, 30)->kept_as);
	assert_true(file_of(&planted, 33)->deleted);
	assert_string_equal(file_of(&planted, 33)->kept_as, "/link_remap.7");
	assert_int_equal(file_of(&planted, 33)->same_as, 0);
	assert_false(file_of(&planted, 34)->deleted);
	planted_close(&planted);
}

static void processes_with_one_list_share_it(void **state)
{
	const uint32_t pids[] = { 1, 2, 3 };
	struct planted planted;
	const struct process *processes;

	(void)state;
	planted_prepare(&planted);
	add_inventory(&planted, true);
	add_tree(&planted, pids, 3);
	for (uint32_t pid = 1; pid <= 3; pid++)
		add_process(&planted, pid, 1);
	add_ids(&planted, 1, 5);
	add_ids(&planted, 2, 5);
	add_ids(&planted, 3, 6);
	add_list(&planted, 5, 0, 20, 1);
	add_list(&planted, 6, 4, 20, 1);
	add_new_files(&planted, 0);
	finish(&planted);
	processes = planted.checkpoint->processes;
	assert_ptr_equal(processes[0].descriptors, processes[1].descriptors);
	assert_int_equal(processes[2].descriptors[0].fd, 4);
	assert_ptr_equal(processes[2].descriptors[0].file, processes[0].descriptors[0].file);
	planted_close(&planted);
}

enum { ALIVE = 1, DEAD = 2 };

/* What is missing of a process's descriptors, and when that is told. */
static const struct {
	const char *name;
	bool by_list, ids, list, any_list;
	uint32_t state;
	const char *missing; /* NULL: nothing */
	size_t descriptors;
} losses[] = {
	{ "all is there", true, true, true, false, ALIVE, NULL, 1 },
	{ "no list", true, true, false, false, ALIVE, "fdinfo-4.img", 0 },
	{ "no ids while others have lists", true, false, false, true, ALIVE, "ids-1.img", 0 },
	{ "nothing was described", true, false, false, false, ALIVE, NULL, 0 },
	{ "a dead process has neither", true, false, false, true, DEAD, NULL, 0 },
	{ "lists by process in very old images", false, false, true, false, ALIVE, NULL, 1 },
};

static void run_loss(size_t index)
{
	const uint32_t pid = 1;
	struct planted planted;

	print_message("%s\n", losses[index].name);
	planted_prepare(&planted);
	add_inventory(&planted, losses[index].by_list);
	add_tree(&planted, &pid, 1);
	add_process(&planted, 1, losses[index].state);
	if (losses[index].ids)
		add_ids(&planted, 1, 4);
	if (losses[index].list)
		add_list(&planted, losses[index].by_list ? 4 : 1, 0, 20, 1);
	if (losses[index].any_list)
		add_list(&planted, 9, 0, 20, 1);
	add_new_files(&planted, 0);
	finish(&planted);
	assert_int_equal(planted.checkpoint->processes[0].descriptor_count,
			 losses[index].descriptors);
	assert_int_equal(warning_count(&planted), (losses[index].missing != NULL));
	if (losses[index].missing)
		assert_int_equal(
			warnings_with(&planted, WARNING_MISSING_IMAGE, losses[index].missing), 1);
	planted_close(&planted);
}

static void missing_descriptors_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(losses); i++)
		run_loss(i);
}

static void a_file_that_nothing_describes_is_told(void **state)
{
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	add_inventory(&planted, true);
	add_list(&planted, 3, 9, 66, 4);
	add_new_files(&planted, 0);
	finish(&planted);
	assert_int_equal(file_of(&planted, 66)->kind, OPEN_FILE_SOCKET);
	assert_int_equal(warnings_with(&planted, WARNING_CORRUPT, "files.img"), 1);
	planted_close(&planted);
}

static void a_descriptor_listed_twice_is_told_and_the_last_counts(void **state)
{
	struct builder builder = { .length = 0 };
	struct planted planted;

	(void)state;
	planted_prepare(&planted);
	add_inventory(&planted, false);
	add_process(&planted, 1, 1);
	put_magic(&builder, IMAGE_FDINFO);
	put_descriptor(&builder, 4, 7, 1);
	put_descriptor(&builder, 0, 7, 1);
	put_descriptor(&builder, 4, 20, 1);
	add(&planted, "fdinfo-1.img", &builder);
	add_new_files(&planted, 0);
	finish(&planted);
	assert_int_equal(planted.checkpoint->processes[0].descriptor_count, 2);
	assert_int_equal(planted.checkpoint->processes[0].descriptors[1].file->id, 20);
	assert_int_equal(warnings_with(&planted, WARNING_CORRUPT, "fdinfo-1.img"), 1);
	planted_close(&planted);
}

static void a_real_checkpoint_has_its_descriptors(void **state)
{
	const struct process *process;
	const struct vma *vma = NULL;
	struct planted planted;

	(void)state;
	planted_open(&planted, TEST_DATA_DIR "/podman-zstd.tar");
	process = &planted.checkpoint->processes[0];
	assert_int_equal(process->descriptor_count, 11);
	assert_string_equal(process->descriptors[0].file->path, "/dev/null");
	assert_int_equal(process->descriptors[1].file->kind, OPEN_FILE_PIPE);
	assert_string_equal(process->descriptors[3].file->path, "payload");
	assert_int_equal(process->descriptors[3].file->object, 1050);
	assert_string_equal(process->descriptors[6].file->path, "/tmp/ghost.bin");
	assert_true(process->descriptors[6].file->deleted);
	assert_int_equal(process->descriptors[6].file->size, 25);
	assert_string_equal(process->descriptors[9].file->protocol, "unix");
	assert_int_equal(process->descriptors[9].file->peer, process->descriptors[10].file->object);
	for (size_t i = 0; i < process->vma_count; i++) {
		if (process->vmas[i].path && strcmp(process->vmas[i].path, "/plant") == 0)
			vma = &process->vmas[i];
	}
	assert_non_null(vma);
	assert_int_equal(vma->file->build_id.length, 20);
	assert_int_equal(warning_count(&planted), 0);
	planted_close(&planted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_each_type_are_told),
		cmocka_unit_test(facts_of_a_regular_file_are_kept),
		cmocka_unit_test(words_of_the_other_byte_order_are_turned),
		cmocka_unit_test(the_other_end_of_a_unix_socket_has_its_name),
		cmocka_unit_test(deleted_files_lead_to_what_is_left_of_them),
		cmocka_unit_test(processes_with_one_list_share_it),
		cmocka_unit_test(missing_descriptors_are_told),
		cmocka_unit_test(a_file_that_nothing_describes_is_told),
		cmocka_unit_test(a_descriptor_listed_twice_is_told_and_the_last_counts),
		cmocka_unit_test(a_real_checkpoint_has_its_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
