#ifndef CKPT_SCANNERS_CRIU_CAPTURE_H
#define CKPT_SCANNERS_CRIU_CAPTURE_H

#include "engine/base/error.h"
#include "engine/read/file_table.h"
#include "scanners/captured.h"
#include "scanners/checkpoint.h"
#include "scanners/criu/facts.h"
#include "scanners/criu/holder_index.h"
#include "scanners/criu/image_table.h"
#include "scanners/criu/pages_table.h"
#include "scanners/criu/payload.h"
#include "scanners/criu/payload_reader.h"

/* What listing captured files and bytes in flight needs at hand. */
struct capture {
	const struct image_table *table;
	const struct pages_table *pages; /* sorted */
	const struct payload_table *payloads; /* sorted */
	const struct checkpoint *checkpoint;
	const struct file_table *files;
	struct warning_list *warnings;
	struct captured_list *out;
	struct facts facts;
	struct holder_index holders;
	uint64_t *unshown; /* by the checkpoint's objects: bytes that no process shows */
};

/* Appends all that the images hold beside memory; of an encrypted checkpoint nothing, and tells what is lost. */
int capture_all(const struct image_table *table, const struct pages_table *pages,
		const struct payload_table *payloads, const struct checkpoint *checkpoint,
		const struct file_table *files, struct warning_list *warnings,
		struct captured_list *out, struct error *err);

/* Adds @captured with those who hold @held (and @other; the same again: no other). */
int capture_add(struct capture *capture, struct captured *captured, struct held held,
		struct held other, struct error *err);
/* Reads the only entry of a payload image, and gives it to @take with what follows it. */
typedef int capture_entry_fn(struct capture *capture, struct payload_reader *reader,
			     const ProtobufCMessage *message, struct error *err);
int capture_only_entry(struct capture *capture, const struct payload *payload,
		       const ProtobufCMessageDescriptor *descriptor, capture_entry_fn *take,
		       struct error *err);
/* The number of an object as the report has it. */
int capture_object(struct capture *capture, uint64_t number, const char **out, struct error *err);
/* Where objects are numbered within a namespace and there are several: "11:0". */
int capture_object_in(struct capture *capture, uint64_t name_space, uint64_t number,
		      const char **out, struct error *err);

/* capture_queues.c: pipes, sockets, terminals, messages, BPF maps */
int capture_queues(struct capture *capture, struct error *err);
/* capture_ghosts.c: files that were deleted while open */
int capture_ghosts(struct capture *capture, struct error *err);
/* capture_objects.c: memory files, objects of which nobody maps all, pages of no page map */
int capture_objects(struct capture *capture, struct error *err);
/* capture_gpu.c: memory of GPUs */
int capture_gpu(struct capture *capture, struct error *err);

#endif
