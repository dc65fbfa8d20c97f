/*
 * A core dump, whatever it says of itself: what the model promises holds, its blocks are there, and the digest reads it to the
 * same end.
 */
#include <stdlib.h>
#include <string.h>

#include "scanners/core_dump/core_dump.h"
#include "tests/fuzz/checkpoint_check.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static void check(const struct checkpoint *checkpoint, const struct file_table *files)
{
	require(checkpoint->process_count == 1 && checkpoint->image_count == 1);
	check_model(checkpoint, files, true);
	check_memory(checkpoint, files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	const struct file_table_options options = { .memory_bytes = 1 << 20 };
	struct stored_bytes core = { .length = length };
	struct checkpoint *checkpoint;
	struct warning_list *warnings;
	struct file_table *files;
	uint8_t digest[DIGEST_BYTES], *copy = malloc(length + 1);

	require(copy);
	require(!warning_list_new(&warnings, NULL));
	require(!file_table_new(&files, &options, NULL));
	if (length)
		memcpy(copy, data, length);
	require(!file_table_add_memory(files, copy, length, "core", &core.file, NULL));
	if (!core_dump_checkpoint(&checkpoint, files, &core, "core", warnings, NULL)) {
		check(checkpoint, files);
		checkpoint_free(checkpoint);
		require(!core_dump_digest(files, &core, digest, NULL));
	}
	file_table_free(files);
	warning_list_free(warnings);
	return 0;
}
