#include "scanners/source/tail.h"

static void find(struct tail *tail, struct bytes bytes)
{
	size_t at = 0;

	while (at < bytes.length && bytes.data[at] == 0)
		at++;
	tail->found = at < bytes.length;
	tail->first = tail->looked + at;
}

bool tail_look(struct tail *tail, struct bytes bytes)
{
	if (!tail->found)
		find(tail, bytes);
	tail->looked += bytes.length;
	return tail->looked < TAIL_BYTES;
}

void tail_tell(const struct tail *tail, struct source *source, uint64_t end, uint64_t length)
{
	if (!tail->found)
		return;

	struct warning warning = {
		.code = WARNING_LONGER_THAN_DESCRIBED,
		.file = source->path,
		.has_range = true,
		.offset = end + tail->first,
		.length = length - tail->first,
	};

	warning_list_add(
		source->warnings, &warning,
		source->form == FORM_CORE
			? "more follows behind the last segment, and is not searched"
			: "more follows behind the end mark of the archive, and is not searched");
}
