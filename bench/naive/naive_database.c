#include "bench/naive/naive_database.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/naive/file_bytes.h"

/* What can be told without compiling: syntax, and what Hyperscan has no way for. */
static size_t remove_unsupported(struct expression_list *list)
{
	size_t removed = 0;

	for (size_t i = list->count; i-- > 0;) {
		hs_expr_info_t *info = NULL;
		hs_compile_error_t *problem = NULL;

		if (hs_expression_info(list->texts[i], list->flags[i], &info, &problem) !=
			    HS_SUCCESS ||
		    info->min_width == 0) {
			expression_list_remove(list, i);
			removed++;
		}
		free(info);
		hs_free_compile_error(problem);
	}
	return removed;
}

/* One attempt. The expression that is too large, where it failed for one; else -1. */
static int compile_once(hs_database_t **out, const struct expression_list *list, int *too_large,
			struct error *err)
{
	unsigned *ids = calloc(list->count, sizeof(*ids));
	hs_compile_error_t *problem = NULL;
	int ret = 0;

	if (!ids)
		return error_no_memory(err, "expressions");
	for (size_t i = 0; i < list->count; i++)
		ids[i] = (unsigned)i;
	*too_large = -1;
	if (hs_compile_multi((const char *const *)list->texts, list->flags, ids,
			     (unsigned)list->count, HS_MODE_BLOCK, NULL, out,
			     &problem) != HS_SUCCESS) {
		*too_large = problem->expression;
		ret = error_set(err, ERROR_RULES, 0, "Hyperscan: %s", problem->message);
	}
	hs_free_compile_error(problem);
	free(ids);
	return ret;
}

int naive_database_compile(hs_database_t **out, struct expression_list *list, size_t *refused,
			   struct error *err)
{
	int too_large = -1, ret;

	*refused = remove_unsupported(list);
	while (list->count) {
		ret = compile_once(out, list, &too_large, err);
		if (ret == 0 || too_large < 0)
			return ret;
		expression_list_remove(list, (size_t)too_large);
		++*refused;
	}
	return error_set(err, ERROR_RULES, 0, "no string that Hyperscan takes");
}

int naive_database_save(const hs_database_t *database, const char *path, struct error *err)
{
	char *bytes = NULL;
	size_t length;
	FILE *file;
	int ret = 0;

	if (hs_serialize_database(database, &bytes, &length) != HS_SUCCESS)
		return error_no_memory(err, "a serialised database");
	file = fopen(path, "wb");
	if (!file || fwrite(bytes, 1, length, file) != length)
		ret = error_set(err, ERROR_SYSTEM, errno, "write %s", path);
	if (file && fclose(file) != 0 && ret == 0)
		ret = error_set(err, ERROR_SYSTEM, errno, "write %s", path);
	free(bytes);
	return ret;
}

int naive_database_load(hs_database_t **out, const char *path, struct error *err)
{
	struct byte_writer bytes = { 0 };
	hs_database_t *database = NULL;
	int ret = file_bytes_read(&bytes, path, err);

	if (ret == 0 && hs_deserialize_database((const char *)bytes.data, bytes.length,
						&database) != HS_SUCCESS)
		ret = error_set(err, ERROR_FORMAT, 0, "%s: no database of this Hyperscan", path);
	if (ret == 0)
		*out = database;
	byte_writer_release(&bytes);
	return ret;
}
