/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain-check - is what is said of a cluster true? For every document named:
 *
 * - each score that the scheduler prints is what the ledger's contributions fold to at that moment,
 * - so is each promotion score, and in the end the totals that are shown,
 * - each action of the transition has a reason, and the reason names a resource, a node, a constraint, an operation or
 *   an option of this document.
 *
 *	explain-check FILE...
 *
 * Prints "FILE: what is wrong" for each fault and a last line of sums; ends with 1 when there was a fault.
 */
#include "cib/upgrade.h"
#include "report/cause.h"
#include "report/explain.h"
#include "rules/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
	const char *file;
	struct cluster *c;
	unsigned scores, promotions, actions, faults;
};

static void fault(struct check *k, const char *what, const char *detail)
{
	printf("%s: %s: %s\n", k->file, what, detail);
	k->faults++;
}

/* --- scores --- */

/* "a b" of "x: a b allocation score on n1: 5"; false when it is no such line. */
static bool take_apart(char *line, const char *between, char **ret_rsc, char **ret_node, char **ret_score)
{
	char *middle = strstr(line, between), *colon = strrchr(line, ':');
	if (middle == NULL || colon == NULL || colon < middle)
		return false;
	*middle = *colon = '\0';
	char *phase = strstr(line, ": ");
	*ret_rsc = phase != NULL ? phase + 2 : line;
	*ret_node = middle + strlen(between);
	*ret_score = colon + 2;
	return true;
}

static void check_line(void *user, const char *printed)
{
	struct check *k = user;
	char line[1024], *rsc, *node, *score;
	(void)snprintf(line, sizeof(line), "%s", printed);
	if (take_apart(line, " allocation score on ", &rsc, &node, &score)) {
		const struct resource *r = resource_find_exact(k->c, rsc);
		const struct node *n = node_find(k->c, node);
		int expected = 0;
		k->scores++;
		if (r == NULL || n == NULL || !score_parse(score, 0, &expected))
			fault(k, "score line of nobody", printed);
		else if (ledger_fold(r, n) != expected)
			fault(k, "contributions do not add up to", printed);
	} else if (take_apart(line, " promotion score on ", &rsc, &node, &score) ||
		   take_apart(line, " promotion score (inactive)", &rsc, &node, &score)) {
		const struct resource *r = resource_find_exact(k->c, rsc);
		int expected = 0;
		k->promotions++;
		if (r == NULL || !score_parse(score, 0, &expected))
			fault(k, "promotion line of nobody", printed);
		else if (ledger_fold_promotion(r) != expected)
			fault(k, "contributions do not add up to", printed);
	}
}

static void check_shown(struct check *k, const struct resource_answer *a)
{
	for (uint32_t i = 0; i < a->node_count; i++) {
		const struct node_answer *n = &a->nodes[i];
		const struct contributions *all = &n->contributions;
		int total = all->count > 0 ? all->items[all->count - 1].total : 0;
		if (n->known && total != n->score)
			fault(k, "shown total is not the score of", a->rsc->id);
		if (n->verdict.code == NULL || *n->verdict.text == '\0')
			fault(k, "no verdict for", a->rsc->id);
	}
	if (a->rsc->kind == RESOURCE_PRIMITIVE && a->choice.code == NULL)
		fault(k, "no word about what decided for", a->rsc->id);
	for (uint32_t i = 0; i < a->part_count; i++)
		check_shown(k, a->parts[i]);
}

/* --- reasons --- */

static bool names_resource(const struct cluster *c, const char *text)
{
	for (uint32_t i = 0; i < c->resource_serial; i++)
		if (c->all[i] != NULL && strstr(text, sentence_name(c->all[i])) != NULL)
			return true;
	return false;
}

static bool names_node(const struct cluster *c, const char *text)
{
	for_each_node(n, c) if (strstr(text, n->name) != NULL) return true;
	return false;
}

/* A constraint, or a set of one. */
static bool names_constraint(const struct element *constraints, const char *text)
{
	for_each_child(e, constraints)
	{
		const char *id = element_id(e);
		if ((id != NULL && strstr(text, id) != NULL) || names_constraint(e, text))
			return true;
	}
	return false;
}

static void check_reasons(struct check *k)
{
	const struct transition_answer *t = explain_transition(k->c);
	if (t->count != k->c->graph->count)
		fault(k, "actions are missing", "the order could not be walked through");
	for (uint32_t i = 0; i < t->count; i++) {
		const struct action_answer *a = &t->items[i];
		const char *text = a->reason.text;
		k->actions++;
		if (a->reason.code == NULL || text == NULL || *text == '\0')
			fault(k, "no reason", a->synapse->action->key);
		else if (!names_resource(k->c, text) && !names_node(k->c, text) &&
			 !names_constraint(document_section(k->c->document, NAME_CONSTRAINTS), text))
			fault(k, a->synapse->action->key, text);
		else if (strcmp(a->reason.code, "due") == 0 || strcmp(a->reason.code, "other") == 0)
			fault(k, "no cause is known", a->synapse->action->key);
		for (uint32_t f = 0; f < a->after_count; f++)
			if (a->after[f] >= a->number)
				fault(k, "done before what it waits for", a->synapse->action->key);
	}
}

/* --- documents --- */

static void check_file(struct check *k, const char *file)
{
	struct error error = {0};
	struct document *d = NULL;
	gchar *text = NULL;
	gsize size = 0;
	k->file = file;
	if (!g_file_get_contents(file, &text, &size, NULL) || document_parse(text, size, file, &d, &error) != ERR_OK ||
	    cib_upgrade(d, &error) != ERR_OK) {
		fault(k, "cannot be read", error.text);
		g_free(text);
		document_free(d);
		return;
	}
	g_free(text);
	if (document_section(d, NAME_STATUS) == NULL)
		(void)element_add(document_root(d), NAME_STATUS);
	const char *date = element_get(document_root(d), NAME_EXECUTION_DATE);
	k->c = cluster_new(d, date != NULL ? strtoll(date, NULL, 10) : 1700000000);
	k->c->sanitized = true;
	k->c->report = (struct score_report){.line = check_line, .user = k};
	scheduler_run(k->c);
	for (uint32_t i = 0; i < k->c->resources.count; i++)
		check_shown(k, explain_resource(k->c->resources.items[i]));
	check_reasons(k);
	cluster_free(k->c);
	document_free(d);
}

int main(int argc, char **argv)
{
	struct check k = {0};
	for (int i = 1; i < argc; i++)
		check_file(&k, argv[i]);
	printf("%d documents, %u scores, %u promotion scores, %u actions, %u faults\n", argc - 1, k.scores,
	       k.promotions, k.actions, k.faults);
	return k.faults > 0;
}
