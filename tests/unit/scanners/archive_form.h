#ifndef CKPT_TESTS_ARCHIVE_FORM_H
#define CKPT_TESTS_ARCHIVE_FORM_H

#include "tests/unit/scanners/made_tar.h"
#include "tests/unit/scanners/read_source.h"

/* What is legal but odd in an archive, one form a row. */
struct archive_form {
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

/* Each as a file, as a part of the table, plain and packed. Returns how many times one was wrong, and prints it. */
int archive_forms_check(const struct archive_form *forms, size_t count);
/* The members of an opened source in the words of archive_form.members, malloc'd. */
char *opened_contents(struct opened *opened);

#endif
