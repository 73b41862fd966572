/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-engine.h - the engine as the manager uses it: the node list, quorum, and the group of all managers.
 *
 * While there is no engine, it is tried again every 50 ms: node list and quorum first, and after the first word of
 * quorum the group, since what that said before would find nobody who can use it. Then ops.begin(). Before that nothing
 * is told of group, quorum and nodes; right after it both, as they are then, and from there on each change.
 *
 * One a process (os/corosync-group.h). Ops must not close it.
 */
#ifndef DAEMON_MANAGER_ENGINE_H
#define DAEMON_MANAGER_ENGINE_H

#include "base/bytes.h"
#include "base/error.h"
#include "controller/message.h"
#include "os/corosync-map.h"
#include "os/loop.h"

struct manager_engine_ops {
	void *arg;
	/* Before each attempt to connect; ERR_AGAIN: the next one a little later. */
	enum err (*prepare)(void *arg, struct error *reterr);
	/* There is no engine yet: told once. */
	void (*awaited)(void *arg, const char *why);
	/* We are in the group as this member. */
	enum err (*begin)(void *arg, struct member self, struct error *reterr);
	/* It cannot be used, or what was called could not go on: nothing is tried any more. */
	void (*failed)(void *arg, const char *why);
	/* It is gone. */
	void (*lost)(void *arg, const char *why);
	/* The members of the group, and the machines of the ring as quorum knows them. */
	void (*group)(void *arg, const struct member *members, uint32_t count, const node_id *ring,
		      uint32_t ring_count);
	/* A member has left because its machine left the ring; before group() tells of it. */
	void (*machine_lost)(void *arg, node_id node);
	void (*message)(void *arg, struct member sender, struct bytes message);
	void (*quorum)(void *arg, bool quorate);
	void (*ring)(void *arg, const node_id *ring, uint32_t count);
	/* The node list is another one. */
	void (*nodes)(void *arg);
};

struct manager_engine;

/* Connects by and by. group: its name. */
struct manager_engine *manager_engine_open(struct loop *l, const char *group, const struct manager_engine_ops *ops);
/* NULL is fine. */
void manager_engine_close(struct manager_engine *e);
/* The name of the cluster and of its nodes; empty before ops.begin(). */
const struct map_cluster *manager_engine_cluster(const struct manager_engine *e);
/* This node's name: of the node list, else the machine's; "" before ops.begin(). */
const char *manager_engine_name(const struct manager_engine *e);
/* To all members; dropped before ops.begin(). */
void manager_engine_send(struct manager_engine *e, struct bytes message);

#endif
