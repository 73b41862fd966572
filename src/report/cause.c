/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/cause.h"

#include "report/explain.h"
#include "report/failure.h"
#include "report/obstacle.h"
#include "rules/interval.h"
#include "scheduler/action-config.h"

#include <string.h>

enum { CHAIN_MAX = 12 };

#define SAY(a, ...) arena_printf(&(a)->cluster->arena, __VA_ARGS__)

static const struct sentence nothing;

static struct sentence cause_at(const struct action *a, int depth);

static bool is_required(const struct action *a)
{
	return a != NULL && !action_is(a, ACTION_OPTIONAL);
}

/* --- words --- */

static const char *task_words(const struct action *a)
{
	char length[INTERVAL_TEXT_SIZE];
	if (a->task == TASK_MONITOR && a->interval_ms == 0)
		return "probe";
	if (a->task == TASK_CANCEL)
		return SAY(a, "end %s (every %s)", a->cancelled_task, interval_text((uint64_t)a->interval_ms, length));
	if (a->task == TASK_CLEAR_FAILCOUNT)
		return "forget failures of";
	if (a->task == TASK_DELETE)
		return "forget history of";
	if (a->task == TASK_SHUTDOWN)
		return "shut down";
	if (a->interval_ms > 0)
		return SAY(a, "%s (every %s)", a->task_name, interval_text((uint64_t)a->interval_ms, length));
	return a->task_name;
}

const char *action_words(const struct action *a, const struct node *on)
{
	const struct node *n = a->node != NULL ? a->node : on;
	if (a->task == TASK_FENCE) {
		const char *op = table_get(a->meta, "stonith_action");
		return SAY(a, "fence %s (%s)", node_name(n), op != NULL ? op : "reboot");
	}
	if (a->rsc == NULL)
		return SAY(a, "%s%s%s", task_words(a), n != NULL ? " " : "", n != NULL ? node_name(n) : "");
	return SAY(a, "%s %s%s%s", task_words(a), a->rsc->id, n != NULL ? " on " : "", n != NULL ? node_name(n) : "");
}

/* --- why a resource leaves a node, or comes --- */

static struct sentence move_cause(const struct action *a, struct node *from)
{
	struct resource *r = a->rsc;
	struct sentence why = explain_obstacle(r, from);
	if (why.code == NULL && r->failed) {
		const struct failed_operation *f = failure_find(r, from);
		if (f != NULL)
			why = (struct sentence){"failed", failure_text(r->cluster, f), NULL};
	}
	if (why.code == NULL)
		why = explain_choice(r);
	return (struct sentence){
		why.code,
		SAY(a, "%s moves from %s to %s: %s", r->id, node_name(from), node_name(r->assigned), why.text),
		why.cure};
}

static struct sentence stay_down_cause(const struct action *a, struct node *from)
{
	struct resource *r = a->rsc;
	struct sentence none = explain_no_node(r);
	if (strcmp(none.code, "no-node") == 0 && from != NULL) {
		struct sentence why = explain_obstacle(r, from);
		if (why.code != NULL)
			return (struct sentence){why.code,
						 SAY(a, "%s stops on %s: %s; no other node can take it", r->id,
						     node_name(from), why.text),
						 why.cure};
	}
	return none;
}

/* What is stopped because it could not be started where it is, or because what runs in it failed. */
static struct sentence cannot_start_cause(const struct action *a)
{
	struct resource *r = a->rsc;
	const struct action *start = action_find_task(r, TASK_START, r->assigned);
	if (start != NULL && !action_is(start, ACTION_RUNNABLE) && is_required(a)) {
		struct sentences chain = explain_blocked(start);
		if (chain.count > 0)
			return (struct sentence){chain.items[0].code,
						 SAY(a, "%s stops: %s", r->id, chain.items[chain.count - 1].text),
						 chain.items[chain.count - 1].cure};
	}
	if (a->note != NULL)
		return (struct sentence){"definition", SAY(a, "%s restarts: %s", r->id, a->note), NULL};
	for (const struct action *x = r->actions; x != NULL && is_required(a); x = x->next_of_resource)
		if (x->task == TASK_START && x->note != NULL)
			return (struct sentence){"definition", SAY(a, "%s restarts: %s", r->id, x->note), NULL};
	if (r->start_pending && is_required(a))
		return (struct sentence){"pending",
					 SAY(a, "a start of %s has not ended: nobody knows its state", r->id), NULL};
	for (uint32_t i = 0; i < r->launched.count; i++) {
		const struct failed_operation *f = failure_find(r->launched.items[i], NULL);
		if (f != NULL)
			return (struct sentence){"failed",
						 SAY(a, "%s; %s runs in %s, which is started anew",
						     failure_text(r->cluster, f), f->rsc->id, r->id),
						 failure_cure(f->rsc, f->node)};
	}
	return nothing;
}

