/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that are told what happens in the cluster; as Pacemaker calls them: no argument, everything in the
 * environment, and not as root. */
#include "os/agent-private.h"

#include "os/owner.h"

#include <string.h>
#include <unistd.h>

bool agent_prepare_alert(const struct agent_making *m)
{
	const char *path = m->op->type;
	struct agent_env e = agent_env_new(m->arena);

	if (path[0] != '/')
		return agent_refuse(m, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED,
				    "the alert %s: its path \"%s\" must begin with /", m->op->rsc, path);
	if (!agent_is_program(m, path))
		return false;
	const struct table *parameters = agent_parameters(m);
	if (parameters == NULL)
		return false;
	if (geteuid() == 0) {
		m->call->as_user = owner_lookup(m->places->alert_user, false, &m->call->uid) &&
				   owner_group_of(m->places->alert_user, &m->call->gid);
		if (!m->call->as_user)
			return agent_refuse(m, RESULT_NO_PRIVILEGE, EXECUTION_ERROR,
					    "the alert %s: there is no user %s to run it as", m->op->rsc,
					    m->places->alert_user);
	}
	agent_argv(m, path, NULL);
	for (uint32_t i = 0; i < parameters->count; i++)
		agent_env_set(&e, parameters->entries[i].name, parameters->entries[i].value);
	agent_env_finish(m, &e);
	return true;
}
