#include "report/run_facts.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/bytes.h"
#include "report/format.h"

void run_time_now(char out[RUN_TIME_BYTES])
{
	time_t now = time(NULL);
	struct tm parts;

	if (!gmtime_r(&now, &parts) || !strftime(out, RUN_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts))
		memcpy(out, "1970-01-01T00:00:00Z", RUN_TIME_BYTES);
}

static int random_id(char out[33], struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return error_set(err, ERROR_SYSTEM, errno, "get random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * sizeof(bytes)] = '\0';
	return 0;
}

int run_facts_init(struct run_facts *facts, struct run_facts_buffer *buffer, struct error *err)
{
	int ret = random_id(buffer->id, err);

	if (ret)
		return ret;
	run_time_now(buffer->time);
	if (gethostname(buffer->host, sizeof(buffer->host)) < 0)
		return error_set(err, ERROR_SYSTEM, errno, "get the host's name");
	buffer->host[sizeof(buffer->host) - 1] = '\0';
	*facts = (struct run_facts){ .id = buffer->id,
				     .time = buffer->time,
				     .version = CKPT_VERSION,
				     .host = buffer->host };
	return 0;
}
