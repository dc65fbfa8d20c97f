#include "scanners/criu/capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanners/criu/message.h"
#include "scanners/unshown.h"

int capture_only_entry(struct capture *capture, const struct payload *payload,
		       const ProtobufCMessageDescriptor *descriptor, capture_entry_fn *take,
		       struct error *err)
{
	struct payload_reader reader;
	ProtobufCMessage *message = NULL;
	bool good;
	int ret = payload_reader_open(&reader, payload, capture->files, capture->warnings, &good,
				      err);

	if (!ret && good)
		ret = payload_reader_next(&reader, descriptor, &message, err);
	if (!ret && message)
		ret = take(capture, &reader, message, err);
	message_free(message);
	payload_reader_close(&reader);
	return ret;
}

int capture_object(struct capture *capture, uint64_t number, const char **out, struct error *err)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%" PRIu64, number);

	*out = arena_copy_string(capture->out->arena, text, (size_t)length);
	return *out ? 0 : error_no_memory(err, "captured files");
}

int capture_object_in(struct capture *capture, uint64_t name_space, uint64_t number,
		      const char **out, struct error *err)
{
	char text[48];
	int length = snprintf(text, sizeof(text), "%" PRIu64 ":%" PRIu64, name_space, number);

	*out = arena_copy_string(capture->out->arena, text, (size_t)length);
	return *out ? 0 : error_no_memory(err, "captured files");
}

int capture_add(struct capture *capture, struct captured *captured, struct held held,
		struct held other, struct error *err)
{
	const struct open_file *file = holder_index_file(&capture->holders, held);
	int ret = holder_index_list(&capture->holders, held, other, capture->out->arena,
				    &captured->holders, &captured->holder_count, err);

	captured->has_file_id = file;
	captured->file_id = file ? file->id : 0;
	return ret ? ret : captured_list_add(capture->out, captured, err);
}

static int tell_encrypted_pages(const struct capture *capture, const struct pages_file *pages,
				struct error *err)
{
	char name[IMAGE_NAME_BYTES];
	const struct payload payload = { .name = name };

	snprintf(name, sizeof(name), "pages-%" PRIu64 ".img", pages->id);
	return payload_warn(capture->warnings, &payload, WARNING_ENCRYPTED, 0, pages->length,
			    "encrypted", err);
}

static int tell_encrypted(const struct capture *capture, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < capture->pages->count && !ret; i++)
		ret = tell_encrypted_pages(capture, &capture->pages->files[i], err);

	for (size_t i = 0; i < capture->payloads->count && !ret; i++) {
		const struct payload *payload = &capture->payloads->items[i];

		ret = payload_warn(capture->warnings, payload, WARNING_ENCRYPTED, 0,
				   payload->bytes.length, "encrypted", err);
	}
	return ret;
}

static int count_unshown(struct capture *capture, struct error *err)
{
	const struct checkpoint *checkpoint = capture->checkpoint;

	capture->unshown = calloc(checkpoint->object_count + 1, sizeof(*capture->unshown));
	return capture->unshown ? unshown_count(checkpoint, capture->unshown, err)
				: error_no_memory(err, "captured files");
}

static int list_all(struct capture *capture, struct error *err)
{
	int ret = capture_objects(capture, err);

	if (!ret)
		ret = capture_ghosts(capture, err);
	if (!ret)
		ret = capture_queues(capture, err);
	return ret ? ret : capture_gpu(capture, err);
}

int capture_all(const struct image_table *table, const struct pages_table *pages,
		const struct payload_table *payloads, const struct checkpoint *checkpoint,
		const struct file_table *files, struct warning_list *warnings,
		struct captured_list *out, struct error *err)
{
	struct capture capture = {
		.table = table,
		.pages = pages,
		.payloads = payloads,
		.checkpoint = checkpoint,
		.files = files,
		.warnings = warnings,
		.out = out,
		.facts = facts_of(table),
	};
	int ret;

	if (image_table_has_name(table, IMAGE_CIPHER, 0))
		return tell_encrypted(&capture, err);
	ret = holder_index_make(&capture.holders, checkpoint, &capture.facts, warnings, err);
	if (ret)
		return ret;
	ret = count_unshown(&capture, err);
	if (!ret)
		ret = list_all(&capture, err);
	free(capture.unshown);
	holder_index_release(&capture.holders);
	return ret;
}
