#include "bench/rules/regexes.h"

#include <inttypes.h>

void regex_write(struct generator *generator, uint32_t kinds)
{
	const char *one = generator_word(generator), *two = generator_word(generator);

	switch (generator_below(generator, kinds)) {
	case 0:
		fprintf(generator->out, "/%s[a-z0-9]{%" PRIu32 ",32}\\.%s/", one,
			generator_between(generator, 3, 9), two);
		break;
	case 1:
		fprintf(generator->out, "/\\$[a-zA-Z_]{1,%" PRIu32 "}\\s*=\\s*%s\\(/",
			generator_between(generator, 8, 20), one);
		break;
	case 2:
		fprintf(generator->out, "/https?:\\/\\/[^\\/]{4,60}\\/%s\\.(php|asp|jsp)\\?%s/",
			one, two);
		break;
	case 3:
		fprintf(generator->out, "/(%s|%s|%s)_[0-9]{2,5}/ nocase", one, two,
			generator_word(generator));
		break;
	case 4:
		fprintf(generator->out, "/%s.{0,%" PRIu32 "}%s/ ascii wide", one,
			generator_between(generator, 10, 90), two);
		break;
	case 5:
		fprintf(generator->out, "/[0-9a-f]{8}-%s-[0-9a-f]{4}/", one);
		break;
	case 6:
		fprintf(generator->out, "/\\\\%s\\\\[A-Za-z]+\\\\%s\\.pdb/", one, two);
		break;
	default:
		fprintf(generator->out, "/\\xE8....[\\x50-\\x57]\\xFF.{%" PRIu32 "}\\xC3/s",
			generator_between(generator, 2, 8));
		break;
	}
}
