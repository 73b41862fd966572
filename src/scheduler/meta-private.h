/* SPDX-License-Identifier: GPL-2.0-or-later */
/* meta-private.h - meta attributes of a resource: from where they come and what they say.
 *
 * Source of the rules: ../shared/facts/manager-scheduler.md 3.3.
 */
#ifndef SCHEDULER_META_PRIVATE_H
#define SCHEDULER_META_PRIVATE_H

#include "scheduler/resource.h"

/* Fills r->meta: its own (XML attributes, then blocks), its ancestors' configured ones, rsc_defaults, and what its
 * parent has from elsewhere. number: of the instance, -1 when it is none. */
void meta_unpack(struct resource *r, int number);
/* Fills the flags and values of r that follow from r->meta. */
void meta_read(struct resource *r);

/* A whole number as options have it: otherwise when text is NULL; minimum when it is none or less; at most INT_MAX. */
int meta_int(const char *text, int minimum, int otherwise);

/* How many copies one resource may have; of more, these are made, and a complaint says so. Pacemaker has no such limit,
 * and takes all memory: each replica has orders with every other one. A clone may have as many as there are nodes, too.
 */
enum { CLONE_INSTANCES_MAX = 2000, BUNDLE_REPLICAS_MAX = 256 };

#endif
