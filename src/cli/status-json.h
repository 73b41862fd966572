/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status-json.h - the status as JSON, for programs. Names are stable:
 *
 *	cluster, quorate, leader, leader_state, view, online, configured, maintenance
 *	nodes[]: name, id, state, online, resources[]
 *	resources[]: id, kind, agent, state, role, nodes[], managed, disabled, failed, blocked, resources[]
 *	pending[], failures[]: resource, node, operation, text, cure; failed_fencing[]; warnings[]
 */
#ifndef CLI_STATUS_JSON_H
#define CLI_STATUS_JSON_H

#include "cli/status-live.h"

/* Fence devices, or everything else, with what is in them. */
json_t *status_json_resources(struct verb *v, struct cluster *c, bool fence);
void status_json_print(struct verb *v, struct cluster *c, const struct status_live *live, const GPtrArray *pending,
		       const char *complaint);

#endif
