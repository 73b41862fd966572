/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fencing/agent.h"

#include <string.h>

static bool is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

struct fence_agent fence_agent_unknown(void)
{
	struct fence_agent agent = {.argument = "port"};
	for (int i = 0; i < FENCE_ACTIONS; i++)
		agent.knows[i] = true;
	return agent;
}

static bool attribute_is_true(const struct document *d, const struct element *e, const char *name)
{
	return element_get_bool(e, document_known_name(d, name), false);
}

static void read_actions(const struct document *d, const struct element *actions, struct fence_agent *agent)
{
	for_each_child(e, actions)
	{
		enum fence_action action;
		const char *word = element_get(e, NAME_NAME);
		if (!is(element_tag(e), "action") || word == NULL || !fence_action_parse(word, &action))
			continue;
		agent->knows[action] = true;
		agent->on_target[action] = attribute_is_true(d, e, "on_target");
		if (action == FENCE_ON)
			agent->turns_on = attribute_is_true(d, e, "automatic") || attribute_is_true(d, e, "required");
	}
}

static void read_parameters(const struct element *parameters, struct fence_agent *agent)
{
	for_each_child(e, parameters)
	{
		const char *name = element_get(e, NAME_NAME);
		if (is(name, "plug"))
			agent->argument = "plug";
		else if (is(name, "port") && agent->argument == NULL)
			agent->argument = "port";
	}
}

enum err fence_agent_parse(const char *metadata, struct fence_agent *ret, struct error *reterr)
{
	struct document *d;
	enum err e = document_parse(metadata, strlen(metadata), "metadata", &d, reterr);
	if (e != ERR_OK)
		return e;
	struct fence_agent agent = {0};
	const struct element *root = document_root(d);
	if (!is(element_tag(root), "resource-agent")) {
		e = error_set(reterr, ERR_INVALID, "metadata: <%s> is no <resource-agent>", element_tag(root));
		document_free(d);
		return e;
	}
	for_each_child(part, root)
	{
		if (is(element_tag(part), "actions"))
			read_actions(d, part, &agent);
		else if (is(element_tag(part), "parameters"))
			read_parameters(part, &agent);
	}
	document_free(d);
	*ret = agent;
	return ERR_OK;
}

static bool is_separator(char c)
{
	return c == '\0' || strchr(" \t\r\n,;", c) != NULL;
}

static bool line_has(const char *line, size_t length, const char *target)
{
	size_t wanted = strlen(target);
	for (size_t at = 0; at < length;) {
		size_t n = 0;
		while (at + n < length && !is_separator(line[at + n]))
			n++;
		if (n == wanted && n > 0 && g_ascii_strncasecmp(line + at, target, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}

/* Some agents put two characters, a backslash and an n, where a line ends. */
static size_t line_length(const char *at, size_t *ret_end)
{
	size_t n = 0;
	while (at[n] != '\0' && at[n] != '\n' && !(at[n] == '\\' && at[n + 1] == 'n'))
		n++;
	*ret_end = at[n] == '\0' ? 0 : at[n] == '\n' ? 1 : 2;
	return n;
}

bool fence_list_has(const char *list, const char *target)
{
	/* The status of a port may stand beside its name. */
	if (g_ascii_strcasecmp(target, "on") == 0 || g_ascii_strcasecmp(target, "off") == 0)
		return false;
	for (const char *at = list; *at != '\0';) {
		size_t end, n = line_length(at, &end);
		bool complains = g_strstr_len(at, (gssize)n, "invalid") != NULL ||
				 g_strstr_len(at, (gssize)n, "variable") != NULL;
		if (!complains && line_has(at, n, target))
			return true;
		at += n + end;
	}
	return false;
}
