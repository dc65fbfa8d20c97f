#include "cli/options/option_table.h"

#include "cli/options/settings.h"
#include "engine/read/read_mode.h"
#include "scanners/checkpoint.h"
#include "scanners/outline.h"

#define PLACE(field) offsetof(struct settings, field)

#define LARGEST_MATCH_BYTES 4096u
#define LARGEST_LISTED 1000000u
#define MOST_THREADS 4096u

static const char *const color_words[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL
};

static const char *const read_words[] = {
	[READ_AUTO] = "auto", [READ_MMAP] = "mmap", [READ_RING] = "ring", NULL
};

static const char *const target_words[] = {
	[TARGET_PROCESS] = "process", [TARGET_FILE] = "file",	      [TARGET_PIPE] = "pipe",
	[TARGET_SOCKET] = "socket",   [TARGET_TERMINAL] = "terminal", [TARGET_MESSAGE] = "message",
	[TARGET_KINDS] = NULL,
};

static const char *const vma_words[] = {
	[VMA_HEAP] = "heap",	     [VMA_STACK] = "stack",	[VMA_ANONYMOUS] = "anonymous",
	[VMA_FILE] = "file",	     [VMA_SHARED] = "shared",	[VMA_MEMFD] = "memfd",
	[VMA_SYSV] = "sysv",	     [VMA_VDSO] = "vdso",	[VMA_OTHER] = "other",
	[VMA_UNMAPPED] = "unmapped", [VMA_UNMAPPED + 1] = NULL,
};

/* In the order of enum protection. */
static const char *const protection_letters[] = { "rwx", NULL };

static const char *const output_words[] = { "text", "json", NULL };
static const char *const json_word[] = { "json", NULL };

const char *const option_section_names[SECTIONS] = {
	[SECTION_RULES] = "Rules and patterns",
	[SECTION_SCOPE] = "What is scanned",
	[SECTION_OUTPUT] = "Output",
	[SECTION_WORK] = "Work",
	[SECTION_OTHER] = "Other",
};

