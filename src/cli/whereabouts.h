/* SPDX-License-Identifier: GPL-2.0-or-later */
/* whereabouts.h - where a resource runs, as commands ask it. */
#ifndef CLI_WHEREABOUTS_H
#define CLI_WHEREABOUTS_H

#include "scheduler/cluster.h"

/* Names of the nodes where a resource (or anything in it) is active; promoted: is promoted. In the order of the nodes;
 * g_ptr_array_unref() it, names are the cluster's. */
GPtrArray *resource_places(struct cluster *c, const char *id, bool promoted);
/* The same after scheduler_run(): where it will be. */
GPtrArray *resource_places_next(struct cluster *c, const char *id, bool promoted);

#endif
