#include "scanners/printable_strings.h"

const char *printable_encoding_name(enum printable_encoding encoding)
{
	return encoding == PRINTABLE_ASCII ? "ascii" : "utf-16le";
}

static bool is_printable(uint8_t byte)
{
	return (byte >= 0x20 && byte <= 0x7e) || byte == '\t';
}

static int tell(struct printable_strings *strings, struct printable_run *run, struct error *err)
{
	enum printable_encoding encoding =
		run == &strings->wide ? PRINTABLE_UTF16 : PRINTABLE_ASCII;
	const struct bytes text = { (const uint8_t *)run->text, run->length };

	return strings->each(strings->context, run->address, encoding, text, err);
}

/* What follows a part that was told is told too, however short. */
static int end_run(struct printable_strings *strings, struct printable_run *run, struct error *err)
{
	int ret = 0;

	if (run->length >= PRINTABLE_LEAST || (run->told && run->length))
		ret = tell(strings, run, err);
	run->length = 0;
	run->told = false;
	return ret;
}

static int extend(struct printable_strings *strings, struct printable_run *run, uint64_t address,
		  uint8_t byte, struct error *err)
{
	int ret = 0;

	if (run->length == PRINTABLE_MOST) {
		ret = tell(strings, run, err);
		run->told = true;
		run->length = 0;
	}
	if (!run->length)
		run->address = address;
	run->text[run->length++] = (char)byte;
	return ret;
}

/* A character, then a zero: two bytes of each turn. */
static int add_wide(struct printable_strings *strings, uint64_t address, uint8_t byte,
		    struct error *err)
{
	struct printable_run *run = &strings->wide;
	int ret = 0;

	if (strings->half && byte == 0) {
		strings->half = false;
		return 0;
	}
	if (strings->half) {
		/* The character before was none of this run. */
		run->length--;
		strings->half = false;
		ret = end_run(strings, run, err);
	}
	if (!is_printable(byte))
		return ret ? ret : end_run(strings, run, err);
	strings->half = true;
	return ret ? ret : extend(strings, run, address, byte, err);
}

int printable_strings_add(struct printable_strings *strings, uint64_t address, struct bytes bytes,
			  struct error *err)
{
	int ret = 0;

	for (size_t i = 0; i < bytes.length && !ret; i++) {
		uint8_t byte = bytes.data[i];

		if (is_printable(byte))
			ret = extend(strings, &strings->ascii, address + i, byte, err);
		else if (strings->ascii.length || strings->ascii.told)
			ret = end_run(strings, &strings->ascii, err);
		if (!ret)
			ret = add_wide(strings, address + i, byte, err);
	}
	return ret;
}

int printable_strings_break(struct printable_strings *strings, struct error *err)
{
	int ret = end_run(strings, &strings->ascii, err);

	if (strings->half)
		strings->wide.length--;
	strings->half = false;
	return ret ? ret : end_run(strings, &strings->wide, err);
}
