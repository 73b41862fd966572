/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale stonith create, fence, confirm - fence devices, and fencing by hand. */
#include "cli/nvset.h"
#include "cli/primitive.h"

#include <string.h>

enum { OPTION_DISABLED = 1, OPTION_OFF, OPTION_YES };
enum { FENCE_TIMEOUT_MS = 600 * 1000 };

static const struct option create_options[] = {
	{OPTION_DISABLED, 0, "disabled", NULL, "Do not use it yet (target-role=Stopped)"},
	VERB_OPTIONS_EDIT,
	{0},
};

/* pcmk_host_map=n1:1;n2:2 and pcmk_host_list=n1,n2 name nodes: one that is not there fences nobody. */
static enum exit_code check_hosts(struct verb *v, const struct element *device)
{
	const char *map = nvset_get(device, NAME_INSTANCE_ATTRIBUTES, "pcmk_host_map");
	const char *list = nvset_get(device, NAME_INSTANCE_ATTRIBUTES, "pcmk_host_list");
	char **words = g_strsplit_set(map != NULL ? map : list != NULL ? list : "", map != NULL ? "; \t" : ", ;\t", -1);
	enum exit_code code = EXIT_OK;
	for (char **w = words; *w != NULL && code == EXIT_OK; w++) {
		char *colon = map != NULL ? strpbrk(*w, ":=") : NULL;
		if (**w == '\0')
			continue;
		if (map != NULL && (colon == NULL || strchr(colon, ',') != NULL)) {
			code = verb_object(v, EXIT_DATA, "pcmk_host_map: '%s' is no NODE:PORT; pairs are divided by ;",
					   *w);
			continue;
		}
		if (colon != NULL)
			*colon = '\0';
		v->code = EXIT_OK;
		if (verb_node(v, *w) == NULL)
			code = v->code;
	}
	g_strfreev(words);
	return code;
}

static enum exit_code make(struct verb *v, const struct primitive_words *w, const struct agent_name *agent)
{
	struct agent_info info = {.agent = *agent};
	agent_infos_read(v, &info, 1);
	struct element *device = element_add(verb_section(v, NAME_RESOURCES), NAME_PRIMITIVE);
	element_set(device, NAME_ID, verb_word(v, 0));
	element_set(device, NAME_CLASS, "stonith");
	element_set(device, NAME_TYPE, agent->type);
	enum exit_code code = primitive_fill(v, device, w, &info);
	for (size_t i = 0; code == EXIT_OK && i < info.action_count; i++)
		if (info.actions[i].automatic && strcmp(info.actions[i].name, "on") == 0)
			(void)nvset_put(v, device, NAME_META_ATTRIBUTES, "provides", "unfencing");
	if (code == EXIT_OK)
		code = primitive_check(v, device, &info);
	if (code == EXIT_OK)
		code = check_hosts(v, device);
	if (code != EXIT_OK)
		return code;
	primitive_default_operations(v, device, &(struct agent_info){.agent = *agent}, true);
	if (verb_has(v, OPTION_DISABLED))
		(void)nvset_put(v, device, NAME_META_ATTRIBUTES, "target-role", "Stopped");
	return EXIT_OK;
}

static enum exit_code change_create(struct verb *v)
{
	struct primitive_words w;
	struct agent_name agent;
	if (verb_word_count(v) < 2)
		return verb_usage(v, "name the new device and its agent");
	enum exit_code code = primitive_words_read(v, 2, &w);
	if (code == EXIT_OK && (w.collective != NULL || w.group != NULL || w.bundle != NULL))
		code = verb_fail(v, EXIT_USAGE, "a fence device stands alone: no clone, group or bundle");
	if (code == EXIT_OK)
		code = primitive_check_id(v, verb_word(v, 0));
	if (code == EXIT_OK && !agent_name_find_fence(v, verb_word(v, 1), &agent))
		code = v->code;
	if (code == EXIT_OK)
		code = make(v, &w, &agent);
	primitive_words_fini(&w);
	return code;
}

const struct program program_hale_stonith_create = {
	.rules = {.name = "hale stonith create",
		  .summary = "create a fence device",
		  .words = "ID AGENT [NAME=VALUE…] [op ACTION NAME=VALUE…]… [meta NAME=VALUE…]",
		  .details = "Parameters are checked against what the agent says of itself, and pcmk_host_list and "
			     "pcmk_host_map against the nodes.\n\nExample: hale stonith create power fence_ipmilan "
			     "ip=192.0.2.9 username=admin password=x pcmk_host_list=n1",
		  .options = create_options},
	.change = change_create,
};

/* ---- fencing by hand ---- */

static const struct option fence_options[] = {
	{OPTION_OFF, 0, "off", NULL, "Turn it off and leave it off"},
	VERB_OPTIONS_LIVE,
	{0},
};

static enum exit_code act_fence(struct verb *v)
{
	struct error error = {0};
	if (verb_word_count(v) != 1)
		return verb_usage(v, "name one node");
	v->call.timeout_ms = FENCE_TIMEOUT_MS;
	json_t *body =
		json_pack("{s:s, s:s}", "node", verb_word(v, 0), "action", verb_has(v, OPTION_OFF) ? "off" : "reboot");
	enum exit_code code = client_post(v->io, &v->call, "/v1/fences", body, &error);
	if (code != EXIT_OK)
		return verb_fail(v, code, "%s is not fenced: %s", verb_word(v, 0), error.text);
	(void)fprintf(v->io->out, "Node: %s fenced\n", verb_word(v, 0));
	return EXIT_OK;
}

const struct program program_hale_stonith_fence = {
	.rules = {.name = "hale stonith fence",
		  .summary = "fence a node now, and wait for the end",
		  .words = "NODE",
		  .options = fence_options},
	.act = act_fence,
};

static const struct option confirm_options[] = {
	{OPTION_YES, 0, "yes", NULL, "You have seen that the node is off"},
	{OPTION_YES, 0, "force", NULL, "As --yes", .hidden = true},
	VERB_OPTIONS_LIVE,
	{0},
};

static enum exit_code act_confirm(struct verb *v)
{
	struct error error = {0};
	if (verb_word_count(v) != 1)
		return verb_usage(v, "name one node");
	if (!verb_has(v, OPTION_YES))
		return verb_fail(
			v, EXIT_USAGE,
			"what ran on %s will be started elsewhere: if it is not off, both write to the same disks. "
			"Look at the machine, then say --yes",
			verb_word(v, 0));
	json_t *body = json_pack("{s:s, s:s, s:b}", "node", verb_word(v, 0), "action", "off", "confirm", 1);
	enum exit_code code = client_post(v->io, &v->call, "/v1/fences", body, &error);
	if (code != EXIT_OK)
		return verb_fail(v, code, "%s", error.text);
	(void)fprintf(v->io->out, "Node: %s confirmed fenced\n", verb_word(v, 0));
	return EXIT_OK;
}

const struct program program_hale_stonith_confirm = {
	.rules = {.name = "hale stonith confirm",
		  .summary = "vouch that a node is off, where no device can say so",
		  .words = "NODE --yes",
		  .options = confirm_options},
	.act = act_confirm,
};
