/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"
#include "scheduler/colocation.h"
#include "scheduler/sets.h"
#include "scheduler/tags.h"

#include <string.h>
#include <strings.h>

/* What all that one <rsc_colocation> makes has in common. */
struct spec {
	struct cluster *c;
	const struct element *xml;
	const char *id, *influence;
	int score;
};

static unsigned spec_flags(const struct spec *s, const struct resource *dependent)
{
	bool influence = dependent->critical;
	if (s->influence != NULL && !cib_parse_bool(s->influence, &influence))
		cluster_complain(s->c, s->xml, true, "Constraint '%s' has invalid value for influence (using default)",
				 s->id);
	return COLOCATION_EXPLICIT | (influence ? COLOCATION_INFLUENCE : 0);
}

static struct resource *set_resource(const struct spec *s, const struct constraint_set *set, uint32_t index)
{
	const char *id = index < set->ref_count ? set->refs[index] : NULL;
	struct resource *r = constraint_resource(s->c, id);
	if (r == NULL)
		cluster_complain(s->c, s->xml, true, "Ignoring '%s' in set %s of colocation '%s': No such resource",
				 id != NULL ? id : "", set->id, s->id);
	return r;
}

/* Each with the one before it (or, as the old attribute `ordering` has it, the other way round). */
static void unpack_chain(const struct spec *s, const struct constraint_set *set, int score)
{
	const char *ordering = set->xml != NULL ? element_get(set->xml, NAME_ORDERING) : NULL;
	bool with_previous = ordering == NULL || strcasecmp(ordering, "group") == 0;
	struct resource *previous = NULL;
	for (uint32_t i = 0; i < set->ref_count; i++) {
		struct resource *r = set_resource(s, set, i);
		if (r == NULL)
			return;
		if (previous != NULL)
			colocation_add(s->c, set->id, NULL, score, with_previous ? r : previous,
				       with_previous ? previous : r, set->role, set->role, spec_flags(s, r));
		previous = r;
	}
}

/* Nobody with anybody: each apart from all before it. */
static void unpack_apart(const struct spec *s, const struct constraint_set *set, int score)
{
	for (uint32_t i = 0; i < set->ref_count; i++) {
		struct resource *r = set_resource(s, set, i);
		if (r == NULL)
			return;
		unsigned flags = spec_flags(s, r);
		for (uint32_t k = 0; k < set->ref_count && strcmp(set->refs[k], r->id) != 0; k++) {
			struct resource *other = constraint_resource(s->c, set->refs[k]);
			if (other != NULL)
				colocation_add(s->c, set->id, NULL, score, r, other, set->role, set->role, flags);
		}
	}
}

static void unpack_within(const struct spec *s, const struct constraint_set *set)
{
	int score = s->score;
	const char *text = set->xml != NULL ? element_get(set->xml, NAME_SCORE) : NULL;
	if (text != NULL && !cluster_score_parse(s->c, text, 0, &score)) {
		cluster_complain(s->c, s->xml, true,
				 "Ignoring colocation '%s' for set '%s' because '%s' is not a valid score", s->id,
				 set->id, text);
		return;
	}
	if (score == 0 || (set->sequential_given && !set->sequential))
		return;
	if (score > 0)
		unpack_chain(s, set, score);
	else
		unpack_apart(s, set, score);
}

static bool speaks_as_one(const struct constraint_set *set)
{
	return (!set->sequential_given || set->sequential) && set->ref_count > 0;
}

/* A sequential set is spoken for by one: the dependents' by its first, the primaries' by its last. */
static void unpack_between(const struct spec *s, const struct constraint_set *dependents,
			   const struct constraint_set *primaries)
{
	if (s->score == 0)
		return;
	uint32_t d_count = speaks_as_one(dependents) ? 1 : dependents->ref_count;
	uint32_t p_first = speaks_as_one(primaries) ? primaries->ref_count - 1 : 0;
	for (uint32_t d = 0; d < d_count; d++) {
		struct resource *dependent = set_resource(s, dependents, d);
		if (dependent == NULL)
			continue;
		unsigned flags = spec_flags(s, dependent);
		for (uint32_t p = p_first; p < primaries->ref_count; p++) {
			struct resource *primary = set_resource(s, primaries, p);
			if (primary != NULL)
				colocation_add(s->c, s->id, NULL, s->score, dependent, primary, dependents->role,
					       primaries->role, flags);
		}
	}
}

static void unpack_sets(const struct spec *s, const struct constraint_set *sets, uint32_t count)
{
	const struct constraint_set *last = NULL;
	for (uint32_t i = 0; i < count; i++) {
		if (sets[i].id == NULL || *sets[i].id == '\0') {
			cluster_complain(s->c, s->xml, true, "Ignoring resource_set without id");
			continue;
		}
		unpack_within(s, &sets[i]);
		if (last != NULL)
			unpack_between(s, last, &sets[i]);
		last = &sets[i];
	}
}

static void unpack_simple(const struct spec *s)
{
	const char *ids[2] = {element_get(s->xml, NAME_RSC), element_get(s->xml, NAME_WITH_RSC)};
	const char *roles[2] = {element_get(s->xml, NAME_RSC_ROLE), element_get(s->xml, NAME_WITH_RSC_ROLE)};
	struct reference refs[2];
	for (unsigned i = 0; i < 2; i++) {
		if (ids[i] == NULL) {
			cluster_complain(s->c, s->xml, true, "Ignoring constraint '%s' because it has no %s", s->id,
					 i == 0 ? "rsc" : "with-rsc");
			return;
		}
		if (!reference_resolve(s->c, s->xml, ids[i], &refs[i]))
			return;
	}
	if (refs[0].tag != NULL && refs[1].tag != NULL) {
		cluster_complain(s->c, s->xml, true,
				 "Ignoring constraint '%s' because two templates or tags cannot be colocated", s->id);
		return;
	}
	if (refs[0].rsc != NULL && refs[1].rsc != NULL) {
		colocation_add(s->c, s->id, element_get(s->xml, NAME_NODE_ATTRIBUTE), s->score, refs[0].rsc,
			       refs[1].rsc, roles[0], roles[1], spec_flags(s, refs[0].rsc));
		return;
	}
	struct constraint_set sets[2];
	for (unsigned i = 0; i < 2; i++)
		sets[i] = reference_set(s->c, ids[i], &refs[i], roles[i], NULL);
	unpack_sets(s, sets, 2);
}

void colocation_unpack(struct cluster *c, const struct element *e)
{
	struct spec s = {.c = c, .xml = e, .id = element_id(e), .influence = element_get(e, NAME_INFLUENCE)};
	const char *score = element_get(e, NAME_SCORE);
	if (score != NULL && !cluster_score_parse(c, score, 0, &s.score)) {
		cluster_complain(c, e, true, "Ignoring colocation %s because '%s' is not a valid score", s.id, score);
		return;
	}
	struct constraint_sets sets;
	if (sets_read(c, e, &sets))
		unpack_sets(&s, sets.items, sets.count);
	else
		unpack_simple(&s);
}
