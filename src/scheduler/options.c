/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cluster's options: what is configured, checked; what is not, by its default. */
#include "rules/interval.h"
#include "rules/score.h"
#include "rules/values.h"
#include "scheduler/unpack-private.h"

#include <stdlib.h>
#include <string.h>

enum option_type { TYPE_TEXT, TYPE_BOOL, TYPE_DURATION, TYPE_INTEGER, TYPE_SCORE, TYPE_WORD };

/* What a user may set: today's name, the one that it had before, and what counts when it is not set or wrong. */
struct option {
	const char *name, *old_name, *otherwise;
	enum option_type type;
	const char *words; /* of TYPE_WORD, divided by '|' */
};

static const struct option known_options[] = {
	{"symmetric-cluster", NULL, "true", TYPE_BOOL, NULL},
	{"maintenance-mode", NULL, "false", TYPE_BOOL, NULL},
	{"stop-all-resources", NULL, "false", TYPE_BOOL, NULL},
	{"fencing-enabled", "stonith-enabled", "true", TYPE_BOOL, NULL},
	{"startup-fencing", NULL, "true", TYPE_BOOL, NULL},
	{"concurrent-fencing", NULL, "true", TYPE_BOOL, NULL},
	{"stop-removed-resources", "stop-orphan-resources", "true", TYPE_BOOL, NULL},
	{"cancel-removed-actions", "stop-orphan-actions", "true", TYPE_BOOL, NULL},
	{"start-failure-is-fatal", NULL, "true", TYPE_BOOL, NULL},
	{"shutdown-lock", NULL, "false", TYPE_BOOL, NULL},
	{"enable-startup-probes", NULL, "true", TYPE_BOOL, NULL},
	{"have-watchdog", NULL, "false", TYPE_BOOL, NULL},
	{"fence-remote-without-quorum", NULL, "false", TYPE_BOOL, NULL},
	{"no-quorum-policy", NULL, "stop", TYPE_WORD, "stop|freeze|ignore|demote|fence|suicide"},
	{"fencing-action", "stonith-action", "reboot", TYPE_WORD, "reboot|off"},
	{"fencing-timeout", "stonith-timeout", "60s", TYPE_DURATION, NULL},
	{"fencing-max-attempts", "stonith-max-attempts", "10", TYPE_TEXT, NULL},
	{"fencing-watchdog-timeout", "stonith-watchdog-timeout", "0", TYPE_TEXT, NULL},
	{"priority-fencing-delay", NULL, "0", TYPE_DURATION, NULL},
	{"shutdown-lock-limit", NULL, "0", TYPE_DURATION, NULL},
	{"node-pending-timeout", NULL, "0", TYPE_DURATION, NULL},
	{"cluster-delay", NULL, "60s", TYPE_DURATION, NULL},
	{"batch-limit", NULL, "0", TYPE_INTEGER, NULL},
	{"migration-limit", NULL, "-1", TYPE_INTEGER, NULL},
	{"placement-strategy", NULL, "default", TYPE_WORD, "default|utilization|minimal|balanced"},
	{"node-health-strategy", NULL, "none", TYPE_WORD, "none|migrate-on-red|only-green|progressive|custom"},
	{"node-health-base", NULL, "0", TYPE_SCORE, NULL},
	{"node-health-green", NULL, "0", TYPE_SCORE, NULL},
	{"node-health-yellow", NULL, "0", TYPE_SCORE, NULL},
	{"node-health-red", NULL, "-INFINITY", TYPE_SCORE, NULL},
};

/* Which of the words is text? */
static bool word_index(const char *words, const char *text, int *ret)
{
	size_t length = strlen(text);
	for (int i = 0;; i++) {
		size_t word = strcspn(words, "|");
		if (word == length && strncasecmp(words, text, word) == 0) {
			*ret = i;
			return true;
		}
		if (words[word] == '\0')
			return false;
		words += word + 1;
	}
}

static bool is_integer(const char *text)
{
	char *end;
	if (strcasecmp(text, "INFINITY") == 0 || strcasecmp(text, "+INFINITY") == 0 ||
	    strcasecmp(text, "-INFINITY") == 0)
		return true;
	(void)strtoll(text, &end, 10);
	return end != text;
}

