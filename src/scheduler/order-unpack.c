/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/constraints.h"
#include "scheduler/sets.h"
#include "scheduler/tags.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_MANDATORY, KIND_OPTIONAL, KIND_SERIALIZE };
enum symmetry { ASYMMETRIC, SYMMETRIC, SYMMETRIC_INVERSE };

/* One <rsc_order>. */
struct spec {
	struct cluster *c;
	const struct element *xml;
	const char *id;
	enum kind kind;
	enum symmetry symmetry;
};

/* What undoes an action; NULL, with a complaint, when that is unknown. */
static const char *action_invert(const struct spec *s, const char *action)
{
	static const char *const pairs[][2] = {
		{"start", "stop"}, {"promote", "demote"}, {"promoted", "demoted"}, {"running", "stopped"}};
	for (size_t i = 0; action != NULL && i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (strcmp(action, pairs[i][0]) == 0)
			return pairs[i][1];
		if (strcmp(action, pairs[i][1]) == 0)
			return pairs[i][0];
	}
	cluster_complain(s->c, s->xml, false, "Unknown action '%s' specified in order constraint", action);
	return NULL;
}

static enum kind kind_of(struct cluster *c, const struct element *e)
{
	const char *kind = element_get(e, NAME_KIND), *score_word = element_get(e, NAME_SCORE);
	if (kind == NULL) {
		int score = 0;
		if (score_word == NULL)
			return KIND_MANDATORY;
		(void)score_parse(score_word, 0, &score);
		return score == 0 ? KIND_OPTIONAL : KIND_MANDATORY;
	}
	if (strcmp(kind, "Optional") == 0)
		return KIND_OPTIONAL;
	if (strcmp(kind, "Serialize") == 0)
		return KIND_SERIALIZE;
	if (strcmp(kind, "Mandatory") != 0)
		cluster_complain(c, e, true,
				 "Resetting 'kind' for constraint %s to 'Mandatory' because '%s' is not valid",
				 element_get_or(e, NAME_ID, "missing ID"), kind);
	return KIND_MANDATORY;
}

static enum symmetry symmetry_of(struct cluster *c, const struct element *e, enum kind kind, const char *inherited)
{
	bool symmetric = false, given = cib_parse_bool(element_get_or(e, NAME_SYMMETRICAL, ""), &symmetric);
	if (element_get(e, NAME_KIND) != NULL || element_get(e, NAME_SCORE) != NULL)
		kind = kind_of(c, e);
	if (!given && inherited != NULL) {
		given = true;
		(void)cib_parse_bool(inherited, &symmetric);
	}
	if (!given)
		return kind == KIND_SERIALIZE ? ASYMMETRIC : SYMMETRIC;
	if (symmetric && kind == KIND_SERIALIZE)
		cluster_complain(c, e, false,
				 "Ignoring symmetrical for '%s' because not valid with kind of 'Serialize'",
				 element_id(e));
	return symmetric && kind != KIND_SERIALIZE ? SYMMETRIC : ASYMMETRIC;
}

static bool goes_up(const char *action)
{
	return action != NULL && (strcmp(action, "start") == 0 || strcmp(action, "promote") == 0);
}

static uint32_t relation_of(enum kind kind, const char *first_action, enum symmetry symmetry)
{
	if (kind == KIND_OPTIONAL)
		return RELATION_ORDERED;
	if (kind == KIND_SERIALIZE)
		return RELATION_SERIALIZE;
	if (symmetry == ASYMMETRIC)
		return RELATION_ORDERED | RELATION_ASYMMETRIC;
	if (symmetry == SYMMETRIC_INVERSE)
		return RELATION_ORDERED | RELATION_THEN_IMPLIES_FIRST;
	return RELATION_ORDERED | RELATION_FIRST_IMPLIES_THEN |
	       (goes_up(first_action) ? RELATION_UNRUNNABLE_FIRST_BLOCKS : 0u);
}

/* --- enough of several --- */

/* A pseudo-action that can be done once `required` of those before it can. */
static struct action *gate_new(struct cluster *c, const char *prefix, const char *id, int required)
{
	struct action *gate = action_pseudo(c, arena_printf(&c->arena, "%s:%s", prefix, id));
	gate->required_before = required;
	return gate;
}

static void gate_before(struct cluster *c, struct resource *first, const char *task, struct action *gate)
{
	ordering_add(c, first, action_key(c, first->id, task, 0), NULL, NULL, NULL, gate,
		     RELATION_MIN_RUNNABLE | RELATION_FIRST_IMPLIES_THEN_GRAPHED);
}

