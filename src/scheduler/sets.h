/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sets.h - the resources that a constraint speaks of: one by id, a tag's, a template's, a <resource_set>'s.
 *
 *	struct constraint_sets sets;
 *	if (sets_read(c, constraint, &sets)) { each of sets.items… }
 *
 * Tags and templates in sets are replaced by what they stand for; a tag or template
 * in place of a single resource makes a set of its own, not sequential.
 *
 * Source of the rules: facts of the scheduler, 3.10.
 */
#ifndef SCHEDULER_SETS_H
#define SCHEDULER_SETS_H

#include "scheduler/cluster.h"

struct constraint_set {
	const char *id;
	const struct element *xml; /* NULL: made from a single reference */
	const char *role, *action; /* what its resources have to be, or do */
	bool sequential_given, sequential;
	const char **refs; /* ids, in order */
	uint32_t ref_count;
};

struct constraint_sets {
	struct constraint_set *items;
	uint32_t count;
	bool cut; /* a set that is referred to does not exist; it and those behind it are left out */
};

/* The sets of a constraint that has <resource_set>s: false when it has none. */
bool sets_read(struct cluster *c, const struct element *constraint, struct constraint_sets *ret_sets);

/* What a single reference means. */
struct reference {
	struct resource *rsc;
	const struct tag *tag; /* or template */
};
/* False, with a complaint, when id is neither. */
bool reference_resolve(struct cluster *c, const struct element *constraint, const char *id,
		       struct reference *ret_reference);
/* A set of what ref stands for. */
struct constraint_set reference_set(struct cluster *c, const char *id, const struct reference *ref, const char *role,
				    const char *action);

/* The resource with this id as constraints mean it: of an anonymous clone's instance, the clone. NULL: none. */
struct resource *constraint_resource(const struct cluster *c, const char *id);
/* Reads a role; Started means any. False, with a complaint, when it is none. text may be NULL. */
bool constraint_role_parse(struct cluster *c, const char *id, const char *text, enum role *ret_role);

#endif
