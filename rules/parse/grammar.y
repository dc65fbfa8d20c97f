/*
 * YARA 4.5's grammar. Actions build the tree and check nothing: each is one call. A syntax error ends the
 * parser; it is started again at the next rule (see parser.c).
 */
%code requires {
#include "rules/parse/token.h"
}

%code provides {
/* What the lexer returns for something that it has reported itself: ends the parser without a word. */
#define TOKEN_BROKEN TOKEN_RULES_GRAMMAR_error
}

%code {
#include "rules/parse/expression_builder.h"
#include "rules/parse/include.h"
#include "rules/parse/modifiers.h"
#include "rules/parse/rule_builder.h"
#include "rules/parse/set_builder.h"
#include "rules/parse/syntax_error.h"

#define YYLLOC_DEFAULT(joined, places, count)                                                      \
	((joined) = (count) ? place_join(&YYRHSLOC(places, 1), (count)) :                          \
			      place_after(&YYRHSLOC(places, 0)))
/* Ends the parser where a builder has given up: it has said why. */
#define MADE(pointer)                                                                              \
	do {                                                                                       \
		if (!(pointer))                                                                    \
			YYABORT;                                                                   \
	} while (0)

static struct token_place place_after(const struct token_place *place);
static void rules_grammar_error(const struct token_place *place, struct parse_context *context,
				const char *message);
}

%define api.pure full
%define api.prefix {rules_grammar_}
%define api.token.prefix {TOKEN_}
%define api.value.type {union token_value}
%define api.location.type {struct token_place}
%define parse.error custom
%locations
%expect 0
%param { struct parse_context *context }

%initial-action { @$ = (struct token_place){ 1, 1, 0, 0, 0 }; }

%token END 0 "end of file"
%token RULE "<rule>" PRIVATE "<private>" GLOBAL "<global>" META "<meta>" STRINGS "<strings>"
%token CONDITION "<condition>" IMPORT "<import>" INCLUDE "<include>"
%token ASCII "<ascii>" WIDE "<wide>" NOCASE "<nocase>" FULLWORD "<fullword>" XOR "<xor>"
%token BASE64 "<base64>" BASE64WIDE "<base64wide>"
%token TRUE "<true>" FALSE "<false>" FILESIZE "<filesize>" ENTRYPOINT "<entrypoint>"
%token ALL "<all>" ANY "<any>" NONE "<none>" OF "<of>" THEM "<them>" FOR "<for>" IN "<in>" AT "<at>"
%token AND "<and>" OR "<or>" NOT "<not>" DEFINED "<defined>"
%token CONTAINS "<contains>" ICONTAINS "<icontains>" STARTSWITH "<startswith>"
%token ISTARTSWITH "<istartswith>" ENDSWITH "<endswith>" IENDSWITH "<iendswith>"
%token IEQUALS "<iequals>" MATCHES "<matches>"
%token LESS_EQUAL "<=" GREATER_EQUAL ">=" EQUAL "==" NOT_EQUAL "!=" SHIFT_LEFT "<<"
%token SHIFT_RIGHT ">>" DOT_DOT ".."
%token <text> TEXT "text string"
%token <integer> INTEGER "integer number"
%token <real> FLOAT "floating point number"
%token <read> INTEGER_READ "integer function"
%token <literal> REGEX "regular expression" HEX "hex string"
%token <name> IDENTIFIER "identifier" STRING_ID "string identifier"
%token <name> STRING_WILDCARD "string identifier with wildcard" STRING_COUNT "string count"
%token <name> STRING_OFFSET "string offset" STRING_LENGTH "string length"

%type <flags> rule_flags shared_flag base64_flag
%type <tags> tags tag_list
%type <metas> meta meta_list
%type <meta> meta_item
%type <strings> strings string_list
%type <string> string
%type <modifiers> text_modifiers regex_modifiers hex_modifiers
%type <expression> expression and_expression term primary access regex
%type <expressions> or_list and_list range arguments argument_list enumeration
%type <quantifier> quantifier counted
%type <set> string_set rule_set
%type <elements> string_elements rule_elements
%type <names> variables
%type <iterator> iterator

