#include "bench/made/made_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/made/made_images.h"

#define MADE_TIME 1795525120
#define PACK_BYTES ((size_t)1 << 20)

/* After the first failure nothing more is written. */
struct writer {
	const struct made_archive_plan *plan;
	struct archive *archive;
	char prefix[4096]; /* of member names: "checkpoint/", or the directory */
	int ret;
	struct error *err;
};

static void check(struct writer *writer, int status)
{
	const _Atomic int *stop = writer->plan->stop;

	if (!writer->ret && status < ARCHIVE_WARN)
		writer->ret = error_set(writer->err, ERROR_SYSTEM, archive_errno(writer->archive),
					"write a made checkpoint: %s",
					archive_error_string(writer->archive));
	if (!writer->ret && stop && atomic_load(stop))
		writer->ret = error_set(writer->err, ERROR_INTERRUPTED, 0,
					"stopped while a checkpoint was made");
}

/* Members. */

static void begin_member(struct writer *writer, const char *prefix, const char *name,
			 uint64_t length)
{
	struct archive_entry *entry;
	char path[4352];

	if (writer->ret)
		return;
	entry = archive_entry_new();
	snprintf(path, sizeof(path), "%s%s", prefix, name);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, (int64_t)length);
	archive_entry_set_mtime(entry, MADE_TIME, 0);
	check(writer, archive_write_header(writer->archive, entry));
	archive_entry_free(entry);
}

static void write_bytes(void *context, const void *data, size_t length)
{
	struct writer *writer = context;

	if (!writer->ret)
		check(writer, archive_write_data(writer->archive, data, length) < 0 ? ARCHIVE_FATAL
										    : ARCHIVE_OK);
}

static void write_image(void *context, const char *name, const struct image_bytes *image)
{
	struct writer *writer = context;

	begin_member(writer, writer->prefix, name, image->length);
	write_bytes(writer, image->data, image->length);
}

static void write_metadata(void *context, const char *name, const struct image_bytes *image)
{
	struct writer *writer = context;

	begin_member(writer, "", name, image->length);
	write_bytes(writer, image->data, image->length);
}

static void write_pages(struct writer *writer, const struct made_memory *memory,
			const struct made_pages *pages, size_t layer)
{
	struct made_map map;
	char name[64];

	if (writer->ret)
		return;
	made_map_make(&map, memory, pages, &writer->plan->form, layer);
	snprintf(name, sizeof(name), "pages-%u.img", made_pages_id(pages, layer));
	begin_member(writer, writer->prefix, name, map.image_bytes);
	made_map_write(&map, memory, pages, write_bytes, writer);
	made_map_release(&map);
}

static void write_all_pages(struct writer *writer, const struct made_memory *memory, size_t layer)
{
	write_pages(writer, memory, &memory->memfd, layer);
	for (size_t i = 0; i < memory->process_count; i++)
		write_pages(writer, memory, &memory->processes[i].pages, layer);
	write_pages(writer, memory, &memory->sysv, layer);
}

static void write_parent_link(struct writer *writer, size_t number)
{
	struct archive_entry *entry;
	char path[4352], target[64];

	if (writer->ret)
		return;
	entry = archive_entry_new();
	snprintf(path, sizeof(path), "%sparent", writer->prefix);
	snprintf(target, sizeof(target), "../pre%zu", number);
	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFLNK);
	archive_entry_set_symlink(entry, target);
	archive_entry_set_perm(entry, 0777);
	archive_entry_set_mtime(entry, MADE_TIME, 0);
	check(writer, archive_write_header(writer->archive, entry));
	archive_entry_free(entry);
}

/* Forms. */

