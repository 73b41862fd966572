/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/contribution.h"

#include "report/failure.h"
#include "report/obstacle.h"
#include "rules/score.h"
#include "scheduler/colocation.h"

#include <string.h>
#include <strings.h>

/* What an entry is about. */
struct about {
	struct cluster *c;
	struct resource *r;
	struct node *node; /* NULL: the promoted role */
	const struct ledger_entry *e;
};

#define SAY(about, ...) arena_printf(&(about)->c->arena, __VA_ARGS__)

static const char *place(const struct about *a)
{
	return a->node != NULL ? node_name(a->node) : "this instance";
}

/* --- locations --- */

/* Made by `move` and `ban`, which leave constraints behind. */
static bool is_left_by_command(const char *id)
{
	return strncmp(id, "cli-", 4) == 0;
}

static bool is_health(const struct about *a, const char *id)
{
	static const char *const strategies[] = {"migrate-on-red", "only-green", "progressive", "custom"};
	if (a->c->options.health == HEALTH_NONE || document_by_id(a->c->document, id) != NULL)
		return false;
	for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++)
		if (strcmp(strategies[i], id) == 0)
			return true;
	return false;
}

static struct sentence say_health(const struct about *a)
{
	const struct table *t = a->node->attributes;
	const char *bad = "";
	for (uint32_t i = 0; i < t->count; i++) {
		const struct table_entry *e = &t->entries[i];
		if (strncmp(e->name, "#health", strlen("#health")) == 0 && e->value != NULL)
			bad = SAY(a, "%s%s%s=%s", bad, *bad == '\0' ? "" : ", ", e->name, e->value);
	}
	const char *attribute = *bad == '\0' ? "#health" : arena_string_n(&a->c->arena, bad, strcspn(bad, "="));
	return (struct sentence){
		"health",
		SAY(a, "health of %s: %s (node-health-strategy %s)", place(a),
		    *bad == '\0' ? "no attribute is set" : bad, a->e->id),
		a->e->score >= 0 ? NULL : sentence_cure(a->c, "node attribute %s %s=green", place(a), attribute)};
}

static struct sentence say_location(const struct about *a)
{
	const char *id = a->e->id, *rule = "", *constraint = id;
	if (is_health(a, id) && a->node != NULL)
		return say_health(a);
	const struct element *xml = document_by_id(a->c->document, id);
	if (xml != NULL && xml->name == NAME_RULE) {
		rule = SAY(a, ", rule %s (%s)", id, rule_words(a->c, xml));
		while (xml != NULL && xml->name == NAME_RULE)
			xml = xml->parent;
		constraint = xml != NULL && element_id(xml) != NULL ? element_id(xml) : id;
	}
	const char *verb = a->e->score == 0 ? "allows" : a->e->score > 0 ? "wants it on" : "keeps it away from";
	const char *cure = NULL;
	if (a->e->score < 0 && is_left_by_command(constraint))
		cure = sentence_cure(a->c, "resource clear %s", sentence_name(a->r));
	else if (a->e->score < 0)
		cure = sentence_cure(a->c, "constraint delete %s", constraint);
	return (struct sentence){"location",
				 SAY(a, "location constraint %s%s %s %s%s%s", constraint, rule, verb, place(a),
				     a->node == NULL ? " as promoted" : "",
				     is_left_by_command(constraint) ? " (left behind by an earlier move or ban)" : ""),
				 cure};
}

/* --- failures --- */

/* What follows from it. */
static const char *failure_meaning(const struct about *a, const struct failed_operation *f, const char *tag)
{
	static const char *const meanings[][2] = {
		{"__stop_fail__", "what cannot be stopped is not started there again"},
		{"hard-error", "it cannot work there until that is put right"},
		{"masked-probe-failure", "it cannot work there until that is put right"},
		{"__action_migration_auto__", "on-fail=ban keeps it away from there"},
	};
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i][0], tag) == 0)
			return meanings[i][1];
	if (a->node != NULL && (f == NULL || f->node != a->node))
		return "that cannot work on any node until it is put right";
	return "it is kept away from there";
}

