#ifndef CKPT_BENCH_NAIVE_NAIVE_DATABASE_H
#define CKPT_BENCH_NAIVE_NAIVE_DATABASE_H

#include <hs.h>
#include <stddef.h>

#include "bench/naive/expression_list.h"
#include "engine/base/error.h"

/*
 * The database of hs_compile_multi() for block mode, without starts of matches. Expressions that Hyperscan refuses are taken out of @list, and
 * their number is left in *@refused. ERROR_RULES: none is left.
 */
int naive_database_compile(hs_database_t **out, struct expression_list *list, size_t *refused,
			   struct error *err);
/* As Hyperscan serialises it: what is loaded is trusted. */
int naive_database_save(const hs_database_t *database, const char *path, struct error *err);
int naive_database_load(hs_database_t **out, const char *path, struct error *err);

/* Adds the strings of a file of rules, those of private and global rules too. */
int naive_rules_read(struct expression_list *list, const char *path, struct error *err);

#endif
