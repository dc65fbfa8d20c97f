#include "tests/support/reload.h"

int reload_rules(struct compiled_rules **compiled, const struct compile_options *options,
		 enum match_need outputs, struct diagnostics *notes, struct error *err)
{
	struct byte_writer file = { 0 };
	int ret = compiled_rules_save(*compiled, notes, &file, err);

	compiled_rules_release(*compiled);
	*compiled = NULL;
	if (ret == 0)
		ret = compiled_rules_load(compiled, (struct bytes){ file.data, file.length },
					  options, outputs, notes, err);
	byte_writer_release(&file);
	return ret;
}
