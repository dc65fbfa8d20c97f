#include "engine/read/lease.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/read/lease_ring.h"

struct counted {
	struct lease_owner owner;
	int releases;
};

static void count_release(struct lease_owner *owner)
{
	((struct counted *)owner)->releases++;
}

static void the_last_holder_gives_the_bytes_back(void **state)
{
	(void)state;
	struct counted counted = { .owner = { 1, count_release } };
	struct lease first = { (const uint8_t *)"x", 1, &counted.owner }, second = first;

	lease_hold(&second);
	lease_release(&first);
	assert_int_equal(counted.releases, 0);
	assert_int_equal(first.length, 0);
	assert_null(first.owner);
	lease_release(&second);
	assert_int_equal(counted.releases, 1);
}

static void releasing_nothing_is_harmless(void **state)
{
	(void)state;
	struct lease empty = { 0 };
	struct lease forever = { (const uint8_t *)"x", 1, NULL };

	lease_hold(&empty);
	lease_release(&empty);
	lease_hold(&forever);
	lease_release(&forever);
	assert_null(forever.data);
}

static void put_text(struct lease_ring *ring, const char *text)
{
	struct ring_buffer *buffer = lease_ring_take(ring);

	assert_non_null(buffer);
	memcpy(ring_buffer_data(buffer), text, strlen(text));
	lease_ring_put(ring, buffer, strlen(text));
}

static void buffers_come_in_order_and_then_the_end(void **state)
{
	(void)state;
	struct lease_ring *ring;
	struct lease lease;

	assert_int_equal(lease_ring_new(&ring, 2, 4096, NULL), 0);
	put_text(ring, "one");
	put_text(ring, "two");
	lease_ring_end(ring, 0, NULL);
	assert_int_equal(lease_ring_next(ring, &lease, NULL), 0);
	assert_memory_equal(lease.data, "one", lease.length);
	lease_release(&lease);
	assert_int_equal(lease_ring_next(ring, &lease, NULL), 0);
	assert_memory_equal(lease.data, "two", lease.length);
	lease_release(&lease);
	assert_int_equal(lease_ring_next(ring, &lease, NULL), 0);
	assert_int_equal(lease.length, 0);
	lease_ring_free(ring);
}

static void an_error_stands_behind_the_bytes_before_it(void **state)
{
	(void)state;
	struct lease_ring *ring;
	struct lease lease;
	struct error error, seen;

	error_set(&error, ERROR_FORMAT, 0, "damaged");
	assert_int_equal(lease_ring_new(&ring, 2, 4096, NULL), 0);
	put_text(ring, "one");
	lease_ring_end(ring, ERROR_FORMAT, &error);
	assert_int_equal(lease_ring_next(ring, &lease, &seen), 0);
	lease_release(&lease);
	assert_int_equal(lease_ring_next(ring, &lease, &seen), ERROR_FORMAT);
	assert_string_equal(seen.message, "damaged");
	assert_int_equal(lease_ring_next(ring, &lease, &seen), ERROR_FORMAT);
	lease_ring_free(ring);
}

static void a_stopped_ring_gives_no_more_buffers(void **state)
{
	(void)state;
	struct lease_ring *ring;

	assert_int_equal(lease_ring_new(&ring, 2, 4096, NULL), 0);
	lease_ring_stop(ring);
	assert_null(lease_ring_take(ring));
	lease_ring_free(ring);
}

static void a_lease_outlives_the_owner_of_its_ring(void **state)
{
	(void)state;
	struct lease_ring *ring;
	struct lease lease;

	assert_int_equal(lease_ring_new(&ring, 3, 4096, NULL), 0);
	put_text(ring, "kept");
	put_text(ring, "queued");
	assert_int_equal(lease_ring_next(ring, &lease, NULL), 0);
	lease_ring_free(ring);
	assert_memory_equal(lease.data, "kept", 4);
	lease_release(&lease);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_holder_gives_the_bytes_back),
		cmocka_unit_test(releasing_nothing_is_harmless),
		cmocka_unit_test(buffers_come_in_order_and_then_the_end),
		cmocka_unit_test(an_error_stands_behind_the_bytes_before_it),
		cmocka_unit_test(a_stopped_ring_gives_no_more_buffers),
		cmocka_unit_test(a_lease_outlives_the_owner_of_its_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
