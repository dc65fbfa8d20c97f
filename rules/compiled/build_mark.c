#include "rules/compiled/build_mark.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/* Of notes: four bytes. */
static size_t aligned(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

static struct bytes find_build_id(struct bytes notes)
{
	while (notes.length >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name, length;

		memcpy(&note, notes.data, sizeof(note));
		notes.data += sizeof(note);
		notes.length -= sizeof(note);
		name = aligned(note.n_namesz);
		length = name + aligned(note.n_descsz);
		if (length > notes.length)
			break;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    memcmp(notes.data, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0)
			return (struct bytes){ notes.data + name, note.n_descsz };
		notes.data += length;
		notes.length -= length;
	}
	return (struct bytes){ 0 };
}

static bool holds(const struct dl_phdr_info *object, uintptr_t address)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD &&
		    address - (object->dlpi_addr + segment->p_vaddr) < segment->p_memsz)
			return true;
	}
	return false;
}

/* Nonzero ends the walk over what is loaded. */
static int visit(struct dl_phdr_info *object, size_t size, void *out)
{
	struct bytes *mark = out;

	(void)size;
	if (!holds(object, (uintptr_t)build_mark))
		return 0;
	for (size_t i = 0; i < object->dlpi_phnum && !mark->length; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_NOTE)
			*mark = find_build_id((struct bytes){
				(const uint8_t *)(object->dlpi_addr + segment->p_vaddr),
				segment->p_memsz });
	}
	return 1;
}

struct bytes build_mark(void)
{
	struct bytes mark = { 0 };

	dl_iterate_phdr(visit, &mark);
	return mark;
}
