#include <stdlib.h>

#include "scanners/source/archive.h"
#include "scanners/source/form.h"

/*
 * A tar that is not compressed. libarchive walks its headers over one block of bytes, the whole mapping, and
 * lends the bytes of a member from there: where a piece lies in the mapping is where it lies in the file, and
 * no header form needs to be known here.
 */
struct tar_in_place {
	struct archive_reader reader;
	struct bytes mapping;
	bool given;
	bool over; /* the rest of the archive cannot be walked */
	uint32_t file;
};

static struct bytes give_mapping(void *context)
{
	struct tar_in_place *tar = context;

	if (tar->given)
		return (struct bytes){ NULL, 0 };
	tar->given = true;
	return tar->mapping;
}

static bool lies_in(struct bytes outer, struct bytes inner, uint64_t *offset)
{
	uintptr_t start = (uintptr_t)outer.data, at = (uintptr_t)inner.data;

	if (at < start || at - start > outer.length || inner.length > outer.length - (at - start))
		return false;
	*offset = at - start;
	return true;
}

/* Keeps the pieces of a member whose bytes do not lie together. @step and @piece: the first one. */
static int keep_pieces(struct source *source, struct tar_in_place *tar, enum archive_step step,
		       struct bytes piece, uint64_t offset, struct error *err)
{
	struct member *member = &source->member;
	uint64_t there = 0;
	int ret = file_table_add_sparse(source->files, member->length, source->member_name,
					&member->file, err);

	while (!ret && step == STEP_FOUND) {
		ret = file_table_keep(source->files, member->file, offset, piece, err);
		there = offset + piece.length;
		step = archive_reader_block(&tar->reader, &piece, &offset);
	}
	if (ret || step == STEP_END)
		return ret;
	archive_member_cut(&tar->reader, source, step, there);
	tar->over = true;
	member->length = there;
	return 0;
}

static void place_sparse(struct source *source, struct tar_in_place *tar, struct bytes piece,
			 uint64_t offset, bool *usable)
{
	struct error error = { 0 };

	source->member.offset = 0;
	*usable = keep_pieces(source, tar, STEP_FOUND, piece, offset, &error) == 0;
	if (!*usable)
		source_warn_range(source, source_warning_code(&error), source->member_name, 0,
				  source->member.length, "a sparse member cannot be kept: %s",
				  error.message);
}

/* Finds the member's bytes. @usable false: they cannot be had, and that was told. */
static void place(struct source *source, struct tar_in_place *tar, bool *usable)
{
	struct member *member = &source->member;
	struct bytes piece = { NULL, 0 };
	uint64_t offset = 0, at = 0;

	*usable = true;
	member->file = tar->file;
	if (member->kind != MEMBER_FILE || member->length == 0)
		return;

	enum archive_step step = archive_reader_block(&tar->reader, &piece, &offset);

	if (step == STEP_CUT || step == STEP_DAMAGED) {
		archive_member_cut(&tar->reader, source, step, 0);
		tar->over = true;
		member->length = 0;
		return;
	}

	bool together = step == STEP_FOUND && offset == 0 && lies_in(tar->mapping, piece, &at);

	if (together && piece.length == member->length) {
		member->offset = at;
	} else if (together && at + piece.length == tar->mapping.length) {
		archive_member_cut(&tar->reader, source, STEP_CUT, piece.length);
		tar->over = true;
		member->offset = at;
		member->length = piece.length;
	} else {
		place_sparse(source, tar, step == STEP_FOUND ? piece : (struct bytes){ NULL, 0 },
			     offset, usable);
	}
}

static void place_link(struct source *source, const char *name, bool *usable)
{
	struct link_target target;

	*usable = link_index_find(source->links, name, &target);
	if (!*usable) {
		source_warn(source, WARNING_UNSUPPORTED, source->member_name,
			    "a hard link to %s, which did not come before it", name);
		return;
	}
	source->member.file = target.file;
	source->member.offset = target.offset;
	source->member.length = target.length;
}

static void remember(struct source *source)
{
	const struct member *member = &source->member;
	struct link_target target = { member->offset, member->length, member->file };

	if (member->kind == MEMBER_FILE)
		link_index_add(source->links, source->member_name, &target);
}

/* Pages that went missing read as zeros, and zeros as the end mark. */
static void check_damage(struct source *source, const struct tar_in_place *tar)
{
	struct address_range damage;

	if (!file_table_damaged(source->files, tar->file, 0, tar->mapping.length, &damage))
		return;
	source->truncated = true;
	source_warn_range(source, WARNING_CHANGED_WHILE_READ, source->path, damage.start,
			  damage.end - damage.start,
			  "the file became shorter, or cannot be read, while it was scanned");
}

static int tar_in_place_next(struct source *source, bool *found, struct error *err)
{
	struct tar_in_place *tar = source->state;
	bool usable = false;
	char *hard_link;

	(void)err;
	*found = false;
	while (!tar->over && !usable) {
		if (archive_reader_next(&tar->reader, source, &hard_link) != STEP_FOUND) {
			tar->over = true;
			check_damage(source, tar);
			return 0;
		}
		if (hard_link)
			place_link(source, hard_link, &usable);
		else
			place(source, tar, &usable);
		free(hard_link);
	}
	if (usable)
		remember(source);
	*found = usable;
	return 0;
}

static void tar_in_place_close(struct source *source)
{
	struct tar_in_place *tar = source->state;

	archive_reader_close(&tar->reader);
	free(tar);
}

static const struct form_ops tar_in_place_ops = {
	.next = tar_in_place_next,
	.close = tar_in_place_close,
};

int tar_in_place_open(struct source *source, int descriptor, struct error *err)
{
	struct tar_in_place *tar = calloc(1, sizeof(*tar));
	int ret;

	if (!tar)
		return error_no_memory(err, "an archive");
	ret = link_index_new(&source->links, err);
	if (!ret)
		ret = file_table_add_descriptor(source->files, descriptor, source->path, &tar->file,
						err);
	if (ret) {
		free(tar);
		return ret;
	}
	source->ops = &tar_in_place_ops;
	source->state = tar;
	source->form = FORM_TAR;
	ret = file_table_lend(source->files, tar->file, 0, SIZE_MAX, &tar->mapping, err);
	return ret ? ret : archive_reader_open(&tar->reader, give_mapping, tar, err);
}
