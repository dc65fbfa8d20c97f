#include "bench/naive/file_bytes.h"

#include <errno.h>
#include <stdio.h>

int file_bytes_read(struct byte_writer *out, const char *path, struct error *err)
{
	char buffer[65536];
	FILE *file = fopen(path, "rb");
	size_t count;
	int ret = 0;

	if (!file)
		return error_set(err, ERROR_SYSTEM, errno, "open %s", path);
	while ((count = fread(buffer, 1, sizeof(buffer), file)) > 0)
		byte_writer_add(out, buffer, count);
	if (ferror(file))
		ret = error_set(err, ERROR_SYSTEM, errno, "read %s", path);
	else if (out->failed)
		ret = error_no_memory(err, path);
	fclose(file);
	return ret;
}
