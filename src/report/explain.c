/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/explain.h"

#include "report/obstacle.h"
#include "rules/score.h"
#include "scheduler/instances.h"
#include "scheduler/node-order.h"
#include "scheduler/utilization.h"

#include <string.h>

/* --- states --- */

const char *explain_state(const struct resource *r, bool current)
{
	struct cluster *c = r->cluster;
	struct node_set l = {0};
	(void)resource_where(r, current ? WHERE_CURRENT : WHERE_ASSIGNED, &l);
	enum role role = resource_role(r, current);
	if (l.count == 0 || (!current && role == ROLE_STOPPED))
		return "Stopped";
	if (role <= ROLE_STOPPED)
		role = ROLE_STARTED;
	const char *text = arena_printf(&c->arena, "%s on", role_text(role));
	for (uint32_t i = 0; i < l.count; i++)
		text = arena_printf(&c->arena, "%s%s %s", text, i > 0 ? "," : "", node_name(l.items[i]));
	return text;
}

static const char *kind_of(const struct resource *r)
{
	static const char *const kinds[] = {"primitive", "group", "clone", "bundle"};
	return r->kind == RESOURCE_CLONE && r->promotable ? "promotable clone" : kinds[r->kind];
}

/* --- what decided --- */

/* How many resources n had when r was about to get a node. */
static unsigned count_before(const struct resource *r, const struct node *n)
{
	unsigned count = 0;
	for (uint32_t i = 0; n->assigned != NULL && i < n->assigned->count; i++)
		count += n->assigned->items[i]->turn < r->turn;
	return count;
}

static struct sentence choice_between_equals(struct resource *r, struct node *rival)
{
	struct cluster *c = r->cluster;
	struct node *chosen = r->assigned;
	const char *score = arena_string(&c->arena, score_text(r->allowed[chosen->index].score, (char[16]){0}));
	const char *equal = arena_printf(&c->arena, "%s and %s are wanted equally (%s); %s", node_name(chosen),
					 node_name(rival), score, node_name(chosen));
	unsigned here = count_before(r, chosen), there = count_before(r, rival);
	const struct node *current = r->active.count > 0 ? resource_active_node(r, NULL, NULL) : NULL;
	if (current == chosen)
		return (struct sentence){"tie-current",
					 arena_printf(&c->arena, "%s is where %s runs now", equal, r->id), NULL};
	if (c->options.placement == PLACEMENT_BALANCED && utilization_compare(chosen, rival) != 0)
		return (struct sentence){"tie-capacity", arena_printf(&c->arena, "%s has more free capacity", equal),
					 NULL};
	if (c->options.placement != PLACEMENT_MINIMAL && here < there)
		return (struct sentence){
			"tie-fewest",
			arena_printf(&c->arena, "%s has fewer resources so far (%u against %u)", equal, here, there),
			NULL};
	if (here == there && strcmp(chosen->name, rival->name) < 0)
		return (struct sentence){"tie-name", arena_printf(&c->arena, "%s comes first by name", equal), NULL};
	return (struct sentence){"tie-placed", arena_printf(&c->arena, "%s was taken when its turn came", equal), NULL};
}

/* The contribution that weighs most in favour. */
static const char *strongest(struct resource *r, struct node *n)
{
	struct contributions all = contributions_of(r, n);
	const struct contribution *most = NULL;
	for (uint32_t i = 0; i < all.count; i++)
		if (all.items[i].score > (most != NULL ? most->score : 0))
			most = &all.items[i];
	return most != NULL ? arena_printf(&r->cluster->arena, ": %s", most->why.text) : "";
}

static struct sentence choice_by_score(struct resource *r, struct node *second)
{
	char first[16], other[16];
	struct cluster *c = r->cluster;
	return (struct sentence){"highest-score",
				 arena_printf(&c->arena, "%s has the highest score (%s against %s on %s)%s",
					      node_name(r->assigned),
					      score_text(r->allowed[r->assigned->index].score, first),
					      score_text(r->allowed[second->index].score, other), node_name(second),
					      strongest(r, r->assigned)),
				 NULL};
}

