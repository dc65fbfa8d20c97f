#ifndef CKPT_RULES_COMPILED_BUILD_MARK_H
#define CKPT_RULES_COMPILED_BUILD_MARK_H

#include "engine/base/bytes.h"

/*
 * What tells this build from any other one, of the same version too: the build id that the linker wrote into the
 * program or library that this function is in. Empty where it wrote none. Lent for ever.
 */
struct bytes build_mark(void);

#endif
