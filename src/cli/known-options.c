/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/known-options.h"

#include "rules/interval.h"
#include "rules/score.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct known_option known_cluster_options[] = {
	{"batch-limit", NULL, KNOWN_INTEGER, NULL, "0", "actions at the same time; 0: as many as the nodes bear"},
	{"cancel-removed-actions", "stop-orphan-actions", KNOWN_BOOL, NULL, "true",
	 "cancel recurring operations that were taken out of the configuration"},
	{"cluster-delay", NULL, KNOWN_DURATION, NULL, "60s", "the longest way of a message between two nodes"},
	{"cluster-infrastructure", NULL, KNOWN_TEXT, NULL, "", "set by the cluster: what it runs on"},
	{"cluster-ipc-limit", NULL, KNOWN_INTEGER, NULL, "500", "of Pacemaker; changes nothing here"},
	{"cluster-name", NULL, KNOWN_TEXT, NULL, "", "a name, for people and for rules"},
	{"cluster-recheck-interval", NULL, KNOWN_DURATION, NULL, "15min", "look at everything anew at least so often"},
	{"concurrent-fencing", NULL, KNOWN_BOOL, NULL, "true", "fence several nodes at the same time"},
	{"dc-deadtime", NULL, KNOWN_DURATION, NULL, "20s", "how long to wait for other nodes at a start"},
	{"dc-version", NULL, KNOWN_TEXT, NULL, "", "set by the cluster: the leader's release"},
	{"election-timeout", NULL, KNOWN_DURATION, NULL, "2min",
	 "of Pacemaker; changes nothing here: nobody is elected"},
	{"enable-acl", NULL, KNOWN_BOOL, NULL, "false", "users may do what <acls> allows them"},
	{"enable-startup-probes", NULL, KNOWN_BOOL, NULL, "true", "look at a new node what runs there already"},
	{"fence-remote-without-quorum", NULL, KNOWN_BOOL, NULL, "false", "fence remote nodes without quorum"},
	{"fencing-action", "stonith-action", KNOWN_WORD, "reboot|off", "reboot", "what is done to lost nodes"},
	{"fencing-enabled", "stonith-enabled", KNOWN_BOOL, NULL, "true",
	 "lost nodes are fenced before what ran there is started elsewhere"},
	{"fencing-max-attempts", "stonith-max-attempts", KNOWN_INTEGER, NULL, "10", "of fencing a node in a row"},
	{"fencing-reaction", "fence-reaction", KNOWN_WORD, "stop|panic", "stop", "of a node that was fenced and lives"},
	{"fencing-timeout", "stonith-timeout", KNOWN_DURATION, NULL, "60s", "of fencing"},
	{"fencing-watchdog-timeout", "stonith-watchdog-timeout", KNOWN_DURATION, NULL, "0",
	 "after which a lost node has reset itself; 0: never"},
	{"have-watchdog", NULL, KNOWN_BOOL, NULL, "false", "set by the cluster: sbd runs"},
	{"join-finalization-timeout", NULL, KNOWN_DURATION, NULL, "30min", "of Pacemaker; changes nothing here"},
	{"join-integration-timeout", NULL, KNOWN_DURATION, NULL, "3min", "of Pacemaker; changes nothing here"},
	{"last-lrm-refresh", NULL, KNOWN_INTEGER, NULL, "", "set by tools to make the cluster look again"},
	{"load-threshold", NULL, KNOWN_TEXT, NULL, "80%", "of Pacemaker; changes nothing here: see node-action-limit"},
	{"maintenance-mode", NULL, KNOWN_BOOL, NULL, "false", "hands off all resources"},
	{"migration-limit", NULL, KNOWN_INTEGER, NULL, "-1", "live migrations of a node at the same time; -1: any"},
	{"no-quorum-policy", NULL, KNOWN_WORD, "stop|freeze|ignore|demote|fence|suicide", "stop",
	 "what a part without quorum does"},
	{"node-action-limit", NULL, KNOWN_INTEGER, NULL, "0", "actions of a node at the same time; 0: twice its cores"},
	{"node-health-base", NULL, KNOWN_SCORE, NULL, "0", "of a node, where health counts"},
	{"node-health-green", NULL, KNOWN_SCORE, NULL, "0", "what green is worth"},
	{"node-health-red", NULL, KNOWN_SCORE, NULL, "-INFINITY", "what red is worth"},
	{"node-health-strategy", NULL, KNOWN_WORD, "none|migrate-on-red|only-green|progressive|custom", "none",
	 "what bad health of a node means"},
	{"node-health-yellow", NULL, KNOWN_SCORE, NULL, "0", "what yellow is worth"},
	{"node-pending-timeout", NULL, KNOWN_DURATION, NULL, "0", "fence a node that joins no further; 0: never"},
	{"pe-error-series-max", NULL, KNOWN_INTEGER, NULL, "-1", "inputs with errors to keep"},
	{"pe-input-series-max", NULL, KNOWN_INTEGER, NULL, "4000", "inputs to keep"},
	{"pe-warn-series-max", NULL, KNOWN_INTEGER, NULL, "5000", "inputs with warnings to keep"},
	{"placement-strategy", NULL, KNOWN_WORD, "default|utilization|minimal|balanced", "default",
	 "how capacities count"},
	{"priority-fencing-delay", NULL, KNOWN_DURATION, NULL, "0", "a head start for the node with the priorities"},
	{"shutdown-escalation", NULL, KNOWN_DURATION, NULL, "20min",
	 "after which a node that stops just stops; 0: never"},
	{"shutdown-lock", NULL, KNOWN_BOOL, NULL, "false", "what ran on a node that was shut down waits for it"},
	{"shutdown-lock-limit", NULL, KNOWN_DURATION, NULL, "0", "how long; 0: for ever"},
	{"start-failure-is-fatal", NULL, KNOWN_BOOL, NULL, "true", "a failed start bans from the node at once"},
	{"startup-fencing", NULL, KNOWN_BOOL, NULL, "true", "fence nodes that nobody has ever seen"},
	{"stop-all-resources", NULL, KNOWN_BOOL, NULL, "false", "stop everything"},
	{"stop-removed-resources", "stop-orphan-resources", KNOWN_BOOL, NULL, "true",
	 "stop what was taken out of the configuration"},
	{"symmetric-cluster", NULL, KNOWN_BOOL, NULL, "true", "everything may run everywhere unless said otherwise"},
	{"transition-delay", NULL, KNOWN_DURATION, NULL, "0s",
	 "wait so long for more to happen before deciding what follows"},
	{0},
};

