#include <stdlib.h>
#include <string.h>

#include "scanners/captured_archive.h"
#include "scanners/captured_holders.h"
#include "scanners/captured_members.h"
#include "scanners/core_dump/core_dump.h"
#include "scanners/describe.h"
#include "scanners/file_pages.h"
#include "scanners/operand_state.h"

/* Far more than any specification takes. */
#define LONGEST_SPEC ((size_t)4 << 20)

/* Whether a file of the operand is of this checkpoint, or may be; what stands at the top may be anybody's. */
static bool may_concern(const struct operand *operand, const struct image_directory *directory,
			const char *file)
{
	struct member_owner owner;

	if (!file || strcmp(file, operand->path) == 0)
		return true;
	owner = member_owner_of(&operand->owners, file);
	return !owner.length || member_owner_is(&owner, file, directory->path);
}

static int copy_warnings(struct warning_list *to, struct warning_list *from, struct error *err)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(from, &count);
	int ret = warnings ? 0 : error_no_memory(err, "the warnings");

	for (size_t i = 0; !ret && i < count; i++)
		if (warning_list_add(to, &warnings[i], "%s", warnings[i].message) < 0)
			ret = error_no_memory(err, "the warnings");
	return ret;
}

/* Those of the operand that do not concern another one of its checkpoints. */
static int add_operand_warnings(struct operand *operand, const struct image_directory *directory,
				struct error *err)
{
	size_t count;
	const struct warning *warnings = warning_list_sorted(operand->warnings, &count);
	int ret = warnings ? 0 : error_no_memory(err, "the warnings");

	for (size_t i = 0; !ret && i < count; i++) {
		if (!may_concern(operand, directory, warnings[i].file))
			continue;
		if (warning_list_add(directory->warnings, &warnings[i], "%s", warnings[i].message) <
		    0)
			ret = error_no_memory(err, "the warnings");
	}
	return ret;
}

/* What was odd about images that no checkpoint is made of, and that no pre-dump is. */
static int add_stray_warnings(struct operand *operand, struct warning_list *to, struct error *err)
{
	const struct contents *contents = operand->contents;
	int ret = 0;

	for (size_t i = 0; !ret && i < contents->directory_count; i++) {
		const struct image_directory *directory = contents->directories[i];

		if (!image_set_has_inventory(directory->images) &&
		    !image_set_is_pre_dump(directory->images))
			ret = copy_warnings(to, directory->warnings, err);
	}
	return ret;
}

/* Images of processes that beside a checkpoint are none, for want of their inventory. */
static int add_lost_checkpoints(struct operand *operand, struct warning_list *to, struct error *err)
{
	const struct contents *contents = operand->contents;
	struct warning warning = { .code = WARNING_MISSING_IMAGE };
	int ret = 0;

	for (size_t i = 0; !ret && !operand->options->member && i < contents->directory_count;
	     i++) {
		const struct image_directory *directory = contents->directories[i];

		if (!image_set_has_tree(directory->images) ||
		    image_set_has_inventory(directory->images) ||
		    image_set_is_pre_dump(directory->images))
			continue;
		warning.file = directory->path;
		if (warning_list_add(to, &warning,
				     "images of processes without an inventory.img are not read") <
		    0)
			ret = error_no_memory(err, "a warning");
	}
	return ret;
}

/* Named, but the chain goes past it: it may be of another checkpoint, or stand in the wrong place. */
static int tell_unused_parent(const struct operand *parent, struct warning_list *to,
			      struct error *err)
{
	const struct warning warning = { .code = WARNING_NOTHING_SELECTED, .file = parent->path };

	if (warning_list_add(to, &warning,
			     "%s: named as an earlier image, but no page was looked for in it",
			     parent->path) < 0)
		return error_no_memory(err, "the warnings");
	return 0;
}

