/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/json.h"

#include "report/markup.h"
#include "report/status.h"
#include "rules/score.h"

#include <string.h>

json_t *json_sentence(const struct sentence *s)
{
	json_t *o = json_pack("{s:s, s:s}", "code", s->code, "text", s->text);
	if (s->cure != NULL)
		(void)json_object_set_new(o, "command", json_string(s->cure));
	return o;
}

json_t *json_sentences(const struct sentences *l)
{
	json_t *all = json_array();
	for (uint32_t i = 0; i < l->count; i++)
		(void)json_array_append_new(all, json_sentence(&l->items[i]));
	return all;
}

json_t *json_score(int score)
{
	if (score >= SCORE_INFINITY)
		return json_string("INFINITY");
	if (score <= -SCORE_INFINITY)
		return json_string("-INFINITY");
	return json_integer(score);
}

static json_t *contributions(const struct contributions *all)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < all->count; i++) {
		const struct contribution *k = &all->items[i];
		json_t *o = json_pack("{s:s, s:o, s:b, s:o, s:s, s:s}", "cause", cause_text(k->cause), "score",
				      json_score(k->score), "replaces", k->replaces, "total", json_score(k->total),
				      "code", k->why.code, "text", k->why.text);
		if (k->id != NULL)
			(void)json_object_set_new(o, "id", json_string(k->id));
		if (k->by != NULL)
			(void)json_object_set_new(o, "by", json_string(k->by));
		if (k->why.cure != NULL)
			(void)json_object_set_new(o, "command", json_string(k->why.cure));
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *node(const struct node_answer *a)
{
	return json_pack("{s:s, s:o, s:b, s:b, s:o, s:o, s:o, s:o}", "node", node_name(a->node), "score",
			 a->known ? json_score(a->score) : json_null(), "active", a->here, "chosen", a->chosen,
			 "verdict", json_sentence(&a->verdict), "contributions", contributions(&a->contributions),
			 "obstacles", json_sentences(&a->obstacles), "to_have_it_here", json_sentences(&a->cures));
}

json_t *json_resource(const struct resource_answer *a, const struct node *only)
{
	json_t *nodes = json_array(), *parts = json_array();
	for (uint32_t i = 0; i < a->node_count; i++)
		if (only == NULL || a->nodes[i].node == only)
			(void)json_array_append_new(nodes, node(&a->nodes[i]));
	for (uint32_t i = 0; i < a->part_count; i++)
		(void)json_array_append_new(parts, json_resource(a->parts[i], only));
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "resource", a->rsc->id, "kind", a->kind,
			      "now", a->now, "then", a->then, "reasons", json_sentences(&a->reasons), "waiting",
			      json_sentences(&a->waiting), "nodes", nodes, "parts", parts);
	if (a->choice.code != NULL)
		(void)json_object_set_new(o, "choice", json_sentence(&a->choice));
	if (a->has_promotion)
		(void)json_object_set_new(o, "promotion",
					  json_pack("{s:o, s:o, s:o}", "score", json_score(a->promotion_score),
						    "verdict", json_sentence(&a->promoted), "contributions",
						    contributions(&a->promotion)));
	return o;
}

json_t *json_transition(const struct transition_answer *a)
{
	json_t *all = json_array();
	for (uint32_t i = 0; i < a->count; i++) {
		const struct action_answer *x = &a->items[i];
		json_t *after = json_array();
		for (uint32_t k = 0; k < x->after_count; k++)
			(void)json_array_append_new(after, json_integer(x->after[k]));
		json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:b, s:o, s:o}", "number", (int)x->number, "key",
				      x->synapse->action->key, "task", x->synapse->action->task_name, "what", x->what,
				      "pseudo", x->synapse->event.kind == SYNAPSE_PSEUDO, "reason",
				      json_sentence(&x->reason), "after", after);
		if (x->synapse->action->rsc != NULL)
			(void)json_object_set_new(o, "resource", json_string(x->synapse->action->rsc->id));
		if (x->synapse->event.on_node != NULL)
			(void)json_object_set_new(o, "node", json_string(node_name(x->synapse->event.on_node)));
		(void)json_array_append_new(all, o);
	}
	return json_pack("{s:o}", "actions", all);
}

static void append_change(void *user, const struct resource_change *change)
{
	json_t *o = json_pack("{s:s, s:s, s:b}", "resource", change->rsc->id, "change", change_text(change->change),
			      "blocked", !action_is(change->action, ACTION_RUNNABLE));
	if (change->from != NULL)
		(void)json_object_set_new(o, "from", json_string(node_name(change->from)));
	if (change->to != NULL)
		(void)json_object_set_new(o, "to", json_string(node_name(change->to)));
	struct sentence why = action_cause(change->source);
	(void)json_object_set_new(o, "reason", json_sentence(&why));
	(void)json_array_append_new(user, o);
}

