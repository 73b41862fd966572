/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crmadmin - who leads, what the managers do, and which nodes there are. */
#include "cli/pacemaker-result.h"
#include "cli/place.h"
#include "rules/interval.h"
#include "rules/moment.h"

#include <string.h>

enum {
	OPTION_STATUS = 1,
	OPTION_PACEMAKERD,
	OPTION_DC,
	OPTION_NODES,
	OPTION_COMMANDS_END, /* those above are commands */
	OPTION_TIMEOUT,
	OPTION_BASH,
	OPTION_IPC_NAME,
	OPTION_QUIET,
};

static const struct option options[] = {
	{.help = "Commands:"},
	{OPTION_STATUS, 'S', "status", "NODE",
	 "Display what the manager of this node does, as Pacemaker calls it: S_IDLE, S_TRANSITION_ENGINE, S_NOT_DC, …"},
	{OPTION_PACEMAKERD, 'P', "pacemakerd", NULL, "Display whether the cluster runs on this node"},
	{OPTION_DC, 'D', "dc_lookup", NULL, "Display the name of the node that leads the cluster"},
	{OPTION_NODES, 'N', "nodes", "[TYPE]",
	 "Display the names of all configured nodes, or of those of some types: all, cluster, guest, remote, with "
	 "commas "
	 "between"},
	{.help = "Additional Options:"},
	{OPTION_TIMEOUT, 't', "timeout", "DURATION", "How long to wait for an answer (default 30s; 0: for ever)"},
	{OPTION_BASH, 'B', "bash-export", NULL, "Display nodes as commands for a shell: export NAME=ID (with --nodes)"},
	{OPTION_IPC_NAME, 'i', "ipc-name", "NAME", "Understood for old callers", .hidden = true},
	{OPTION_QUIET, 'q', "quiet", NULL, "Display only the essential query information"},
	{OPTION_QUIET, 'Q', NULL, NULL, "--quiet", .hidden = true},
	{0},
};

static const char details[] = "DURATION is a number of seconds, or a number with a unit: ms, s, min, h.\n"
			      "\n"
			      "Exit status: 0 when it was shown, 64 when the command line is wrong, 102 when no "
			      "cluster is running here, 114\n"
			      "when nobody leads yet, 124 when the node is no member now or did not answer in time.\n";

enum { TIMEOUT_MS = 30000 };

struct admin {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	struct place place;
	struct error error;
	bool quiet;
};

static bool is_member(const json_t *m, const char *flag, const char *name)
{
	const char *own = json_string_value(json_object_get(m, "name"));
	return own != NULL && (flag == NULL || json_is_true(json_object_get(m, flag))) &&
	       (name == NULL || g_ascii_strcasecmp(own, name) == 0);
}

/* NULL: there is none such. */
static const json_t *find_member(const json_t *status, const char *flag, const char *name)
{
	size_t i;
	json_t *m;
	json_array_foreach (json_object_get(status, "members"), i, m)
		if (is_member(m, flag, name))
			return m;
	return NULL;
}

static enum exit_code read_status(struct admin *a, json_t **ret)
{
	return client_get(a->io, &a->place.call, "/v1/status", ret, &a->error);
}

static bool is_agreed(const json_t *status)
{
	const char *view = json_string_value(json_object_get(status, "view"));
	return view != NULL && strcmp(view, "agreed") == 0;
}

/* --- what a manager does --- */

static const char *word_of_leader(const char *doing)
{
	static const struct {
		const char *doing, *word;
	} words[] = {{"idle", "S_IDLE"},
		     {"acting", "S_TRANSITION_ENGINE"},
		     {"deciding", "S_POLICY_ENGINE"},
		     {"waiting for nodes", "S_INTEGRATION"}};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (doing != NULL && strcmp(words[i].doing, doing) == 0)
			return words[i].word;
	return "S_PENDING";
}

/* What a leader elsewhere does is not told, but whether it has anything to do: a wait of no time ends at once. */
static enum exit_code word_of(struct admin *a, const json_t *status, const json_t *member, const char **ret_word)
{
	bool leads = json_is_true(json_object_get(member, "leader"));
	*ret_word = "S_PENDING";
	if (!is_agreed(status))
		return EXIT_OK;
	*ret_word = "S_NOT_DC";
	if (!leads)
		return EXIT_OK;
	*ret_word = word_of_leader(json_string_value(json_object_get(status, "leader")));
	if (json_is_true(json_object_get(member, "self")))
		return EXIT_OK;
	enum exit_code code = client_wait(a->io, &a->place.call, 0, &a->error);
	*ret_word = code == EXIT_TIMEOUT ? "S_TRANSITION_ENGINE" : "S_IDLE";
	return code == EXIT_TIMEOUT ? EXIT_OK : code;
}

