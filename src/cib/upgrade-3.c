/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From 2.x to 3.0: old names of options, defaults that were options, meta-attributes of operations. */
#include "cib/upgrade-private.h"

#include <string.h>

/* What becomes of a name. Of several lines for one name the first whose `value` is NULL or equal counts. */
struct renewal {
	const char *name;
	const char *value; /* only with this value; NULL: with any */
	const char *now;   /* NULL: dropped */
	cib_name where;    /* moved there; NAME_NONE: it stays where it is */
	const char *now_value;
	const char *why;
};

static const struct renewal cluster_options[] = {
	{"cluster-infrastructure", "heartbeat", NULL, NAME_NONE, NULL, "there is one cluster engine only"},
	{"cluster-infrastructure", "openais", NULL, NAME_NONE, NULL, "there is one cluster engine only"},
	{"cluster-infrastructure", "classic openais", NULL, NAME_NONE, NULL, "there is one cluster engine only"},
	{"cluster-infrastructure", "classic openais (with plugin)", NULL, NAME_NONE, NULL,
	 "there is one cluster engine only"},
	{"cluster-infrastructure", "cman", NULL, NAME_NONE, NULL, "there is one cluster engine only"},
	{"cluster_recheck_interval", NULL, "cluster-recheck-interval", NAME_NONE, NULL, NULL},
	{"dc_deadtime", NULL, "dc-deadtime", NAME_NONE, NULL, NULL},
	{"default-action-timeout", NULL, "timeout", NAME_OP_DEFAULTS, NULL, NULL},
	{"default_action_timeout", NULL, "timeout", NAME_OP_DEFAULTS, NULL, NULL},
	{"default-migration-threshold", NULL, NULL, NAME_NONE, NULL, "set migration-threshold in rsc_defaults"},
	{"default_migration_threshold", NULL, NULL, NAME_NONE, NULL, "set migration-threshold in rsc_defaults"},
	{"default-resource-stickiness", NULL, "resource-stickiness", NAME_RSC_DEFAULTS, NULL, NULL},
	{"default_resource_stickiness", NULL, "resource-stickiness", NAME_RSC_DEFAULTS, NULL, NULL},
	{"default-resource-failure-stickiness", "-INFINITY", "migration-threshold", NAME_RSC_DEFAULTS, "1", NULL},
	{"default_resource_failure_stickiness", "-INFINITY", "migration-threshold", NAME_RSC_DEFAULTS, "1", NULL},
	{"default-resource-failure-stickiness", NULL, NULL, NAME_NONE, NULL, "set migration-threshold in rsc_defaults"},
	{"default_resource_failure_stickiness", NULL, NULL, NAME_NONE, NULL, "set migration-threshold in rsc_defaults"},
	{"election_timeout", NULL, "election-timeout", NAME_NONE, NULL, NULL},
	{"expected-quorum-votes", NULL, NULL, NAME_NONE, NULL, "the cluster engine counts votes"},
	{"is-managed-default", NULL, "is-managed", NAME_RSC_DEFAULTS, NULL, NULL},
	{"is_managed_default", NULL, "is-managed", NAME_RSC_DEFAULTS, NULL, NULL},
	{"no_quorum_policy", NULL, "no-quorum-policy", NAME_NONE, NULL, NULL},
	{"notification-agent", NULL, NULL, NAME_NONE, NULL, "configure an alert"},
	{"notification-recipient", NULL, NULL, NAME_NONE, NULL, "configure an alert"},
	{"remove_after_stop", NULL, "remove-after-stop", NAME_NONE, NULL, NULL},
	{"shutdown_escalation", NULL, "shutdown-escalation", NAME_NONE, NULL, NULL},
	{"startup_fencing", NULL, "startup-fencing", NAME_NONE, NULL, NULL},
	{"stonith_action", NULL, "stonith-action", NAME_NONE, NULL, NULL},
	{"stonith_enabled", NULL, "stonith-enabled", NAME_NONE, NULL, NULL},
	{"stop_orphan_actions", NULL, "stop-orphan-actions", NAME_NONE, NULL, NULL},
	{"stop_orphan_resources", NULL, "stop-orphan-resources", NAME_NONE, NULL, NULL},
	{"symmetric_cluster", NULL, "symmetric-cluster", NAME_NONE, NULL, NULL},
	{"transition_idle_timeout", NULL, "cluster-delay", NAME_NONE, NULL, NULL},
	{NULL},
};

