#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/compiled/build_mark.h"

/* The whole file of this program. */
static char *own_file(size_t *length)
{
	FILE *file = fopen("/proc/self/exe", "r");
	char *data;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	*length = (size_t)ftell(file);
	rewind(file);
	data = malloc(*length);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *length, file), *length);
	fclose(file);
	return data;
}

/* As it stands in the note: "GNU", a zero, then the id. */
static void is_the_build_id_of_the_program(void **state)
{
	struct bytes mark = build_mark();
	char note[4 + 64] = "GNU";
	size_t length;
	char *data = own_file(&length);

	(void)state;
	if (!mark.length) {
		free(data);
		skip();
	}
	assert_in_range(mark.length, 8, 64);
	memcpy(note + 4, mark.data, mark.length);
	assert_non_null(memmem(data, length, note, 4 + mark.length));
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(is_the_build_id_of_the_program) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