/* A primary in parentheses is a primary, not an expression in parentheses. */
%precedence TERM
%precedence ')'
%left '|'
%left '^'
%left '&'
%left "<<" ">>"
%left '+' '-'
%left '*' '\\' '%'
%precedence '~' UNARY

%%

file:
	%empty
|	file rule
|	file import
|	file include
;

import: "<import>" "text string"	{ import_add(context, @2, $2); };
include: "<include>" "text string"	{ include_read(context, @2, $2); };

rule:
	rule_flags rule_name tags '{' meta strings "<condition>" ':' expression '}'
		{ rule_add(context, $1, $3, $5, $6, $9); }
;

rule_flags:
	%empty				{ $$ = 0; }
|	rule_flags "<private>"		{ $$ = $1 | RULE_PRIVATE; }
|	rule_flags "<global>"		{ $$ = $1 | RULE_GLOBAL; }
;

rule_name: "<rule>" "identifier"	{ rule_begin(context, @2, $2); };

tags:
	%empty				{ $$ = (struct tag_list){ 0 }; }
|	':' tag_list			{ $$ = $2; }
;

tag_list:
	"identifier"			{ MADE(tag_push(context, &$$, NULL, @1, $1)); }
|	tag_list "identifier"		{ MADE(tag_push(context, &$$, &$1, @2, $2)); }
;

meta:
	%empty				{ $$ = (struct meta_list){ 0 }; }
|	"<meta>" ':' meta_list		{ $$ = $3; }
;

meta_list:
	meta_item			{ MADE(meta_push(context, &$$, NULL, &$1)); }
|	meta_list meta_item		{ MADE(meta_push(context, &$$, &$1, &$2)); }
;

meta_item:
	"identifier" '=' "text string"		{ $$ = meta_text(context, @$, $1, $3); }
|	"identifier" '=' "integer number"	{ $$ = meta_integer(context, @$, $1, $3); }
|	"identifier" '=' '-' "integer number"	{ $$ = meta_integer(context, @$, $1, -$4); }
|	"identifier" '=' "<true>"		{ $$ = meta_boolean(context, @$, $1, true); }
|	"identifier" '=' "<false>"		{ $$ = meta_boolean(context, @$, $1, false); }
;

strings:
	%empty				{ $$ = (struct string_list){ 0 }; }
|	"<strings>" ':' string_list	{ $$ = $3; }
;

string_list:
	string				{ MADE(string_push(context, &$$, NULL, &$1)); }
|	string_list string		{ MADE(string_push(context, &$$, &$1, &$2)); }
;

string:
	"string identifier" '=' "text string" text_modifiers
		{ $$ = string_text(context, $1, @1, $3, @3, &$4); }
|	"string identifier" '=' "regular expression" regex_modifiers
		{ MADE(string_regex(context, &$$, $1, @1, &$3, @3, &$4)); }
|	"string identifier" '=' "hex string" hex_modifiers
		{ MADE(string_hex(context, &$$, $1, @1, &$3, @3, &$4)); }
;

text_modifiers:
	%empty				{ $$ = modifiers_none(); }
|	text_modifiers shared_flag	{ $$ = modifiers_add(context, $1, $2, @2); }
|	text_modifiers "<xor>"		{ $$ = modifiers_add_xor(context, $1, @2, 0, 255); }
|	text_modifiers "<xor>" '(' "integer number" ')'
		{ $$ = modifiers_add_xor(context, $1, place_join(&@2, 4), $4, $4); }
|	text_modifiers "<xor>" '(' "integer number" '-' "integer number" ')'
		{ $$ = modifiers_add_xor(context, $1, place_join(&@2, 6), $4, $6); }
|	text_modifiers base64_flag	{ $$ = modifiers_add_base64(context, $1, $2, @2, NULL, @2); }
|	text_modifiers base64_flag '(' "text string" ')'
		{ $$ = modifiers_add_base64(context, $1, $2, place_join(&@2, 4), &$4, @4); }
;

