#include "tests/support/standard_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

int standard_input_begin(const char *path)
{
	int saved = dup(STDIN_FILENO), descriptor = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(descriptor >= 0 && dup2(descriptor, STDIN_FILENO) >= 0);
	close(descriptor);
	return saved;
}

void standard_input_end(int saved)
{
	if (saved < 0)
		return;
	dup2(saved, STDIN_FILENO);
	close(saved);
}