static const struct renewal parameters[] = {
	{"pcmk_arg_map", NULL, NULL, NAME_NONE, NULL, "set pcmk_host_argument"},
	{"pcmk_list_cmd", NULL, "pcmk_list_action", NAME_NONE, NULL, NULL},
	{"pcmk_monitor_cmd", NULL, "pcmk_monitor_action", NAME_NONE, NULL, NULL},
	{"pcmk_off_cmd", NULL, "pcmk_off_action", NAME_NONE, NULL, NULL},
	{"pcmk_on_cmd", NULL, "pcmk_on_action", NAME_NONE, NULL, NULL},
	{"pcmk_reboot_cmd", NULL, "pcmk_reboot_action", NAME_NONE, NULL, NULL},
	{"pcmk_status_cmd", NULL, "pcmk_status_action", NAME_NONE, NULL, NULL},
	{NULL},
};

#define ISOLATION(name)                                                                                              \
	{                                                                                                            \
		name, NULL, "target-role", NAME_NONE, "Stopped", "isolated resources are bundles now: it is stopped" \
	}
static const struct renewal resource_meta[] = {
	ISOLATION("isolation"),
	ISOLATION("isolation-host"),
	ISOLATION("isolation-instance"),
	ISOLATION("isolation-wrapper"),
	{"resource-failure-stickiness", "-INFINITY", "migration-threshold", NAME_NONE, "1", NULL},
	{"resource_failure_stickiness", "-INFINITY", "migration-threshold", NAME_NONE, "1", NULL},
	{"resource-failure-stickiness", NULL, NULL, NAME_NONE, NULL, "set migration-threshold"},
	{"resource_failure_stickiness", NULL, NULL, NAME_NONE, NULL, "set migration-threshold"},
	{NULL},
};

/* Attributes of operations that were accepted among their parameters. */
static const char *const operation_meta[] = {"interval-origin", "start-delay", "enabled", "on-fail",
					     "record-pending",  "role",        "timeout", NULL};

static const struct renewal *renewal_of(const struct renewal *list, const struct element *pair)
{
	const char *name = element_get(pair, NAME_NAME), *value = element_get_or(pair, NAME_VALUE, "");
	for (; name != NULL && list->name != NULL; list++)
		if (strcmp(list->name, name) == 0 && (list->value == NULL || strcmp(list->value, value) == 0))
			return list;
	return NULL;
}

