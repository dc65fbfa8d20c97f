#include "cli/message.h"

#include <errno.h>
#include <unistd.h>

void message_write(const struct text *text)
{
	size_t written = 0;

	while (written < text->length) {
		ssize_t count = write(STDERR_FILENO, text->data + written, text->length - written);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return;
		written += (size_t)count;
	}
}

static void write_error(const struct error *err, const char *more)
{
	struct text text = { 0 };

	text_add(&text, "ckpt-scan: ");
	text_add_escaped_string(&text, err->message);
	text_add_byte(&text, '\n');
	text_add(&text, more);
	message_write(&text);
	text_release(&text);
}

void message_error(const struct error *err)
{
	write_error(err, "");
}

void message_usage(const struct error *err)
{
	write_error(err, "Try 'ckpt-scan --help'.\n");
}
