#include "report/event_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Collects parts; the first failure stays and later parts do nothing. */
struct event_id {
	struct digest *digest;
	int ret;
	struct error *err;
};

static int event_id_begin(struct event_id *id, struct error *err)
{
	*id = (struct event_id){ .err = err };
	return digest_new(&id->digest, err);
}

static int event_id_end(struct event_id *id, char out[DIGEST_HEX_BYTES])
{
	uint8_t sum[DIGEST_BYTES];

	if (!id->ret)
		id->ret = digest_end(id->digest, sum, id->err);
	if (!id->ret)
		digest_hex(sum, out);
	digest_free(id->digest);
	return id->ret;
}

static void add_part(struct event_id *id, const void *data, size_t length)
{
	if (!id->ret)
		id->ret = digest_add_sized(id->digest, data, length, id->err);
}

static void add_string(struct event_id *id, const char *string)
{
	add_part(id, string, string ? strlen(string) : 0);
}

static void add_number(struct event_id *id, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	add_string(id, text);
}

static void add_digest(struct event_id *id, const uint8_t *digest)
{
	char hex[DIGEST_HEX_BYTES];

	digest_hex(digest, hex);
	add_string(id, hex);
}

static void add_first_match(struct event_id *id, const struct hit *hit)
{
	char address[24];

	if (!hit->has_first) {
		add_string(id, "");
		add_string(id, "");
		return;
	}

	const char *name = hit->first_string ? hit->first_string : "";
	char dollar[1024];

	/* Names of strings are at most 128 bytes: nothing is cut. */
	snprintf(dollar, sizeof(dollar), "$%s", name);
	add_string(id, dollar);
	if (hit->target->kind != TARGET_PROCESS) {
		add_number(id, hit->first_address);
		return;
	}
	snprintf(address, sizeof(address), "0x%" PRIx64, hit->first_address);
	add_string(id, address);
}

/* What tells a target from all others of its checkpoint. */
static void add_target(struct event_id *id, const struct target_outline *target)
{
	add_string(id, target_kind_name(target->kind));
	if (target->kind == TARGET_PROCESS) {
		add_number(id, target->pid);
		return;
	}
	if (target->kind != TARGET_FILE) {
		add_string(id, target->object);
		add_string(id, target->direction);
		return;
	}
	add_string(id, target->origin);
	add_string(id, target->path);
	add_string(id, target->object);
	if (target->archive)
		add_string(id, target->archive);
}

int event_id_of_hit(const struct hit *hit, char out[DIGEST_HEX_BYTES], struct error *err)
{
	struct event_id id;
	int ret = event_id_begin(&id, err);

	if (ret)
		return ret;
	if (hit->checkpoint->id) {
		add_string(&id, hit->checkpoint->id);
	} else {
		add_string(&id, hit->checkpoint->path);
		add_number(&id, hit->checkpoint->size);
	}
	add_target(&id, hit->target);
	add_string(&id, hit->rule->namespace_name);
	add_string(&id, hit->rule->name);
	add_digest(&id, hit->rule->hash);
	add_first_match(&id, hit);
	return event_id_end(&id, out);
}

int event_id_of_summary(const struct scan_summary *summary, char out[DIGEST_HEX_BYTES],
			struct error *err)
{
	const struct checkpoint_outline *checkpoint = summary->checkpoint;
	struct event_id id;
	int ret = event_id_begin(&id, err);

	if (ret)
		return ret;
	add_string(&id, checkpoint->id ? checkpoint->id : checkpoint->path);
	add_digest(&id, summary->rules_digest);
	add_string(&id, summary->filters);
	add_string(&id, summary->complete ? "true" : "false");
	return event_id_end(&id, out);
}
