/*
 * Writes a checkpoint of any size from a seed, and beside it FILE.planted.jsonl: what a search must find in it
 * and what it must not (kind memory or absent).
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/made/made_archive.h"
#include "bench/made/made_memory.h"

struct options {
	const char *output, *compression;
	uint64_t seed, bytes;
	size_t processes;
	uint64_t page_bytes;
	struct made_form form;
	uint32_t own_percent;
	bool directory, reversed, siblings;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "make_checkpoint: %s: %s\n", what, why);
	exit(4);
}

static void write_checkpoint(const struct options *options, const struct made_memory *memory)
{
	const struct made_archive_plan plan = { .path = options->output,
						.compression = options->compression,
						.form = options->form,
						.directory = options->directory,
						.reversed = options->reversed };
	struct error err;

	if (made_archive_write(&plan, memory, &err))
		fail(options->output, err.message);
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
	fputs("usage: make_checkpoint [--seed N] [--processes N | --siblings N [--own PERCENT]]\n"
	      "                       [--size BYTES[KMG]] [--directory]\n"
	      "                       [--page-size 4K|16K|64K] [--parents N] [--packed "
	      "page|region]\n"
	      "                       [--compress gzip|zstd|xz|lz4|bzip2] [--pages-first] OUTPUT\n",
	      stderr);
	exit(2);
}

static enum made_packing packing(const char *text)
{
	if (strcmp(text, "page") != 0 && strcmp(text, "region") != 0)
		fail(text, "neither page nor region");
	return strcmp(text, "page") == 0 ? MADE_BY_PAGE : MADE_BY_REGION;
}

static uint64_t page_size(const char *text)
{
	uint64_t bytes = number(text);

	if (bytes != 4096 && bytes != 16384 && bytes != 65536)
		fail(text, "no size of a page");
	return bytes;
}

static void parse_options(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "processes", required_argument, NULL, 'p' },
		{ "siblings", required_argument, NULL, 'f' },
		{ "own", required_argument, NULL, 'o' },
		{ "size", required_argument, NULL, 'b' },
		{ "directory", no_argument, NULL, 'd' },
		{ "compress", required_argument, NULL, 'c' },
		{ "pages-first", no_argument, NULL, 'r' },
		{ "page-size", required_argument, NULL, 'g' },
		{ "parents", required_argument, NULL, 'n' },
		{ "packed", required_argument, NULL, 'k' },
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
		case 'f':
			options->processes = (size_t)number(optarg);
			options->siblings = true;
			break;
		case 'o':
			options->own_percent = (uint32_t)number(optarg);
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
		case 'g':
			options->page_bytes = page_size(optarg);
			break;
		case 'n':
			options->form.parents = (size_t)number(optarg);
			break;
		case 'k':
			options->form.packing = packing(optarg);
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
	struct options options = {
		.seed = 1, .bytes = 16u << 20, .processes = 3, .page_bytes = 4096
	};
	struct made_memory memory;

	parse_options(&options, argc, argv);
	if (options.siblings)
		made_memory_init_siblings(&memory, options.seed, options.processes,
					  options.own_percent, options.bytes, options.page_bytes);
	else
		made_memory_init(&memory, options.seed, options.processes, options.bytes,
				 options.page_bytes);
	if (options.form.parents)
		made_memory_add_stale(&memory);
	write_checkpoint(&options, &memory);
	write_sidecar(&options, &memory);
	made_memory_release(&memory);
	return 0;
}
