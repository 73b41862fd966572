/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/actions-private.h"
#include "scheduler/graph.h"

/* "Cancel web_monitor_10000 n1", "stonith 'reboot' n1", "web-group_running_0" */
static void append_words(const struct action *a, GString *out)
{
	struct cluster *c = a->cluster;
	const char *host = a->node != NULL ? a->node->name : action_is(a, ACTION_PSEUDO) ? NULL : "<none>";
	const char *task = a->task_name, *name = a->key;
	if (a->task == TASK_CANCEL) {
		g_string_append(out, "Cancel ");
		task = a->cancelled_task;
	}
	if (a->rsc != NULL && a->rsc->history_id != NULL) {
		if (a->task == TASK_NOTIFY || a->task == TASK_NOTIFIED) {
			const char *type = table_get(a->meta, "notify_key_type");
			const char *of = table_get(a->meta, "notify_key_operation");
			name = action_notify_key(c, a->rsc->history_id, type == NULL ? "" : type, of == NULL ? "" : of);
		} else {
			name = action_key(c, a->rsc->history_id, task, action_is_recurring(a) ? a->interval_ms : 0);
		}
	} else if (a->task == TASK_FENCE) {
		const char *op = table_get(a->meta, "stonith_action");
		g_string_append_printf(out, "%s '%s'", task, op == NULL ? "" : op);
		name = "";
	} else if (a->rsc == NULL && host != NULL) {
		name = task;
	}
	g_string_append(out, name);
	if (host != NULL) {
		g_string_append_c(out, ' ');
		g_string_append(out, host);
	}
}

static void append_name(const struct action *a, unsigned flags, GString *out)
{
	append_words(a, out);
	if (flags & DOT_IDS)
		g_string_append_printf(out, " (%d)", a->id);
}

/* The colour of a box; NULL: it is not drawn. Dashed ones are not done: red, they cannot be; blue, they need not. */
static const char *color_of(const struct action *a, unsigned flags)
{
	if (action_is(a, ACTION_IN_GRAPH))
		return "green";
	if (a->rsc != NULL && !a->rsc->managed)
		return flags & DOT_ALL ? "red" : NULL;
	if (action_is(a, ACTION_OPTIONAL))
		return flags & DOT_ALL ? "blue" : NULL;
	return "red";
}

static void print_box(const struct action *a, unsigned flags, GString *out)
{
	const char *color = color_of(a, flags);
	if (color == NULL)
		return;
	bool done = action_is(a, ACTION_IN_GRAPH);
	const char *font = action_is(a, ACTION_PSEUDO) ? "orange" : "black";
	if (!done && a->rsc != NULL && !a->rsc->managed)
		font = "purple";
	g_string_append_c(out, '"');
	append_name(a, flags, out);
	g_string_append(out, done ? "\" [ style=bold color=\"" : "\" [ style=dashed color=\"");
	g_string_append(out, color);
	g_string_append(out, "\" fontcolor=\"");
	g_string_append(out, font);
	g_string_append(out, "\"]\n");
}

static void print_arrow(const struct action *then, const struct relation *r, unsigned flags, GString *out)
{
	bool shown = r->graphed;
	if (!r->graphed) {
		if (r->flags == 0)
			return;
		shown = color_of(r->action, flags) != NULL && color_of(then, flags) != NULL &&
			r->flags != RELATION_IF_ON_SAME_NODE_OR_TARGET;
	}
	if (!shown && !(flags & DOT_ALL))
		return;
	g_string_append_c(out, '"');
	append_name(r->action, flags, out);
	g_string_append(out, "\" -> \"");
	append_name(then, flags, out);
	g_string_append(out, r->graphed ? "\" [ style = bold]\n" : "\" [ style = dashed]\n");
}

void graph_print_dot(const struct cluster *c, unsigned flags, GString *out)
{
	g_string_append(out, " digraph \"g\" {\n");
	for (const struct action *a = c->actions; a != NULL; a = a->next)
		print_box(a, flags, out);
	for (const struct action *a = c->actions; a != NULL; a = a->next)
		for (const struct relation *r = a->before; r != NULL; r = r->next)
			print_arrow(a, r, flags, out);
	g_string_append(out, "}\n");
}
