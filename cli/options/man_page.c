#include "cli/options/man_page.h"

#include "cli/options/option_table.h"

/* When what the page says last changed. */
#define PAGE_DATE "2026-11-25"

/* Text as roff takes it: backslashes and dashes as they stand, and no line that begins a request. */
static void add_roff(struct text *text, const char *words)
{
	if (*words == '.' || *words == '\'')
		text_add(text, "\\&");
	for (; *words; words++) {
		if (*words == '\\')
			text_add(text, "\\e");
		else if (*words == '-')
			text_add(text, "\\-");
		else if (*words == '\'')
			text_add(text, "\\(aq");
		else
			text_add_byte(text, *words);
	}
}

static void add_bold(struct text *text, const char *words)
{
	text_add(text, "\\fB");
	add_roff(text, words);
	text_add(text, "\\fR");
}

static void add_section(struct text *text, const char *name)
{
	text_add_format(text, ".SH %s\n", name);
}

static void add_words(struct text *text, const char *words)
{
	add_roff(text, words);
	text_add_byte(text, '\n');
}

static void add_paragraph(struct text *text, const char *words)
{
	text_add(text, ".PP\n");
	add_words(text, words);
}

static void add_note(struct text *text, const struct note *note)
{
	text_add(text, ".TP\n");
	add_bold(text, note->term);
	text_add_byte(text, '\n');
	add_roff(text, note->text);
	text_add(text, ".\n");
}

static void add_option(struct text *text, const struct option_spec *spec)
{
	text_add(text, ".TP\n");
	if (spec->letter)
		text_add_format(text, "\\fB\\-%c\\fR, ", spec->letter);
	text_add(text, "\\fB\\-\\-");
	add_roff(text, spec->name);
	text_add(text, "\\fR");
	if (spec->argument) {
		text_add(text, " \\fI");
		add_roff(text, spec->argument);
		text_add(text, "\\fR");
	}
	text_add_byte(text, '\n');
	add_roff(text, spec->help);
	text_add(text, ".\n");
	if (!spec->more)
		return;
	add_words(text, spec->more);
}

static void add_commands(struct text *text)
{
	add_section(text, "COMMANDS");
	for (size_t i = 0; i < COMMAND_SPECS; i++) {
		const struct note note = { command_table[i].name, command_table[i].summary };

		add_note(text, &note);
	}
}

static const struct note check_notes[] = {
	{ "text, hex, regex",
	  "strings as they are written; nocase, wide, fullword and xor are what "
	  "their modifiers say" },
	{ "by atoms", "a few bytes of the string are looked for, and what is around them is "
		      "confirmed" },
	{ "by windows", "it has no such bytes; places that allow only some are looked for" },
	{ "every byte", "nothing can be looked for; the string is tried everywhere" },
	{ "in several parts", "parts with long gaps between them, each looked for by itself" },
	{ "not evaluated", "rules that look into a module whose values are not known" },
};

static void add_check(struct text *text)
{
	add_section(text, "CHECK");
	add_words(text,
		  "Errors and warnings go to standard error as a scan writes them. Standard output "
		  "has a table of all strings in the rules' order (name, place, how a process is "
		  "searched for it, by how many atoms and windows, how many candidates are "
		  "expected in a GB of memory, and the atom or window that gives most of them), "
		  "then the numbers of what is in the rules. Of these words:");
	for (size_t i = 0; i < sizeof(check_notes) / sizeof(check_notes[0]); i++)
		add_note(text, &check_notes[i]);
	add_paragraph(text,
		      "With --slow the table has at most 25 strings, the worst first. A string "
		      "with a longer or rarer sequence of fixed bytes costs less.");
}

