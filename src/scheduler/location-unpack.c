/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/pattern.h"
#include "rules/rule.h"
#include "rules/score.h"
#include "scheduler/constraints.h"
#include "scheduler/sets.h"
#include "scheduler/tags.h"
#include "scheduler/unpack.h"

#include <string.h>

enum { SUBMATCHES_MAX = 10 };

/* One <rsc_location> while its resources are gone through. */
struct spec {
	struct cluster *c;
	const struct element *xml;
	const char *id;
	const char *role, *score; /* of the set that is being read, or NULL */
	/* What rsc-pattern matched; count 0: there is no pattern. */
	const char *submatches[SUBMATCHES_MAX];
	unsigned submatch_count;
	/* A rule that asks nothing about the resource is answered once for all of them. */
	bool answered;
	struct location_node *nodes;
	uint32_t node_count;
	int64_t next_change;
};

/* Reads a role. Whoever is promoted was unpromoted first: Started and Unpromoted mean any. */
static bool location_role_parse(const char *text, enum role *ret_role)
{
	enum role role = text != NULL ? role_parse(text) : ROLE_UNKNOWN;
	if (text != NULL && role == ROLE_UNKNOWN)
		return false;
	*ret_role = role == ROLE_STARTED || role == ROLE_UNPROMOTED ? ROLE_UNKNOWN : role;
	return true;
}

/* --- rules --- */

/* Whether the rule, or what it refers to, asks about the resource. */
static bool rule_is_about_resource(const struct element *e)
{
	const char *source = element_get(e, NAME_VALUE_SOURCE);
	if (source != NULL && strcmp(source, "literal") != 0)
		return true;
	if (element_get(e, NAME_ID_REF) != NULL)
		return true;
	const char *attribute = element_get(e, NAME_ATTRIBUTE);
	if (attribute != NULL && strchr(attribute, '%') != NULL)
		return true;
	for_each_child(child, e) if (rule_is_about_resource(child)) return true;
	return false;
}

/* A name with %0 to %9 replaced by what the pattern matched. */
static const char *expand_submatches(const struct spec *s, const char *name)
{
	if (s->submatch_count == 0 || strchr(name, '%') == NULL)
		return name;
	size_t room = strlen(name) + 1;
	for (unsigned i = 0; i < s->submatch_count; i++)
		room += s->submatches[i] != NULL ? strlen(s->submatches[i]) * strlen(name) : 0;
	char *expanded = arena_take(&s->c->arena, room), *at = expanded;
	for (; *name != '\0'; name++) {
		if (name[0] != '%' || name[1] < '0' || name[1] > '9') {
			*at++ = *name;
			continue;
		}
		unsigned index = (unsigned)(*++name - '0');
		const char *match = index < s->submatch_count ? s->submatches[index] : NULL;
		size_t length = match != NULL ? strlen(match) : 0;
		if (length > 0)
			memcpy(at, match, length);
		at += length;
	}
	return expanded;
}

/* An attribute of the node, or of its host, as it is now. */
static const char *score_attribute_value(const struct resource *r, const struct node *n, const char *name)
{
	const char *target = resource_meta(r, "container-attribute-target");
	if (target == NULL || strcmp(target, "host") != 0 || !node_is_guest(n))
		return node_attribute(n, name);
	const struct resource *launcher = n->remote->launcher;
	return launcher->active.count > 0 ? node_attribute(launcher->active.items[0], name) : NULL;
}

static bool rule_score_on(const struct spec *s, const struct resource *r, const struct node *n, const char *attribute,
			  int *score)
{
	if (attribute == NULL)
		return true;
	const char *value = score_attribute_value(r, n, attribute);
	if (value == NULL || *value == '\0')
		return false;
	if (cluster_score_parse(s->c, value, 0, score))
		return true;
	cluster_complain(s->c, s->xml, false, "Ignoring location %s for node %s because node attribute %s is '%s'",
			 s->id, n->name, attribute, value);
	return false;
}