json_t *json_changes(struct cluster *c)
{
	json_t *fencing = json_array(), *changes = json_array();
	for (const struct action *a = c->actions; a != NULL; a = a->next) {
		if (a->rsc != NULL || a->task != TASK_FENCE || action_is(a, ACTION_OPTIONAL))
			continue;
		struct sentence why = action_cause(a);
		const char *op = table_get(a->meta, "stonith_action");
		(void)json_array_append_new(fencing,
					    json_pack("{s:s, s:s, s:o}", "node", node_name(a->node), "action",
						      op != NULL ? op : "reboot", "reason", json_sentence(&why)));
	}
	for (uint32_t i = 0; i < c->resource_serial; i++)
		if (c->all[i] != NULL && c->all[i]->kind == RESOURCE_PRIMITIVE)
			resource_changes(c->all[i], append_change, changes);
	return json_pack("{s:o, s:o, s:i}", "fencing", fencing, "changes", changes, "actions", (int)c->graph->count);
}

json_t *json_state(struct cluster *c)
{
	json_t *nodes = json_array(), *resources = json_array();
	for_each_node(n, c)(void) json_array_append_new(
		nodes, json_pack("{s:s, s:s}", "node", node_name(n), "state", status_node_words(n)));
	for (uint32_t i = 0; i < c->resource_serial; i++)
		if (c->all[i] != NULL && c->all[i]->kind == RESOURCE_PRIMITIVE)
			(void)json_array_append_new(resources, json_pack("{s:s, s:s}", "resource", c->all[i]->id,
									 "state", explain_state(c->all[i], true)));
	return json_pack("{s:o, s:o}", "nodes", nodes, "resources", resources);
}

void json_survival(json_t *object, const struct survival *s)
{
	json_t *lost = json_array();
	for (uint32_t i = 0; i < s->row_count; i++) {
		const struct survival_row *r = &s->rows[i];
		(void)json_array_append_new(
			lost, json_pack("{s:s, s:b, s:b, s:o, s:o, s:o}", "node", r->node, "fits", r->down.count == 0,
					"quorum", r->quorate, "moves", json_sentences(&r->moves), "fewer",
					json_sentences(&r->fewer), "down", json_sentences(&r->down)));
	}
	(void)json_object_set_new(object, "fits", json_boolean(s->fits));
	(void)json_object_set_new(object, "before", json_sentences(&s->before));
	(void)json_object_set_new(object, "lost", lost);
}

/* --- printing --- */

bool answer_form_parse(const char *text, enum answer_form *ret)
{
	static const char *const names[] = {[ANSWER_TEXT] = "text", [ANSWER_JSON] = "json", [ANSWER_XML] = "xml"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (text != NULL && strcmp(text, names[i]) != 0)
			continue;
		*ret = (enum answer_form)i;
		return true;
	}
	return false;
}

/* "contribution" of "contributions"; the lists that are named otherwise are here. */
static void singular_of(const char *list, char *name, size_t size)
{
	static const struct {
		const char *list, *item;
	} known[] = {{"to_have_it_here", "cure"}, {"if", "change"},   {"stays_stopped", "stopped"}, {"lost", "loss"},
		     {"waiting", "reason"},       {"before", "down"}, {"fencing", "fence"},         {"after", "action"},
		     {"fewer", "instance"}};
	(void)snprintf(name, size, "%s", list);
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (strcmp(list, known[i].list) == 0) {
			(void)snprintf(name, size, "%s", known[i].item);
			return;
		}
	}
	size_t length = strlen(name);
	if (length > 1 && name[length - 1] == 's')
		name[length - 1] = '\0';
	else
		(void)snprintf(name, size, "item");
}

/* A text, number or truth in words; buffer is used for numbers. NULL for what is none of them. */
static const char *scalar_text(const json_t *value, char buffer[static 32])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (!json_is_integer(value))
		return NULL;
	(void)snprintf(buffer, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return buffer;
}

static void put_object(struct markup *m, const char *name, json_t *object);

static void put_list(struct markup *m, const char *name, json_t *list)
{
	char item[32], buffer[32];
	size_t i;
	json_t *value;
	singular_of(name, item, sizeof(item));
	markup_begin(m, name);
	json_array_foreach (list, i, value) {
		const char *text = scalar_text(value, buffer);
		if (text != NULL)
			markup_text(m, item, text);
		else if (json_is_object(value))
			put_object(m, item, value);
	}
	markup_end(m);
}

static void put_object(struct markup *m, const char *name, json_t *object)
{
	char buffer[32];
	const char *key;
	json_t *value;
	markup_begin(m, name);
	json_object_foreach (object, key, value)
		markup_attribute(m, key, scalar_text(value, buffer));
	json_object_foreach (object, key, value) {
		if (json_is_array(value))
			put_list(m, key, value);
		else if (json_is_object(value))
			put_object(m, key, value);
	}
	markup_end(m);
}

void answer_print(json_t *object, enum answer_form form, const char *name, FILE *out)
{
	if (form == ANSWER_XML) {
		struct markup m = {.out = g_string_new(NULL)};
		put_object(&m, name, object);
		fputs(m.out->str, out);
		(void)g_string_free(m.out, TRUE);
	} else {
		char *text = json_dumps(object, JSON_INDENT(2));
		fputs(text != NULL ? text : "{}", out);
		fputc('\n', out);
		free(text);
	}
	json_decref(object);
}
