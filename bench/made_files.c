#include "bench/made_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/made/made_archive.h"
#include "engine/base/unnamed_file.h"

#define PROCESSES 3
#define PAGE_BYTES 4096

struct made_files {
	const char *directory;
	int descriptors[MADE_FILES];
	char paths[MADE_FILES][32];
};

static int open_files(struct made_files *files, struct error *err)
{
	for (int i = 0; i < MADE_FILES; i++) {
		files->descriptors[i] = unnamed_file_open(files->directory);
		if (files->descriptors[i] < 0)
			return error_set(err, ERROR_SYSTEM, errno, "make a checkpoint in %s",
					 files->directory);
		snprintf(files->paths[i], sizeof(files->paths[i]), "/proc/self/fd/%d",
			 files->descriptors[i]);
	}
	return 0;
}

static int write_files(struct made_files *files, uint64_t seed, uint64_t bytes,
		       const _Atomic int *stop, struct error *err)
{
	const struct made_archive_plan plan = { .descriptor = files->descriptors[MADE_TAR],
						.stop = stop };
	struct made_memory memory;
	int ret;

	made_memory_init(&memory, seed, PROCESSES, bytes, PAGE_BYTES);
	ret = made_archive_write(&plan, &memory, err);
	made_memory_release(&memory);
	if (!ret)
		ret = made_archive_pack(files->descriptors[MADE_TAR], files->descriptors[MADE_ZSTD],
					"zstd", stop, err);
	if (!ret)
		ret = made_archive_pack(files->descriptors[MADE_TAR], files->descriptors[MADE_GZIP],
					"gzip", stop, err);
	return ret;
}

int made_files_new(struct made_files **out, const char *directory, uint64_t seed, uint64_t bytes,
		   const _Atomic int *stop, struct error *err)
{
	struct made_files *files = calloc(1, sizeof(*files));
	int ret;

	if (!files)
		return error_no_memory(err, "a made checkpoint");
	files->directory = directory ? directory : unnamed_file_place();
	for (int i = 0; i < MADE_FILES; i++)
		files->descriptors[i] = -1;
	ret = open_files(files, err);
	if (!ret)
		ret = write_files(files, seed, bytes, stop, err);
	if (ret)
		made_files_free(files);
	else
		*out = files;
	return ret;
}

void made_files_free(struct made_files *files)
{
	if (!files)
		return;
	for (int i = 0; i < MADE_FILES; i++)
		if (files->descriptors[i] >= 0)
			close(files->descriptors[i]);
	free(files);
}

const char *made_files_path(const struct made_files *files, int which)
{
	return files->paths[which];
}

const char *made_files_directory(const struct made_files *files)
{
	return files->directory;
}
