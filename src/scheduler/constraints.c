/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/constraints.h"

void constraints_unpack(struct cluster *c)
{
	(void)c;
}
