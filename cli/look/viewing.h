#ifndef CKPT_CLI_LOOK_VIEWING_H
#define CKPT_CLI_LOOK_VIEWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/options/settings.h"
#include "engine/base/text.h"
#include "report/table.h"
#include "scanners/look.h"
#include "scanners/memory_filter.h"
#include "scanners/process_memory.h"
#include "scanners/scan_job.h"

struct json_writer;
struct viewing;

/* One looking command: a table for people, or the same rows as JSON lines. Has one of the two calls. */
struct view {
	unsigned command; /* enum command_bit */
	const struct table_column *columns; /* NULL: writes its text itself */
	size_t column_count;
	bool reads_bytes; /* not only where they are */
	bool one_table; /* for all checkpoints; else each has one of its own, with a heading */
	bool by_mapping; /* --vma, --protection and --address choose its rows */
	int (*show_checkpoint)(struct viewing *viewing, struct error *err);
	int (*show_process)(struct viewing *viewing, const struct process *process,
			    struct error *err);
};

/* What a view writes to, and what it is about. One thread. */
struct viewing {
	const struct view *view;
	const struct settings *settings;
	struct scan_options choice; /* --pid and --process alone */
	struct memory_filter filter;
	FILE *stream;
	bool color; /* on @stream */
	struct json_writer *json; /* NULL: text */
	struct table *table; /* NULL: json, or a view without columns */
	struct text text; /* of a view without columns: the line being made */
	bool heading, any_heading; /* of this checkpoint, of any */
	bool selected; /* filters chose something, in any checkpoint */
	const struct look *look; /* the checkpoint that is shown */
	_Atomic int *stop;
};

/* Writes to @stream, which it does not close. */
int viewing_init(struct viewing *viewing, const struct view *view, const struct settings *settings,
		 FILE *stream, _Atomic int *stop, struct error *err);
void viewing_release(struct viewing *viewing);

/* All of one checkpoint. */
int viewing_checkpoint(struct viewing *viewing, const struct look *look, struct error *err);
/* After the last one. */
int viewing_end(struct viewing *viewing, struct error *err);

/* Whether any filter could leave something out. */
bool viewing_narrows(const struct viewing *viewing);
/* Whether --pid and --process choose it. */
bool viewing_chooses(struct viewing *viewing, const struct process *process);
/* Whether --vma and --protection choose a mapping (NULL: pages outside of any). */
bool viewing_chooses_vma(const struct viewing *viewing, const struct vma *vma);

/* JSON: opens a row with its type, checkpoint and container. */
void viewing_begin_row(struct viewing *viewing);
/* Writes the row: of JSON, of the table, or what is in viewing.text. ERROR_INTERRUPTED when the run is to stop. */
int viewing_end_row(struct viewing *viewing, struct error *err);
/* A cell with a text from the checkpoint (NULL: empty), as much of it as is shown; with a number. */
void viewing_cell_text(struct viewing *viewing, const char *text);
void viewing_cell_number(struct viewing *viewing, uint64_t number);

/* "rw-p"; NULL: pages outside of any mapping. */
void viewing_protection(const struct vma *vma, char out[5]);

#endif
