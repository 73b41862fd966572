/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Agents of the OCF standard, 1.0 and 1.1. */
#include "os/agent-private.h"

#include <string.h>

const char *agent_path_ocf(const struct agent_places *p, const char *provider, const char *type, struct arena *arena)
{
	if (provider == NULL || !agent_name_is_plain(provider) || !agent_name_is_plain(type))
		return NULL;
	return arena_printf(arena, "%s/resource.d/%s/%s", p->ocf_root, provider, type);
}

/* As Pacemaker names them: a check level is the standard's own word, everything else a parameter. */
static void env_of_parameters(const struct agent_making *m, struct agent_env *e, const struct table *parameters)
{
	for (uint32_t i = 0; i < parameters->count; i++) {
		const struct table_entry *p = &parameters->entries[i];
		const char *name = strcmp(p->name, "OCF_CHECK_LEVEL") == 0
					   ? p->name
					   : arena_printf(m->arena, "OCF_RESKEY_%s", p->name);

		agent_env_set(e, name, p->value);
	}
}

bool agent_prepare_ocf(const struct agent_making *m)
{
	const char *path = agent_path_ocf(m->places, m->op->provider, m->op->type, m->arena);
	struct agent_env e = agent_env_new(m->arena);

	if (path == NULL)
		return agent_refuse(m, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED,
				    "ocf:%s:%s names no agent: it must be ocf:PROVIDER:TYPE",
				    m->op->provider == NULL ? "" : m->op->provider, m->op->type);
	if (!agent_is_program(m, path))
		return false;
	const struct table *parameters = agent_parameters(m);
	if (parameters == NULL)
		return false;
	agent_argv(m, path, agent_is_metadata(m->op->action) ? "meta-data" : m->op->action);
	env_of_parameters(m, &e, parameters);
	agent_env_set(&e, "OCF_RA_VERSION_MAJOR", "1");
	agent_env_set(&e, "OCF_RA_VERSION_MINOR", "1");
	agent_env_set(&e, "OCF_ROOT", m->places->ocf_root);
	agent_env_set(&e, "OCF_EXIT_REASON_PREFIX", "ocf-exit-reason:");
	agent_env_set(&e, "OCF_RESOURCE_INSTANCE", m->op->rsc);
	agent_env_set(&e, "OCF_RESOURCE_TYPE", m->op->type);
	agent_env_set(&e, "OCF_RESOURCE_PROVIDER", m->op->provider);
	agent_env_finish(m, &e);
	return true;
}
