#ifndef CKPT_SCANNERS_CRIU_MESSAGE_H
#define CKPT_SCANNERS_CRIU_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

/*
 * One protobuf message from bytes that are not trusted. Two bytes of input can make the decoder allocate
 * hundreds, so what a message may take is bounded by its length.
 *
 * Stores the message, or NULL when the bytes are no such message or want too much memory; free it with
 * message_free(). Fails only without memory.
 */
int message_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes bytes,
		   ProtobufCMessage **out, struct error *err);
void message_free(ProtobufCMessage *message);

#endif
