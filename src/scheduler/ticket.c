/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/constraints.h"
#include "scheduler/index.h"
#include "scheduler/ledger.h"
#include "scheduler/sets.h"
#include "scheduler/tags.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct ticket *ticket_get(struct cluster *c, const char *id)
{
	if (c->ticket_ids == NULL)
		c->ticket_ids = id_index_new(&c->arena, false);
	struct ticket *ticket = id_index_get(c->ticket_ids, id);
	if (ticket != NULL)
		return ticket;
	ticket = arena_new(&c->arena, struct ticket);
	ticket->id = id;
	ticket->last_granted = -1;
	ticket->state = table_new(&c->arena);
	c->tickets = arena_room(&c->arena, c->tickets, sizeof(struct ticket *), c->ticket_count, &c->ticket_room, 4);
	c->tickets[c->ticket_count++] = ticket;
	(void)id_index_add(c->ticket_ids, id, ticket);
	return ticket;
}

void ticket_state_unpack(struct cluster *c, const struct element *e)
{
	const char *id = element_id(e);
	if (id == NULL || *id == '\0')
		return;
	struct ticket *ticket = ticket_get(c, id);
	for (unsigned i = 0; i < e->attribute_count; i++)
		if (e->attributes[i].name != NAME_ID)
			table_set(ticket->state, document_name_text(e->document, e->attributes[i].name),
				  e->attributes[i].value);
	bool granted = false, standby = false;
	(void)cib_parse_bool(element_get_or(e, NAME_GRANTED, ""), &granted);
	(void)cib_parse_bool(element_get_or(e, NAME_STANDBY, ""), &standby);
	ticket->granted = granted;
	ticket->standby = standby;
	const char *since = element_get(e, NAME_LAST_GRANTED);
	if (since != NULL)
		ticket->last_granted = strtoll(since, NULL, 10);
}

/* --- what a missing ticket means --- */

static void ban(struct resource *r, const char *tag)
{
	resource_add_score(r, -SCORE_INFINITY, NULL, tag);
}

/* r is active and the ticket is gone. */
static void ticket_lost(struct resource *r, const struct ticket_constraint *t)
{
	bool role_matches = t->role == ROLE_UNKNOWN || t->role == r->role;
	switch (t->loss) {
	case TICKET_STOP:
		ban(r, "__loss_of_ticket__");
		break;
	case TICKET_DEMOTE:
		if (t->role != ROLE_PROMOTED)
			ban(r, "__loss_of_ticket__");
		break;
	case TICKET_FENCE:
		if (!role_matches)
			break;
		ban(r, "__loss_of_ticket__");
		for (uint32_t i = 0; i < r->active.count; i++)
			node_must_be_fenced(r->cluster, r->active.items[i], "deadman ticket was lost", false);
		break;
	case TICKET_FREEZE:
		if (!role_matches)
			break;
		resource_unmanage(r);
		r->blocked = true;
		break;
	}
}

static void ticket_apply(struct resource *r, const struct ticket_constraint *t)
{
	if (r->children.count > 0) {
		for_each_child_of(child, r) ticket_apply(child, t);
		return;
	}
	bool granted = t->ticket->granted;
	if (!granted && r->active.count > 0)
		ticket_lost(r, t);
	else if (t->role != ROLE_PROMOTED || t->loss == TICKET_STOP)
		ban(r, granted ? "__ticket_standby__" : "__no_ticket__");
}

static bool is_missing(const struct ticket *t)
{
	return !t->granted || t->standby;
}

void ticket_require_promotion(struct resource *r)
{
	for (uint32_t i = 0; i < r->ticket_count; i++)
		if (r->tickets[i]->role == ROLE_PROMOTED && is_missing(r->tickets[i]->ticket))
			ban(r, "__stateful_without_ticket__");
}

/* --- reading --- */

static enum ticket_loss loss_parse(struct cluster *c, const char *word, const char *ticket, enum role role)
{
	enum ticket_loss otherwise = role == ROLE_PROMOTED ? TICKET_DEMOTE : TICKET_STOP;
	if (word == NULL)
		return otherwise;
	if (strcasecmp(word, "fence") == 0) {
		if (c->options.fencing_enabled)
			return TICKET_FENCE;
		cluster_complain(c, NULL, true,
				 "Resetting 'loss-policy' for ticket '%s' to 'stop' because fencing is not configured",
				 ticket);
		return TICKET_STOP;
	}
	if (strcasecmp(word, "freeze") == 0)
		return TICKET_FREEZE;
	if (strcasecmp(word, "demote") == 0)
		return TICKET_DEMOTE;
	return strcasecmp(word, "stop") == 0 ? TICKET_STOP : otherwise;
}

static void ticket_need(struct cluster *c, const char *id, struct resource *r, struct ticket *ticket,
			const char *role_word, const char *loss)
{
	enum role role;
	if (!constraint_role_parse(c, id, role_word, &role))
		return;
	struct ticket_constraint *t = arena_new(&c->arena, struct ticket_constraint);
	*t = (struct ticket_constraint){.id = id, .ticket = ticket, .rsc = r, .role = role};
	t->loss = loss_parse(c, loss, ticket->id, role);
	r->tickets = arena_room(&c->arena, r->tickets, sizeof(*r->tickets), r->ticket_count, &r->ticket_room, 4);
	r->tickets[r->ticket_count++] = t;
	if (is_missing(ticket))
		ticket_apply(r, t);
}

static bool unpack_set(struct cluster *c, const struct element *e, const struct constraint_set *set,
		       struct ticket *ticket)
{
	for (uint32_t i = 0; i < set->ref_count; i++) {
		struct resource *r = constraint_resource(c, set->refs[i]);
		if (r == NULL) {
			cluster_complain(c, e, true, "%s: No resource found for %s", set->id, set->refs[i]);
			return false;
		}
		ticket_need(c, set->id, r, ticket, set->role, element_get(e, NAME_LOSS_POLICY));
	}
	return true;
}

static void unpack_simple(struct cluster *c, const struct element *e, struct ticket *ticket)
{
	const char *id = element_get(e, NAME_RSC), *role = element_get(e, NAME_RSC_ROLE);
	struct reference ref;
	if (id == NULL) {
		cluster_complain(c, e, true, "Ignoring constraint '%s' without resource", element_id(e));
		return;
	}
	if (!reference_resolve(c, e, id, &ref))
		return;
	if (ref.rsc != NULL) {
		ticket_need(c, element_id(e), ref.rsc, ticket, role, element_get(e, NAME_LOSS_POLICY));
		return;
	}
	struct constraint_set set = reference_set(c, id, &ref, role, NULL);
	(void)unpack_set(c, e, &set, ticket);
}

void ticket_unpack(struct cluster *c, const struct element *e)
{
	const char *id = element_get(e, NAME_TICKET);
	if (id == NULL || *id == '\0') {
		cluster_complain(c, e, true, "Ignoring constraint '%s' without ticket", element_id(e));
		return;
	}
	struct ticket *ticket = ticket_get(c, id);
	struct constraint_sets sets;
	if (!sets_read(c, e, &sets)) {
		unpack_simple(c, e, ticket);
		return;
	}
	for (uint32_t i = 0; i < sets.count; i++)
		if (!unpack_set(c, e, &sets.items[i], ticket))
			return;
}
