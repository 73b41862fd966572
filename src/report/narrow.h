/* SPDX-License-Identifier: GPL-2.0-or-later */
/* narrow.h - a cluster of which only a part is to be shown: some nodes, some resources.
 *
 * What is not wanted is taken out of the cluster, and out of the histories in its document, so that whoever shows lists
 * need not know of it. Nothing can be decided with it afterwards. */
#ifndef REPORT_NARROW_H
#define REPORT_NARROW_H

#include "scheduler/cluster.h"

/* node: a node's name, or a tag of nodes; resource: the id of a resource (with or without its instance's number) or of
 * what is in it or around it, or a tag; NULL: all. A name that fits nothing leaves nothing. running: also of what runs
 * on each node, which otherwise stays what it is. */
void cluster_narrow(struct cluster *c, const char *node, const char *resource, bool running);
/* Whether a node is meant by a node's name or a tag of nodes; wanted NULL: every node is. */
bool narrow_means_node(const struct cluster *c, const char *wanted, const char *name);

#endif
