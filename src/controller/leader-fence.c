/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The leader and the fencing core: what a transition or a person wants fenced goes in, what members shall run and what
 * goes on record comes out.
 */
#include "controller/leader-internal.h"

#include <stdlib.h>
#include <string.h>

static void on_run(void *host, const struct fence_run *run)
{
	struct leader *l = host;
	struct message m = {.kind = MESSAGE_FENCE_RUN};
	m.fence_run.run = run->id;
	m.fence_run.member = run->member;
	m.fence_run.device = run->device;
	m.fence_run.type = run->type;
	m.fence_run.action = run->action;
	m.fence_run.target = run->target;
	m.fence_run.timeout_ms = run->timeout_ms;
	m.fence_run.input = run->input != NULL ? run->input->entries : NULL;
	m.fence_run.input_count = run->input != NULL ? run->input->count : 0;
	l->ops.send(l->ops.host, &m);
}

static void on_ended(void *host, const struct fence_request *r, const char *why, const char *device, const char *member)
{
	struct leader *l = host;
	struct message m = {.kind = MESSAGE_FENCED};
	struct job *j = r->id != 0 ? job_by_fence(l, r->id) : NULL;
	if (j != NULL)
		j->is_fence_told = true;
	m.fenced.target = r->target;
	m.fenced.device = device;
	m.fenced.member = member;
	m.fenced.client = r->client;
	m.fenced.why = why;
	m.fenced.action = (uint8_t)r->action;
	m.fenced.when = l->now.wall;
	l->ops.send(l->ops.host, &m);
}

static void on_timer(void *host, mono_time due)
{
	struct leader *l = host;
	l->fencing_at = due;
}

static uint32_t on_dice(void *host, uint32_t n)
{
	struct leader *l = host;
	return l->ops.dice(l->ops.host, n);
}

/* What earlier leaders had fenced, for those who ask whether it was done lately. */
static void remember_fences(struct leader *l)
{
	for (guint i = 0; i < l->common->fences->len; i++) {
		const struct fence_record *f = g_ptr_array_index(l->common->fences, i);
		uint64_t age_ns = l->now.wall.ns > f->when.ns ? l->now.wall.ns - f->when.ns : 0;
		if (f->why == NULL && age_ns < l->now.mono.ns)
			fencing_remember(l->fencing, (mono_time){l->now.mono.ns - age_ns}, f->target,
					 (enum fence_action)f->action);
	}
}

void leader_fencing_open(struct leader *l)
{
	const struct fencing_ops ops = {
		.host = l, .run = on_run, .ended = on_ended, .timer = on_timer, .dice = on_dice};
	fencing_free(l->fencing);
	l->fencing = fencing_new(&ops, l->view->epoch << 32);
	l->fencing_at = (mono_time){0};
	remember_fences(l);
	leader_fence_prune(l);
	for (guint i = 0; i < l->others->len; i++) {
		const struct heard_run *h = g_ptr_array_index(l->others, i);
		fencing_learn_run(l->fencing, &h->run, h->done);
	}
	g_ptr_array_set_size(l->others, 0);
}

/* --- what another leader lets run --- */

void heard_run_free(void *run)
{
	struct heard_run *h = run;
	arena_fini(&h->arena);
	g_free(h);
}

static void note_run(struct leader *l, const struct message *m)
{
	if (m->fence_run.target == NULL)
		return; /* it only asks an agent something */
	for (guint i = 0; i < l->others->len; i++)
		if (((struct heard_run *)g_ptr_array_index(l->others, i))->run.id == m->fence_run.run)
			return;
	struct heard_run *h = g_new0(struct heard_run, 1);
	h->run.id = m->fence_run.run;
	h->run.device = arena_string(&h->arena, m->fence_run.device);
	h->run.type = arena_string(&h->arena, m->fence_run.type);
	h->run.action = arena_string(&h->arena, m->fence_run.action);
	h->run.member = arena_string(&h->arena, m->fence_run.member);
	h->run.target = arena_string(&h->arena, m->fence_run.target);
	g_ptr_array_add(l->others, h);
}

