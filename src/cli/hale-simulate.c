/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale simulate - what would the cluster do if, and would it still fit? */
#include "cli/json.h"
#include "cli/picture.h"
#include "cli/situation.h"
#include "cli/what-if.h"
#include "report/status.h"
#include "report/survival.h"
#include "transition/rehearsal.h"

#include <string.h>

static const struct option options[] = {
	{.help = "What if (any number of them, in the order given):"},
	{IF_NODE_LOST, 0, "node-lost", "NODE", "NODE leaves the cluster"},
	{IF_NODE_FENCE, 0, "node-fence", "NODE", "NODE is lost and nobody knows what runs there: it is fenced"},
	{IF_NODE_UP, 0, "node-up", "NODE", "NODE comes online"},
	{IF_NODE_STANDBY, 0, "node-standby", "NODE", "NODE is put into standby"},
	{IF_NODE_UNSTANDBY, 0, "node-unstandby", "NODE", "NODE is taken out of standby"},
	{IF_FAIL, 0, "fail", "RSC[:OP][@NODE]", "An operation (monitor) of RSC fails, where it runs or on NODE"},
	{IF_DISABLE, 0, "disable", "RSC", "RSC is to be stopped"},
	{IF_ENABLE, 0, "enable", "RSC", "RSC is to be started"},
	{IF_SET, 0, "set", "NODE:NAME=VALUE", "NODE has this attribute"},
	{IF_OPTION, 0, "option", "NAME=VALUE", "The cluster has this option"},
	{IF_TICKET, 0, "ticket", "T=STATE", "Ticket T is granted, revoked, standby or active"},
	{IF_QUORUM, 0, "quorum", "yes|no", "This part of the cluster has quorum, or not"},
	{IF_AT, 0, "at", "TIME", "It is TIME (ISO 8601)"},
	{IF_IN, 0, "in", "DURATION", "It is later by DURATION, such as 10min, 2h or P1D"},
	{.help = "Whether it fits:"},
	{IF_EACH_NODE_LOST, 0, "each-node-lost", NULL, "Lose one node after the other: what moves, what stays down"},
	{IF_COUNT_QUORUM, 0, "count-quorum", NULL, "With it: no quorum unless more than half of all nodes are left"},
	{.help = "Input and output:"},
	{IF_FILE, 'x', "xml-file", "FILE", "Read the configuration with its status from FILE (- is standard input)"},
	{IF_FILE, 'f', "file", "FILE", "Likewise, as the other commands call it"},
	{IF_PICTURE, 0, "picture", "FILE",
	 "Draw what would be done, as FILE.dot or FILE.svg (for this Graphviz is needed)"},
	{IF_FORMAT, 0, "output-format", "FORMAT", "text (default), json or xml"},
	{0},
};

enum { ROUNDS_MAX = 5 };

struct simulation {
	struct program_io *io;
	const struct command_line *line;
	struct situation situation;
	enum answer_form form;
	GString *text;
	struct outline outline;
	json_t *answer; /* all of it, for JSON and XML */
};

static void flush(struct simulation *s)
{
	if (s->form == ANSWER_TEXT)
		fputs(s->text->str, s->io->out);
	g_string_truncate(s->text, 0);
}

/* --- what stays stopped --- */

static bool stays_stopped(const struct resource *r)
{
	if (r->kind != RESOURCE_PRIMITIVE || r->removed || (r->parent != NULL && resource_is_clone(r->parent)))
		return false;
	const struct action *start =
		r->assigned != NULL ? action_find_task((struct resource *)(uintptr_t)r, TASK_START, r->assigned) : NULL;
	bool blocked = start != NULL && !action_is(start, ACTION_RUNNABLE) && !action_is(start, ACTION_OPTIONAL);
	return (r->assigned == NULL && (r->managed || r->active.count == 0)) || blocked;
}

static void tell_stopped(struct simulation *s, struct cluster *c)
{
	json_t *list = json_array();
	outline_begin(&s->outline, "Stays stopped");
	for (uint32_t i = 0; i < c->resource_serial; i++) {
		if (c->all[i] == NULL || !stays_stopped(c->all[i]))
			continue;
		const struct resource_answer *a = explain_resource(c->all[i]);
		const struct sentence *why =
			a->waiting.count > 0 ? &a->waiting.items[a->waiting.count - 1] : &a->choice;
		outline_item(&s->outline, "%s: %s", c->all[i]->id, why->text);
		json_t *o = json_pack("{s:s, s:o}", "resource", c->all[i]->id, "why", json_sentence(why));
		(void)json_array_append_new(list, o);
	}
	outline_end(&s->outline);
	if (s->form != ANSWER_TEXT)
		(void)json_object_set_new(s->answer, "stays_stopped", list);
	else
		json_decref(list);
}

/* --- what would be done --- */

static void tell_done(struct simulation *s, struct cluster *c, int round)
{
	if (s->form != ANSWER_TEXT) {
		(void)json_array_append_new(json_object_get(s->answer, "rounds"), json_changes(c));
		return;
	}
	outline_begin(&s->outline, "%s", round == 0 ? "The cluster would" : "And then");
	size_t before = s->text->len;
	summary_report(&s->outline, c);
	if (s->text->len == before)
		outline_item(&s->outline, "change nothing that runs (%u actions, see hale explain --transition)",
			     c->graph->count);
	outline_end(&s->outline);
	outline_space(&s->outline);
}

