#ifndef CKPT_SCANNERS_CRIU_SOCKETS_H
#define CKPT_SCANNERS_CRIU_SOCKETS_H

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "scanners/criu/files.h"

/* The words of the report; NULL: not known. */
const char *socket_protocol_name(const struct file_socket *socket);
const char *socket_state_name(const struct file_socket *socket);

/*
 * Where a socket is bound: "10.0.0.7:6379", "[::1]:80", a path, "@abstract". *@out lives in @arena; NULL: nowhere, or
 * not known. @big_endian: the machine that was frozen, whose words the images hold.
 */
int socket_local_name(const struct file_socket *socket, bool big_endian, struct arena *arena,
		      const char **out, struct error *err);
/* The other end of an Internet socket; of all others NULL, for a Unix socket's peer has the name. */
int socket_remote_name(const struct file_socket *socket, bool big_endian, struct arena *arena,
		       const char **out, struct error *err);

#endif