/* Who else could take what r's node got. */
struct rivals {
	struct node *equal, *higher, *second; /* first of the same score, one of a higher one, the best of all others */
	unsigned able;                        /* how many can, the chosen one included */
};

static struct rivals rivals_of(const struct resource *r)
{
	struct rivals x = {0};
	int best = r->allowed[r->assigned->index].score;
	for_each_node(n, r->cluster)
	{
		const struct seat *seat = &r->allowed[n->index];
		if (!seat->present || seat->score < 0 || !node_is_available(n))
			continue;
		x.able++;
		if (n == r->assigned)
			continue;
		if (seat->score > best)
			x.higher = n;
		else if (seat->score == best && x.equal == NULL)
			x.equal = n;
		if (x.second == NULL || seat->score > r->allowed[x.second->index].score)
			x.second = n;
	}
	return x;
}

struct sentence explain_choice(struct resource *r)
{
	struct cluster *c = r->cluster;
	if (r->assigned == NULL || r->kind != RESOURCE_PRIMITIVE)
		return (struct sentence){0};
	struct node *chosen = r->assigned;
	if (!r->managed)
		return (struct sentence){"not-managed",
					 arena_printf(&c->arena,
						      "%s is not managed and stays on %s whatever the scores", r->id,
						      node_name(chosen)),
					 NULL};
	struct rivals rivals = rivals_of(r);
	struct node *rival = rivals.equal, *higher = rivals.higher, *second = rivals.second;
	unsigned able = rivals.able;
	if (higher != NULL)
		return (struct sentence){"placed-before",
					 arena_printf(&c->arena,
						      "%s got %s before %s, which is wanted more, could be given: %s",
						      r->id, node_name(chosen), node_name(higher),
						      r->parent != NULL ? "instances that can stay are placed first"
									: "its scores were changed afterwards"),
					 NULL};
	if (able <= 1)
		return (struct sentence){
			"only-node",
			arena_printf(&c->arena, "%s is the only node that can take %s", node_name(chosen), r->id),
			NULL};
	return rival != NULL ? choice_between_equals(r, rival) : choice_by_score(r, second);
}

/* --- what is in the way --- */

/* The first thing that made the score what it is. */
static struct sentence worst_contribution(const struct contributions *all, int score)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (score == -SCORE_INFINITY ? all->items[i].score == -SCORE_INFINITY : all->items[i].score < 0)
			return all->items[i].why;
	return (struct sentence){0};
}

static bool is_guest_without_host(const struct node *n)
{
	return node_is_guest(n) && n->remote->launcher->assigned == NULL;
}

struct sentence explain_obstacle(struct resource *r, struct node *n)
{
	struct cluster *c = r->cluster;
	struct sentences of_node = {0};
	obstacles_of_node(c, n, &of_node);
	if (of_node.count > 0)
		return of_node.items[0];
	const struct seat *seat = &r->allowed[n->index];
	if (!seat->present)
		return (struct sentence){
			"not-allowed",
			arena_printf(&c->arena, "no constraint allows %s on %s%s", sentence_name(r), node_name(n),
				     c->options.symmetric ? "" : " (symmetric-cluster=false)"),
			sentence_cure(c, "constraint location %s prefers %s", sentence_name(r), node_name(n))};
	if (seat->score < 0) {
		struct contributions all = contributions_of(r, n);
		return worst_contribution(&all, seat->score);
	}
	if (is_guest_without_host(n))
		return (struct sentence){"guest-down",
					 arena_printf(&c->arena, "%s runs in %s, which has no node", node_name(n),
						      n->remote->launcher->id),
					 NULL};
	return (struct sentence){0};
}

/* Whether this holds wherever r goes, so that no node helps. */
static bool holds_everywhere(const struct sentence *s)
{
	static const char *const codes[] = {"stop-all-resources", "no-fencing", "removed",        "disabled",
					    "no-quorum",          "blocked",    "ticket-missing", "ticket-standby"};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i], s->code) == 0)
			return true;
	return false;
}

