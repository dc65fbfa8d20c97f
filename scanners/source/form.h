#ifndef CKPT_SCANNERS_SOURCE_FORM_H
#define CKPT_SCANNERS_SOURCE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanners/content.h"
#include "scanners/source/link_index.h"
#include "scanners/source/member_name.h"
#include "scanners/source/source.h"

struct inflated;

/* What the forms of a source share, and what each does in its own way. Private to this folder. */
struct form_ops {
	/* Fills source->member; its name by source_name_member(). @found false: the end. */
	int (*next)(struct source *source, bool *found, struct error *err);
	/* The next bytes of the current passing member; NULL: none ever passes. */
	int (*lend)(struct source *source, struct lease *out, struct error *err);
	/* What its members are read from as they pass; NULL: all lie in place. */
	const struct inflated *(*inflated)(const struct source *source);
	void (*close)(struct source *source);
};

/* What source_keep() asked for the current member. */
struct keep {
	struct address_range *ranges; /* owned; NULL with @all */
	size_t count, next; /* ranges before @next have passed */
	bool active, all;
	bool failed; /* for the current member, which then passes without */
};

struct source {
	const struct form_ops *ops;
	void *state; /* the form's own */
	char *path; /* what was opened, or what stands for it in messages */
	bool is_part; /* what was opened is this: */
	struct stored_bytes part;
	struct file_table *files;
	struct warning_list *warnings;
	struct source_options limits;
	enum source_form form;
	enum source_compression compression;
	uint64_t size;
	time_t time; /* of last change, of a file; 0: unknown */
	bool passes, can_repeat, truncated;

	uint64_t member_count;
	char *member_name; /* owned; what source->member.name lends */
	char *link_name; /* of a hard link that is delivered without bytes */
	struct member member;
	bool has_member;
	bool member_cut; /* fewer bytes are there than the archive says */
	bool member_ended; /* of a passing one: all was lent */
	bool lent_hole; /* what was lent last is zeros of a hole, which are stored nowhere */
	uint64_t position; /* in a passing member: bytes lent */
	struct keep keep;
	struct link_index *links; /* where hard links may point; NULL: nowhere */
};

/* A source without a form yet; NULL: no memory. source_close() frees it. */
struct source *source_new(const char *path, struct file_table *files, struct warning_list *warnings,
			  const struct source_options *options);

/* Each opens its form of @source (path, files, warnings and limits are set) and sets ops, state and form. */
int directory_open(struct source *source, int descriptor, struct error *err);
/* @part can be lent as one piece. */
int tar_in_place_open(struct source *source, const struct stored_bytes *part, struct error *err);
int core_in_place_open(struct source *source, const struct stored_bytes *part, struct error *err);
/* Both take @inflated and its first bytes over, also on failure. */
int tar_stream_open(struct source *source, struct inflated *inflated, struct lease *first,
		    struct error *err);
int core_stream_open(struct source *source, struct inflated *inflated, struct lease *first,
		     struct error *err);

/*
 * Places the current member, a hard link to @name. False, with a warning: those bytes did not come before it, or have
 * passed, and nobody asked for links without.
 */
bool source_place_link(struct source *source, const char *name);
/* Notes where the current member is, for links that come later. */
void source_remember(struct source *source);
/* Its bytes are nowhere: a link to its name does not mean those that had the name before. */
void source_forget(struct source *source);

/* Counts a member in. False (with a warning): beyond the limits; *@end: no further member either. */
bool source_admit(struct source *source, const char *name, uint64_t length, bool *end);
/* The warning that fits a failed read or keep. */
enum warning_code source_warning_code(const struct error *error);
/* A warning about @name (NULL: the source as a whole). */
void source_warn(struct source *source, enum warning_code code, const char *name,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same for bytes of a member that are not there. */
void source_warn_range(struct source *source, enum warning_code code, const char *name,
		       uint64_t offset, uint64_t length, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

#endif
