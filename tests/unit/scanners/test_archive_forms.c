#include <archive.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scanners/archive_form.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define PAX(tar, ...)                                                                              \
	tar_pax(tar, 'x', (const char *const[]){ __VA_ARGS__ },                                    \
		COUNT(((const char *const[]){ __VA_ARGS__ })))

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

static void fill_numbers(struct made_tar *tar)
{
	uint8_t *header = tar_header(tar, "size-256", '0', 0);

	memcpy(header + 124, "\x80\0\0\0\0\0\0\0\0\0\2\1", 12);
	tar_seal(header);
	tar_fill(tar, 'a', 513);
	/* Owner and time in base 256, the time before 1970. */
	header = tar_header(tar, "owner-256", '0', 1);
	memcpy(header + 108, "\x80\0\0\0\x7f\xff\xff\xff", 8);
	memcpy(header + 136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 12);
	tar_seal(header);
	tar_body(tar, "b", 1);
	/* The size stands in the extended header alone. */
	PAX(tar, "size=600");
	tar_header(tar, "size-pax", '0', 0);
	tar_fill(tar, 'c', 600);
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

/* Volumes. */

static void fill_volume(struct made_tar *tar)
{
	uint8_t *header;

	tar_header(tar, "backup Volume 2", 'V', 0);
	header = tar_header(tar, "pages-1.img", 'M', 3);
	tar_octal(header + 369, 4096);
	tar_octal(header + 483, 8192);
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

#define N "nnnnnnnnn/nnnnnnnnn/"
#define LONG_NAMES                                                                                 \
	"f " N "...(4096) 1 a*1\n"                                                                 \
	"f " N "...(65536) 1 b*1\n"                                                                \
	"f " N "...(4096) 1 c*1\n"                                                                 \
	"l " N "...(3996) -> " N "...(65536)\n"                                                    \
	"l link -> " N "...(4096)\n"

static const struct archive_form forms[] = {
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
};

static void every_form_is_right_or_told(void **state)
{
	(void)state;
	assert_int_equal(archive_forms_check(forms, COUNT(forms)), 0);
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
			char *members = opened_contents(&opened);

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
		cmocka_unit_test(several_streams_are_one_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