static void rule_evaluate(struct spec *s, struct resource *r, const struct element *rule, const char *attribute,
			  int score)
{
	struct cluster *c = s->c;
	bool about_resource = rule_is_about_resource(rule);
	s->nodes = arena_array(&c->arena, struct location_node, c->node_count);
	s->node_count = 0;
	for_each_node(n, c)
	{
		struct rule_input in = rule_input_of(c, NULL, n);
		in.submatches = s->submatches;
		in.submatch_count = s->submatch_count;
		in.meta = r->meta;
		in.parameters = about_resource ? resource_parameters(r, n) : NULL;
		if (rule_test(rule, &in, &s->next_change) == RULE_YES && rule_score_on(s, r, n, attribute, &score))
			s->nodes[s->node_count++] = (struct location_node){.node = n, .score = score};
	}
	s->answered = !about_resource && attribute == NULL;
}

static bool rule_is_sensible(const struct spec *s, const struct element *rule, enum role *ret_role, int *ret_score)
{
	const char *id = element_id(rule), *role = element_get(rule, NAME_ROLE);
	const char *boolean = element_get(rule, NAME_BOOLEAN_OP), *score = element_get(rule, NAME_SCORE);
	const char *wrong = NULL;
	if (id == NULL)
		wrong = "its rule has no id";
	else if (!location_role_parse(role, ret_role))
		wrong = "its rule's role is none";
	else if (boolean != NULL && strcasecmp(boolean, "and") != 0 && strcasecmp(boolean, "or") != 0)
		wrong = "its rule's boolean-op is neither and nor or";
	else if (element_get(rule, NAME_SCORE_ATTRIBUTE) != NULL)
		return true;
	else if (score == NULL)
		wrong = "its rule has neither score nor score-attribute";
	else if (!cluster_score_parse(s->c, score, 0, ret_score))
		wrong = "its rule's score is none";
	if (wrong == NULL)
		return true;
	cluster_complain(s->c, s->xml, true, "Ignoring location constraint '%s' because %s", s->id, wrong);
	return false;
}

static const struct element *rule_resolve(struct cluster *c, const struct element *rule)
{
	const char *id = rule != NULL ? element_get(rule, NAME_ID_REF) : NULL;
	if (id == NULL)
		return rule;
	const struct element *real = document_by_id(c->document, id);
	return real != NULL && real->name == NAME_RULE ? real : NULL;
}

static void unpack_rule(struct spec *s, struct resource *r)
{
	const struct element *rule = rule_resolve(s->c, element_first_named(s->xml, NAME_RULE));
	enum role role = ROLE_UNKNOWN;
	int score = 0;
	if (rule == NULL) {
		cluster_complain(s->c, s->xml, true,
				 "Ignoring location constraint '%s' because it has neither node and score nor a rule",
				 s->id);
		return;
	}
	if (!rule_is_sensible(s, rule, &role, &score))
		return;
	const char *attribute = element_get(rule, NAME_SCORE_ATTRIBUTE);
	if (attribute != NULL)
		attribute = expand_submatches(s, attribute);
	struct location *l =
		location_add(s->c, element_id(rule), r, 0, element_get(s->xml, NAME_RESOURCE_DISCOVERY), NULL);
	l->role = role;
	if (!s->answered)
		rule_evaluate(s, r, rule, attribute, score);
	l->nodes = s->nodes;
	l->node_count = s->node_count;
}

/* --- nodes --- */

static void unpack_node(struct spec *s, struct resource *r, const char *name, const char *score_word)
{
	struct node *n = node_find(s->c, name);
	if (n == NULL)
		return;
	int score = 0;
	if (!cluster_score_parse(s->c, score_word, 0, &score)) {
		cluster_complain(s->c, s->xml, true,
				 "Ignoring location constraint %s because '%s' is not a valid score", s->id,
				 score_word);
		return;
	}
	const char *role_word = s->role != NULL ? s->role : element_get(s->xml, NAME_ROLE);
	enum role role;
	if (!location_role_parse(role_word, &role)) {
		cluster_complain(s->c, s->xml, true, "Ignoring location constraint %s because '%s' is not a valid role",
				 s->id, role_word);
		return;
	}
	location_add(s->c, s->id, r, score, element_get(s->xml, NAME_RESOURCE_DISCOVERY), n)->role = role;
}