/* What was odd about the images below it is odd about what stands on them. */
static int add_chain_warnings(struct operand *operand, const struct image_directory *of,
			      const struct parent_chain *chain, struct error *err)
{
	bool needs_parent = image_set_needs_parent(of->images);
	struct warning_list *to = of->warnings;
	int ret = 0;

	for (size_t i = 0; !ret && i < chain->count; i++) {
		const struct image_directory *directory =
			operand_directory_of(operand, chain->sets[i]);

		if (directory)
			ret = copy_warnings(to, directory->warnings, err);
	}
	for (size_t i = 0; !ret && i < operand->parent_count; i++) {
		ret = copy_warnings(to, operand->parents[i]->warnings, err);
		if (!ret && needs_parent && !chain->used[i + 1])
			ret = tell_unused_parent(operand->parents[i], to, err);
	}
	return ret;
}

static int make_model(struct operand *operand, struct image_directory *directory,
		      struct opened_checkpoint *out, struct error *err)
{
	struct parent_chain chain = { 0 };
	const struct model_options options = { .final = !operand->cut_short,
					       .parents = &chain,
					       .files = operand->files,
					       .stop = operand->options->stop };
	int ret =
		image_set_needs_parent(directory->images) ? operand_open_parents(operand, err) : 0;

	if (!ret)
		ret = operand_chain(operand, directory, &chain, out->arena, err);
	if (!ret)
		ret = image_set_checkpoint(directory->images, &options, &out->checkpoint, err);
	if (ret)
		return ret;
	out->parents = chain.count;
	out->image_version = image_set_version(directory->images);
	out->unplaced_bytes = image_set_unplaced_bytes(directory->images, out->checkpoint);
	return add_chain_warnings(operand, directory, &chain, err);
}

/* Bytes of a small part of an image, malloc'd. */
static int read_part(struct operand *operand, const struct image_part *part, uint8_t **out,
		     size_t *length, struct error *err)
{
	size_t wanted =
		part->bytes.length < LONGEST_SPEC ? (size_t)part->bytes.length : LONGEST_SPEC;

	*out = malloc(wanted + 1);
	*length = 0;
	if (!*out)
		return error_no_memory(err, part->name);
	return file_table_read(operand->files, part->bytes.file, part->bytes.offset, *out, wanted,
			       length, err);
}

static int read_spec(struct operand *operand, const struct image_part *part,
		     struct container_reader *container, struct error *err)
{
	struct error problem = { 0 };
	uint8_t *data = NULL;
	size_t length;
	struct bytes json;
	int ret = read_part(operand, part, &data, &length, &problem);

	if (!ret && container_image_spec((struct bytes){ data, length }, &json))
		ret = container_reader_add(container, "spec.dump", json.data, json.length,
					   &problem);
	else if (!ret || ret == ERROR_SYSTEM)
		ret = operand_warn(operand, ret ? WARNING_READ_ERROR : WARNING_CORRUPT, part->name,
				   0, ret ? problem.message : "no specification of a container",
				   &problem);
	free(data);
	if (ret)
		*err = problem;
	return ret;
}

/* What the image that the checkpoint came in says of the container. */
static int read_image(struct operand *operand, const struct container_image *image,
		      struct container_reader *container, struct error *err)
{
	int ret = container_reader_add_annotations(container, image->annotations,
						   image->annotation_count, err);

	for (size_t i = 0; !ret && i < image->part_count; i++)
		if (image->parts[i].kind == IMAGE_PART_SPEC && !image->parts[i].missing)
			ret = read_spec(operand, &image->parts[i], container, err);
	return ret;
}

static int read_container(struct operand *operand, const struct image_directory *directory,
			  struct opened_checkpoint *out, struct error *err)
{
	const struct container_image *image = operand_image_of(operand, directory->path);
	int ret = container_reader_new(&out->container_reader, directory->warnings, err);

	if (!ret)
		ret = contents_describe(operand->contents, directory->path, out->container_reader,
					err);
	if (!ret && image)
		ret = read_image(operand, image, out->container_reader, err);
	if (!ret)
		out->container = container_reader_result(out->container_reader);
	return ret;
}