/* What it must be with and what has no node itself; code NULL when there is no such thing. */
static struct sentence missing_primary(struct resource *r)
{
	struct cluster *c = r->cluster;
	for_each_node(n, c)
	{
		struct contributions all = contributions_of(r, n);
		for (uint32_t i = 0; i < all.count; i++) {
			const struct contribution *k = &all.items[i];
			const struct resource *by = k->by != NULL ? resource_find_exact(c, k->by) : NULL;
			struct node_set where = {0};
			if (strcmp(k->why.code, "colocation") != 0 || k->score != -SCORE_INFINITY || by == NULL)
				continue;
			(void)resource_where(by, WHERE_ASSIGNED, &where);
			if (where.count == 0)
				return k->why;
		}
	}
	return (struct sentence){0};
}

struct sentence explain_no_node(struct resource *r)
{
	struct cluster *c = r->cluster;
	struct sentences all = {0};
	obstacles_of_resource(r, &all);
	for (uint32_t i = 0; i < all.count; i++)
		if (holds_everywhere(&all.items[i]))
			return all.items[i];
	struct sentence last = missing_primary(r);
	if (last.code != NULL)
		return last;
	const char *text = arena_printf(&c->arena, "%s can be on no node", r->id);
	unsigned told = 0;
	for_each_node(n, c)
	{
		struct sentence s = explain_obstacle(r, n);
		if (s.code == NULL || (last.code != NULL && strcmp(last.text, s.text) == 0))
			continue;
		if (told++ < 4)
			text = arena_printf(&c->arena, "%s%s %s: %s", text, told == 1 ? "; on" : "; on", node_name(n),
					    s.text);
		last = s;
	}
	if (told == 1)
		return last;
	if (told == 0 && r->next_role == ROLE_STOPPED)
		return (struct sentence){"to-be-stopped", arena_printf(&c->arena, "%s shall be stopped", r->id), NULL};
	return (struct sentence){"no-node", text, NULL};
}

/* --- a node --- */

static const char *score_word(struct cluster *c, int score)
{
	char buffer[16];
	return arena_string(&c->arena, score_text(score, buffer));
}

static struct sentence verdict_of(struct resource *r, const struct node_answer *a)
{
	struct cluster *c = r->cluster;
	const char *node = node_name(a->node);
	if (a->chosen)
		return (struct sentence){"chosen", arena_printf(&c->arena, "%s is its node", node), NULL};
	if (a->obstacles.count > 0)
		return (struct sentence){"cannot",
					 arena_printf(&c->arena, "not possible: %s", a->obstacles.items[0].text),
					 a->obstacles.items[0].cure};
	struct sentence s = explain_obstacle(r, a->node);
	if (s.code != NULL && a->score == -SCORE_INFINITY)
		return (struct sentence){"must-not", "must not be there: -INFINITY wins over everything else", s.cure};
	if (s.code != NULL)
		return (struct sentence){
			a->known ? "negative" : "not-allowed",
			arena_printf(&c->arena, "%s%s", a->known ? "never chosen with a negative score: " : "", s.text),
			s.cure};
	if (r->assigned == NULL)
		return (struct sentence){"possible", arena_printf(&c->arena, "%s could take it", node), NULL};
	int best = r->allowed[r->assigned->index].score;
	if (a->score < best)
		return (struct sentence){"lower-score",
					 arena_printf(&c->arena, "%s is wanted more (%s against %s)",
						      node_name(r->assigned), score_word(c, best),
						      score_word(c, a->score)),
					 NULL};
	return (struct sentence){"equal", explain_choice(r).text, NULL};
}

