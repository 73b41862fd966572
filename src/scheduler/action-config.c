/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-config.h"

#include "rules/interval.h"
#include "rules/moment.h"
#include "rules/values.h"
#include "scheduler/action-key.h"
#include "scheduler/cluster.h"
#include "scheduler/index.h"

#include <glib.h>
#include <limits.h>
#include <string.h>

enum { TIMEOUT_DEFAULT_MS = 20000 };

int64_t action_config_interval_ms(const struct element *operation)
{
	int64_t ms = 0;
	const char *text = element_get(operation, NAME_INTERVAL);
	return text != NULL && interval_parse_ms(text, &ms) ? ms : 0;
}

bool action_config_enabled(const struct element *operation)
{
	return element_get_bool(operation, NAME_ENABLED, true);
}

static bool name_is(const struct element *operation, const char *name)
{
	const char *own = element_get(operation, NAME_NAME);
	return own != NULL && strcmp(own, name) == 0;
}

/* --- the operations of one resource --- */

/* An <op> that has a name. */
struct configured {
	const struct element *xml;
	const char *name;
	int64_t interval_ms;
	bool enabled;
};

/* They are asked for again and again: their intervals are read once. */
struct configured_operations {
	uint32_t count;
	struct id_index *index; /* struct alike by key, where they are many */
	struct configured items[];
};

#define for_each_configured(op, r)                                                                  \
	for (const struct configured *op = (r)->configured == NULL ? NULL : (r)->configured->items; \
	     op != NULL && op < (r)->configured->items + (r)->configured->count; op++)

static bool is_it(const struct configured *op, const char *name, int64_t interval_ms)
{
	return op->interval_ms == interval_ms && strcmp(op->name, name) == 0;
}

enum { SEARCHED_MAX = 32 };

/* All <op> with one name and interval: the first of them, the first that is enabled, and the first two with an id. */
struct alike {
	const struct element *any, *enabled;
	struct same_operations same;
};

static void alike_add(struct alike *a, const struct configured *op)
{
	if (a->any == NULL)
		a->any = op->xml;
	if (a->enabled == NULL && op->enabled)
		a->enabled = op->xml;
	if (element_id(op->xml) == NULL)
		return;
	if (a->same.first == NULL)
		a->same.first = op->xml;
	else if (a->same.second == NULL)
		a->same.second = op->xml;
}

static bool is_indexed(const struct resource *r)
{
	return r->configured != NULL && r->configured->index != NULL;
}

static struct alike alike_find(const struct resource *r, const char *task, int64_t interval_ms)
{
	struct alike found = {0};
	struct key_buffer b;
	if (is_indexed(r)) {
		const struct alike *known =
			id_index_get(r->configured->index, key_write(r->cluster, "", task, interval_ms, &b));
		return known != NULL ? *known : found;
	}
	for_each_configured(op, r) if (is_it(op, task, interval_ms)) alike_add(&found, op);
	return found;
}

static struct id_index *index_of(const struct resource *r)
{
	struct cluster *c = r->cluster;
	struct id_index *index = id_index_new(&c->arena, false);
	for_each_configured(op, r)
	{
		const char *key = action_key(c, "", op->name, op->interval_ms);
		struct alike *a = id_index_get(index, key);
		if (a == NULL) {
			a = arena_new(&c->arena, struct alike);
			(void)id_index_add(index, key, a);
		}
		alike_add(a, op);
	}
	return index;
}

void action_config_read(struct resource *r)
{
	struct configured_operations *all;
	uint32_t count = 0;
	for_each_named(op, r->operations, NAME_OP) count++;
	if (count == 0)
		return;
	all = arena_take(&r->cluster->arena, sizeof(*all) + count * sizeof(all->items[0]));
	for_each_named(op, r->operations, NAME_OP)
	{
		const char *name = element_get(op, NAME_NAME);
		if (name != NULL)
			all->items[all->count++] =
				(struct configured){op, name, action_config_interval_ms(op), action_config_enabled(op)};
	}
	r->configured = all;
	if (all->count > SEARCHED_MAX)
		all->index = index_of(r);
}