/* Why r does not just go on where it is; code NULL when nothing about r itself says so. */
static struct sentence leave_cause(const struct action *a)
{
	struct resource *r = a->rsc;
	struct node *from = a->node != NULL ? a->node : r->active.count > 0 ? r->active.items[0] : NULL;
	if (r->removed)
		return (struct sentence){
			"removed",
			SAY(a, "%s is no longer configured%s", r->id,
			    r->cluster->options.stop_removed_resources ? " (stop-removed-resources)" : ""),
			NULL};
	if (r->active.count > 1 && r->migration_target == NULL)
		return (struct sentence){
			"multiply-active",
			SAY(a, "%s is active on %u nodes at once (multiple-active)", r->id, (unsigned)r->active.count),
			NULL};
	if (r->assigned == NULL)
		return stay_down_cause(a, from);
	if (from != NULL && r->assigned != from)
		return move_cause(a, from);
	const struct failed_operation *f = r->failed ? failure_find(r, from) : NULL;
	if (f != NULL)
		return (struct sentence){"failed", failure_text(r->cluster, f), failure_cure(r, f->node)};
	if (r->failed)
		return (struct sentence){"failed", SAY(a, "%s failed on %s", r->id, node_name(from)), NULL};
	if (r->next_role == ROLE_STOPPED)
		return explain_no_node(r);
	return cannot_start_cause(a);
}

static struct sentence chosen_cause(const struct action *a)
{
	struct resource *r = a->rsc;
	struct sentence choice = explain_choice(r);
	return (struct sentence){
		"start", SAY(a, "%s is not running, and %s", r->id, choice.code != NULL ? choice.text : "it is to run"),
		NULL};
}

/* --- chains --- */

static const char *constraint_between(const struct action *a, const struct action *b)
{
	for (const struct relation *l = a->before; l != NULL; l = l->next)
		if (l->action == b && l->id != NULL)
			return l->id;
	for (const struct relation *l = a->after; l != NULL; l = l->next)
		if (l->action == b && l->id != NULL)
			return l->id;
	return NULL;
}

/* Who needed it: the other action, by which constraint, and that one's own cause. */
static struct sentence chain_cause(const struct action *a, int depth)
{
	const struct action *by = a->required_by;
	if (by == NULL || by == a || depth >= CHAIN_MAX)
		return nothing;
	const char *id = constraint_between(a, by);
	struct sentence why = cause_at(by, depth + 1);
	const char *with = id != NULL ? SAY(a, " by order constraint %s", id) : "";
	if (why.code == NULL)
		return (struct sentence){"required", SAY(a, "%s needs it%s", action_words(by, NULL), with), NULL};
	if (by->rsc == a->rsc && id == NULL)
		return why;
	return (struct sentence){"required", SAY(a, "%s needs it%s: %s", action_words(by, NULL), with, why.text),
				 why.cure};
}

/* The scheduler's own words. */
static struct sentence reason_cause(const struct action *a)
{
	if (a->reason == NULL)
		return nothing;
	return (struct sentence){"reason",
				 SAY(a, "%s: %s", a->rsc != NULL ? a->rsc->id : node_name(a->node), a->reason), NULL};
}

/* --- each kind of action --- */

