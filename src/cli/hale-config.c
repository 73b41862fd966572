/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale config show - all of the configuration, section by section, as the command of each shows it. */
#include "cli/nvset.h"

#include <stdlib.h>
#include <string.h>

static const struct option options[] = {{.help = "General:"}, VERB_OPTION_FILE, VERB_OPTION_SOCKET, {0}};

static const struct {
	const char *title, *command; /* the command that shows it */
	cib_name section;            /* nothing is said when it is empty */
} sections[] = {
	{"Resources:", "hale resource config", NAME_RESOURCES},
	{"Stonith Devices:", "hale stonith config", NAME_RESOURCES},
	{"Fencing Levels:", "hale stonith level config", NAME_FENCING_TOPOLOGY},
	{NULL, "hale constraint config", NAME_CONSTRAINTS},
	{NULL, "hale alert config", NAME_ALERTS},
	{"Resources Defaults:", "hale resource defaults", NAME_RSC_DEFAULTS},
	{"Operations Defaults:", "hale resource op defaults", NAME_OP_DEFAULTS},
	{NULL, "hale property config", NAME_CRM_CONFIG},
	{"Tags:", "hale tag config", NAME_TAGS},
};

static const struct program *command_of(const char *name)
{
	for (const struct program *const *p = program_list(); *p != NULL; p++)
		if (strcmp((*p)->rules.name, name) == 0)
			return *p;
	return NULL;
}

/* What a command prints, into memory; NULL: nothing. */
static char *printed_by(struct verb *v, const struct program *p)
{
	struct program_io io = *v->io;
	const struct command_line none = {.words = (const char *[]){NULL}};
	const struct verb before = *v;
	char *text = NULL;
	size_t size = 0;
	io.out = open_memstream(&text, &size);
	v->io = &io;
	v->line = &none;
	v->name = p->rules.name;
	enum exit_code code = p->look != NULL ? p->look(v) : p->change(v);
	v->io = before.io;
	v->line = before.line;
	v->name = before.name;
	(void)fclose(io.out);
	return code == EXIT_OK ? text : (free(text), NULL);
}

static enum exit_code look(struct verb *v)
{
	const char *name =
		nvset_get(document_section(v->document, NAME_CRM_CONFIG), NAME_CLUSTER_PROPERTY_SET, "cluster-name");
	(void)fprintf(v->io->out, "Cluster Name: %s\nPacemaker Nodes:\n", name != NULL ? name : "");
	for_each_named(n, document_section(v->document, NAME_NODES), NAME_NODE)
	{
		(void)fprintf(v->io->out, " %s", element_get_or(n, NAME_UNAME, ""));
	}
	(void)fputc('\n', v->io->out);
	for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
		const struct element *e = document_section(v->document, sections[i].section);
		const struct program *p = command_of(sections[i].command);
		char *text = e != NULL && element_first(e) != NULL && p != NULL ? printed_by(v, p) : NULL;
		if (text != NULL && *text != '\0')
			(void)fprintf(v->io->out, "\n%s%s%s", sections[i].title != NULL ? sections[i].title : "",
				      sections[i].title != NULL ? "\n" : "", text);
		free(text);
	}
	return EXIT_OK;
}

const struct program program_hale_config_show = {
	.rules = {.name = "hale config show", .summary = "show all of the configuration", .options = options},
	.look = look,
};
