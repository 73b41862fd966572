/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/actions.h"

void constraints_internal(struct cluster *c)
{
	(void)c;
}

void config_changes_handle(struct cluster *c)
{
	(void)c;
}

void actions_create(struct cluster *c)
{
	(void)c;
}

void remote_order_actions(struct cluster *c)
{
	(void)c;
}

void fencing_and_shutdown(struct cluster *c)
{
	(void)c;
}