const struct known_option known_meta_attributes[] = {
	{"allow-migrate", NULL, KNOWN_BOOL, NULL, "false", "move it alive"},
	{"allow-unhealthy-nodes", NULL, KNOWN_BOOL, NULL, "false", "although health says otherwise"},
	{"clone-max", NULL, KNOWN_INTEGER, NULL, "", "instances; the number of nodes"},
	{"clone-min", NULL, KNOWN_INTEGER, NULL, "0", "instances before what depends on them"},
	{"clone-node-max", NULL, KNOWN_INTEGER, NULL, "1", "instances on a node"},
	{"container-attribute-target", NULL, KNOWN_TEXT, NULL, "", "where a bundle's attributes go"},
	{"critical", NULL, KNOWN_BOOL, NULL, "true", "what it is with goes with it"},
	{"failure-timeout", NULL, KNOWN_DURATION, NULL, "0", "after which failures are forgotten; 0: never"},
	{"globally-unique", NULL, KNOWN_BOOL, NULL, "false", "instances differ from each other"},
	{"interleave", NULL, KNOWN_BOOL, NULL, "false", "wait for the instance on the same node alone"},
	{"is-managed", NULL, KNOWN_BOOL, NULL, "true", "false: hands off"},
	{"maintenance", NULL, KNOWN_BOOL, NULL, "false", "hands off, monitors too"},
	{"migration-threshold", NULL, KNOWN_INTEGER, NULL, "INFINITY", "failures that ban it from a node"},
	{"multiple-active", NULL, KNOWN_WORD, "stop_start|stop_only|block|stop_unexpected", "stop_start",
	 "when it runs more than once"},
	{"notify", NULL, KNOWN_BOOL, NULL, "false", "tell instances what happens to the others"},
	{"ordered", NULL, KNOWN_BOOL, NULL, "false", "instances start one after the other"},
	{"priority", NULL, KNOWN_SCORE, NULL, "0", "which goes first when not all can run"},
	{"promotable", NULL, KNOWN_BOOL, NULL, "false", "some instances are promoted"},
	{"promoted-max", "master-max", KNOWN_INTEGER, NULL, "1", "promoted instances"},
	{"promoted-node-max", "master-node-max", KNOWN_INTEGER, NULL, "1", "promoted instances on a node"},
	{"provides", NULL, KNOWN_TEXT, NULL, "", "of a fence device: unfencing"},
	{"remote-addr", NULL, KNOWN_TEXT, NULL, "", "address of the guest"},
	{"remote-allow-migrate", NULL, KNOWN_BOOL, NULL, "true", "of a guest's connection"},
	{"remote-connect-timeout", NULL, KNOWN_DURATION, NULL, "60s", "of a guest's connection"},
	{"remote-node", NULL, KNOWN_TEXT, NULL, "", "name of the node that it becomes"},
	{"remote-port", NULL, KNOWN_INTEGER, NULL, "3121", "of the guest"},
	{"requires", NULL, KNOWN_WORD, "nothing|quorum|fencing|unfencing", "fencing", "before it may start"},
	{"resource-stickiness", NULL, KNOWN_SCORE, NULL, "0", "what staying is worth"},
	{"target-role", NULL, KNOWN_WORD, "Started|Stopped|Promoted|Unpromoted|Master|Slave", "Started",
	 "the most that it may be"},
	{0},
};

