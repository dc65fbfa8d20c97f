#include "report/format.h"
#include "report/style.h"

static void add_fact(struct text *text, const char *label, const char *value, bool *follows)
{
	if (!value)
		return;
	text_add(text, *follows ? ", " : ": ");
	text_add(text, label);
	text_add_byte(text, ' ');
	text_add_escaped_start(text, value, LONGEST_SHOWN);
	*follows = true;
}

/* As engines show ids: enough to find the container. */
static void add_short_id(struct text *text, const char *id)
{
	struct bytes bytes = string_bytes(id);

	if (bytes.length > 12)
		bytes.length = 12;
	text_add(text, " (");
	text_add_escaped(text, bytes);
	text_add_byte(text, ')');
}

static void add_container(struct text *text, const struct checkpoint_outline *outline)
{
	bool follows = false;

	if (outline->container_name) {
		add_fact(text, "container", outline->container_name, &follows);
		if (outline->container_id)
			add_short_id(text, outline->container_id);
	} else {
		add_fact(text, "container", outline->container_id, &follows);
	}
	add_fact(text, "image", outline->image, &follows);
	if (outline->pod && outline->name_space) {
		add_fact(text, "pod", outline->name_space, &follows);
		text_add_byte(text, '/');
		text_add_escaped_start(text, outline->pod, LONGEST_SHOWN);
	} else {
		add_fact(text, "pod", outline->pod, &follows);
	}
	add_fact(text, "engine", outline->engine, &follows);
}

void report_add_heading(struct text *text, const struct checkpoint_outline *outline, bool color)
{
	style_begin(text, STYLE_PATH, color);
	text_add_escaped_string(text, outline->path);
	style_end(text, color);
	add_container(text, outline);
	text_add_byte(text, '\n');
}
