/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_node - who this node is, and who is in the cluster. */
#include "cli/pacemaker-result.h"
#include "cli/place.h"

#include <string.h>

enum {
	OPTION_ID = 1,
	OPTION_LIST,
	OPTION_NAME,
	OPTION_PARTITION,
	OPTION_QUORUM,
	OPTION_NAME_OF,
	OPTION_REMOVE,
	OPTION_COMMANDS_END, /* those above are commands */
	OPTION_FORCE,
};

static const struct option options[] = {
	{.help = "Commands:"},
	{OPTION_ID, 'i', "cluster-id", NULL, "Display this node's cluster id"},
	{OPTION_LIST, 'l', "list", NULL, "Display all known members (past and present) of this cluster"},
	{OPTION_NAME, 'n', "name", NULL, "Display the name used by the cluster for this node"},
	{OPTION_PARTITION, 'p', "partition", NULL, "Display the members of this partition"},
	{OPTION_QUORUM, 'q', "quorum", NULL, "Display a 1 if our partition has quorum, 0 if not"},
	{OPTION_NAME_OF, 'N', "name-for-id", "ID", "Display the name used by the cluster for the node with this id"},
	{OPTION_REMOVE, 'R', "remove", "NAME",
	 "Forget the stopped node with this name, which must be out of corosync.conf already (needs --force)"},
	{.help = "Additional Options:"},
	{OPTION_FORCE, 'f', "force", NULL, "Do what destroys something"},
	{0},
};

static const char details[] =
	"Exit status: 0 when it was done, 64 when the command line is wrong, 102 when no cluster is running here,\n"
	"105 when there is no such node.\n";

/* One node, as the manager and the configuration tell of it. */
struct known_node {
	int64_t id;
	const char *name;
	bool is_member, is_self;
};

struct node_tool {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	struct place place;
	struct error error;
	struct known_node *nodes;
	uint32_t count;
	bool quorate;
};

static int command_of(const struct command_line *line)
{
	int command = 0;
	for (size_t i = 0; i < line->given_count; i++)
		if (line->given[i].id < OPTION_COMMANDS_END)
			command = line->given[i].id;
	return command;
}

static struct known_node *find_node(struct node_tool *t, const char *name, int64_t id)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (name != NULL ? strcmp(t->nodes[i].name, name) == 0 : t->nodes[i].id == id)
			return &t->nodes[i];
	return NULL;
}

static void add_node(struct node_tool *t, int64_t id, const char *name, bool is_member, bool is_self)
{
	struct known_node *n = find_node(t, name, 0);
	if (n == NULL) {
		t->nodes = arena_grow(t->io->arena, t->nodes, t->count * sizeof(*n), (t->count + 1) * sizeof(*n));
		n = &t->nodes[t->count++];
		*n = (struct known_node){.id = id, .name = arena_string(t->io->arena, name)};
	}
	n->is_member = n->is_member || is_member;
	n->is_self = n->is_self || is_self;
}

static enum exit_code read_members(struct node_tool *t)
{
	json_t *status = NULL, *m;
	size_t i;
	enum exit_code code = client_get(t->io, &t->place.call, "/v1/status", &status, &t->error);
	if (code != EXIT_OK)
		return code;
	t->quorate = json_is_true(json_object_get(status, "quorate"));
	json_array_foreach (json_object_get(status, "members"), i, m) {
		const char *name = json_string_value(json_object_get(m, "name"));
		if (name != NULL)
			add_node(t, json_integer_value(json_object_get(m, "id")), name, true,
				 json_is_true(json_object_get(m, "self")));
	}
	json_decref(status);
	return EXIT_OK;
}

/* Nodes that are not here are known from the configuration alone. */
static enum exit_code read_configured(struct node_tool *t)
{
	GPtrArray *found = g_ptr_array_new();
	struct document *d = NULL;
	enum exit_code code = place_select(&t->place, "/cib/configuration/nodes/node", found, &d, &t->error);
	for (guint i = 0; i < found->len; i++) {
		const struct element *n = g_ptr_array_index(found, i);
		const char *type = element_get(n, NAME_TYPE), *name = element_get(n, NAME_UNAME);
		if (name != NULL && (type == NULL || strcmp(type, "remote") != 0))
			add_node(t, g_ascii_strtoll(element_get_or(n, NAME_ID, "0"), NULL, 10), name, false, false);
	}
	document_free(d);
	g_ptr_array_unref(found);
	return code == EXIT_NO_SUCH ? EXIT_OK : code;
}

static int compare_nodes(const void *a, const void *b)
{
	const struct known_node *x = a, *y = b;
	return g_ascii_strcasecmp(x->name, y->name);
}

static const char *state_word(const struct known_node *n)
{
	return n->is_member ? "member" : "lost";
}

static enum exit_code show_nodes(struct node_tool *t, bool all)
{
	enum exit_code code = all ? read_configured(t) : EXIT_OK;
	if (code != EXIT_OK)
		return code;
	struct markup *m = &t->result.markup;
	GString *names = g_string_new(NULL);
	qsort(t->nodes, t->count, sizeof(t->nodes[0]), compare_nodes);
	if (t->result.is_xml)
		markup_begin(m, "nodes");
	for (uint32_t i = 0; i < t->count; i++) {
		const struct known_node *n = &t->nodes[i];
		const char *id = arena_printf(t->io->arena, "%lld", (long long)n->id);
		if (t->result.is_xml)
			markup_empty(m, "node", "id", id, "name", n->name, "state", state_word(n), NULL);
		else if (all)
			result_line(&t->result, "%s %s %s", id, n->name, state_word(n));
		g_string_append_printf(names, "%s%s", i > 0 ? " " : "", n->name);
	}
	if (t->result.is_xml)
		markup_end(m);
	else if (!all)
		result_line(&t->result, "%s", names->str);
	(void)g_string_free(names, TRUE);
	return EXIT_OK;
}

