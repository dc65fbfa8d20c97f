#include "bench/rules/strings.h"

#include "bench/rules/hex_strings.h"
#include "bench/rules/regexes.h"
#include "bench/rules/texts.h"

void string_write(struct generator *generator, const struct string_mix *mix)
{
	uint32_t kind = generator_below(generator, 1000);

	if (kind < mix->text)
		text_write(generator, mix);
	else if (kind < mix->text + mix->hex)
		hex_string_write(generator, mix);
	else
		regex_write(generator, mix->regex_kinds);
}