const struct element *action_config_find_exact(const struct resource *r, const char *task, int64_t interval_ms,
					       bool disabled_too)
{
	if (is_indexed(r)) {
		struct alike found = alike_find(r, task, interval_ms);
		return disabled_too ? found.any : found.enabled;
	}
	for_each_configured(op, r) if ((disabled_too || op->enabled) && is_it(op, task, interval_ms)) return op->xml;
	return NULL;
}

struct same_operations action_config_find_same(const struct resource *r, const char *task, int64_t interval_ms)
{
	return alike_find(r, task, interval_ms).same;
}

const struct element *action_config_find(const struct resource *r, const char *task, int64_t interval_ms,
					 bool disabled_too)
{
	const struct element *op = action_config_find_exact(r, task, interval_ms, disabled_too);
	if (op == NULL && (strcmp(task, "migrate_to") == 0 || strcmp(task, "migrate_from") == 0))
		op = action_config_find_exact(r, "migrate", 0, disabled_too);
	return op;
}

static bool is_probe(const char *task, int64_t interval_ms)
{
	return interval_ms == 0 && strcmp(task, "monitor") == 0;
}

/* A probe without a timeout of its own gets that of the most frequent monitor. */
static const char *probe_timeout(const struct resource *r)
{
	const struct configured *best = NULL;
	int64_t best_ms = UINT_MAX;
	for_each_configured(op, r)
	{
		if (op->interval_ms > 0 && op->interval_ms < best_ms && op->enabled &&
		    strcmp(op->name, "monitor") == 0) {
			best_ms = op->interval_ms;
			best = op;
		}
	}
	return best == NULL ? NULL : element_get(best->xml, NAME_TIMEOUT);
}

static int64_t timeout_ms(const char *text)
{
	int64_t ms = 0;
	if (text == NULL || !timeout_parse_ms(text, &ms) || ms <= 0)
		ms = TIMEOUT_DEFAULT_MS;
	return ms < INT_MAX ? ms : INT_MAX;
}

static bool is_promoted_role(const char *role)
{
	return role != NULL && (g_ascii_strcasecmp(role, "Promoted") == 0 || g_ascii_strcasecmp(role, "Master") == 0);
}

/* A failed demote is handled as its monitor of role Promoted says, unless that is to demote. */
static void inherit_demote_on_fail(const struct resource *r, struct table *meta)
{
	for_each_configured(op, r)
	{
		const char *on_fail = element_get(op->xml, NAME_ON_FAIL);
		if (on_fail == NULL || strcmp(op->name, "monitor") != 0 ||
		    !is_promoted_role(element_get(op->xml, NAME_ROLE)))
			continue;
		if (op->interval_ms > 0 && op->enabled && g_ascii_strcasecmp(on_fail, "demote") != 0)
			table_set(meta, "on-fail", on_fail);
	}
}

/* on-fail=demote makes sense for promote and for recurring monitors of role Promoted only. */
static bool demote_is_allowed(const struct element *operation)
{
	if (operation == NULL)
		return false;
	if (name_is(operation, "promote"))
		return true;
	return name_is(operation, "monitor") && action_config_interval_ms(operation) > 0 &&
	       is_promoted_role(element_get(operation, NAME_ROLE));
}

static void check_on_fail(const struct resource *r, const char *task, const struct element *operation,
			  struct table *meta)
{
	const char *value = table_get(meta, "on-fail");
	if (strcmp(task, "stop") == 0 && value != NULL &&
	    (g_ascii_strcasecmp(value, "standby") == 0 || g_ascii_strcasecmp(value, "demote") == 0 ||
	     g_ascii_strcasecmp(value, "stop") == 0)) {
		cluster_complain(r->cluster, operation, true,
				 "on-fail of the stop of %s cannot be '%s': the default is used", r->id, value);
		table_remove(meta, "on-fail");
	} else if (strcmp(task, "demote") == 0 && value == NULL) {
		inherit_demote_on_fail(r, meta);
	} else if (strcmp(task, "lrm_delete") == 0) {
		table_set(meta, "on-fail", "ignore");
	} else if (value != NULL && g_ascii_strcasecmp(value, "demote") == 0 && !demote_is_allowed(operation)) {
		cluster_complain(r->cluster, operation, true,
				 "on-fail of %s of %s cannot be 'demote': the default is used", task, r->id);
		table_remove(meta, "on-fail");
	}
}

