/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/cluster.h"

#include "rules/score.h"
#include "scheduler/actions.h"
#include "scheduler/assign.h"
#include "scheduler/constraints.h"
#include "scheduler/criteria.h"
#include "scheduler/graph.h"
#include "scheduler/history.h"
#include "scheduler/memory.h"
#include "scheduler/order.h"
#include "scheduler/unpack.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct cluster *cluster_new(struct document *d, int64_t now)
{
	struct arena arena = {0};
	struct cluster *c = arena_new(&arena, struct cluster);
	c->arena = arena; /* moved before anything else is taken from it */
	c->document = d;
	c->now = now;
	c->recheck_by = INT64_MAX;
	c->next_action_id = 1;
	return c;
}

void cluster_free(struct cluster *c)
{
	if (c == NULL)
		return;
	struct arena arena = c->arena; /* which c lies in */
	arena_fini(&arena);
}

void cluster_complain(struct cluster *c, const struct element *e, bool is_error, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	struct complaint *complaint = arena_new(&c->arena, struct complaint);
	complaint->text = arena_string(&c->arena, text);
	complaint->element = e;
	complaint->is_error = is_error;
	if (c->last_complaint == NULL)
		c->complaints = complaint;
	else
		c->last_complaint->next = complaint;
	c->last_complaint = complaint;
	if (is_error)
		c->processing_error = true;
	else
		c->processing_warning = true;
}

void cluster_recheck(struct cluster *c, int64_t when, const char *why)
{
	(void)why;
	if (when > c->now && when < c->recheck_by)
		c->recheck_by = when;
}

bool cluster_score_parse(const struct cluster *c, const char *text, int otherwise, int *ret_score)
{
	const struct options *o = &c->options;
	struct score_words words = {o->health_red, o->health_yellow, o->health_green};
	return score_parse_words(text, otherwise, &words, ret_score);
}

bool cluster_is_quorate_enough(const struct cluster *c)
{
	return c->quorate || c->options.no_quorum == NO_QUORUM_IGNORE;
}

static bool is_disabled(const struct resource *r)
{
	enum role role = role_parse(resource_meta(r, "target-role"));
	return role == ROLE_STOPPED || (role == ROLE_UNPROMOTED && resource_top(r, false)->promotable);
}

/* Leaves, but no removed ones that are stopped. */
static void count_resource(struct resource *r)
{
	struct cluster *c = r->cluster;
	if (r->children.count > 0) {
		for_each_child_of(child, r) count_resource(child);
	} else if (!r->removed || r->role > ROLE_STOPPED) {
		c->instance_count++;
		c->disabled_count += is_disabled(r);
		c->blocked_count += r->blocked;
	}
}

void scheduler_read_status(struct cluster *c)
{
	if (c->have_status)
		return;
	memory_begin(c);
	unpack_configuration(c, false);
	unpack_status(c);
	for (uint32_t i = 0; i < c->resources.count; i++)
		count_resource(c->resources.items[i]);
	c->have_status = true;
}

void scheduler_read_locations(struct cluster *c)
{
	unpack_configuration(c, true);
	constraints_unpack(c);
	criteria_apply(c);
}

void scheduler_run(struct cluster *c)
{
	scheduler_read_status(c);
	constraints_unpack(c);
	criteria_apply(c);
	constraints_internal(c);
	config_changes_handle(c);
	assign_all(c);
	actions_create(c);
	remote_order_actions(c);
	fencing_and_shutdown(c);
	orderings_apply(c);
	graph_create(c);
}