/* Its leader may be dead already, though it still counts as a member: then nobody puts on record what it came to. */
static void note_end(struct leader *l, const struct message *m)
{
	for (guint i = l->others->len; i > 0; i--) {
		struct heard_run *h = g_ptr_array_index(l->others, i - 1);
		if (h->run.id != m->fence_ran.run)
			continue;
		if (m->fence_ran.rc == 0)
			h->done = l->now.mono;
		else
			g_ptr_array_remove_index(l->others, i - 1);
	}
}

static void forget_runs(struct leader *l, const char *target)
{
	for (guint i = l->others->len; i > 0; i--) {
		const struct heard_run *h = g_ptr_array_index(l->others, i - 1);
		if (g_ascii_strcasecmp(h->run.target, target) == 0)
			g_ptr_array_remove_index(l->others, i - 1);
	}
}

void leader_fence_note(struct leader *l, const struct message *m)
{
	if (m->kind == MESSAGE_FENCE_RUN)
		note_run(l, m);
	else if (m->kind == MESSAGE_FENCE_RAN)
		note_end(l, m);
	else if (m->kind == MESSAGE_FENCED)
		forget_runs(l, m->fenced.target);
}

static bool has_quorum(const struct leader *l)
{
	return element_get_bool(document_root(l->common->document), NAME_HAVE_QUORUM, false);
}

void leader_fence_prune(struct leader *l)
{
	for (guint i = l->others->len; i > 0; i--) {
		const struct heard_run *h = g_ptr_array_index(l->others, i - 1);
		bool counts = mono_time_is_set(h->done) ? l->view->is_next && has_quorum(l)
							: view_part_by_name(l->view, h->run.member) != NULL;
		if (view_part_by_name(l->view, h->run.target) != NULL || !counts)
			g_ptr_array_remove_index(l->others, i - 1);
	}
}

void leader_fencing_configure(struct leader *l)
{
	const char *members[MESSAGE_MEMBERS_MAX];
	uint32_t count = 0;
	const struct view_part *self = view_part_by_id(l->view, l->view->self.node);
	members[count++] = self->name;
	for (uint32_t i = 0; i < l->view->part_count; i++)
		if (&l->view->parts[i] != self)
			members[count++] = l->view->parts[i].name;
	int64_t watchdog_ms = 0;
	if (l->cluster->options.have_watchdog)
		watchdog_ms = leader_option_ms(l, "fencing-watchdog-timeout", 0);
	fencing_configure(l->fencing, l->now.mono, l->input, (int64_t)(l->now.wall.ns / 1000000000u), members, count,
			  watchdog_ms);
}

static uint64_t begin(struct leader *l, const char *target, enum fence_action action, int64_t timeout_ms,
		      int64_t delay_ms, int64_t tolerance_ms, const char *client)
{
	const struct view_part *self = view_part_by_id(l->view, l->view->self.node);
	struct fence_request r = {
		.id = ++l->next_fence,
		.target = target,
		.action = action,
		.timeout_ms = timeout_ms,
		.delay_ms = delay_ms,
		.tolerance_ms = tolerance_ms,
		.origin = self->name,
		.client = client,
	};
	leader_log(l, MSG_FENCING_BEGINS, delay_ms > 0 ? "%s of %s, for %s, after %lld ms" : "%s of %s, for %s",
		   fence_action_word(action), target, client, (long long)delay_ms);
	fencing_begin(l->fencing, l->now.mono, &r);
	return r.id;
}

static void tell_begun(struct leader *l, const struct job *j)
{
	enum fence_action action = FENCE_REBOOT;
	struct message m = {.kind = MESSAGE_FENCING};
	(void)fence_action_parse(j->action, &action);
	m.fencing.target = j->node;
	m.fencing.client = j->client;
	m.fencing.origin = view_part_by_id(l->view, l->view->self.node)->name;
	m.fencing.action = (uint8_t)action;
	m.fencing.when = j->begun;
	l->ops.send(l->ops.host, &m);
}

