/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the leader waits for, and the one timer that it has for all of it. */
#include "controller/leader-internal.h"

#include <string.h>

void deadline_free(void *deadline)
{
	struct deadline *d = deadline;
	g_free(d->name);
	g_free(d);
}

static struct deadline *find(const GPtrArray *list, const char *name)
{
	for (guint i = 0; i < list->len; i++) {
		struct deadline *d = g_ptr_array_index(list, i);
		if (strcmp(d->name, name) == 0)
			return d;
	}
	return NULL;
}

void deadline_set(GPtrArray *list, const char *name, node_id node, mono_time due)
{
	struct deadline *d = find(list, name);
	if (d == NULL) {
		d = g_new0(struct deadline, 1);
		d->name = g_strdup(name);
		g_ptr_array_add(list, d);
	}
	d->node = node;
	d->due = due;
}

struct deadline *deadline_take(GPtrArray *list, mono_time now)
{
	for (guint i = 0; i < list->len; i++) {
		struct deadline *d = g_ptr_array_index(list, i);
		if (!mono_time_before(now, d->due))
			return g_ptr_array_steal_index(list, i);
	}
	return NULL;
}

void deadline_drop(GPtrArray *list, const char *name)
{
	struct deadline *d = find(list, name);
	if (d != NULL)
		g_ptr_array_remove(list, d);
}

static mono_time earliest_of(const GPtrArray *list, mono_time t)
{
	for (guint i = 0; i < list->len; i++)
		t = mono_time_first(t, ((struct deadline *)g_ptr_array_index(list, i))->due);
	return t;
}

void leader_rearm(struct leader *l)
{
	mono_time t = {0};
	if (l->state != LEADER_OFF) {
		t = mono_time_first(l->unheard > 0 ? (mono_time){0} : l->decide_at, l->recheck_at);
		if (l->cluster != NULL) /* before it has decided, leader_tick() leaves fencing alone */
			t = mono_time_first(t, l->fencing_at);
		t = earliest_of(l->dampened, earliest_of(l->absent, t));
		for (guint i = 0; i < l->jobs->len; i++)
			t = mono_time_first(t, ((struct job *)g_ptr_array_index(l->jobs, i))->due);
	}
	l->ops.timer(l->ops.host, t);
}
