/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All actions of a transition with their causes, in the order in which they would be done. */
#include "report/cause.h"
#include "transition/execution.h"

#include <string.h>

static void answer_action(struct transition_answer *t, const uint32_t *numbers, const struct synapse *s)
{
	struct cluster *c = t->cluster;
	struct action_answer *a = &t->items[t->count++];
	*a = (struct action_answer){
		.number = t->count,
		.synapse = s,
		.what = action_words(s->action, s->event.on_node),
		.reason = action_cause(s->action),
		.after = arena_array(&c->arena, uint32_t, s->input_count),
	};
	for (const struct relation *l = s->action->before; l != NULL; l = l->next)
		if (l->graphed && numbers[l->action->id] != 0)
			a->after[a->after_count++] = numbers[l->action->id];
}

struct transition_answer *explain_transition(struct cluster *c)
{
	struct transition_answer *t = arena_new(&c->arena, struct transition_answer);
	t->cluster = c;
	t->items = arena_array(&c->arena, struct action_answer, c->graph->count);
	uint32_t *numbers = arena_array(&c->arena, uint32_t, (size_t)c->next_action_id + 1);
	struct execution *e = execution_new(c->graph);
	for (const struct synapse *s; (s = execution_next(e)) != NULL;) {
		numbers[s->action->id] = t->count + 1;
		answer_action(t, numbers, s);
		execution_done(e, s, false);
	}
	execution_free(e);
	return t;
}

/* --- text --- */

/* What the lines are grouped by: the resource as a whole, or the cluster. */
static const char *group_of(const struct action_answer *a)
{
	const struct action *action = a->synapse->action;
	return action->rsc != NULL ? resource_top(action->rsc, true)->id : "the cluster";
}

static bool is_shown(const struct action_answer *a, bool pseudo)
{
	return pseudo || a->synapse->event.kind != SYNAPSE_PSEUDO || a->synapse->action->task == TASK_FENCE;
}

static void print_after(const struct transition_answer *t, const struct action_answer *a, bool pseudo, GString *out)
{
	const char *before = "\n        after ";
	for (uint32_t i = 0; i < a->after_count; i++) {
		const struct action_answer *first = &t->items[a->after[i] - 1];
		if (!is_shown(first, pseudo))
			continue;
		g_string_append_printf(out, "%s%u. %s", before, first->number, first->what);
		before = ", ";
	}
}

static void print_action(const struct transition_answer *t, const struct action_answer *a, bool pseudo, GString *out)
{
	g_string_append_printf(out, "  %3u. %s\n        because %s", a->number, a->what, a->reason.text);
	print_after(t, a, pseudo, out);
	g_string_append_c(out, '\n');
}

void explain_transition_print(const struct transition_answer *t, bool pseudo, GString *out)
{
	bool *done = arena_array(&t->cluster->arena, bool, t->count + 1);
	bool any = false;
	for (uint32_t i = 0; i < t->count; i++) {
		if (done[i] || !is_shown(&t->items[i], pseudo))
			continue;
		const char *group = group_of(&t->items[i]);
		g_string_append_printf(out, "%s%s:\n", any ? "\n" : "", group);
		any = true;
		for (uint32_t k = i; k < t->count; k++) {
			if (done[k] || !is_shown(&t->items[k], pseudo) || strcmp(group_of(&t->items[k]), group) != 0)
				continue;
			print_action(t, &t->items[k], pseudo, out);
			done[k] = true;
		}
	}
	if (!any)
		g_string_append(out, "Nothing is to be done.\n");
}
