/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device.h - a quorum device with one vote: a program on each node, and an
 * arbitrator that sees all nodes and gives its vote to one partition at a time.
 *
 * A partition gets it when no node outside of it has it, or still believes that
 * it is quorate. The programs ask when they are told of a new ring, and every
 * few seconds; while one is dead (FAULT_DEVICE), its node must do without.
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include "sim/engine-node.h"

/* Keys of the configuration. */
void device_configure(struct map *map);
/* The node's program connects and registers. */
void device_start(struct world *w, struct node *n);
/* EVENT_ADMIN: ADMIN_POLLS */
void device_poll(struct world *w, struct node *n);
/* What votequorum tells the program. */
void device_event(struct engine_node *s, struct bytes head);
void device_reply(struct engine_node *s, struct bytes head);

#endif
