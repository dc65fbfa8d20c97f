#ifndef CKPT_TESTS_REQUIRE_H
#define CKPT_TESTS_REQUIRE_H

#include <stdio.h>
#include <stdlib.h>

/* What does not hold ends the run, in every build. */
#define require(holds)                                                                             \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #holds);                \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
