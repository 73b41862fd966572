/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale status nodes, xml, wait, query resource - parts of the status, for people and scripts. */
#include "cli/face.h"
#include "cli/whereabouts.h"
#include "rules/interval.h"
#include "scheduler/node.h"
#include "scheduler/resource.h"

#include <string.h>

static const struct option look_options[] = {VERB_OPTIONS_LOOK, {0}};

/* ---- nodes ---- */

enum node_list { NODES_ONLINE, NODES_STANDBY, NODES_STANDBY_RUNNING, NODES_MAINTENANCE, NODES_OFFLINE, NODES_COUNT };

static const char *const list_names[] = {"Online", "Standby", "Standby with resource(s) running", "Maintenance",
					 "Offline"};

static enum node_list list_of(const struct node *n)
{
	if (!n->online)
		return NODES_OFFLINE;
	if (n->maintenance)
		return NODES_MAINTENANCE;
	if (n->standby)
		return n->running != NULL && n->running->count > 0 ? NODES_STANDBY_RUNNING : NODES_STANDBY;
	return NODES_ONLINE;
}

static json_t *print_nodes(struct verb *v, struct cluster *c, const char *title, bool remote)
{
	json_t *all = json_object();
	if (!v->json)
		(void)fprintf(v->io->out, "%s:\n", title);
	for (int list = 0; list < NODES_COUNT; list++) {
		json_t *names = json_array();
		if (!v->json)
			(void)fprintf(v->io->out, " %s:", list_names[list]);
		for_each_node(n, c)
		{
			if (node_is_remote(n) != remote || (int)list_of(n) != list)
				continue;
			if (!v->json)
				(void)fprintf(v->io->out, " %s", node_name(n));
			(void)json_array_append_new(names, json_string(node_name(n)));
		}
		if (!v->json)
			(void)fputc('\n', v->io->out);
		(void)json_object_set_new(all, list_names[list], names);
	}
	return all;
}

static enum exit_code look_nodes(struct verb *v)
{
	struct cluster *c = verb_cluster(v);
	if (c == NULL)
		return v->code;
	json_t *members = print_nodes(v, c, "Pacemaker Nodes", false);
	json_t *remotes = print_nodes(v, c, "Pacemaker Remote Nodes", true);
	json_t *all = json_pack("{s:o, s:o}", "members", members, "remote", remotes);
	verb_print_json(v, all);
	return EXIT_OK;
}

const struct program program_hale_status_nodes = {
	.rules = {.name = "hale status nodes",
		  .summary = "show which nodes are online, standby, in maintenance, offline",
		  .options = look_options},
	.look = look_nodes,
};

/* ---- xml, wait ---- */

static const struct option xml_options[] = {{.help = "General:"}, VERB_OPTION_FILE, VERB_OPTION_SOCKET, {0}};

static enum exit_code look_xml(struct verb *v)
{
	static const char *const argv[] = {"crm_mon", "--one-shot", "--inactive", "--output-as=xml", NULL};
	return face_run(v, argv);
}

const struct program program_hale_status_xml = {
	.rules = {.name = "hale status xml", .summary = "show the status as crm_mon's XML", .options = xml_options},
	.look = look_xml,
};

static const struct option wait_options[] = {{.help = "General:"}, VERB_OPTION_SOCKET, {0}};

static enum exit_code act_wait(struct verb *v)
{
	int64_t ms = 0;
	if (verb_word_count(v) > 1)
		return verb_usage(v, "name one time at most");
	if (verb_word(v, 0) != NULL && (!interval_parse_ms(verb_word(v, 0), &ms) || ms < 0))
		return verb_fail(v, EXIT_USAGE, "'%s' is no time such as 30s or 5min", verb_word(v, 0));
	return verb_wait(v, (ms + 999) / 1000);
}

