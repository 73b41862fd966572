/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a change of the group to an agreement. */
#include "controller/controller-internal.h"
#include "transition/result.h"

#include <string.h>

void controller_state_ourselves(struct controller *c)
{
	struct arena arena = {0};
	struct message m = {.kind = MESSAGE_STATEMENT};
	struct statement *s = &m.statement;
	char digest[33];
	for (uint32_t i = 0; i < c->view.part_count; i++)
		s->members[i] = c->view.parts[i].member;
	s->member_count = c->view.part_count;
	s->serial = ++c->serial;
	s->name = c->name;
	s->feature_set = RESULT_FEATURE_SET;
	s->release = c->release;
	s->joined = c->view.joined;
	s->version = cib_version_of(document_root(c->common.document));
	cluster_state_digest(&c->common, digest);
	s->digest = digest;
	s->last_epoch = c->view.epoch;
	s->quorate = c->quorate;
	s->cores = c->config.cores;
	s->history = cluster_state_own_history(&c->common, c->name, &arena);
	s->start_state = c->start_state;
	controller_send(c, &m);
	arena_fini(&arena);
}

static uint32_t nodelist(const struct controller *c, struct nodelist_entry *ret)
{
	uint32_t count = 0;
	for (guint i = 0; i < c->nodes->len && count < MESSAGE_MEMBERS_MAX; i++) {
		const struct node_entry *n = g_ptr_array_index(c->nodes, i);
		bool in_ring = false;
		for (uint32_t k = 0; k < c->ring_count; k++)
			in_ring = in_ring || node_id_eq(c->ring[k], n->node);
		ret[count++] = (struct nodelist_entry){.node = n->node, .name = n->name, .in_ring = in_ring};
	}
	return count;
}

void controller_take_ring(struct controller *c, const node_id *ring, uint32_t count)
{
	node_id before[MESSAGE_MEMBERS_MAX];
	uint32_t before_count = c->ring_count;
	memcpy(before, c->ring, before_count * sizeof(*before));
	c->ring_count = count < MESSAGE_MEMBERS_MAX ? count : MESSAGE_MEMBERS_MAX;
	memcpy(c->ring, ring, c->ring_count * sizeof(*ring));
	controller_alert_ring(c, before, before_count);
}

void controller_ring(struct controller *c, struct instant now, const node_id *ring, uint32_t ring_count)
{
	struct nodelist_entry nodes[MESSAGE_MEMBERS_MAX];
	c->now = now;
	controller_take_ring(c, ring, ring_count);
	if (c->view.state == VIEW_AGREED && view_is_leader(&c->view))
		leader_ring(c->leader, c->now, nodes, nodelist(c, nodes));
	controller_rearm(c);
}

static void send_agreement(struct controller *c, const struct document *configuration)
{
	struct nodelist_entry nodes[MESSAGE_MEMBERS_MAX];
	struct arena arena = {0};
	struct message m = {.kind = MESSAGE_AGREEMENT, .epoch = view_next_epoch(&c->view)};
	cluster_state_compose(&c->common, &c->view, configuration, nodes, nodelist(c, nodes), &arena, &m.agreement);
	controller_send(c, &m);
	arena_fini(&arena);
}

static void send_configuration(struct controller *c)
{
	struct message m = {.kind = MESSAGE_CONFIGURATION};
	GString *text = g_string_new(NULL);
	char digest[33];
	archive_text(c->common.document, text, digest);
	m.configuration.document = text->str;
	m.configuration.version = cib_version_of(document_root(c->common.document));
	controller_send(c, &m);
	(void)g_string_free(text, TRUE);
}

static void hear_statement(struct controller *c, const struct member *sender, const struct message *m)
{
	if (!view_state_of(&c->view, *sender, &m->statement))
		return;
	bool won = node_id_eq(c->view.winner, c->view.self.node);
	controller_log(c, MSG_MEMBERS_STATED, "%u members, leader %u, configuration of %u", c->view.part_count,
		       c->view.leader.v, c->view.winner.v);
	if (view_is_leader(&c->view) && won)
		send_agreement(c, c->common.document);
	else if (won)
		send_configuration(c);
}

static void hear_configuration(struct controller *c, const struct member *sender, const struct message *m)
{
	struct document *d;
	struct error error;
	if (c->view.state != VIEW_STATED || !view_is_leader(&c->view) || !node_id_eq(sender->node, c->view.winner))
		return;
	if (archive_read(m->configuration.document, strlen(m->configuration.document), "the winner's configuration",
			 NULL, &d, &error) != ERR_OK) {
		controller_log(c, MSG_MEMBER_MESSAGE_BAD, "%s", error.text);
		return;
	}
	send_agreement(c, d);
	document_free(d);
}

static void take_over(struct controller *c, struct document *d, const struct agreement *a)
{
	struct cib_version before = cib_version_of(document_root(c->common.document));
	cluster_state_take_document(&c->common, d);
	cluster_state_take_rest(&c->common, a);
	struct cib_version now = cib_version_of(document_root(d));
	c->applied = 0;
	c->idle = false;
	c->worked_at = c->idle_told = 0;
	c->digest_count = 0;
	memset(c->stored, 0, sizeof(c->stored));
	before.num_updates = now.num_updates = 0;
	if (cib_version_compare(before, now) != 0 || cib_version_compare(c->own_stored, now) != 0) {
		controller_store(c, "agreement", NULL);
	} else {
		struct message m = {.kind = MESSAGE_STORED, .stored = c->own_stored};
		controller_send(c, &m);
	}
}

static void hear_agreement(struct controller *c, const struct member *sender, const struct message *m)
{
	struct document *d;
	struct error error;
	struct nodelist_entry nodes[MESSAGE_MEMBERS_MAX];
	if (!view_agree(&c->view, *sender, &m->agreement, m->epoch))
		return;
	if (document_parse(m->agreement.document, strlen(m->agreement.document), "the agreement", &d, &error) !=
	    ERR_OK) {
		controller_log(c, MSG_MEMBER_MESSAGE_BAD, "%s", error.text);
		c->ops.leave(c->ops.host, LEAVE_BROKEN);
		return;
	}
	take_over(c, d, &m->agreement);
	controller_log(c, MSG_MEMBERS_AGREED, "epoch %llu, %u members, leader %u", (unsigned long long)c->view.epoch,
		       c->view.part_count, c->view.leader.v);
	struct happening h = {.kind = HAPPENING_LEADER,
			      .when = c->now.wall,
			      .node = view_part_by_id(&c->view, c->view.leader)->name,
			      .node_id = c->view.leader.v};
	c->ops.tell(c->ops.host, &h);
	c->told_quorate = element_get_bool(document_root(d), NAME_HAVE_QUORUM, false);
	local_agreed(c->local, true);
	wishes_resend(c);
	if (view_is_leader(&c->view)) {
		leader_begin(c->leader, c->now, nodes, nodelist(c, nodes));
	} else {
		leader_resign(c->leader);
		leader_follow(c->leader, nodes, nodelist(c, nodes));
	}
	controller_keep(c);
}

void controller_hear_agreeing(struct controller *c, const struct member *sender, const struct message *m)
{
	if (m->kind == MESSAGE_STATEMENT)
		hear_statement(c, sender, m);
	else if (m->kind == MESSAGE_CONFIGURATION)
		hear_configuration(c, sender, m);
	else
		hear_agreement(c, sender, m);
}
