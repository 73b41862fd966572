/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units of systemd; and "service", which is one if there is such a unit, and an init script otherwise. */
#include "os/agent-private.h"

#include "os/systemd.h"

#include <string.h>

static bool has_unit(const struct agent_making *m)
{
	return m->places->has_systemd && systemd_has_unit(m->places->unit_path, m->op->type);
}

bool agent_prepare_systemd(const struct agent_making *m)
{
	if (!m->places->has_systemd)
		return agent_refuse(m, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED,
				    "systemd:%s cannot be used: systemd does not run this machine", m->op->type);
	m->call->unit = m->op->type;
	m->call->class_ = "systemd";
	return true;
}

bool agent_prepare_service(const struct agent_making *m)
{
	return has_unit(m) ? agent_prepare_systemd(m) : agent_prepare_lsb(m);
}