const struct program program_hale_status_wait = {
	.rules = {.name = "hale status wait",
		  .summary = "wait until the cluster has nothing left to do",
		  .words = "[TIME]",
		  .details = "TIME is 30s, 5min and the like; without it, an hour. Ends with 124 when there is still "
			     "something to do then.",
		  .options = wait_options},
	.act = act_wait,
};

/* ---- query ---- */

enum { OPTION_QUIET = 1 };

static const struct option query_options[] = {
	{OPTION_QUIET, 0, "quiet", NULL, "Print nothing: the exit code is the answer"},
	{.help = "General:"},
	VERB_OPTION_FILE,
	VERB_OPTION_SOCKET,
	{0},
};

enum { EXIT_IS_FALSE = 2 };

/* pcs's: 0 is yes, 2 is no. */
static enum exit_code answer(struct verb *v, bool yes)
{
	if (!verb_has(v, OPTION_QUIET))
		(void)fputs(yes ? "True\n" : "False\n", v->io->out);
	return yes ? EXIT_OK : (enum exit_code)EXIT_IS_FALSE;
}

static enum exit_code print_word(struct verb *v, const char *word)
{
	if (!verb_has(v, OPTION_QUIET))
		(void)fprintf(v->io->out, "%s\n", word);
	return EXIT_OK;
}

static const char *type_of(const struct element *e)
{
	return e->name == NAME_MASTER ? "clone" : element_tag(e);
}

static const struct element *around(const struct element *e, const char *kind)
{
	for (e = e->parent; e != NULL && element_is_resource(e); e = e->parent)
		if (strcmp(type_of(e), kind) == 0)
			return e;
	return NULL;
}

/* is-in-group, is-in-clone, is-in-bundle, each with or without an id. */
static enum exit_code is_in(struct verb *v, const struct element *e, const char *kind)
{
	const struct element *outer = around(e, kind);
	return answer(v, outer != NULL && (verb_word(v, 2) == NULL || strcmp(element_id(outer), verb_word(v, 2)) == 0));
}

static bool has_meta(struct verb *v, const char *id, const char *name)
{
	struct cluster *c = verb_cluster(v);
	const struct resource *r = c != NULL ? resource_find(c, id) : NULL;
	bool truth = false;
	const char *value = r != NULL ? table_get(r->meta, name) : NULL;
	return value != NULL && cib_parse_bool(value, &truth) && truth;
}

static enum exit_code is_type(struct verb *v, const struct element *e)
{
	static const char *const types[] = {"primitive", "group", "clone", "bundle"};
	size_t known = 0;
	while (known < G_N_ELEMENTS(types) && g_strcmp0(types[known], verb_word(v, 2)) != 0)
		known++;
	if (known == G_N_ELEMENTS(types))
		return verb_usage(v, "is-type: name primitive, group, clone or bundle");
	bool yes = strcmp(type_of(e), types[known]) == 0;
	for (size_t i = 3; i < verb_word_count(v); i++) {
		const char *name = strcmp(verb_word(v, i), "unique") == 0       ? "globally-unique"
				   : strcmp(verb_word(v, i), "promotable") == 0 ? "promotable"
										: NULL;
		if (name == NULL)
			return verb_usage(v, "after is-type clone there are unique and promotable");
		yes = yes && has_meta(v, element_id(e), name);
	}
	return answer(v, yes);
}

/* ---- what state ---- */

struct census {
	unsigned total, with;
};

static bool has_state(const struct resource *r, const char *state)
{
	bool active = r->role == ROLE_STARTED || r->role == ROLE_PROMOTED || r->role == ROLE_UNPROMOTED;
	if (strcmp(state, "started") == 0 || strcmp(state, "active") == 0)
		return active;
	if (strcmp(state, "stopped") == 0)
		return !active;
	if (strcmp(state, "promoted") == 0)
		return r->role == ROLE_PROMOTED;
	if (strcmp(state, "unpromoted") == 0)
		return r->role == ROLE_UNPROMOTED;
	if (strcmp(state, "failed") == 0)
		return r->failed;
	if (strcmp(state, "blocked") == 0)
		return r->blocked;
	if (strcmp(state, "managed") == 0)
		return r->managed;
	if (strcmp(state, "unmanaged") == 0)
		return !r->managed;
	if (strcmp(state, "maintenance") == 0)
		return r->maintenance;
	return strcmp(state, "orphaned") == 0 && r->removed;
}