static void unpack_resource(struct spec *s, struct resource *r)
{
	const char *node = element_get(s->xml, NAME_NODE);
	const char *score = s->score != NULL ? s->score : element_get(s->xml, NAME_SCORE);
	if (node != NULL && score != NULL)
		unpack_node(s, r, node, score);
	else
		unpack_rule(s, r);
}

/* --- resources --- */

static void unpack_set(struct spec *s, const struct constraint_set *set)
{
	s->role = set->role;
	s->score = set->xml != NULL ? element_get(set->xml, NAME_SCORE) : NULL;
	for (uint32_t i = 0; i < set->ref_count; i++) {
		struct resource *r = constraint_resource(s->c, set->refs[i]);
		if (r == NULL) {
			cluster_complain(s->c, s->xml, true, "%s: No resource found for %s", set->id, set->refs[i]);
			return;
		}
		unpack_resource(s, r);
	}
}

static void unpack_matching(struct spec *s, struct resource *r, const regex_t *regex, bool invert)
{
	regmatch_t matches[SUBMATCHES_MAX];
	bool matched = regexec(regex, r->id, SUBMATCHES_MAX, matches, 0) == 0;
	if (matched == invert)
		return;
	s->submatch_count = 0;
	for (unsigned i = 0; matched && i < SUBMATCHES_MAX && i <= regex->re_nsub; i++) {
		bool some = matches[i].rm_so >= 0 && matches[i].rm_eo > matches[i].rm_so;
		s->submatches[i] = some ? arena_string_n(&s->c->arena, r->id + matches[i].rm_so,
							 (size_t)(matches[i].rm_eo - matches[i].rm_so))
					: NULL;
		s->submatch_count = i + 1;
	}
	unpack_resource(s, r);
}

static void unpack_pattern(struct spec *s, const char *pattern)
{
	bool invert = pattern[0] == '!';
	regex_t regex;
	const char *wrong = pattern_compile(pattern + invert, 0, &regex);
	if (wrong != NULL) {
		cluster_complain(s->c, s->xml, true,
				 "Ignoring constraint '%s' because rsc-pattern has invalid value '%s': %s", s->id,
				 pattern + invert, wrong);
		return;
	}
	for (uint32_t i = 0; i < s->c->resources.count; i++)
		unpack_matching(s, s->c->resources.items[i], &regex, invert);
	regfree(&regex);
}

static void unpack_simple(struct spec *s)
{
	const char *id = element_get(s->xml, NAME_RSC), *pattern = element_get(s->xml, NAME_RSC_PATTERN);
	struct reference ref;
	if (id != NULL) {
		if (!reference_resolve(s->c, s->xml, id, &ref))
			return;
		if (ref.rsc != NULL) {
			unpack_resource(s, ref.rsc);
		} else {
			struct constraint_set set = reference_set(s->c, id, &ref, element_get(s->xml, NAME_ROLE), NULL);
			unpack_set(s, &set);
		}
	}
	s->role = s->score = NULL;
	if (pattern != NULL)
		unpack_pattern(s, pattern);
}

void location_unpack(struct cluster *c, const struct element *e)
{
	struct spec s = {.c = c, .xml = e, .id = element_id(e), .next_change = INT64_MAX};
	struct constraint_sets sets;
	if (sets_read(c, e, &sets)) {
		for (uint32_t i = 0; i < sets.count; i++)
			unpack_set(&s, &sets.items[i]);
	} else {
		unpack_simple(&s);
	}
	if (s.next_change != INT64_MAX)
		cluster_recheck(c, s.next_change, "location rule evaluation");
}
