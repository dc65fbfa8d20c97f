#ifndef CKPT_RULES_MODULES_ELF_ELF_STATE_H
#define CKPT_RULES_MODULES_ELF_ELF_STATE_H

#include "rules/modules/elf/elf_image.h"
#include "rules/modules/elf/elf_strings.h"

/* Symbols with their names. */
struct elf_symbols {
	bool known; /* there is such a table, maybe an empty one */
	struct elf_table table;
	struct elf_strings strings;
};

/* What the module knows of one target. Parts come when they are first asked for. */
struct elf_state {
	bool found; /* there is an image; else nothing below is set */
	struct elf_image image;
	struct elf_table sections, segments;
	struct elf_strings section_names;
	bool has_section_names;
	bool has_symbols;
	struct elf_symbols symbols, dynamic_symbols;
	bool has_dynamic;
	bool dynamic_known; /* a segment says where it is */
	struct elf_table dynamic;
	bool has_entry_point, has_telfhash, has_import_md5;
	struct value entry_point, telfhash, import_md5;
};

/* For context->state. Errors of all of these: of view->lend() and look(), or no memory. */
int elf_state_load(struct module_context *context, struct error *err);
/* These make sure that the part is there. */
int elf_state_section_names(struct elf_state *state, struct module_context *context,
			    struct error *err);
int elf_state_symbols(struct elf_state *state, struct module_context *context, struct error *err);
int elf_state_dynamic(struct elf_state *state, struct module_context *context, struct error *err);

/* A number of entry @index of @table; left undefined where it cannot be had. */
int elf_state_number(const struct elf_state *state, struct module_context *context,
		     const struct elf_table *table, uint64_t index, enum elf_field field,
		     struct value *out, struct error *err);

#endif
