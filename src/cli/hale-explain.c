/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale explain - why is a resource where it is, why not elsewhere, and why is each action done? */
#include "cli/json.h"
#include "cli/situation.h"

#include <string.h>

enum { OPTION_FILE = 1, OPTION_TRANSITION, OPTION_ALL_ACTIONS, OPTION_FORMAT };

static const struct option options[] = {
	{.help = "What to explain:"},
	{OPTION_TRANSITION, 't', "transition", NULL, "Every action that the cluster would do now, and why"},
	{OPTION_ALL_ACTIONS, 'a', "all-actions", NULL,
	 "With --transition: also the points between actions, where nothing is done"},
	{.help = "Input and output:"},
	{OPTION_FILE, 'x', "xml-file", "FILE",
	 "Read the configuration with its status from FILE (- is standard input)"},
	{OPTION_FILE, 'f', "file", "FILE", "Likewise, as the other commands call it"},
	{OPTION_FORMAT, 0, "output-format", "FORMAT", "text (default), json or xml"},
	{0},
};

struct question {
	struct situation situation;
	struct program_io *io;
	enum answer_form form;
};

static int unknown_resource(const struct question *q, const struct cluster *c, const char *id)
{
	enum { SIMILAR_MAX = 3 };
	const char *similar[SIMILAR_MAX];
	uint32_t count = explain_similar(c, id, similar, SIMILAR_MAX);
	fprintf(q->io->err, "hale explain: there is no resource '%s'", id);
	for (uint32_t i = 0; i < count; i++)
		fprintf(q->io->err, "%s%s", i == 0 ? "; did you mean " : i + 1 < count ? ", " : " or ", similar[i]);
	fprintf(q->io->err, "%s\n", count > 0 ? "?" : "");
	return EXIT_NO_SUCH;
}

static int unknown_node(const struct question *q, const struct cluster *c, const char *name)
{
	fprintf(q->io->err, "hale explain: there is no node '%s'; there are", name);
	for_each_node(n, c) fprintf(q->io->err, " %s", node_name(n));
	fputs("\n", q->io->err);
	return EXIT_NO_SUCH;
}

/* Of what is configured by this name, but has numbers as a unique clone's instances have, the clone. */
static struct resource *find_clone_of(struct cluster *c, const char *id)
{
	struct resource *r = resource_find_exact(c, arena_printf(&c->arena, "%s:0", id));
	while (r != NULL && r->kind != RESOURCE_CLONE)
		r = r->parent;
	return r;
}

/* The resource of this name; of an anonymous clone's instances, which share their name, the clone. */
static struct resource *find_resource(struct cluster *c, const char *id)
{
	struct resource *r = resource_find_exact(c, id);
	if (r == NULL)
		r = resource_find(c, id);
	if (r != NULL && strcmp(r->id, id) != 0 && r->parent != NULL && resource_is_anonymous_clone(r->parent))
		r = r->parent;
	return r != NULL ? r : find_clone_of(c, id);
}

static int explain_one(struct question *q, struct cluster *c, const char *const *words, size_t word_count)
{
	struct resource *r = find_resource(c, words[0]);
	if (r == NULL)
		return unknown_resource(q, c, words[0]);
	const struct node *node = NULL;
	if (word_count > 1 && (node = node_find(c, words[1])) == NULL)
		return unknown_node(q, c, words[1]);
	const struct resource_answer *a = explain_resource(r);
	if (q->form != ANSWER_TEXT) {
		answer_print(json_resource(a, node), q->form, "explanation", q->io->out);
		return EXIT_OK;
	}
	GString *text = g_string_new(NULL);
	explain_resource_print(a, node, text);
	fputs(text->str, q->io->out);
	(void)g_string_free(text, TRUE);
	return EXIT_OK;
}

static int explain_all_actions(const struct question *q, struct cluster *c, bool pseudo)
{
	const struct transition_answer *t = explain_transition(c);
	if (q->form != ANSWER_TEXT) {
		answer_print(json_transition(t), q->form, "transition", q->io->out);
		return EXIT_OK;
	}
	GString *text = g_string_new(NULL);
	explain_transition_print(t, pseudo, text);
	fputs(text->str, q->io->out);
	(void)g_string_free(text, TRUE);
	return EXIT_OK;
}

static int complain(const struct program_io *io, const char *text)
{
	fprintf(io->err, "hale explain: %s\n", text);
	return EXIT_USAGE;
}

static int run(struct program_io *io, const struct command_line *line)
{
	bool transition = line_has(line, OPTION_TRANSITION);
	struct question q = {.io = io};
	if (!answer_form_parse(line_value(line, OPTION_FORMAT), &q.form))
		return complain(io, "--output-format is text, json or xml");
	if (transition ? line->word_count > 0 : line->word_count < 1 || line->word_count > 2)
		return complain(io, "name a resource and, if you like, a node; or ask for --transition alone");
	int code = situation_open(&q.situation, io, "hale explain", line_value(line, OPTION_FILE));
	if (code != EXIT_OK)
		return code;
	struct cluster *c = situation_cluster(&q.situation);
	scheduler_run(c);
	code = transition ? explain_all_actions(&q, c, line_has(line, OPTION_ALL_ACTIONS))
			  : explain_one(&q, c, line->words, line->word_count);
	cluster_free(c);
	situation_close(&q.situation);
	return code;
}

const struct program program_hale_explain = {
	.rules = {.name = "hale explain",
		  .summary = "say why a resource is where it is, and why each action is done",
		  .words = "[RESOURCE [NODE]]",
		  .details = "For each node: the score and what it is made of, what keeps the resource away, and the "
			     "commands that would change it. Scores add up; -INFINITY wins over everything, INFINITY "
			     "over anything else. Without --xml-file it reads the running cluster, or the file that "
			     "CIB_file names.\n\n"
			     "Examples: 'hale explain web' tells all about web; 'hale explain web n2' why it is, or is "
			     "not, on n2; 'hale explain --transition' what the cluster is about to do, and why.\n\n"
			     "Exit codes: 0 explained, 64 wrong words, 78 the configuration is wrong, 102 no cluster "
			     "runs here, 105 no such "
			     "file, resource or node.",
		  .options = options},
	.run = run,
};
