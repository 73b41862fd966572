/* SPDX-License-Identifier: GPL-2.0-or-later */
/* alerts.h - which programs are told of an event, and with what: the <alerts> of the configuration.
 *
 *	alerts_call(section, &event, &sequence, run, arg);
 *
 * run() is called for each recipient, or once for an alert that has none, in the order of the configuration; the
 * operation has the class "alert", the alert's id as its resource and the program's path as its type. Its parameters
 * are the program's environment: CRM_alert_…, and the alert's instance attributes, which those of the recipient
 * replace.
 *
 * A recipient inherits what its alert says in meta attributes (enabled, timeout, timestamp-format) and <select>, and
 * may say otherwise; what is disabled as a whole no recipient enables. Without a <select> an alert hears of nodes,
 * fencing and resources, not of attributes. A probe that found what was expected is told to nobody.
 *
 * timestamp-format is strftime()'s as GLib knows it, and %N: parts of a second, %3N with three digits (six at most).
 *
 * Source of the rules: Pacemaker Explained, "Alerts"; Pacemaker Administration, "Alert agents"; facts of the manager,
 * section 17.
 */
#ifndef CONTROLLER_ALERTS_H
#define CONTROLLER_ALERTS_H

#include "base/time.h"
#include "cib/element.h"
#include "executor/operation.h"

enum { ALERT_TIMEOUT_MS = 30000 };
/* What CRM_alert_version says: alert agents compare it with the release that brought what they need. */
#define ALERT_VERSION "3.0.2"

enum alert_kind {
	ALERT_NODE = 1 << 0,
	ALERT_FENCING = 1 << 1,
	ALERT_RESOURCE = 1 << 2,
	ALERT_ATTRIBUTE = 1 << 3,
};

/* Only what the kind has is looked at. Texts may be NULL, which the program sees as empty. */
struct alert_event {
	enum alert_kind kind;
	wall_time when;
	int32_t offset_s;    /* of the local zone, for timestamps */
	const char *node;    /* all; of fencing: the target */
	uint32_t node_id;    /* NODE, ATTRIBUTE */
	const char *desc;    /* NODE: member or lost; FENCING: a sentence. A resource's is made of status and rc */
	const char *rsc;     /* RESOURCE */
	const char *task;    /* RESOURCE, FENCING */
	int64_t interval_ms; /* RESOURCE, and those that follow */
	int64_t exec_ms;
	int rc, target_rc, status; /* rc: FENCING too */
	const char *name, *value;  /* ATTRIBUTE; value NULL: gone */
};

typedef void alert_run(void *arg, const struct operation *op);

/* section may be NULL: nobody is told. *sequence counts calls (CRM_alert_node_sequence). What run() gets is valid for
 * the call; its operation has no id. Returns the number of calls. */
unsigned int alerts_call(const struct element *section, const struct alert_event *event, uint32_t *sequence,
			 alert_run *run, void *arg);

#endif
