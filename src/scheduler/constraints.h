/* SPDX-License-Identifier: GPL-2.0-or-later */
/* constraints.h - the phase that reads <constraints>: locations, colocations, orders, tickets, in document order.
 *
 * Constraints that follow from the health of nodes come first. What makes no sense is
 * left out with a complaint that names its id; nothing here fails.
 *
 * Source of the rules: facts of the scheduler, section 3.10.
 */
#ifndef SCHEDULER_CONSTRAINTS_H
#define SCHEDULER_CONSTRAINTS_H

#include "scheduler/cluster.h"

void constraints_unpack(struct cluster *c);

/* --- one element each --- */
void health_apply(struct cluster *c);                             /* health.c */
void location_unpack(struct cluster *c, const struct element *e); /* location-unpack.c */
void order_unpack(struct cluster *c, const struct element *e);    /* order-unpack.c */
void ticket_unpack(struct cluster *c, const struct element *e);   /* ticket.c */
/* Bans r everywhere when being promoted needs a ticket that is not there. */
void ticket_require_promotion(struct resource *r); /* ticket.c */
/* Applies a location to the seats of r and of what is below it (location.c). */
void location_apply(struct resource *r, struct location *l);

#endif
