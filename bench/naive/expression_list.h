#ifndef CKPT_BENCH_NAIVE_EXPRESSION_LIST_H
#define CKPT_BENCH_NAIVE_EXPRESSION_LIST_H

#include <stddef.h>

#include "engine/base/error.h"
#include "engine/pattern.h"

/*
 * Strings as somebody writes them who gives them to Hyperscan as they are: one expression for each form, ascii, wide and
 * every xor key. `fullword` is left to whoever gets the matches. Zeroed: empty. One thread.
 */
struct expression_list {
	char **texts; /* in the syntax of hs_compile_multi() */
	unsigned *flags;
	size_t count, text_capacity, flag_capacity;
};

int expression_list_add(struct expression_list *list, const struct pattern *pattern,
			struct error *err);
void expression_list_remove(struct expression_list *list, size_t index);
void expression_list_release(struct expression_list *list);

#endif
