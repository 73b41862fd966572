/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/corosync-quorum.h"

#include <corosync/quorum.h>
#include <stdio.h>
#include <stdlib.h>

struct quorum_watch {
	struct loop *loop;
	struct quorum_ops ops;
	quorum_handle_t handle;
	struct loop_fd fd;
	struct loop_job lost;
	char why[128];
	bool is_lost;
};

static void on_lost(void *arg)
{
	struct quorum_watch *q = arg;
	q->ops.lost(q->ops.arg, q->why);
}

static void on_change(quorum_handle_t handle, uint32_t quorate, uint64_t ring_seq, uint32_t count, uint32_t *members)
{
	const void *context = NULL;
	node_id nodes[QUORUM_NODES_MAX];
	uint32_t n = 0;
	(void)ring_seq;
	if (quorum_context_get(handle, &context) != CS_OK || context == NULL)
		return;
	const struct quorum_watch *q = context;
	for (uint32_t i = 0; i < count && n < QUORUM_NODES_MAX; i++)
		nodes[n++] = node_id_of(members[i]);
	q->ops.changed(q->ops.arg, quorate != 0, nodes, n);
}

static void on_readable(void *arg, uint32_t events)
{
	struct quorum_watch *q = arg;
	(void)events;
	cs_error_t e = quorum_dispatch(q->handle, CS_DISPATCH_ALL);
	if (e == CS_OK || e == CS_ERR_TRY_AGAIN || q->is_lost)
		return;
	q->is_lost = true;
	(void)snprintf(q->why, sizeof(q->why), "receiving from the engine: %s", cs_strerror(e));
	loop_job_add(q->loop, &q->lost);
}

enum err quorum_watch_open(struct loop *l, const struct quorum_ops *ops, struct quorum_watch **ret,
			   struct error *reterr)
{
	quorum_callbacks_t callbacks = {.quorum_notify_fn = on_change};
	uint32_t type = QUORUM_FREE;
	int fd = -1;
	struct quorum_watch *q = calloc(1, sizeof(*q));
	if (q == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for quorum");
	*q = (struct quorum_watch){.loop = l, .ops = *ops, .lost = {.fn = on_lost, .arg = q, .priority = LOOP_HIGH}};
	cs_error_t e = quorum_initialize(&q->handle, &callbacks, &type);
	if (e != CS_OK) {
		free(q);
		return error_set(reterr, ERR_AGAIN, "the engine does not answer: %s", cs_strerror(e));
	}
	e = quorum_context_set(q->handle, q);
	if (e == CS_OK)
		e = quorum_fd_get(q->handle, &fd);
	if (e == CS_OK)
		e = quorum_trackstart(q->handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES);
	q->fd = (struct loop_fd){.fd = fd, .priority = LOOP_HIGH, .events = LOOP_READ, .fn = on_readable, .arg = q};
	enum err added =
		e == CS_OK ? loop_fd_add(l, &q->fd, reterr)
			   : error_set(reterr, ERR_AGAIN, "the engine tells nothing of quorum: %s", cs_strerror(e));
	if (added != ERR_OK) {
		(void)quorum_finalize(q->handle);
		free(q);
		return added;
	}
	*ret = q;
	return ERR_OK;
}

void quorum_watch_close(struct quorum_watch *q)
{
	if (q == NULL)
		return;
	loop_fd_remove(q->loop, &q->fd);
	loop_job_remove(q->loop, &q->lost);
	(void)quorum_finalize(q->handle);
	free(q);
}