static void tell_after(struct simulation *s)
{
	struct cluster *c = situation_cluster(&s->situation);
	scheduler_read_status(c);
	if (s->form != ANSWER_TEXT)
		(void)json_object_set_new(s->answer, "after", json_state(c));
	else
		status_report(&s->outline, c, STATUS_NODES | STATUS_RESOURCES, "Afterwards");
	cluster_free(c);
}

/* One round: decide, tell, rehearse. ret_rest: there was nothing to do. */
static int do_round(struct simulation *s, int round, bool *ret_rest)
{
	struct cluster *c = situation_cluster(&s->situation);
	scheduler_run(c);
	*ret_rest = c->graph->count == 0;
	int code = EXIT_OK;
	if (round == 0 && line_has(s->line, IF_PICTURE))
		code = picture_write(s->io, "hale simulate", c, line_value(s->line, IF_PICTURE));
	if (round == 0 || !*ret_rest)
		tell_done(s, c, round);
	if (round == 0)
		tell_stopped(s, c);
	struct rehearsal r = {.document = s->situation.document, .cluster = c, .now = s->situation.now};
	if (code == EXIT_OK && !*ret_rest && !rehearse(&r)) {
		fputs("hale simulate: not all of it can be done: some actions wait for each other\n", s->io->err);
		code = EXIT_FATAL;
	}
	cluster_free(c);
	flush(s);
	return code;
}

static int simulate(struct simulation *s)
{
	bool rest = false;
	int code = EXIT_OK;
	for (int round = 0; round < ROUNDS_MAX && !rest && code == EXIT_OK; round++)
		code = do_round(s, round, &rest);
	if (code != EXIT_OK)
		return code;
	s->outline.spacer = true;
	tell_after(s);
	flush(s);
	return EXIT_OK;
}

static int survive(struct simulation *s)
{
	struct survival *all =
		survival_new(s->situation.document, s->situation.now, line_has(s->line, IF_COUNT_QUORUM));
	bool fits = all->fits;
	if (s->form != ANSWER_TEXT)
		json_survival(s->answer, all);
	else
		survival_print(all, s->text);
	flush(s);
	survival_free(all);
	return fits ? EXIT_OK : EXIT_ERROR;
}

static void tell_wish(void *user, const char *text)
{
	struct simulation *s = user;
	if (s->form != ANSWER_TEXT)
		(void)json_array_append_new(json_object_get(s->answer, "if"), json_string(text));
	else
		outline_item(&s->outline, "%s", text);
}

static int change(struct simulation *s)
{
	struct what_if w = {.situation = &s->situation, .tell = tell_wish, .user = s};
	bool any = false;
	for (size_t i = 0; i < s->line->given_count; i++)
		any |= s->line->given[i].id < IF_CHANGES_END;
	if (!any)
		return EXIT_OK;
	outline_begin(&s->outline, "If");
	int code = what_if_apply(&w, s->line);
	outline_end(&s->outline);
	outline_space(&s->outline);
	return code;
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct simulation s = {.io = io, .line = line};
	if (!answer_form_parse(line_value(line, IF_FORMAT), &s.form)) {
		fputs("hale simulate: --output-format is text, json or xml\n", io->err);
		return EXIT_USAGE;
	}
	if (line_has(line, IF_PICTURE) && !picture_is_named(io, "hale simulate", line_value(line, IF_PICTURE)))
		return EXIT_USAGE;
	int code = situation_open(&s.situation, io, "hale simulate", line_value(line, IF_FILE));
	if (code != EXIT_OK)
		return code;
	s.text = g_string_new(NULL);
	s.outline = (struct outline){.out = s.text};
	s.answer = json_pack("{s:[], s:[]}", "if", "rounds");
	code = change(&s);
	if (code == EXIT_OK)
		code = line_has(line, IF_EACH_NODE_LOST) ? survive(&s) : simulate(&s);
	if (s.form != ANSWER_TEXT && (code == EXIT_OK || code == EXIT_ERROR))
		answer_print(json_incref(s.answer), s.form, "simulation", io->out);
	json_decref(s.answer);
	(void)g_string_free(s.text, TRUE);
	situation_close(&s.situation);
	return code;
}

const struct program program_hale_simulate = {
	.rules = {.name = "hale simulate",
		  .summary = "show what the cluster would do if something happened",
		  .details =
			  "Nothing is changed: all of it happens to a copy of the configuration. Shown are what the "
			  "cluster would do, what stays stopped and why, and the state after it. Without --xml-file it "
			  "reads the running cluster, or the file that CIB_file names.\n\n"
			  "Examples: 'hale simulate --node-lost n2'; 'hale simulate --fail web@n1 --in 10min'; 'hale "
			  "simulate --each-node-lost --count-quorum' before maintenance.\n\n"
			  "Exit codes: 0 shown (with --each-node-lost: everything fits), 1 not everything fits, 64 "
			  "wrong words, 69 Graphviz is missing, 73 a file cannot be written, 78 the "
			  "configuration is wrong, 100 the actions wait for each other, 102 no cluster runs here, 105 "
			  "no such file, node or "
			  "resource.",
		  .options = options},
	.run = run,
};
