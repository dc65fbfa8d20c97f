#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "scanners/criu/capture.h"
#include "scanners/criu/message.h"
#include "scanners/criu/proto/payload.pb-c.h"

/*
 *	amdgpu-kfd-1.img	bare message: buffers with their sizes and their GPU
 *	amdgpu-pages-1-0a2b.img	bytes of the buffers of GPU 0x0a2b, one after the other
 */
#define LARGEST_STATE_BYTES (64u << 20)
#define KEPT_FLAGS                                                                                 \
	3u /* in the GPU's memory, or the machine's: of other buffers there are no bytes to keep */

/* Bytes that the images of one GPU's buffers should have. */
struct gpu_bytes {
	uint32_t gpu;
	uint64_t bytes;
};

static int compare_gpus(const void *left_item, const void *right_item)
{
	const struct gpu_bytes *left = left_item, *right = right_item;

	return (left->gpu > right->gpu) - (left->gpu < right->gpu);
}

static uint64_t sum(uint64_t left, uint64_t right)
{
	return left > UINT64_MAX - right ? UINT64_MAX : left + right;
}

static size_t join_equal(struct gpu_bytes *gpus, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept && gpus[kept - 1].gpu == gpus[i].gpu)
			gpus[kept - 1].bytes = sum(gpus[kept - 1].bytes, gpus[i].bytes);
		else
			gpus[kept++] = gpus[i];
	}
	return kept;
}

static int compare_name(const void *name, const void *payload_item)
{
	const struct payload *payload = payload_item;

	return strcmp(name, payload->name);
}

/* Such names have no number for the table, which then has them in order of name. */
static const struct payload *find_pages(const struct capture *capture, const char *name)
{
	size_t count;
	const struct payload *pages = payload_table_kind(capture->payloads, PAYLOAD_GPU, &count);

	return count ? bsearch(name, pages, count, sizeof(*pages), compare_name) : NULL;
}

static int warn_lost(const struct capture *capture, const char *name, uint64_t there, uint64_t lost,
		     struct error *err)
{
	struct warning warning = {
		.code = WARNING_GPU_MEMORY,
		.file = name,
		.has_range = there > 0,
		.offset = there,
		.length = there ? lost : 0,
		.bytes = lost,
	};

