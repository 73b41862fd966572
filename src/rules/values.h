/* SPDX-License-Identifier: GPL-2.0-or-later */
/* values.h - the name-value pairs that hold for an element: options, parameters, meta attributes, utilization.
 *
 *	struct table *meta = table_new(arena);
 *	values_unpack(primitive, NAME_META_ATTRIBUTES, &in, NULL, meta, &next_change);
 *
 * An element may have several blocks of a kind. They are looked at by score,
 * highest first, and of equal ones the later one in the document first; a block
 * whose rule does not hold is left out; the first value of a name wins, also over
 * later calls with the same table. Blocks and pairs may stand elsewhere and be referred to by id-ref.
 *
 * Names and values in the table are borrowed from the document. Source of the rules: Pacemaker Explained, "Resource
 * options" and "Reusing options"; ../shared/facts/manager-scheduler.md 3.1.
 */
#ifndef RULES_VALUES_H
#define RULES_VALUES_H

#include "base/table.h"
#include "cib/element.h"
#include "rules/rule.h"

/* parent may be NULL (nothing happens), in not. first_id, or NULL: the block with this id goes before all others
 * (cluster options: "cib-bootstrap-options"). next_change as in rule_test(). The value "#default" makes the table
 * forget the name, also what was in it before the call, so that the next block or call that has it sets it. */
void values_unpack(const struct element *parent, cib_name block, const struct rule_input *in, const char *first_id,
		   struct table *into, int64_t *next_change);

#endif
