/*
 * Writes a checkpoint of any size from a seed, and beside it FILE.planted.jsonl: what a search must find in it
 * and what it must not (kind memory or absent).
 */
#include <archive.h>
#include <archive_entry.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/made/made_images.h"
#include "bench/made/made_memory.h"

#define CHUNK_PAGES 256u

struct options {
	const char *output, *compression;
	uint64_t seed, bytes;
	size_t processes;
	bool directory, reversed;
};

struct writer {
	struct archive *archive;
	const char *prefix; /* of member names: "checkpoint/", or the directory */
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "make_checkpoint: %s: %s\n", what, why);
	exit(4);
}

static void check(struct writer *writer, int status)
{
	if (status < ARCHIVE_WARN)
		fail("write", archive_error_string(writer->archive));
}

/* Members. */

static void begin_member(struct writer *writer, const char *prefix, const char *name,
			 uint64_t length)
{
	struct archive_entry *entry = archive_entry_new();
	char path[4096];

	snprintf(path, sizeof(path), "%s%s", prefix, name);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, (int64_t)length);
	archive_entry_set_mtime(entry, 1795525120, 0);
	check(writer, archive_write_header(writer->archive, entry));
	archive_entry_free(entry);
}

static void write_data(struct writer *writer, const void *data, size_t length)
{
	if (archive_write_data(writer->archive, data, length) < 0)
		fail("write", archive_error_string(writer->archive));
}

static void write_image(void *context, const char *name, const struct image_bytes *image)
{
	struct writer *writer = context;

	begin_member(writer, writer->prefix, name, image->length);
	write_data(writer, image->data, image->length);
}

static void write_metadata(void *context, const char *name, const struct image_bytes *image)
{
	struct writer *writer = context;

	begin_member(writer, "", name, image->length);
	write_data(writer, image->data, image->length);
}

/* Lays what is planted over the pages of one chunk. */
static size_t lay_plants(const struct made_pages *pages, size_t next, uint64_t offset,
			 uint8_t *chunk, size_t length)
{
	while (next < pages->plant_count && pages->plants[next].offset < offset + length) {
		const struct made_plant_bytes *plant = &pages->plants[next];

		for (size_t i = 0; i < plant->length; i++) {
			uint64_t at = plant->offset + i;

			if (at >= offset && at < offset + length)
				chunk[at - offset] = plant->bytes[i];
		}
		if (plant->offset + plant->length > offset + length)
			break;
		next++;
	}
	return next;
}

static void write_pages(struct writer *writer, const struct made_memory *memory,
			const struct made_pages *pages)
{
	static uint8_t chunk[CHUNK_PAGES * MADE_PAGE];
	char name[64];
	size_t next = 0;

	snprintf(name, sizeof(name), "pages-%u.img", pages->id);
	begin_member(writer, writer->prefix, name, pages->page_count * MADE_PAGE);
	for (uint64_t page = 0; page < pages->page_count; page += CHUNK_PAGES) {
		uint64_t left = pages->page_count - page;
		size_t count = left < CHUNK_PAGES ? (size_t)left : CHUNK_PAGES;

		for (size_t i = 0; i < count; i++)
			made_page_fill(memory->seed, pages->id, page + i, chunk + i * MADE_PAGE);
		next = lay_plants(pages, next, page * MADE_PAGE, chunk, count * MADE_PAGE);
		write_data(writer, chunk, count * MADE_PAGE);
	}
}

static void write_all_pages(struct writer *writer, const struct made_memory *memory)
{
	write_pages(writer, memory, &memory->memfd);
	for (size_t i = 0; i < memory->process_count; i++)
		write_pages(writer, memory, &memory->processes[i].pages);
	write_pages(writer, memory, &memory->sysv);
}

/* Forms. */

static void open_writer(struct writer *writer, const struct options *options)
{
	if (options->directory) {
		if (mkdir(options->output, 0700) != 0)
			fail(options->output, "cannot make the directory");
		writer->archive = archive_write_disk_new();
		return;
	}
	writer->archive = archive_write_new();
	check(writer, archive_write_set_format_ustar(writer->archive));
	if (options->compression)
		check(writer,
		      archive_write_add_filter_by_name(writer->archive, options->compression));
	check(writer, archive_write_open_filename(writer->archive, options->output));
}

static void write_checkpoint(const struct options *options, const struct made_memory *memory)
{
	char prefix[4096] = "checkpoint/";
	struct writer writer = { .prefix = prefix };

	if (options->directory)
		snprintf(prefix, sizeof(prefix), "%s/", options->output);
	open_writer(&writer, options);
	if (!options->directory)
		made_metadata_write(write_metadata, &writer);
	if (options->reversed)
		write_all_pages(&writer, memory);
	made_images_write(memory, write_image, &writer);
	if (!options->reversed)
		write_all_pages(&writer, memory);
	check(&writer, archive_write_close(writer.archive));
	archive_write_free(writer.archive);
}

static void write_sidecar(const struct options *options, const struct made_memory *memory)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s.planted.jsonl", options->output);
	file = fopen(path, "w");
	if (!file)
		fail(path, "cannot write");
	for (size_t i = 0; i < memory->plant_count; i++) {
		const struct made_plant *plant = &memory->plants[i];

		fprintf(file,
			"{\"name\":\"%s\",\"kind\":\"%s\",\"pid\":%u,\"va\":\"0x%" PRIx64
			"\",\"len\":%zu,\"hex\":\"",
			plant->name, plant->found ? "memory" : "absent", plant->pid, plant->address,
			plant->length);
		for (size_t j = 0; j < plant->length; j++)
			fprintf(file, "%02x", plant->bytes[j]);
		fputs("\"}\n", file);
	}
	if (fclose(file) != 0)
		fail(path, "cannot write");
}

/* Options. */

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);
	const char *units = "KMG";
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (unit)
		value <<= 10 * (unit - units + 1);
	if (end == text || (*end && (!unit || end[1])))
		fail(text, "not a number");
	return value;
}

static void usage(void)
{
	fputs("usage: make_checkpoint [--seed N] [--processes N] [--size BYTES[KMG]] "
	      "[--directory]\n"
	      "                       [--compress gzip|zstd|xz|lz4|bzip2] [--pages-first] OUTPUT\n",
	      stderr);
	exit(2);
}

static void parse_options(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "processes", required_argument, NULL, 'p' },
		{ "size", required_argument, NULL, 'b' },
		{ "directory", no_argument, NULL, 'd' },
		{ "compress", required_argument, NULL, 'c' },
		{ "pages-first", no_argument, NULL, 'r' },
		{ 0 },
	};
	int choice;

	while ((choice = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (choice) {
		case 's':
			options->seed = number(optarg);
			break;
		case 'p':
			options->processes = (size_t)number(optarg);
			break;
		case 'b':
			options->bytes = number(optarg);
			break;
		case 'd':
			options->directory = true;
			break;
		case 'c':
			options->compression = optarg;
			break;
		case 'r':
			options->reversed = true;
			break;
		default:
			usage();
		}
	}
	if (optind + 1 != argc || !options->processes)
		usage();
	options->output = argv[optind];
}

int main(int argc, char **argv)
{
	struct options options = { .seed = 1, .bytes = 16u << 20, .processes = 3 };
	struct made_memory memory;

	parse_options(&options, argc, argv);
	made_memory_init(&memory, options.seed, options.processes, options.bytes);
	write_checkpoint(&options, &memory);
	write_sidecar(&options, &memory);
	made_memory_release(&memory);
	return 0;
}
