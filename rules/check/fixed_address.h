#ifndef CKPT_RULES_CHECK_FIXED_ADDRESS_H
#define CKPT_RULES_CHECK_FIXED_ADDRESS_H

#include "rules/check/checker.h"

/*
 * Of the rule at hand, once its condition is checked: a string of plain bytes, or a chain that begins with such, whose
 * every use is `$a at` one constant counts there only, as in YARA, which shows in what is reported.
 */
void check_fixed_addresses(struct checker *checker);

#endif
