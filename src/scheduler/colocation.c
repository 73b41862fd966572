/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/cluster.h"

void colocation_add(struct cluster *c, const char *id, const char *node_attribute, int score,
		    struct resource *dependent, struct resource *primary, const char *dependent_role,
		    const char *primary_role, unsigned flags)
{
	(void)c, (void)id, (void)node_attribute, (void)score, (void)dependent, (void)primary, (void)dependent_role;
	(void)primary_role, (void)flags;
}