void leader_fence_tell(struct leader *l)
{
	for (guint i = 0; i < l->jobs->len; i++) {
		const struct job *j = g_ptr_array_index(l->jobs, i);
		if (j->fence != 0)
			tell_begun(l, j);
	}
}

/* Before or after the fencing core has the request of that number. */
static struct job *add_job(struct leader *l, const char *target, enum fence_action action, uint64_t fence,
			   const char *client)
{
	struct job *j = job_add(l, target, "", fence_action_word(action), 0);
	j->fence = fence;
	j->client = g_strdup(client);
	j->begun = l->now.wall;
	tell_begun(l, j);
	return j;
}

static unsigned services_on(const struct node *n)
{
	unsigned count = 0;
	for (uint32_t i = 0; n->running != NULL && i < n->running->count; i++)
		count += !n->running->items[i]->fence_device;
	return count;
}

/* Of two nodes that would fence each other: the one with the resources of higher priority, else that with more of
 * them, else that with the lower number. Both know, since each knows what ran on the other. */
static bool yields(const struct node *us, const struct node *to, bool is_lower)
{
	if (us->priority != to->priority)
		return us->priority < to->priority;
	unsigned ours = services_on(us), theirs = services_on(to);
	return ours != theirs ? ours < theirs : !is_lower;
}

/* Two nodes that lose each other both have quorum (two_node), and each has the other fenced. Where nobody has said who
 * shall win, the one with less to lose gives the other a head start, or both would go down. */
static int64_t head_start_ms(const struct leader *l, const char *target)
{
	const struct node *us = NULL, *other = NULL;
	unsigned nodes = 0;
	const char *self = view_part_by_id(l->view, l->view->self.node)->name;
	for_each_node(n, l->cluster)
	{
		nodes += n->kind == NODE_CLUSTER;
		us = strcmp(n->name, self) == 0 ? n : us;
		other = strcmp(n->name, target) == 0 ? n : other;
	}
	if (nodes != 2 || us == NULL || other == NULL || us == other || l->view->part_count != 1 ||
	    l->cluster->options.priority_fencing_delay_ms > 0 || fencing_has_delays(l->fencing))
		return 0;
	return yields(us, other, strtoull(us->id, NULL, 10) < strtoull(other->id, NULL, 10)) ? HEAD_START_MS : 0;
}

void leader_fence(struct leader *l, const struct synapse *s)
{
	const char *target = s->event.on_node->name, *word = table_get(s->action->meta, "stonith_action");
	const char *delay = table_get(s->action->meta, "priority-fencing-delay");
	enum fence_action action = FENCE_REBOOT;
	int64_t delay_ms = 0;
	if (word == NULL || !fence_action_parse(word, &action))
		action = strcmp(l->cluster->options.fence_action, "off") == 0 ? FENCE_OFF : FENCE_REBOOT;
	if (delay != NULL)
		delay_ms = strtoll(delay, NULL, 10) * 1000;
	else if (action != FENCE_ON)
		delay_ms = head_start_ms(l, target);
	for (guint i = 0; i < l->jobs->len; i++) {
		struct job *j = g_ptr_array_index(l->jobs, i);
		if (j->fence != 0 && j->synapse == NULL && strcmp(j->node, target) == 0 &&
		    strcmp(j->action, fence_action_word(action)) == 0) {
			j->synapse = s; /* it is being done already */
			return;
		}
	}
	add_job(l, target, action, l->next_fence + 1, "the cluster")->synapse = s;
	(void)begin(l, target, action, l->cluster->options.fence_timeout_ms, delay_ms, 0, "the cluster");
}

static bool is_being_fenced(const struct leader *l, const char *target)
{
	for (guint i = 0; i < l->jobs->len; i++) {
		const struct job *j = g_ptr_array_index(l->jobs, i);
		if (j->fence != 0 && strcmp(j->node, target) == 0)
			return true;
	}
	return false;
}

