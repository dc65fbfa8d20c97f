#include "engine/regex/program.h"

/* As in YARA's \w; in a wide text its zero byte must follow, else it is no word character. */
static bool is_word(int character)
{
	return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
	       (character >= 'a' && character <= 'z') || character == '_';
}

static bool word_before(const struct regex_program *program, const struct regex_text *text,
			size_t position)
{
	return position >= program->stride &&
	       is_word(regex_character_at(program, text, position - program->stride));
}

static bool word_edge(const struct regex_program *program, const struct regex_text *text,
		      size_t position)
{
	return word_before(program, text, position) !=
	       is_word(regex_character_at(program, text, position));
}

bool regex_assertion_holds(const struct regex_program *program, const struct regex_text *text,
			   enum regex_kind assertion, size_t position)
{
	switch (assertion) {
	case REGEX_START:
		return position == 0 && text->first == EDGE_REAL;
	case REGEX_END:
		return position == text->length && text->last == EDGE_REAL;
	case REGEX_WORD_EDGE:
		return word_edge(program, text, position);
	case REGEX_NOT_WORD_EDGE:
		return !word_edge(program, text, position);
	default:
		return false;
	}
}
