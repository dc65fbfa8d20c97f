#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/made_tar.h"
#include "tests/unit/scanners/read_source.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define PAX(tar, ...)                                                                              \
	tar_pax(tar, 'x', (const char *const[]){ __VA_ARGS__ },                                    \
		COUNT(((const char *const[]){ __VA_ARGS__ })))

/* What is legal but odd in an archive, one form a row. */
struct form {
	const char *name;
	void (*fill)(struct made_tar *tar);
	/*
	 * A line per member: kind, name, length, and its bytes as "byte*count"; "." is zero. With "->" what a
	 * symbolic link says.
	 */
	const char *members;
	const char *
		passing; /* the same where the archive is compressed or comes through a pipe; NULL: as above */
	const char *warnings; /* a line each: code and file; "SOURCE" is the archive */
	const char *passing_warnings; /* NULL: as above */
};

/* Bytes of a member, wherever they are. */
static void describe_bytes(FILE *out, const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t end = i;

		while (end < length && data[end] == data[i])
			end++;
		fprintf(out, " %c*%zu", data[i] ? data[i] : '.', end - i);
		i = end;
	}
}

static void describe_member(struct opened *opened, const struct member *member, FILE *out)
{
	static const char kinds[] = { 'f', 'd', 'l', 'o' };
	size_t name = strlen(member->name);
	uint8_t *data = NULL;
	size_t length = 0;

	fprintf(out, "%c %.20s", kinds[member->kind], member->name);
	if (name > 20)
		fprintf(out, "...(%zu)", name);
	if (member->kind == MEMBER_FILE) {
		int ret = source_read(opened->source, member, 1 << 24, &data, &length, NULL);

		assert_true(ret == 0 || ret == ERROR_TRUNCATED);
		fprintf(out, " %llu", (unsigned long long)member->length);
		describe_bytes(out, data, length);
		free(data);
	}
	if (member->link)
		fprintf(out, " -> %.20s", member->link);
	if (member->link && strlen(member->link) > 20)
		fprintf(out, "...(%zu)", strlen(member->link));
	fputc('\n', out);
}

static char *describe_members(struct opened *opened)
{
	const struct member *member;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (opened->code)
		fail_msg("%s", opened->error.message);
	while (source_next(opened->source, &member, NULL) == 0 && member)
		describe_member(opened, member, out);
	fclose(out);
	return text;
}

static char *describe_warnings(struct opened *opened, const char *path)
{
	char *text = NULL;
	size_t length, count;
	FILE *out = open_memstream(&text, &length);
	const struct warning *warnings = warning_list_sorted(opened->warnings, &count);

	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s %.40s\n", warning_code_name(warnings[i].code),
			strcmp(warnings[i].file, path) == 0 ? "SOURCE" : warnings[i].file);
	fclose(out);
	return text;
}

static bool differs(const struct form *form, const char *how, const char *got, const char *wanted)
{
	if (strcmp(got, wanted) == 0)
		return false;
	print_error("%s, %s: got\n%snot\n%s", form->name, how, got, wanted);
	return true;
}

static bool check_opened(const struct form *form, const char *how, struct opened *opened,
			 const char *path, bool passes)
{
	char *members = describe_members(opened), *warnings = describe_warnings(opened, path);
	const char *wanted = passes && form->passing ? form->passing : form->members;
	const char *told =
		passes && form->passing_warnings ? form->passing_warnings : form->warnings;
	bool failed = differs(form, how, members, wanted);

	failed |= differs(form, how, warnings, told);
	free(members);
	free(warnings);
	opened_release(opened);
	return failed;
}

/* As a file, through the table, and packed. */
static int check_form(const struct form *form)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP,
				       ARCHIVE_FILTER_ZSTD };
	struct made_tar tar = { .capacity = 0 };
	int failures = 0;

	form->fill(&tar);
	for (size_t f = 0; f < COUNT(filters); f++) {
		struct made_archive packed = pack_bytes(&tar.made, filters[f]);
		char *path = made_archive_file(&packed, packed.length);
		struct opened opened = opened_new(path, 1 << 24, NULL);
		struct stored_bytes part;

		failures += check_opened(form, f ? "compressed" : "plain", &opened, path, f > 0);
		opened = part_new(PART_MEMORY, packed.data, packed.length, &part);
		part_open(&opened, &part, NULL);
		failures += check_opened(form, "as a part", &opened, "layer", f > 0);
		unlink(path);
		free(path);
		made_archive_release(&packed);
	}
	free(tar.made.data);
	return failures;
}