shared_flag:
	"<wide>"			{ $$ = MODIFIER_WIDE; }
|	"<ascii>"			{ $$ = MODIFIER_ASCII; }
|	"<nocase>"			{ $$ = MODIFIER_NOCASE; }
|	"<fullword>"			{ $$ = MODIFIER_FULLWORD; }
|	"<private>"			{ $$ = MODIFIER_PRIVATE; }
;

base64_flag:
	"<base64>"			{ $$ = MODIFIER_BASE64; }
|	"<base64wide>"			{ $$ = MODIFIER_BASE64WIDE; }
;

regex_modifiers:
	%empty				{ $$ = modifiers_none(); }
|	regex_modifiers shared_flag	{ $$ = modifiers_add(context, $1, $2, @2); }
;

hex_modifiers:
	%empty				{ $$ = modifiers_none(); }
|	hex_modifiers "<private>"	{ $$ = modifiers_add(context, $1, MODIFIER_PRIVATE, @2); }
;

expression:
	and_expression
|	or_list				{ MADE($$ = expression_many(context, @$, EXPRESSION_OR, &$1)); }
;

or_list:
	and_expression "<or>" and_expression	{ MADE(expression_pair(context, &$$, $1, $3)); }
|	or_list "<or>" and_expression		{ MADE(expression_push(context, &$$, &$1, $3)); }
;

and_expression:
	term
|	and_list			{ MADE($$ = expression_many(context, @$, EXPRESSION_AND, &$1)); }
;

and_list:
	term "<and>" term		{ MADE(expression_pair(context, &$$, $1, $3)); }
|	and_list "<and>" term		{ MADE(expression_push(context, &$$, &$1, $3)); }
;

term:
	"<true>"		{ MADE($$ = expression_new(context, @$, EXPRESSION_TRUE)); }
|	"<false>"		{ MADE($$ = expression_new(context, @$, EXPRESSION_FALSE)); }
|	primary			%prec TERM
|	'(' expression ')'	{ $$ = $2; }
|	"<not>" term		{ MADE($$ = expression_unary(context, @$, OPERATOR_NOT, $2)); }
|	"<defined>" term	{ MADE($$ = expression_unary(context, @$, OPERATOR_DEFINED, $2)); }
|	primary '<' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_LESS, $1, $3)); }
|	primary '>' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_GREATER, $1, $3)); }
|	primary "<=" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_LESS_EQUAL, $1, $3)); }
|	primary ">=" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_GREATER_EQUAL, $1, $3)); }
|	primary "==" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_EQUAL, $1, $3)); }
|	primary "!=" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_NOT_EQUAL, $1, $3)); }
|	primary "<contains>" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_CONTAINS, $1, $3)); }
|	primary "<icontains>" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_ICONTAINS, $1, $3)); }
|	primary "<startswith>" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_STARTSWITH, $1, $3)); }
|	primary "<istartswith>" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_ISTARTSWITH, $1, $3)); }
|	primary "<endswith>" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_ENDSWITH, $1, $3)); }
|	primary "<iendswith>" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_IENDSWITH, $1, $3)); }
|	primary "<iequals>" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_IEQUALS, $1, $3)); }
|	primary "<matches>" regex	{ MADE($$ = expression_binary(context, @$, OPERATOR_MATCHES, $1, $3)); }
|	"string identifier"
		{ MADE($$ = expression_named(context, @$, EXPRESSION_STRING, $1, NULL)); }
|	"string identifier" "<at>" primary
		{ MADE($$ = expression_string_at(context, @$, $1, $3)); }
|	"string identifier" "<in>" range
		{ MADE($$ = expression_named(context, @$, EXPRESSION_STRING_IN, $1, &$3)); }
|	quantifier "<of>" string_set
		{ MADE($$ = expression_of(context, @$, &$1, $3, NULL)); }
|	quantifier "<of>" rule_set
		{ MADE($$ = expression_of(context, @$, &$1, $3, NULL)); }
|	quantifier "<of>" string_set "<in>" range
		{ MADE($$ = expression_of(context, @$, &$1, $3, &$5)); }
