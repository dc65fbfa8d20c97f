#include "cli/exit_code.h"

#include "cli/message.h"

enum exit_code exit_code_of_failed_start(int ret, const struct error *err)
{
	switch (ret) {
	case ERROR_RULES:
		return EXIT_USAGE;
	case ERROR_USAGE:
		message_usage(err);
		return EXIT_USAGE;
	case ERROR_MEMORY:
	case ERROR_SYSTEM:
		message_error(err);
		return EXIT_MACHINE;
	default:
		message_error(err);
		return EXIT_USAGE;
	}
}
