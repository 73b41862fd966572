/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a change of the group to an agreement. */
#include "base/version.h"
#include "cib/upgrade.h"
#include "controller/controller-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *configuration_digest(const struct document *d, struct arena *arena)
{
	GString *text = g_string_new(NULL);
	if (document_configuration(d) != NULL)
		element_print_flat(document_configuration(d), text);
	char *sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, text->str, (gssize)text->len);
	const char *copy = arena_string(arena, sum);
	g_free(sum);
	(void)g_string_free(text, TRUE);
	return copy;
}

void controller_state_ourselves(struct controller *c)
{
	struct arena arena = {0};
	struct message m = {.kind = MESSAGE_STATEMENT};
	struct statement *s = &m.statement;
	for (uint32_t i = 0; i < c->view.part_count; i++)
		s->members[i] = c->view.parts[i].member;
	s->member_count = c->view.part_count;
	s->serial = ++c->serial;
	s->name = c->name;
	s->feature_set = CIB_FEATURE_SET;
	s->release = c->release;
	s->joined = c->view.joined;
	s->version = cib_version_of(document_root(c->common.document));
	s->digest = configuration_digest(c->common.document, &arena);
	s->last_epoch = c->view.epoch;
	s->lineage = c->lineage;
	s->promise = c->promise;
	s->settled = c->is_settled;
	s->quorate = c->quorate;
	s->cores = c->config.cores;
	s->when = c->now.wall;
	s->history = cluster_state_own_history(&c->common, c->name, &arena);
	s->start_state = c->start_state;
	controller_send(c, &m);
	arena_fini(&arena);
}

static bool has_node(const node_id *nodes, uint32_t count, node_id node)
{
	for (uint32_t i = 0; i < count; i++)
		if (node_id_eq(nodes[i], node))
			return true;
	return false;
}

static uint32_t nodelist(const struct controller *c, struct nodelist_entry *ret)
{
	uint32_t count = 0;
	for (guint i = 0; i < c->nodes->len && count < MESSAGE_MEMBERS_MAX; i++) {
		const struct node_entry *n = g_ptr_array_index(c->nodes, i);
		ret[count++] = (struct nodelist_entry){
			.node = n->node, .name = n->name, .in_ring = has_node(c->ring, c->ring_count, n->node)};
	}
	return count;
}

void controller_machine_lost(struct controller *c, node_id node)
{
	if (has_node(c->ring, c->ring_count, node) && !has_node(c->lost, c->lost_count, node) &&
	    c->lost_count < MESSAGE_MEMBERS_MAX)
		c->lost[c->lost_count++] = node;
}

/* Machines of which both the group and quorum say the same, or that are back. */
static void forget_lost(struct controller *c)
{
	for (uint32_t i = c->lost_count; i > 0; i--) {
		node_id node = c->lost[i - 1];
		if (!has_node(c->ring, c->ring_count, node) || view_part_by_id(&c->view, node) != NULL)
			c->lost[i - 1] = c->lost[--c->lost_count];
	}
}

/* What was said of quorum last was said of another ring than the group's. */
static bool is_quorum_old(const struct controller *c)
{
	for (uint32_t i = 0; i < c->view.part_count; i++)
		if (!has_node(c->ring, c->ring_count, c->view.parts[i].member.node))
			return true;
	return c->lost_count > 0;
}

void controller_state_when_sure(struct controller *c)
{
	bool due = mono_time_is_set(c->state_by) && !mono_time_before(c->now.mono, c->state_by);
	forget_lost(c);
	if (is_quorum_old(c) && !due) {
		if (!mono_time_is_set(c->state_by))
			c->state_by = mono_time_add_ms(c->now.mono, QUORUM_PATIENCE_MS);
		return;
	}
	c->lost_count = 0;
	c->state_by = (mono_time){0};
	controller_state_ourselves(c);
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
	if (mono_time_is_set(c->state_by))
		controller_state_when_sure(c);
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
	m.agreement.lineage = view_next_lineage(&c->view);
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

static void refuse(struct controller *c, const char *what, const char *why)
{
	controller_log(c, MSG_MEMBER_REFUSED, "%s: %s", what, why);
	c->ops.leave(c->ops.host, LEAVE_REFUSED);
}

/* Who leads decides by rules that all must know: with an older leader a newer member waits until the others follow. */
static bool is_too_old_for(struct controller *c, const struct view_part *leader)
{
	char why[128];
	if (version_compare(leader->feature_set, CIB_FEATURE_SET) <= 0)
		return false;
	(void)snprintf(why, sizeof(why), "it leads with crm_feature_set %.40s, and this release knows %s",
		       leader->feature_set, CIB_FEATURE_SET);
	refuse(c, leader->name, why);
	return true;
}

/* A message that was long on its way makes its sender's clock seem late: hence the tolerance. */
static void note_clock(struct controller *c, const struct member *sender, const struct statement *s)
{
	uint32_t place = controller_place_of(c, sender);
	if (place < MESSAGE_MEMBERS_MAX)
		c->ahead_ms[place] = ((int64_t)s->when.ns - (int64_t)c->now.wall.ns) / 1000000;
}

static void tell_clocks(struct controller *c)
{
	for (uint32_t i = 0; i < c->view.part_count; i++) {
		int64_t ahead_ms = c->ahead_ms[i];
		if (ahead_ms > CLOCK_TOLERANCE_MS || ahead_ms < -CLOCK_TOLERANCE_MS)
			controller_log(c, MSG_CLOCKS_DIFFER, "%s is %lld s %s %s", c->view.parts[i].name,
				       (long long)llabs(ahead_ms) / 1000, ahead_ms > 0 ? "ahead of" : "behind",
				       c->name);
	}
}

static void hear_statement(struct controller *c, const struct member *sender, const struct message *m)
{
	bool all = view_state_of(&c->view, *sender, &m->statement);
	note_clock(c, sender, &m->statement);
	if (!all)
		return;
	if (is_too_old_for(c, view_part_by_id(&c->view, c->view.leader)))
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
	if (cib_check_age(d, &error) == ERR_OK)
		send_agreement(c, d);
	else
		refuse(c, "the winner's configuration", error.text);
	document_free(d);
}

static void take_over(struct controller *c, struct document *d, const struct agreement *a)
{
	struct cib_version before = cib_version_of(document_root(c->common.document));
	wishes_doubt(c);
	cluster_state_take_document(&c->common, d);
	cluster_state_take_rest(&c->common, a);
	c->applied = 0;
	c->idle = false;
	c->worked_at = c->idle_told = 0;
	c->digest_count = 0;
	disks_begin(c, d, a, before);
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
	if (cib_check_age(d, &error) != ERR_OK) {
		document_free(d);
		refuse(c, "the agreed configuration", error.text);
		return;
	}
	take_over(c, d, &m->agreement);
	tell_clocks(c);
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
