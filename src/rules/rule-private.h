/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule-private.h - what the files of rule.h, and values.c, share. */
#ifndef RULES_RULE_PRIVATE_H
#define RULES_RULE_PRIVATE_H

#include "rules/rule.h"

enum {
	/* Deeper than any document nests, so that only references in a circle meet it. */
	RULE_DEPTH_MAX = 256,
	/* Conditions looked at for one answer: rules that refer to each other twice a level would never end. */
	RULE_CONDITIONS_MAX = 10 * 1000,
};

/* One question on its way through nested rules. */
struct rule_walk {
	const struct rule_input *in;
	int64_t *next_change; /* may be NULL */
	int depth;
	int conditions;
	bool told_of_circle;
};

/* Tells in->problem: "<expression id="e1">: " and the text. Returns RULE_INVALID. in may be NULL. */
enum rule_result rule_complain(const struct rule_input *in, const struct element *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The element itself, or the one of the same name that its id-ref names; NULL, and told, when there is none. */
const struct element *reference_follow(const struct element *e, const struct rule_input *in);

enum rule_result rule_test_attribute(const struct element *expression, const struct rule_input *in);
enum rule_result rule_test_date(const struct element *expression, const struct rule_input *in, int64_t *next_change);

#endif
