#ifndef CKPT_TESTS_SAMPLE_HIT_H
#define CKPT_TESTS_SAMPLE_HIT_H

#include "report/format.h"

/* One finding with everything in it, as json.md's example has it. */
#define SAMPLE_BYTES(literal)                                                                      \
	{                                                                                          \
		(const uint8_t *)(literal), sizeof(literal) - 1                                    \
	}

static const struct run_facts sample_run = {
	.id = "5b0c",
	.time = "2026-11-24T13:02:11Z",
	.version = "0.1.0",
	.host = "ir-1",
};

static const struct checkpoint_outline sample_checkpoint = {
	.id = "77aa",
	.path = "checkpoint.tar",
	.member = "checkpoint",
	.form = "tar",
	.compression = "zstd",
	.size = 3741990400,
	.time = "2026-11-24T12:58:40Z",
	.time_source = "config",
	.container_id = "f11d0c2ab3e45566",
	.container_name = "api",
	.image = "registry/api:1.4",
	.pod = "payments-7d4b9",
	.pod_uid = "0b1f",
	.name_space = "shop",
	.engine = "cri-o",
	.created = "2026-11-20T08:00:01Z",
};

static const char *const sample_command_line[] = { "/plant", "-d" };

static const struct target_outline sample_target = {
	.kind = TARGET_PROCESS,
	.pid = 4,
	.ppid = 1,
	.has_ppid = true,
	.has_uid = true,
	.name = "plant",
	.executable = "/plant",
	.executable_state = "deleted",
	.command_line = sample_command_line,
	.command_line_count = 2,
	.thread_count = 1,
};

/* A plain file, named itself. */
static const struct checkpoint_outline sample_file_outline = {
	.path = "/srv/\xff.bin",
	.form = "raw",
	.size = 90000,
};

static const struct target_outline sample_file_target = {
	.kind = TARGET_FILE,
	.path = "/srv/\xff.bin",
	.origin = "operand",
	.size = 90000,
};

static const char *const sample_tags[] = { "apt", "miner" };

static const struct rule_meta sample_meta[] = {
	{ .name = "author", .kind = RULE_META_TEXT, .text = SAMPLE_BYTES("x\"\x1b") },
	{ .name = "hash", .kind = RULE_META_TEXT, .text = SAMPLE_BYTES("1") },
	{ .name = "score", .kind = RULE_META_INTEGER, .integer = 75 },
	{ .name = "hash", .kind = RULE_META_BOOLEAN, .integer = 1 },
};

static const struct rule_string sample_strings[] = {
	{ .name = "a" },
	{ .name = "", .has_xor_key = true },
};

static const struct rule sample_rule = {
	.name = "R",
	.namespace_name = "default",
	.tags = sample_tags,
	.tag_count = 2,
	.meta = sample_meta,
	.meta_count = 4,
	.strings = sample_strings,
	.string_count = 2,
	.hash = { 0x01, 0xcd },
};

static const struct hit_match sample_matches[] = {
	{ .string = &sample_strings[0],
	  .address = 0x7f48c082500a,
	  .length = 5,
	  .before = SAMPLE_BYTES("<<"),
	  .data = SAMPLE_BYTES("IC\x1b~!"),
	  .after = SAMPLE_BYTES(">>"),
	  .has_vma = true,
	  .vma = { .start = 0x7f48c0825000,
		   .end = 0x7f48c0829000,
		   .protection = "rw-p",
		   .kind = "anonymous" },
	  .image_file = "pages-3.img",
	  .image_offset = 4096 },
	{ .string = &sample_strings[1],
	  .address = 0xffffffffff600010,
	  .length = 100,
	  .data = SAMPLE_BYTES("\xff\xfe"),
	  .has_xor_key = true,
	  .xor_key = 3,
	  .has_vma = true,
	  .vma = { .start = 0xffffffffff600000,
		   .end = 0,
		   .protection = "r-xp",
		   .kind = "file",
		   .path = "/lib/\xff",
		   .offset = 8192,
		   .deleted = true } },
};

static const struct hit sample_hit = {
	.checkpoint = &sample_checkpoint,
	.target = &sample_target,
	.rule = &sample_rule,
	.match_count = 3,
	.matches = sample_matches,
	.match_count_listed = 2,
	.has_first = true,
	.first_string = "a",
	.first_address = 0x7f48c082500a,
};

static const struct hit_match sample_file_match = {
	.string = &sample_strings[0],
	.address = 0x5010,
	.length = 5,
	.data = SAMPLE_BYTES("IC\x1b~!"),
};

static const struct hit sample_file_hit = {
	.checkpoint = &sample_file_outline,
	.target = &sample_file_target,
	.rule = &sample_rule,
	.match_count = 1,
	.matches = &sample_file_match,
	.match_count_listed = 1,
	.has_first = true,
	.first_string = "a",
	.first_address = 0x5010,
};

static const struct console_message sample_message = {
	.checkpoint = &sample_checkpoint,
	.target = &sample_target,
	.rule = &sample_rule,
	.text = SAMPLE_BYTES("pool\\ \x1b\n\0\xff"),
};

static const enum warning_code sample_incomplete[] = { WARNING_MISSING_PARENT };
static const struct file_not_dumped sample_file = { "/usr/lib/libc.so.6", 1900544 };
static const uint8_t sample_digest[32] = { 0x3e, 0x1f };

static const char *const sample_modules[] = { "dotnet", "pe" };

static const struct scan_summary sample_summary = {
	.checkpoint = &sample_checkpoint,
	.narrowed = true,
	.hits = 1,
	.warnings = 1,
	.incomplete = sample_incomplete,
	.incomplete_count = 1,
	.targets = { [TARGET_PROCESS] = 3 },
	.bytes_scanned = 3741990256,
	.bytes_lost = 4096,
	.bytes_not_dumped = 243269632,
	.files_not_dumped = &sample_file,
	.files_not_dumped_count = 1,
	.rules_digest = sample_digest,
	.rule_count = 957,
	.string_count = 2199,
	.rules_not_evaluated = 4,
	.modules_not_evaluated = sample_modules,
	.modules_not_evaluated_count = 2,
	.filters = "",
	.seconds = 0.5,
	.threads = 2,
};

#endif