static struct sentence fence_cause(const struct action *a, int depth)
{
	const char *op = table_get(a->meta, "stonith_action");
	if (op != NULL && strcmp(op, "on") == 0)
		return (struct sentence){"unfence",
					 SAY(a, "%s must be given access again before resources start there%s%s",
					     node_name(a->node), a->reason != NULL ? ": " : "",
					     a->reason != NULL ? a->reason : ""),
					 NULL};
	if (a->reason != NULL)
		return (struct sentence){"fence", SAY(a, "%s is fenced: %s", node_name(a->node), a->reason), NULL};
	struct sentence chain = chain_cause(a, depth);
	if (chain.code != NULL)
		return chain;
	return (struct sentence){"fence",
				 SAY(a, "%s is unclean: nobody knows what still runs there", node_name(a->node)), NULL};
}

static struct sentence shutdown_cause(const struct action *a, int depth)
{
	(void)depth;
	return (struct sentence){"shutdown", SAY(a, "%s was asked to shut down", node_name(a->node)), NULL};
}

static struct sentence clear_cause(const struct action *a, int depth)
{
	(void)depth;
	return (struct sentence){"clear-failures",
				 SAY(a, "the failures of %s on %s no longer count: %s", a->rsc->id, node_name(a->node),
				     a->note != NULL ? a->note : "they are old"),
				 NULL};
}

static struct sentence cancel_cause(const struct action *a, int depth)
{
	(void)depth;
	struct resource *r = a->rsc;
	char length[INTERVAL_TEXT_SIZE];
	const char *why = SAY(a, "it does not fit the role %s that %s will have", role_text(r->next_role), r->id);
	if (r->removed || action_config_find(r, a->cancelled_task, a->interval_ms, true) == NULL)
		why = SAY(a, "it is no longer configured for %s", r->id);
	else if (r->assigned == NULL || a->node != r->assigned)
		why = SAY(a, "%s will not run there", r->id);
	return (struct sentence){"cancel",
				 SAY(a, "%s every %s on %s is ended: %s", a->cancelled_task,
				     interval_text((uint64_t)a->interval_ms, length), node_name(a->node), why),
				 NULL};
}

static struct sentence delete_cause(const struct action *a, int depth)
{
	(void)depth;
	const struct resource *r = a->rsc;
	const char *why = "its results do not count any more";
	if (r->removed)
		why = "it is no longer configured";
	else if (r->lock_node != NULL)
		why = "it is no longer kept for that node (shutdown-lock)";
	else if (a->reason != NULL)
		why = a->reason;
	return (struct sentence){"delete-history",
				 SAY(a, "the history of %s on %s is forgotten: %s", r->id, node_name(a->node), why),
				 NULL};
}

static struct sentence monitor_cause(const struct action *a, int depth)
{
	(void)depth;
	const struct resource *r = a->rsc;
	char length[INTERVAL_TEXT_SIZE];
	const char *node = node_name(a->node);
	if (a->interval_ms == 0)
		return (struct sentence){
			"probe",
			SAY(a, "nothing is known of %s on %s yet: it is looked whether it runs there", r->id, node),
			NULL};
	const char *id = a->operation != NULL ? element_id(a->operation) : NULL;
	const char *every = interval_text((uint64_t)a->interval_ms, length);
	const char *of = SAY(a, "operation %s", id != NULL ? id : a->task_name);
	const struct action *start = action_find_task(a->rsc, TASK_START, a->node);
	if (r->assigned != a->node)
		return (struct sentence){
			"watch-stopped",
			SAY(a, "%s checks every %s that %s stays stopped on %s", of, every, r->id, node), NULL};
	if (is_required(start))
		return (struct sentence){
			"watch", SAY(a, "%s watches %s every %s once it runs on %s", of, r->id, every, node), NULL};
	return (struct sentence){
		"watch",
		SAY(a, "%s, which watches %s every %s, does not run on %s with this role yet", of, r->id, every, node),
		NULL};
}

static struct sentence notify_cause(const struct action *a, int depth)
{
	(void)depth;
	const char *what = table_get(a->meta, "notify_key_operation"), *when = table_get(a->meta, "notify_key_type");
	if (what == NULL)
		what = table_get(a->meta, "notify_operation");
	if (when == NULL)
		when = table_get(a->meta, "notify_type");
	return (struct sentence){
		"notify",
		SAY(a, "instances of %s are told %s %s of them (notify=true)", resource_top(a->rsc, false)->id,
		    when != NULL && strstr(when, "post") != NULL ? "after" : "before", what != NULL ? what : "changes"),
		NULL};
}