static int open_archive(struct writer *writer)
{
	const struct made_archive_plan *plan = writer->plan;

	if (plan->directory) {
		if (mkdir(plan->path, 0700) != 0)
			return error_set(writer->err, ERROR_SYSTEM, errno, "make the directory %s",
					 plan->path);
		writer->archive = archive_write_disk_new();
	} else {
		writer->archive = archive_write_new();
	}
	if (!writer->archive)
		return error_no_memory(writer->err, "an archive");
	if (plan->directory)
		return 0;
	check(writer, archive_write_set_format_ustar(writer->archive));
	if (plan->compression)
		check(writer, archive_write_add_filter_by_name(writer->archive, plan->compression));
	check(writer, plan->path ? archive_write_open_filename(writer->archive, plan->path)
				 : archive_write_open_fd(writer->archive, plan->descriptor));
	return writer->ret;
}

/* The last of N parents is pre1, the first pre-dump that was made. */
static void set_prefix(struct writer *writer, size_t layer)
{
	const struct made_archive_plan *plan = writer->plan;
	size_t parents = plan->form.parents;
	char folder[64] = "checkpoint/";

	if (layer)
		snprintf(folder, sizeof(folder), "pre%zu/", parents - layer + 1);
	if (!plan->directory)
		snprintf(writer->prefix, sizeof(writer->prefix), "%s", folder);
	else
		snprintf(writer->prefix, sizeof(writer->prefix), "%s/%s", plan->path,
			 parents ? folder : "");
}

static void write_layer(struct writer *writer, const struct made_memory *memory, size_t layer)
{
	const struct made_archive_plan *plan = writer->plan;

	if (plan->reversed)
		write_all_pages(writer, memory, layer);
	made_images_write(memory, &plan->form, layer, write_image, writer);
	if (layer < plan->form.parents)
		write_parent_link(writer, plan->form.parents - layer);
	if (!plan->reversed)
		write_all_pages(writer, memory, layer);
}

int made_archive_write(const struct made_archive_plan *plan, const struct made_memory *memory,
		       struct error *err)
{
	struct writer writer = { .plan = plan, .err = err };
	int ret = open_archive(&writer);

	if (!ret && !plan->directory)
		made_metadata_write(write_metadata, &writer);
	for (size_t layer = plan->form.parents + 1; !ret && layer-- > 0;) {
		set_prefix(&writer, layer);
		write_layer(&writer, memory, layer);
	}
	if (!ret && !writer.ret)
		check(&writer, archive_write_close(writer.archive));
	archive_write_free(writer.archive);
	return ret ? ret : writer.ret;
}

/* Compressing. */

static void copy_bytes(struct writer *writer, int from)
{
	uint8_t *buffer = malloc(PACK_BYTES);
	off_t offset = 0;
	ssize_t got = 1;

	if (!buffer)
		writer->ret = error_no_memory(writer->err, "a buffer");
	while (!writer->ret && got > 0) {
		got = pread(from, buffer, PACK_BYTES, offset);
		if (got < 0)
			writer->ret = error_set(writer->err, ERROR_SYSTEM, errno,
						"read a made checkpoint");
		else if (got > 0)
			write_bytes(writer, buffer, (size_t)got);
		offset += got;
	}
	free(buffer);
}

static void open_pack(struct writer *writer, int to, const char *compression)
{
	struct archive_entry *entry = archive_entry_new();

	check(writer, archive_write_set_format_raw(writer->archive));
	check(writer, archive_write_add_filter_by_name(writer->archive, compression));
	check(writer, archive_write_set_filter_option(writer->archive, compression,
						      "compression-level", "1"));
	check(writer, archive_write_open_fd(writer->archive, to));
	archive_entry_set_filetype(entry, AE_IFREG);
	if (!writer->ret)
		check(writer, archive_write_header(writer->archive, entry));
	archive_entry_free(entry);
}

int made_archive_pack(int from, int to, const char *compression, const _Atomic int *stop,
		      struct error *err)
{
	const struct made_archive_plan plan = { .descriptor = to, .stop = stop };
	struct writer writer = { .plan = &plan, .archive = archive_write_new(), .err = err };

	if (!writer.archive)
		return error_no_memory(err, "an archive");
	open_pack(&writer, to, compression);
	copy_bytes(&writer, from);
	if (!writer.ret)
		check(&writer, archive_write_close(writer.archive));
	archive_write_free(writer.archive);
	return writer.ret;
}