static struct sentence say_failure(const struct about *a)
{
	const char *tag = a->e->id != NULL ? a->e->id : "";
	struct resource *top = a->r->unique ? a->r : resource_top(a->r, false);
	if (strcmp(tag, "__fail_limit__") == 0) {
		struct sentence s = failure_ban(a->r, a->node);
		if (s.code != NULL)
			return s;
	}
	const struct failed_operation *f = failure_find(a->r, a->node);
	if (f == NULL)
		f = failure_find(top, a->node);
	if (f == NULL)
		f = failure_find(top, NULL);
	const char *what = f != NULL ? failure_text(a->c, f) : SAY(a, "%s failed", sentence_name(a->r));
	const char *means = failure_meaning(a, f, tag);
	return (struct sentence){"failure", SAY(a, "%s; %s", what, means),
				 failure_cure(f != NULL ? f->rsc : a->r, f != NULL ? f->node : a->node)};
}

/* --- colocations --- */

static const char *where_is(const struct about *a, const struct resource *r)
{
	struct node_set l = {0};
	(void)resource_where(r, WHERE_ASSIGNED, &l);
	if (l.count == 0)
		return "which has no node";
	const char *names = node_name(l.items[0]);
	for (uint32_t i = 1; i < l.count; i++)
		names = SAY(a, "%s, %s", names, node_name(l.items[i]));
	return SAY(a, "which is assigned to %s", names);
}

static const struct colocation *find_colocation(const struct about *a, bool *ret_is_primary)
{
	const struct resource *by = a->e->by;
	for (uint32_t i = 0; by != NULL && i < a->c->colocations.count; i++) {
		const struct colocation *l = a->c->colocations.items[i];
		if (strcmp(l->id, a->e->id != NULL ? a->e->id : "") != 0)
			continue;
		bool primary = resource_is_below(by, l->primary) || by == l->primary;
		if (primary || resource_is_below(by, l->dependent) || by == l->dependent) {
			*ret_is_primary = primary;
			return l;
		}
	}
	return NULL;
}

static const char *colocation_words(const struct about *a)
{
	const char *id = a->e->id;
	if (id == NULL)
		return "colocation";
	if (strcmp(id, "#group-members") == 0)
		return SAY(a, "members of %s stay together", a->r->parent != NULL ? a->r->parent->id : "the group");
	if (id[0] == '#')
		return "parts of one bundle or guest stay together";
	return SAY(a, "colocation constraint %s", id);
}

static struct sentence say_colocation(const struct about *a)
{
	bool is_primary = true;
	const char *id = a->e->id, *words = colocation_words(a);
	const struct colocation *l = find_colocation(a, &is_primary);
	const char *by = a->e->by != NULL ? a->e->by->id : "another resource";
	const char *cure = NULL;
	if (a->e->score < 0 && id != NULL && id[0] != '#')
		cure = sentence_cure(a->c, "constraint delete %s", id);
	if (a->e->by == NULL)
		return (struct sentence){"colocation", words, cure};
	if (is_primary && l != NULL) {
		const char *must = l->score < 0 ? "away from" : "with";
		return (struct sentence){
			"colocation",
			SAY(a, "%s: %s must be %s %s, %s", words, sentence_name(a->r), must, by, where_is(a, a->e->by)),
			cure};
	}
	return (struct sentence){"colocation-asked",
				 SAY(a, "%s: %s is to be with it and %s %s", words, by,
				     a->e->score < 0 ? "does not want" : "wants", place(a)),
				 cure};
}

static struct sentence say_restored(const struct about *a)
{
	return (struct sentence){"colocation-given-up",
				 SAY(a, "colocation constraint %s with %s is given up: with it no node would be left",
				     a->e->id != NULL ? a->e->id : "", a->e->by != NULL ? a->e->by->id : "it"),
				 NULL};
}

/* --- the rest --- */

static struct sentence say_symmetric(const struct about *a)
{
	struct sentences why = {0};
	if (a->e->score >= 0)
		return (struct sentence){"allowed", SAY(a, "score of %s itself", place(a)), NULL};
	obstacles_of_node(a->c, a->node, &why);
	if (why.count > 0)
		return why.items[0];
	return (struct sentence){"node-score", SAY(a, "%s itself has this score", place(a)), NULL};
}