static enum exit_code show_status(struct admin *a)
{
	const char *node = line_value(a->line, OPTION_STATUS), *word;
	json_t *status = NULL;
	enum exit_code code = read_status(a, &status);
	if (code != EXIT_OK)
		return code;
	const json_t *member = find_member(status, NULL, node);
	if (member == NULL) {
		(void)error_set(&a->error, ERR_AGAIN,
				"No reply received from controller on %s: it is no member of the "
				"cluster now",
				node);
		code = EXIT_TIMEOUT;
	} else {
		code = word_of(a, status, member, &word);
	}
	json_decref(status);
	if (code != EXIT_OK)
		return code;
	if (a->result.is_xml)
		markup_empty(&a->result.markup, "crmd", "node_name", node, "state", word, "result", "ok", NULL);
	else if (a->quiet)
		result_line(&a->result, "%s", word);
	else
		result_line(&a->result, "Controller on %s in state %s: ok", node, word);
	return EXIT_OK;
}

static enum exit_code show_pacemakerd(struct admin *a)
{
	json_t *status = NULL;
	enum exit_code code = read_status(a, &status);
	json_decref(status);
	if (code != EXIT_OK)
		return code;
	int64_t now_s = (int64_t)(a->io->now.ns / 1000000000u);
	struct moment now = moment_of_epoch(now_s, io_zone_offset(now_s));
	char text[MOMENT_TEXT_SIZE];
	(void)moment_text(&now, MOMENT_DATE | MOMENT_TIME | MOMENT_ZONE, text);
	if (a->result.is_xml)
		markup_empty(&a->result.markup, "pacemakerd", "sys_from", "pacemakerd", "state", "running",
			     "last_updated", text, NULL);
	else if (a->quiet)
		result_line(&a->result, "running");
	else
		result_line(&a->result, "Status of pacemakerd: 'Pacemaker is running' (last updated %s)", text);
	return EXIT_OK;
}

static enum exit_code show_leader(struct admin *a)
{
	json_t *status = NULL;
	enum exit_code code = read_status(a, &status);
	if (code != EXIT_OK)
		return code;
	const json_t *leader = is_agreed(status) ? find_member(status, "leader", NULL) : NULL;
	const char *name = arena_string(a->io->arena, json_string_value(json_object_get(leader, "name")));
	json_decref(status);
	if (a->result.is_xml)
		markup_empty(&a->result.markup, "dc", "node_name", name != NULL ? name : "", NULL);
	else if (!a->quiet)
		result_line(&a->result, "Designated Controller is: %s", name != NULL ? name : "not yet elected");
	else if (name != NULL)
		result_line(&a->result, "%s", name);
	if (name != NULL)
		return EXIT_OK;
	(void)error_set(&a->error, ERR_AGAIN, "%s", exit_message(EXIT_NO_LEADER));
	return EXIT_NO_LEADER;
}

/* --- nodes --- */

static const struct kind_of_node {
	const char *word, *xpath;
	cib_name name, id; /* attributes; names may lack */
} kinds[] = {
	{"cluster", "/cib/configuration/nodes/node[not(@type) or @type='member']", NAME_UNAME, NAME_ID},
	{"guest", "/cib/configuration//primitive//meta_attributes//nvpair[@name='remote-node']", NAME_UNAME,
	 NAME_VALUE},
	{"remote", "/cib/configuration//primitive[@type='remote'][@provider='pacemaker']", NAME_UNAME, NAME_ID},
};

static bool is_wanted(const char *types, const char *word)
{
	char **words = g_strsplit(types != NULL && types[0] != '\0' ? types : "all", ",", 0);
	bool wanted =
		g_strv_contains((const char *const *)words, "all") || g_strv_contains((const char *const *)words, word);
	g_strfreev(words);
	return wanted;
}

