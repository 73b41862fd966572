/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify.h - instances of a clone are told before and after the others start, stop, are promoted or demoted.
 *
 * A clone with notify=true gets for each of these tasks a chain of pseudo-actions
 *
 *	pre -> confirmed-pre -> task … its completion -> post -> confirmed-post
 *
 * when actions are created. What the instances do between pre and confirmed-pre, and
 * post and confirmed-post, is made while the graph is, when it is known what really
 * happens. Source of the rules: facts of the scheduler, 6.8.
 */
#ifndef SCHEDULER_NOTIFY_H
#define SCHEDULER_NOTIFY_H

#include "scheduler/cluster.h"

/* Chains of a clone (nothing when it wants none); kept in r->clone. */
void notices_create_start_stop(struct resource *r, struct action *start, struct action *running, struct action *stop,
			       struct action *stopped);
void notices_create_promote(struct resource *r, struct action *promote, struct action *promoted);
void notices_create_demote(struct resource *r, struct action *demote, struct action *demoted);
/* Tells the other instances of a stop that fencing implies: after the fencing. */
void notices_order_after_fencing(const struct action *stop, struct resource *r, struct action *fencing);
/* Creates what each instance does for the clone's chains. Called once, before the clone's actions are graphed. */
void notices_expand(struct resource *r);

#endif
