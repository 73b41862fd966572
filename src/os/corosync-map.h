/* SPDX-License-Identifier: GPL-2.0-or-later */
/* corosync-map.h - the nodes and the name of the cluster, as the engine's map has them (libcmap). */
#ifndef OS_COROSYNC_MAP_H
#define OS_COROSYNC_MAP_H

#include "base/error.h"
#include "base/ids.h"
#include "os/loop.h"

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

/* Lets a user's programs use the engine, as long as it runs: root's word. ERR_AGAIN: the engine does not answer;
 * ERR_ACCESS: it refuses. */
MUST_CHECK enum err map_admit(uint32_t uid, struct error *reterr);

/* Calls changed() soon after the list of nodes became another one: once for all that a reload changes. When the engine
 * goes, nothing is called any more: group and quorum tell of that. */
struct map_watch;
struct map_watch_ops {
	void *arg;
	void (*changed)(void *arg);
};
MUST_CHECK enum err map_watch_open(struct loop *l, const struct map_watch_ops *ops, struct map_watch **ret,
				   struct error *reterr);
/* NULL is fine. */
void map_watch_close(struct map_watch *w);

#endif
