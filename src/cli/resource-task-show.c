/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What crm_resource shows of resources: lists, where they run, how they are configured, what was done to them. */
#include "cli/resource-task-private.h"
#include "report/status.h"
#include "rules/values.h"
#include "scheduler/history.h"

#include <string.h>
#include <time.h>

/* --- lists --- */

static enum exit_code fail_empty(struct resource_task *t)
{
	result_error(&t->result, "NO resources configured\n");
	return EXIT_NO_SUCH;
}

enum exit_code task_list(struct resource_task *t)
{
	struct outline o = {.out = g_string_new(NULL), .placeless = true};
	if (t->result.is_xml) {
		markup_begin(&t->result.markup, "resources");
		for (uint32_t i = 0; i < t->cluster->resources.count; i++) {
			const struct resource *r = t->cluster->resources.items[i];
			if (!r->removed || resource_is_active(r, true))
				status_markup_resource(&t->result.markup, r, true);
		}
		markup_end(&t->result.markup);
	} else if (t->result.is_text) {
		status_report_resources(&o, t->cluster, true);
		(void)fputs(o.out->str, t->io->out);
	}
	(void)g_string_free(o.out, TRUE);
	return EXIT_OK;
}

static void add_names(struct resource_task *t, const struct resource *r, GPtrArray *names)
{
	if (r->children.count == 0)
		g_ptr_array_add(names, (gpointer)(uintptr_t)r->id);
	for_each_child_of(child, r) add_names(t, child, names);
}

enum exit_code task_list_raw(struct resource_task *t)
{
	struct markup *m = &t->result.markup;
	if (t->cluster->resources.count == 0)
		return fail_empty(t);
	GPtrArray *names = g_ptr_array_new();
	for (uint32_t i = 0; i < t->cluster->resources.count; i++)
		add_names(t, t->cluster->resources.items[i], names);
	if (t->result.is_xml) {
		markup_begin(m, "list");
		markup_attribute(m, "name", "resource names");
		markup_number(m, "count", names->len);
	}
	for (guint i = 0; i < names->len; i++) {
		result_line(&t->result, "%s", (const char *)g_ptr_array_index(names, i));
		if (t->result.is_xml)
			markup_text_with(m, "item", "name", "resource", g_ptr_array_index(names, i));
	}
	if (t->result.is_xml)
		markup_end(m);
	g_ptr_array_unref(names);
	return EXIT_OK;
}

/* --- operations --- */

struct operation_words {
	const char *key, *node, *call, *rc, *status, *exec;
	const struct resource *rsc; /* NULL: nobody knows it any more */
	const char *id;             /* in the history */
	char when[32];              /* "": unknown */
};

static struct operation_words operation_words(struct resource_task *t, const struct element *history,
					      const struct element *e, const char *node)
{
	struct operation_words w = {
		.node = node,
		.call = element_get_or(e, NAME_CALL_ID, "(null)"),
		.rc = element_get_or(e, NAME_RC_CODE, "(null)"),
		.exec = element_get_or(e, NAME_EXEC_TIME, "(null)"),
		.id = element_get_or(history, NAME_ID, ""),
	};
	int64_t status = -2, when = 0;
	w.key = element_get(e, NAME_OPERATION_KEY);
	if (w.key == NULL)
		w.key = element_get_or(e, NAME_ID, "");
	w.rsc = resource_find(t->cluster, w.id);
	(void)g_ascii_string_to_signed(element_get_or(e, NAME_OP_STATUS, ""), 10, -1, 100, &status, NULL);
	w.status = execution_text((int)status);
	const char *changed = element_get(e, NAME_LAST_RC_CHANGE);
	if (changed != NULL && g_ascii_string_to_signed(changed, 10, INT64_MIN, INT64_MAX, &when, NULL)) {
		time_t at = (time_t)when;
		struct tm local;
		if (localtime_r(&at, &local) != NULL)
			(void)strftime(w.when, sizeof(w.when), "%a %b %e %H:%M:%S %Y", &local);
	}
	return w;
}

