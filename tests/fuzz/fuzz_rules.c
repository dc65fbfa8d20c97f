/* Rules text, and then the same bytes as what is scanned with it. */
#include "tests/fuzz/fuzz_rules_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	const struct bytes bytes = { data, length };
	struct compiled_rules *compiled;
	struct rules_scan scan;

	if (length > FUZZ_MOST_BYTES)
		return -1;
	compiled = fuzz_compile(bytes);
	if (!compiled)
		return 0;
	fuzz_scan(compiled, bytes, &scan);
	rules_scan_release(&scan);
	compiled_rules_release(compiled);
	return 0;
}