static bool is_valid(const struct option *o, const char *text)
{
	bool truth;
	int64_t ms;
	int number;
	switch (o->type) {
	case TYPE_BOOL:
		return cib_parse_bool(text, &truth);
	case TYPE_DURATION:
		return interval_parse_ms(text, &ms);
	case TYPE_INTEGER:
	case TYPE_SCORE:
		return is_integer(text) || (o->type == TYPE_SCORE && score_parse(text, 0, &number));
	case TYPE_WORD:
		return word_index(o->words, text, &number);
	case TYPE_TEXT:
		break;
	}
	return true;
}

/* Gives every known option a valid value under its newest name. */
static void complete(struct cluster *c, const struct option *o)
{
	const char *value = table_get(c->options.all, o->name);
	if (value == NULL && o->old_name != NULL)
		value = table_get(c->options.all, o->old_name);
	if (value != NULL && !is_valid(o, value)) {
		cluster_complain(c, NULL, true, "cluster option '%s': '%s' makes no sense; '%s' is used", o->name,
				 value, o->otherwise);
		value = NULL;
	}
	table_set(c->options.all, o->name, value != NULL ? value : o->otherwise);
}

static bool truth(const struct cluster *c, const char *name)
{
	bool value = false;
	(void)cib_parse_bool(table_get(c->options.all, name), &value);
	return value;
}

static int64_t duration_ms(const struct cluster *c, const char *name)
{
	int64_t ms = 0;
	(void)interval_parse_ms(table_get(c->options.all, name), &ms);
	return ms;
}

static int word(const struct cluster *c, const char *name)
{
	int index = 0;
	for (size_t i = 0; i < sizeof(known_options) / sizeof(known_options[0]); i++)
		if (strcmp(known_options[i].name, name) == 0)
			(void)word_index(known_options[i].words, table_get(c->options.all, name), &index);
	return index;
}

static int score(const struct cluster *c, const char *name)
{
	int value = 0;
	(void)score_parse(table_get(c->options.all, name), 0, &value);
	return value;
}

/* Losing quorum may fence the rest only when fencing is possible and the cluster ever had quorum. */
static enum no_quorum no_quorum_policy(struct cluster *c)
{
	static const enum no_quorum policies[] = {NO_QUORUM_STOP,   NO_QUORUM_FREEZE, NO_QUORUM_IGNORE,
						  NO_QUORUM_DEMOTE, NO_QUORUM_FENCE,  NO_QUORUM_FENCE};
	enum no_quorum policy = policies[word(c, "no-quorum-policy")];
	if (policy != NO_QUORUM_FENCE)
		return policy;
	if (!c->options.fencing_enabled) {
		cluster_complain(c, NULL, true, "no-quorum-policy is 'stop' instead of 'fence': fencing is disabled");
		return NO_QUORUM_STOP;
	}
	const char *panic = element_get(document_root(c->document), NAME_NO_QUORUM_PANIC);
	bool had_quorum = panic != NULL && strtol(panic, NULL, 10) != 0;
	return c->quorate || had_quorum ? NO_QUORUM_FENCE : NO_QUORUM_STOP;
}

static void read_truths(struct cluster *c)
{
	struct options *o = &c->options;
	o->symmetric = truth(c, "symmetric-cluster");
	o->maintenance_mode = truth(c, "maintenance-mode");
	o->stop_all = truth(c, "stop-all-resources");
	o->fencing_enabled = truth(c, "fencing-enabled");
	o->startup_fencing = o->fencing_enabled && truth(c, "startup-fencing");
	o->concurrent_fencing = truth(c, "concurrent-fencing");
	o->stop_removed_resources = truth(c, "stop-removed-resources");
	o->cancel_removed_actions = truth(c, "cancel-removed-actions");
	o->start_failure_is_fatal = truth(c, "start-failure-is-fatal");
	o->shutdown_lock = truth(c, "shutdown-lock");
	o->startup_probes = truth(c, "enable-startup-probes");
	o->have_watchdog = truth(c, "have-watchdog");
	o->fence_remote_without_quorum = truth(c, "fence-remote-without-quorum");
}

