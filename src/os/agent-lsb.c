/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Init scripts, as the Linux Standard Base has them. */
#include "os/agent-private.h"

#include <string.h>

const char *agent_path_lsb(const struct agent_places *p, const char *type, struct arena *arena)
{
	return agent_name_is_plain(type) ? arena_printf(arena, "%s/%s", p->lsb_dir, type) : NULL;
}

bool agent_prepare_lsb(const struct agent_making *m)
{
	static const char *const known[] = {"start", "stop", "monitor", "status", "restart", "reload", "force-reload"};
	const char *path = agent_path_lsb(m->places, m->op->type, m->arena);
	const char *action = m->op->action;
	struct agent_env e = agent_env_new(m->arena);
	bool is_known = false;

	if (path == NULL)
		return agent_refuse(m, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED,
				    "lsb:%s names no init script of %s", m->op->type, m->places->lsb_dir);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		is_known |= strcmp(known[i], action) == 0;
	if (!is_known)
		return agent_refuse(m, RESULT_UNIMPLEMENTED, EXECUTION_NOT_SUPPORTED, "an init script cannot %s",
				    action);
	if (!agent_is_program(m, path))
		return false;
	agent_argv(m, path, strcmp(action, "monitor") == 0 ? "status" : action);
	agent_env_finish(m, &e);
	m->call->class_ = "lsb";
	return true;
}