|	quantifier "<of>" string_set "<at>" primary
		{ MADE($$ = expression_of_at(context, @$, &$1, $3, $5)); }
|	counted "<of>" string_set
		{ MADE($$ = expression_of(context, @$, &$1, $3, NULL)); }
|	counted "<of>" rule_set
		{ MADE($$ = expression_of(context, @$, &$1, $3, NULL)); }
|	"<for>" quantifier "<of>" string_set ':' '(' expression ')'
		{ MADE($$ = expression_for_of(context, @$, &$2, $4, $7)); }
|	"<for>" quantifier variables "<in>" iterator ':' '(' expression ')'
		{ MADE($$ = expression_for_in(context, @$, &$2, &$3, $5, $8)); }
;

/* A percentage stands before `of` alone, never in a loop. */
counted: primary '%'		{ $$ = quantifier_make(context, @$, QUANTIFIER_PERCENT, $1); };

quantifier:
	primary			{ $$ = quantifier_make(context, @$, QUANTIFIER_COUNT, $1); }
|	"<all>"			{ $$ = quantifier_make(context, @$, QUANTIFIER_ALL, NULL); }
|	"<any>"			{ $$ = quantifier_make(context, @$, QUANTIFIER_ANY, NULL); }
|	"<none>"		{ $$ = quantifier_make(context, @$, QUANTIFIER_NONE, NULL); }
;

string_set:
	"<them>"			{ MADE($$ = string_set_them(context, @$)); }
|	'(' string_elements ')'		{ MADE($$ = string_set_make(context, @$, &$2, false)); }
;

string_elements:
	"string identifier"
		{ MADE(element_push(context, &$$, NULL, @1, $1, false)); }
|	"string identifier with wildcard"
		{ MADE(element_push(context, &$$, NULL, @1, $1, true)); }
|	string_elements ',' "string identifier"
		{ MADE(element_push(context, &$$, &$1, @3, $3, false)); }
|	string_elements ',' "string identifier with wildcard"
		{ MADE(element_push(context, &$$, &$1, @3, $3, true)); }
;

rule_set: '(' rule_elements ')'		{ MADE($$ = string_set_make(context, @$, &$2, true)); };

rule_elements:
	"identifier"
		{ MADE(element_push(context, &$$, NULL, @1, $1, false)); }
|	"identifier" '*'
		{ MADE(element_push(context, &$$, NULL, @1, $1, true)); }
|	rule_elements ',' "identifier"
		{ MADE(element_push(context, &$$, &$1, @3, $3, false)); }
|	rule_elements ',' "identifier" '*'
		{ MADE(element_push(context, &$$, &$1, @3, $3, true)); }
;

variables:
	"identifier"			{ MADE(name_push(context, &$$, NULL, $1)); }
|	variables ',' "identifier"	{ MADE(name_push(context, &$$, &$1, $3)); }
;

iterator:
	range			{ MADE($$ = iterator_make(context, @$, ITERATOR_RANGE, &$1)); }
|	'(' enumeration ')'	{ MADE($$ = iterator_make(context, @$, ITERATOR_LIST, &$2)); }
|	access			{ MADE($$ = iterator_access(context, @$, $1)); }
;

enumeration:
	primary			{ MADE(expression_push(context, &$$, NULL, $1)); }
|	enumeration ',' primary	{ MADE(expression_push(context, &$$, &$1, $3)); }
;

range: '(' primary ".." primary ')'	{ MADE(expression_pair(context, &$$, $2, $4)); };

primary:
	'(' primary ')'		{ $$ = $2; }
|	"<filesize>"		{ MADE($$ = expression_new(context, @$, EXPRESSION_FILESIZE)); }
|	"<entrypoint>"		{ MADE($$ = expression_new(context, @$, EXPRESSION_ENTRYPOINT)); }
|	"integer number"	{ MADE($$ = expression_integer(context, @$, $1)); }
|	"floating point number"	{ MADE($$ = expression_float(context, @$, $1)); }
|	"text string"		{ MADE($$ = expression_text(context, @$, $1)); }
|	regex
|	access
|	"integer function" '(' primary ')'
		{ MADE($$ = expression_read(context, @$, $1, $3)); }
