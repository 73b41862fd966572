/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --list-options of crm_resource: what can be set of every primitive, and of every fence device. */
#include "cli/option-list.h"
#include "cli/resource-task-private.h"

#include <string.h>

static const struct listed_option primitive_options[] = {
	{"priority", "score", "0", NULL, "What the resource is worth beside others",
	 "When not all resources can run, those of lower priority are stopped first.", false},
	{"critical", "boolean", "true", NULL, "Whether what it is colocated with follows it",
	 "The influence of colocations with this resource as the dependent where they name none, also of those that a "
	 "group makes.",
	 false},
	{"target-role", "select", "Started", "Stopped|Started|Unpromoted|Promoted", "The most that it may be",
	 "Stopped keeps it stopped, Started lets it run and be promoted, Unpromoted lets it run and not be promoted; "
	 "Promoted means the same as Started.",
	 false},
	{"is-managed", "boolean", "true", NULL, "Whether the cluster may start and stop it",
	 "If false, it is not started, stopped, promoted or demoted, but still monitored. Maintenance of the resource, "
	 "its node or the cluster overrides true.",
	 false},
	{"maintenance", "boolean", "false", NULL, "Whether the cluster leaves it wholly alone",
	 "If true, nothing is done to it and monitors pause, but for those of the role Stopped. Maintenance of its "
	 "node "
	 "or the cluster overrides false.",
	 false},
	{"resource-stickiness", "score", NULL, NULL, "What staying where it is is worth",
	 "Added to the score of the node that it is active on. Without it: 1 for instances of clones, 0 for others.",
	 false},
	{"requires", "select", NULL, "nothing|quorum|fencing|unfencing", "What must be so before it may start",
	 "nothing: it may always; quorum: most nodes are there; fencing: and lost nodes are fenced; unfencing: and its "
	 "node was unfenced. Without it: quorum for fence devices, else what the cluster has.",
	 false},
	{"migration-threshold", "score", "INFINITY", NULL, "How many failures on a node ban it from there",
	 "0: none do. It counts for operations whose on-fail is restart, and for starts only where "
	 "start-failure-is-fatal is false.",
	 false},
	{"failure-timeout", "duration", "0", NULL, "After which a failure counts as never happened",
	 "0: never. A resource may then go back to the node where it failed.", false},
	{"multiple-active", "select", "stop_start", "block|stop_only|stop_start|stop_unexpected",
	 "What is done when it is active on several nodes",
	 "block: nothing, it is left alone; stop_only: stopped everywhere; stop_start: and started on one node; "
	 "stop_unexpected: stopped where it should not be.",
	 false},
	{"allow-migrate", "boolean", NULL, NULL, "Whether it is moved alive when it must move",
	 "Without it: true for ocf:pacemaker:remote, false for others.", false},
	{"allow-unhealthy-nodes", "boolean", "false", NULL, "Whether it may run on nodes that are not healthy",
	 "If true, the health of nodes does not count for it.", false},
	{"container-attribute-target", "string", NULL, NULL, "Whose attributes it sets",
	 "Of a bundle's resource: host lets attributes be those of the container's host and not of the container.",
	 false},
	{"remote-node", "string", NULL, NULL, "Name of the guest node that it is",
	 "With it, the resource is a guest that runs resources itself; the name must be no other resource's or node's.",
	 false},
	{"remote-addr", "string", NULL, NULL, "Address at which the guest node is reached",
	 "Without it, the guest node's name is looked up.", false},
	{"remote-port", "port", "3121", NULL, "Port at which the guest node is reached",
	 "Of the connection to the guest's executor.", false},
	{"remote-connect-timeout", "timeout", "60s", NULL, "How long a connection to the guest node may take",
	 "After that the start of the connection has failed.", false},
	{"remote-allow-migrate", "boolean", "true", NULL, "Whether the guest node's connection is moved alive",
	 "The remote-allow-migrate of the implied connection.", false},
	{0},
};

static const struct listed_option fencing_options[] = {
	{"pcmk_host_argument", "string", NULL, NULL, "The agent's parameter that names the node to be fenced",
	 "Without it port or plug, whichever the agent has; none passes no name.", true},
	{"pcmk_host_map", "string", NULL, NULL, "What the device calls the nodes",
	 "\"node1:1;node2:2,3\" means port 1 for node1, ports 2 and 3 for node2.", false},
	{"pcmk_host_list", "string", NULL, NULL, "The nodes that the device can fence",
	 "Names with commas between; needed for static-list unless pcmk_host_map is there.", false},
	{"pcmk_host_check", "select", NULL, "dynamic-list|static-list|status|none",
	 "How it is found out which nodes the device can fence",
	 "dynamic-list asks the device, static-list reads pcmk_host_list and pcmk_host_map, status asks the device for "
	 "the node, none takes it for able to fence every node. Without it the first that is possible, in the order "
	 "static-list, dynamic-list, status.",
	 false},
	{"pcmk_delay_max", "duration", "0s", NULL, "The longest delay before fencing",
	 "A random time is added to pcmk_delay_base, and the sum stays below this.", false},
	{"pcmk_delay_base", "string", "0s", NULL, "The delay before fencing",
	 "A time for all nodes, or a time for each: \"node1:1s;node2:5\". Different delays keep two nodes from fencing "
	 "each other.",
	 false},
	{"pcmk_action_limit", "integer", "1", NULL, "How many actions the device does at the same time",
	 "-1: any number.", false},
	{0},
};

/* Three for each thing that devices are asked to do. */
static void add_actions(struct resource_task *t, GArray *list)
{
	static const char *const actions[] = {"reboot", "off", "on", "list", "monitor", "status"};
	struct arena *a = t->io->arena;
	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
		const char *action = actions[i];
		const struct listed_option three[] = {
			{arena_printf(a, "pcmk_%s_action", action), "string", action, NULL,
			 arena_printf(a, "What is asked of the agent instead of '%s'", action),
			 "For devices that have other words.", true},
			{arena_printf(a, "pcmk_%s_timeout", action), "timeout", "60s", NULL,
			 arena_printf(a, "How long '%s' may take, instead of fencing-timeout", action),
			 "For devices that are slower or faster than others.", true},
			{arena_printf(a, "pcmk_%s_retries", action), "integer", "2", NULL,
			 arena_printf(a, "How often '%s' is tried within its time", action),
			 "For devices that refuse while they are busy.", true},
		};
		g_array_append_vals(list, three, G_N_ELEMENTS(three));
	}
}

enum exit_code task_list_options(struct resource_task *t)
{
	if (strcmp(t->spec, "fencing") != 0) {
		option_list_show(&t->result, "primitive-meta", "Primitive meta-attributes",
				 "Meta-attributes applicable to primitive resources", primitive_options, t->all);
		return EXIT_OK;
	}
	GArray *list = g_array_new(TRUE, TRUE, sizeof(struct listed_option));
	for (const struct listed_option *o = fencing_options; o->name != NULL; o++)
		g_array_append_vals(list, o, 1);
	add_actions(t, list);
	option_list_show(&t->result, "fence-attributes", "Fencing resource common parameters",
			 "What can be set of every fence device, whatever its agent. The cluster reads it, and not the "
			 "agent.",
			 (const struct listed_option *)(const void *)list->data, t->all);
	(void)g_array_free(list, TRUE);
	return EXIT_OK;
}