/* Names. */

static void fill_names(struct made_tar *tar)
{
	tar_file(tar, "./checkpoint/a", "1");
	tar_file(tar, "checkpoint//b", "2");
	tar_file(tar, "/checkpoint/c", "3");
	tar_file(tar, "checkpoint/./d", "4");
	tar_file(tar, "checkpoint/x/../e", "5");
	tar_file(tar, "././//checkpoint/x/y/../../f", "6");
	tar_file(tar, "checkpoint/../../etc/g", "7");
	tar_file(tar, "../h", "8");
	tar_file(tar, "..", "9");
	tar_file(tar, "..i/...", "a");
	tar_header(tar, "checkpoint/", '5', 0);
	tar_header(tar, "./", '5', 0);
	tar_header(tar, "old/", '\0', 0);
	tar_end(tar);
}

static char *long_text(size_t length)
{
	char *text = malloc(length + 1);

	memset(text, 'n', length);
	for (size_t i = 9; i + 1 < length; i += 10)
		text[i] = '/';
	text[length] = '\0';
	return text;
}

static void fill_long_names(struct made_tar *tar)
{
	char *name = long_text(4096), *longer = long_text(65536);
	char *record = malloc(70000);

	sprintf(record, "path=%s", name);
	PAX(tar, record);
	tar_file(tar, "short", "a");
	sprintf(record, "path=%s", longer);
	PAX(tar, record);
	tar_file(tar, "short", "b");
	tar_long(tar, 'L', name);
	tar_file(tar, "short", "c");
	tar_long(tar, 'K', longer);
	tar_long(tar, 'L', name + 100);
	tar_link(tar, "short", '2', "x");
	sprintf(record, "linkpath=%s", name);
	PAX(tar, record);
	tar_link(tar, "link", '2', "x");
	PAX(tar, record);
	tar_link(tar, "hard", '1', "x");
	tar_end(tar);
	free(record);
	free(name);
	free(longer);
}

static void fill_bytes_in_names(struct made_tar *tar)
{
	PAX(tar, "path=caf\xe9");
	tar_file(tar, "x", "1");
	PAX(tar, "hdrcharset=BINARY", "path=\xff\xfe");
	tar_file(tar, "x", "2");
	tar_file(tar, "\x80\n\x1b", "3");
	PAX(tar, "path=a=b c");
	tar_file(tar, "x", "4");
	tar_end(tar);
}

/* Headers. */

static void fill_global(struct made_tar *tar)
{
	tar_pax(tar, 'g', (const char *const[]){ "comment=0123456789abcdef", "mtime=1" }, 2);
	tar_file(tar, "a", "1");
	tar_pax(tar, 'g', (const char *const[]){ "comment=more" }, 1);
	PAX(tar, "mtime=2.5");
	tar_file(tar, "b", "2");
	tar_end(tar);
}

static void fill_attributes(struct made_tar *tar)
{
	static const char capability[] = "\1\0\0\2\0\x20\n\0\0=7 path=evil\n\0\0\0";

	tar_pax_bytes(tar, 'x', "SCHILY.xattr.security.capability", capability,
		      sizeof(capability) - 1);
	tar_file(tar, "ping", "1");
	tar_pax_bytes(tar, 'x', "LIBARCHIVE.xattr.user.x", "AAEC%%%", 7);
	tar_file(tar, "odd", "2");
	PAX(tar, "SCHILY.acl.access=user::rwx,user:1:r--,nonsense", "unknown.key=value",
	    "SCHILY.dev=99999999999999999999");
	tar_file(tar, "acl", "3");
	tar_end(tar);
}

static void body_of(struct made_tar *tar, char byte, size_t length)
{
	char data[2 * TAR_BLOCK];

	memset(data, byte, sizeof(data));
	tar_body(tar, data, length);
}

