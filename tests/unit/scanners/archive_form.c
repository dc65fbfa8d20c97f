#include "tests/unit/scanners/archive_form.h"

#include <archive.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

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

char *opened_contents(struct opened *opened)
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

/* Of a part they stand behind its name. */
static const char *name_in(const char *file, const char *path)
{
	size_t length = strlen(path);

	if (strcmp(file, path) == 0)
		return "SOURCE";
	return strncmp(file, path, length) == 0 && file[length] == '/' ? file + length + 1 : file;
}

static char *describe_warnings(struct opened *opened, const char *path)
{
	char *text = NULL;
	size_t length, count;
	FILE *out = open_memstream(&text, &length);
	const struct warning *warnings = warning_list_sorted(opened->warnings, &count);

	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s %.40s\n", warning_code_name(warnings[i].code),
			name_in(warnings[i].file, path));
	fclose(out);
	return text;
}

static bool differs(const struct archive_form *form, const char *how, const char *got,
		    const char *wanted)
{
	if (strcmp(got, wanted) == 0)
		return false;
	print_error("%s, %s: got\n%snot\n%s", form->name, how, got, wanted);
	return true;
}

static bool check_opened(const struct archive_form *form, const char *how, struct opened *opened,
			 const char *path, bool passes)
{
	char *members = opened_contents(opened), *warnings = describe_warnings(opened, path);
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

static int check_form(const struct archive_form *form)
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

int archive_forms_check(const struct archive_form *forms, size_t count)
{
	int failures = 0;

	for (size_t i = 0; i < count; i++)
		failures += check_form(&forms[i]);
	return failures;
}
