#include "rules/compiled/file_header.h"
#include "rules/compiled/loaded_externals.h"
#include "rules/compiled/saved_sources.h"
#include "rules/compiled_rules.h"

static int list_sources(struct compiled_sources *out, const struct source_list *list,
			struct error *err)
{
	struct included_text *files =
		arena_alloc_array(out->memory, list->file_count, sizeof(*files));

	out->texts = arena_alloc_array(out->memory, list->text_count, sizeof(*out->texts));
	out->externals =
		arena_alloc_array(out->memory, list->external_count, sizeof(*out->externals));
	if (!files || !out->texts || !out->externals)
		return error_no_memory(err, "the texts of compiled rules");
	for (size_t i = 0; i < list->file_count; i++)
		files[i] = (struct included_text){ list->files[i].name, list->files[i].text };
	for (size_t i = 0; i < list->text_count; i++)
		out->texts[i] = (struct rule_text){
			.name = files[list->texts[i].file].name,
			.namespace_name = list->texts[i].namespace_name,
			.text = files[list->texts[i].file].text,
		};
	for (size_t i = 0; i < list->external_count; i++)
		out->externals[i] = loaded_external(&list->externals[i]);
	out->included = (struct included_texts){ files, list->file_count };
	out->text_count = list->text_count;
	out->external_count = list->external_count;
	return 0;
}

int compiled_sources_read(struct compiled_sources *out, struct bytes file, struct error *err)
{
	struct bytes sections[FILE_SECTIONS];
	struct compiled_sources sources = { 0 };
	struct source_list list = { 0 };
	int ret = file_header_open(file, true, sections, err);

	if (ret < 0)
		return ret;
	sources.memory = arena_new(0);
	if (!sources.memory)
		return error_no_memory(err, "the texts of compiled rules");

	struct bytes_reader in =
		bytes_reader_at(sections[SECTION_SOURCES].data, sections[SECTION_SOURCES].length);

	ret = sources_list(&list, &in, sources.memory, err);
	if (ret == 0)
		ret = list_sources(&sources, &list, err);
	if (ret < 0)
		compiled_sources_release(&sources);
	else
		*out = sources;
	return ret;
}

void compiled_sources_release(struct compiled_sources *sources)
{
	arena_free(sources->memory);
	*sources = (struct compiled_sources){ 0 };
}
