/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wishes of clients: sent, applied, on every member's disk, answered. */
#include "controller/controller-internal.h"
#include "rules/interval.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_TIMEOUT = 124 };

void wish_free(void *wish)
{
	struct wish *w = wish;
	if (w->message != NULL)
		(void)g_byte_array_unref(w->message);
	arena_fini(&w->arena);
	g_free(w->text);
	g_free(w);
}

static void answer(struct controller *c, struct wish *w, int exit_code, const char *text)
{
	struct answer a = {
		.id = w->id, .verdict = w->verdict, .exit_code = exit_code, .text = text != NULL ? text : ""};
	c->ops.answer(c->ops.host, &a);
	g_ptr_array_remove(c->wishes, w);
}

static struct wish *find(const struct controller *c, uint64_t id)
{
	for (guint i = 0; i < c->wishes->len; i++) {
		struct wish *w = g_ptr_array_index(c->wishes, i);
		if (w->id == id)
			return w;
	}
	return NULL;
}

void controller_drop(struct controller *c, uint64_t request)
{
	struct wish *w = find(c, request);
	if (w != NULL)
		g_ptr_array_remove(c->wishes, w);
}

static void send(struct controller *c, struct wish *w)
{
	if (w->message == NULL || w->applied || c->view.state != VIEW_AGREED)
		return;
	controller_send(c, &w->what);
}

/* Whether all that we had is in what the members agree on. */
static bool is_kept(const struct controller *c)
{
	const struct view_part *own = view_part_by_id(&c->view, c->view.self.node);
	const struct view_part *winner = view_part_by_id(&c->view, c->view.winner);
	if (view_same_configuration(own, winner))
		return true;
	/* It went on in the epoch that we were in: its members make the same changes in the same order. */
	return c->epoch_lineage != 0 && own->lineage == c->epoch_lineage && winner->lineage == own->lineage &&
	       cib_version_compare(winner->version, own->version) >= 0;
}

void wishes_doubt(struct controller *c)
{
	bool kept = is_kept(c);
	for (guint i = 0; i < c->wishes->len; i++) {
		struct wish *w = g_ptr_array_index(c->wishes, i);
		if (w->kind == REQUEST_CHANGE && !kept)
			w->applied = false;
	}
}

void wishes_resend(struct controller *c)
{
	for (guint i = 0; i < c->wishes->len; i++)
		send(c, g_ptr_array_index(c->wishes, i));
}

/* Members that do not have the version on disk; names, for people. */
static uint32_t lacking(const struct controller *c, struct cib_version version, GString *ret_names)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < c->view.part_count; i++) {
		if (!disks_lack(c, i, version))
			continue;
		if (ret_names != NULL)
			g_string_append_printf(ret_names, "%s%s", count > 0 ? ", " : "", c->view.parts[i].name);
		count++;
	}
	return count;
}

static bool is_past(const struct controller *c, mono_time due)
{
	return mono_time_is_set(due) && !mono_time_before(c->now.mono, due);
}

/* True when it was answered. */
static bool look_at_change(struct controller *c, struct wish *w)
{
	if (!w->applied || c->view.state != VIEW_AGREED)
		return false;
	uint32_t without = w->kind == REQUEST_CHANGE ? lacking(c, w->version, NULL) : 0;
	if (without > 0 && !is_past(c, w->due))
		return false;
	GString *text = g_string_new(NULL);
	int code = EXIT_DONE;
	if (without > 0) {
		g_string_append(text, "the change is in force, but not on the disk of ");
		(void)lacking(c, w->version, text);
		g_string_append(text, ": look at the space and the permissions of /var/lib/hale there");
		code = without == c->view.part_count ? EXIT_FAILED : EXIT_DONE;
	}
	answer(c, w, code, text->str);
	(void)g_string_free(text, TRUE);
	return true;
}

static bool look_at_wait(struct controller *c, struct wish *w)
{
	bool idle = c->view.state == VIEW_AGREED && c->idle;
	if (!idle && !is_past(c, w->due))
		return false;
	answer(c, w, idle ? EXIT_DONE : EXIT_TIMEOUT, idle ? "" : "the cluster is still busy");
	return true;
}

