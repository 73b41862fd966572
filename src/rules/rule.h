/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule.h - does a <rule> of the configuration hold, and until when?
 *
 *	struct rule_input in = {.now = now, .node_attribute = attribute_of, .user = node};
 *	int64_t next = INT64_MAX;
 *	if (rule_test(rule, &in, &next) == RULE_YES)
 *		...
 *
 * A part that makes no sense never stops a decision: it counts as not passing (an empty rule as
 * passing) and is told to `problem`. Everything is borrowed for the call. Source of the rules:
 * Pacemaker Explained, "Rules"; ../shared/facts/manager-features.md 9.
 */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include "base/table.h"
#include "cib/element.h"

#include <stdbool.h>
#include <stdint.h>

/* Told what is wrong: the element, and a sentence that names it by its id. */
typedef void rule_problem(void *user, const struct element *at, const char *text);

/* What a rule can ask about. All zero is: 1970, no node, no resource, no operation. */
struct rule_input {
	int64_t now;      /* seconds since 1970 */
	int32_t offset_s; /* of the local zone, east of UTC: for dates without a zone and for date_spec */

	/* Expressions. The value of an attribute of the node in question, or NULL. A NULL function: no node. */
	const char *(*node_attribute)(void *user, const char *name);
	void *user;
	const struct table *parameters, *meta; /* for value-source; may be NULL */
	const char *const *submatches;         /* what %0 to %9 stand for; entries may be NULL */
	unsigned submatch_count;

	/* rsc_expression; NULL: no resource, or one without such. */
	const char *class_, *provider, *type;
	/* op_expression; NULL and 0: no operation. */
	const char *op_name;
	int64_t op_interval_ms;

	rule_problem *problem; /* may be NULL */
	void *problem_user;
};

enum rule_result {
	RULE_NO,      /* does not hold */
	RULE_YES,     /* holds */
	RULE_NOT_YET, /* a date or number is before what is asked for (conditions only) */
	RULE_EXPIRED, /* or after it */
	RULE_INVALID, /* makes no sense and so does not hold */
};

/* next_change (may be NULL) is lowered to the first instant, in seconds since 1970, at which a date that was looked
 * at gives another answer; date_spec never lowers it. The caller starts it with INT64_MAX, which means never. */
enum rule_result rule_test(const struct element *rule, const struct rule_input *in, int64_t *next_change);
/* One condition: an expression of any kind or a nested rule. */
enum rule_result rule_test_condition(const struct element *condition, const struct rule_input *in,
				     int64_t *next_change);

#endif