static void count_states(struct resource *r, const char *state, const struct node *where, struct census *s)
{
	for_each_child_of(child, r) count_states(child, state, where, s);
	if (r->kind != RESOURCE_PRIMITIVE)
		return;
	s->total++;
	s->with += has_state(r, state) && (where == NULL || resource_is_active_on(r, where));
}

static bool is_disabled(const struct resource *r)
{
	for (; r != NULL; r = r->parent) {
		const char *role = table_get(r->meta, "target-role");
		if (role != NULL && g_ascii_strcasecmp(role, "Stopped") == 0)
			return true;
	}
	return false;
}

struct state_question {
	const char *state, *where, *quantity;
};

/* on-node NODE, members all|any|none, instances all|any|none */
static enum exit_code read_limit(struct verb *v, struct state_question *q, const char *word, const char *value)
{
	bool counts = strcmp(word, "members") == 0 || strcmp(word, "instances") == 0;
	if (value == NULL || (!counts && strcmp(word, "on-node") != 0))
		return verb_usage(v, "after the state: on-node NODE, members or instances with all, any or none");
	if (counts && strcmp(value, "all") != 0 && strcmp(value, "any") != 0 && strcmp(value, "none") != 0)
		return verb_fail(v, EXIT_USAGE, "%s %s: there are all, any, none", word, value);
	*(counts ? &q->quantity : &q->where) = value;
	return EXIT_OK;
}

/* STATE and limits. */
static enum exit_code read_question(struct verb *v, struct state_question *q)
{
	static const char *const states[] = {"active",      "blocked",   "disabled",  "enabled",  "failed",
					     "maintenance", "managed",   "orphaned",  "promoted", "started",
					     "stopped",     "unmanaged", "unpromoted"};
	size_t known = 0;
	*q = (struct state_question){.state = verb_word(v, 2)};
	while (q->state != NULL && known < G_N_ELEMENTS(states) && strcmp(states[known], q->state) != 0)
		known++;
	if (q->state == NULL || known == G_N_ELEMENTS(states))
		return verb_fail(
			v, EXIT_USAGE,
			"is-state: there are active, blocked, disabled, enabled, failed, maintenance, managed, "
			"orphaned, promoted, started, stopped, unmanaged, unpromoted");
	for (size_t i = 3; i < verb_word_count(v); i += 2)
		if (read_limit(v, q, verb_word(v, i), verb_word(v, i + 1)) != EXIT_OK)
			return v->code;
	if (q->quantity == NULL)
		q->quantity = q->where != NULL ? "any" : "all";
	return EXIT_OK;
}

static enum exit_code is_state(struct verb *v, const char *id)
{
	struct state_question q;
	if (read_question(v, &q) != EXIT_OK)
		return v->code;
	struct cluster *c = verb_cluster(v);
	if (c == NULL)
		return v->code;
	const struct node *node = q.where != NULL ? node_find(c, q.where) : NULL;
	struct resource *r = resource_find(c, id);
	struct census s = {0};
	if (q.where != NULL && node == NULL)
		return verb_fail(v, EXIT_NO_SUCH, "there is no node '%s'", q.where);
	if (r == NULL)
		return verb_fail(v, EXIT_NO_SUCH, "%s is configured, but is no resource of its own", id);
	if (strcmp(q.state, "disabled") == 0 || strcmp(q.state, "enabled") == 0)
		return answer(v, is_disabled(r) == (q.state[0] == 'd'));
	count_states(r, q.state, node, &s);
	if (strcmp(q.quantity, "none") == 0)
		return answer(v, s.with == 0);
	return answer(v, s.with > 0 && (strcmp(q.quantity, "any") == 0 || s.with == s.total));
}