	if (warning_list_add(capture->warnings, &warning,
			     there ? "%s: memory of a GPU is cut off"
				   : "%s: memory of a GPU is missing",
			     name) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

static int check_gpu(const struct capture *capture, uint64_t state, const struct gpu_bytes *gpu,
		     struct error *err)
{
	const struct payload *pages;
	char name[64];

	snprintf(name, sizeof(name), "amdgpu-pages-%" PRIu64 "-%04" PRIx32 ".img", state, gpu->gpu);
	pages = find_pages(capture, name);
	if (!pages)
		return warn_lost(capture, name, 0, gpu->bytes, err);
	if (pages->bytes.length >= gpu->bytes)
		return 0;
	return warn_lost(capture, name, pages->bytes.length, gpu->bytes - pages->bytes.length, err);
}

static int check_buffers(const struct capture *capture, const struct payload *payload,
			 const Criu__GpuState *state, struct error *err)
{
	struct gpu_bytes *gpus = calloc(state->n_bo_entries + 1, sizeof(*gpus));
	size_t count = 0;
	int ret = 0;

	if (!gpus)
		return error_no_memory(err, "buffers of a GPU");
	for (size_t i = 0; i < state->n_bo_entries; i++) {
		const Criu__GpuBuffer *buffer = state->bo_entries[i];

		if (buffer->alloc_flags & KEPT_FLAGS && buffer->size)
			gpus[count++] = (struct gpu_bytes){ buffer->gpu_id, buffer->size };
	}
	qsort(gpus, count, sizeof(*gpus), compare_gpus);
	count = join_equal(gpus, count);
	for (size_t i = 0; i < count && !ret; i++)
		ret = check_gpu(capture, payload->number, &gpus[i], err);
	free(gpus);
	return ret;
}

static int warn_damaged(const struct capture *capture, const struct payload *payload,
			const char *what, struct error *err)
{
	return payload_warn(capture->warnings, payload, WARNING_CORRUPT, 0, payload->bytes.length,
			    what, err);
}

static int read_whole(const struct capture *capture, const struct payload *payload, uint8_t **out,
		      struct error *err)
{
	size_t length = (size_t)payload->bytes.length, got = 0;
	struct error problem = { 0 };
	uint8_t *data = malloc(length + 1);

	*out = NULL;
	if (!data)
		return error_no_memory(err, "buffers of a GPU");
	if (file_table_read(capture->files, payload->bytes.file, payload->bytes.offset, data,
			    length, &got, &problem) == 0 &&
	    got == length) {
		*out = data;
		return 0;
	}
	free(data);
	return payload_warn(capture->warnings, payload, WARNING_READ_ERROR, 0, length,
			    "cannot be read", err);
}

static int check_state(const struct capture *capture, const struct payload *payload,
		       struct error *err)
{
	ProtobufCMessage *message = NULL;
	uint8_t *data;
	int ret;

	if (payload->bytes.length > LARGEST_STATE_BYTES)
		return warn_damaged(capture, payload, "longer than any description of a GPU", err);
	ret = read_whole(capture, payload, &data, err);
	if (ret || !data)
		return ret;
	ret = message_unpack(&criu__gpu_state__descriptor,
			     (struct bytes){ data, (size_t)payload->bytes.length }, &message, err);
	free(data);
	if (!ret && !message)
		return warn_damaged(capture, payload, "cannot be decoded", err);
	if (!ret)
		ret = check_buffers(capture, payload, (const Criu__GpuState *)message, err);
	message_free(message);
	return ret;
}

static int capture_buffers(struct capture *capture, const struct payload *payload,
			   struct error *err)
{
	struct captured captured = { .kind = TARGET_FILE, .origin = ORIGIN_GPU };
	const struct held nothing = { HELD_NOTHING, 0 };
	int ret = captured_list_whole(capture->out, payload->bytes, &captured.content, err);

	captured.path =
		arena_copy_string(capture->out->arena, payload->name, strlen(payload->name));
	if (!ret && !captured.path)
		ret = error_no_memory(err, "captured files");
	return ret ? ret : capture_add(capture, &captured, nothing, nothing, err);
}

static int warn_mapping(const struct capture *capture, uint32_t pid, const struct mm_vma *vma,
			struct error *err)
{
	struct warning warning = {
		.code = WARNING_GPU_MEMORY,
		.has_memory = true,
		.pid = pid,
		.start = vma->start,
		.end = vma->end,
		.bytes = vma->end - vma->start,
	};

	if (warning_list_add(capture->warnings, &warning,
			     "memory of a device, of which no image is there") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* Mappings that a plugin dumped, while there is nothing of any plugin that is known. */
static int warn_mappings(const struct capture *capture, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < capture->table->count; i++) {
		const struct stored_image *stored = capture->table->images[i];

		for (size_t j = 0; stored->holds == IMAGE_MM && j < stored->mm.vma_count && !ret;
		     j++) {
			if (stored->mm.vmas[j].status & STATUS_PLUGIN)
				ret = warn_mapping(capture, (uint32_t)stored->name.number,
						   &stored->mm.vmas[j], err);
		}
	}
	return ret;
}

int capture_gpu(struct capture *capture, struct error *err)
{
	size_t count, states;
	const struct payload *found =
		payload_table_kind(capture->payloads, PAYLOAD_GPU_STATE, &states);
	int ret = 0;

	for (size_t i = 0; i < states && !ret; i++) {
		if (string_starts_with(found[i].name, "amdgpu-kfd-"))
			ret = check_state(capture, &found[i], err);
	}
	found = payload_table_kind(capture->payloads, PAYLOAD_GPU, &count);
	for (size_t i = 0; i < count && !ret; i++)
		ret = capture_buffers(capture, &found[i], err);
	return ret || states || count ? ret : warn_mappings(capture, err);
}
