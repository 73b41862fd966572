/* SPDX-License-Identifier: GPL-2.0-or-later */
/* corosync-quorum.h - what the engine says of quorum and of the ring's members (libquorum), told at each change. */
#ifndef OS_COROSYNC_QUORUM_H
#define OS_COROSYNC_QUORUM_H

#include "base/error.h"
#include "base/ids.h"
#include "os/loop.h"

enum { QUORUM_NODES_MAX = 128 };

struct quorum_ops {
	void *arg;
	/* Also once at the beginning. Without a quorum provider every partition has quorum. */
	void (*changed)(void *arg, bool quorate, const node_id *members, uint32_t count);
	/* The engine is gone; close. Not from inside another call. */
	void (*lost)(void *arg, const char *why);
};

struct quorum_watch;

/* ERR_AGAIN: the engine does not answer (yet). */
MUST_CHECK enum err quorum_watch_open(struct loop *l, const struct quorum_ops *ops, struct quorum_watch **ret,
				      struct error *reterr);
/* NULL is fine. */
void quorum_watch_close(struct quorum_watch *q);

#endif