static const struct note look_notes[] = {
	{ "show",
	  "one row for each checkpoint: names of the container, its image, pod and engine, when it "
	  "was made and when frozen, the form and size of the archive, bytes of changed files in "
	  "the root file system, processes, bytes of their memory that the images describe (each "
	  "page once), images of an incremental chain below it, and CRIU's image version; in JSON "
	  "criu, processes, memory_bytes, rootfs_diff_bytes, parents" },
	{ "processes",
	  "the tree of processes, each before its children, with state, user, threads, the bytes "
	  "of memory that it sees in the dump (what several map counts for each) and the command "
	  "line; in JSON a target, with threads (tid, name), state and memory_bytes in it" },
	{ "maps",
	  "mappings as in /proc/PID/maps, and for each how many of its bytes are in the dump, in a "
	  "parent, in the mapped file (at hand or not), were never written and are zero, or are "
	  "lost; what is none of these is in no dump. Pages outside of any mapping are of kind "
	  "unmapped. In JSON pid, vma (as in matches), bytes (dump, parent, file, zero, lost)" },
	{ "environment",
	  "variables as they stand in memory, where programs may have overwritten them; in JSON "
	  "pid, name, value" },
	{ "files",
	  "descriptors and what they lead to, with the flags of open(2); those that have no name "
	  "are a number, which is the frozen machine's. OBJECT is the number that descriptors of "
	  "one pipe or socket share. In JSON pid, fd, kind, path, deleted, flags, object, "
	  "protocol, state, local, remote, peer (the other end's object)" },
	{ "dump",
	  "the bytes of --address in hexadecimal, with never-written memory as the zeros that the "
	  "process saw. Bytes that nobody has are named on standard error, and the exit code is 3. "
	  "--pid chooses where there are several processes, --member where there are several "
	  "checkpoints. In JSON pid, address, length, data, at most 64 KiB in a row" },
	{ "strings",
	  "runs of at least four printable ASCII characters or tabs, also as UTF-16LE, by address; "
	  "a run of more than 4096 characters is shown in parts. In JSON pid, address, encoding "
	  "(ascii, utf-16le), text" },
};

static void add_look(struct text *text)
{
	add_section(text, "LOOKING");
	add_words(text,
		  "These commands open checkpoints as a scan does, and need no rules. They write a "
		  "table, after a line that names the checkpoint; with --json one object for each "
		  "row, whose type is the command's name, with checkpoint and container as in a "
		  "hit. Warnings are on standard error only.");
	for (size_t i = 0; i < sizeof(look_notes) / sizeof(look_notes[0]); i++)
		add_note(text, &look_notes[i]);
}

static const struct note bench_notes[] = {
	{ "reading", "all bytes of memory are read, as --read says, and nothing is looked for" },
	{ "inflating_gzip, inflating_zstd...",
	  "an archive is decompressed, by one thread as in a scan" },
	{ "mapping", "images become processes and their memory, by one thread; of an archive that "
		     "is compressed without the time for inflating it" },
	{ "candidates", "the atoms of all strings are looked for in all bytes (see CHECK)" },
	{ "confirm", "what the atoms lead to is confirmed, without looking for them; much where "
		     "beginnings of strings stand in memory often" },
	{ "conditions", "the rules' conditions are evaluated for all processes and files" },
	{ "scan", "everything, as the command scan does it, with text for its report" },
};

static void add_bench(struct text *text)
{
	add_section(text, "BENCH");
	add_words(text,
		  "Shows how long the stages of a scan take, each alone and all together, with 1, "
		  "2, 4 and so on up to --threads threads, by the code of a scan: for who wants to "
		  "know what a machine, or a set of rules, is worth. BYTES of memory are searched "
		  "in SECONDS, the least of several runs, at a RATE in which units are powers of "
		  "1000. CACHE tells whether the files were in the page cache. Of cold rows the "
		  "files are given up by it before each run, which slows down whoever else reads "
		  "them; where that cannot be done there are none. The last line names the stage "
		  "that takes longest.");
	add_paragraph(
		text,
		"Without a checkpoint one of 256 MiB is made in $TMPDIR, and compressed with "
		"zstd and gzip; its files have no names, and nothing is left of them. Without "
		"rules or patterns 240 strings are made. Both are the same everywhere. In "
		"JSON each row has checkpoint (not of a made one), container, stage, threads, "
		"cache (cold or warm), bytes, seconds and bytes_per_second.");
	for (size_t i = 0; i < sizeof(bench_notes) / sizeof(bench_notes[0]); i++)
		add_note(text, &bench_notes[i]);
}