void leader_fence_ask(struct leader *l, const struct message *m)
{
	if (m->fence_ask.confirm) {
		struct fence_request r = {
			.target = m->fence_ask.target, .action = FENCE_OFF, .client = m->fence_ask.client};
		if (!is_being_fenced(l, m->fence_ask.target))
			on_ended(l, &r, NULL, "manual", m->fence_ask.client);
		else
			fencing_confirm(l->fencing, l->now.mono, m->fence_ask.target);
		return;
	}
	int64_t timeout_ms = m->fence_ask.timeout_ms > 0 ? m->fence_ask.timeout_ms : FENCE_TIMEOUT_MS;
	uint64_t id = begin(l, m->fence_ask.target, (enum fence_action)m->fence_ask.action, timeout_ms,
			    m->fence_ask.delay_ms, m->fence_ask.tolerance_ms, m->fence_ask.client);
	(void)add_job(l, m->fence_ask.target, (enum fence_action)m->fence_ask.action, id, m->fence_ask.client);
}

/* On record: every job for it ends. After a failure it is tried again, but not for ever. */
static void fenced(struct leader *l, const struct message *m)
{
	const char *word = fence_action_word((enum fence_action)m->fenced.action);
	bool failed = m->fenced.why != NULL;
	for (guint i = l->jobs->len; i > 0; i--) {
		struct job *j = g_ptr_array_index(l->jobs, i - 1);
		bool same = strcmp(j->action, word) == 0 || (!failed && m->fenced.action != FENCE_ON);
		if (j->fence != 0 && strcmp(j->node, m->fenced.target) == 0 && same)
			job_end(l, j, failed);
	}
	if (!failed) {
		leader_log(l, MSG_FENCED_NODE, "%s, by %s at %s", m->fenced.target,
			   m->fenced.device != NULL ? m->fenced.device : "nobody",
			   m->fenced.member != NULL ? m->fenced.member : "no member");
		(void)g_hash_table_remove(l->attempts, m->fenced.target);
		fencing_remember(l->fencing, l->now.mono, m->fenced.target, (enum fence_action)m->fenced.action);
		return;
	}
	guint attempts = GPOINTER_TO_UINT(g_hash_table_lookup(l->attempts, m->fenced.target)) + 1;
	g_hash_table_insert(l->attempts, g_strdup(m->fenced.target), GUINT_TO_POINTER(attempts));
	const char *limit = leader_option(l, "fencing-max-attempts");
	long allowed = limit != NULL ? strtol(limit, NULL, 10) : FENCE_ATTEMPTS;
	leader_log(l, MSG_FENCING_FAILED, "%s of %s: %s (attempt %u)", word, m->fenced.target, m->fenced.why, attempts);
	if (allowed <= 0 || attempts < (guint)allowed)
		l->decide_at = mono_time_add_ms(l->now.mono, FENCE_AGAIN_MS);
}

/* The record was sent in an epoch that is over, and nobody took it. It is not sent again: the node may have come back
 * in the meantime, somewhere, and run what the record would let others start. Whether it still must be fenced is
 * decided anew. */
void leader_fence_begin(struct leader *l)
{
	for (guint i = l->jobs->len; i > 0; i--) {
		struct job *j = g_ptr_array_index(l->jobs, i - 1);
		if (j->is_fence_told)
			job_end(l, j, true);
	}
}

void leader_fence_heard(struct leader *l, const struct message *m)
{
	if (m->kind == MESSAGE_FENCE_ASK && l->cluster != NULL) /* else it is unusable, and that was said */
		leader_fence_ask(l, m);
	else if (m->kind == MESSAGE_FENCE_RAN)
		fencing_ran(l->fencing, l->now.mono, m->fence_ran.run, m->fence_ran.rc, m->fence_ran.output,
			    m->fence_ran.reason);
	else if (m->kind == MESSAGE_FENCED)
		fenced(l, m);
	else if (m->kind == MESSAGE_QUORUM && !m->quorate)
		fencing_unlearn_runs(l->fencing);
}