static void show_node(struct node_tool *t, const struct known_node *n, bool id_alone)
{
	const char *id = arena_printf(t->io->arena, "%lld", (long long)n->id);
	if (t->result.is_xml)
		markup_empty(&t->result.markup, "node-info", "nodeid", id, "uname", id_alone ? NULL : n->name, NULL);
	else
		result_line(&t->result, "%s", id_alone ? id : n->name);
}

static enum exit_code show_self(struct node_tool *t, bool id_alone)
{
	for (uint32_t i = 0; i < t->count; i++) {
		if (t->nodes[i].is_self) {
			show_node(t, &t->nodes[i], id_alone);
			return EXIT_OK;
		}
	}
	(void)error_set(&t->error, ERR_AGAIN, "this node has not joined the cluster yet: try again in a moment");
	return EXIT_DISCONNECTED;
}

static enum exit_code show_name_of(struct node_tool *t)
{
	const char *text = line_value(t->line, OPTION_NAME_OF);
	char *end;
	int64_t id = g_ascii_strtoll(text, &end, 10);
	enum exit_code code = read_configured(t);
	if (code != EXIT_OK)
		return code;
	const struct known_node *n = *text != '\0' && *end == '\0' ? find_node(t, NULL, id) : NULL;
	if (n == NULL) {
		(void)error_set(&t->error, ERR_NOT_FOUND, "Node is not known to cluster: %s", text);
		return EXIT_NO_SUCH;
	}
	show_node(t, n, false);
	return EXIT_OK;
}

static void show_quorum(struct node_tool *t)
{
	if (t->result.is_xml)
		markup_empty(&t->result.markup, "cluster-info", "quorum", t->quorate ? "true" : "false", NULL);
	else
		result_line(&t->result, "%d", t->quorate);
}

/* Who is still a member cannot be forgotten: the node would come back at once. */
static enum exit_code remove_node(struct node_tool *t)
{
	const char *name = line_value(t->line, OPTION_REMOVE);
	const struct known_node *n = find_node(t, name, 0);
	if (n != NULL) {
		(void)error_set(&t->error, ERR_EXISTS, "node %s is active: stop the cluster there first", name);
		return EXIT_ERROR;
	}
	enum exit_code code = read_configured(t);
	if (code == EXIT_OK && find_node(t, name, 0) == NULL) {
		(void)error_set(&t->error, ERR_NOT_FOUND, "Node %s does not exist in the cluster", name);
		return EXIT_NO_SUCH;
	}
	if (code != EXIT_OK)
		return code;
	json_t *body = json_pack("{s:s, s:s}", "what", "node", "node", name);
	return client_post(t->io, &t->place.call, "/v1/forget", body, &t->error);
}

/* An agent's node is named by who called it; that of a machine with a running cluster, by the manager. */
static bool named_by_caller(struct node_tool *t, int command)
{
	const char *name = io_environment(t->io, "OCF_RESKEY_CRM_meta_on_node");
	if (command != OPTION_NAME || name == NULL)
		return false;
	if (t->result.is_xml)
		markup_empty(&t->result.markup, "node-info", "nodeid", "0", "uname", name, NULL);
	else
		result_line(&t->result, "%s", name);
	return true;
}

static enum exit_code run_command(struct node_tool *t, int command)
{
	if (named_by_caller(t, command))
		return EXIT_OK;
	enum exit_code code = read_members(t);
	if (code != EXIT_OK)
		return code;
	switch (command) {
	case OPTION_ID:
		return show_self(t, true);
	case OPTION_NAME:
		return show_self(t, false);
	case OPTION_NAME_OF:
		return show_name_of(t);
	case OPTION_LIST:
		return show_nodes(t, true);
	case OPTION_PARTITION:
		return show_nodes(t, false);
	case OPTION_REMOVE:
		return remove_node(t);
	default:
		show_quorum(t);
		return EXIT_OK;
	}
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct node_tool t = {.io = io, .line = line, .error = {.text = ""}};
	int command = command_of(line);
	result_open(&t.result, io, line, "crm_node");
	place_open(&t.place, io, "crm_node");
	t.place.path = NULL; /* a file has no members */
	if (command == 0)
		return result_fail(&t.result, EXIT_USAGE, "no command was given; crm_node --help names them");
	if (command == OPTION_REMOVE && !line_has(line, OPTION_FORCE))
		return result_fail(&t.result, EXIT_USAGE,
				   "The supplied command is considered dangerous.  To prevent accidental destruction "
				   "of the cluster, the --force flag is required in order to proceed.");
	enum exit_code code = run_command(&t, command);
	if (code != EXIT_OK)
		return result_fail(&t.result, code, "%s", t.error.text);
	return result_close(&t.result, EXIT_OK);
}

const struct program program_crm_node = {
	.rules = {.name = "crm_node",
		  .summary = "Tool for displaying low-level node information",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .quiet = true,
		  .output_code = EXIT_ERROR},
	.run = run,
};
