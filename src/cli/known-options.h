/* SPDX-License-Identifier: GPL-2.0-or-later */
/* known-options.h - names that mean something to the cluster, with what they may be: cluster options, meta-attributes
 * of resources, options of operations. From these tables come checks, "did you mean" and descriptions. Source: facts of
 * the scheduler, options; facts of the manager, 4.
 */
#ifndef CLI_KNOWN_OPTIONS_H
#define CLI_KNOWN_OPTIONS_H

#include "cli/verb.h"

enum known_type { KNOWN_TEXT, KNOWN_BOOL, KNOWN_DURATION, KNOWN_INTEGER, KNOWN_SCORE, KNOWN_WORD };

struct known_option {
	const char *name, *old_name; /* old_name: what it was called before; NULL: nothing else */
	enum known_type type;
	const char *words;     /* of KNOWN_WORD, with '|' between */
	const char *otherwise; /* what counts when it is not set */
	const char *help;
};

/* Tables end with a name of NULL. */
extern const struct known_option known_cluster_options[], known_meta_attributes[], known_operation_options[];

/* By either of its names; NULL: nobody knows it. */
const struct known_option *known_find(const struct known_option *table, const char *name);
/* "true or false", "a time such as 30s", "one of a, b, c" */
const char *known_type_words(const struct known_option *o, struct arena *a);
bool known_accepts(const struct known_option *o, const char *value);
/* Complains about what is not known or makes no sense, unless --force: then it warns. what: "cluster option". */
enum exit_code known_check(struct verb *v, const struct known_option *table, const char *what, const char *name,
			   const char *value);

#endif
