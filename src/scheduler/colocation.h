/* SPDX-License-Identifier: GPL-2.0-or-later */
/* colocation.h - which colocations concern a resource, and whom they move.
 *
 * A colocation hangs in two lists: of its dependent ("this with") and of its primary
 * ("with this"). What concerns a resource is more than its own lists: members of
 * groups, instances of clones and containers of bundles take part in those of their
 * parents. The two queries below collect that, in the order in which colocations
 * count: by the other resource's priority, kind and id, later ones first when all
 * of this is equal.
 *
 * Lists that queries return are borrowed: good until the next colocation_add().
 *
 * Source of the rules: facts of the scheduler, 5.3.
 */
#ifndef SCHEDULER_COLOCATION_H
#define SCHEDULER_COLOCATION_H

#include "scheduler/cluster.h"

/* Colocations in which r is the dependent. */
struct colocation_list colocations_this_with(struct resource *r);
/* Colocations in which r is the primary. */
struct colocation_list colocations_with_this(struct resource *r);

/* Those of the two that name r itself; they stay where they are. */
const struct colocation_list *colocations_own_this_with(struct resource *r);
const struct colocation_list *colocations_own_with_this(struct resource *r);

static inline bool colocation_is_mandatory(const struct colocation *l)
{
	return l->score >= 1000000 || l->score <= -1000000;
}

/* Whether the primary considers where the dependent would like to be. primary: the instance in question, NULL: the
 * configured primary. */
bool colocation_has_influence(const struct colocation *l, const struct resource *primary);

enum colocation_effect { COLOCATION_NOTHING, COLOCATION_ON_LOCATION, COLOCATION_ON_ROLE };
/* What it changes for dependent when primary is where it is. preview: as if neither had been assigned yet. */
enum colocation_effect colocation_effect(const struct resource *dependent, const struct resource *primary,
					 const struct colocation *l, bool preview);

/* The role that counts for a primary: of a bundle's container, that of what runs in it. */
enum role colocation_role_of(const struct resource *primary);

/* The value that counts for a colocation (on behalf of r) when it is about this node: a bundle's node speaks for its
 * host. NULL: unset, or the host is unknown. */
const char *colocation_node_value(const struct node *n, const char *attribute, const struct resource *r);
/* The node whose attributes count: n itself, or the host of the container that n runs in. NULL: it has none. */
struct node *colocation_node(struct node *n, const struct resource *r);

/* --- unpacking of one <rsc_colocation> (colocation-unpack.c) --- */
void colocation_unpack(struct cluster *c, const struct element *e);

#endif
