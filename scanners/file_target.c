#include "scanners/file_target.h"

#include "rules/compiled_rules.h"

int file_target_blocks(const struct file_target *file, uint32_t number, struct block_list *list,
		       struct error *err)
{
	const struct extent extent = { .length = file->length,
				       .file = file->file,
				       .kind = EXTENT_RAW };
	const struct placement placement = { .target = number };
	const struct block block = {
		.extents = &extent,
		.placements = &placement,
		.extent_count = 1,
		.placement_count = 1,
		.first_edge = EDGE_REAL,
		.last_edge = EDGE_REAL,
		.purpose = PURPOSE_FILE,
	};

	return file->length ? block_list_add(list, &block, err) : 0;
}

int file_target_lend(const struct file_target *file, const struct file_table *files,
		     uint64_t offset, size_t wanted, uint8_t *buffer, size_t buffer_bytes,
		     struct bytes *out, struct error *err)
{
	uint64_t rest = offset < file->length ? file->length - offset : 0;
	size_t got = 0;
	int ret;

	if (wanted > rest)
		wanted = (size_t)rest;
	*out = (struct bytes){ NULL, 0 };
	if (!wanted)
		return 0;
	ret = file_table_lend(files, file->file, offset, wanted, out, err);
	if (ret != ERROR_NOT_KEPT && (ret || out->length == wanted))
		return ret;
	/* Kept in more than one place: then it is read, where more is asked for piece by piece. */
	if (wanted > buffer_bytes)
		wanted = buffer_bytes;
	ret = file_table_read(files, file->file, offset, buffer, wanted, &got, err);
	*out = (struct bytes){ buffer, ret ? 0 : got };
	return ret;
}

bool file_target_next_block(const struct file_target *file, uint64_t offset,
			    struct address_range *out)
{
	if (offset >= file->length)
		return false;
	*out = (struct address_range){ 0, file->length };
	return true;
}