static void add_plugin(struct text *text)
{
	add_section(text, "CHECKPOINTCTL");
	add_words(
		text,
		"A link named checkpointctl-scan in PATH makes the program a plugin of "
		"checkpointctl(1): checkpointctl scan takes the arguments of ckpt-scan scan. It is "
		"installed beside ckpt-scan. With --plugin-description as its only argument it "
		"writes one line and ends with 42.");
}

static void add_options(struct text *text)
{
	add_section(text, "OPTIONS");
	add_words(text, "Options and operands may be mixed; -- ends the options. Names of options "
			"are not abbreviated. Where an option takes one value and is repeated, the "
			"last counts. An option that would have no effect is an error.");
	for (size_t section = 0; section < SECTIONS; section++) {
		text_add_format(text, ".SS %s\n", option_section_names[section]);
		for (size_t i = 0; i < OPTION_COUNT; i++) {
			if ((size_t)option_table[i].section == section)
				add_option(text, &option_table[i]);
		}
	}
}

static void add_output(struct text *text)
{
	add_section(text, "OUTPUT");
	add_words(text,
		  "Results go to standard output, everything else to standard error; without "
		  "a result there is no output. In text the first line of a checkpoint names "
		  "it and its container; each hit is a line with the rule (with its namespace "
		  "where that is not \"default\") and the target. Of a process that is the PID "
		  "inside the container, its name and its executable; of a file its path, where "
		  "it comes from, and who holds it; of a pipe, socket, terminal or message queue "
		  "its number in the images, a socket's addresses, and who holds it. Lines with a "
		  "match begin with two spaces. With --raw the rule and the path of the file "
		  "stand alone.");
	add_paragraph(text, "What rules write with console.log goes to standard error, each line "
			    "with the path, the target and the rule; with --json alone it is in "
			    "the report. Every rule that is evaluated is heard, reported or not.");
	add_paragraph(text, "What comes from a checkpoint or from rules is escaped: control "
			    "characters, bytes that are no UTF-8, and characters that change the "
			    "direction of writing are shown as \\n, \\xNN or \\uNNNN.");
}

static const struct note json_notes[] = {
	{ "hit", "id, run, checkpoint, container, target, rule, namespace, rule_hash, tags, meta, "
		 "match_count, match_count_limited, matches_listed, matches" },
	{ "log", "run, checkpoint, container, target, namespace, rule, message" },
	{ "warning", "run, checkpoint, target, code, effect (incomplete or note), cause (input, "
		     "machine or rules), message, file, pid, start, end, offset, length, bytes, "
		     "count" },
	{ "summary", "id, run, checkpoint, container, complete, whole, narrowed, hits, warnings, "
		     "incomplete, targets, bytes_scanned, bytes_lost, bytes_not_selected, "
		     "bytes_not_dumped, files_not_dumped, rules; bytes_scanned, bytes_lost and "
		     "bytes_not_selected together are all that the checkpoint describes" },
	{ "rules", "sha256, count, strings, not_evaluated (how many rules use a module without "
		   "values), modules_not_evaluated" },
	{ "end", "run, checkpoints, complete, incomplete, skipped, hits, exit; a file that ends "
		 "without this line is of a run that was killed" },
	{ "run", "id, time, schema, version, host; in summary and end also seconds, in summary "
		 "bytes_per_second and threads, with --stats stats (bytes_by_node, steals, "
		 "waits). Nothing else depends on when, where and how the "
		 "scan ran" },
	{ "checkpoint", "id, path, member, form, compression, size (in summary), time, "
			"time_source" },
	{ "container", "id, name, image, image_digest, pod, pod_id, pod_uid, namespace, engine, "
		       "runtime, created" },
	{ "target",
	  "kind, pid, ppid, name, executable, executable_state, command_line, "
	  "command_line_cut, uid, thread_count, path and origin (of a file), size, object "
	  "(its number in the images), bytes_unseen, protocol, state, direction, local "
	  "and remote (of a socket), held_by (pid and fd; the first 16), held_by_count" },
	{ "matches", "string, address (of what is no process offset), length, data, before, after, "
		     "xor_key, source (file: a byte was not in the dump, but is the mapped "
		     "file's), vma (start, end, protection, kind, path, offset, deleted), image "
		     "(file, offset, layer; 1 is the parent)" },
};