|	"string count"
		{ MADE($$ = expression_named(context, @$, EXPRESSION_STRING_COUNT, $1, NULL)); }
|	"string count" "<in>" range
		{ MADE($$ = expression_named(context, @$, EXPRESSION_STRING_COUNT, $1, &$3)); }
|	"string offset"
		{ MADE($$ = expression_named(context, @$, EXPRESSION_STRING_OFFSET, $1, NULL)); }
|	"string offset" '[' primary ']'
		{ MADE($$ = expression_indexed(context, @$, EXPRESSION_STRING_OFFSET, $1, $3)); }
|	"string length"
		{ MADE($$ = expression_named(context, @$, EXPRESSION_STRING_LENGTH, $1, NULL)); }
|	"string length" '[' primary ']'
		{ MADE($$ = expression_indexed(context, @$, EXPRESSION_STRING_LENGTH, $1, $3)); }
|	'-' primary %prec UNARY	{ MADE($$ = expression_unary(context, @$, OPERATOR_MINUS, $2)); }
|	'~' primary		{ MADE($$ = expression_unary(context, @$, OPERATOR_BIT_NOT, $2)); }
|	primary '+' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_ADD, $1, $3)); }
|	primary '-' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_SUBTRACT, $1, $3)); }
|	primary '*' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_MULTIPLY, $1, $3)); }
|	primary '\\' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_DIVIDE, $1, $3)); }
|	primary '%' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_MODULO, $1, $3)); }
|	primary '&' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_BIT_AND, $1, $3)); }
|	primary '|' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_BIT_OR, $1, $3)); }
|	primary '^' primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_BIT_XOR, $1, $3)); }
|	primary "<<" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_SHIFT_LEFT, $1, $3)); }
|	primary ">>" primary	{ MADE($$ = expression_binary(context, @$, OPERATOR_SHIFT_RIGHT, $1, $3)); }
;

regex: "regular expression"	{ MADE($$ = expression_regex(context, @$, &$1)); };

access:
	"identifier"
		{ MADE($$ = expression_named(context, @$, EXPRESSION_IDENTIFIER, $1, NULL)); }
|	access '.' "identifier"
		{ MADE($$ = expression_field(context, @$, $1, $3)); }
|	access '[' primary ']'
		{ MADE($$ = expression_index(context, @$, $1, $3)); }
|	access '(' arguments ')'
		{ MADE($$ = expression_call(context, @$, $1, &$3)); }
;

arguments:
	%empty			{ $$ = (struct expression_list){ 0 }; }
|	argument_list
;

argument_list:
	expression			{ MADE(expression_push(context, &$$, NULL, $1)); }
|	argument_list ',' expression	{ MADE(expression_push(context, &$$, &$1, $3)); }
;

%%

/* Where something stands that was left out. */
static struct token_place place_after(const struct token_place *place)
{
	struct token_place after = *place;

	after.column += after.length;
	after.length = 0;
	after.start = after.end;
	return after;
}

/* Bison's own words: only for an exhausted stack. */
static void rules_grammar_error(const struct token_place *place, struct parse_context *context,
				const char *message)
{
	(void)message;
	context_error(context, *place, "nested-too-deeply", "condition is nested too deeply");
}

static int yyreport_syntax_error(const yypcontext_t *error, struct parse_context *context)
{
	yysymbol_kind_t kinds[EXPECTED_TOKENS_LIMIT], found = yypcontext_token(error);
	const char *names[EXPECTED_TOKENS_LIMIT];
	int count = yypcontext_expected_tokens(error, kinds, EXPECTED_TOKENS_LIMIT);

	for (int i = 0; i < count; i++)
		names[i] = yysymbol_name(kinds[i]);
	syntax_error_report(context, *yypcontext_location(error),
			    found == YYSYMBOL_YYEMPTY ? NULL : yysymbol_name(found), names,
			    count < 0 ? 0 : (size_t)count);
	return 0;
}