static void print_operation(struct resource_task *t, const struct operation_words *w)
{
	GString *line = g_string_new(NULL);
	if (w->rsc != NULL)
		status_primitive_alone(w->rsc, status_resource_name(w->rsc), true, line);
	else
		g_string_append_printf(line, "Unknown resource %s", w->id);
	g_string_append_printf(line, ": %s (node=%s, call=%s, rc=%s", w->key, w->node, w->call, w->rc);
	if (w->when[0] != '\0')
		g_string_append_printf(line, ", last-rc-change='%s', exec=%sms", w->when, w->exec);
	g_string_append_printf(line, "): %s", w->status);
	result_line(&t->result, "%s", line->str);
	(void)g_string_free(line, TRUE);
}

static void mark_operation(struct markup *m, const struct operation_words *w)
{
	markup_begin(m, "operation");
	markup_attribute(m, "op", w->key);
	markup_attribute(m, "node", w->node);
	markup_attribute(m, "call", w->call);
	markup_attribute(m, "rc", w->rc);
	markup_attribute(m, "status", w->status);
	if (w->rsc != NULL) {
		bool has_provider = w->rsc->provider != NULL && strcmp(w->rsc->class_, "ocf") == 0;
		char *agent =
			g_strdup_printf("%s:%s:%s", w->rsc->class_, has_provider ? w->rsc->provider : "", w->rsc->type);
		markup_attribute(m, "rsc", status_resource_name(w->rsc));
		markup_attribute(m, "agent", agent);
		g_free(agent);
	}
	if (w->when[0] != '\0') {
		markup_attribute(m, "last-rc-change", w->when);
		markup_attribute(m, "exec-time", w->exec);
	}
	markup_end(m);
}

static bool is_history_wanted(const struct resource_task *t, const struct element *history)
{
	return t->resource == NULL || strcmp(element_get_or(history, NAME_ID, ""), t->resource) == 0;
}

/* Offline nodes run nothing, unless it is fencing that makes sure of it. */
static bool is_state_wanted(const struct resource_task *t, const struct element *state, const struct node **ret_node)
{
	const struct node *n = node_find(t->cluster, element_get_or(state, NAME_UNAME, ""));
	*ret_node = n;
	return n != NULL && (t->node == NULL || n == t->node) && (n->online || t->cluster->options.fencing_enabled);
}

static enum exit_code list_operations(struct resource_task *t, bool active)
{
	const struct element *status = document_section(t->cluster->document, NAME_STATUS);
	struct markup *m = &t->result.markup;
	const struct node *n;
	bool any = false;
	for_each_named(state, status, NAME_NODE_STATE)
	{
		if (!is_state_wanted(t, state, &n))
			continue;
		const struct element *lrm = element_first_named(state, NAME_LRM);
		for_each_named(history, element_first_named(lrm, NAME_LRM_RESOURCES), NAME_LRM_RESOURCE)
		{
			GPtrArray *list =
				is_history_wanted(t, history) ? history_operations(history, active) : g_ptr_array_new();
			if (list->len > 0 && !any && t->result.is_xml)
				markup_begin(m, "operations");
			any = any || list->len > 0;
			for (guint i = 0; i < list->len; i++) {
				struct operation_words w = operation_words(t, history, g_ptr_array_index(list, i),
									   element_get(state, NAME_UNAME));
				if (t->result.is_xml)
					mark_operation(m, &w);
				else
					print_operation(t, &w);
			}
			g_ptr_array_unref(list);
		}
	}
	if (any && t->result.is_xml)
		markup_end(m);
	return EXIT_OK;
}

enum exit_code task_list_operations(struct resource_task *t)
{
	return list_operations(t, true);
}

enum exit_code task_list_all_operations(struct resource_task *t)
{
	return list_operations(t, false);
}

/* --- where it is --- */

struct found_place {
	const char *node;
	bool promoted;
};

/* Latest found first, as Pacemaker has them. */
static void add_places(const struct resource *r, GArray *places)
{
	for (uint32_t i = 0; i < r->active.count; i++) {
		const struct found_place p = {
			.node = r->active.items[i]->name,
			.promoted = r->promotable && resource_role(r, true) == ROLE_PROMOTED,
		};
		g_array_prepend_val(places, p);
	}
}

