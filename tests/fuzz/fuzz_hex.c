/* What stands between the braces of a hex string, a zero byte, and what is scanned with it. */
#include <string.h>

#include "engine/base/text.h"
#include "tests/fuzz/fuzz_rules_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	const uint8_t *end = length ? memchr(data, 0, length) : NULL;
	struct text definition = { 0 };

	if (length > FUZZ_MOST_BYTES || !end)
		return -1;
	text_add(&definition, "{");
	text_add_bytes(&definition, (struct bytes){ data, (size_t)(end - data) });
	text_add(&definition, "}");
	fuzz_string((struct bytes){ (const uint8_t *)definition.data, definition.length },
		    (struct bytes){ end + 1, length - (size_t)(end + 1 - data) });
	text_release(&definition);
	return 0;
}
