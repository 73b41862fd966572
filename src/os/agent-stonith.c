/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fence agents: one line NAME=VALUE for each parameter on their input. */
#include "os/agent-private.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *agent_path_stonith(const struct agent_places *p, const char *type, struct arena *arena)
{
	const char *first = NULL;

	if (!agent_name_is_plain(type))
		return NULL;
	for (const char *at = p->fence_path; *at != '\0'; at += strspn(at, ":")) {
		size_t n = strcspn(at, ":");
		const char *path = arena_printf(arena, "%.*s/%s", (int)n, at, type);

		if (access(path, F_OK) == 0)
			return path;
		first = first == NULL ? path : first;
		at += n;
	}
	return first;
}

static bool is_meta(const char *name)
{
	return strncmp(name, "CRM_meta_", 9) == 0 || strcmp(name, "crm_feature_set") == 0 ||
	       strncmp(name, "pcmk_", 5) == 0 || strcmp(name, "stonith-timeout") == 0 ||
	       strcmp(name, "provides") == 0 || strcmp(name, "action") == 0;
}

/* start and monitor of the device ask its agent for the same: whether the device answers. */
static const char *action_of(const struct agent_making *m, const struct table *parameters)
{
	const char *action = m->op->action;

	if (agent_is_metadata(action))
		return "metadata";
	if (strcmp(action, "start") != 0 && strcmp(action, "monitor") != 0)
		return action;
	const char *own = table_get(parameters, "pcmk_monitor_action");
	return own == NULL || own[0] == '\0' ? "monitor" : own;
}

static const char *input_of(const struct agent_making *m, const struct table *parameters, size_t *ret_size)
{
	char *text = arena_printf(m->arena, "action=%s\n", action_of(m, parameters));

	for (uint32_t i = 0; i < parameters->count; i++) {
		const struct table_entry *p = &parameters->entries[i];

		/* A line feed would begin another parameter. */
		if (is_meta(p->name) || p->value == NULL || strpbrk(p->name, "=\n") != NULL ||
		    strchr(p->value, '\n') != NULL)
			continue;
		text = arena_printf(m->arena, "%s%s=%s\n", text, p->name, p->value);
	}
	*ret_size = strlen(text);
	return text;
}

bool agent_prepare_stonith(const struct agent_making *m)
{
	const char *path = agent_path_stonith(m->places, m->op->type, m->arena);
	struct agent_env e = agent_env_new(m->arena);

	if (path == NULL)
		return agent_refuse(m, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, "stonith:%s names no fence agent",
				    m->op->type);
	if (!agent_is_program(m, path))
		return false;
	const struct table *parameters = agent_parameters(m);
	if (parameters == NULL)
		return false;
	agent_argv(m, path, NULL);
	m->call->input = input_of(m, parameters, &m->call->input_size);
	agent_env_finish(m, &e);
	return true;
}
