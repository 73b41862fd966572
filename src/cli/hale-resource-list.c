/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource list, describe, standards, providers, agents; hale stonith list, describe - the agents of this machine.
 * They ask neither the cluster nor a file. */
#include "cli/agent-info.h"

#include <string.h>

enum { OPTION_NO_TEXT = 1, OPTION_FULL };

static const struct option list_options[] = {
	{OPTION_NO_TEXT, 0, "nodesc", NULL, "Only names, which starts no agent"},
	{OPTION_FULL, 0, "full", NULL, "Also old and advanced parameters"},
	{0},
};

static bool is_wanted(const struct verb *v, const char *name)
{
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (strcasestr(name, verb_word(v, i)) == NULL)
			return false;
	return true;
}

static enum exit_code act_list(struct verb *v)
{
	bool fence = strcmp(v->name, "hale stonith list") == 0;
	GArray *names = agent_names(v, fence ? "stonith" : NULL, NULL);
	struct agent_info *infos = arena_array(v->io->arena, struct agent_info, names->len + 1);
	size_t count = 0;
	for (guint i = 0; i < names->len; i++) {
		const struct agent_name *n = &g_array_index(names, struct agent_name, i);
		if (is_wanted(v, agent_name_text(n, v->io->arena)))
			infos[count++] = (struct agent_info){.agent = *n, .brief = ""};
	}
	if (!verb_has(v, OPTION_NO_TEXT))
		agent_infos_read(v, infos, count);
	for (size_t i = 0; i < count; i++) {
		const char *name = fence ? infos[i].agent.type : agent_name_text(&infos[i].agent, v->io->arena);
		bool has_text = infos[i].brief[0] != '\0';
		(void)fprintf(v->io->out, "%s%s%s\n", name, has_text ? " - " : "", has_text ? infos[i].brief : "");
	}
	(void)g_array_free(names, TRUE);
	return count > 0 ? EXIT_OK : verb_fail(v, EXIT_NO_SUCH, "there is no such agent");
}

const struct program program_hale_resource_list = {
	.rules = {.name = "hale resource list",
		  .summary = "list the agents of this machine",
		  .words = "[FILTER]",
		  .options = list_options},
	.act = act_list,
};

const struct program program_hale_stonith_list = {
	.rules = {.name = "hale stonith list",
		  .summary = "list the fence agents of this machine",
		  .words = "[FILTER]",
		  .options = list_options},
	.act = act_list,
};

static void print_parameter(const struct verb *v, const struct agent_parameter *p)
{
	FILE *out = v->io->out;
	if (p->deprecated && !verb_has(v, OPTION_FULL))
		return;
	(void)fprintf(out, "  %s%s%s (%s", p->name, p->required ? " (required)" : "", p->unique ? " (unique)" : "",
		      p->type);
	if (p->otherwise != NULL && *p->otherwise != '\0')
		(void)fprintf(out, ", default %s", p->otherwise);
	(void)fputs(")\n", out);
	const char *text = p->text[0] != '\0' ? p->text : p->brief;
	char **lines = g_strsplit(text, "\n", -1);
	for (char **l = lines; *l != NULL; l++)
		(void)fprintf(out, "      %s\n", g_strstrip(*l));
	g_strfreev(lines);
}

static enum exit_code act_describe(struct verb *v)
{
	struct agent_info info = {.brief = ""};
	FILE *out = v->io->out;
	if (verb_word_count(v) != 1)
		return verb_usage(v, "name one agent");
	bool fence = strcmp(v->name, "hale stonith describe") == 0;
	if (fence ? !agent_name_find_fence(v, verb_word(v, 0), &info.agent)
		  : !agent_name_find(v, verb_word(v, 0), &info.agent))
		return v->code;
	agent_infos_read(v, &info, 1);
	if (info.why != NULL)
		return verb_fail(v, EXIT_NOT_INSTALLED, "%s: %s", verb_word(v, 0), info.why);
	(void)fprintf(out, "%s - %s\n\n%s\n", agent_name_text(&info.agent, v->io->arena), info.brief, info.text);
	(void)fputs(fence ? "\nStonith options:\n" : "\nResource options:\n", out);
	for (size_t i = 0; i < info.parameter_count; i++)
		print_parameter(v, &info.parameters[i]);
	(void)fputs("\nOperations:\n", out);
	for (size_t i = 0; i < info.action_count; i++) {
		const struct agent_action *a = &info.actions[i];
		(void)fprintf(out, "  %s%s%s%s%s%s%s\n", a->name, a->role != NULL ? " role=" : "",
			      a->role != NULL ? a->role : "", a->interval != NULL ? " interval=" : "",
			      a->interval != NULL ? a->interval : "", a->timeout != NULL ? " timeout=" : "",
			      a->timeout != NULL ? a->timeout : "");
	}
	return EXIT_OK;
}

const struct program program_hale_resource_describe = {
	.rules = {.name = "hale resource describe",
		  .summary = "show what an agent does, its parameters and its operations",
		  .words = "AGENT",
		  .options = list_options},
	.act = act_describe,
};

const struct program program_hale_stonith_describe = {
	.rules = {.name = "hale stonith describe",
		  .summary = "show what a fence agent does, and its parameters",
		  .words = "AGENT",
		  .options = list_options},
	.act = act_describe,
};

static enum exit_code act_standards(struct verb *v)
{
	(void)fputs("lsb\nocf\nservice\nsystemd\n", v->io->out);
	return EXIT_OK;
}

const struct program program_hale_resource_standards = {
	.rules = {.name = "hale resource standards", .summary = "list the kinds of agents that the cluster can run"},
	.act = act_standards,
};

static enum exit_code act_providers(struct verb *v)
{
	GArray *names = agent_names(v, "ocf", NULL);
	const char *before = "";
	for (guint i = 0; i < names->len; i++) {
		const char *provider = g_array_index(names, struct agent_name, i).provider;
		if (strcmp(before, provider) != 0)
			(void)fprintf(v->io->out, "%s\n", provider);
		before = provider;
	}
	(void)g_array_free(names, TRUE);
	return EXIT_OK;
}

const struct program program_hale_resource_providers = {
	.rules = {.name = "hale resource providers", .summary = "list whose OCF agents this machine has"},
	.act = act_providers,
};

static enum exit_code act_agents(struct verb *v)
{
	char **parts = g_strsplit(verb_word(v, 0) != NULL ? verb_word(v, 0) : "", ":", 2);
	bool all = parts[0] == NULL || parts[0][0] == '\0';
	GArray *names = agent_names(v, all ? NULL : parts[0], all ? NULL : parts[1]);
	for (guint i = 0; i < names->len; i++)
		(void)fprintf(v->io->out, "%s\n", g_array_index(names, struct agent_name, i).type);
	(void)g_array_free(names, TRUE);
	g_strfreev(parts);
	return EXIT_OK;
}

const struct program program_hale_resource_agents = {
	.rules = {.name = "hale resource agents",
		  .summary = "list types of agents, of one standard and provider or of all",
		  .words = "[STANDARD[:PROVIDER]]"},
	.act = act_agents,
};