void wishes_look(struct controller *c)
{
	for (guint i = 0; i < c->wishes->len;) {
		struct wish *w = g_ptr_array_index(c->wishes, i);
		bool answered = false;
		if (w->kind == REQUEST_WAIT)
			answered = look_at_wait(c, w);
		else if (w->kind == REQUEST_FENCE && is_past(c, w->due)) {
			answer(c, w, EXIT_TIMEOUT, "fencing has not ended in time");
			answered = true;
		} else if (w->kind != REQUEST_FENCE) {
			answered = look_at_change(c, w);
		}
		if (!answered)
			i++;
	}
}

void wishes_applied(struct controller *c, const struct cluster_state_answer *a)
{
	struct wish *w = find(c, a->request);
	if (w == NULL || w->applied)
		return;
	w->applied = true;
	w->verdict = a->verdict;
	if (a->verdict != EDIT_DONE) {
		answer(c, w, edit_verdict_exit(a->verdict), a->text);
		return;
	}
	if (w->kind == REQUEST_FENCE)
		return;
	if (w->kind == REQUEST_CHANGE)
		w->version = cib_version_of(document_root(c->common.document));
	w->due = mono_time_add_ms(c->now.mono, STORE_PATIENCE_MS);
	wishes_look(c);
}

void wishes_fenced(struct controller *c, const struct message *m)
{
	for (guint i = 0; i < c->wishes->len;) {
		struct wish *w = g_ptr_array_index(c->wishes, i);
		if (w->kind != REQUEST_FENCE || strcmp(w->target, m->fenced.target) != 0) {
			i++;
			continue;
		}
		answer(c, w, m->fenced.why == NULL ? EXIT_DONE : EXIT_FAILED, m->fenced.why);
	}
}

/* A change that was applied waits for disks only while all are agreed; in between there is nothing to look at. */
static bool is_timed(const struct controller *c, const struct wish *w)
{
	bool is_change = w->kind != REQUEST_WAIT && w->kind != REQUEST_FENCE;
	return mono_time_is_set(w->due) && (!is_change || (w->applied && c->view.state == VIEW_AGREED));
}

mono_time wishes_due(const struct controller *c)
{
	mono_time t = {0};
	for (guint i = 0; i < c->wishes->len; i++) {
		const struct wish *w = g_ptr_array_index(c->wishes, i);
		if (is_timed(c, w))
			t = mono_time_first(t, w->due);
	}
	return t;
}

/* --- from a request to a message --- */

static void fill_attribute(struct message *m, uint64_t id, const struct attribute_change *a)
{
	m->kind = MESSAGE_ATTRIBUTE;
	m->attribute.request = id;
	m->attribute.node = a->node;
	m->attribute.name = a->name;
	m->attribute.value = a->value;
	m->attribute.set = a->set;
	m->attribute.delay_ms = a->delay_ms;
	m->attribute.private_ = a->private_;
	m->attribute.utilization = a->utilization;
	m->attribute.is_pattern = a->is_pattern;
	m->attribute.delay_only = a->delay_only;
}

static void fill_fence(struct message *m, const struct request *r)
{
	m->kind = MESSAGE_FENCE_ASK;
	m->fence_ask.request = r->id;
	m->fence_ask.target = r->fence.target;
	m->fence_ask.action = r->fence.action;
	m->fence_ask.timeout_ms = r->fence.timeout_ms;
	m->fence_ask.delay_ms = r->fence.delay_ms;
	m->fence_ask.tolerance_ms = r->fence.tolerance_ms;
	m->fence_ask.confirm = r->fence.confirm;
	m->fence_ask.client = r->fence.client;
}

static void fill_forget(struct message *m, const struct controller *c, const struct request *r)
{
	m->kind = MESSAGE_FORGET;
	m->forget.request = r->id;
	m->forget.what = r->forget.what;
	m->forget.rsc = r->forget.rsc;
	m->forget.node = r->forget.node;
	m->forget.action = r->forget.action;
	m->forget.interval_ms = r->forget.interval_ms;
	m->forget.when = c->now.wall;
}

