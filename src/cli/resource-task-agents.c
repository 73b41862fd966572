/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What crm_resource tells of agents: which there are, and what they say of themselves. It needs no configuration. */
#include "cli/agent-info.h"
#include "cli/resource-task-private.h"
#include "os/agent.h"

#include <string.h>
#include <sys/stat.h>

/* What looking for agents wants to have. */
static struct verb looking(struct resource_task *t)
{
	return (struct verb){.io = t->io, .line = t->line, .name = "crm_resource"};
}

/* --- lists --- */

static gint compare_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_text(const GPtrArray *list, const char *text)
{
	for (guint i = 0; i < list->len; i++)
		if (strcmp(g_ptr_array_index(list, i), text) == 0)
			return true;
	return false;
}

static void add_once(GPtrArray *list, const char *text)
{
	if (!has_text(list, text))
		g_ptr_array_add(list, (gpointer)(uintptr_t)text);
}

static void show_items(struct resource_task *t, const char *element, const GPtrArray *items)
{
	for (guint i = 0; i < items->len; i++) {
		result_line(&t->result, "%s", (const char *)g_ptr_array_index(items, i));
		result_element(&t->result, element, g_ptr_array_index(items, i));
	}
}

enum exit_code task_list_standards(struct resource_task *t)
{
	struct agent_places places = agent_places_usual();
	struct markup *m = &t->result.markup;
	struct stat st;
	GPtrArray *names = g_ptr_array_new();
	add_once(names, "ocf");
	add_once(names, "service");
	if (stat(places.lsb_dir, &st) == 0)
		add_once(names, "lsb");
	if (places.has_systemd)
		add_once(names, "systemd");
	add_once(names, "stonith");
	if (t->result.is_xml) {
		markup_begin(m, "list");
		markup_attribute(m, "name", "standards");
		markup_number(m, "count", names->len);
	}
	show_items(t, "item", names);
	if (t->result.is_xml)
		markup_end(m);
	g_ptr_array_unref(names);
	return EXIT_OK;
}

/* Who provides an agent of the OCF standard, or (NULL) any. */
static GPtrArray *providers(struct resource_task *t, const char *type)
{
	struct verb v = looking(t);
	GPtrArray *found = g_ptr_array_new();
	GArray *all = agent_names(&v, "ocf", NULL);
	for (guint i = 0; i < all->len; i++) {
		const struct agent_name *n = &g_array_index(all, struct agent_name, i);
		if (type == NULL || strcmp(n->type, type) == 0)
			add_once(found, n->provider);
	}
	(void)g_array_free(all, TRUE);
	return found;
}

static enum exit_code show_providers(struct resource_task *t, const char *attribute, const char *value,
				     GPtrArray *names)
{
	struct markup *m = &t->result.markup;
	enum exit_code code = names->len > 0 ? EXIT_OK : EXIT_NO_SUCH;
	if (names->len == 0)
		result_error(&t->result, "No OCF providers found%s%s", t->spec != NULL ? " for " : "",
			     t->spec != NULL ? t->spec : "");
	if (names->len > 0 && t->result.is_xml) {
		markup_begin(m, "providers");
		markup_attribute(m, attribute, value);
	}
	show_items(t, "provider", names);
	if (names->len > 0 && t->result.is_xml)
		markup_end(m);
	g_ptr_array_unref(names);
	return code;
}

enum exit_code task_list_providers(struct resource_task *t)
{
	return show_providers(t, "standard", "ocf", providers(t, NULL));
}

enum exit_code task_list_alternatives(struct resource_task *t)
{
	return show_providers(t, "for", t->spec, providers(t, t->spec));
}

