/* SPDX-License-Identifier: GPL-2.0-or-later */
/* corosync-group.h - a process group of the engine (libcpg): its members, and messages in one order.
 *
 * Works with every engine that serves Corosync's libraries. Messages of any size up to GROUP_MESSAGE_MAX are cut into
 * pieces and put together again at each member; a member that goes away in the middle of one takes it along. What the
 * engine does not take for the moment waits here, in order.
 *
 * A process has at most one group: libcpg calls back without a context of ours being safe before it has joined.
 */
#ifndef OS_COROSYNC_GROUP_H
#define OS_COROSYNC_GROUP_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "os/loop.h"

enum {
	GROUP_PIECE = 128 * 1024,
	GROUP_MESSAGE_MAX = 64 * 1024 * 1024,
	GROUP_MEMBERS_MAX = 128,
	GROUP_WAITING_MAX = 256 * 1024 * 1024, /* bytes that wait to be sent; more ends the connection */
};

struct group_member {
	node_id node;
	uint32_t pid;
};

struct group_ops {
	void *arg;
	/* All members, ascending by node; ourselves among them once we have joined. */
	void (*members)(void *arg, const struct group_member *members, uint32_t count);
	/* A member has left because its machine left the ring; before members() tells of it. */
	void (*machine_lost)(void *arg, node_id node);
	void (*message)(void *arg, struct group_member sender, struct bytes message);
	/* The engine is gone; close the group. Not from inside another call. */
	void (*lost)(void *arg, const char *why);
};

struct group;

/* ERR_AGAIN: the engine does not answer (yet). */
MUST_CHECK enum err group_open(struct loop *l, const char *name, const struct group_ops *ops, struct group **ret,
			       struct error *reterr);
struct group_member group_self(const struct group *g);
void group_send(struct group *g, struct bytes message);
/* Leaves, when what waits has been sent or cannot be. NULL is fine. */
void group_close(struct group *g);

#endif
