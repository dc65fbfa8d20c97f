#include "bench/rules/hex_strings.h"

#include <inttypes.h>

/* The bytes before an operand, and how long that is. */
struct instruction {
	uint8_t bytes[3];
	uint8_t length, operand;
};

static const struct instruction instructions[] = {
	{ { 0x48, 0x8b, 0x45 }, 3, 1 },
	{ { 0x48, 0x89, 0x45 }, 3, 1 },
	{ { 0x8b, 0x45 }, 2, 1 },
	{ { 0x89, 0x45 }, 2, 1 },
	{ { 0xc7, 0x45 }, 2, 1 },
	{ { 0x48, 0x83, 0xec }, 3, 1 },
	{ { 0x48, 0x83, 0xc4 }, 3, 1 },
	{ { 0x0f, 0xb6, 0x45 }, 3, 1 },
	{ { 0x3c }, 1, 1 },
	{ { 0x83, 0xf8 }, 2, 1 },
	{ { 0x74 }, 1, 1 },
	{ { 0x75 }, 1, 1 },
	{ { 0x7e }, 1, 1 },
	{ { 0xeb }, 1, 1 },
	{ { 0xe8 }, 1, 4 },
	{ { 0xe8 }, 1, 4 },
	{ { 0xe9 }, 1, 4 },
	{ { 0x48, 0x8d, 0x3d }, 3, 4 },
	{ { 0x48, 0x8d, 0x35 }, 3, 4 },
	{ { 0x48, 0x8b, 0x05 }, 3, 4 },
	{ { 0x0f, 0x84 }, 2, 4 },
	{ { 0x0f, 0x85 }, 2, 4 },
	{ { 0xb8 }, 1, 4 },
	{ { 0xbf }, 1, 4 },
	{ { 0xbe }, 1, 4 },
	{ { 0x48, 0x89, 0xe5 }, 3, 0 },
	{ { 0x48, 0x89, 0xc7 }, 3, 0 },
	{ { 0x48, 0x89, 0xd6 }, 3, 0 },
	{ { 0x31, 0xc0 }, 2, 0 },
	{ { 0x85, 0xc0 }, 2, 0 },
	{ { 0x48, 0x85, 0xc0 }, 3, 0 },
	{ { 0x41, 0x54, 0x55 }, 3, 0 },
	{ { 0x5b, 0x5d, 0xc3 }, 3, 0 },
	{ { 0x0f, 0xbe, 0x00 }, 3, 0 },
	{ { 0x88, 0x04, 0x0a }, 3, 0 },
	{ { 0x30, 0x04, 0x0f }, 3, 0 },
	{ { 0xf7, 0xd0 }, 2, 0 },
	{ { 0xc1, 0xe8 }, 2, 1 },
	{ { 0x81, 0xe1 }, 2, 4 },
	{ { 0x66, 0x0f, 0x6f }, 3, 1 },
};

/* What code is full of. */
static const uint8_t opcodes[] = { 0x48, 0x8b, 0x89, 0x83, 0xe8, 0x0f, 0xff, 0x55, 0x8d, 0x74,
				   0x75, 0x24, 0x4c, 0xc3, 0x31, 0xc0, 0x00, 0x45, 0x50, 0x6a };

static void write_hex_byte(struct generator *generator)
{
	uint32_t byte = generator_chance(generator, 500)
				? opcodes[generator_below(generator, COUNT_OF(opcodes))]
				: generator_below(generator, 256);

	fprintf(generator->out, " %02" PRIX32, byte);
}

static void write_hex_choice(struct generator *generator)
{
	fputs(" (", generator->out);
	for (uint32_t i = generator_between(generator, 2, 4); i > 0; i--) {
		write_hex_byte(generator);
		if (generator_chance(generator, 300))
			write_hex_byte(generator);
		fputs(i > 1 ? " |" : " )", generator->out);
	}
}

static void write_hex_middle(struct generator *generator)
{
	uint32_t kind = generator_below(generator, 100);

	if (kind < 75) {
		write_hex_byte(generator);
	} else if (kind < 86) {
		for (uint32_t i = generator_between(generator, 1, 4); i > 0; i--)
			fputs(" ??", generator->out);
	} else if (kind < 91) {
		fprintf(generator->out,
			generator_chance(generator, 500) ? " %" PRIX32 "?" : " ?%" PRIX32,
			generator_below(generator, 16));
	} else if (kind < 96) {
		uint32_t least = generator_below(generator, 8);

		fprintf(generator->out, " [%" PRIu32 "-%" PRIu32 "]", least,
			least + generator_between(generator, 1, 12));
	} else {
		write_hex_choice(generator);
	}
}

static void write_any(struct generator *generator)
{
	for (uint32_t i = generator_between(generator, 2, 4); i > 0; i--)
		write_hex_byte(generator);
	for (uint32_t i = generator_between(generator, 4, 30); i > 0; i--)
		write_hex_middle(generator);
	for (uint32_t i = generator_between(generator, 2, 3); i > 0; i--)
		write_hex_byte(generator);
}

static void write_byte(struct generator *generator, uint32_t byte)
{
	fprintf(generator->out, " %02" PRIX32, byte & 0xff);
}

/* Small numbers, addresses not far away, and constants: the first two are where zeros and 0xff in a row come from. */
static void write_operand(struct generator *generator, uint32_t bytes)
{
	uint32_t kind = generator_below(generator, 10);

	for (uint32_t i = 0; i < bytes; i++) {
		if (i == 0 || (i == 1 && kind < 6) || kind >= 8)
			write_byte(generator, generator_below(generator, 256));
		else
			write_byte(generator, kind < 5 ? 0 : 0xff);
	}
}

static void write_open_operand(struct generator *generator, uint32_t bytes)
{
	if (bytes == 4 && generator_chance(generator, 300)) {
		fputs(generator_chance(generator, 700) ? " [4]" : " [4-8]", generator->out);
		return;
	}
	for (uint32_t i = 0; i < bytes; i++)
		fputs(" ??", generator->out);
}

static uint32_t write_instruction(struct generator *generator, bool open)
{
	const struct instruction *instruction =
		&instructions[generator_below(generator, COUNT_OF(instructions))];

	for (uint32_t i = 0; i < instruction->length; i++)
		write_byte(generator, instruction->bytes[i]);
	if (open)
		write_open_operand(generator, instruction->operand);
	else
		write_operand(generator, instruction->operand);
	return instruction->length + instruction->operand;
}

static void write_code(struct generator *generator, const struct string_mix *mix)
{
	uint32_t length = generator_between(generator, mix->code_least, mix->code_most);
	bool wild = generator_chance(generator, mix->wild_code);
	uint32_t written = write_instruction(generator, false);

	while (written < length)
		written += write_instruction(generator, wild && generator_chance(generator, 500));
	/* A string may not end with an open operand, and most do with one that was compared. */
	write_byte(generator, opcodes[generator_below(generator, COUNT_OF(opcodes))]);
	write_byte(generator, generator_below(generator, 256));
}

void hex_string_write(struct generator *generator, const struct string_mix *mix)
{
	fputc('{', generator->out);
	if (mix->code && generator_chance(generator, mix->code))
		write_code(generator, mix);
	else
		write_any(generator);
	fputs(" }", generator->out);
}
