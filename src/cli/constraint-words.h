/* SPDX-License-Identifier: GPL-2.0-or-later */
/* constraint-words.h - constraints as commands make and find them: words of the command line in, elements of
 * <constraints> out. What is wrong is said through the verb. */
#ifndef CLI_CONSTRAINT_WORDS_H
#define CLI_CONSTRAINT_WORDS_H

#include "cli/verb.h"

/* A constraint that is not in the document yet. */
struct element *constraint_words_new(struct verb *v, cib_name kind, const char *id);
/* Puts it in, unless one like it is there: the same but for ids, options and scores. */
enum exit_code constraint_words_put(struct verb *v, struct element *c);

enum exit_code constraint_words_check_score(struct verb *v, const char *score);
/* A score alone, as tutorials have it: INFINITY, -100. */
bool constraint_words_is_score(const char *word);
/* "resource%web", "%web" and "web" are one: the id of a resource that is there, or NULL. */
const char *constraint_words_resource(struct verb *v, const char *word);
/* Today's name of a role, by any of its names; NULL: it is none. */
const char *constraint_words_role(const char *word);
/* A word name=value that is an attribute of the constraint or a set; the names that may be end in NULL. */
enum exit_code constraint_words_option(struct verb *v, struct element *c, const char *word, const char *const *names);
/* All words from `from` on. */
enum exit_code constraint_words_options(struct verb *v, struct element *c, size_t from, const char *const *names);
/* Whether a constraint names a resource, in sets too. */
bool constraint_words_is_about(const struct element *c, const char *id);

#endif
