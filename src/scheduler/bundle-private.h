/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bundle-private.h - what bundle.c (the configuration) and replica.c (what is made of it) know of each other. */
#ifndef SCHEDULER_BUNDLE_PRIVATE_H
#define SCHEDULER_BUNDLE_PRIVATE_H

#include "scheduler/bundle.h"

/* Parts of parameters, and so of digests: not to be changed. */
#define BUNDLE_KEY    "/etc/pacemaker/authkey"
#define BUNDLE_LOGS   "/var/log/pacemaker/bundles"
#define BUNDLE_REMOTE "/usr/sbin/pacemaker-remoted"
#define BUNDLE_PORT   "3121"

/* An address or a port of its own is configured. Lowers the replicas on a host when they would meet there. */
bool bundle_has_network(struct resource *r);
/* Numbers the replicas, gives them addresses, and writes details->host_entries. */
void bundle_addresses_give(struct resource *r);
/* Makes container, address and connection of a replica. */
bool replica_unpack(struct resource *r, struct replica *replica);

#endif
