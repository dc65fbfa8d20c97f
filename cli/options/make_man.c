#include <stdio.h>

#include "cli/options/man_page.h"

/* Runs while the program is built: writes the manual page to standard output. */
int main(void)
{
	struct text text = { 0 };
	int status = 1;

	man_page_add(&text, CKPT_VERSION);
	if (!text.failed && fwrite(text.data, 1, text.length, stdout) == text.length &&
	    fflush(stdout) == 0)
		status = 0;
	text_release(&text);
	return status;
}
