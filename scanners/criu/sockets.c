#include "scanners/criu/sockets.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *internet_protocol_name(const struct file_socket *socket)
{
	static const struct {
		uint32_t number;
		const char *name;
	} names[] = { { 1, "icmp" },   { 6, "tcp" },	   { 17, "udp" },   { 58, "icmpv6" },
		      { 132, "sctp" }, { 136, "udplite" }, { 262, "mptcp" } };

	if (socket->type == SOCKET_RAW)
		return "raw";
	for (size_t i = 0; i < COUNT(names); i++) {
		if (names[i].number == socket->protocol)
			return names[i].name;
	}
	return NULL;
}

const char *socket_protocol_name(const struct file_socket *socket)
{
	switch (socket->family) {
	case FAMILY_UNIX:
		return "unix";
	case FAMILY_IPV4:
	case FAMILY_IPV6:
		return internet_protocol_name(socket);
	case FAMILY_NETLINK:
		return "netlink";
	case FAMILY_PACKET:
		return "packet";
	default:
		return NULL;
	}
}

/* The kernel numbers the states of all sockets as those of TCP. */
const char *socket_state_name(const struct file_socket *socket)
{
	static const char *const names[] = {
		NULL,	      "established", "syn-sent",  "syn-received",
		"fin-wait-1", "fin-wait-2",  "time-wait", "close",
		"close-wait", "last-ack",    "listen",	  "closing",
	};

	return socket->state < COUNT(names) ? names[socket->state] : NULL;
}

/* The word is the memory of the machine it came from: its first byte there is the address's first. */
static void address_bytes(const uint32_t *words, uint32_t count, bool big_endian, uint8_t out[16])
{
	for (uint32_t i = 0; i < count * 4; i++) {
		uint32_t place = big_endian ? 3 - i % 4 : i % 4;

		out[i] = (uint8_t)(words[i / 4] >> 8 * place);
	}
}

static int internet_name(const uint32_t *words, uint32_t count, uint32_t port, bool big_endian,
			 struct arena *arena, const char **out, struct error *err)
{
	static const uint8_t nothing[16];
	uint8_t bytes[16] = { 0 };
	char address[INET6_ADDRSTRLEN], name[INET6_ADDRSTRLEN + 16];
	int length;

	*out = NULL;
	if (!count)
		return 0;
	address_bytes(words, count, big_endian, bytes);
	if (!port && memcmp(bytes, nothing, sizeof(bytes)) == 0)
		return 0;
	inet_ntop(count == 1 ? AF_INET : AF_INET6, bytes, address, sizeof(address));
	length = snprintf(name, sizeof(name), count == 1 ? "%s:%u" : "[%s]:%u", address, port);
	*out = arena_copy_string(arena, name, (size_t)length);
	return *out ? 0 : error_no_memory(err, "names of sockets");
}

/* The zero byte in front of an abstract name is shown as "@", as the tools of the system do. */
static int unix_name(struct bytes name, struct arena *arena, const char **out, struct error *err)
{
	char *copy;

	*out = NULL;
	if (!name.length)
		return 0;
	copy = arena_copy_string(arena, (const char *)name.data, name.length);
	if (!copy)
		return error_no_memory(err, "names of sockets");
	if (!copy[0])
		copy[0] = '@';
	*out = copy;
	return 0;
}

static bool is_internet(const struct file_socket *socket)
{
	return socket->family == FAMILY_IPV4 || socket->family == FAMILY_IPV6;
}

int socket_local_name(const struct file_socket *socket, bool big_endian, struct arena *arena,
		      const char **out, struct error *err)
{
	if (socket->family == FAMILY_UNIX)
		return unix_name(socket->name, arena, out, err);
	*out = NULL;
	if (!is_internet(socket))
		return 0;
	return internet_name(socket->local, socket->local_words, socket->local_port, big_endian,
			     arena, out, err);
}

int socket_remote_name(const struct file_socket *socket, bool big_endian, struct arena *arena,
		       const char **out, struct error *err)
{
	*out = NULL;
	if (!is_internet(socket))
		return 0;
	return internet_name(socket->remote, socket->remote_words, socket->remote_port, big_endian,
			     arena, out, err);
}
