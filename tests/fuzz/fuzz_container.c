/*
 * Documents that describe a container: each file under its name, files of any other name are annotations of an image
 * ("KEY" with the value as bytes). What is told of the container is text, and times are times.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "scanners/container.h"
#include "scanners/oci/container_image.h"
#include "tests/fuzz/file_list.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static void check_text(const char *text)
{
	require(!text ||
		(*text && utf8_is_valid((struct bytes){ (const uint8_t *)text, strlen(text) })));
}

/* 2026-11-24T08:09:00Z */
static void check_time(const char *text)
{
	size_t length = text ? strlen(text) : 0;

	require(!text || (length >= 20 && text[4] == '-' && text[10] == 'T' && text[13] == ':' &&
			  text[length - 1] == 'Z'));
}

static void check(const struct container *container)
{
	const char *const texts[] = {
		container->id,	   container->name,    container->image,   container->image_digest,
		container->pod,	   container->pod_id,  container->pod_uid, container->name_space,
		container->engine, container->runtime, container->created, container->checkpointed,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_text(texts[i]);
	check_time(container->created);
	check_time(container->checkpointed);
	for (size_t i = 0; i < container->argument_count; i++)
		require(container->arguments[i] &&
			utf8_is_valid((struct bytes){ (const uint8_t *)container->arguments[i],
						      strlen(container->arguments[i]) }));
}

/* Annotations come out of JSON: they are text. */
static void annotate(struct container_reader *reader, const struct listed_file *file)
{
	uint8_t *value = listed_file_copy(file);
	const struct image_annotation annotation = { file->name, (const char *)value };

	value[file->length] = '\0';
	if (utf8_is_valid((struct bytes){ value, strlen((const char *)value) }) &&
	    utf8_is_valid((struct bytes){ (const uint8_t *)file->name, strlen(file->name) }))
		require(!container_reader_add_annotations(reader, &annotation, 1, NULL));
	free(value);
}

static void add(struct container_reader *reader, const struct listed_file *file)
{
	uint8_t *exact = malloc(file->length ? file->length : 1);

	require(exact);
	if (file->length)
		memcpy(exact, file->data, file->length);
	if (container_reader_wants(file->name))
		require(!container_reader_add(reader, file->name, exact, file->length, NULL));
	else
		annotate(reader, file);
	free(exact);
	check(container_reader_result(reader));
	check_text(container_volume_path(reader, "data"));
	check_text(container_log_name(reader));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	static struct file_list list;
	struct container_reader *reader;
	struct warning_list *warnings;

	require(!warning_list_new(&warnings, NULL));
	require(!container_reader_new(&reader, warnings, NULL));
	file_list_split(&list, data, length);
	for (size_t i = 0; i < list.count; i++)
		add(reader, &list.files[i]);
	check(container_reader_result(reader));
	file_list_release(&list);
	container_reader_free(reader);
	warning_list_free(warnings);
	return 0;
}
