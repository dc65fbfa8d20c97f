#ifndef CKPT_CLI_LOOK_VIEWS_H
#define CKPT_CLI_LOOK_VIEWS_H

#include "cli/look/viewing.h"

/* Every looking command: one file and one line of look_command.c each. */
extern const struct view show_view;
extern const struct view processes_view;
extern const struct view maps_view;
extern const struct view environment_view;
extern const struct view files_view;
extern const struct view dump_view;
extern const struct view strings_view;

#endif