enum exit_code task_list_agents(struct resource_task *t)
{
	const char *colon = strchr(t->spec, ':');
	const char *standard =
		colon == NULL ? t->spec : arena_string_n(t->io->arena, t->spec, (size_t)(colon - t->spec));
	const char *provider = colon != NULL ? colon + 1 : NULL;
	struct markup *m = &t->result.markup;
	struct verb v = looking(t);
	GPtrArray *types = g_ptr_array_new();
	GArray *all = agent_names(&v, standard, provider);
	bool is_ocf = strcmp(standard, "ocf") == 0;
	for (guint i = 0; i < all->len; i++) {
		const char *type = g_array_index(all, struct agent_name, i).type;
		if (is_ocf)
			g_ptr_array_add(types, (gpointer)(uintptr_t)type);
		else
			add_once(types, type);
	}
	if (!is_ocf)
		g_ptr_array_sort(types, compare_texts);
	enum exit_code code = types->len > 0 ? EXIT_OK : EXIT_ERROR;
	if (types->len == 0)
		result_error(&t->result, "No agents found for standard '%s'%s%s%s", standard,
			     provider != NULL ? " and provider '" : "", provider != NULL ? provider : "",
			     provider != NULL ? "'" : "");
	if (types->len > 0 && t->result.is_xml) {
		markup_begin(m, "agents");
		markup_attribute(m, "standard", standard);
		markup_attribute(m, "provider", provider);
	}
	show_items(t, "agent", types);
	if (types->len > 0 && t->result.is_xml)
		markup_end(m);
	g_ptr_array_unref(types);
	(void)g_array_free(all, TRUE);
	return code;
}

/* --- metadata --- */

static bool parse_spec(struct resource_task *t, struct agent_name *ret)
{
	char **parts = g_strsplit(t->spec, ":", 3);
	struct arena *a = t->io->arena;
	guint count = g_strv_length(parts);
	bool is_ocf = count > 0 && strcmp(parts[0], "ocf") == 0;
	bool good = count >= 2 && (is_ocf ? count == 3 : true);
	for (guint i = 0; i < count; i++)
		good = good && parts[i][0] != '\0';
	*ret = (struct agent_name){0};
	if (good) {
		ret->class_ = arena_string(a, parts[0]);
		ret->provider = is_ocf ? arena_string(a, parts[1]) : NULL;
		ret->type = arena_string(a, t->spec + strlen(parts[0]) + 1 + (is_ocf ? strlen(parts[1]) + 1 : 0));
	}
	g_strfreev(parts);
	return good;
}

enum exit_code task_show_metadata(struct resource_task *t)
{
	struct verb v = looking(t);
	struct agent_info info = {0};
	if (!parse_spec(t, &info.agent))
		return task_fail(t, EXIT_NO_SUCH, "'%s' is not a valid agent specification", t->spec);
	agent_infos_read(&v, &info, 1);
	if (info.why != NULL || info.metadata == NULL)
		return task_fail(t, EXIT_NO_SUCH, "Metadata query for %s failed: %s", t->spec,
				 info.why != NULL ? info.why : "No such device or address");
	if (t->result.is_xml)
		result_cdata(&t->result, "metadata", info.metadata);
	else if (t->result.is_text)
		(void)fputs(info.metadata, t->io->out);
	return EXIT_OK;
}

/* --- an agent named on the command line --- */

static bool is_there(struct resource_task *t)
{
	struct verb v = looking(t);
	GArray *all = agent_names(&v, t->class_, t->provider);
	bool found = false;
	for (guint i = 0; i < all->len && !found; i++)
		found = strcmp(g_array_index(all, struct agent_name, i).type, t->agent) == 0;
	(void)g_array_free(all, TRUE);
	return found;
}

enum exit_code task_check_agent(struct resource_task *t)
{
	const char *wrong = NULL;
	bool is_ocf = t->class_ != NULL && strcmp(t->class_, "ocf") == 0;
	if (t->resource != NULL)
		wrong = "--class, --agent, and --provider cannot be used with -r/--resource";
	else if (t->action == NULL)
		wrong = "--class, --agent, and --provider can only be used with --validate and --force-*";
	else if (is_ocf && (t->provider == NULL || t->agent == NULL))
		wrong = "--provider and --agent are required with --class=ocf";
	else if (!is_ocf && t->provider != NULL)
		wrong = "--provider is supported only with --class=ocf";
	else if (t->agent == NULL)
		wrong = "--agent is required with --class";
	else if (t->class_ == NULL)
		wrong = "--class is required with --agent";
	if (wrong != NULL)
		return task_fail(t, EXIT_USAGE, "%s", wrong);
	if (is_there(t))
		return EXIT_OK;
	if (strcmp(t->class_, "stonith") == 0)
		return task_fail(t, EXIT_USAGE, "%s is not a known fencing agent", t->agent);
	return task_fail(t, EXIT_USAGE, "%s%s%s:%s is not a known resource agent", t->class_, is_ocf ? ":" : "",
			 is_ocf ? t->provider : "", t->agent);
}
