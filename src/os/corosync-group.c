/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/corosync-group.h"

#include <corosync/cpg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 16, RETRY_MS = 2, CLOSE_TRIES = 100 };

/* A message on its way out. */
struct waiting {
	struct waiting *next;
	size_t len, sent;
	uint8_t data[];
};

/* A message on its way in. */
struct partial {
	struct partial *next;
	struct group_member sender;
	uint8_t *data;
	size_t len, have;
};

struct group {
	struct loop *loop;
	struct group_ops ops;
	struct cpg_name name;
	cpg_handle_t handle;
	node_id node;
	struct loop_fd fd;
	struct timer retry;
	struct loop_job lost;
	char why[128];
	bool is_lost;
	struct waiting *first, *last;
	size_t waiting;
	struct partial *partials;
};

static void lose(struct group *g, const char *what, cs_error_t e)
{
	if (g->is_lost)
		return;
	g->is_lost = true;
	(void)snprintf(g->why, sizeof(g->why), "%s: %s", what, cs_strerror(e));
	loop_job_add(g->loop, &g->lost);
}

static void on_lost(void *arg)
{
	struct group *g = arg;
	g->ops.lost(g->ops.arg, g->why);
}

/* --- in --- */

static bool is_same(struct group_member a, struct group_member b)
{
	return node_id_eq(a.node, b.node) && a.pid == b.pid;
}

static struct partial **partial_of(struct group *g, struct group_member sender)
{
	struct partial **at = &g->partials;
	while (*at != NULL && !is_same((*at)->sender, sender))
		at = &(*at)->next;
	return at;
}

static void partial_drop(struct partial **at)
{
	struct partial *p = *at;
	*at = p->next;
	free(p->data);
	free(p);
}

static struct partial **partial_start(struct group *g, struct group_member sender, size_t len)
{
	struct partial *p = calloc(1, sizeof(*p));
	if (p == NULL)
		abort();
	p->sender = sender;
	p->len = len;
	p->data = malloc(len > 0 ? len : 1);
	if (p->data == NULL)
		abort();
	p->next = g->partials;
	g->partials = p;
	return &g->partials;
}

/* A piece: where it belongs in how much, then its bytes. One that does not continue what is here is dropped: its
 * beginning was sent before we were a member. */
static void take_piece(struct group *g, struct group_member sender, struct bytes piece)
{
	struct reader r = reader_of(piece);
	uint64_t len = read_u64(&r), at = read_u64(&r);
	size_t n = reader_left(&r);
	const uint8_t *data = read_bytes(&r, n);
	struct partial **partial = partial_of(g, sender);
	if (r.failed || len > GROUP_MESSAGE_MAX || at > len || n > len - at)
		return;
	if (at == 0 && n == len) {
		g->ops.message(g->ops.arg, sender, bytes_of(data, n));
		return;
	}
	if (at == 0) {
		if (*partial != NULL)
			partial_drop(partial);
		partial = partial_start(g, sender, (size_t)len);
	}
	if (*partial == NULL || (*partial)->have != at || (*partial)->len != len)
		return;
	memcpy((*partial)->data + at, data, n);
	(*partial)->have += n;
	if ((*partial)->have < len)
		return;
	struct partial *whole = *partial;
	*partial = whole->next;
	g->ops.message(g->ops.arg, sender, bytes_of(whole->data, whole->len));
	free(whole->data);
	free(whole);
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *name, uint32_t nodeid, uint32_t pid, void *msg,
		       size_t len)
{
	void *context = NULL;
	(void)name;
	if (cpg_context_get(handle, &context) != CS_OK || context == NULL)
		return;
	take_piece(context, (struct group_member){node_id_of(nodeid), pid}, bytes_of(msg, len));
}