/* A stop, or the half of a migration that leads away. */
static struct sentence stop_cause(const struct action *a, int depth)
{
	struct sentence s = leave_cause(a);
	if (s.code == NULL)
		s = reason_cause(a);
	struct sentence chain = chain_cause(a, depth);
	bool vague = s.code != NULL && strcmp(s.code, "reason") == 0;
	return s.code == NULL || (vague && chain.code != NULL) ? chain : s;
}

static struct sentence start_cause(const struct action *a, int depth)
{
	struct resource *r = a->rsc;
	if (r->active.count == 0)
		return chosen_cause(a);
	for (const struct action *x = r->actions; x != NULL; x = x->next_of_resource)
		if (x->task == TASK_STOP && is_required(x) && depth < CHAIN_MAX) {
			struct sentence s = cause_at(x, depth + 1);
			if (s.code != NULL)
				return s;
		}
	struct sentence s = leave_cause(a);
	if (s.code == NULL)
		s = chain_cause(a, depth);
	return s.code != NULL ? s : chosen_cause(a);
}

static struct sentence role_cause(const struct action *a, int depth)
{
	struct resource *r = a->rsc;
	struct resource_answer *answer = explain_resource(r);
	if (a->task == TASK_DEMOTE && (r->assigned != a->node || r->failed || r->next_role == ROLE_STOPPED)) {
		struct sentence s = stop_cause(a, depth);
		if (s.code != NULL)
			return s;
	}
	if (answer->has_promotion && (a->task == TASK_PROMOTE || resource_role(r, false) != ROLE_PROMOTED))
		return answer->promoted;
	struct sentence s = chain_cause(a, depth);
	if (s.code == NULL)
		s = reason_cause(a);
	if (s.code == NULL)
		s = (struct sentence){
			"role", SAY(a, "%s shall be %s on %s", r->id, role_text(r->next_role), node_name(a->node)),
			NULL};
	return s;
}

static struct sentence reload_cause(const struct action *a, int depth)
{
	(void)depth;
	return (struct sentence){
		"reload", SAY(a, "parameters of %s changed that it can take over without a restart", a->rsc->id), NULL};
}

/* --- what no agent does --- */

/* What the begin or end of a whole stands for. */
static enum task task_of_parts(enum task task)
{
	static const enum task parts[TASK_MAINTENANCE_NODES + 1] = {
		[TASK_RUNNING] = TASK_START,
		[TASK_STOPPED] = TASK_STOP,
		[TASK_PROMOTED] = TASK_PROMOTE,
		[TASK_DEMOTED] = TASK_DEMOTE,
	};
	return parts[task] != TASK_OTHER ? parts[task] : task;
}

/* The first necessary action of this sort below r. */
static const struct action *find_part(const struct resource *r, enum task task)
{
	if (r->kind == RESOURCE_PRIMITIVE) {
		for (const struct action *x = r->actions; x != NULL; x = x->next_of_resource)
			if (x->task == task && x->interval_ms == 0 && is_required(x))
				return x;
		return NULL;
	}
	for_each_child_of(child, r)
	{
		const struct action *found = find_part(child, task);
		if (found != NULL)
			return found;
	}
	for (int i = 0; r->kind == RESOURCE_BUNDLE && i < r->bundle.replica_count; i++) {
		const struct action *found = find_part(r->bundle.replicas[i].container, task);
		if (found == NULL && r->bundle.replicas[i].child != NULL)
			found = find_part(r->bundle.replicas[i].child, task);
		if (found != NULL)
			return found;
	}
	return NULL;
}