/* When it is only a matter of more: how much. */
static void prefer_more(struct resource *r, struct node_answer *a)
{
	struct cluster *c = r->cluster;
	int best = r->assigned != NULL ? r->allowed[r->assigned->index].score : 0;
	if (r->assigned == NULL || r->parent != NULL || a->score < 0 || a->score > best || !r->managed)
		return;
	if (best < SCORE_INFINITY)
		sentence_add(c, &a->cures, "prefer",
			     sentence_cure(c, "constraint location %s prefers %s=%d", sentence_name(r),
					   node_name(a->node), best - a->score + 1),
			     "%s has to be wanted more than %s: by %d", node_name(a->node), node_name(r->assigned),
			     best - a->score + 1);
}

/* The removable causes, those of the cluster and the resource first; and, when it is only a matter of more, how much.
 */
static void find_cures(struct resource *r, struct node_answer *a)
{
	struct cluster *c = r->cluster;
	struct sentences all = {0};
	obstacles_of_resource(r, &all);
	for (uint32_t i = 0; i < all.count; i++)
		if (all.items[i].cure != NULL && strcmp(all.items[i].code, "failed") != 0)
			sentence_put(&c->arena, &a->cures, all.items[i]);
	for (uint32_t i = 0; i < a->obstacles.count; i++)
		if (a->obstacles.items[i].cure != NULL)
			sentence_put(&c->arena, &a->cures, a->obstacles.items[i]);
	for (uint32_t i = 0; a->known && a->score < 0 && i < a->contributions.count; i++) {
		const struct contribution *k = &a->contributions.items[i];
		/* That others do not want a node that can take nothing follows from the node. */
		bool follows = k->cause == CAUSE_COLOCATION && a->obstacles.count > 0;
		if (k->score < 0 && k->why.cure != NULL && !follows)
			sentence_put(&c->arena, &a->cures, k->why);
	}
	if (!a->known)
		sentence_put(&c->arena, &a->cures, explain_obstacle(r, a->node));
	prefer_more(r, a);
}

static bool is_here(const struct resource *r, const struct node *n, bool current)
{
	struct node_set l = {0};
	(void)resource_where(r, current ? WHERE_CURRENT : WHERE_ASSIGNED, &l);
	return node_set_has(&l, n);
}

struct node_answer explain_node(struct resource *r, struct node *node)
{
	struct node_answer a = {
		.node = node,
		.known = r->allowed[node->index].present,
		.score = r->allowed[node->index].present ? r->allowed[node->index].score : 0,
		.here = is_here(r, node, true),
		.chosen = is_here(r, node, false),
	};
	if (a.known)
		a.contributions = contributions_of(r, node);
	obstacles_of_node(r->cluster, node, &a.obstacles);
	a.verdict = verdict_of(r, &a);
	if (!a.chosen)
		find_cures(r, &a);
	return a;
}

/* --- what is waited for --- */

/* Why the action that nothing else blocks cannot be done. */
static struct sentence root_of_block(const struct action *a, const char *what)
{
	struct sentence why = {0};
	if (a->rsc != NULL && a->node != NULL && !a->node->online)
		why = explain_obstacle(a->rsc, a->node);
	else if (a->rsc != NULL && a->rsc->assigned == NULL && (a->task == TASK_START || a->task == TASK_PROMOTE))
		why = explain_no_node(a->rsc);
	if (why.code == NULL && a->reason != NULL)
		why = (struct sentence){
			"blocked-by", arena_printf(&a->cluster->arena, "%s cannot be done: %s", what, a->reason), NULL};
	return why.code == NULL && a->rsc != NULL ? explain_no_node(a->rsc) : why;
}

struct sentences explain_blocked(const struct action *a)
{
	enum { LINKS_MAX = 16 };
	struct cluster *c = a->cluster;
	struct sentences chain = {0};
	for (int i = 0; i < LINKS_MAX && a != NULL && !action_is(a, ACTION_RUNNABLE); i++) {
		const char *what = arena_printf(&c->arena, "%s%s%s", a->task_name, a->rsc != NULL ? " of " : "",
						a->rsc != NULL ? a->rsc->id : "");
		const struct action *by = a->blocked_by;
		if (by != NULL && by != a) {
			sentence_add(c, &chain, "waits-for", NULL, "%s waits for %s%s%s, which cannot be done", what,
				     by->task_name, by->rsc != NULL ? " of " : "", by->rsc != NULL ? by->rsc->id : "");
			a = by;
			continue;
		}
		sentence_put(&c->arena, &chain, root_of_block(a, what));
		break;
	}
	return chain;
}

