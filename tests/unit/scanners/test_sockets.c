#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "scanners/criu/sockets.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void same_text(const char *left, const char *right)
{
	assert_int_equal(left == NULL, right == NULL);
	if (left)
		assert_string_equal(left, right);
}

static const struct {
	uint32_t number;
	const char *name;
} states[] = {
	{ 0, NULL },	     { 1, "established" }, { 2, "syn-sent" },  { 3, "syn-received" },
	{ 4, "fin-wait-1" }, { 5, "fin-wait-2" },  { 6, "time-wait" }, { 7, "close" },
	{ 8, "close-wait" }, { 9, "last-ack" },	   { 10, "listen" },   { 11, "closing" },
	{ 12, NULL },	     { UINT32_MAX, NULL },
};

static void states_have_the_names_of_tcp(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		const struct file_socket socket = { .family = 2, .state = states[i].number };

		same_text(socket_state_name(&socket), states[i].name);
	}
}

static const struct {
	uint32_t family, type, protocol;
	const char *name;
} protocols[] = {
	{ 2, 1, 6, "tcp" },	   { 10, 1, 6, "tcp" },	  { 2, 2, 17, "udp" },
	{ 10, 2, 136, "udplite" }, { 2, 3, 6, "raw" },	  { 2, 2, 1, "icmp" },
	{ 10, 2, 58, "icmpv6" },   { 2, 1, 132, "sctp" }, { 2, 1, 262, "mptcp" },
	{ 2, 1, 99, NULL },	   { 1, 1, 0, "unix" },	  { 16, 3, 0, "netlink" },
	{ 17, 3, 0, "packet" },	   { 40, 1, 0, NULL },
};

static void protocols_are_told_by_family_and_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(protocols); i++) {
		const struct file_socket socket = { .family = protocols[i].family,
						    .type = protocols[i].type,
						    .protocol = protocols[i].protocol };

		same_text(socket_protocol_name(&socket), protocols[i].name);
	}
}

/* Words are the memory of the machine that was frozen, ports are numbers. */
static const struct {
	const char *name;
	uint32_t family, words[4], word_count, port;
	bool big_endian;
	const char *text;
} ends[] = {
	{ "little-endian", 2, { 0x0700000a }, 1, 6379, false, "10.0.0.7:6379" },
	{ "big-endian", 2, { 0x0a000007 }, 1, 6379, true, "10.0.0.7:6379" },
	{ "an IPv6 address of a little-endian machine",
	  10,
	  { 0x000080fe, 0, 0, 0x02000000 },
	  4,
	  443,
	  false,
	  "[fe80::2]:443" },
	{ "one of a big-endian machine",
	  10,
	  { 0xfe800000, 0, 0, 2 },
	  4,
	  443,
	  true,
	  "[fe80::2]:443" },
	{ "any address", 2, { 0 }, 1, 80, false, "0.0.0.0:80" },
	{ "nowhere", 2, { 0 }, 1, 0, false, NULL },
	{ "no address", 2, { 0 }, 0, 80, false, NULL },
};

static void addresses_are_written_in_the_networks_order(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct file_socket socket = { .family = ends[i].family,
					      .local_words = ends[i].word_count,
					      .local_port = ends[i].port,
					      .remote_words = ends[i].word_count,
					      .remote_port = ends[i].port };
		const char *local, *remote;

		print_message("%s\n", ends[i].name);
		memcpy(socket.local, ends[i].words, sizeof(ends[i].words));
		memcpy(socket.remote, ends[i].words, sizeof(ends[i].words));
		assert_int_equal(
			socket_local_name(&socket, ends[i].big_endian, arena, &local, NULL), 0);
		assert_int_equal(
			socket_remote_name(&socket, ends[i].big_endian, arena, &remote, NULL), 0);
		same_text(local, ends[i].text);
		same_text(remote, ends[i].text);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_have_the_names_of_tcp),
		cmocka_unit_test(protocols_are_told_by_family_and_number),
		cmocka_unit_test(addresses_are_written_in_the_networks_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