/* The layer that the container wrote, where it stands beside the images in an index. */
static int read_rootfs_parts(struct operand *operand, const struct image_directory *directory,
			     struct captured_list *captured, struct error *err)
{
	const struct container_image *image = operand_image_of(operand, directory->path);
	int ret = 0;

	for (size_t i = 0; !ret && image && i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];
		const struct captured_archive archive = {
			.name = part->name,
			.bytes = part->bytes,
			.length = part->bytes.length,
			.origin = ORIGIN_ROOTFS_DIFF,
			.mountpoint = "/",
		};

		if (part->kind == IMAGE_PART_ROOTFS_DIFF && !part->missing && !part->encrypted)
			ret = captured_archive_read(&archive, operand->files, directory->warnings,
						    operand->options->stop, captured, err);
	}
	return ret;
}

/* Pages that no page map names are files of their own, unless nothing can be read of them. */
static void count_unplaced(struct opened_checkpoint *out)
{
	uint64_t id;

	for (size_t i = 0; i < out->captured.count; i++) {
		const struct captured *captured = &out->captured.items[i];

		if (captured->origin == ORIGIN_IMAGE && image_is_pages(captured->path, &id) &&
		    captured->content.length <= out->unplaced_bytes)
			out->unplaced_bytes -= captured->content.length;
	}
}

static int read_captured(struct operand *operand, const struct image_directory *directory,
			 struct opened_checkpoint *out, struct error *err)
{
	const struct captured_members members = {
		.contents = operand->contents,
		.owners = &operand->owners,
		.directory = directory,
		.container = out->container_reader,
		.is_image = operand->images.form != IMAGE_FORM_NONE,
		.files = operand->files,
		.stop = operand->options->stop,
	};
	int ret = image_set_captured(directory->images, out->checkpoint, operand->files,
				     &out->captured, err);

	count_unplaced(out);
	if (!ret)
		ret = captured_members_read(&members, &out->captured, err);
	if (!ret)
		ret = read_rootfs_parts(operand, directory, &out->captured, err);
	if (!ret)
		ret = captured_holders_find(out->checkpoint, &out->captured, directory->warnings,
					    err);
	return ret ? ret : captured_list_sort(&out->captured, directory->warnings, err);
}

static bool has_checkpoint(const struct operand *operand, const struct container_image *image)
{
	const struct contents *contents = operand->contents;

	for (size_t i = 0; i < contents->directory_count; i++)
		if (image_set_has_inventory(contents->directories[i]->images) &&
		    operand_image_of(operand, contents->directories[i]->path) == image)
			return true;
	return false;
}

/* The container's own image, where it is listed beside the checkpoint. */
static const struct container_image *image_beside(const struct operand *operand)
{
	for (size_t i = 0; i < operand->images.count; i++)
		if (!has_checkpoint(operand, &operand->images.items[i]))
			return &operand->images.items[i];
	return NULL;
}

/* Memory that shows files, as the processes saw it. @directory: of its images; NULL: a core dump. */
static int complete_memory(struct operand *operand, const struct image_directory *directory,
			   struct opened_checkpoint *out, struct error *err)
{
	bool in_image = directory && operand_image_of(operand, directory->path);
	const struct file_pages_image image = {
		.path = operand->options->rootfs,
		.image = in_image ? image_beside(operand) : NULL,
	};

	return file_pages_complete(out->checkpoint, &out->captured, &image, operand->files,
				   directory ? directory->warnings : operand->warnings,
				   operand->options->stop, err);
}

static int begin_opened(struct opened_checkpoint *out, struct warning_list *warnings,
			struct error *err)
{
	*out = (struct opened_checkpoint){ .warnings = warnings, .arena = arena_new(0) };
	out->captured.arena = out->arena;
	return out->arena ? 0 : error_no_memory(err, "a checkpoint");
}

static int open_images(struct operand *operand, struct image_directory *directory,
		       struct opened_checkpoint *out, struct error *err)
{
	int ret = make_model(operand, directory, out, err);

