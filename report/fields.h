#ifndef CKPT_REPORT_FIELDS_H
#define CKPT_REPORT_FIELDS_H

#include "engine/base/json_writer.h"
#include "report/format.h"
#include "scanners/hit.h"

/*
 * The objects that several kinds of lines share, field by field in json.md's order. What is not known is left
 * out; an object of which nothing is known too.
 */

/* Leaves the object open: a summary has more in it. */
void fields_open_run(struct json_writer *json, const struct run_facts *run, const char *time);
/* @with_size: the file's size, which only a summary tells. */
void fields_checkpoint(struct json_writer *json, const struct checkpoint_outline *checkpoint,
		       bool with_size);
void fields_container(struct json_writer *json, const struct checkpoint_outline *checkpoint);
void fields_target(struct json_writer *json, const struct target_outline *target);
/* Leaves the object open: a list of processes has more in it. */
void fields_open_target(struct json_writer *json, const struct target_outline *target);
void fields_vma(struct json_writer *json, const struct hit_vma *vma);
void fields_rule(struct json_writer *json, const struct rule *rule);
/* @with_context: `before` and `after` were asked for. */
void fields_match(struct json_writer *json, const struct hit_match *match,
		  const struct target_outline *target, bool with_context);
void fields_warning(struct json_writer *json, const struct warning *warning);

#endif
