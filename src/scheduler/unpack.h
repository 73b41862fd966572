/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unpack.h - the first phase: options, nodes, remote nodes, resources, tags, from the configuration to the model.
 *
 * Source of the rules: ../shared/facts/manager-scheduler.md 3.1 to 3.3.
 */
#ifndef SCHEDULER_UNPACK_H
#define SCHEDULER_UNPACK_H

#include "rules/rule.h"
#include "scheduler/cluster.h"

/* Everything but the status. location_only: neither remote nor guest nodes. */
void unpack_configuration(struct cluster *c, bool location_only);

/* What rules may ask for when r's attributes are evaluated on n; either may be NULL. */
struct rule_input rule_input_of(struct cluster *c, const struct resource *r, const struct node *n);

#endif
