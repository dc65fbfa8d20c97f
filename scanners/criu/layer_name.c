#include "scanners/criu/layer_name.h"

#include <inttypes.h>
#include <stdio.h>

void layer_name_print(uint32_t layer, const char *name, char out[LAYER_NAME_BYTES])
{
	static const char *const above[] = { "", "parent/", "parent/parent/",
					     "parent/parent/parent/" };

	if (layer < sizeof(above) / sizeof(above[0]))
		snprintf(out, LAYER_NAME_BYTES, "%s%.47s", above[layer], name);
	else
		snprintf(out, LAYER_NAME_BYTES, "parent(%" PRIu32 ")/%.47s", layer, name);
}
