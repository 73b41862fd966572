/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/move-constraint.h"

#include "rules/moment.h"

#include <string.h>

#define BAN    "cli-ban-"
#define PREFER "cli-prefer-"

static void set_id(struct element *e, const char *first, const char *last)
{
	char *text = g_strconcat(first, last, NULL);
	element_set(e, NAME_ID, text);
	g_free(text);
}

/* For a time only: a rule. Its ids are where other tools look for them. */
static void put_rule(struct element *constraint, const struct move_constraint *c, const char *score, bool is_ban)
{
	const char *id = element_id(constraint);
	struct element *rule = element_add(constraint, NAME_RULE);
	if (is_ban)
		set_id(rule, id, "-rule");
	else
		set_id(rule, PREFER "rule-", c->rsc);
	element_set(rule, NAME_SCORE, score);
	element_set(rule, NAME_BOOLEAN_OP, "and");
	struct element *e = element_add(rule, NAME_EXPRESSION);
	if (is_ban)
		set_id(e, id, "-expr");
	else
		set_id(e, PREFER "expr-", c->rsc);
	element_set(e, NAME_ATTRIBUTE, "#uname");
	element_set(e, NAME_OPERATION, "eq");
	element_set(e, NAME_VALUE, c->node);
	element_set(e, document_name(constraint->document, "type"), "string");
	struct element *end = element_add(rule, NAME_DATE_EXPRESSION);
	if (is_ban)
		set_id(end, id, "-lifetime");
	else
		set_id(end, PREFER "lifetime-end-", c->rsc);
	element_set(end, NAME_OPERATION, "lt");
	element_set(end, NAME_END, c->until);
}

/* Where one with this id stands, or at the end. */
static struct element *place_for(struct document *d, const char *id)
{
	struct element *old = document_by_id(d, id), *all = document_section(d, NAME_CONSTRAINTS);
	if (all == NULL)
		all = element_add(document_configuration(d), NAME_CONSTRAINTS);
	if (old == NULL || old->parent != all)
		return element_add(all, NAME_RSC_LOCATION);
	struct element *now = element_new(d, NAME_RSC_LOCATION);
	element_insert(all, now, old);
	element_remove(old);
	return now;
}

static void put(struct document *d, const struct move_constraint *c, const char *id, bool is_ban)
{
	const char *score = is_ban ? "-INFINITY" : "INFINITY";
	struct element *e = place_for(d, id);
	element_set(e, NAME_ID, id);
	element_set(e, NAME_RSC, c->rsc);
	element_set(e, NAME_ROLE, c->role);
	if (c->until != NULL) {
		put_rule(e, c, score, is_ban);
		return;
	}
	element_set(e, NAME_NODE, c->node);
	element_set(e, NAME_SCORE, score);
}

void move_prefer(struct document *d, const struct move_constraint *c)
{
	char *id = g_strconcat(PREFER, c->rsc, NULL);
	put(d, c, id, false);
	g_free(id);
}

void move_ban(struct document *d, const struct move_constraint *c)
{
	char *id = g_strconcat(BAN, c->rsc, "-on-", c->node, NULL);
	put(d, c, id, true);
	g_free(id);
}

/* --- taking away --- */

/* The node that a constraint of ours is about. */
static const char *node_of(const struct element *c)
{
	const char *node = element_get(c, NAME_NODE);
	const struct element *rule = element_first_named(c, NAME_RULE);
	for_each_named(e, rule, NAME_EXPRESSION)
	{
		if (strcmp(element_get_or(e, NAME_ATTRIBUTE, ""), "#uname") == 0)
			node = element_get(e, NAME_VALUE);
	}
	return node != NULL ? node : "";
}

static bool is_expired(const struct element *c, int64_t now)
{
	const struct element *date = element_first_named(element_first_named(c, NAME_RULE), NAME_DATE_EXPRESSION);
	const struct moment_here here = {.now = now};
	struct error ignored;
	struct moment end;
	return date != NULL && element_get(date, NAME_END) != NULL &&
	       moment_parse(element_get(date, NAME_END), &here, &end, &ignored) == ERR_OK && moment_epoch(&end) <= now;
}

static bool is_promoted(const struct element *c)
{
	const char *role = element_get_or(c, NAME_ROLE, "");
	return strcmp(role, "Promoted") == 0 || strcmp(role, "Master") == 0;
}

static bool is_kind(const struct element *c, const char *prefix, const char *rsc)
{
	const char *id = element_id(c);
	size_t length = strlen(prefix);
	if (id == NULL || strncmp(id, prefix, length) != 0)
		return false;
	if (rsc == NULL)
		return true;
	size_t own = strlen(rsc);
	return strncmp(id + length, rsc, own) == 0 && strcmp(element_get_or(c, NAME_RSC, ""), rsc) == 0;
}

static bool goes(const struct element *c, const struct move_clearing *w)
{
	bool preference = w->preferences && is_kind(c, PREFER, w->rsc);
	if (!preference && !(w->bans && is_kind(c, BAN, w->rsc)))
		return false;
	if (w->node != NULL && !(preference && w->any_preference) && strcmp(node_of(c), w->node) != 0)
		return false;
	return (!w->promoted_only || is_promoted(c)) && (!w->expired_only || is_expired(c, w->now));
}

unsigned move_clear(struct document *d, const struct move_clearing *w, GPtrArray *ids)
{
	const struct element *all = document_section(d, NAME_CONSTRAINTS);
	unsigned count = 0;
	for (struct element *c = element_first_named(all, NAME_RSC_LOCATION), *next; c != NULL; c = next) {
		next = element_next_named(c);
		if (!goes(c, w))
			continue;
		if (ids != NULL)
			g_ptr_array_add(ids, g_strdup(element_id(c)));
		element_remove(c);
		count++;
	}
	return count;
}
