#include "report/target_line.h"

#include <inttypes.h>
#include <string.h>

#include "report/style.h"

#define HOLDERS_SHOWN 3

bool target_is_operand(const struct target_outline *target)
{
	return target->origin && strcmp(target->origin, "operand") == 0;
}

static void add_name(struct text *text, const char *name)
{
	text_add_escaped_start(text, name, LONGEST_SHOWN);
}

static void add_word(struct text *text, const char *word)
{
	if (!word)
		return;
	text_add_byte(text, ' ');
	add_name(text, word);
}

void target_name_add(struct text *text, const struct target_outline *target)
{
	if (target->kind == TARGET_PROCESS) {
		text_add_format(text, "pid %" PRIu32, target->pid);
	} else if (target->path) {
		add_name(text, target->path);
	} else {
		text_add(text, target_kind_name(target->kind));
		add_word(text, target->object);
	}
}

static void add_process(struct text *text, const struct target_outline *target)
{
	if (target->name) {
		text_add(text, " (");
		text_add_escaped_string(text, target->name);
		text_add_byte(text, ')');
	}
	if (!target->executable)
		return;
	add_word(text, target->executable);
	if (target->executable_state && strcmp(target->executable_state, "file") != 0)
		text_add_format(text, " (%s)", target->executable_state);
}

static void add_socket(struct text *text, const struct target_outline *target)
{
	bool sent = target->direction && strcmp(target->direction, "sent") == 0;

	add_word(text, target->protocol);
	add_word(text, target->local);
	if (target->remote)
		text_add(text, sent ? " ->" : " <-");
	add_word(text, target->remote);
	add_word(text, target->direction);
}

/* "(a, b)": opens before the first, a comma between. */
static struct text *next_detail(struct text *text, bool *opened)
{
	text_add(text, *opened ? ", " : " (");
	*opened = true;
	return text;
}

static void add_holders(struct text *text, const struct target_outline *target, bool *opened)
{
	size_t shown =
		target->held_by_count < HOLDERS_SHOWN ? target->held_by_count : HOLDERS_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const struct holder *holder = &target->held_by[i];

		text_add_format(next_detail(text, opened), "pid %" PRIu32, holder->pid);
		if (holder->has_fd)
			text_add_format(text, " fd %" PRIu32, holder->fd);
	}
	if (target->held_by_total > shown)
		text_add_format(next_detail(text, opened), "and %zu more",
				target->held_by_total - shown);
}

static void add_captured(struct text *text, const struct target_outline *target)
{
	bool opened = false;

	if (target->origin) {
		text_add(next_detail(text, &opened), target->origin);
		if (target->object) {
			text_add(text, " #");
			add_name(text, target->object);
		}
	}
	add_holders(text, target, &opened);
	if (opened)
		text_add_byte(text, ')');
}

void target_line_add(struct text *text, const struct target_outline *target, bool color)
{
	style_begin(text, target->path ? STYLE_PATH : STYLE_PROCESS, color);
	target_name_add(text, target);
	style_end(text, color);
	if (target_is_operand(target))
		return;
	if (target->kind == TARGET_PROCESS) {
		add_process(text, target);
		return;
	}
	if (target->kind == TARGET_SOCKET)
		add_socket(text, target);
	add_captured(text, target);
}