static bool is_among(const char *const *words, const char *word)
{
	for (; word != NULL && *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static bool has_rule(const struct element *set)
{
	return element_first_named(set, NAME_RULE) != NULL;
}

static bool has_pair(const struct element *set, const char *name)
{
	for_each_named(pair, set, NAME_NVPAIR) if (upgrade_has(pair, NAME_NAME, name)) return true;
	return false;
}

/* Some set without a rule among those of one kind has a pair of this name. */
static bool some_plain_set_has(const struct element *parent, cib_name kind, const char *name)
{
	for_each_named(set, parent, kind) if (!has_rule(set) && has_pair(set, name)) return true;
	return false;
}

static void drop_if_empty(struct element *set)
{
	if (element_first_named(set, NAME_NVPAIR) == NULL)
		element_remove(set);
}

static void apply(struct upgrade *u, struct element *pair, const struct renewal *r)
{
	if (r->why != NULL)
		upgrade_note(u, pair, "%s %s: %s", r->name, r->now == NULL ? "dropped" : r->now, r->why);
	if (r->now == NULL) {
		upgrade_drop(u, pair);
		return;
	}
	element_set(pair, NAME_NAME, r->now);
	if (r->now_value != NULL)
		element_set(pair, NAME_VALUE, r->now_value);
}

/* Options of the cluster; some are defaults now. */

static struct element *first_plain_set(const struct element *parent)
{
	for_each_named(set, parent, NAME_META_ATTRIBUTES) if (!has_rule(set)) return set;
	return NULL;
}

struct defaults {
	cib_name section;
	const char *id;
	GPtrArray *pairs;
};

static void place_defaults(struct upgrade *u, struct element *configuration, struct defaults *moved)
{
	if (moved->pairs->len == 0)
		return;
	struct element *section = element_first_named(configuration, moved->section);
	if (section == NULL) {
		section = element_add(configuration, moved->section);
		section->line = configuration->line;
	}
	struct element *set = first_plain_set(section);
	if (set == NULL) {
		set = upgrade_new(u, NAME_META_ATTRIBUTES, moved->id, section);
		element_append(section, set);
	}
	guint before = 0; /* names that were there before any was moved count */
	for (guint i = 0; i < moved->pairs->len; i++) {
		struct element *pair = g_ptr_array_index(moved->pairs, i);
		if (some_plain_set_has(section, NAME_META_ATTRIBUTES, element_get(pair, NAME_NAME)))
			continue;
		moved->pairs->pdata[before++] = pair;
	}
	for (guint i = 0; i < before; i++)
		element_append(set, moved->pairs->pdata[i]);
}

static void renew_option(struct upgrade *u, struct element *pair, bool conditional, struct defaults *moved)
{
	const struct renewal *r = renewal_of(cluster_options, pair);
	if (r == NULL)
		return;
	apply(u, pair, r);
	if (r->where == NAME_NONE)
		return;
	if (conditional)
		upgrade_note(u, pair, "%s dropped: it was set under a rule; set %s in %s", r->name, r->now,
			     document_name_text(u->document, r->where));
	element_remove(pair);
	if (!conditional)
		g_ptr_array_add(moved[r->where == NAME_OP_DEFAULTS ? 0 : 1].pairs, pair);
}

static void renew_options(struct upgrade *u)
{
	struct element *configuration = document_configuration(u->document);
	struct element *config = element_first_named(configuration, NAME_CRM_CONFIG);
	if (config == NULL)
		return;
	struct defaults moved[2] = {{NAME_OP_DEFAULTS, UPGRADE_3_PREFIX "-op-defaults", g_ptr_array_new()},
				    {NAME_RSC_DEFAULTS, UPGRADE_3_PREFIX "-rsc-defaults", g_ptr_array_new()}};
	for (struct element *set = config->first, *next_set; set != NULL; set = next_set) {
		next_set = set->next;
		if (set->name != NAME_CLUSTER_PROPERTY_SET)
			continue;
		for (struct element *pair = set->first, *next; pair != NULL; pair = next) {
			next = pair->next;
			if (pair->name == NAME_NVPAIR)
				renew_option(u, pair, has_rule(set), moved);
		}
		drop_if_empty(set);
	}
	for (unsigned i = 0; i < 2; i++) {
		place_defaults(u, configuration, &moved[i]);
		g_ptr_array_unref(moved[i].pairs);
	}
}

/* Sets of a resource */

/* Only the port may be mapped by a name of its own. */
static bool renew_arg_map(struct element *pair)
{
	static const char port[] = "port:";
	const char *value = element_get_or(pair, NAME_VALUE, "");
	if (!upgrade_has(pair, NAME_NAME, "pcmk_arg_map") || strncmp(value, port, sizeof(port) - 1) != 0 ||
	    strchr(value, ',') != NULL)
		return false;
	element_set(pair, NAME_NAME, "pcmk_host_argument");
	element_set(pair, NAME_VALUE, value + sizeof(port) - 1);
	return true;
}

static void renew_parameters(struct upgrade *u, struct element *set)
{
	for (struct element *pair = set->first, *next; pair != NULL; pair = next) {
		next = pair->next;
		if (pair->name != NAME_NVPAIR || renew_arg_map(pair))
			continue;
		const struct renewal *r = renewal_of(parameters, pair);
		if (r != NULL)
			apply(u, pair, r);
	}
	drop_if_empty(set);
}

/* Several old names have one new one: the first of a set stays. */
static void renew_meta(struct upgrade *u, struct element *set)
{
	GHashTable *given = g_hash_table_new(g_str_hash, g_str_equal);
	for (struct element *pair = set->first, *next; pair != NULL; pair = next) {
		next = pair->next;
		const struct renewal *r = pair->name == NAME_NVPAIR ? renewal_of(resource_meta, pair) : NULL;
		if (r == NULL)
			continue;
		if (r->now != NULL && !g_hash_table_add(given, (gpointer)(uintptr_t)r->now))
			upgrade_drop(u, pair);
		else
			apply(u, pair, r);
	}
	g_hash_table_destroy(given);
	drop_if_empty(set);
}

/* Operations: what they require is the resource's affair; meta-attributes among parameters go where they belong. */

static bool may_require(const struct element *op)
{
	return upgrade_has(op, NAME_NAME, "start") || upgrade_has(op, NAME_NAME, "promote");
}

/* A later set without a rule, of this operation or a later one, says the same. */
static bool said_later(const struct element *set, cib_name kind)
{
	for (const struct element *s = set->next; s != NULL; s = s->next)
		if (s->name == kind && !has_rule(s) && has_pair(s, "requires") && may_require(s->parent))
			return true;
	for (const struct element *op = set->parent->next; op != NULL; op = op->next)
		if (op->name == NAME_OP && may_require(op) && some_plain_set_has(op, kind, "requires"))
			return true;
	return false;
}

static bool said_by_any_meta(const struct element *operations)
{
	for_each_named(op, operations, NAME_OP) if (may_require(op) && some_plain_set_has(op, NAME_META_ATTRIBUTES,
											  "requires")) return true;
	return false;
}

/* A copy of a set as meta-attributes, with the pairs that `wanted` names alone. */
static struct element *meta_like(struct upgrade *u, const struct element *set)
{
	struct element *copy = element_copy(u->document, set);
	copy->name = NAME_META_ATTRIBUTES;
	element_set(copy, NAME_ID, upgrade_text(u, UPGRADE_3_PREFIX "%s", element_get_or(set, NAME_ID, "")));
	for (struct element *child = copy->first, *next; child != NULL; child = next) {
		next = child->next;
		if (child->name == NAME_NVPAIR)
			element_remove(child);
	}
	return copy;
}

/* The last operation that requires something by its attribute speaks for the resource. */
static bool lift_attribute(struct upgrade *u, struct element *resource, struct element *operations)
{
	struct element *last = NULL;
	for_each_named(op, operations, NAME_OP) if (may_require(op) && element_get(op, NAME_REQUIRES) != NULL) last =
		op;
	if (last == NULL || some_plain_set_has(resource, NAME_META_ATTRIBUTES, "requires"))
		return false;
	struct element *set = upgrade_new(
		u, NAME_META_ATTRIBUTES,
		upgrade_text(u, UPGRADE_3_PREFIX "%s-meta", element_get_or(resource, NAME_ID, "")), resource);
	struct element *pair = upgrade_new(
		u, NAME_NVPAIR, upgrade_text(u, UPGRADE_3_PREFIX "%s-meta-requires", element_get_or(last, NAME_ID, "")),
		last);
	element_set(pair, NAME_NAME, "requires");
	element_set(pair, NAME_VALUE, element_get(last, NAME_REQUIRES));
	element_append(set, pair);
	element_append(resource, set);
	return true;
}

static void lift_set(struct upgrade *u, GPtrArray *lifted, struct element *set)
{
	bool is_meta = set->name == NAME_META_ATTRIBUTES;
	if (!has_pair(set, "requires") || said_later(set, set->name) ||
	    (!is_meta && said_by_any_meta(set->parent->parent)))
		return;
	struct element *meta = meta_like(u, set);
	for_each_named(pair, set, NAME_NVPAIR) if (upgrade_has(pair, NAME_NAME, "requires"))
		element_append(meta, element_copy(u->document, pair));
	g_ptr_array_add(lifted, meta);
}

static void lift_requires(struct upgrade *u, struct element *resource, struct element *operations)
{
	bool known = some_plain_set_has(resource, NAME_META_ATTRIBUTES, "requires");
	GPtrArray *lifted = g_ptr_array_new();
	known |= lift_attribute(u, resource, operations);
	for_each_named(op, operations, NAME_OP) for_each_child(
		set, op) if (!known && may_require(op) &&
			     (set->name == NAME_META_ATTRIBUTES || set->name == NAME_INSTANCE_ATTRIBUTES))
		lift_set(u, lifted, set);
	for (guint i = 0; i < lifted->len; i++)
		element_append(resource, g_ptr_array_index(lifted, i));
	g_ptr_array_unref(lifted);
}

/* Whether a pair among an operation's parameters is to become its meta-attribute: neither the resource's own nor a
 * later set of the operation has the name. */
static bool moves_to_meta(const struct element *resource, const struct element *set, const char *name)
{
	if (some_plain_set_has(resource, NAME_META_ATTRIBUTES, name))
		return false;
	for (const struct element *s = set->next; s != NULL; s = s->next)
		if (s->name == NAME_INSTANCE_ATTRIBUTES && !has_rule(s) && has_pair(s, name))
			return false;
	return true;
}

/* Where a set's pairs go: with a rule, a set of their own with that rule; else the first set without, or a new one. */
static struct element *meta_for(struct upgrade *u, struct element *op, const struct element *set)
{
	if (has_rule(set)) {
		struct element *meta = meta_like(u, set);
		element_append(op, meta);
		return meta;
	}
	struct element *meta = first_plain_set(op);
	if (meta == NULL) {
		meta = upgrade_new(u, NAME_META_ATTRIBUTES,
				   upgrade_text(u, UPGRADE_3_PREFIX "%s-meta", element_get_or(op, NAME_ID, "")), op);
		element_append(op, meta);
	}
	return meta;
}

static void move_meta(struct upgrade *u, const struct element *resource, struct element *op, struct element *set)
{
	struct element *meta = NULL;
	for (struct element *pair = set->first, *next; pair != NULL; pair = next) {
		next = pair->next;
		const char *name = pair->name == NAME_NVPAIR ? element_get(pair, NAME_NAME) : NULL;
		if (name == NULL || !is_among(operation_meta, name))
			continue;
		bool moves = moves_to_meta(resource, set, name);
		upgrade_drop(u, pair);
		if (!moves)
			continue;
		if (meta == NULL)
			meta = meta_for(u, op, set);
		element_append(meta, pair);
	}
}

static void drop_requires(struct upgrade *u, struct element *op)
{
	element_set(op, NAME_REQUIRES, NULL);
	for (struct element *set = op->first, *next_set; set != NULL; set = next_set) {
		next_set = set->next;
		if (set->name != NAME_META_ATTRIBUTES && set->name != NAME_INSTANCE_ATTRIBUTES)
			continue;
		for (struct element *pair = set->first, *next; pair != NULL; pair = next) {
			next = pair->next;
			if (pair->name == NAME_NVPAIR && upgrade_has(pair, NAME_NAME, "requires"))
				upgrade_drop(u, pair);
		}
	}
}

/* Sets without rules come first, so that those with rules stand behind the set that they may create. */
static void renew_operation(struct upgrade *u, const struct element *resource, struct element *op)
{
	drop_requires(u, op);
	for (int with_rule = 0; with_rule < 2; with_rule++)
		for (struct element *set = op->first, *next; set != NULL; set = next) {
			next = set->next;
			if (set->name == NAME_INSTANCE_ATTRIBUTES && has_rule(set) == (with_rule == 1))
				move_meta(u, resource, op, set);
		}
	for (struct element *set = op->first, *next; set != NULL; set = next) {
		next = set->next;
		if (set->name == NAME_META_ATTRIBUTES || set->name == NAME_INSTANCE_ATTRIBUTES)
			drop_if_empty(set);
	}
}

static void renew_resource(struct upgrade *u, struct element *resource)
{
	if (resource->name != NAME_PRIMITIVE && resource->name != NAME_TEMPLATE)
		return;
	struct element *last = resource->last;
	for_each_named(operations, resource, NAME_OPERATIONS)
	{
		lift_requires(u, resource, operations);
		for_each_named(op, operations, NAME_OP) renew_operation(u, resource, op);
	}
	for (struct element *set = resource->first, *next; set != NULL; set = next) {
		next = set == last ? NULL : set->next; /* not those that were just made */
		if (set->name == NAME_INSTANCE_ATTRIBUTES)
			renew_parameters(u, set);
		else if (set->name == NAME_META_ATTRIBUTES)
			renew_meta(u, set);
	}
}

static void renew_others(struct upgrade *u, struct element *e)
{
	if (e->name == NAME_NODE && upgrade_has(e, NAME_TYPE, "normal")) {
		element_set(e, NAME_TYPE, "member");
	} else if (e->name == NAME_RSC_COLOCATION && (element_get(e, NAME_SCORE_ATTRIBUTE) != NULL ||
						      element_get(e, NAME_SCORE_ATTRIBUTE_MANGLE) != NULL)) {
		upgrade_note(u, e, "the score by attribute is dropped: it never had an effect");
		element_set(e, NAME_SCORE_ATTRIBUTE, NULL);
		element_set(e, NAME_SCORE_ATTRIBUTE_MANGLE, NULL);
	}
}

/* Whether 3.0 would refuse the document as it is. */

static bool option_needs(const struct element *set, const struct element *pair)
{
	cib_name owner = set->parent->name;
	return set->name == NAME_CLUSTER_PROPERTY_SET && owner == NAME_CRM_CONFIG &&
	       renewal_of(cluster_options, pair) != NULL;
}

static bool resource_pair_needs(const struct element *set, const struct element *pair)
{
	cib_name owner = set->parent->name;
	if (owner != NAME_PRIMITIVE && owner != NAME_TEMPLATE)
		return false;
	if (set->name == NAME_INSTANCE_ATTRIBUTES)
		return renewal_of(parameters, pair) != NULL;
	const char *name = element_get_or(pair, NAME_NAME, "");
	return set->name == NAME_META_ATTRIBUTES && strncmp(name, "isolation", 9) == 0 &&
	       renewal_of(resource_meta, pair) != NULL;
}

static bool operation_pair_needs(const struct element *set, const struct element *pair)
{
	if (set->parent->name != NAME_OP)
		return false;
	const char *name = element_get_or(pair, NAME_NAME, "");
	bool instance = set->name == NAME_INSTANCE_ATTRIBUTES;
	return ((instance || set->name == NAME_META_ATTRIBUTES) && strcmp(name, "requires") == 0) ||
	       (instance && is_among(operation_meta, name));
}

static bool set_needs(const struct element *set)
{
	for_each_named(pair, set, NAME_NVPAIR)
	{
		if (option_needs(set, pair) || resource_pair_needs(set, pair) || operation_pair_needs(set, pair))
			return true;
	}
	return false;
}

static bool needs_upgrade(const struct element *e)
{
	switch (e->name) {
	case NAME_STATUS:
		return false;
	case NAME_NODE:
		if (upgrade_has(e, NAME_TYPE, "normal"))
			return true;
		break;
	case NAME_RSC_COLOCATION:
		if (element_get(e, NAME_SCORE_ATTRIBUTE) != NULL || element_get(e, NAME_SCORE_ATTRIBUTE_MANGLE) != NULL)
			return true;
		break;
	case NAME_OP:
		if (element_get(e, NAME_REQUIRES) != NULL)
			return true;
		break;
	case NAME_CLUSTER_PROPERTY_SET:
	case NAME_META_ATTRIBUTES:
	case NAME_INSTANCE_ATTRIBUTES:
		if (set_needs(e))
			return true;
		break;
	default:
		break;
	}
	for_each_child(child, e) if (needs_upgrade(child)) return true;
	return false;
}

enum err upgrade_to_3(struct upgrade *u, struct error *reterr)
{
	struct element *configuration = document_configuration(u->document);
	if (configuration == NULL || !needs_upgrade(configuration))
		return ERR_OK;
	enum err e = upgrade_unfold(u, reterr);
	if (e != ERR_OK)
		return e;
	renew_options(u);
	upgrade_each(u, configuration, renew_others);
	upgrade_each(u, configuration, renew_resource);
	upgrade_fold(u);
	return ERR_OK;
}