/* False: there is a word among them that is no type. */
static bool are_types(const char *types)
{
	char **words = g_strsplit(types != NULL ? types : "", ",", 0);
	bool good = true;
	for (char **w = words; *w != NULL; w++) {
		bool known = **w == '\0' || strcmp(*w, "all") == 0;
		for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
			known = known || strcmp(*w, kinds[i].word) == 0;
		good = good && known;
	}
	g_strfreev(words);
	return good;
}

static void show_node(struct admin *a, const struct kind_of_node *kind, const struct element *e)
{
	const char *id = element_get_or(e, kind->id, ""), *name = element_get_or(e, kind->name, id);
	if (a->result.is_xml)
		markup_empty(&a->result.markup, "node", "type", kind->word, "name", name, "id", id, NULL);
	else if (a->quiet)
		result_line(&a->result, "%s", name);
	else if (line_has(a->line, OPTION_BASH))
		result_line(&a->result, "export %s=%s", name, id);
	else
		result_line(&a->result, "%s node: %s (%s)", kind->word, name, id);
}

static enum exit_code show_nodes(struct admin *a)
{
	const char *types = line_value(a->line, OPTION_NODES);
	enum exit_code code = EXIT_OK;
	bool any = false;
	if (types == NULL && a->line->word_count == 1) /* "-N guest" */
		types = a->line->words[0];
	if (!are_types(types)) {
		(void)error_set(&a->error, ERR_INVALID, "'%s' is no type of nodes: all, cluster, guest and remote are",
				types);
		return EXIT_USAGE;
	}
	if (a->result.is_xml)
		markup_begin(&a->result.markup, "nodes");
	for (size_t i = 0; i < G_N_ELEMENTS(kinds) && code == EXIT_OK; i++) {
		GPtrArray *found = g_ptr_array_new();
		struct document *d = NULL;
		if (is_wanted(types, kinds[i].word))
			code = place_select(&a->place, kinds[i].xpath, found, &d, &a->error);
		for (guint k = 0; k < found->len; k++)
			show_node(a, &kinds[i], g_ptr_array_index(found, k));
		any = any || found->len > 0;
		code = code == EXIT_NO_SUCH ? EXIT_OK : code;
		document_free(d);
		g_ptr_array_unref(found);
	}
	if (a->result.is_xml)
		markup_end(&a->result.markup);
	else if (!any && code == EXIT_OK && !a->quiet)
		result_line(&a->result, "No nodes configured");
	return code;
}

/* --- the program --- */

/* The last one counts. */
static int command_of(const struct command_line *line)
{
	int command = 0;
	for (size_t i = 0; i < line->given_count; i++)
		if (line->given[i].id < OPTION_COMMANDS_END)
			command = line->given[i].id;
	return command;
}

static enum exit_code run_command(struct admin *a, int command)
{
	switch (command) {
	case OPTION_STATUS:
		return show_status(a);
	case OPTION_PACEMAKERD:
		return show_pacemakerd(a);
	case OPTION_DC:
		return show_leader(a);
	default:
		return show_nodes(a);
	}
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct admin a = {.io = io, .line = line, .error = {.text = ""}, .quiet = line_has(line, OPTION_QUIET)};
	int command = command_of(line);
	int64_t timeout_ms = TIMEOUT_MS;
	const char *timeout = line_value(line, OPTION_TIMEOUT);
	result_open(&a.result, io, line, "crmadmin");
	place_open(&a.place, io, "crmadmin");
	if (command == 0)
		return result_fail(&a.result, EXIT_USAGE, "error: Must specify a command option");
	if (line->word_count > (command == OPTION_NODES ? 1 : 0))
		return result_fail(&a.result, EXIT_USAGE, "there is one word too many: %s", line->words[0]);
	if (timeout != NULL && !interval_parse_ms(timeout, &timeout_ms))
		return result_fail(&a.result, EXIT_USAGE, "--timeout: '%s' is no time such as 30s", timeout);
	a.place.call.timeout_ms = timeout_ms > 0 ? timeout_ms : -1;
	enum exit_code code = run_command(&a, command);
	if (code != EXIT_OK)
		result_error(&a.result, "error: Command failed: %s", a.error.text);
	return result_close(&a.result, code);
}

const struct program program_crmadmin = {
	.rules = {.name = "crmadmin",
		  .summary = "query and manage the Pacemaker controller",
		  .words = "[TYPE]",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