static void find_waiting(struct resource *r, struct sentences *ret)
{
	const struct action *start = r->assigned != NULL ? action_find_task(r, TASK_START, r->assigned) : NULL;
	if (start != NULL && !action_is(start, ACTION_RUNNABLE) &&
	    (!action_is(start, ACTION_OPTIONAL) || r->active.count == 0))
		*ret = explain_blocked(start);
}

/* --- promotion --- */

static const struct resource *promotable_of(const struct resource *r)
{
	return r->parent != NULL && r->parent->kind == RESOURCE_CLONE && r->parent->promotable ? r->parent : NULL;
}

static void explain_promotion(struct resource_answer *a)
{
	struct resource *r = a->rsc;
	struct cluster *c = r->cluster;
	const struct resource *clone = promotable_of(r);
	if (clone == NULL || r->promotion_entries == NULL)
		return;
	a->has_promotion = true;
	a->promotion_score = r->promotion_priority;
	a->promotion = contributions_of_promotion(r);
	bool promoted = resource_role(r, false) == ROLE_PROMOTED;
	const char *score = score_word(c, r->promotion_priority);
	if (promoted)
		a->promoted = (struct sentence){
			"promoted",
			arena_printf(&c->arena, "%s is promoted: its score %s is among the highest %d of %s", r->id,
				     score, clone->clone.promoted_max, clone->id),
			NULL};
	else if (r->promotion_priority < 0)
		a->promoted = (struct sentence){
			"promotion-negative",
			arena_printf(&c->arena, "%s is not promoted: its score is negative (%s)", r->id, score), NULL};
	else
		a->promoted = (struct sentence){
			"promotion-taken",
			arena_printf(&c->arena, "%s is not promoted: others of %s come first, and promoted-max is %d",
				     r->id, clone->id, clone->clone.promoted_max),
			sentence_cure(c, "resource meta %s promoted-max=%d", clone->id, clone->clone.promoted_max + 1)};
}

/* --- the whole --- */

static void explain_parts(struct resource_answer *a)
{
	struct resource *r = a->rsc;
	struct arena *arena = &r->cluster->arena;
	uint32_t room = r->kind == RESOURCE_BUNDLE ? (uint32_t)r->bundle.replica_count * 4 : r->children.count;
	a->parts = arena_array(arena, struct resource_answer *, room);
	if (r->kind != RESOURCE_BUNDLE) {
		for_each_child_of(child, r) a->parts[a->part_count++] = explain_resource(child);
		return;
	}
	for (int i = 0; i < r->bundle.replica_count; i++) {
		const struct replica *p = &r->bundle.replicas[i];
		struct resource *const parts[] = {p->ip, p->container, p->connection, p->child};
		for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
			if (parts[k] != NULL)
				a->parts[a->part_count++] = explain_resource(parts[k]);
	}
}

struct resource_answer *explain_resource(struct resource *r)
{
	struct cluster *c = r->cluster;
	struct resource_answer *a = arena_new(&c->arena, struct resource_answer);
	a->rsc = r;
	a->kind = kind_of(r);
	a->now = explain_state(r, true);
	a->then = explain_state(r, false);
	obstacles_of_resource(r, &a->reasons);
	if (r->kind == RESOURCE_PRIMITIVE) {
		find_waiting(r, &a->waiting);
		if (a->waiting.count > 0)
			a->then = "Stopped";
		a->choice = r->assigned != NULL ? explain_choice(r) : explain_no_node(r);
	}
	a->nodes = arena_array(&c->arena, struct node_answer, c->node_count);
	for_each_node(n, c) a->nodes[a->node_count++] = explain_node(r, n);
	explain_promotion(a);
	explain_parts(a);
	return a;
}