const struct known_option known_operation_options[] = {
	{"description", NULL, KNOWN_TEXT, NULL, "", "for people"},
	{"enabled", NULL, KNOWN_BOOL, NULL, "true", "false: it is not run"},
	{"id", NULL, KNOWN_TEXT, NULL, "", "of the operation"},
	{"interval", NULL, KNOWN_DURATION, NULL, "0", "how often; 0: once"},
	{"interval-origin", NULL, KNOWN_TEXT, NULL, "", "a date that the interval counts from"},
	{"on-fail", NULL, KNOWN_WORD, "ignore|block|demote|stop|restart|standby|fence|restart-container", "restart",
	 "when it fails"},
	{"record-pending", NULL, KNOWN_BOOL, NULL, "true", "show that it runs"},
	{"role", NULL, KNOWN_WORD, "Started|Stopped|Promoted|Unpromoted|Master|Slave", "Started", "in which it is run"},
	{"start-delay", NULL, KNOWN_DURATION, NULL, "0", "before the first time"},
	{"timeout", NULL, KNOWN_DURATION, NULL, "20s", "after which it has failed"},
	{0},
};

const struct known_option *known_find(const struct known_option *table, const char *name)
{
	for (const struct known_option *o = table; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0 || (o->old_name != NULL && strcmp(o->old_name, name) == 0))
			return o;
	return NULL;
}

static bool is_word(const char *words, const char *text)
{
	for (size_t length; *words != '\0'; words += length + (words[length] == '|')) {
		length = strcspn(words, "|");
		if (strlen(text) == length && strncasecmp(words, text, length) == 0)
			return true;
	}
	return false;
}

bool known_accepts(const struct known_option *o, const char *value)
{
	bool truth;
	int64_t ms;
	int number;
	char *end;
	switch (o->type) {
	case KNOWN_TEXT:
		break;
	case KNOWN_BOOL:
		return cib_parse_bool(value, &truth);
	case KNOWN_DURATION:
		return interval_parse_ms(value, &ms);
	case KNOWN_INTEGER:
		(void)strtoll(value, &end, 10);
		return (end != value && *end == '\0') || strcasecmp(value, "INFINITY") == 0;
	case KNOWN_SCORE:
		return score_parse(value, 0, &number);
	case KNOWN_WORD:
		return is_word(o->words, value);
	}
	return true;
}

const char *known_type_words(const struct known_option *o, struct arena *a)
{
	static const char *const words[] = {[KNOWN_TEXT] = "a text",
					    [KNOWN_BOOL] = "true or false",
					    [KNOWN_DURATION] = "a time such as 30s or 5min",
					    [KNOWN_INTEGER] = "a whole number",
					    [KNOWN_SCORE] = "a whole number, INFINITY or -INFINITY"};
	if (o->type != KNOWN_WORD)
		return words[o->type];
	GString *text = g_string_new("one of ");
	for (const char *c = o->words; *c != '\0'; c++)
		g_string_append(text, *c == '|' ? ", " : (const char[]){*c, '\0'});
	const char *kept = arena_string(a, text->str);
	(void)g_string_free(text, TRUE);
	return kept;
}

static enum exit_code unknown(struct verb *v, const struct known_option *table, const char *what, const char *name)
{
	const struct known_option *last = table;
	GPtrArray *names = g_ptr_array_new();
	for (; last->name != NULL; last++)
		g_ptr_array_add(names, (gpointer)(uintptr_t)last->name);
	const char *similar = verb_similar(v, name, (const char *const *)names->pdata, names->len);
	g_ptr_array_unref(names);
	if (table == known_cluster_options && known_find(known_meta_attributes, name) != NULL)
		return verb_object(v, EXIT_DATA,
				   "'%s' is no cluster option but a meta-attribute: hale resource meta "
				   "RESOURCE %s=…",
				   name, name);
	return verb_object(v, EXIT_DATA, "'%s' is no %s that the cluster knows%s", name, what, similar);
}

enum exit_code known_check(struct verb *v, const struct known_option *table, const char *what, const char *name,
			   const char *value)
{
	const struct known_option *o = known_find(table, name);
	if (o == NULL)
		return unknown(v, table, what, name);
	if (value == NULL || *value == '\0' || known_accepts(o, value))
		return EXIT_OK;
	return verb_object(v, EXIT_DATA, "%s=%s: it must be %s", name, value, known_type_words(o, v->io->arena));
}
