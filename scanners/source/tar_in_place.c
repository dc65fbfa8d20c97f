#include <stdlib.h>

#include "scanners/source/archive.h"
#include "scanners/source/form.h"
#include "scanners/source/tail.h"

/*
 * A tar that is not compressed. libarchive is given the mapping to walk its headers, and lends the bytes of a
 * member from there: where a piece lies in the mapping is where it lies in the file, and no header form needs
 * to be known here. It never looks at the bytes of a member, so that walking costs no page.
 */
/* As little at a time as from a stream: so a header cannot have the whole file. */
#define PIECE_BYTES ((size_t)1 << 20)

struct tar_in_place {
	struct archive_reader reader;
	struct bytes mapping;
	size_t given; /* bytes of it */
	bool over; /* the rest of the archive cannot be walked */
	struct stored_bytes part; /* where the mapping lies */
};

static struct bytes give_mapping(void *context)
{
	struct tar_in_place *tar = context;
	size_t left = tar->mapping.length - tar->given;
	struct bytes piece = { tar->mapping.data + tar->given,
			       left < PIECE_BYTES ? left : PIECE_BYTES };

	tar->given += piece.length;
	return piece;
}

static bool lies_in(struct bytes outer, struct bytes inner, uint64_t *offset)
{
	uintptr_t start = (uintptr_t)outer.data, at = (uintptr_t)inner.data;

	if (at < start || at - start > outer.length || inner.length > outer.length - (at - start))
		return false;
	*offset = at - start;
	return true;
}

/* The pieces of a member: some that lie one behind the other from its start, then another one. */
struct pieces {
	struct bytes together; /* the former */
	struct bytes piece; /* the latter, with STEP_FOUND */
	uint64_t offset; /* of the latter, in the member */
	enum archive_step step;
};

static bool continues(const struct tar_in_place *tar, const struct pieces *pieces)
{
	const struct bytes *together = &pieces->together;
	uint64_t at;

	return pieces->step == STEP_FOUND && pieces->offset == together->length &&
	       lies_in(tar->mapping, pieces->piece, &at) &&
	       (together->length == 0 || pieces->piece.data == together->data + together->length);
}

static struct pieces follow_pieces(struct tar_in_place *tar)
{
	struct pieces pieces = { .offset = 0 };

	pieces.step = archive_reader_block(&tar->reader, &pieces.piece, &pieces.offset);
	while (continues(tar, &pieces)) {
		if (pieces.together.length == 0)
			pieces.together.data = pieces.piece.data;
		pieces.together.length += pieces.piece.length;
		pieces.step = archive_reader_block(&tar->reader, &pieces.piece, &pieces.offset);
	}
	return pieces;
}

/* A sparse map may say that its pieces go backwards, overlap, or lie past the end. */
static bool follows(const struct member *member, const struct pieces *pieces, uint64_t there)
{
	return pieces->offset >= there && pieces->offset <= member->length &&
	       pieces->piece.length <= member->length - pieces->offset;
}

/* Puts together a member whose bytes do not lie together: it has holes. */
static int keep_pieces(struct source *source, struct tar_in_place *tar, struct pieces *pieces,
		       struct error *err)
{
	struct member *member = &source->member;
	uint64_t there = pieces->together.length;
	int ret = file_table_add_sparse(source->files, member->length, source->member_name,
					&member->file, err);

	if (!ret)
		ret = file_table_keep(source->files, member->file, 0, pieces->together, err);
	while (!ret && pieces->step == STEP_FOUND && follows(member, pieces, there)) {
		ret = file_table_keep(source->files, member->file, pieces->offset, pieces->piece,
				      err);
		there = pieces->offset + pieces->piece.length;
		pieces->step = archive_reader_block(&tar->reader, &pieces->piece, &pieces->offset);
	}
	if (ret || pieces->step == STEP_END)
		return ret;
	tar->over = pieces->step != STEP_FOUND;
	archive_member_cut(&tar->reader, source, tar->over ? pieces->step : STEP_DAMAGED, there);
	member->missing = member->length - there;
	member->length = there;
	return 0;
}

