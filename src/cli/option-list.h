/* SPDX-License-Identifier: GPL-2.0-or-later */
/* option-list.h - what can be set, told as --list-options of crm_attribute and crm_resource does: as text, or as
 * metadata like an agent's. */
#ifndef CLI_OPTION_LIST_H
#define CLI_OPTION_LIST_H

#include "cli/pacemaker-result.h"

struct listed_option {
	const char *name, *type;
	const char *otherwise; /* its default; NULL: none */
	const char *words;     /* of type "select", with '|' between */
	const char *brief, *text;
	bool advanced;
	bool generated;          /* set by the cluster itself */
	bool deprecated;         /* not used any more, or another name for: */
	const char *replacement; /* NULL: nothing */
};

/* As text, all: also what is advanced or deprecated; as XML all always are. The list ends with a name of NULL. */
void option_list_show(struct pacemaker_result *r, const char *name, const char *brief, const char *text,
		      const struct listed_option *options, bool all);

#endif
