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

struct options {
	const char *output, *compression;
	uint64_t seed, bytes;
	size_t processes;
	uint64_t page_bytes;
	struct made_form form;
	uint32_t own_percent;
	bool directory, reversed, siblings;
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

static void write_bytes(void *context, const void *data, size_t length)
{
	write_data(context, data, length);
}

static void write_pages(struct writer *writer, const struct made_memory *memory,
			const struct made_pages *pages, const struct made_form *form, size_t layer)
{
	struct made_map map;
	char name[64];

	made_map_make(&map, memory, pages, form, layer);
	snprintf(name, sizeof(name), "pages-%u.img", made_pages_id(pages, layer));
	begin_member(writer, writer->prefix, name, map.image_bytes);
	made_map_write(&map, memory, pages, write_bytes, writer);
	made_map_release(&map);
}

static void write_all_pages(struct writer *writer, const struct made_memory *memory,
			    const struct made_form *form, size_t layer)
{
	write_pages(writer, memory, &memory->memfd, form, layer);
	for (size_t i = 0; i < memory->process_count; i++)
		write_pages(writer, memory, &memory->processes[i].pages, form, layer);
	write_pages(writer, memory, &memory->sysv, form, layer);
}

static void write_parent_link(struct writer *writer, size_t number)
{
	struct archive_entry *entry = archive_entry_new();
	char path[4096], target[64];

	snprintf(path, sizeof(path), "%sparent", writer->prefix);
	snprintf(target, sizeof(target), "../pre%zu", number);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFLNK);
	archive_entry_set_symlink(entry, target);
	archive_entry_set_perm(entry, 0777);
	archive_entry_set_mtime(entry, 1795525120, 0);
	check(writer, archive_write_header(writer->archive, entry));
	archive_entry_free(entry);
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

/* The last of N parents is pre1, the first pre-dump that was made. */
static void set_prefix(const struct options *options, size_t layer, char *out, size_t room)
{
	size_t parents = options->form.parents;
	char folder[64] = "checkpoint/";

	if (layer)
		snprintf(folder, sizeof(folder), "pre%zu/", parents - layer + 1);
	if (!options->directory)
		snprintf(out, room, "%s", folder);
	else
		snprintf(out, room, "%s/%s", options->output, parents ? folder : "");
}

static void write_layer(const struct options *options, const struct made_memory *memory,
			struct writer *writer, size_t layer)
{
	if (options->reversed)
		write_all_pages(writer, memory, &options->form, layer);
	made_images_write(memory, &options->form, layer, write_image, writer);
	if (layer < options->form.parents)
		write_parent_link(writer, options->form.parents - layer);
	if (!options->reversed)
		write_all_pages(writer, memory, &options->form, layer);
}

static void write_checkpoint(const struct options *options, const struct made_memory *memory)
{
	char prefix[4096];
	struct writer writer = { .prefix = prefix };

	open_writer(&writer, options);
	if (!options->directory)
		made_metadata_write(write_metadata, &writer);
	for (size_t layer = options->form.parents + 1; layer-- > 0;) {
		set_prefix(options, layer, prefix, sizeof(prefix));
		write_layer(options, memory, &writer, layer);
	}
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
