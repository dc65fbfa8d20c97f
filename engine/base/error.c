#include "engine/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, enum error_code code, int sys_errno, const char *format, ...)
{
	if (!err)
		return code;

	char text[sizeof(err->message)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	err->code = code;
	err->sys_errno = sys_errno;
	if (sys_errno)
		snprintf(err->message, sizeof(err->message), "%.900s: %.100s", text,
			 strerror(sys_errno));
	else
		memcpy(err->message, text, sizeof(text));
	return code;
}

int error_context(struct error *err, const char *format, ...)
{
	if (!err)
		return ERROR_USAGE;

	char text[sizeof(err->message)], joined[2 * sizeof(err->message) + 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	snprintf(joined, sizeof(joined), "%s: %s", text, err->message);
	memcpy(err->message, joined, sizeof(err->message));
	err->message[sizeof(err->message) - 1] = '\0';
	return err->code;
}

int error_no_memory(struct error *err, const char *what)
{
	return error_set(err, ERROR_MEMORY, 0, "no memory for %s", what);
}