const struct option_spec option_table[OPTION_COUNT] = {
	[OPTION_RULES] = { .name = "rules",
			   .letter = 'r',
			   .argument = "[NS:]PATH",
			   .kind = KIND_STRINGS,
			   .place = PLACE(rules),
			   .section = SECTION_RULES,
			   .commands = FILES_COMMANDS,
			   .help = "read YARA rules from a file or a directory; repeatable",
			   .more = "The rules of a file are in namespace NS, without NS in "
				   "\"default\". Of a directory every *.yar, *.yara and *.rules "
				   "below it is read in order of path, each file into a namespace "
				   "named by its path below the directory, or all into NS. NS is "
				   "letters, digits, underscores, dots and dashes; write ./a:b for "
				   "a file whose name begins like one." },
	[OPTION_SEARCH_REGEX] = { .name = "search-regex",
				  .letter = 'e',
				  .argument = "REGEX",
				  .kind = KIND_PATTERN,
				  .place = PLACE(patterns),
				  .number = PATTERN_REGEX,
				  .section = SECTION_RULES,
				  .commands = RULES_COMMANDS,
				  .help = "search for a regular expression; repeatable",
				  .more = "The grammar is YARA's. Each pattern is a rule of its "
					  "own: "
					  "pattern_1, pattern_2 and so on in namespace "
					  "command_line, "
					  "with or without rules from -r." },
	[OPTION_SEARCH] = { .name = "search",
			    .argument = "TEXT",
			    .kind = KIND_PATTERN,
			    .place = PLACE(patterns),
			    .number = PATTERN_TEXT,
			    .section = SECTION_RULES,
			    .commands = RULES_COMMANDS,
			    .help = "search for a text as it stands; repeatable" },
	[OPTION_FIXED_STRINGS] = { .name = "fixed-strings",
				   .letter = 'F',
				   .kind = KIND_FLAG,
				   .place = PLACE(fixed_strings),
				   .section = SECTION_RULES,
				   .commands = RULES_COMMANDS,
				   .help = "-e and --patterns take texts, not regular "
					   "expressions" },
	[OPTION_PATTERNS] = { .name = "patterns",
			      .argument = "FILE",
			      .kind = KIND_PATTERN,
			      .place = PLACE(patterns),
			      .number = PATTERN_LINES,
			      .section = SECTION_RULES,
			      .commands = RULES_COMMANDS,
			      .help = "one -e for each line of FILE; repeatable",
			      .more = "Empty lines are skipped; a carriage return before the line "
				      "feed "
				      "and a byte order mark are not part of a pattern." },
	[OPTION_IGNORE_CASE] = { .name = "ignore-case",
				 .letter = 'i',
				 .kind = KIND_FLAG,
				 .place = PLACE(ignore_case),
				 .section = SECTION_RULES,
				 .commands = RULES_COMMANDS,
				 .help = "-e, --search and --patterns ignore the case of ASCII "
					 "letters" },
	[OPTION_WIDE] = { .name = "wide",
			  .kind = KIND_FLAG,
			  .place = PLACE(wide),
			  .section = SECTION_RULES,
			  .commands = RULES_COMMANDS,
			  .help = "find the same patterns also as UTF-16LE" },
	[OPTION_DEFINE] = { .name = "define",
			    .letter = 'd',
			    .argument = "NAME=VALUE",
			    .kind = KIND_STRINGS,
			    .place = PLACE(defines),
			    .section = SECTION_RULES,
			    .commands = FILES_COMMANDS,
			    .help = "give an external variable of the rules a value; repeatable",
			    .more = "VALUE is a boolean (true, false), an integer, a floating "
				    "point "
				    "number, or else a text." },
	[OPTION_RULE] = { .name = "rule",
			  .argument = "NAME",
			  .kind = KIND_NAMES,
			  .place = PLACE(rule_names),
			  .section = SECTION_RULES,
			  .commands = COMMAND_SCAN,
			  .help = "report only this rule, NAME or NS:NAME; repeatable",
			  .more = "Rules that it refers to and global rules still count." },
	[OPTION_TAG] = { .name = "tag",
			 .letter = 't',
			 .argument = "TAG",
			 .kind = KIND_NAMES,
			 .place = PLACE(tags),
			 .section = SECTION_RULES,
			 .commands = COMMAND_SCAN,
			 .help = "report only rules with this tag; repeatable" },
	[OPTION_NO_WARNINGS] = { .name = "no-warnings",
				 .letter = 'w',
				 .kind = KIND_FLAG,
				 .place = PLACE(no_warnings),
				 .section = SECTION_RULES,
				 .commands = FILES_COMMANDS,
				 .help = "no warnings about rules; what was not read is always "
					 "said" },
	[OPTION_FAIL_ON_WARNINGS] = { .name = "fail-on-warnings",
				      .kind = KIND_FLAG,
				      .place = PLACE(fail_on_warnings),
				      .section = SECTION_RULES,
				      .commands = FILES_COMMANDS,
				      .help = "exit code 2 where there is a warning about rules",
				      .more = "A module that is not evaluated is one." },
	[OPTION_RAW] = { .name = "raw",
			 .kind = KIND_FLAG,
			 .place = PLACE(raw),
			 .section = SECTION_SCOPE,
			 .commands = COMMAND_SCAN,
			 .help = "operands are plain files, each judged as by yara RULES FILE",
			 .more = "Places are offsets from 0, filesize is defined, and modules see "
				 "the file. A directory is no file: it is named, and the scan is "
				 "incomplete. A pipe is read to its end first, and is waited for "
				 "as long as that takes; SIGINT ends it." },
	[OPTION_SLOW] = { .name = "slow",
			  .kind = KIND_FLAG,
			  .place = PLACE(slow),
			  .section = SECTION_RULES,
			  .commands = COMMAND_CHECK,
			  .help = "only the strings that cost most, the worst first",
			  .more = "Only of the command check." },
	[OPTION_TARGETS] = { .name = "targets",
			     .argument = "KIND,...",
			     .kind = KIND_WORDS,
			     .place = PLACE(target_kinds),
			     .words = target_words,
			     .section = SECTION_SCOPE,
			     .commands = COMMAND_SCAN,
			     .help = "scan only these kinds of target: process, file, pipe, "
				     "socket, "
				     "terminal, message",
			     .more = "A process is searched in its memory. A file is what the "
				     "checkpoint has captured: changed files of the root file "
				     "system, volumes, deleted files that are still open, memory "
				     "files, /dev/shm, logs. The others are what was on its way in "
				     "pipes, sockets, terminals and System V message queues. All "
				     "kinds are scanned, or processes alone where --vma, "
				     "--protection or --address is given." },
	[OPTION_PID] = { .name = "pid",
			 .argument = "N,...",
			 .kind = KIND_NUMBERS,
			 .place = PLACE(pids),
			 .least = 0,
			 .most = UINT32_MAX,
			 .section = SECTION_SCOPE,
			 .commands = COMMAND_SCAN | PROCESS_COMMANDS,
			 .help = "only these processes, by the PID inside the container; of scan "
				 "also what they hold open or mapped",
			 .more = "A filter that selects nothing in the whole run gives exit code "
				 "3. Files that no process holds are left out." },
	[OPTION_PROCESS] = { .name = "process",
			     .argument = "GLOB",
			     .kind = KIND_STRINGS,
			     .place = PLACE(processes),
			     .section = SECTION_SCOPE,
			     .commands = COMMAND_SCAN | PROCESS_COMMANDS,
			     .help = "only processes whose name or executable fits; repeatable",
			     .more = "GLOB is compared with the process's name as the kernel keeps "
				     "it "
				     "(15 bytes) and with the base name of its executable." },
	[OPTION_VMA] = { .name = "vma",
			 .argument = "KIND,...",
			 .kind = KIND_WORDS,
			 .place = PLACE(vma_kinds),
			 .words = vma_words,
			 .section = SECTION_SCOPE,
			 .commands = MAPPING_COMMANDS,
			 .help = "only VMAs of these kinds: anonymous, heap, stack, file, "
				 "shared, memfd, sysv, vdso, other, unmapped",
			 .more = "shared is shared anonymous memory, sysv a System V segment, "
				 "unmapped what is in the dump outside of any VMA. Filters choose "
				 "where strings are searched: conditions still read all of a "
				 "process's memory. A process of which nothing is chosen is left "
				 "out." },
	[OPTION_PROTECTION] = { .name = "protection",
				.argument = "LETTERS",
				.kind = KIND_LETTERS,
				.place = PLACE(protection),
				.words = protection_letters,
				.section = SECTION_SCOPE,
				.commands = MAPPING_COMMANDS,
				.help = "only VMAs that have all of these of rwx" },
	[OPTION_ADDRESS] = { .name = "address",
			     .argument = "RANGE",
			     .kind = KIND_RANGE,
			     .place = PLACE(address),
			     .section = SECTION_SCOPE,
			     .commands = ADDRESS_COMMANDS,
			     .help = "only these addresses, LOW-HIGH (HIGH excluded) or "
				     "LOW+LENGTH",
			     .more = "A string must lie within the range as a whole." },
	[OPTION_MEMBER] = { .name = "member",
			    .argument = "DIR",
			    .kind = KIND_STRING,
			    .place = PLACE(member),
			    .section = SECTION_SCOPE,
			    .commands = CHECKPOINT_COMMANDS,
			    .help = "only this checkpoint of an archive that holds several",
			    .more = "DIR is the directory of its images, as the report calls it "
				    "(checkpoint.member)." },
	[OPTION_PARENT] = { .name = "parent",
			    .argument = "PATH",
			    .kind = KIND_STRINGS,
			    .place = PLACE(parents),
			    .section = SECTION_SCOPE,
			    .commands = CHECKPOINT_COMMANDS,
			    .help = "earlier image of an incremental chain; repeatable, newest "
				    "first",
			    .more = "PATH is an archive or a directory. The checkpoint's own "
				    "link \"parent\" is followed first, but never out of the "
				    "archive or directory that was named." },
	[OPTION_ROOTFS] = { .name = "rootfs",
			    .argument = "PATH",
			    .kind = KIND_STRING,
			    .place = PLACE(rootfs),
			    .section = SECTION_SCOPE,
			    .commands = CHECKPOINT_COMMANDS,
			    .help = "the container's image, for file pages that the dump leaves "
				    "out",
			    .more = "PATH is a directory, a tar or an image in OCI layout. A file "
				    "that is another one than was mapped is refused with a note." },
	[OPTION_RULE_TIMEOUT] = { .name = "rule-timeout",
				  .argument = "SECONDS",
				  .kind = KIND_SECONDS,
				  .place = PLACE(rule_seconds),
				  .least = 0,
				  .most = 1000000,
				  .number = 10,
				  .section = SECTION_SCOPE,
				  .commands = COMMAND_SCAN,
				  .help = "limit for one rule's condition on one process or file "
					  "(default 10)",
				  .more = "A rule that takes longer is named as undecided and the "
					  "scan "
					  "is incomplete; all other rules stand." },
	[OPTION_FORMAT] = { .name = "format",
			    .letter = 'o',
			    .argument = "FORMAT[=FILE]",
			    .kind = KIND_OUTPUT,
			    .place = PLACE(outputs),
			    .words = output_words,
			    .section = SECTION_OUTPUT,
			    .commands = COMMAND_SCAN,
			    .help = "write text (default) or json; repeatable",
			    .more = "json is one object a line. With FILE results are appended to "
				    "it "
				    "(a new file has mode 0600); at most one format goes to "
				    "standard "
				    "output." },
	[OPTION_OUTPUT] = { .name = "output",
			    .argument = "FILE",
			    .kind = KIND_STRINGS,
			    .place = PLACE(compiled_outputs),
			    .section = SECTION_OUTPUT,
			    .commands = COMMAND_COMPILE,
			    .help = "where compiled rules go; -r reads them again",
			    .more = "Only of the command compile. A file is for one version of "
				    "ckpt-scan and one kind of CPU, and has the texts of the rules "
				    "and the values of -d in it. Given to -r together with other "
				    "rules or patterns these texts are compiled again. Load only "
				    "files that come from somebody you trust." },
	[OPTION_JSON] = { .name = "json",
			  .kind = KIND_OUTPUT,
			  .place = PLACE(outputs),
			  .words = json_word,
			  .section = SECTION_OUTPUT,
			  .commands = OPENING_COMMANDS,
			  .help = "one object a line; of scan the same as -o json" },
	[OPTION_PRINT_STRINGS] = { .name = "print-strings",
				   .letter = 's',
				   .kind = KIND_FLAG,
				   .place = PLACE(print_strings),
				   .section = SECTION_OUTPUT,
				   .commands = COMMAND_SCAN,
				   .help = "text: a line for each match",
				   .more = "Its columns are the address, the VMA (protection, "
					   "kind, path), the string, the length, the key of an xor "
					   "string, and the bytes; in a file the offset, and no "
					   "VMA." },
	[OPTION_PRINT_META] = { .name = "print-meta",
				.letter = 'm',
				.kind = KIND_FLAG,
				.place = PLACE(print_meta),
				.section = SECTION_OUTPUT,
				.commands = COMMAND_SCAN,
				.help = "text: the rule's meta; of -e and its like, the pattern" },
	[OPTION_PRINT_TAGS] = { .name = "print-tags",
				.letter = 'g',
				.kind = KIND_FLAG,
				.place = PLACE(print_tags),
				.section = SECTION_OUTPUT,
				.commands = COMMAND_SCAN,
				.help = "text: the rule's tags" },
	[OPTION_COUNT_ONLY] = { .name = "count",
				.letter = 'c',
				.kind = KIND_FLAG,
				.place = PLACE(count),
				.section = SECTION_OUTPUT,
				.commands = COMMAND_SCAN,
				.help = "only the number of hits of each checkpoint, also 0",
				.more = "In text PATH:N, in json the summaries and the end." },
	[OPTION_NEGATE] = { .name = "negate",
			    .letter = 'n',
			    .kind = KIND_FLAG,
			    .place = PLACE(negate),
			    .section = SECTION_OUTPUT,
			    .commands = COMMAND_SCAN,
			    .help = "text: the rules that are false, for each process or file" },
	[OPTION_CONTEXT] = { .name = "context",
			     .argument = "N",
			     .kind = KIND_NUMBER,
			     .place = PLACE(context_bytes),
			     .most = LARGEST_MATCH_BYTES,
			     .section = SECTION_OUTPUT,
			     .commands = COMMAND_SCAN,
			     .help = "N bytes before and after each match, at most 4096",
			     .more = "In text a hex dump under each match (implies -s), in json "
				     "before "
				     "and after." },
	[OPTION_MATCH_BYTES] = { .name = "match-bytes",
				 .argument = "N",
				 .kind = KIND_NUMBER,
				 .place = PLACE(match_bytes),
				 .most = LARGEST_MATCH_BYTES,
				 .number = 64,
				 .section = SECTION_OUTPUT,
				 .commands = COMMAND_SCAN,
				 .help = "bytes of memory shown of each match, at most 4096 "
					 "(default 64)" },
	[OPTION_MAX_LISTED] = { .name = "max-listed",
				.argument = "N",
				.kind = KIND_NUMBER,
				.place = PLACE(max_listed),
				.least = 1,
				.most = LARGEST_LISTED,
				.section = SECTION_OUTPUT,
				.commands = COMMAND_SCAN,
				.help = "matches listed for each string and process or file "
					"(default 100)",
				.more = "The lowest addresses are listed; all are counted, up to "
					"1,000,000. Without this option a hit lists at most "
					"1,000." },
	[OPTION_EXIT_MATCH] = { .name = "exit-match",
				.kind = KIND_FLAG,
				.place = PLACE(exit_match),
				.section = SECTION_OUTPUT,
				.commands = COMMAND_SCAN,
				.help = "exit code 1 where there are hits and the scan is "
					"complete" },
	[OPTION_BYTES] = { .name = "bytes",
			   .kind = KIND_FLAG,
			   .place = PLACE(bytes),
			   .section = SECTION_OUTPUT,
			   .commands = COMMAND_DUMP,
			   .help = "the bytes as they are; refused on a terminal",
			   .more = "Only of the command dump. Bytes that nobody has are left out, "
				   "which is said." },
	[OPTION_COLOR] = { .name = "color",
			   .argument = "WHEN",
			   .kind = KIND_CHOICE,
			   .place = PLACE(color),
			   .words = color_words,
			   .section = SECTION_OUTPUT,
			   .commands = OPENING_COMMANDS,
			   .help = "colour: auto (default), always or never",
			   .more = "auto is colour on a terminal, unless NO_COLOR is set." },
	[OPTION_QUIET] = { .name = "quiet",
			   .letter = 'q',
			   .kind = KIND_FLAG,
			   .place = PLACE(quiet),
			   .section = SECTION_OUTPUT,
			   .commands = OPENING_COMMANDS,
			   .help = "no progress bar and no notes; errors and what was not read are "
				   "still said" },
	[OPTION_THREADS] = { .name = "threads",
			     .letter = 'p',
			     .argument = "N",
			     .kind = KIND_NUMBER,
			     .place = PLACE(threads),
			     .least = 1,
			     .most = MOST_THREADS,
			     .section = SECTION_WORK,
			     .commands = WORK_COMMANDS,
			     .help = "worker threads (default: the cores that may be used)" },
	[OPTION_MEMORY] = { .name = "memory",
			    .argument = "SIZE",
			    .kind = KIND_SIZE,
			    .place = PLACE(memory_bytes),
			    .least = 1,
			    .most = UINT64_MAX,
			    .section = SECTION_WORK,
			    .commands = OPENING_COMMANDS,
			    .help = "what may be kept of an inflated archive (default: a quarter "
				    "of "
				    "the memory)",
			    .more = "Beyond it bytes go to an unlinked file with mode 0600 in "
				    "$TMPDIR." },
	[OPTION_NO_SPILL] = { .name = "no-spill",
			      .kind = KIND_FLAG,
			      .place = PLACE(no_spill),
			      .section = SECTION_WORK,
			      .commands = OPENING_COMMANDS,
			      .help = "never put memory of a checkpoint on a disk",
			      .more = "What would need it is incomplete." },
	[OPTION_NO_CACHE] = { .name = "no-cache",
			      .kind = KIND_FLAG,
			      .place = PLACE(no_cache),
			      .section = SECTION_WORK,
			      .commands = FILES_COMMANDS,
			      .help = "neither take compiled rules from earlier runs nor keep them",
			      .more = "Rules that take long to compile are kept in "
				      "$XDG_CACHE_HOME/ckpt-scan (default ~/.cache/ckpt-scan), at "
				      "most 1 GiB in all, with mode 0600. Only what belongs to the "
				      "user, and nobody else may write, is used." },
	[OPTION_READ] = { .name = "read",
			  .argument = "HOW",
			  .kind = KIND_CHOICE,
			  .place = PLACE(read_mode),
			  .words = read_words,
			  .section = SECTION_WORK,
			  .commands = WORK_COMMANDS,
			  .help = "how files are read: auto (default), mmap or ring",
			  .more = "auto maps what is in the page cache and reads through io_uring, "
				  "around the page cache, what is not; ring reads all of a "
				  "directory or an uncompressed archive so, and fails where "
				  "io_uring is missing or forbidden. The answer is the same." },
	[OPTION_STATS] = { .name = "stats",
			   .kind = KIND_FLAG,
			   .place = PLACE(stats),
			   .section = SECTION_WORK,
			   .commands = COMMAND_SCAN,
			   .help = "tell how the work went: bytes by NUMA node, steals, waits",
			   .more = "For each checkpoint a line on standard error, in JSON in its "
				   "summary. A steal is a piece of memory that was searched on "
				   "another node than the one it lies on, a wait a thread that "
				   "found nothing to do." },
	[OPTION_HELP] = { .name = "help",
			  .letter = 'h',
			  .kind = KIND_FLAG,
			  .place = PLACE(help),
			  .section = SECTION_OTHER,
			  .commands = EVERY_COMMAND,
			  .help = "show this help" },
	[OPTION_VERSION] = { .name = "version",
			     .letter = 'V',
			     .kind = KIND_FLAG,
			     .place = PLACE(version),
			     .section = SECTION_OTHER,
			     .commands = EVERY_COMMAND,
			     .help = "show the version" },
};