static void fill_numbers(struct made_tar *tar)
{
	uint8_t *header = tar_header(tar, "size-256", '0', 0);

	memcpy(header + 124, "\x80\0\0\0\0\0\0\0\0\0\2\1", 12);
	tar_seal(header);
	body_of(tar, 'a', 513);
	/* Owner and time in base 256, the time before 1970. */
	header = tar_header(tar, "owner-256", '0', 1);
	memcpy(header + 108, "\x80\0\0\0\x7f\xff\xff\xff", 8);
	memcpy(header + 136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 12);
	tar_seal(header);
	tar_body(tar, "b", 1);
	/* The size stands in the extended header alone. */
	PAX(tar, "size=600");
	tar_header(tar, "size-pax", '0', 0);
	body_of(tar, 'c', 600);
	tar_file(tar, "after", "d");
	tar_end(tar);
}

static void fill_types(struct made_tar *tar)
{
	tar_header(tar, "volume", 'V', 0);
	tar_header(tar, "contiguous", '7', 1);
	tar_body(tar, "1", 1);
	tar_header(tar, "unknown", 'Z', 1);
	tar_body(tar, "2", 1);
	tar_header(tar, "fifo", '6', 0);
	tar_header(tar, "character", '3', 0);
	tar_header(tar, "block", '4', 0);
	tar_file(tar, "last", "3");
	tar_end(tar);
}

/* Members. */

static void fill_twice(struct made_tar *tar)
{
	tar_file(tar, "pages-1.img", "first");
	tar_file(tar, "./pages-1.img", "second");
	tar_end(tar);
}

static void fill_links(struct made_tar *tar)
{
	tar_link(tar, "before", '1', "a");
	tar_file(tar, "a", "aaa");
	tar_link(tar, "after", '1', "./a");
	tar_link(tar, "of-link", '1', "after");
	tar_link(tar, "itself", '1', "itself");
	tar_link(tar, "out", '1', "../a");
	tar_end(tar);
}

static void fill_links_without_bytes(struct made_tar *tar)
{
	tar_file(tar, "empty", "");
	tar_link(tar, "empty-too", '1', "empty");
	tar_link(tar, "symlink", '2', "target");
	tar_link(tar, "symlink-too", '1', "symlink");
	tar_header(tar, "fifo", '6', 0);
	tar_link(tar, "fifo-too", '1', "fifo");
	tar_end(tar);
}

static void fill_link_to_later_one(struct made_tar *tar)
{
	tar_file(tar, "a", "");
	tar_file(tar, "a", "bbb");
	tar_link(tar, "link", '1', "a");
	tar_end(tar);
}

/* As pax allows: the link brings the bytes once more. */
static void fill_link_with_bytes(struct made_tar *tar)
{
	uint8_t *header;

	tar_file(tar, "a", "aaa");
	PAX(tar, "comment=pax");
	header = tar_header(tar, "link", '1', 3);
	header[157] = 'a';
	tar_seal(header);
	tar_body(tar, "aaa", 3);
	tar_file(tar, "last", "z");
	tar_end(tar);
}

/* As old tars write them: a size, and no bytes. */
static void fill_link_with_size_only(struct made_tar *tar)
{
	uint8_t *header;

	tar_file(tar, "a", "aaa");
	header = tar_header(tar, "link", '1', 3);
	header[157] = 'a';
	tar_seal(header);
	tar_file(tar, "last", "z");
	tar_end(tar);
}

/* Ends. */

static void fill_no_end(struct made_tar *tar)
{
	tar_file(tar, "a", "1");
	tar_file(tar, "b", "2");
}

static void fill_behind_end(struct made_tar *tar)
{
	tar_file(tar, "a", "1");
	tar_end(tar);
	tar_file(tar, "b", "2");
}

static void fill_much_behind_end(struct made_tar *tar)
{
	fill_behind_end(tar);
	for (int i = 0; i < 5000; i++)
		tar_file(tar, "c", "3");
}

/* Sparse members: four pieces of a file of 20,000 bytes, the last one a hole. */