/* What the words of health attributes mean: the strategy says it, unless it leaves it to the user. */
static void read_health(struct cluster *c)
{
	struct options *o = &c->options;
	o->health = (enum health)word(c, "node-health-strategy");
	o->health_base = score(c, "node-health-base");
	switch (o->health) {
	case HEALTH_NONE:
		break;
	case HEALTH_ONLY_GREEN:
		o->health_yellow = -SCORE_INFINITY;
		o->health_red = -SCORE_INFINITY;
		break;
	case HEALTH_MIGRATE_ON_RED:
		o->health_red = -SCORE_INFINITY;
		break;
	case HEALTH_PROGRESSIVE:
	case HEALTH_CUSTOM:
		o->health_red = score(c, "node-health-red");
		o->health_yellow = score(c, "node-health-yellow");
		o->health_green = score(c, "node-health-green");
		break;
	}
}

static void read_values(struct cluster *c)
{
	struct options *o = &c->options;
	o->no_quorum = no_quorum_policy(c);
	o->placement = (enum placement)word(c, "placement-strategy");
	o->fence_action = table_get(o->all, "fencing-action");
	o->fence_timeout_ms = duration_ms(c, "fencing-timeout");
	o->priority_fencing_delay_ms = duration_ms(c, "priority-fencing-delay");
	o->shutdown_lock_limit_ms = o->shutdown_lock ? duration_ms(c, "shutdown-lock-limit") : 0;
	o->node_pending_timeout_ms = duration_ms(c, "node-pending-timeout");
	o->cluster_delay_ms = duration_ms(c, "cluster-delay");
	o->batch_limit = table_get(o->all, "batch-limit");
	o->migration_limit = table_get(o->all, "migration-limit");
	read_health(c);
}

static bool demands_unfencing(const struct element *block)
{
	for_each_named(pair, block, NAME_NVPAIR)
	{
		const char *name = element_get_or(pair, NAME_NAME, "");
		if (strcmp(element_get_or(pair, NAME_VALUE, ""), "unfencing") == 0 &&
		    (strcmp(name, "provides") == 0 || strcmp(name, "requires") == 0))
			return true;
	}
	return false;
}

/* Looked for before resources are read, so that neither rules nor templates' sums count: any meta attribute below. */
static bool has_unfencing(const struct element *e)
{
	for_each_child(child, e)
	{
		if (child->name == NAME_META_ATTRIBUTES) {
			if (demands_unfencing(child))
				return true;
		} else if (child->name != NAME_INSTANCE_ATTRIBUTES && child->first != NULL && has_unfencing(child)) {
			return true;
		}
	}
	return false;
}

static bool defaults_have_unfencing(const struct element *defaults)
{
	for_each_named(block, defaults, NAME_META_ATTRIBUTES) if (demands_unfencing(block)) return true;
	return false;
}

void options_unpack(struct cluster *c)
{
	struct rule_input in = rule_input_of(c, NULL, NULL);
	c->options.all = table_new(&c->arena);
	values_unpack(document_section(c->document, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET, &in,
		      "cib-bootstrap-options", c->options.all, &c->recheck_by);
	for (size_t i = 0; i < sizeof(known_options) / sizeof(known_options[0]); i++)
		complete(c, &known_options[i]);
	read_truths(c);
	read_values(c);
	c->have_fencing = c->options.have_watchdog;
	c->enable_unfencing = has_unfencing(document_section(c->document, NAME_RESOURCES)) ||
			      defaults_have_unfencing(c->rsc_defaults);
}

const char *cluster_option_needless(const char *name)
{
	static const struct {
		const char *name, *why;
	} needless[] = {
		{"cluster-ipc-limit", "a program that is slow to read holds up nobody"},
		{"election-timeout", "who leads follows from who is there, and nobody is elected"},
		{"join-finalization-timeout", "members agree in one step"},
		{"join-integration-timeout", "members agree in one step"},
		{"load-threshold", "node-action-limit bounds what a node does at once"},
	};
	for (size_t i = 0; i < sizeof(needless) / sizeof(needless[0]); i++)
		if (strcmp(needless[i].name, name) == 0)
			return needless[i].why;
	return NULL;
}