/* ---- lists ---- */

static enum exit_code print_places(struct verb *v, const char *id)
{
	struct cluster *c = verb_cluster(v);
	if (c == NULL)
		return v->code;
	GPtrArray *places = resource_places(c, id, false);
	for (guint i = 0; i < places->len; i++)
		(void)print_word(v, g_ptr_array_index(places, i));
	g_ptr_array_unref(places);
	return EXIT_OK;
}

static enum exit_code print_members(struct verb *v, const struct element *e)
{
	if (e->name == NAME_PRIMITIVE)
		return verb_fail(v, EXIT_DATA, "%s is a primitive: there is nothing in it", element_id(e));
	for_each_child(child, e)
	{
		if (element_is_resource(child))
			(void)print_word(v, element_id(child));
	}
	return EXIT_OK;
}

static enum exit_code print_index(struct verb *v, const struct element *e)
{
	unsigned index = 0;
	if (e->parent->name != NAME_GROUP)
		return verb_fail(v, EXIT_DATA, "%s is in no group", element_id(e));
	for_each_named(member, e->parent, NAME_PRIMITIVE)
	{
		if (member == e)
			break;
		index++;
	}
	return print_word(v, arena_printf(v->io->arena, "%u", index));
}

static enum exit_code is_stonith(struct verb *v, const struct element *e)
{
	return answer(v, strcmp(element_get_or(e, NAME_CLASS, ""), "stonith") == 0);
}

static enum exit_code get_type(struct verb *v, const struct element *e)
{
	return print_word(v, type_of(e));
}

static enum exit_code ask_state(struct verb *v, const struct element *e)
{
	return is_state(v, element_id(e));
}

static enum exit_code ask_around(struct verb *v, const struct element *e)
{
	return is_in(v, e, verb_word(v, 1) + strlen("is-in-"));
}

static enum exit_code get_nodes(struct verb *v, const struct element *e)
{
	return print_places(v, element_id(e));
}

static const struct {
	const char *word;
	enum exit_code (*ask)(struct verb *v, const struct element *e);
} questions[] = {
	{"is-stonith", is_stonith},     {"is-type", is_type},
	{"get-type", get_type},         {"is-state", ask_state},
	{"is-in-group", ask_around},    {"is-in-clone", ask_around},
	{"is-in-bundle", ask_around},   {"get-nodes", get_nodes},
	{"get-members", print_members}, {"get-index-in-group", print_index},
};

static enum exit_code look_query(struct verb *v)
{
	const char *id = verb_word(v, 0), *what = verb_word(v, 1);
	if (what == NULL)
		return verb_usage(v, "name the resource and the question");
	const struct element *e = document_by_id(v->document, id);
	bool exists = e != NULL && element_is_resource(e);
	if (strcmp(what, "exists") == 0)
		return answer(v, exists);
	if (!exists)
		return verb_resource(v, id) != NULL ? EXIT_OK : v->code;
	for (size_t i = 0; i < G_N_ELEMENTS(questions); i++)
		if (strcmp(questions[i].word, what) == 0)
			return questions[i].ask(v, e);
	return verb_usage(v, arena_printf(v->io->arena, "'%s' is no question", what));
}

const struct program program_hale_status_query_resource = {
	.rules = {.name = "hale status query resource",
		  .summary = "ask something about a resource: True with 0, or False with 2",
		  .words = "ID exists | is-stonith | is-type TYPE [unique] [promotable] | get-type | is-state STATE "
			   "[on-node NODE] [members all|any|none] | is-in-group [ID] | is-in-clone [ID] | is-in-bundle "
			   "[ID] | get-nodes | get-members | get-index-in-group",
		  .details =
			  "Example: if hale status query resource web is-state started on-node n1 --quiet; then …; fi",
		  .options = query_options},
	.look = look_query,
};