static bool place_sparse(struct source *source, struct tar_in_place *tar, struct pieces *pieces)
{
	struct error error = { 0 };

	if (keep_pieces(source, tar, pieces, &error) == 0)
		return true;
	file_table_drop(source->files, source->member.file);
	source_forget(source);
	source_warn_range(source, source_warning_code(&error), source->member_name, 0,
			  source->member.length, "a sparse member cannot be kept: %s",
			  error.message);
	return false;
}

/* Finds the member's bytes. False: they cannot be had, and that was told. */
static bool place(struct source *source, struct tar_in_place *tar)
{
	struct member *member = &source->member;

	member->file = tar->part.file;
	if (member->kind != MEMBER_FILE || member->length == 0)
		return true;

	struct pieces pieces = follow_pieces(tar);
	bool cut = pieces.step == STEP_CUT || pieces.step == STEP_DAMAGED;

	if (!cut && pieces.together.length != member->length)
		return place_sparse(source, tar, &pieces);
	if (cut) {
		archive_member_cut(&tar->reader, source, pieces.step, pieces.together.length);
		tar->over = true;
		member->missing = member->length - pieces.together.length;
		member->length = pieces.together.length;
	}
	if (lies_in(tar->mapping, pieces.together, &member->offset))
		member->offset += tar->part.offset;
	return true;
}

/* Pages that went missing read as zeros, and zeros as the end mark. */
static void check_damage(struct source *source, const struct tar_in_place *tar)
{
	struct address_range damage;

	if (!file_table_damaged(source->files, tar->part.file, tar->part.offset,
				tar->mapping.length, &damage))
		return;
	source->truncated = true;
	source_warn_range(source, WARNING_CHANGED_WHILE_READ, source->path,
			  damage.start - tar->part.offset, damage.end - damage.start,
			  "the file became shorter, or cannot be read, while it was scanned");
}

static void look_behind_end(struct source *source, const struct tar_in_place *tar)
{
	uint64_t end = tar->given - archive_reader_unread(&tar->reader);
	size_t length = tar->mapping.length - (size_t)end;
	struct bytes behind = { tar->mapping.data + end,
				length < TAIL_BYTES ? length : TAIL_BYTES };
	struct tail tail = { .looked = 0 };

	tail_look(&tail, behind);
	tail_tell(&tail, source, end, length);
}

static int tar_in_place_next(struct source *source, bool *found, struct error *err)
{
	struct tar_in_place *tar = source->state;
	bool usable = false;
	char *hard_link;

	(void)err;
	*found = false;
	while (!tar->over && !usable) {
		enum archive_step step = archive_reader_next(&tar->reader, source, &hard_link);

		if (step != STEP_FOUND) {
			tar->over = true;
			if (step == STEP_END)
				look_behind_end(source, tar);
			check_damage(source, tar);
			return 0;
		}
		usable = hard_link ? source_place_link(source, hard_link) : place(source, tar);
		free(hard_link);
	}
	if (usable)
		source_remember(source);
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

int tar_in_place_open(struct source *source, const struct stored_bytes *part, struct error *err)
{
	struct tar_in_place *tar = calloc(1, sizeof(*tar));
	int ret;

	if (!tar)
		return error_no_memory(err, "an archive");
	tar->part = *part;
	ret = link_index_new(&source->links, err);
	if (!ret)
		ret = file_table_lend(source->files, part->file, part->offset, (size_t)part->length,
				      &tar->mapping, err);
	if (!ret)
		ret = archive_reader_open(&tar->reader, give_mapping, tar, err);
	if (ret) {
		free(tar);
		return ret;
	}
	source->ops = &tar_in_place_ops;
	source->state = tar;
	source->form = FORM_TAR;
	return 0;
}