static struct sentence say_utilization(const struct about *a)
{
	const char *needs = "";
	for (uint32_t i = 0; a->r->utilization != NULL && i < a->r->utilization->count; i++) {
		const struct table_entry *u = &a->r->utilization->entries[i];
		const char *has = table_get(a->node != NULL ? a->node->utilization : NULL, u->name);
		needs = SAY(a, "%s%s%s=%s (in the end %s are left)", needs, *needs == '\0' ? "" : ", ", u->name,
			    u->value != NULL ? u->value : "", has != NULL ? has : "0");
	}
	return (struct sentence){"capacity",
				 SAY(a, "%s has not enough capacity for %s%s%s", place(a), a->r->id,
				     *needs == '\0' ? " and what must be with it" : ": it needs ", needs),
				 sentence_cure(a->c, "node utilization %s NAME=VALUE", place(a))};
}

static struct sentence say_ticket(const struct about *a)
{
	struct sentences all = {0};
	obstacles_of_resource(a->r, &all);
	for (uint32_t i = 0; i < all.count; i++)
		if (strncmp(all.items[i].code, "ticket-", strlen("ticket-")) == 0)
			return all.items[i];
	return (struct sentence){"ticket-missing", SAY(a, "a ticket of %s is missing", a->r->id), NULL};
}

static struct sentence say_lock(const struct about *a)
{
	const struct resource *r = a->r;
	return (struct sentence){"shutdown-lock",
				 SAY(a, "%s is kept for %s, which was shut down (shutdown-lock)", sentence_name(r),
				     r->lock_node != NULL ? node_name(r->lock_node) : "its node"),
				 r->lock_node == NULL ? NULL
						      : sentence_cure(a->c, "resource refresh %s node=%s",
								      sentence_name(r), node_name(r->lock_node))};
}

static struct sentence say_disabled(const struct about *a)
{
	struct sentences all = {0};
	obstacles_of_resource(a->r, &all);
	for (uint32_t i = 0; i < all.count; i++)
		if (strcmp(all.items[i].code, "disabled") == 0)
			return all.items[i];
	/* The role has been limited by something else: a failure with on-fail=stop, or a primary that stays down. */
	const struct failed_operation *f = failure_find(a->r, NULL);
	if (f != NULL)
		return (struct sentence){"failed", SAY(a, "%s; %s shall stay stopped", failure_text(a->c, f), a->r->id),
					 failure_cure(a->r, f->node)};
	return (struct sentence){"to-be-stopped", SAY(a, "%s shall be stopped", a->r->id), NULL};
}

static struct sentence say_promotion(const struct about *a)
{
	if (a->node == NULL) {
		const char *name = a->r->promotion_attributes[0];
		if (a->e->score == -1)
			return (struct sentence){"promotion-none",
						 SAY(a, "%s has no promotion score: its agent has set no attribute %s",
						     a->r->id, name != NULL ? name : "master-…"),
						 NULL};
		return (struct sentence){
			"promotion",
			SAY(a, "promotion score of %s (node attribute %s)", a->r->id, name != NULL ? name : "master-…"),
			NULL};
	}
	return (struct sentence){"promotion",
				 SAY(a, "promotion score of %s there%s%s", a->e->by != NULL ? a->e->by->id : a->r->id,
				     a->e->id != NULL ? ", attribute " : "", a->e->id != NULL ? a->e->id : ""),
				 NULL};
}

static struct sentence say_limit(const struct about *a)
{
	const struct resource *whole = resource_top(a->r, false);
	const char *id = a->e->id;
	if (a->node != NULL && (id == NULL || strcmp(id, "collective_limit_reached") != 0))
		return (struct sentence){"instance-limit",
					 SAY(a, "%s has as many instances of %s as it may have (clone-node-max=%d)",
					     place(a), whole->id, resource_max_per_node(whole)),
					 NULL};
	return (struct sentence){
		"instance-limit",
		SAY(a, "all instances that %s may have are placed already (clone-max=%d)", whole->id, whole->clone.max),
		NULL};
}

static struct sentence say_stickiness(const struct about *a)
{
	return (struct sentence){"stickiness", SAY(a, "%s runs on %s now (resource-stickiness)", a->r->id, place(a)),
				 NULL};
}

