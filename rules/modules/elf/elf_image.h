#ifndef CKPT_RULES_MODULES_ELF_ELF_IMAGE_H
#define CKPT_RULES_MODULES_ELF_ELF_IMAGE_H

#include "rules/module.h"
#include "rules/modules/elf/elf_format.h"

/*
 * The one ELF file that a target shows: where it lies and its header. Everything else is read from the target when
 * it is asked for. What the target does not have reads as absent, which is no error.
 */
struct elf_image {
	struct elf_format format;
	uint64_t base; /* address of its first byte; 0 in a file */
	uint64_t
		size; /* bytes from there to the end of the block: the file ends there, for all that is known */
	uint8_t header[ELF_RECORD_BYTES];
};

/* Records of one kind that follow each other and lie within the image's size. */
struct elf_table {
	enum elf_record record;
	uint64_t offset; /* of the first, in the image */
	uint64_t count;
};

/*
 * A file: its first block that begins with an ELF header. A process: the first block, in order of address, that
 * begins with the header of an executable: ET_EXEC, or an ET_DYN that elf_main_is() accepts. *@found false:
 * there is none. Errors are those of view->lend() and look().
 */
int elf_image_find(struct elf_image *out, struct module_context *context, bool *found,
		   struct error *err);

uint64_t elf_image_header(const struct elf_image *image, enum elf_field field);
/* Empty where the header has none, or where it would not lie within the image. */
struct elf_table elf_image_sections(const struct elf_image *image);
struct elf_table elf_image_segments(const struct elf_image *image);

/* Copies up to @length bytes at @offset; *@got says how many are there without a gap. */
int elf_image_read(const struct elf_image *image, struct target_view *view, uint64_t offset,
		   void *buffer, size_t length, size_t *got, struct error *err);
/* Entry @index of @table to @record, which has ELF_RECORD_BYTES; *@there false: it cannot be had. */
int elf_image_record(const struct elf_image *image, struct target_view *view,
		     const struct elf_table *table, uint64_t index, uint8_t *record, bool *there,
		     struct error *err);
/* Whether [@offset, @offset + @length) lies in the image. */
bool elf_image_holds(const struct elf_image *image, uint64_t offset, uint64_t length);

#endif
