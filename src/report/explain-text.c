/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An answer as people read it, and names that are nearly right. */
#include "report/explain.h"
#include "rules/score.h"

#include <string.h>

/* --- text --- */

static void indent(GString *out, int depth)
{
	for (int i = 0; i < depth; i++)
		g_string_append(out, "  ");
}

static void print_contributions(const struct contributions *all, int depth, GString *out)
{
	char buffer[16];
	for (uint32_t i = 0; i < all->count; i++) {
		const struct contribution *k = &all->items[i];
		if (k->score == 0 && !k->replaces)
			continue;
		indent(out, depth);
		const char *sign = k->replaces ? "=" : k->score > 0 ? "+" : "";
		char *score = g_strdup_printf("%s%s", sign, score_text(k->score, buffer));
		g_string_append_printf(out, "%10s  %s", score, k->why.text);
		g_free(score);
		if (i + 1 < all->count && k->total == -SCORE_INFINITY && !k->replaces)
			g_string_append(out, " [-INFINITY wins over what follows]");
		g_string_append_c(out, '\n');
	}
}

/* Whether it stands above already. */
static bool is_told(const struct node_answer *a, const char *text)
{
	for (uint32_t i = 0; i < a->contributions.count; i++)
		if (strcmp(a->contributions.items[i].why.text, text) == 0)
			return true;
	for (uint32_t i = 0; i < a->obstacles.count; i++)
		if (strcmp(a->obstacles.items[i].text, text) == 0)
			return true;
	return false;
}

static void print_node(const struct node_answer *a, int depth, GString *out)
{
	char buffer[16];
	indent(out, depth);
	g_string_append_printf(out, "%s: %s%s - %s\n", node_name(a->node),
			       a->known ? score_text(a->score, buffer) : "no score",
			       a->chosen ? ", chosen"
			       : a->here ? ", runs there now"
					 : "",
			       a->verdict.text);
	print_contributions(&a->contributions, depth + 1, out);
	for (uint32_t i = 1; i < a->obstacles.count; i++) {
		indent(out, depth + 1);
		g_string_append_printf(out, "also: %s\n", a->obstacles.items[i].text);
	}
	if (a->cures.count == 0)
		return;
	indent(out, depth + 1);
	g_string_append_printf(out, "to have it on %s:\n", node_name(a->node));
	for (uint32_t i = 0; i < a->cures.count; i++) {
		indent(out, depth + 2);
		g_string_append_printf(out, "%u. %s\n", i + 1, a->cures.items[i].cure);
		if (is_told(a, a->cures.items[i].text))
			continue;
		indent(out, depth + 3);
		g_string_append_printf(out, "because %s\n", a->cures.items[i].text);
	}
}

static void print_sentences(const struct sentences *l, const char *mark, int depth, GString *out)
{
	for (uint32_t i = 0; i < l->count; i++) {
		indent(out, depth);
		g_string_append_printf(out, "%s%s\n", mark, l->items[i].text);
		if (l->items[i].cure == NULL)
			continue;
		indent(out, depth + 2);
		g_string_append_printf(out, "%s\n", l->items[i].cure);
	}
}

static void print_answer(const struct resource_answer *a, const struct node *node, int depth, GString *out)
{
	indent(out, depth);
	g_string_append_printf(out, "%s (%s): ", a->rsc->id, a->kind);
	if (strcmp(a->now, a->then) == 0)
		g_string_append_printf(out, "%s, and stays so\n", a->now);
	else
		g_string_append_printf(out, "%s now, will be %s\n", a->now, a->then);
	print_sentences(&a->reasons, "! ", depth + 1, out);
	print_sentences(&a->waiting, "waiting: ", depth + 1, out);
	if (a->choice.code != NULL) {
		indent(out, depth + 1);
		g_string_append_printf(out, "%s: %s\n", a->rsc->assigned != NULL ? "why there" : "why nowhere",
				       a->choice.text);
	}
	if (a->has_promotion) {
		char buffer[16];
		indent(out, depth + 1);
		g_string_append_printf(out, "promotion: %s - %s\n", score_text(a->promotion_score, buffer),
				       a->promoted.text);
		print_contributions(&a->promotion, depth + 2, out);
	}
	for (uint32_t i = 0; i < a->node_count; i++)
		if (node == NULL || a->nodes[i].node == node)
			print_node(&a->nodes[i], depth + 1, out);
	for (uint32_t i = 0; i < a->part_count; i++)
		print_answer(a->parts[i], node, depth + 1, out);
}

void explain_resource_print(const struct resource_answer *a, const struct node *node, GString *out)
{
	print_answer(a, node, 0, out);
}

/* --- names that are nearly right --- */

enum { NAME_MAX_COMPARED = 64 };

/* How many letters have to be changed, added or taken away. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_COMPARED + 1];
	size_t n = strnlen(a, NAME_MAX_COMPARED), m = strnlen(b, NAME_MAX_COMPARED);
	for (size_t k = 0; k <= m; k++)
		row[k] = (unsigned)k;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t k = 1; k <= m; k++) {
			unsigned above = row[k];
			unsigned best = diagonal + (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[k - 1]));
			best = above + 1 < best ? above + 1 : best;
			row[k] = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
			diagonal = above;
		}
	}
	return row[m];
}

uint32_t explain_similar(const struct cluster *c, const char *id, const char **ret_ids, uint32_t max)
{
	uint32_t count = 0;
	size_t length = strnlen(id, NAME_MAX_COMPARED);
	for (unsigned wrong = 0; wrong <= length / 3 + 1; wrong++)
		for (uint32_t i = 0; i < c->resource_serial && count < max; i++) {
			const struct resource *r = c->all[i];
			if (r == NULL || (resource_is_instance(r) && r->part == PART_NONE))
				continue;
			bool begins = wrong == 0 && length >= 2 && strncmp(r->id, id, length) == 0;
			if (!begins && distance(r->id, id) != wrong)
				continue;
			bool told = false;
			for (uint32_t k = 0; k < count; k++)
				told |= strcmp(ret_ids[k], r->id) == 0;
			if (!told)
				ret_ids[count++] = r->id;
		}
	return count;
}
