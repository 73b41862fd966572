/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nvset.h - name=value: what people type, and the blocks of it in a configuration.
 *
 * Of several blocks of a kind an element's first one without a rule is worked on; one is made with the first value.
 * "name=" takes a value away.
 */
#ifndef CLI_NVSET_H
#define CLI_NVSET_H

#include "cli/verb.h"

/* A word taken apart; texts in the verb's arena. False: it is none, and v->code says so. */
bool pair_parse(struct verb *v, const char *word, const char **ret_name, const char **ret_value);

/* The block of this kind (NAME_META_ATTRIBUTES…), or NULL. */
struct element *nvset_find(const struct element *owner, cib_name kind);
const char *nvset_get(const struct element *owner, cib_name kind, const char *name);
/* Whether an element of `owner` with this name and value was changed. value NULL or "": taken away; an empty block goes
 * too. */
bool nvset_put(struct verb *v, struct element *owner, cib_name kind, const char *name, const char *value);
/* The same of one block, which stays when it is empty. */
bool nvset_put_in(struct verb *v, struct element *set, const char *name, const char *value);
/* Takes "name=value" words from line->words[from] up to and without `to`. */
enum exit_code nvset_put_words(struct verb *v, struct element *owner, cib_name kind, size_t from, size_t to);
/* The same of capacities, from `from` to the end: they are whole numbers. */
enum exit_code nvset_put_capacities(struct verb *v, struct element *owner, size_t from);

#endif
