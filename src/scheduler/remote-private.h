/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remote-private.h - what unpack makes where the configuration says it in other words: connections of guest nodes and
 * bundles.
 *
 * Made elements live in the cluster's arena and are never part of the document,
 * which is only read. Source of the rules: ../shared/facts/manager-scheduler.md 3.2.
 */
#ifndef SCHEDULER_REMOTE_PRIVATE_H
#define SCHEDULER_REMOTE_PRIVATE_H

#include "scheduler/cluster.h"

struct connection_settings {
	const char *name;     /* of the connection and its node */
	const char *launcher; /* the resource that the node runs in */
	const char *allow_migrate, *is_managed, *start_timeout, *address, *port; /* NULL: not said */
};

/* The connection's <primitive>. */
struct element *made_connection(struct cluster *c, const struct connection_settings *s);
struct element *made_primitive(struct cluster *c, const char *id, const char *provider, const char *type);

/* An element with room for so many attributes, last child of parent (NULL: none). */
struct element *made_element(struct cluster *c, cib_name name, struct element *parent, unsigned attributes);
/* A copy that can be linked anew; attributes and children are still those of e. */
struct element *made_copy(struct cluster *c, const struct element *e);
/* Makes e, which is linked nowhere, the last child of a made parent. */
void made_append(struct element *parent, struct element *e);
/* One more attribute; nothing for NULL. Texts are borrowed. */
void made_set(struct element *e, cib_name name, const char *value);
/* <nvpair> in a block. */
void made_pair(struct cluster *c, struct element *block, const char *name, const char *value);
/* <op>; timeout NULL: none. */
void made_operation(struct cluster *c, struct element *operations, const char *rsc, const char *task,
		    const char *interval, const char *timeout);

/* The most nodes that the configuration may make. */
uint32_t nodes_count(const struct cluster *c);
/* Replicas of a <bundle>. */
uint32_t bundle_replica_count(const struct element *bundle);

#endif
