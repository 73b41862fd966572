/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ticket-list.h - tickets of a cluster as crm_ticket and crm_mon tell of them, in the order of the configuration. Those
 * that constraints name and nobody ever granted are only there when constraints were read (scheduler/constraints.h). */
#ifndef REPORT_TICKET_LIST_H
#define REPORT_TICKET_LIST_H

#include "report/markup.h"
#include "report/outline.h"
#include "scheduler/cluster.h"

enum ticket_words {
	TICKET_STATE,   /* "ticketA	granted last-granted="Sun Nov 22 17:00:00 2026"" */
	TICKET_DETAILS, /* with all attributes in brackets */
	TICKET_NAME,    /* alone */
};

/* A line each; only: this ticket alone, NULL: all. */
void ticket_list_report(struct outline *o, const struct cluster *c, const char *only, enum ticket_words words);
/* <tickets> with an element each; nothing when there are none. */
void ticket_list_markup(struct markup *out, const struct cluster *c, const char *only);

#endif
