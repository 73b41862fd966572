/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /v1/status: who is there, who leads, what is being done; /metrics: the same and more as numbers for Prometheus. What
 * resources do is in /v1/cib, and `hale status` makes words of it.
 */
#include "api/api-internal.h"
#include "cib/patch.h"
#include "os/loop.h"

#include <string.h>

static const char *const view_words[] = {
	[VIEW_CHANGING] = "changing", [VIEW_STATED] = "agreeing", [VIEW_AGREED] = "agreed"};
static const char *const leader_words[] = {
	[LEADER_OFF] = "none",          [LEADER_WAITING] = "waiting for nodes",
	[LEADER_DECIDING] = "deciding", [LEADER_ACTING] = "acting",
	[LEADER_IDLE] = "idle",
};

/* As a text, or null: all is well. */
static json_t *trouble_json(const struct controller *c, uint32_t place)
{
	GString *text = g_string_new(NULL);
	controller_tell_trouble(c, loop_clock(), place, text);
	json_t *trouble = text->len > 0 ? json_string(text->str) : json_null();
	(void)g_string_free(text, TRUE);
	return trouble;
}

static json_t *members_json(const struct controller *c)
{
	const struct manager_view *v = controller_view(c);
	json_t *list = json_array();
	for (uint32_t i = 0; i < v->part_count; i++) {
		const struct view_part *p = &v->parts[i];
		(void)json_array_append_new(
			list, json_pack("{s:I, s:s?, s:b, s:b, s:s?, s:i, s:o}", "id", (json_int_t)p->member.node.v,
					"name", p->name, "leader", node_id_eq(p->member.node, v->leader), "self",
					node_id_eq(p->member.node, v->self.node), "release", p->release, "cores",
					(int)p->cores, "trouble", trouble_json(c, i)));
	}
	return list;
}

void page_status(struct exchange *x)
{
	const struct controller *c = exchange_controller(x);
	const struct manager_view *v = controller_view(c);
	const struct leader *l = controller_leader(c);
	struct cib_version version = cib_version_of(document_root(controller_state(c)->document));
	char text[80];
	(void)g_snprintf(text, sizeof(text), "%lld.%lld.%lld", (long long)version.admin_epoch, (long long)version.epoch,
			 (long long)version.num_updates);
	json_t *o = json_pack("{s:s, s:b, s:I, s:s, s:o}", "view", view_words[v->state], "quorate",
			      controller_is_quorate(c), "epoch", (json_int_t)v->epoch, "configuration", text, "members",
			      members_json(c));
	if (v->state == VIEW_AGREED && view_is_leader(v)) {
		(void)json_object_set_new(o, "leader", json_string(leader_words[leader_state(l)]));
		(void)json_object_set_new(o, "idle", json_boolean(leader_is_idle(l)));
	}
	exchange_answer_json(x, HTTP_OK, o);
}

/* --- metrics --- */

static void metric(GString *out, const char *name, const char *help, const char *type)
{
	g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void label(GString *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			g_string_append_c(out, '\\');
		if (*c == '\n')
			g_string_append(out, "\\n");
		else
			g_string_append_c(out, *c);
	}
}

static void node_metrics(GString *out, const struct cluster_state *s)
{
	metric(out, "hale_node_online", "1: the node is a member of the cluster", "gauge");
	const struct element *status = document_section(s->document, NAME_STATUS);
	for_each_named(n, status, NAME_NODE_STATE)
	{
		const char *name = element_get(n, NAME_UNAME), *crmd = element_get(n, NAME_CRMD);
		g_string_append(out, "hale_node_online{node=\"");
		label(out, name != NULL ? name : "");
		g_string_append_printf(out, "\"} %d\n", crmd != NULL && strcmp(crmd, "online") == 0);
	}
}

static void failure_metrics(GString *out, const struct cluster_state *s)
{
	static const char prefix[] = "fail-count-";
	metric(out, "hale_fail_count", "Failures of a resource on a node; 1000000 is infinity", "gauge");
	for (guint i = 0; i < s->attributes.all->len; i++) {
		const struct held_attribute *a = g_ptr_array_index(s->attributes.all, i);
		if (strncmp(a->name, prefix, strlen(prefix)) != 0)
			continue;
		for (guint k = 0; k < a->values->len; k++) {
			const struct attribute_value *v = g_ptr_array_index(a->values, k);
			if (v->value == NULL)
				continue;
			g_string_append(out, "hale_fail_count{operation=\"");
			label(out, a->name + strlen(prefix));
			g_string_append(out, "\",node=\"");
			label(out, v->node);
			g_string_append_printf(out, "\"} %s\n",
					       strcmp(v->value, "INFINITY") == 0 ? "1000000" : v->value);
		}
	}
}

static void number(GString *out, const char *name, const char *help, const char *type, int64_t value)
{
	metric(out, name, help, type);
	g_string_append_printf(out, "%s %lld\n", name, (long long)value);
}

void page_metrics(struct exchange *x)
{
	const struct controller *c = exchange_controller(x);
	const struct manager_view *v = controller_view(c);
	const struct cluster_state *s = controller_state(c);
	struct cib_version version = cib_version_of(document_root(s->document));
	GString *out = g_string_new(NULL);
	number(out, "hale_quorate", "1: this partition has quorum", "gauge", controller_is_quorate(c));
	number(out, "hale_members", "Managers that agree with each other", "gauge",
	       v->state == VIEW_AGREED ? v->part_count : 0);
	number(out, "hale_leader", "1: this node leads", "gauge", v->state == VIEW_AGREED && view_is_leader(v));
	number(out, "hale_epoch", "Agreements so far", "counter", (int64_t)v->epoch);
	number(out, "hale_configuration_epoch", "Changes of the configuration", "counter", version.epoch);
	number(out, "hale_status_updates", "Changes of the status since the last change of the configuration", "gauge",
	       version.num_updates);
	number(out, "hale_fencings", "Nodes fenced, or tried to, on record", "gauge", s->fences->len);
	node_metrics(out, s);
	failure_metrics(out, s);
	exchange_answer(x, HTTP_OK, "text/plain; version=0.0.4", out);
}