static GArray *places_of(const struct resource *r, const char *asked)
{
	GArray *places = g_array_new(FALSE, FALSE, sizeof(struct found_place));
	const struct resource *clone = resource_is_clone(r) ? r : NULL;
	const struct resource *top = resource_top(r, false);
	/* The name that the instances of an anonymous clone share. */
	if (clone == NULL && resource_is_clone(top) && !r->unique && r->history_id != NULL &&
	    strcmp(asked, r->history_id) == 0 && strcmp(asked, r->id) != 0)
		clone = top;
	if (clone == NULL)
		add_places(r, places);
	else
		for_each_child_of(child, clone) add_places(child, places);
	return places;
}

enum exit_code task_locate(struct resource_task *t)
{
	struct markup *m = &t->result.markup;
	GArray *places = places_of(t->rsc, t->resource);
	if (t->result.is_xml) {
		markup_begin(m, "nodes");
		markup_attribute(m, "resource", t->resource);
	} else if (places->len == 0 && !t->line->quiet) {
		result_error(&t->result, "resource %s is NOT running", t->resource);
	}
	for (guint i = 0; i < places->len; i++) {
		const struct found_place *p = &g_array_index(places, struct found_place, i);
		if (t->result.is_xml)
			markup_text_with(m, "node", "state", p->promoted ? "promoted" : NULL, p->node);
		else if (t->line->quiet)
			result_line(&t->result, "%s", p->node);
		else
			result_line(&t->result, "resource %s is running on: %s%s", t->resource, p->node,
				    p->promoted ? " Promoted" : "");
	}
	if (t->result.is_xml)
		markup_end(m);
	g_array_unref(places);
	return EXIT_OK;
}

/* --- how it is configured --- */

/* Of a group nothing is told while nothing of it runs, as in Pacemaker. */
static enum exit_code query(struct resource_task *t, const struct element *xml)
{
	GString *text = g_string_new(NULL);
	bool is_told = t->rsc->kind != RESOURCE_GROUP || resource_is_active(t->rsc, false);
	element_print(xml, text);
	if (t->result.is_xml) {
		markup_begin(&t->result.markup, "resource_config");
		if (is_told)
			status_markup_resource(&t->result.markup, t->rsc, false);
		markup_cdata(&t->result.markup, "xml", text->str);
		markup_end(&t->result.markup);
	} else if (t->result.is_text) {
		struct outline o = {.out = g_string_new(NULL), .plain = true, .active_only = true};
		if (is_told)
			status_report_resource(&o, t->rsc, true);
		(void)fprintf(t->io->out, "%sResource XML:\n%s", o.out->str, text->str);
		(void)g_string_free(o.out, TRUE);
	}
	(void)g_string_free(text, TRUE);
	return EXIT_OK;
}

enum exit_code task_query(struct resource_task *t)
{
	return query(t, t->rsc->xml);
}

enum exit_code task_query_raw(struct resource_task *t)
{
	return query(t, t->rsc->original != NULL ? t->rsc->original : t->rsc->xml);
}

static const char *parameter_value(struct resource_task *t)
{
	struct resource *r = t->rsc;
	unsigned count = 0;
	const struct node *n = resource_active_node(r, &count, NULL);
	if (count > 1) {
		result_error(&t->result, "%s is active on more than one node, returning the default value for %s",
			     r->id, t->parameter);
		n = NULL;
	}
	if (t->sets == NULL)
		return element_get(r->xml, document_known_name(t->cluster->document, t->parameter));
	if (strcmp(t->sets, "meta_attributes") == 0)
		return resource_meta(r, t->parameter);
	if (strcmp(t->sets, "utilization") == 0)
		return table_get(r->utilization, t->parameter);
	return table_get(resource_parameters(r, n), t->parameter);
}

enum exit_code task_get_parameter(struct resource_task *t)
{
	struct markup *m = &t->result.markup;
	const char *value = parameter_value(t);
	if (value == NULL) {
		result_error(&t->result, "Attribute '%s' not found for '%s'", t->parameter, t->rsc->id);
	} else if (t->result.is_xml) {
		markup_begin(m, "list");
		markup_attribute(m, "name", "attributes");
		markup_number(m, "count", 1);
		markup_text_with(m, "item", "name", t->parameter, value);
		markup_end(m);
	} else {
		result_line(&t->result, "%s", value);
	}
	return EXIT_OK;
}
