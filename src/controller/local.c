/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/local.h"

struct local {
	struct local_ops ops;
	const struct cluster_state *state;
	char *node;
};

struct local *local_new(const struct local_ops *ops, const struct cluster_state *r, const char *node)
{
	struct local *l = g_new0(struct local, 1);
	l->ops = *ops;
	l->state = r;
	l->node = g_strdup(node);
	return l;
}

void local_free(struct local *l)
{
	if (l == NULL)
		return;
	g_free(l->node);
	g_free(l);
}

void local_orders(struct local *l, const struct message *m)
{
	(void)l, (void)m;
}

void local_fence_run(struct local *l, const struct message *m)
{
	(void)l, (void)m;
}

void local_forget(struct local *l, const struct message *m)
{
	(void)l, (void)m;
}

enum err local_fail(struct local *l, wall_time now, const char *rsc, const char *node, struct error *reterr)
{
	(void)l, (void)now;
	return error_set(reterr, ERR_NOT_FOUND, "the history of node %s has no resource %s", node, rsc);
}

void local_report(struct local *l, const struct operation_report *report)
{
	(void)l, (void)report;
}

void local_agreed(struct local *l, bool agreed)
{
	(void)l, (void)agreed;
}

void local_executor_known(struct local *l, enum executor_state state, const struct operation *op,
			  const struct operation_report *report)
{
	(void)l, (void)state, (void)op, (void)report;
}

void local_executor_listed(struct local *l, wall_time now, bool same)
{
	(void)l, (void)now, (void)same;
}

void local_executor_lost(struct local *l)
{
	(void)l;
}

void local_result_applied(struct local *l, const char *transition_key, const char *entry)
{
	(void)l, (void)transition_key, (void)entry;
}

void local_leave(struct local *l)
{
	(void)l;
}

uint32_t local_busy(const struct local *l)
{
	(void)l;
	return 0;
}

void local_check(const struct local *l)
{
	(void)l;
}