/* False: nothing is to be sent. */
static bool fill(struct controller *c, struct message *m, const struct request *r)
{
	switch (r->kind) {
	case REQUEST_CHANGE:
		m->kind = MESSAGE_CHANGE;
		m->change.request = r->id;
		m->change.edit = r->change.edit;
		m->change.by = r->change.by;
		return true;
	case REQUEST_ATTRIBUTE:
		fill_attribute(m, r->id, &r->attribute);
		return true;
	case REQUEST_FENCE:
		fill_fence(m, r);
		return true;
	case REQUEST_FORGET:
		fill_forget(m, c, r);
		return true;
	case REQUEST_FAIL:
	case REQUEST_WAIT:
	case REQUEST_SHUTDOWN:
		break;
	}
	return false;
}

/* The message is kept as bytes and read back, so that it borrows nothing of the caller's. */
static bool keep_message(struct wish *w, const struct message *m)
{
	struct error error;
	w->message = g_byte_array_new();
	message_encode(m, w->message);
	return message_decode(bytes_of(w->message->data, w->message->len), &w->arena, &w->what, &error) == ERR_OK;
}

enum { FENCE_PATIENCE_MS = 600000 };

static void plan(struct controller *c, struct wish *w, const struct request *r)
{
	if (r->kind == REQUEST_WAIT)
		w->due = mono_time_add_ms(c->now.mono, (uint64_t)(r->wait_ms > 0 ? r->wait_ms : 0));
	if (r->kind == REQUEST_FENCE) {
		w->target = w->what.fence_ask.target;
		w->action = w->what.fence_ask.action;
		w->due = mono_time_add_ms(c->now.mono, FENCE_PATIENCE_MS);
	}
}

static void plan_escalation(struct controller *c)
{
	const char *text = document_option(c->common.document, "shutdown-escalation", NULL);
	int64_t ms = SHUTDOWN_ESCALATION_MS;
	if (text != NULL)
		(void)interval_parse_ms(text, &ms);
	if (ms > 0 && !mono_time_is_set(c->leave_by))
		c->leave_by = mono_time_add_ms(c->now.mono, (uint64_t)ms);
}

void wishes_escalate(struct controller *c)
{
	if (c->leaving || !is_past(c, c->leave_by))
		return;
	c->leave_by = (mono_time){0};
	controller_keep_now(c); /* what runs here goes on: the next manager of this node must know of it */
	c->leaving = true;
	GString *awaited = g_string_new(NULL);
	view_tell_awaited(&c->view, awaited);
	controller_log(c, MSG_SHUTDOWN_HURRIED, "shutdown-escalation has passed, waiting for %s",
		       awaited->len > 0 ? awaited->str : "the leader's word that nothing runs here any more");
	(void)g_string_free(awaited, TRUE);
	c->ops.leave(c->ops.host, LEAVE_DONE);
}

static void shut_down(struct controller *c, const struct request *r)
{
	char when[24];
	plan_escalation(c);
	(void)snprintf(when, sizeof(when), "%llu", (unsigned long long)(c->now.wall.ns / 1000000000u));
	struct request own = {.id = r->id, .kind = REQUEST_ATTRIBUTE};
	own.attribute = (struct attribute_change){.node = c->name, .name = "shutdown", .value = when};
	controller_request(c, c->now, &own);
}

void controller_request(struct controller *c, struct instant now, const struct request *r)
{
	struct message m = {0};
	c->now = now;
	if (r->kind == REQUEST_SHUTDOWN) {
		shut_down(c, r);
		return;
	}
	struct wish *w = g_new0(struct wish, 1);
	w->id = r->id;
	w->kind = r->kind;
	g_ptr_array_add(c->wishes, w);
	if (r->kind == REQUEST_FAIL) {
		struct error error = {.text = ""};
		enum err e = local_fail(c->local, now.wall, r->fail.rsc, r->fail.node, &error);
		w->verdict = e == ERR_OK ? EDIT_DONE : EDIT_ABSENT;
		answer(c, w, e == ERR_OK ? EXIT_DONE : edit_verdict_exit(EDIT_ABSENT), error.text);
		return;
	}
	if (fill(c, &m, r) && !keep_message(w, &m)) {
		w->verdict = EDIT_MALFORMED;
		answer(c, w, edit_verdict_exit(EDIT_MALFORMED), "the request is too large or not valid");
		return;
	}
	plan(c, w, r);
	send(c, w);
	wishes_look(c);
	controller_rearm(c);
}