static void gate_after(struct cluster *c, struct action *gate, struct resource *then, const char *task, uint32_t flags)
{
	ordering_add(c, NULL, NULL, gate, then, action_key(c, then->id, task, 0), NULL,
		     flags | RELATION_UNRUNNABLE_FIRST_BLOCKS);
}

/* How many instances of a clone must be there before what comes after it; 0: the clone as a whole. */
static int instances_required(const struct resource *first, const struct element *e)
{
	const char *minimum = resource_meta(first, "clone-min");
	bool require_all = true;
	if (!resource_is_clone(first))
		return 0;
	if (minimum != NULL) {
		long n = strtol(minimum, NULL, 10);
		return n > INT_MAX ? INT_MAX : n > 0 ? (int)n : 0;
	}
	if (cib_parse_bool(element_get_or(e, NAME_REQUIRE_ALL, ""), &require_all))
		return require_all ? 0 : 1;
	return 0;
}

/* --- two resources --- */

static void order_pair(const struct spec *s, struct resource *first, const char *first_action, struct resource *then,
		       const char *then_action)
{
	uint32_t flags = relation_of(s->kind, first_action, s->symmetry);
	int required = instances_required(first, s->xml);
	if (required > 0) {
		struct action *gate = gate_new(s->c, "clone-one-or-more", s->id, required);
		for_each_child_of(instance, first) gate_before(s->c, instance, first_action, gate);
		gate_after(s->c, gate, then, then_action, flags);
	} else {
		ordering_add_tasks(first, first_action, then, then_action, flags);
	}
	if (s->symmetry != SYMMETRIC)
		return;
	const char *undo_first = action_invert(s, first_action), *undo_then = action_invert(s, then_action);
	if (undo_first == NULL || undo_then == NULL) {
		cluster_complain(s->c, s->xml, false, "Cannot invert constraint '%s' (please specify inverse manually)",
				 s->id);
		return;
	}
	ordering_add_tasks(then, undo_then, first, undo_first, relation_of(s->kind, undo_first, SYMMETRIC_INVERSE));
}

/* --- sets --- */

static struct resource *set_resource(const struct spec *s, const struct constraint_set *set, uint32_t index)
{
	const char *id = index < set->ref_count ? set->refs[index] : NULL;
	struct resource *r = constraint_resource(s->c, id);
	if (r == NULL)
		cluster_complain(s->c, s->xml, true, "%s: No resource found for %s", set->id, id != NULL ? id : "");
	return r;
}

/* All resources of a set; NULL, with a complaint, when one of them is none. */
static struct resource **set_resources(const struct spec *s, const struct constraint_set *set)
{
	struct resource **all = arena_array(&s->c->arena, struct resource *, set->ref_count + 1);
	for (uint32_t i = 0; i < set->ref_count; i++) {
		all[i] = set_resource(s, set, i);
		if (all[i] == NULL)
			return NULL;
	}
	return all;
}

static bool unpack_within(const struct spec *s, const struct constraint_set *set)
{
	const struct element *e = set->xml != NULL ? set->xml : s->xml;
	const char *action = set->action != NULL ? set->action : "start";
	enum kind kind = element_get(e, NAME_KIND) != NULL ? kind_of(s->c, e) : s->kind;
	enum symmetry symmetry = symmetry_of(s->c, e, s->kind, element_get(s->xml, NAME_SYMMETRICAL));
	bool sequential = !set->sequential_given || set->sequential;
	uint32_t flags = relation_of(kind, action, symmetry), count = set->ref_count;
	struct resource **all = set_resources(s, set);
	if (all == NULL)
		return false;
	if (count < 2)
		return true;
	if (kind == KIND_SERIALIZE) {
		for (uint32_t i = 0; i < count; i++)
			for (uint32_t k = i + 1; k < count; k++)
				ordering_add(s->c, all[i], action_key(s->c, all[i]->id, action, 0), NULL, all[k],
					     action_key(s->c, all[k]->id, action, 0), NULL, flags);
	} else if (sequential) {
		for (uint32_t i = 1; i < count; i++)
			ordering_add_tasks(all[i - 1], action, all[i], action, flags);
	}
	if (symmetry == ASYMMETRIC || !sequential)
		return true;
	action = action_invert(s, action);
	flags = relation_of(kind, action, SYMMETRIC_INVERSE);
	for (uint32_t i = 1; action != NULL && i < count; i++)
		ordering_add_tasks(all[i], action, all[i - 1], action, flags);
	return true;
}

