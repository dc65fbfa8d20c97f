/* A letter for the modifiers, what stands between the slashes of a regex, a zero byte, and what is scanned with it. */
#include <string.h>

#include "engine/base/text.h"
#include "tests/fuzz/fuzz_rules_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static void add_modifiers(struct text *definition, unsigned bits)
{
	static const char *const words[] = { " nocase", " wide", " ascii", " fullword" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (bits >> i & 1)
			text_add(definition, words[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	const uint8_t *end = length > 1 ? memchr(data + 1, 0, length - 1) : NULL;
	struct text definition = { 0 };

	if (length > FUZZ_MOST_BYTES || !end)
		return -1;
	text_add(&definition, "/");
	text_add_bytes(&definition, (struct bytes){ data + 1, (size_t)(end - data) - 1 });
	text_add(&definition, data[0] & 16 ? "/s" : "/");
	add_modifiers(&definition, data[0]);
	fuzz_string((struct bytes){ (const uint8_t *)definition.data, definition.length },
		    (struct bytes){ end + 1, length - (size_t)(end + 1 - data) });
	text_release(&definition);
	return 0;
}