#define AT(at, length)                                                                             \
	{                                                                                          \
		at, length                                                                         \
	}
static const struct {
	uint64_t at;
	size_t length;
} map[] = { AT(512, 512), AT(4096, 1024), AT(10000, 100) };
#define REAL_BYTES 20000
#define SPARSE_BYTES " .*512 a*512 .*3072 b*1024 .*4880 c*100 .*9900\n"

static void sparse_data(struct made_tar *tar, const char *before)
{
	char data[4096];
	size_t length = strlen(before);

	memset(data, 0, sizeof(data));
	memcpy(data, before, length);
	if (length)
		length = TAR_BLOCK;
	for (size_t i = 0; i < COUNT(map); i++) {
		memset(data + length, (int)('a' + i), map[i].length);
		length += map[i].length;
	}
	tar_body(tar, data, length);
}

static size_t sparse_length(void)
{
	size_t length = 0;

	for (size_t i = 0; i < COUNT(map); i++)
		length += map[i].length;
	return length;
}

static void put_octal(uint8_t *at, uint64_t value)
{
	snprintf((char *)at, 12, "%011llo", (unsigned long long)value);
}

static void fill_sparse_old(struct made_tar *tar)
{
	uint8_t *header = tar_header(tar, "pages-1.img", 'S', sparse_length());

	memcpy(header + 257, "ustar  ", 8);
	for (size_t i = 0; i < COUNT(map); i++) {
		put_octal(header + 386 + i * 24, map[i].at);
		put_octal(header + 386 + i * 24 + 12, map[i].length);
	}
	put_octal(header + 386 + COUNT(map) * 24, REAL_BYTES);
	put_octal(header + 483, REAL_BYTES);
	tar_seal(header);
	sparse_data(tar, "");
	tar_file(tar, "last", "z");
	tar_end(tar);
}

/* More pieces than the header holds: 60 of one block, each behind a block of nothing. */
static void fill_sparse_extended(struct made_tar *tar)
{
	const size_t pieces = 60, in_header = 4, in_block = 21;
	uint8_t *header = tar_header(tar, "pages-1.img", 'S', pieces * TAR_BLOCK), *entry;

	memcpy(header + 257, "ustar  ", 8);
	put_octal(header + 483, pieces * 2 * TAR_BLOCK);
	for (size_t i = 0; i < in_header; i++) {
		put_octal(header + 386 + i * 24, (i * 2 + 1) * TAR_BLOCK);
		put_octal(header + 386 + i * 24 + 12, TAR_BLOCK);
	}
	header[482] = 1;
	tar_seal(header);
	for (size_t i = in_header; i < pieces; i += in_block) {
		tar_body(tar, "x", 1);
		entry = tar->made.data + tar->made.length - TAR_BLOCK;
		memset(entry, 0, TAR_BLOCK);
		for (size_t j = 0; j < in_block && i + j < pieces; j++) {
			put_octal(entry + j * 24, ((i + j) * 2 + 1) * TAR_BLOCK);
			put_octal(entry + j * 24 + 12, TAR_BLOCK);
		}
		entry[504] = i + in_block < pieces;
	}
	for (size_t i = 0; i < pieces; i++) {
		char block[TAR_BLOCK];

		memset(block, i % 2 ? 'b' : 'a', sizeof(block));
		tar_body(tar, block, sizeof(block));
	}
	tar_end(tar);
}

