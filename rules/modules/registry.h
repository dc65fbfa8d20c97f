#ifndef CKPT_RULES_MODULES_REGISTRY_H
#define CKPT_RULES_MODULES_REGISTRY_H

#include "rules/module.h"

/* One file, or one folder, for each; one line in registry.c. */

#endif