/* What one of two sets does in an order between them, and who of it speaks for it. */
struct side {
	const struct constraint_set *set;
	struct resource **all;
	const char *action;
	uint32_t from, to;
};

/* A sequential set is spoken for by its end that is next to the other set. */
static bool side_init(const struct spec *s, struct side *side, const struct constraint_set *set, bool inverse,
		      bool by_last)
{
	*side = (struct side){.set = set, .action = set->action != NULL ? set->action : "start"};
	if (inverse)
		side->action = action_invert(s, side->action);
	side->all = set_resources(s, set);
	side->to = set->ref_count;
	if (set->sequential_given && set->sequential && set->ref_count > 0) {
		side->from = by_last ? set->ref_count - 1 : 0;
		side->to = side->from + 1;
	}
	return side->all != NULL && side->action != NULL;
}

static bool order_sets(const struct spec *s, const struct constraint_set *first_set,
		       const struct constraint_set *then_set, enum symmetry symmetry)
{
	struct side first, then;
	bool inverse = symmetry == SYMMETRIC_INVERSE, require_all = true;
	if (!side_init(s, &first, first_set, inverse, !inverse) || !side_init(s, &then, then_set, inverse, inverse))
		return false;
	if (first_set->xml != NULL)
		(void)cib_parse_bool(element_get_or(first_set->xml, NAME_REQUIRE_ALL, ""), &require_all);
	uint32_t flags = relation_of(s->kind, first.action, symmetry);
	/* On the way down all of the set must go. */
	if (!require_all && strcmp(first.action, "stop") != 0 && strcmp(first.action, "demote") != 0) {
		struct action *gate = gate_new(s->c, "one-or-more", first_set->id, 1);
		for (uint32_t i = 0; i < first_set->ref_count; i++)
			gate_before(s->c, first.all[i], first.action, gate);
		for (uint32_t i = 0; i < then_set->ref_count; i++)
			gate_after(s->c, gate, then.all[i], then.action, flags);
		return true;
	}
	for (uint32_t i = first.from; i < first.to; i++)
		for (uint32_t k = then.from; k < then.to; k++)
			ordering_add_tasks(first.all[i], first.action, then.all[k], then.action, flags);
	return true;
}

static void unpack_sets(const struct spec *s, const struct constraint_set *sets, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!unpack_within(s, &sets[i]))
			return;
		if (i == 0)
			continue;
		if (!order_sets(s, &sets[i - 1], &sets[i], s->symmetry))
			return;
		if (s->symmetry == SYMMETRIC && !order_sets(s, &sets[i], &sets[i - 1], SYMMETRIC_INVERSE))
			return;
	}
}

static void unpack_simple(const struct spec *s)
{
	const char *ids[2] = {element_get(s->xml, NAME_FIRST), element_get(s->xml, NAME_THEN)};
	const char *actions[2] = {element_get(s->xml, NAME_FIRST_ACTION), element_get(s->xml, NAME_THEN_ACTION)};
	struct reference refs[2];
	for (unsigned i = 0; i < 2; i++) {
		if (ids[i] == NULL) {
			cluster_complain(s->c, s->xml, true, "Ignoring constraint '%s' without %s", s->id,
					 i == 0 ? "first" : "then");
			return;
		}
		if (!reference_resolve(s->c, s->xml, ids[i], &refs[i]))
			return;
	}
	if (refs[0].rsc != NULL && refs[1].rsc != NULL) {
		const char *first = actions[0] != NULL ? actions[0] : "start";
		order_pair(s, refs[0].rsc, first, refs[1].rsc, actions[1] != NULL ? actions[1] : first);
		return;
	}
	struct constraint_set sets[2];
	for (unsigned i = 0; i < 2; i++)
		sets[i] = reference_set(s->c, ids[i], &refs[i], NULL, actions[i]);
	unpack_sets(s, sets, 2);
}

void order_unpack(struct cluster *c, const struct element *e)
{
	struct spec s = {.c = c, .xml = e, .id = element_id(e), .kind = kind_of(c, e)};
	s.symmetry = symmetry_of(c, e, s.kind, NULL);
	struct constraint_sets sets;
	c->ordering_id = s.id;
	if (sets_read(c, e, &sets))
		unpack_sets(&s, sets.items, sets.count);
	else
		unpack_simple(&s);
	c->ordering_id = NULL;
}