static void fill_sparse_0_0(struct made_tar *tar)
{
	PAX(tar, "GNU.sparse.size=20000", "GNU.sparse.numblocks=3", "GNU.sparse.offset=512",
	    "GNU.sparse.numbytes=512", "GNU.sparse.offset=4096", "GNU.sparse.numbytes=1024",
	    "GNU.sparse.offset=10000", "GNU.sparse.numbytes=100");
	tar_header(tar, "pages-1.img", '0', sparse_length());
	sparse_data(tar, "");
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void fill_sparse_0_1(struct made_tar *tar)
{
	PAX(tar, "GNU.sparse.size=20000", "GNU.sparse.numblocks=3", "GNU.sparse.name=./pages-1.img",
	    "GNU.sparse.map=512,512,4096,1024,10000,100");
	tar_header(tar, "GNUSparseFile.1/pages-1.img", '0', sparse_length());
	sparse_data(tar, "");
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void sparse_1_0(struct made_tar *tar, const char *in_front)
{
	PAX(tar, "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=20000",
	    "GNU.sparse.name=pages-1.img");
	tar_header(tar, "GNUSparseFile.1/pages-1.img", '0', sparse_length() + TAR_BLOCK);
	sparse_data(tar, in_front);
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void fill_sparse_1_0(struct made_tar *tar)
{
	sparse_1_0(tar, "3\n512\n512\n4096\n1024\n10000\n100\n");
}

static void fill_sparse_backwards(struct made_tar *tar)
{
	sparse_1_0(tar, "3\n4096\n1024\n512\n512\n10000\n100\n");
}

static void fill_sparse_overlapping(struct made_tar *tar)
{
	sparse_1_0(tar, "3\n512\n512\n800\n1024\n10000\n100\n");
}

static void fill_sparse_beyond(struct made_tar *tar)
{
	sparse_1_0(tar, "3\n512\n512\n4096\n1024\n19950\n100\n");
}

static void fill_sparse_hole_only(struct made_tar *tar)
{
	PAX(tar, "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=20000",
	    "GNU.sparse.name=hole.img");
	tar_header(tar, "GNUSparseFile.1/hole.img", '0', TAR_BLOCK);
	tar_body(tar, "1\n20000\n0\n", 10);
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void fill_sparse_cut(struct made_tar *tar)
{
	fill_sparse_1_0(tar);
	/* The header and the extended header, the map, one and a half of the pieces. */
	tar->made.length = (size_t)TAR_BLOCK * (3 + 1 + 1 + 1);
}

static void fill_sparse_linked(struct made_tar *tar)
{
	fill_sparse_0_1(tar);
	tar->made.length -= (size_t)4 * TAR_BLOCK;
	tar_link(tar, "link", '1', "pages-1.img");
	tar_end(tar);
}

#define N "nnnnnnnnn/nnnnnnnnn/"
#define LONG_NAMES                                                                                 \
	"f " N "...(4096) 1 a*1\n"                                                                 \
	"f " N "...(65536) 1 b*1\n"                                                                \
	"f " N "...(4096) 1 c*1\n"                                                                 \
	"l " N "...(3996) -> " N "...(65536)\n"                                                    \
	"l link -> " N "...(4096)\n"

/* What fill_sparse_extended() makes: 30 times these. */
#define FOUR " .*512 a*512 .*512 b*512"
#define TWENTY FOUR FOUR FOUR FOUR FOUR
#define SIXTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY

/* Volumes. */

static void fill_volume(struct made_tar *tar)
{
	uint8_t *header;

	tar_header(tar, "backup Volume 2", 'V', 0);
	header = tar_header(tar, "pages-1.img", 'M', 3);
	put_octal(header + 369, 4096);
	put_octal(header + 483, 8192);
	tar_seal(header);
	tar_body(tar, "abc", 3);
	tar_file(tar, "last", "z");
	tar_end(tar);
}

static void fill_pax_volume(struct made_tar *tar)
{
	tar_pax(tar, 'g',
		(const char *const[]){ "GNU.volume.label=backup Volume 2",
				       "GNU.volume.filename=pages-1.img", "GNU.volume.size=3",
				       "GNU.volume.offset=4096" },
		4);
	tar_file(tar, "GNUFileParts.1/pages-1.img.2", "abc");
	tar_file(tar, "last", "z");
	tar_end(tar);
}

/* Of the volume itself, not of what an earlier one began. */
static void fill_label(struct made_tar *tar)
{
	tar_header(tar, "backup", 'V', 0);
	tar_pax(tar, 'g', (const char *const[]){ "GNU.volume.label=backup" }, 1);
	tar_file(tar, "first", "y");
	tar_end(tar);
}

static const struct form forms[] = {
	{ .name = "names are cleaned, and none leads out",
	  .fill = fill_names,
	  .members = "f checkpoint/a 1 1*1\n"
		     "f checkpoint/b 1 2*1\n"
		     "f checkpoint/c 1 3*1\n"
		     "f checkpoint/d 1 4*1\n"
		     "f checkpoint/e 1 5*1\n"
		     "f checkpoint/f 1 6*1\n"
		     "f ..i/... 1 a*1\n"
		     "d checkpoint\n"
		     "d old\n",
	  .warnings = "unsupported ..\n"
		      "unsupported ../h\n"
		      "unsupported checkpoint/../../etc/g\n" },
	{ .name = "names of 4 KiB and more",
	  .fill = fill_long_names,
	  .members = LONG_NAMES "f hard 1 c*1\n",
	  .passing = LONG_NAMES,
	  .warnings = "",
	  .passing_warnings = "unsupported hard\n" },
	{ .name = "bytes in names that are no text",
	  .fill = fill_bytes_in_names,
	  .members = "f caf\xe9 1 1*1\nf \xff\xfe 1 2*1\nf \x80\n\x1b 1 3*1\nf a=b c 1 4*1\n",
	  .warnings = "" },
	{ .name = "global headers",
	  .fill = fill_global,
	  .members = "f a 1 1*1\nf b 1 2*1\n",
	  .warnings = "" },
	{ .name = "attributes of any bytes",
	  .fill = fill_attributes,
	  .members = "f ping 1 1*1\nf odd 1 2*1\nf acl 1 3*1\n",
	  .warnings = "" },
	{ .name = "numbers in base 256, sizes in the extended header",
	  .fill = fill_numbers,
	  .members =
		  "f size-256 513 a*513\nf owner-256 1 b*1\nf size-pax 600 c*600\nf after 1 d*1\n",
	  .warnings = "" },
	{ .name = "types of all kinds",
	  .fill = fill_types,
	  .members = "f contiguous 1 1*1\nf unknown 1 2*1\no fifo\no character\no block\nf last 1 "
		     "3*1\n",
	  .warnings = "" },
	{ .name = "a member twice",
	  .fill = fill_twice,
	  .members =
		  "f pages-1.img 5 f*1 i*1 r*1 s*1 t*1\nf pages-1.img 6 s*1 e*1 c*1 o*1 n*1 d*1\n",
	  .warnings = "" },
	{ .name = "hard links",
	  .fill = fill_links,
	  .members = "f a 3 a*3\nf after 3 a*3\nf of-link 3 a*3\n",
	  .passing = "f a 3 a*3\n",
	  .warnings = "unsupported before\nunsupported itself\nunsupported out\n",
	  .passing_warnings = "unsupported after\nunsupported before\nunsupported itself\n"
			      "unsupported of-link\nunsupported out\n" },
	{ .name = "hard links to what has no bytes",
	  .fill = fill_links_without_bytes,
	  .members = "f empty 0\nf empty-too 0\nl symlink -> target\no symlink-too\no fifo\no "
		     "fifo-too\n",
	  .warnings = "" },
	{ .name = "a hard link means the later of two members",
	  .fill = fill_link_to_later_one,
	  .members = "f a 0\nf a 3 b*3\nf link 3 b*3\n",
	  .passing = "f a 0\nf a 3 b*3\n",
	  .warnings = "",
	  .passing_warnings = "unsupported link\n" },
	{ .name = "a hard link that brings its bytes",
	  .fill = fill_link_with_bytes,
	  .members = "f a 3 a*3\nf link 3 a*3\nf last 1 z*1\n",
	  .warnings = "" },
	{ .name = "a hard link with a size and no bytes",
	  .fill = fill_link_with_size_only,
	  .members = "f a 3 a*3\nf link 3 a*3\nf last 1 z*1\n",
	  .passing = "f a 3 a*3\nf last 1 z*1\n",
	  .warnings = "",
	  .passing_warnings = "unsupported link\n" },
	{ .name = "no end mark",
	  .fill = fill_no_end,
	  .members = "f a 1 1*1\nf b 1 2*1\n",
	  .warnings = "truncated SOURCE\n" },
	{ .name = "an archive behind the end mark",
	  .fill = fill_behind_end,
	  .members = "f a 1 1*1\n",
	  .warnings = "longer-than-described SOURCE\n" },
	{ .name = "a long archive behind the end mark",
	  .fill = fill_much_behind_end,
	  .members = "f a 1 1*1\n",
	  .warnings = "longer-than-described SOURCE\n" },
	{ .name = "a volume that continues a file",
	  .fill = fill_volume,
	  .members = "f last 1 z*1\n",
	  .warnings = "unsupported pages-1.img\n" },
	{ .name = "a pax volume that continues a file",
	  .fill = fill_pax_volume,
	  .members = "f last 1 z*1\n",
	  .warnings = "unsupported GNUFileParts.1/pages-1.img.2\n" },
	{ .name = "a volume with a label",
	  .fill = fill_label,
	  .members = "f first 1 y*1\n",
	  .warnings = "" },
	{ .name = "sparse, old GNU",
	  .fill = fill_sparse_old,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse, old GNU with more maps",
	  .fill = fill_sparse_extended,
	  .members = "f pages-1.img 61440" SIXTY "\n",
	  .warnings = "" },
	{ .name = "sparse 0.0",
	  .fill = fill_sparse_0_0,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse 0.1",
	  .fill = fill_sparse_0_1,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse 1.0",
	  .fill = fill_sparse_1_0,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse, only a hole",
	  .fill = fill_sparse_hole_only,
	  .members = "f hole.img 20000 .*20000\nf last 1 z*1\n",
	  .warnings = "" },
	{ .name = "sparse, a map that goes backwards",
	  .fill = fill_sparse_backwards,
	  .members = "f pages-1.img 5120 .*4096 a*512 b*512\nf last 1 z*1\n",
	  .passing = "f pages-1.img 20000 .*4096 a*512 b*512\nf last 1 z*1\n",
	  .warnings = "corrupt pages-1.img\n" },
	{ .name = "sparse, a map that overlaps",
	  .fill = fill_sparse_overlapping,
	  .members = "f pages-1.img 1024 .*512 a*512\nf last 1 z*1\n",
	  .passing = "f pages-1.img 20000 .*512 a*512\nf last 1 z*1\n",
	  .warnings = "corrupt pages-1.img\n" },
	{ .name = "sparse, a map beyond the end",
	  .fill = fill_sparse_beyond,
	  .members = "f pages-1.img 5120 .*512 a*512 .*3072 b*1024\nf last 1 z*1\n",
	  .passing = "f pages-1.img 20000 .*512 a*512 .*3072 b*1024\nf last 1 z*1\n",
	  .warnings = "corrupt pages-1.img\n" },
	{ .name = "sparse, cut",
	  .fill = fill_sparse_cut,
	  .members = "f pages-1.img 4608 .*512 a*512 .*3072 b*512\n",
	  .passing = "f pages-1.img 20000 .*512 a*512 .*3072 b*512\n",
	  .warnings = "truncated pages-1.img\n" },
	{ .name = "sparse and linked",
	  .fill = fill_sparse_linked,
	  .members = "f pages-1.img 20000" SPARSE_BYTES "f link 20000" SPARSE_BYTES,
	  .passing = "f pages-1.img 20000" SPARSE_BYTES,
	  .warnings = "",
	  .passing_warnings = "unsupported link\n" },
};

static void every_form_is_right_or_told(void **state)
{
	(void)state;
	int failures = 0;

	for (size_t i = 0; i < COUNT(forms); i++)
		failures += check_form(&forms[i]);
	assert_int_equal(failures, 0);
}

/* A hole that would fill every disk, kept as a whole in a few pages. */
static void holes_that_pass_take_no_place_when_they_are_kept(void **state)
{
	(void)state;
	struct made_tar tar = { .capacity = 0 };
	struct bytes lent;

	PAX(&tar, "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=8589934592",
	    "GNU.sparse.name=pages-1.img");
	tar_header(&tar, "GNUSparseFile.1/pages-1.img", '0', 2 * TAR_BLOCK);
	tar_body(&tar, "1\n8589930496\n100\n", 17);
	body_of(&tar, 'a', 100);
	tar_end(&tar);

	struct made_archive packed = pack_bytes(&tar.made, ARCHIVE_FILTER_ZSTD);
	char *path = made_archive_file(&packed, packed.length);
	const struct file_table_options options = { .memory_bytes = 8192, .no_spill = true };
	struct opened opened = { .code = 0 };
	const struct source_options none = { 0 };
	const struct member *member;
	uint64_t received;

	assert_int_equal(file_table_new(&opened.files, &options, NULL), 0);
	assert_int_equal(warning_list_new(&opened.warnings, NULL), 0);
	assert_int_equal(
		source_open(&opened.source, path, opened.files, opened.warnings, &none, NULL), 0);
	assert_int_equal(source_next(opened.source, &member, NULL), 0);
	assert_int_equal(source_keep_whole(opened.source, member, &received, NULL), 0);
	assert_int_equal(received, 8589934592);
	assert_int_equal(
		file_table_lend(opened.files, member->file, 8589930496 - 50, 200, &lent, NULL), 0);
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(lent.data[i], i >= 50 && i < 150 ? 'a' : 0);

	char *warnings = opened_warnings(&opened);

	assert_string_equal(warnings, "");
	free(warnings);
	opened_release(&opened);
	unlink(path);
	free(path);
	made_archive_release(&packed);
	free(tar.made.data);
}

/* A tar in two streams one behind the other, each with a frame that holds nothing behind it. */
static struct made_archive pack_in_two(const struct made_archive *plain, int filter, size_t first,
				       bool skippable)
{
	static const uint8_t skip[] = "\x53\x2a\x4d\x18\5\0\0\0empty";
	const struct made_archive halves[] = { { plain->data, first },
					       { plain->data + first, plain->length - first } };
	size_t skip_length = skippable ? sizeof(skip) - 1 : 0;
	struct made_archive made = { NULL, 0 };

	for (size_t i = 0; i < 2; i++) {
		struct made_archive packed = pack_bytes(&halves[i], filter);

		made.data = realloc(made.data, made.length + packed.length + skip_length);
		memcpy(made.data + made.length, packed.data, packed.length);
		made.length += packed.length;
		memcpy(made.data + made.length, skip, skip_length);
		made.length += skip_length;
		made_archive_release(&packed);
	}
	return made;
}

static void several_streams_are_one_archive(void **state)
{
	(void)state;
	static const struct {
		int filter;
		bool skippable;
		const char *name;
	} packings[] = {
		{ ARCHIVE_FILTER_GZIP, false, "gzip" },	  { ARCHIVE_FILTER_ZSTD, false, "zstd" },
		{ ARCHIVE_FILTER_ZSTD, true, "zstd" },	  { ARCHIVE_FILTER_XZ, false, "xz" },
		{ ARCHIVE_FILTER_BZIP2, false, "bzip2" }, { ARCHIVE_FILTER_LZ4, false, "lz4" },
		{ ARCHIVE_FILTER_LZ4, true, "lz4" },
	};
	static const size_t firsts[] = { 512, 600, 1024 };
	struct made_tar tar = { .capacity = 0 };

	fill_names(&tar);
	for (size_t i = 0; i < COUNT(packings); i++)
		for (size_t f = 0; f < COUNT(firsts); f++) {
			struct made_archive packed = pack_in_two(&tar.made, packings[i].filter,
								 firsts[f], packings[i].skippable);
			char *path = made_archive_file(&packed, packed.length);
			struct opened opened = opened_new(path, 1 << 20, NULL);

			print_message("  %s%s\n", packings[i].name,
				      packings[i].skippable ? " and skippable frames" : "");
			char *members = describe_members(&opened);

			assert_string_equal(members, forms[0].members);
			assert_string_equal(
				source_compression_name(source_compression(opened.source)),
				packings[i].name);
			assert_false(source_truncated(opened.source));
			free(members);
			opened_release(&opened);
			unlink(path);
			free(path);
			made_archive_release(&packed);
		}
	free(tar.made.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_right_or_told),
		cmocka_unit_test(holes_that_pass_take_no_place_when_they_are_kept),
		cmocka_unit_test(several_streams_are_one_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
