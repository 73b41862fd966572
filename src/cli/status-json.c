/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/status-json.h"

#include "report/explain.h"
#include "report/failure.h"
#include "report/status.h"
#include "scheduler/node.h"
#include "scheduler/resource.h"

#include <string.h>

static const char *kind_word(const struct resource *r)
{
	switch (r->kind) {
	case RESOURCE_PRIMITIVE:
		return "primitive";
	case RESOURCE_GROUP:
		return "group";
	case RESOURCE_CLONE:
		return "clone";
	case RESOURCE_BUNDLE:
		return "bundle";
	}
	return "resource";
}

static json_t *resource_json(struct cluster *c, struct resource *r)
{
	json_t *nodes = json_array(), *inner = json_array();
	for (uint32_t i = 0; i < r->active.count; i++)
		(void)json_array_append_new(nodes, json_string(node_name(r->active.items[i])));
	for (uint32_t i = 0; i < r->children.count; i++)
		(void)json_array_append_new(inner, resource_json(c, r->children.items[i]));
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:b, s:b, s:b, s:b, s:b}", "id", r->id, "kind", kind_word(r),
			      "state", explain_state(r, true), "nodes", nodes, "managed", r->managed, "disabled",
			      status_is_disabled(r), "failed", r->failed, "blocked", r->blocked, "removed", r->removed);
	if (r->kind == RESOURCE_PRIMITIVE) {
		char *agent = r->provider != NULL ? g_strjoin(":", r->class_, r->provider, r->type, NULL)
						  : g_strjoin(":", r->class_, r->type, NULL);
		(void)json_object_set_new(o, "agent", json_string(agent));
		(void)json_object_set_new(o, "role", json_string(status_role_words(r, true)));
		g_free(agent);
	}
	if (json_array_size(inner) > 0)
		(void)json_object_set(o, "resources", inner);
	json_decref(inner);
	return o;
}

json_t *status_json_resources(struct verb *v, struct cluster *c, bool fence)
{
	json_t *all = json_array();
	for (uint32_t i = 0; i < c->resources.count; i++) {
		bool is_named = verb_word_count(v) == 0;
		for (size_t k = 0; k < verb_word_count(v); k++)
			is_named = is_named || strcmp(verb_word(v, k), c->resources.items[i]->id) == 0;
		if (is_named && c->resources.items[i]->fence_device == fence)
			(void)json_array_append_new(all, resource_json(c, c->resources.items[i]));
	}
	return all;
}

static json_t *nodes_json(struct cluster *c)
{
	json_t *nodes = json_array();
	for_each_node(n, c)
	{
		json_t *running = json_array();
		for (uint32_t i = 0; n->running != NULL && i < n->running->count; i++)
			(void)json_array_append_new(running, json_string(n->running->items[i]->id));
		(void)json_array_append_new(nodes, json_pack("{s:s, s:s?, s:s, s:b, s:o}", "name", node_name(n), "id",
							     n->id, "state", status_node_words(n), "online", n->online,
							     "resources", running));
	}
	return nodes;
}

static json_t *failures_json(struct cluster *c)
{
	json_t *failures = json_array();
	for (const struct failed_operation *f = c->failed_operations; f != NULL; f = f->next)
		(void)json_array_append_new(failures, json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "resource",
								status_resource_name(f->rsc), "node",
								node_name(f->node), "operation", f->task, "interval_ms",
								(json_int_t)f->interval_ms, "text", failure_text(c, f),
								"cure", failure_cure(f->rsc, f->node)));
	return failures;
}

static json_t *lines_json(const GPtrArray *lines)
{
	json_t *list = json_array();
	for (guint i = 0; i < lines->len; i++)
		(void)json_array_append_new(list, json_string(g_ptr_array_index(lines, i)));
	return list;
}

void status_json_print(struct verb *v, struct cluster *c, const struct status_live *live, const GPtrArray *pending,
		       const char *complaint)
{
	const char *leader = live->leader != NULL ? live->leader : c->dc != NULL ? node_name(c->dc) : NULL;
	int online = 0;
	for_each_node(n, c) online += n->online && !n->unclean;
	json_t *resources = status_json_resources(v, c, false), *devices = status_json_resources(v, c, true);
	json_t *warnings = json_array();
	if (*complaint != '\0')
		(void)json_array_append_new(warnings, json_string(complaint));
	json_t *o = json_pack("{s:s?, s:b, s:s?, s:s?, s:s, s:i, s:i, s:b}", "cluster",
			      table_get(c->options.all, "cluster-name"), "quorate",
			      live->known ? live->quorate : c->quorate, "leader", leader, "leader_state", live->doing,
			      "view", live->view, "online", online, "configured", (int)c->node_count, "maintenance",
			      c->options.maintenance_mode);
	(void)json_object_set_new(o, "nodes", nodes_json(c));
	(void)json_object_set_new(o, "resources", resources);
	(void)json_object_set_new(o, "fence_devices", devices);
	(void)json_object_set_new(o, "pending", lines_json(pending));
	(void)json_object_set_new(o, "failures", failures_json(c));
	(void)json_object_set_new(o, "pending_fencing", lines_json(live->fencing));
	(void)json_object_set_new(o, "failed_fencing", lines_json(live->failed_fences));
	(void)json_object_set_new(o, "troubles", lines_json(live->troubles));
	(void)json_object_set_new(o, "warnings", warnings);
	verb_print_json(v, o);
}
