#include "scanners/criu/core.h"

#include <string.h>

#include "scanners/criu/proto/core.pb-c.h"

/* As CRIU writes them; a zombie is written as dead. */
enum { STATE_ALIVE = 1, STATE_DEAD = 2, STATE_STOPPED = 3, STATE_ZOMBIE = 6 };
enum { MACHINE_PPC64 = 4, MACHINE_LOONGARCH64 = 7 };

static enum process_state state_of(uint32_t number)
{
	switch (number) {
	case STATE_ALIVE:
		return PROCESS_ALIVE;
	case STATE_DEAD:
	case STATE_ZOMBIE:
		return PROCESS_DEAD;
	case STATE_STOPPED:
		return PROCESS_STOPPED;
	default:
		return PROCESS_UNKNOWN;
	}
}

static void copy_name(char out[CORE_NAME_BYTES], ProtobufCBinaryData name)
{
	size_t length = name.len < CORE_NAME_BYTES - 1 ? name.len : CORE_NAME_BYTES - 1;

	if (length)
		memcpy(out, name.data, length);
	out[length] = '\0';
}

static void take_task(struct core *core, const Criu__CoreTask *task)
{
	core->leader = true;
	core->state = state_of(task->task_state);
	if (task->has_comm)
		copy_name(core->name, task->comm);
}

static int take_entry(void *context, const ProtobufCMessage *message, size_t index,
		      struct error *err)
{
	struct core *core = context;
	const Criu__Core *entry = (const Criu__Core *)message;
	const Criu__CoreThread *thread = entry->thread_core;

	(void)err;
	if (index > 0)
		return 0;
	core->decoded = true;
	core->machine = entry->mtype;
	if (thread && thread->has_comm)
		copy_name(core->name, thread->comm);
	if (entry->tc)
		take_task(core, entry->tc);
	if (thread && thread->creds) {
		core->has_uid = true;
		core->uid = thread->creds->uid;
	}
	return 0;
}

int core_parse(struct core *out, const struct image *image, struct error *err)
{
	out->state = PROCESS_UNKNOWN;
	return image_entries(image, &criu__core__descriptor, &criu__core__descriptor, take_entry,
			     out, err);
}

uint64_t core_machine_page_bytes(uint32_t machine)
{
	switch (machine) {
	case MACHINE_PPC64:
		return 65536;
	case MACHINE_LOONGARCH64:
		return 16384;
	default:
		return 4096;
	}
}
