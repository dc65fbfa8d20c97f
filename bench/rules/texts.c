#include "bench/rules/texts.h"

#include <inttypes.h>

static const char *const ends[] = {
	".dll", ".exe", ".php", ".so", ".sh", ".pdb", ".tmp", ".dat", "()", ":", " %s", "=%d",
};

static void write_random_name(struct generator *generator, uint32_t length)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789";

	for (uint32_t i = 0; i < length; i++)
		fputc(letters[generator_below(generator, sizeof(letters) - 1)], generator->out);
}

/* Strings. */

static void write_identifier_text(struct generator *generator)
{
	for (uint32_t i = generator_between(generator, 2, 4); i > 0; i--)
		text_write_capitalised(generator, generator_word(generator));
	if (generator_chance(generator, 500))
		fprintf(generator->out, "%" PRIu32, generator_below(generator, 10000));
}

static void write_path_text(struct generator *generator)
{
	fputs(generator_chance(generator, 500) ? "C:\\\\" : "/var/", generator->out);
	fputs(generator_word(generator), generator->out);
	fputs(generator_chance(generator, 500) ? "\\\\" : "/", generator->out);
	write_random_name(generator, generator_between(generator, 4, 9));
	fputs(ends[generator_below(generator, COUNT_OF(ends))], generator->out);
}

static void write_sentence_text(struct generator *generator)
{
	fputs(generator_chance(generator, 300) ? "[+] " : "", generator->out);
	for (uint32_t i = generator_between(generator, 2, 6); i > 0; i--)
		fprintf(generator->out, "%s ", generator_word(generator));
	fputs(ends[generator_below(generator, COUNT_OF(ends))], generator->out);
}

static void write_url_text(struct generator *generator)
{
	fprintf(generator->out, "http://%s.", generator_word(generator));
	write_random_name(generator, generator_between(generator, 5, 12));
	fprintf(generator->out, ".com/%s?%s=", generator_word(generator),
		generator_word(generator));
}

static void write_escaped_text(struct generator *generator)
{
	for (uint32_t i = generator_between(generator, 4, 12); i > 0; i--)
		fprintf(generator->out, "\\x%02" PRIx32, generator_below(generator, 256));
	write_random_name(generator, 2);
}

static void write_short_text(struct generator *generator)
{
	write_random_name(generator, generator_between(generator, 0, 4) ? 3 : 2);
}

static void write_modifiers(struct generator *generator, const struct string_mix *mix)
{
	bool wide = generator_chance(generator, mix->wide);

	if (wide)
		fputs(" wide", generator->out);
	if (!wide || generator_chance(generator, mix->ascii_too))
		fputs(" ascii", generator->out);
	if (generator_chance(generator, mix->nocase))
		fputs(" nocase", generator->out);
	else if (generator_one_in(generator, mix->xor_one_in))
		fputs(" xor(0x01-0xff)", generator->out);
	if (generator_chance(generator, mix->fullword))
		fputs(" fullword", generator->out);
}

static void write_usual_text(struct generator *generator)
{
	static void (*const makers[])(struct generator *) = {
		write_identifier_text, write_sentence_text, write_path_text, write_identifier_text,
		write_sentence_text,   write_url_text,	    write_path_text, write_escaped_text,
	};

	makers[generator_below(generator, COUNT_OF(makers))](generator);
}

void text_write(struct generator *generator, const struct string_mix *mix)
{
	bool is_short = mix->short_text && generator_chance(generator, mix->short_text);

	fputc('"', generator->out);
	if (is_short)
		write_short_text(generator);
	else
		write_usual_text(generator);
	fputc('"', generator->out);
	/* Which goes with no other modifier, but with wide. */
	if (!is_short && generator_one_in(generator, mix->base64_one_in))
		fputs(" base64", generator->out);
	else
		write_modifiers(generator, mix);
}

void text_write_capitalised(struct generator *generator, const char *text)
{
	fputc(text[0] & 0xdf, generator->out);
	fputs(text + 1, generator->out);
}
