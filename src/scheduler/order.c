/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/order.h"

void orderings_apply(struct cluster *c)
{
	(void)c;
}
