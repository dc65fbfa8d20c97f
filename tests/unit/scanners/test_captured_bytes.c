#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scanners/captured_bytes.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void members_are_told_by_their_names(void **state)
{
	static const struct {
		const char *name;
		enum captured_kind kind;
	} members[] = {
		{ "rootfs-diff.tar", CAPTURED_WHOLE },
		{ "devshm-checkpoint.tar", CAPTURED_WHOLE },
		{ "ctr.log", CAPTURED_WHOLE },
		{ "whatever", CAPTURED_WHOLE },
		{ "tmpfs-dev-89.tar.gz.img", CAPTURED_WHOLE },
		{ "pipes-data.img", CAPTURED_QUEUES },
		{ "fifo-data.img", CAPTURED_QUEUES },
		{ "sk-queues.img", CAPTURED_QUEUES },
		{ "ghost-file-1f.img", CAPTURED_GHOST },
		{ "fdinfo-2.img", CAPTURED_NOTHING },
		{ "stats-dump", CAPTURED_NOTHING },
		{ "descriptors.json", CAPTURED_NOTHING },
		{ "dump.log", CAPTURED_NOTHING },
		{ "network.status", CAPTURED_NOTHING },
		{ "status", CAPTURED_NOTHING },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(members); i++)
		if (captured_kind_of(members[i].name) != members[i].kind)
			fail_msg("%s", members[i].name);
}

#define MAGICS "\x19\x43\x56\x54\x09\x37\x45\x56"
#define IMAGE(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)text, sizeof(text) - 1                                            \
	}

static const struct {
	const char *name;
	enum captured_kind kind;
	struct bytes image;
	uint64_t bytes;
} images[] = {
	{ "nothing of what only describes", CAPTURED_NOTHING, IMAGE("12345"), 0 },
	{ "all of an archive", CAPTURED_WHOLE, IMAGE("12345"), 5 },
	{ "an image without entries", CAPTURED_QUEUES, IMAGE(MAGICS), 0 },
	{ "an image that ends in its magics", CAPTURED_QUEUES, IMAGE("\x19\x43\x56"), 3 },
	{ "two pipes", CAPTURED_QUEUES,
	  IMAGE(MAGICS "\4\0\0\0\x08\7\x10\3abc\4\0\0\0\x08\x08\x10\2de"), 5 },
	{ "an empty pipe", CAPTURED_QUEUES, IMAGE(MAGICS "\2\0\0\0\x08\7"), 0 },
	{ "fields before the one that counts", CAPTURED_QUEUES,
	  IMAGE(MAGICS "\x14\0\0\0\x1a\2xy\x21\0\0\0\0\0\0\0\0\x2d\0\0\0\0\x10"
		       "\1z"),
	  1 },
	{ "more bytes than there are", CAPTURED_QUEUES,
	  IMAGE(MAGICS "\2\0\0\0\x10\x7f"
		       "abcd"),
	  4 },
	{ "an entry longer than the image", CAPTURED_QUEUES,
	  IMAGE(MAGICS "\xff\xff\xff\xff"
		       "ab"),
	  6 },
	{ "a length of 2^63", CAPTURED_QUEUES,
	  IMAGE(MAGICS "\x0b\0\0\0\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\1ab"), 2 },
	{ "a number without an end", CAPTURED_QUEUES,
	  IMAGE(MAGICS "\3\0\0\0\x10\x80\x80"
		       "ab"),
	  2 },
	{ "a small deleted file", CAPTURED_GHOST, IMAGE(MAGICS "\2\0\0\0\x08\0content"), 7 },
	{ "a deleted file in chunks", CAPTURED_GHOST,
	  IMAGE(MAGICS "\2\0\0\0\x48\1\4\0\0\0\x08\2\x10\0ab\5\0\0\0\x08\3\x10\x80\x20"
		       "cde"),
	  5 },
	{ "a directory", CAPTURED_GHOST, IMAGE(MAGICS "\2\0\0\0\x18\0"), 0 },
};

static void content_is_what_stands_between_entries(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(images); i++) {
		/* A copy, so that a read past the end is seen. */
		uint8_t *copy = malloc(images[i].image.length);
		uint64_t bytes;

		assert_non_null(copy);
		memcpy(copy, images[i].image.data, images[i].image.length);
		bytes = captured_bytes(images[i].kind,
				       (struct bytes){ copy, images[i].image.length });
		if (bytes != images[i].bytes)
			fail_msg("%s: %llu bytes", images[i].name, (unsigned long long)bytes);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_told_by_their_names),
		cmocka_unit_test(content_is_what_stands_between_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
