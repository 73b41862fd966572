/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attribute-request.h - what crm_attribute, crm_master, crm_standby and crm_failcount ask for: to show, set or delete
 * a cluster option or an attribute of a node. Transient attributes of the running cluster go to its manager, everything
 * else is a change of the configuration. */
#ifndef CLI_ATTRIBUTE_REQUEST_H
#define CLI_ATTRIBUTE_REQUEST_H

#include "cli/pacemaker-result.h"
#include "cli/place.h"

enum attribute_command { ATTRIBUTE_QUERY, ATTRIBUTE_UPDATE, ATTRIBUTE_DELETE };

struct attribute_request {
	enum attribute_command command;
	/* "crm_config", "nodes", "status", "rsc_defaults", "op_defaults" or "tickets"; also "reboot" and "forever" */
	const char *section;
	bool is_utilization;
	const char *node;          /* of nodes and status; NULL: this one */
	const char *name;          /* NULL: all, or as pattern says */
	const char *pattern;       /* POSIX extended regular expression; NULL: none */
	const char *id, *set;      /* NULL: any */
	const char *value;         /* of an update */
	const char *default_value; /* shown when there is none; NULL: that is EXIT_NO_SUCH */
	bool quiet;                /* values alone */
};

/* Does it, and prints what there is to be shown. What is wrong is in reterr. */
enum exit_code attribute_request_run(const struct attribute_request *q, struct place *p, struct pacemaker_result *r,
				     struct error *reterr) MUST_CHECK;

#endif
