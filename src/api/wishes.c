/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages by which something is asked of the cluster that is no change of the configuration. Their bodies are JSON
 * objects; a member that is missing or null means "none", one of a wrong type is refused by its name.
 */
#include "api/api-internal.h"

#include <string.h>

enum type { TEXT, NUMBER, TRUTH };

struct json_member {
	const char *name;
	enum type type;
	void *to; /* const char *, int64_t or bool */
	bool required;
};

static bool take(const struct json_member *m, const json_t *value)
{
	switch (m->type) {
	case TEXT:
		if (json_is_string(value))
			*(const char **)m->to = json_string_value(value);
		return json_is_string(value);
	case NUMBER:
		if (json_is_integer(value))
			*(int64_t *)m->to = json_integer_value(value);
		return json_is_integer(value);
	case TRUTH:
		if (json_is_boolean(value))
			*(bool *)m->to = json_is_true(value);
		return json_is_boolean(value);
	}
	return false;
}

/* False: the exchange was refused. */
static bool take_all(struct exchange *x, const json_t *object, const struct json_member *members, size_t count)
{
	static const char *const words[] = {
		[TEXT] = "a string", [NUMBER] = "a whole number", [TRUTH] = "true or false"};
	const char *key;
	json_t *value;
	for (size_t i = 0; i < count; i++) {
		value = json_object_get(object, members[i].name);
		if ((value == NULL || json_is_null(value)) && members[i].required) {
			exchange_refuse(x, HTTP_BAD, "\"%s\" is missing", members[i].name);
			return false;
		}
		if (value != NULL && !json_is_null(value) && !take(&members[i], value)) {
			exchange_refuse(x, HTTP_BAD, "\"%s\" must be %s", members[i].name, words[members[i].type]);
			return false;
		}
	}
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		bool known = false;
		for (size_t i = 0; i < count; i++)
			known = known || strcmp(members[i].name, key) == 0;
		if (!known) {
			exchange_refuse(x, HTTP_BAD, "\"%s\" is not known here", key);
			return false;
		}
	}
	return true;
}

/* Reads the body into members, and asks; r borrows from the body. */
static void ask(struct exchange *x, struct request *r, const struct json_member *members, size_t count)
{
	json_t *object = exchange_object(x);
	if (object == NULL)
		return;
	if (take_all(x, object, members, count))
		exchange_wish(x, r);
	json_decref(object);
}

/* Of the node that this manager is on; NULL while it has not joined. */
static const char *own_name(const struct exchange *x)
{
	const struct manager_view *v = controller_view(exchange_controller(x));
	const struct view_part *p = view_part_by_id(v, v->self.node);
	return p != NULL ? p->name : NULL;
}

void page_attribute(struct exchange *x)
{
	struct request r = {.kind = REQUEST_ATTRIBUTE};
	struct attribute_change *a = &r.attribute;
	a->delay_ms = -1;
	const struct json_member members[] = {
		{"node", TEXT, &a->node, false},
		{"name", TEXT, &a->name, true},
		{"value", TEXT, &a->value, false},
		{"set", TEXT, &a->set, false},
		{"delay_ms", NUMBER, &a->delay_ms, false},
		{"private", TRUTH, &a->private_, false},
		{"utilization", TRUTH, &a->utilization, false},
		{"pattern", TRUTH, &a->is_pattern, false},
		{"delay_only", TRUTH, &a->delay_only, false},
	};
	json_t *object = exchange_object(x);
	if (object == NULL)
		return;
	if (take_all(x, object, members, G_N_ELEMENTS(members))) {
		if (a->node == NULL)
			a->node = own_name(x);
		if (a->node == NULL)
			exchange_refuse(x, HTTP_CONFLICT, "this node has not joined the cluster yet: name a \"node\"");
		else
			exchange_wish(x, &r);
	}
	json_decref(object);
}

void page_attributes(struct exchange *x)
{
	const struct cluster_state *s = controller_state(exchange_controller(x));
	const char *name = exchange_argument(x, "name"), *node = exchange_argument(x, "node");
	json_t *list = json_array();
	for (guint i = 0; i < s->attributes.all->len; i++) {
		const struct held_attribute *a = g_ptr_array_index(s->attributes.all, i);
		for (guint k = 0; k < a->values->len; k++) {
			const struct attribute_value *v = g_ptr_array_index(a->values, k);
			if (v->value == NULL || (name != NULL && strcmp(name, a->name) != 0) ||
			    (node != NULL && strcmp(node, v->node) != 0))
				continue;
			(void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b, s:b}", "name", a->name,
								    "node", v->node, "value", v->value, "private",
								    a->private_, "utilization", a->utilization));
		}
	}
	exchange_answer_json(x, HTTP_OK, list);
}