/* Recurring operations may be anchored at a time of day: the delay until the next time is due. */
static void set_start_delay(struct cluster *c, const struct element *operation, int64_t interval_ms, struct table *meta)
{
	const char *given = table_get(meta, "start-delay");
	if (given != NULL) {
		int64_t ms = 0;
		if (!timeout_parse_ms(given, &ms) || ms < 0)
			ms = 0;
		table_set(meta, "start-delay", number_text(c, ms < INT_MAX ? ms : INT_MAX));
		return;
	}
	const char *origin_text = table_get(meta, "interval-origin");
	int64_t interval_s = interval_ms > 0 && interval_ms < 1000 ? 1 : (interval_ms + 500) / 1000;
	if (origin_text == NULL || interval_s == 0)
		return;
	struct moment_here here = {.now = c->now};
	struct moment origin;
	struct error error;
	if (moment_parse(origin_text, &here, &origin, &error) != ERR_OK) {
		cluster_complain(c, operation, true, "interval-origin '%s' is ignored: %s", origin_text, error.text);
		return;
	}
	int64_t since_s = (c->now - moment_epoch(&origin)) % interval_s;
	int64_t delay_s = (since_s <= 0 ? 0 : interval_s) - since_s;
	table_set(meta, "start-delay", number_text(c, delay_s * 1000));
}

static void read_values(struct cluster *c, const struct element *from, const struct rule_input *in, struct table *into)
{
	int64_t next_change = INT64_MAX;
	values_unpack(from, NAME_META_ATTRIBUTES, in, NULL, into, &next_change);
	if (next_change != INT64_MAX)
		cluster_recheck(c, next_change, "rule evaluation");
}

static void read_meta(struct resource *r, const char *task, int64_t interval_ms, const struct element *operation,
		      struct table *meta)
{
	struct cluster *c = r->cluster;
	struct rule_input in = {
		.now = c->now,
		.class_ = r->class_,
		.provider = r->provider,
		.type = r->type,
		.op_name = task,
		.op_interval_ms = interval_ms,
	};
	if (operation != NULL) {
		read_values(c, operation, &in, meta);
		for (unsigned i = 0; i < operation->attribute_count; i++)
			table_set(meta, document_name_text(operation->document, operation->attributes[i].name),
				  operation->attributes[i].value);
	}
	if (is_probe(task, interval_ms) && !table_has(meta, "timeout")) {
		const char *timeout = probe_timeout(r);
		if (timeout != NULL)
			table_set(meta, "timeout", timeout);
	}
	if (c->op_defaults != NULL)
		read_values(c, c->op_defaults, &in, meta);
}

struct table *action_config_meta(struct resource *r, struct node *node, const char *task, int64_t interval_ms,
				 const struct element *operation)
{
	struct cluster *c = r->cluster;
	struct table *meta = table_new(&c->arena);
	read_meta(r, task, interval_ms, operation, meta);
	table_remove(meta, "id");
	if (interval_ms > 0)
		table_set(meta, "interval", number_text(c, interval_ms));
	else
		table_remove(meta, "interval");

	/* How long a fence device may take to be asked is its own parameter. */
	if (r->class_ != NULL && strcmp(r->class_, "stonith") == 0 &&
	    (strcmp(task, "start") == 0 || is_probe(task, interval_ms))) {
		const char *timeout = table_get(resource_parameters(r, node), "pcmk_monitor_timeout");
		if (timeout != NULL)
			table_set(meta, "timeout", timeout);
	}
	const char *given = table_get(meta, "timeout");
	table_set(meta, "timeout", given == NULL ? "20000" : number_text(c, timeout_ms(given)));
	check_on_fail(r, task, operation, meta);
	set_start_delay(c, operation, interval_ms, meta);
	return meta;
}

static const char *attribute_of(void *user, const char *name)
{
	return node_attribute(user, name);
}