static int by_node(const void *a, const void *b)
{
	const struct group_member *x = a, *y = b;
	if (x->node.v != y->node.v)
		return x->node.v < y->node.v ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static bool is_member(const struct group_member *members, uint32_t count, struct group_member m)
{
	for (uint32_t i = 0; i < count; i++)
		if (is_same(members[i], m))
			return true;
	return false;
}

static void on_members(cpg_handle_t handle, const struct cpg_name *name, const struct cpg_address *list, size_t count,
		       const struct cpg_address *left, size_t left_count, const struct cpg_address *joined,
		       size_t joined_count)
{
	struct group_member members[GROUP_MEMBERS_MAX];
	uint32_t n = 0;
	void *context = NULL;
	(void)name;
	(void)joined;
	(void)joined_count;
	if (cpg_context_get(handle, &context) != CS_OK || context == NULL)
		return;
	struct group *g = context;
	for (size_t i = 0; i < count && n < GROUP_MEMBERS_MAX; i++)
		members[n++] = (struct group_member){node_id_of(list[i].nodeid), list[i].pid};
	qsort(members, n, sizeof(members[0]), by_node);
	for (struct partial **p = &g->partials; *p != NULL;) {
		if (is_member(members, n, (*p)->sender))
			p = &(*p)->next;
		else
			partial_drop(p);
	}
	for (size_t i = 0; i < left_count; i++)
		if (left[i].reason == CPG_REASON_NODEDOWN)
			g->ops.machine_lost(g->ops.arg, node_id_of(left[i].nodeid));
	g->ops.members(g->ops.arg, members, n);
}

static void on_readable(void *arg, uint32_t events)
{
	struct group *g = arg;
	(void)events;
	cs_error_t e = cpg_dispatch(g->handle, CS_DISPATCH_ALL);
	if (e != CS_OK && e != CS_ERR_TRY_AGAIN)
		lose(g, "receiving from the engine", e);
}

/* --- out --- */

/* False: not now. */
static bool send_piece(struct group *g, struct waiting *w)
{
	uint8_t head[HEAD];
	struct writer out = writer_of(head, sizeof(head));
	size_t n = w->len - w->sent < GROUP_PIECE ? w->len - w->sent : GROUP_PIECE;
	write_u64(&out, w->len);
	write_u64(&out, w->sent);
	struct iovec parts[2] = {{.iov_base = head, .iov_len = HEAD}, {.iov_base = w->data + w->sent, .iov_len = n}};
	cs_error_t e = cpg_mcast_joined(g->handle, CPG_TYPE_AGREED, parts, 2);
	if (e == CS_ERR_TRY_AGAIN)
		return false;
	if (e != CS_OK) {
		lose(g, "sending to the engine", e);
		return false;
	}
	w->sent += n;
	return true;
}

static void send_waiting(struct group *g)
{
	while (g->first != NULL && !g->is_lost) {
		struct waiting *w = g->first;
		if (!send_piece(g, w))
			return;
		if (w->sent < w->len)
			continue;
		g->first = w->next;
		if (g->first == NULL)
			g->last = NULL;
		g->waiting -= w->len;
		free(w);
	}
}

static void on_retry(void *arg)
{
	struct group *g = arg;
	send_waiting(g);
	if (g->first != NULL)
		loop_timer_set(g->loop, &g->retry, RETRY_MS);
}

void group_send(struct group *g, struct bytes message)
{
	struct waiting *w = malloc(sizeof(*w) + message.len);
	if (w == NULL)
		abort();
	*w = (struct waiting){.len = message.len};
	memcpy(w->data, message.data, message.len);
	if (g->last != NULL)
		g->last->next = w;
	else
		g->first = w;
	g->last = w;
	g->waiting += w->len;
	if (g->waiting > GROUP_WAITING_MAX)
		lose(g, "too much waits to be sent", CS_ERR_NO_MEMORY);
	if (g->first == w)
		on_retry(g);
}

/* --- connection --- */

static enum err join(struct group *g, struct error *reterr)
{
	static const cpg_model_v1_data_t callbacks = {.cpg_deliver_fn = on_deliver, .cpg_confchg_fn = on_members};
	cpg_model_v1_data_t model = callbacks;
	unsigned int self = 0;
	int fd = -1;
	cs_error_t e = cpg_model_initialize(&g->handle, CPG_MODEL_V1, (cpg_model_data_t *)&model, g);
	if (e != CS_OK)
		return error_set(reterr, ERR_AGAIN, "the engine does not answer: %s", cs_strerror(e));
	(void)cpg_context_set(g->handle, g);
	e = cpg_local_get(g->handle, &self);
	if (e == CS_OK)
		e = cpg_fd_get(g->handle, &fd);
	if (e == CS_OK)
		e = cpg_join(g->handle, &g->name);
	if (e != CS_OK) {
		(void)cpg_finalize(g->handle);
		return error_set(reterr, ERR_AGAIN, "the engine does not let us join: %s", cs_strerror(e));
	}
	g->node = node_id_of(self);
	g->fd = (struct loop_fd){.fd = fd, .priority = LOOP_HIGH, .events = LOOP_READ, .fn = on_readable, .arg = g};
	return ERR_OK;
}

enum err group_open(struct loop *l, const char *name, const struct group_ops *ops, struct group **ret,
		    struct error *reterr)
{
	struct group *g = calloc(1, sizeof(*g));
	if (g == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory for a group");
	g->loop = l;
	g->ops = *ops;
	g->lost = (struct loop_job){.fn = on_lost, .arg = g, .priority = LOOP_HIGH};
	timer_init(&g->retry, on_retry, g);
	g->name.length = (uint32_t)strlen(name) + 1;
	(void)snprintf(g->name.value, sizeof(g->name.value), "%s", name);
	enum err e = join(g, reterr);
	if (e == ERR_OK) {
		e = loop_fd_add(l, &g->fd, reterr);
		if (e != ERR_OK)
			(void)cpg_finalize(g->handle);
	}
	if (e != ERR_OK) {
		free(g);
		return e;
	}
	*ret = g;
	return ERR_OK;
}

struct group_member group_self(const struct group *g)
{
	return (struct group_member){g->node, (uint32_t)getpid()};
}

void group_close(struct group *g)
{
	if (g == NULL)
		return;
	for (int i = 0; i < CLOSE_TRIES && g->first != NULL && !g->is_lost; i++) {
		send_waiting(g);
		if (g->first != NULL)
			(void)usleep(RETRY_MS * 1000);
	}
	loop_timer_cancel(g->loop, &g->retry);
	loop_job_remove(g->loop, &g->lost);
	loop_fd_remove(g->loop, &g->fd);
	if (!g->is_lost)
		(void)cpg_leave(g->handle, &g->name);
	(void)cpg_finalize(g->handle);
	while (g->partials != NULL)
		partial_drop(&g->partials);
	for (struct waiting *w = g->first, *next; w != NULL; w = next) {
		next = w->next;
		free(w);
	}
	free(g);
}
