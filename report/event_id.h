#ifndef CKPT_REPORT_EVENT_ID_H
#define CKPT_REPORT_EVENT_ID_H

#include "engine/base/digest.h"
#include "engine/base/error.h"
#include "scanners/hit.h"

/*
 * What a finding is, whoever finds it and wherever the checkpoint lies: SHA-256 over parts, each after its
 * length as eight little-endian bytes. The parts are the texts of the JSON line, so that anybody can make
 * the same sum:
 *
 *	hit	checkpoint.id (without one: path, size), target.kind, the target, namespace, rule, rule_hash,
 *		string and address of the first match (none: two empty parts)
 *	target	of a process: pid; of a file: origin, path, object (none: an empty part) and, of one that is in an
 *		archive within the archive, the member that this is; of all others: object, direction (none: empty)
 *	summary	checkpoint.id (without one: path), rules.sha256, filters, "true" or "false" for complete
 */
int event_id_of_hit(const struct hit *hit, char out[DIGEST_HEX_BYTES], struct error *err);
int event_id_of_summary(const struct scan_summary *summary, char out[DIGEST_HEX_BYTES],
			struct error *err);

#endif