static struct sentence say_discovery(const struct about *a)
{
	return (struct sentence){
		"discovery",
		SAY(a,
		    "%s may only be where a constraint with resource-discovery=exclusive allows it, and none names %s",
		    a->r->id, place(a)),
		sentence_cure(a->c, "constraint location %s prefers %s", sentence_name(a->r), place(a))};
}

/* The causes whose sentence has nothing to look up. */
static struct sentence say_plain(const struct about *a)
{
	static const struct {
		const char *code, *before, *after; /* around the resource's id */
	} words[] = {
		[CAUSE_BUNDLE] = {"bundle", "", " belongs to a bundle's container and goes where that is"},
		[CAUSE_REMOTE] = {"remote", "",
				  " has to do with a connection, and that does not go together with remote nodes"},
		[CAUSE_UNMANAGED] = {"unmanaged", "", " is not managed and stays where it is"},
		[CAUSE_REMOVED] = {"removed", "", " is no longer configured"},
		[CAUSE_MULTIPLE] = {"multiply-active", "", " is active on several nodes and must only be stopped"},
		[CAUSE_PARENT] = {"parent", "what promoting an instance there comes to in all, with constraints: see ",
				  ""},
		[CAUSE_OTHER] = {NULL, NULL, NULL},
	};
	const char *code = words[a->e->cause].code;
	if (code == NULL)
		return (struct sentence){
			"other", SAY(a, "%s %s", cause_text(a->e->cause), a->e->id != NULL ? a->e->id : a->r->id),
			NULL};
	const char *id = a->e->cause == CAUSE_PARENT && a->e->by != NULL ? a->e->by->id : a->r->id;
	return (struct sentence){code, SAY(a, "%s%s%s", words[a->e->cause].before, id, words[a->e->cause].after), NULL};
}

static struct sentence say(const struct about *a)
{
	static struct sentence (*const words[])(const struct about *a) = {
		[CAUSE_SYMMETRIC] = say_symmetric,  [CAUSE_LOCATION] = say_location,
		[CAUSE_FAILURE] = say_failure,      [CAUSE_COLOCATION] = say_colocation,
		[CAUSE_RESTORED] = say_restored,    [CAUSE_UTILIZATION] = say_utilization,
		[CAUSE_TICKET] = say_ticket,        [CAUSE_LOCK] = say_lock,
		[CAUSE_PROMOTION] = say_promotion,  [CAUSE_LIMIT] = say_limit,
		[CAUSE_TARGET_ROLE] = say_disabled, [CAUSE_STICKINESS] = say_stickiness,
		[CAUSE_DISCOVERY] = say_discovery,  [CAUSE_OTHER] = NULL,
	};
	if ((a->e->cause == CAUSE_SYMMETRIC || a->e->cause == CAUSE_DISCOVERY) && a->node == NULL)
		return say_plain(a);
	return words[a->e->cause] != NULL ? words[a->e->cause](a) : say_plain(a);
}

static struct contributions fold(const struct about *about, const struct ledger_entry *first)
{
	struct about a = *about;
	struct contributions all = {0};
	uint32_t room = 0;
	int total = 0;
	for (const struct ledger_entry *e = first; e != NULL; e = e->next)
		room += e->node == NULL || e->node == a.node;
	all.items = arena_array(&a.c->arena, struct contribution, room);
	for (a.e = first; a.e != NULL; a.e = a.e->next) {
		if (a.e->node != NULL && a.e->node != a.node)
			continue;
		total = a.e->replaces ? a.e->score : score_add(total, a.e->score);
		all.items[all.count++] = (struct contribution){
			.cause = a.e->cause,
			.score = a.e->score,
			.replaces = a.e->replaces,
			.total = total,
			.id = a.e->id,
			.by = a.e->by != NULL ? a.e->by->id : NULL,
			.why = say(&a),
		};
	}
	return all;
}

struct contributions contributions_of(struct resource *r, struct node *node)
{
	struct about a = {.c = r->cluster, .r = r, .node = node};
	return fold(&a, ledger_of(r));
}

struct contributions contributions_of_promotion(struct resource *r)
{
	struct about a = {.c = r->cluster, .r = r};
	return fold(&a, r->promotion_entries);
}
