/* SPDX-License-Identifier: GPL-2.0-or-later */
/* corosync-map.h - the nodes and the name of the cluster, as the engine's map has them (libcmap). */
#ifndef OS_COROSYNC_MAP_H
#define OS_COROSYNC_MAP_H

#include "base/error.h"
#include "base/ids.h"

enum { MAP_NODES_MAX = 128, MAP_NAME_MAX = 256 };

struct map_node {
	node_id node;
	char name[MAP_NAME_MAX]; /* its `name`, else ring0_addr if that is no address */
};

struct map_cluster {
	char name[MAP_NAME_MAX]; /* totem.cluster_name; "" when unset */
	struct map_node nodes[MAP_NODES_MAX];
	uint32_t count;
};

/* Asks the engine and waits for its answers: at start, and after a reload. ERR_AGAIN: the engine does not answer. */
MUST_CHECK enum err map_cluster_read(struct map_cluster *ret, struct error *reterr);

#endif