static void add_json(struct text *text)
{
	add_section(text, "JSON");
	add_words(text,
		  "One object a line, schema 1: for each checkpoint its logs and hits by process "
		  "and rule, its warnings and a summary, and at last one end. Each object has its "
		  "fields in the order below; one that is not known is left out. Readers skip "
		  "fields, types of line and codes that they do not know.");
	add_paragraph(text, "Addresses are strings in hexadecimal, ranges exclude their end, times "
			    "are UTC, hashes hexadecimal, bytes base64. Text from a checkpoint "
			    "that is no UTF-8 has U+FFFD for each bad byte and beside it "
			    "FIELD_b64 with the bytes; one longer than 4096 bytes is cut and has "
			    "FIELD_cut beside it. With the default limits a line stays below "
			    "1 MiB: a hit whose matches need more lists fewer than it counts.");
	for (size_t i = 0; i < sizeof(json_notes) / sizeof(json_notes[0]); i++)
		add_note(text, &json_notes[i]);
	add_paragraph(text, "The id of a hit is the SHA-256 of checkpoint.id, target.kind, "
			    "target.pid, namespace, rule, rule_hash, string and address of the "
			    "first match (empty where there is none), each after its length as "
			    "eight bytes, the lowest first. It is the same wherever and however "
			    "the finding is made again. In a plain file checkpoint.path and the "
			    "file's size stand for checkpoint.id, origin, path and an empty text "
			    "for the pid, and the offset, in decimal digits, for the address.");
}

static void add_examples(struct text *text)
{
	add_section(text, "EXAMPLES");
	for (size_t i = 0; i < EXAMPLE_NOTES; i++)
		add_note(text, &example_notes[i].note);
}

void man_page_add(struct text *text, const char *version)
{
	text_add(text, ".TH CKPT\\-SCAN 1 " PAGE_DATE " \"ckpt\\-scan ");
	add_roff(text, version);
	text_add(text, "\" \"User Commands\"\n");
	add_section(text, "NAME");
	text_add(text, "ckpt\\-scan \\- run YARA rules over the process memory in container "
		       "checkpoints\n");
	add_section(text, "SYNOPSIS");
	for (size_t i = 0; i < COMMAND_SPECS; i++) {
		if (i)
			text_add(text, ".br\n");
		add_bold(text, command_table[i].synopsis);
		text_add_byte(text, '\n');
	}
	add_section(text, "DESCRIPTION");
	add_words(text,
		  "Searches the memory of every process in a CRIU checkpoint, as Podman, "
		  "CRI-O, containerd, Docker and the kubelet write it, and judges each process "
		  "by YARA rules as yara would have judged the live process at the moment it "
		  "was frozen.");
	add_paragraph(text,
		      "CHECKPOINT is a directory of images, a tar archive (not compressed, gzip, "
		      "zstd, xz, lz4 or bzip2, told by content), an image in OCI layout or of "
		      "docker save that holds one, an ELF core dump of one process, or - for an "
		      "archive on standard input. All checkpoints that are in it are taken, or "
		      "the one that --member names. A command's name is one only as the first "
		      "argument.");
	add_commands(text);
	add_options(text);
	add_check(text);
	add_look(text);
	add_bench(text);
	add_output(text);
	add_json(text);
	add_section(text, "EXIT STATUS");
	for (size_t i = 0; i < EXIT_NOTES; i++)
		if (exit_notes[i].commands & COMMAND_SCAN)
			add_note(text, &exit_notes[i].note);
	add_paragraph(
		text,
		"Where several hold, 2 comes before 4 before 3 before 1. What was found is "
		"reported even if the scan is incomplete. The commands check and compile end "
		"with 0, 2 or 4, bench and those that look into checkpoints with 0, 2, 3 or 4.");
	add_plugin(text);
	add_section(text, "ENVIRONMENT");
	for (size_t i = 0; i < ENVIRONMENT_NOTES; i++)
		add_note(text, &environment_notes[i].note);
	add_examples(text);
	add_section(text, "SEE ALSO");
	text_add(text, ".BR yara (1),\n.BR criu (8),\n.BR podman\\-container\\-checkpoint (1)\n");
}
