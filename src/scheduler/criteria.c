/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/criteria.h"

void criteria_apply(struct cluster *c)
{
	(void)c;
}