	if (!ret)
		ret = read_container(operand, directory, out, err);
	if (!ret)
		ret = checkpoint_outline_make(&out->outline, operand->path, operand->source,
					      out->container, directory, out->arena, err);
	out->outline.form = operand_form(operand);
	if (!ret)
		ret = read_captured(operand, directory, out, err);
	if (!ret)
		ret = complete_memory(operand, directory, out, err);
	if (!ret)
		ret = add_operand_warnings(operand, directory, err);
	if (!ret)
		ret = add_stray_warnings(operand, directory->warnings, err);
	return ret ? ret : add_lost_checkpoints(operand, directory->warnings, err);
}

static int identify_core(struct operand *operand, const struct stored_bytes *core,
			 struct opened_checkpoint *out, struct error *err)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	int ret = core_dump_digest(operand->files, core, digest, err);

	if (ret)
		return ret;
	digest_hex(digest, hex);
	out->outline.id = arena_copy_string(out->arena, hex, strlen(hex));
	return out->outline.id ? 0 : error_no_memory(err, "a checkpoint's identity");
}

static int open_core(struct operand *operand, struct opened_checkpoint *out, struct error *err)
{
	const struct loose_member *member = &operand->contents->loose.items[0];
	int ret = core_dump_checkpoint(&out->checkpoint, operand->files, &member->bytes,
				       member->name, operand->warnings, err);

	if (!ret)
		ret = container_reader_new(&out->container_reader, operand->warnings, err);
	if (ret)
		return ret;
	out->container = container_reader_result(out->container_reader);
	ret = checkpoint_outline_make(&out->outline, operand->path, operand->source, out->container,
				      NULL, out->arena, err);
	if (!ret)
		ret = complete_memory(operand, NULL, out, err);
	return ret ? ret : identify_core(operand, &member->bytes, out, err);
}

int operand_checkpoint(struct operand *operand, size_t index, struct opened_checkpoint *out,
		       struct error *err)
{
	struct image_directory *directory = operand->checkpoints[index];
	int ret = begin_opened(out, directory ? directory->warnings : operand->warnings, err);

	if (ret)
		return ret;
	return directory ? open_images(operand, directory, out, err) : open_core(operand, out, err);
}

void opened_checkpoint_release(struct opened_checkpoint *checkpoint)
{
	captured_list_release(&checkpoint->captured);
	checkpoint_free(checkpoint->checkpoint);
	container_reader_free(checkpoint->container_reader);
	arena_free(checkpoint->arena);
	*checkpoint = (struct opened_checkpoint){ 0 };
}

static const char *why_none(const struct operand *operand)
{
	if (contents_has_pre_dump(operand->contents))
		return "only a pre-dump, which is no checkpoint of its own";
	if (operand->images.form != IMAGE_FORM_NONE)
		return "an image that holds no checkpoint";
	if (operand->source && source_form(operand->source) == FORM_DIRECTORY)
		return "no checkpoint: no directory with an inventory.img (archives in it "
		       "are operands of their own)";
	return "no checkpoint: no directory with an inventory.img";
}

static int say_what_it_is(struct operand *operand, struct error *err)
{
	struct warning nothing = { .code = WARNING_NOTHING_SELECTED };

	if (operand->nothing_selected)
		return warning_list_add(operand->warnings, &nothing,
					"no checkpoint of it lies in %s",
					operand->options->member) < 0
			       ? error_no_memory(err, "a warning")
			       : 0;
	if (!operand->source || operand->cut_short)
		return 0;
	return operand_warn(operand, WARNING_NOT_A_CHECKPOINT, operand->path, 0, why_none(operand),
			    err);
}

int operand_refusal(struct operand *operand, struct opened_checkpoint *out, struct error *err)
{
	int ret = begin_opened(out, operand->warnings, err);

	if (!ret)
		ret = checkpoint_outline_make(&out->outline, operand->path, operand->source, NULL,
					      NULL, out->arena, err);
	out->outline.form = operand_form(operand);
	if (!ret)
		ret = add_stray_warnings(operand, operand->warnings, err);
	return ret ? ret : say_what_it_is(operand, err);
}