struct table *action_config_parameters(struct cluster *c, const struct element *operation, struct node *node)
{
	if (element_first_named(operation, NAME_INSTANCE_ATTRIBUTES) == NULL)
		return NULL;
	struct rule_input in = {.now = c->now, .node_attribute = attribute_of, .user = node};
	struct table *parameters = table_new(&c->arena);
	int64_t next_change = INT64_MAX;
	values_unpack(operation, NAME_INSTANCE_ATTRIBUTES, &in, NULL, parameters, &next_change);
	if (next_change != INT64_MAX)
		cluster_recheck(c, next_change, "rule evaluation");
	return parameters;
}

enum needs action_config_needs(const struct resource *r, const char *task)
{
	if (strcmp(task, "start") != 0 && strcmp(task, "promote") != 0)
		return NEEDS_NOTHING;
	if (r->needs_fencing)
		return NEEDS_FENCING;
	return r->needs_quorum ? NEEDS_QUORUM : NEEDS_NOTHING;
}

/* What a word asks for; false: the default. */
static bool on_fail_parse(const struct resource *r, const char *task, const char *value, enum on_fail *ret)
{
	static const struct {
		const char *word;
		enum on_fail on_fail;
	} words[] = {
		{"block", ON_FAIL_BLOCK},
		{"fence", ON_FAIL_FENCE},
		{"standby", ON_FAIL_STANDBY},
		{"ignore", ON_FAIL_IGNORE},
		{"nothing", ON_FAIL_IGNORE},
		{"migrate", ON_FAIL_BAN},
		{"stop", ON_FAIL_STOP},
		{"restart", ON_FAIL_RESTART},
		{"restart-container", ON_FAIL_RESTART_CONTAINER},
		{"demote", ON_FAIL_DEMOTE},
	};
	unsigned i = 0;
	while (i < sizeof(words) / sizeof(words[0]) && g_ascii_strcasecmp(words[i].word, value) != 0)
		i++;
	if (i == sizeof(words) / sizeof(words[0])) {
		cluster_complain(r->cluster, NULL, true, "on-fail '%s' of %s of %s is not known: the default is used",
				 value, task, r->id);
		return false;
	}
	if (words[i].on_fail == ON_FAIL_FENCE && !r->cluster->options.fencing_enabled) {
		cluster_complain(r->cluster, NULL, true,
				 "on-fail of %s of %s is 'stop' because 'fence' needs fencing to be enabled", task,
				 r->id);
		*ret = ON_FAIL_STOP;
		return true;
	}
	if (words[i].on_fail == ON_FAIL_RESTART_CONTAINER && r->launcher == NULL)
		return false;
	*ret = words[i].on_fail;
	return true;
}

/* Losing the connection to a remote node in any other way than a failed start or probe must end in its fencing. */
static bool needs_remote_reset(const struct resource *r, const char *task, int64_t interval_ms)
{
	if (!r->remote_connection || is_probe(task, interval_ms) || strcmp(task, "start") == 0)
		return false;
	const struct node *n = node_find(r->cluster, r->id);
	return n != NULL && node_is_remote(n);
}

enum on_fail action_config_on_fail(const struct resource *r, const char *task, int64_t interval_ms, const char *value)
{
	enum on_fail given = ON_FAIL_IGNORE;
	bool is_given = value != NULL && on_fail_parse(r, task, value, &given);
	bool reset = needs_remote_reset(r, task, interval_ms);

	if (is_given && !(reset && !r->managed))
		return given;
	if (r->launcher != NULL)
		return ON_FAIL_RESTART_CONTAINER;
	if (reset)
		return r->managed ? ON_FAIL_RESET_REMOTE : ON_FAIL_STOP;
	if (strcmp(task, "stop") == 0)
		return r->cluster->options.fencing_enabled ? ON_FAIL_FENCE : ON_FAIL_BLOCK;
	return ON_FAIL_RESTART;
}

enum role action_config_fail_role(const struct resource *r, const char *task, enum on_fail on_fail)
{
	if (on_fail == ON_FAIL_STOP || (on_fail == ON_FAIL_RESET_REMOTE && r->reconnect_ms != 0))
		return ROLE_STOPPED;
	return strcmp(task, "promote") == 0 ? ROLE_UNPROMOTED : ROLE_STARTED;
}