static struct sentence whole_cause(const struct action *a, int depth)
{
	enum task task = task_of_parts(a->task);
	const struct action *part = find_part(a->rsc, task);
	const char *end = task != a->task ? "the end of" : "the beginning of";
	if (part == NULL && depth < CHAIN_MAX) {
		struct sentence s = chain_cause(a, depth);
		if (s.code != NULL)
			return s;
		return (struct sentence){
			"whole",
			SAY(a, "marks %s %s of %s; none of its parts changes", end, task_text(task), a->rsc->id), NULL};
	}
	struct sentence s = part != NULL && depth < CHAIN_MAX ? cause_at(part, depth + 1) : nothing;
	return (struct sentence){"whole",
				 SAY(a, "marks %s %s of %s, of which %s is a part%s%s", end, task_text(task),
				     a->rsc->id, part != NULL ? part->rsc->id : "one", s.code != NULL ? ": " : "",
				     s.code != NULL ? s.text : ""),
				 s.cure};
}

static const struct action *neighbour(const struct relation *l)
{
	for (; l != NULL; l = l->next)
		if (l->action->rsc != NULL && is_required(l->action))
			return l->action;
	return NULL;
}

/* Points in the order that belong to the cluster: gates of order constraints, capacities, maintenance of remotes. */
static struct sentence point_cause(const struct action *a, int depth)
{
	const struct action *before = neighbour(a->before), *after = neighbour(a->after);
	struct sentence chain = chain_cause(a, depth);
	const char *id = strchr(a->key, ':');
	if (id != NULL)
		return (struct sentence){"gate",
					 SAY(a, "enough of what order constraint %s names is there%s%s", id + 1,
					     after != NULL ? " for " : "",
					     after != NULL ? action_words(after, NULL) : ""),
					 NULL};
	if (chain.code != NULL)
		return chain;
	return (struct sentence){"point",
				 SAY(a, "%s: stands between %s and %s", a->key,
				     before != NULL ? action_words(before, NULL) : "what comes before",
				     after != NULL ? action_words(after, NULL) : "what comes after"),
				 NULL};
}

static struct sentence other_cause(const struct action *a, int depth)
{
	if (a->rsc == NULL)
		return point_cause(a, depth);
	if (a->rsc->kind != RESOURCE_PRIMITIVE)
		return whole_cause(a, depth);
	if (a->interval_ms > 0)
		return monitor_cause(a, depth);
	if (strcmp(a->task_name, "delete") == 0)
		return delete_cause(a, depth);
	struct sentence s = chain_cause(a, depth);
	if (s.code == NULL)
		s = reason_cause(a);
	if (s.code != NULL)
		return s;
	return (struct sentence){"other",
				 SAY(a, "%s of %s%s%s", a->task_name, a->rsc->id, a->node != NULL ? " is due on " : "",
				     a->node != NULL ? node_name(a->node) : ""),
				 NULL};
}

static struct sentence cause_at(const struct action *a, int depth)
{
	typedef struct sentence cause_function(const struct action *a, int depth);
	static cause_function *const of_any[TASK_MAINTENANCE_NODES + 1] = {
		[TASK_FENCE] = fence_cause,
		[TASK_SHUTDOWN] = shutdown_cause,
		[TASK_NOTIFY] = notify_cause,
		[TASK_NOTIFIED] = notify_cause,
	};
	static cause_function *const of_primitive[TASK_MAINTENANCE_NODES + 1] = {
		[TASK_MONITOR] = monitor_cause,       [TASK_STOP] = stop_cause,
		[TASK_START] = start_cause,           [TASK_PROMOTE] = role_cause,
		[TASK_DEMOTE] = role_cause,           [TASK_MIGRATE_TO] = stop_cause,
		[TASK_MIGRATE_FROM] = start_cause,    [TASK_RELOAD] = reload_cause,
		[TASK_CANCEL] = cancel_cause,         [TASK_DELETE] = delete_cause,
		[TASK_CLEAR_FAILCOUNT] = clear_cause,
	};
	if (of_any[a->task] != NULL)
		return of_any[a->task](a, depth);
	if (a->rsc != NULL && a->rsc->kind == RESOURCE_PRIMITIVE && of_primitive[a->task] != NULL)
		return of_primitive[a->task](a, depth);
	return other_cause(a, depth);
}

struct sentence action_cause(const struct action *a)
{
	struct sentence s = cause_at(a, 0);
	if (s.code != NULL)
		return s;
	s = reason_cause(a);
	if (s.code != NULL)
		return s;
	return (struct sentence){"due", SAY(a, "%s is due", action_words(a, NULL)), NULL};
}
