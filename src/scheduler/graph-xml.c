/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"
#include "scheduler/graph.h"

#include <string.h>

enum { SCRATCH_MAX = 1024 * 1024 };

/* Transitions are long and made of short pieces: most of them fit where there is room already. */
static void put_n(GString *out, const char *text, size_t n)
{
	if (out->len + n >= out->allocated_len) {
		g_string_append_len(out, text, (gssize)n);
		return;
	}
	memcpy(out->str + out->len, text, n);
	out->len += n;
	out->str[out->len] = '\0';
}

static void put(GString *out, const char *text)
{
	put_n(out, text, strlen(text));
}

static void indent(GString *out, unsigned level)
{
	static const char blanks[] = "            ";
	put_n(out, blanks, 2 * (size_t)level);
}

/* The length of a value that needs no escape; 0: it may need one. */
static size_t plain_length(const char *value)
{
	const char *at = value;
	for (; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == '&' || *at == '<' || *at == '>' || *at == '"' || *at == 0x7f)
			return 0;
	return (size_t)(at - value);
}

static void attribute(GString *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	put_n(out, " ", 1);
	put(out, name);
	put_n(out, "=\"", 2);
	size_t plain = plain_length(value);
	if (plain > 0)
		put_n(out, value, plain);
	else
		cib_escape(value, out);
	put_n(out, "\"", 1);
}

static void number(GString *out, const char *name, int64_t value)
{
	char text[NUMBER_TEXT_SIZE];
	number_write(value, text);
	attribute(out, name, text);
}

static const char *tag_of(enum synapse_kind kind)
{
	switch (kind) {
	case SYNAPSE_RSC_OP:
		return "rsc_op";
	case SYNAPSE_PSEUDO:
		return "pseudo_event";
	case SYNAPSE_CRM:
		return "crm_event";
	}
	return "";
}

/* The start tag without its end. */
static void print_event(const struct graph_event *e, unsigned level, GString *out)
{
	const struct action *a = e->action;
	indent(out, level);
	put_n(out, "<", 1);
	put(out, tag_of(e->kind));
	if (a->task == TASK_DELETE)
		attribute(out, "mode", "cib");
	number(out, "id", a->id);
	attribute(out, "operation", a->task_name);
	attribute(out, "operation_key", e->operation_key);
	attribute(out, "internal_operation_key", e->internal_key);
	if (e->on_node != NULL) {
		attribute(out, "on_node", e->on_node->name);
		attribute(out, "on_node_uuid", e->on_node->id);
		if (e->router != NULL)
			attribute(out, "router_node", e->router->name);
	}
}

static bool is_attribute_name(const char *name)
{
	return name[0] < '0' || name[0] > '9';
}

static void print_attributes(const struct synapse *s, struct arena *scratch, GString *out)
{
	uint32_t count;
	const struct table_entry *attributes = synapse_attributes(s, scratch, &count);
	bool any_element = false;
	indent(out, 4);
	put(out, "<attributes");
	for (uint32_t i = 0; i < count; i++) {
		if (is_attribute_name(attributes[i].name))
			attribute(out, attributes[i].name, attributes[i].value);
		else
			any_element = true;
	}
	if (!any_element) {
		put(out, "/>\n");
		return;
	}
	put(out, ">\n");
	for (uint32_t i = 0; i < count; i++) {
		if (is_attribute_name(attributes[i].name))
			continue;
		indent(out, 5);
		put(out, "<param");
		attribute(out, "name", attributes[i].name);
		attribute(out, "value", attributes[i].value);
		put(out, "/>\n");
	}
	indent(out, 4);
	put(out, "</attributes>\n");
}

static void print_resource(const struct synapse *s, GString *out)
{
	if (s->rsc_id == NULL)
		return;
	indent(out, 4);
	put(out, "<primitive");
	attribute(out, "id", s->rsc_id);
	attribute(out, "long-id", s->long_id);
	attribute(out, "class", s->class_);
	attribute(out, "provider", s->provider);
	attribute(out, "type", s->type);
	put(out, "/>\n");
}

static void print_nodes(const struct cluster *c, const struct synapse *s, GString *out)
{
	if (s->downed_count > 0) {
		indent(out, 4);
		put(out, "<downed>\n");
		for (uint32_t i = 0; i < s->downed_count; i++) {
			indent(out, 5);
			put(out, "<node");
			attribute(out, "id", s->downed[i]);
			put(out, "/>\n");
		}
		indent(out, 4);
		put(out, "</downed>\n");
	}
	if (!s->maintenance)
		return;
	indent(out, 4);
	put(out, "<maintenance>\n");
	for_each_node(n, c)
	{
		if (!node_maintenance_is_news(n))
			continue;
		indent(out, 5);
		put(out, "<node");
		attribute(out, "id", n->id);
		attribute(out, "node_in_maintenance", n->maintenance ? "1" : "0");
		put(out, "/>\n");
	}
	indent(out, 4);
	put(out, "</maintenance>\n");
}

static void print_inputs(const struct synapse *s, struct arena *scratch, GString *out)
{
	indent(out, 2);
	if (s->input_count == 0) {
		put(out, "<inputs/>\n");
		return;
	}
	put(out, "<inputs>\n");
	for (uint32_t i = 0; i < s->input_count; i++) {
		indent(out, 3);
		put(out, "<trigger>\n");
		struct graph_event e = graph_event_of(s->inputs[i], scratch);
		print_event(&e, 4, out);
		put(out, "/>\n");
		indent(out, 3);
		put(out, "</trigger>\n");
	}
	indent(out, 2);
	put(out, "</inputs>\n");
}

static void print_synapse(const struct cluster *c, const struct synapse *s, struct arena *scratch, GString *out)
{
	indent(out, 1);
	put(out, "<synapse");
	number(out, "id", s->id);
	if (s->priority > 0)
		number(out, "priority", s->priority);
	put(out, ">\n");
	indent(out, 2);
	put(out, "<action_set>\n");
	print_event(&s->event, 3, out);
	if (s->lock_time != 0)
		number(out, "shutdown-lock", s->lock_time);
	put(out, ">\n");
	print_resource(s, out);
	print_attributes(s, scratch, out);
	print_nodes(c, s, out);
	indent(out, 3);
	put(out, "</");
	put(out, tag_of(s->event.kind));
	put(out, ">\n");
	indent(out, 2);
	put(out, "</action_set>\n");
	print_inputs(s, scratch, out);
	indent(out, 1);
	put(out, "</synapse>\n");
}

void graph_print_xml(const struct cluster *c, GString *out)
{
	const struct graph *g = c->graph;
	put(out, "<transition_graph");
	for (uint32_t i = 0; i < g->attributes->count; i++)
		attribute(out, g->attributes->entries[i].name, g->attributes->entries[i].value);
	if (g->count == 0) {
		put(out, "/>\n");
		return;
	}
	put(out, ">\n");
	struct arena scratch = {0};
	for (uint32_t i = 0; i < g->count; i++) {
		print_synapse(c, &g->synapses[i], &scratch, out);
		if (scratch.total > SCRATCH_MAX)
			arena_fini(&scratch);
	}
	arena_fini(&scratch);
	put(out, "</transition_graph>\n");
}
