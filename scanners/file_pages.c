#include "scanners/file_pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "scanners/build_id.h"
#include "scanners/captured_index.h"
#include "scanners/mapped_files.h"
#include "scanners/source/source.h"

/*
 * Every mapping of a file is walked through the file's pieces, so that many mappings of a much divided one would cost
 * their product. What goes beyond this many, each mapping's first not counted, is left out and told.
 */
#define MOST_PIECES ((size_t)1 << 21)

/* Where the bytes of one checkpoint's mapped files are looked for. */
struct finder {
	struct checkpoint *checkpoint;
	const struct captured_list *captured;
	const struct content *
		*copies; /* of captured contents that are used, by index in the list */
	struct captured_index index;
	struct mapped_files mapped;
	const struct rootfs *rootfs;
	const struct file_table *files;
	struct warning_list *warnings;
	const char *refused; /* path of the last warning */
	size_t pieces; /* that mappings show so far */
};

static void finder_release(struct finder *finder)
{
	captured_index_release(&finder->index);
	mapped_files_release(&finder->mapped);
	free(finder->copies);
}

static int finder_make(struct finder *finder, struct error *err)
{
	int ret = mapped_files_list(&finder->mapped, finder->checkpoint, err);

	if (!ret)
		ret = captured_index_make(&finder->index, finder->captured, err);
	if (ret)
		return ret;
	finder->copies = calloc(finder->captured->count + 1, sizeof(*finder->copies));
	return finder->copies ? 0 : error_no_memory(err, "captured files");
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static size_t without_doubles(const char **paths, size_t count)
{
	size_t kept = 0;

	if (!count)
		return 0;
	qsort(paths, count, sizeof(*paths), compare_paths);
	for (size_t i = 1; i < count; i++)
		if (strcmp(paths[i], paths[kept]) != 0)
			paths[++kept] = paths[i];
	return kept + 1;
}

/* A path that a deleted file had leads to another one, or nowhere. */
static bool is_of_image(const struct captured_index *index, const struct open_file *file)
{
	size_t count;

	captured_index_find(index, file, &count);
	return !count && !file->deleted && file->path && file->path[0] == '/';
}

int file_pages_wanted(const struct checkpoint *checkpoint, const struct captured_list *captured,
		      const char ***paths, size_t *count, size_t *capacity, struct error *err)
{
	struct captured_index index = { 0 };
	struct mapped_files mapped = { 0 };
	int ret = mapped_files_list(&mapped, checkpoint, err);

	if (!ret)
		ret = captured_index_make(&index, captured, err);
	for (size_t i = 0; !ret && i < mapped.count; i++) {
		const char **grown;

		if (!is_of_image(&index, mapped.items[i].file))
			continue;
		grown = array_grow(*paths, capacity, *count + 1, sizeof(*grown));
		if (grown) {
			*paths = grown;
			grown[(*count)++] = mapped.items[i].file->path;
		} else {
			ret = error_no_memory(err, "paths of mapped files");
		}
	}
	*count = without_doubles(*paths, *count);
	captured_index_release(&index);
	mapped_files_release(&mapped);
	return ret;
}

#define REASON_BYTES 512
#define HEX_BYTES (2 * BUILD_ID_BYTES + 1)

static const char *hex_of(struct bytes bytes, char out[HEX_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	size_t length = bytes.length < BUILD_ID_BYTES ? bytes.length : BUILD_ID_BYTES;

	for (size_t i = 0; i < length; i++) {
		out[2 * i] = digits[bytes.data[i] >> 4];
		out[2 * i + 1] = digits[bytes.data[i] & 15];
	}
	out[2 * length] = '\0';
	return out;
}

/* Whether this can be the file that was mapped; else @reason says what differs. */
static bool is_same(const struct finder *finder, const struct open_file *file,
		    const struct content *content, char reason[REASON_BYTES])
{
	char has[HEX_BYTES], had[HEX_BYTES];
	struct build_id id;

	if (file->has_size && file->size != content->length) {
		snprintf(reason, REASON_BYTES, "has %llu bytes, the one that was mapped had %llu",
			 (unsigned long long)content->length, (unsigned long long)file->size);
		return false;
	}
	if (!file->build_id.length)
		return true;
	if (!build_id_read(&id, content, finder->files)) {
		snprintf(reason, REASON_BYTES, "has no build id, the one that was mapped had %s",
			 hex_of(file->build_id, had));
		return false;
	}
	if (build_id_equals(&id, file->build_id))
		return true;
	snprintf(reason, REASON_BYTES, "has the build id %s, the one that was mapped had %s",
		 hex_of((struct bytes){ id.data, id.length }, has), hex_of(file->build_id, had));
	return false;
}

/* Once for each path, to which several ids may lead. */
static int refuse(struct finder *finder, const struct open_file *file, const char *whose,
		  const char *reason, struct error *err)
{
	struct warning warning = { .code = WARNING_ROOTFS_MISMATCH, .file = file->path };

	if (finder->refused && file->path && strcmp(finder->refused, file->path) == 0)
		return 0;
	finder->refused = file->path;
	if (warning_list_add(finder->warnings, &warning, "%s %s", whose, reason) < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* The list of captured files may grow and move, so that a copy is used. */
static int use_captured(struct finder *finder, const struct captured *captured,
			const struct content **out, struct error *err)
{
	const struct content **copy = &finder->copies[captured - finder->captured->items];

	if (!*copy)
		*copy = arena_copy(finder->checkpoint->arena, &captured->content,
				   sizeof(captured->content));
	*out = *copy;
	return *out ? 0 : error_no_memory(err, "bytes of mapped files");
}

static int look_at_captured(struct finder *finder, struct mapped_file *mapped,
			    const struct captured *const *candidates, size_t count,
			    struct error *err)
{
	char first[REASON_BYTES] = "", reason[REASON_BYTES];

	for (size_t i = 0; i < count; i++) {
		if (is_same(finder, mapped->file, &candidates[i]->content, i ? reason : first))
			return use_captured(finder, candidates[i], &mapped->content, err);
	}
	return refuse(finder, mapped->file, "the captured file", first, err);
}

/* Several ids may lead to one path: they are neighbours, and share what was found. */
static const struct content *shared_with_neighbour(const struct finder *finder,
						   const struct mapped_file *mapped,
						   const struct stored_bytes *bytes)
{
	const struct content *content = mapped > finder->mapped.items ? mapped[-1].content : NULL;

	if (!content || content->piece_count != 1 || content->length != bytes->length ||
	    content->pieces[0].file != bytes->file || content->pieces[0].offset != bytes->offset)
		return NULL;
	return content;
}

static int use_stored(struct finder *finder, const struct stored_bytes *bytes,
		      const struct piece *piece, const struct content **out, struct error *err)
{
	const struct piece *copy = arena_copy(finder->checkpoint->arena, piece, sizeof(*piece));
	const struct content whole = { bytes->length, copy, bytes->length ? 1 : 0 };

	*out = copy ? arena_copy(finder->checkpoint->arena, &whole, sizeof(whole)) : NULL;
	return *out ? 0 : error_no_memory(err, "bytes of mapped files");
}

static int look_at_rootfs(struct finder *finder, struct mapped_file *mapped, struct error *err)
{
	char reason[REASON_BYTES];
	struct stored_bytes bytes;

	if (!finder->rootfs || !rootfs_find(finder->rootfs, mapped->file->path, &bytes))
		return 0;

	const struct piece piece = { .length = bytes.length,
				     .offset = bytes.offset,
				     .file = bytes.file,
				     .kind = PIECE_STORED };
	const struct content whole = { bytes.length, &piece, bytes.length ? 1 : 0 };

	if (!is_same(finder, mapped->file, &whole, reason))
		return refuse(finder, mapped->file, "the image's file", reason, err);
	mapped->content = shared_with_neighbour(finder, mapped, &bytes);
	return mapped->content ? 0 : use_stored(finder, &bytes, &piece, &mapped->content, err);
}

static int find_bytes(struct finder *finder, struct error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < finder->mapped.count; i++) {
		struct mapped_file *mapped = &finder->mapped.items[i];
		size_t count;
		const struct captured *const *candidates =
			captured_index_find(&finder->index, mapped->file, &count);

		if (count)
			ret = look_at_captured(finder, mapped, candidates, count, err);
		else if (is_of_image(&finder->index, mapped->file))
			ret = look_at_rootfs(finder, mapped, err);
	}
	return ret;
}

static const struct content *content_of(const struct finder *finder, const struct vma *vma)
{
	const struct mapped_file *mapped = vma->file && vma->backing == BACKING_FILE
						   ? mapped_files_find(&finder->mapped, vma->file)
						   : NULL;

	return mapped ? mapped->content : NULL;
}

/* How many pieces @vma shows beside its first. */
static size_t pieces_beside(const struct content *content, const struct vma *vma)
{
	const struct piece *first = content_piece(content, vma->offset), *last = NULL;
	uint64_t end;

	if (first && !__builtin_add_overflow(vma->offset, vma->end - vma->start - 1, &end))
		last = content_piece(content, end);
	if (first && !last)
		last = &content->pieces[content->piece_count - 1];
	return first ? (size_t)(last - first) : 0;
}

static int tell_limit(const struct finder *finder, const struct process *process,
		      const struct vma *vma, struct error *err)
{
	const struct warning warning = { .code = WARNING_LIMIT,
					 .file = vma->file->path,
					 .has_memory = true,
					 .pid = process->pid,
					 .start = vma->start,
					 .end = vma->end };

	if (warning_list_add(finder->warnings, &warning,
			     "too many mappings of much divided files; this one is left out") < 0)
		return error_no_memory(err, "a warning");
	return 0;
}

/* *@out NULL: it is not known, or costs too much. */
static int choose_content(struct finder *finder, const struct process *process, size_t index,
			  const struct content **out, struct error *err)
{
	const struct vma *vma = &process->vmas[index];
	size_t pieces;

	*out = process->contents ? process->contents[index] : NULL;
	if (!*out)
		*out = content_of(finder, vma);
	pieces = *out ? pieces_beside(*out, vma) : 0;
	if (pieces > MOST_PIECES - finder->pieces) {
		*out = NULL;
		return tell_limit(finder, process, vma, err);
	}
	finder->pieces += pieces;
	return 0;
}

static int set_contents(struct finder *finder, struct process *process, struct error *err)
{
	struct arena *arena = finder->checkpoint->arena;
	const struct content **contents = NULL;

	for (size_t i = 0; i < process->vma_count; i++) {
		const struct content *content;
		int ret = choose_content(finder, process, i, &content, err);

		if (ret)
			return ret;
		if (!content)
			continue;
		if (!contents)
			contents = arena_alloc_array(arena, process->vma_count, sizeof(*contents));
		if (!contents)
			return error_no_memory(err, "bytes of mapped files");
		contents[i] = content;
	}
	process->contents = contents;
	return 0;
}

int file_pages_resolve(struct checkpoint *checkpoint, const struct captured_list *captured,
		       const struct rootfs *rootfs, const struct file_table *files,
		       struct warning_list *warnings, struct error *err)
{
	struct finder finder = { .checkpoint = checkpoint,
				 .captured = captured,
				 .rootfs = rootfs,
				 .files = files,
				 .warnings = warnings };
	int ret = finder_make(&finder, err);

	if (!ret)
		ret = find_bytes(&finder, err);
	for (size_t i = 0; !ret && i < checkpoint->process_count; i++)
		ret = set_contents(&finder, &checkpoint->processes[i], err);
	finder_release(&finder);
	return ret;
}

static int add_path(struct rootfs *rootfs, const char *path, struct warning_list *warnings,
		    struct error *err)
{
	struct error problem = { 0 };
	struct warning warning = { .file = path };
	int ret = rootfs_add_path(rootfs, path, &problem);

	if (!ret)
		return 0;
	warning.code = source_opening_code(problem.code, WARNING_UNSUPPORTED);
	if (ret == ERROR_MEMORY || warning_list_add(warnings, &warning, "%s", problem.message) < 0)
		return error_no_memory(err, "files of the container's image");
	return 0;
}

static int add_image(struct rootfs *rootfs, const struct file_pages_image *image,
		     struct warning_list *warnings, struct error *err)
{
	int ret = image->image ? rootfs_add_image(rootfs, image->image, err) : 0;

	return ret || !image->path ? ret : add_path(rootfs, image->path, warnings, err);
}

int file_pages_complete(struct checkpoint *checkpoint, const struct captured_list *captured,
			const struct file_pages_image *image, struct file_table *files,
			struct warning_list *warnings, const _Atomic int *stop, struct error *err)
{
	struct rootfs *rootfs = NULL;
	const char **paths = NULL;
	size_t count = 0, capacity = 0;
	int ret = file_pages_wanted(checkpoint, captured, &paths, &count, &capacity, err);

	if (!ret)
		ret = rootfs_new(&rootfs, paths, count, files, warnings, stop, err);
	if (!ret)
		ret = add_image(rootfs, image, warnings, err);
	if (!ret)
		ret = file_pages_resolve(checkpoint, captured, rootfs, files, warnings, err);
	rootfs_free(rootfs);
	free(paths);
	return ret;
}
