/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bundle.h - a bundle's replicas and the resources that they are made of.
 *
 * Each replica has a container, perhaps an address, and, when the bundle has an
 * inner resource, a connection with its node, on which the inner clone's instance
 * runs. These are configured by nobody: they are made here, with ids and
 * parameters that must be the same as Pacemaker's to the letter, because digests
 * of them lie in the history. Source of the rules: ../shared/facts/manager-scheduler.md 9, rules 47 to 51.
 */
#ifndef SCHEDULER_BUNDLE_H
#define SCHEDULER_BUNDLE_H

#include "scheduler/resource.h"

struct bundle_port {
	const char *source, *target;
};
struct bundle_mount {
	const char *source, *target, *options;
	bool per_replica; /* source is a folder with one folder a replica */
};

struct bundle_details {
	const char *prefix, *container_network, *container_options, *run_command, *launcher_options;
	const char *ip_range_start, *host_interface, *host_netmask, *control_port;
	bool add_host;
	struct bundle_port *ports;
	uint32_t port_count;
	struct bundle_mount *mounts;
	uint32_t mount_count;
	const char *host_entries; /* --add-host options that all replicas get */
};

/* r's bundle and replica when it is a part of one; NULL otherwise. */
struct resource *bundle_of(const struct resource *r);
struct replica *replica_of(const struct resource *r);
/* The replica whose node this is; NULL when it is no bundle's. */
struct replica *replica_of_node(const struct resource *bundle, const struct node *n);
/* A bundle's container that is active on this node, or NULL. */
struct resource *bundle_active_container(const struct resource *bundle, const struct node *n);
/* Where the connection's address "#uname" is, for digests and the transition: the container's node (assigned, else
 * current), or NULL when r is no connection with such an address. */
const char *bundle_remote_address(struct resource *r);
/* r is a connection whose address is "#uname": known only when its container has a place. */
bool resource_needs_remote_address(struct resource *r);

#endif