void page_fence(struct exchange *x)
{
	struct request r = {.kind = REQUEST_FENCE};
	const char *action = "reboot";
	enum fence_action parsed;
	char client[PEER_NAME_MAX];
	const struct json_member members[] = {
		{"node", TEXT, &r.fence.target, true},
		{"action", TEXT, &action, false},
		{"timeout_ms", NUMBER, &r.fence.timeout_ms, false},
		{"delay_ms", NUMBER, &r.fence.delay_ms, false},
		{"tolerance_ms", NUMBER, &r.fence.tolerance_ms, false},
		{"confirm", TRUTH, &r.fence.confirm, false},
		{"client", TEXT, &r.fence.client, false},
	};
	json_t *object = exchange_object(x);
	if (object == NULL)
		return;
	if (take_all(x, object, members, G_N_ELEMENTS(members))) {
		(void)g_strlcpy(client, x->peer.name, sizeof(client));
		if (r.fence.client == NULL)
			r.fence.client = client;
		if (!fence_action_parse(action, &parsed) || parsed > FENCE_REBOOT)
			exchange_refuse(x, HTTP_BAD, "\"action\" must be off, on or reboot");
		else {
			r.fence.action = (uint8_t)parsed;
			exchange_wish(x, &r);
		}
	}
	json_decref(object);
}

/* What is under way comes first: it has not ended. */
static void add_fencing(const struct cluster_state *s, json_t *list)
{
	for (guint i = s->fencing->len; i > 0; i--) {
		const struct fence_record *f = g_ptr_array_index(s->fencing, i - 1);
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s, s:s?, s:s?, s:I, s:b, s:b}", "target", f->target, "action",
					fence_action_word((enum fence_action)f->action), "member", f->member, "client",
					f->client, "when_ms", (json_int_t)(f->when.ns / 1000000u), "succeeded", 0,
					"pending", 1));
	}
}

void page_fences(struct exchange *x)
{
	const struct cluster_state *s = controller_state(exchange_controller(x));
	json_t *list = json_array();
	add_fencing(s, list);
	for (guint i = s->fences->len; i > 0; i--) {
		const struct fence_record *f = g_ptr_array_index(s->fences, i - 1);
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:I, s:b}", "target", f->target, "action",
					fence_action_word((enum fence_action)f->action), "device", f->device, "member",
					f->member, "client", f->client, "why", f->why, "when_ms",
					(json_int_t)(f->when.ns / 1000000u), "succeeded", f->why == NULL));
	}
	exchange_answer_json(x, HTTP_OK, list);
}

void page_forget(struct exchange *x)
{
	struct request r = {.kind = REQUEST_FORGET};
	static const char *const words[] = {[FORGET_FAILURES] = "failures",
					    [FORGET_HISTORY] = "history",
					    [FORGET_NODE] = "node",
					    [FORGET_FENCES] = "fences"};
	const char *what = NULL;
	const struct json_member members[] = {
		{"what", TEXT, &what, true},
		{"resource", TEXT, &r.forget.rsc, false},
		{"node", TEXT, &r.forget.node, false},
		{"operation", TEXT, &r.forget.action, false},
		{"interval_ms", NUMBER, &r.forget.interval_ms, false},
	};
	json_t *object = exchange_object(x);
	if (object == NULL)
		return;
	if (take_all(x, object, members, G_N_ELEMENTS(members))) {
		size_t i = 0;
		while (i < G_N_ELEMENTS(words) && strcmp(words[i], what) != 0)
			i++;
		r.forget.what = (enum forget_kind)i;
		if (i == G_N_ELEMENTS(words) || (i == FORGET_NODE && r.forget.node == NULL))
			exchange_refuse(x, HTTP_BAD,
					"\"what\" must be failures, history, fences, or node together with \"node\"");
		else
			exchange_wish(x, &r);
	}
	json_decref(object);
}

void page_fail(struct exchange *x)
{
	struct request r = {.kind = REQUEST_FAIL};
	const struct json_member members[] = {{"resource", TEXT, &r.fail.rsc, true},
					      {"node", TEXT, &r.fail.node, false}};
	ask(x, &r, members, G_N_ELEMENTS(members));
}

void page_wait(struct exchange *x)
{
	struct request r = {.kind = REQUEST_WAIT, .wait_ms = 60000};
	const struct json_member members[] = {{"timeout_ms", NUMBER, &r.wait_ms, false}};
	ask(x, &r, members, G_N_ELEMENTS(members));
}

void page_shutdown(struct exchange *x)
{
	struct request r = {.kind = REQUEST_SHUTDOWN};
	exchange_wish(x, &r);
}
