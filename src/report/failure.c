/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/failure.h"

#include "rules/interval.h"
#include "rules/score.h"
#include "scheduler/criteria.h"
#include "scheduler/failcount.h"

#include <stdlib.h>
#include <string.h>

static bool is_about(const struct failed_operation *f, const struct resource *r)
{
	/* A failure is of one instance; that of an anonymous clone counts for all of them. */
	for (const struct resource *of = f->rsc; of != NULL; of = of->parent)
		if (of == r || (!r->unique && strcmp(sentence_name(of), sentence_name(r)) == 0))
			return true;
	return false;
}

static int64_t time_of(const struct failed_operation *f)
{
	const char *time = element_get(f->entry, NAME_LAST_RC_CHANGE);
	return time == NULL ? 0 : strtoll(time, NULL, 10);
}

const struct failed_operation *failure_find(const struct resource *r, const struct node *node)
{
	const struct failed_operation *latest = NULL;
	for (const struct failed_operation *f = r->cluster->failed_operations; f != NULL; f = f->next)
		if ((node == NULL || f->node == node) && is_about(f, r) &&
		    (latest == NULL || time_of(f) > time_of(latest)))
			latest = f;
	return latest;
}

const char *failure_text(struct cluster *c, const struct failed_operation *f)
{
	const char *reason = element_get_or(f->entry, NAME_EXIT_REASON, "");
	const char *what = f->execution == EXECUTION_DONE || f->execution == EXECUTION_ERROR
				   ? agent_result_text(f->rc)
				   : execution_text(f->execution);
	const char *when = "";
	if (time_of(f) > 0)
		when = arena_printf(&c->arena, " at %s", sentence_time(c, time_of(f)));
	return arena_printf(&c->arena, "%s of %s failed on %s%s: %s%s%s%s", f->task, sentence_name(f->rsc),
			    node_name(f->node), when, what, *reason != '\0' ? " (" : "", reason,
			    *reason != '\0' ? ")" : "");
}

const char *failure_cure(const struct resource *r, const struct node *node)
{
	struct cluster *c = r->cluster;
	const char *name = sentence_name(r);
	if (node == NULL)
		return sentence_cure(c, "resource cleanup %s", name);
	return sentence_cure(c, "resource cleanup %s node=%s", name, node_name(node));
}

/* The first below r whose failures have reached its threshold there. */
static struct resource *find_banning(struct resource *r, struct node *node)
{
	if (r->children.count == 0)
		return threshold_bans(r, node) != NULL ? r : NULL;
	for_each_child_of(child, r)
	{
		struct resource *found = find_banning(child, node);
		if (found != NULL)
			return found;
	}
	return NULL;
}

struct sentence failure_ban(struct resource *r, struct node *node)
{
	struct cluster *c = r->cluster;
	struct resource *failed = find_banning(r->unique ? r : resource_top(r, false), node);
	if (failed == NULL)
		return (struct sentence){0};
	int64_t last = 0;
	char buffer[16], length[INTERVAL_TEXT_SIZE];
	int count = failcount_of(failed, node, FAILCOUNT_EFFECTIVE | FAILCOUNT_LAUNCHED, NULL, &last);
	const char *counted =
		count >= SCORE_INFINITY
			? arena_printf(&c->arena, "%s must not be tried again on %s after its failure",
				       sentence_name(failed), node_name(node))
			: arena_printf(&c->arena, "%s failed %d time%s on %s and migration-threshold is %s",
				       sentence_name(failed), count, count == 1 ? "" : "s", node_name(node),
				       score_text(failed->migration_threshold, buffer));
	const struct failed_operation *f = failure_find(failed, node);
	const char *what = f == NULL ? "" : arena_printf(&c->arena, "; %s", failure_text(c, f));
	const char *until = "; it does not expire (no failure-timeout)";
	if (failed->failure_timeout_ms > 0 && last > 0)
		until = arena_printf(&c->arena, "; it expires at %s (failure-timeout %s)",
				     sentence_time(c, last + failed->failure_timeout_ms / 1000),
				     interval_text((uint64_t)failed->failure_timeout_ms, length));
	return (struct sentence){"migration-threshold", arena_printf(&c->arena, "%s%s%s", counted, what, until),
				 failure_cure(failed, node)};
}
