/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale constraint order set, colocation set, ticket set, and ticket add: constraints of sets of resources, and of
 * tickets. */
#include "cli/constraint-words.h"

#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};

static const struct set_kind {
	const char *verb;
	cib_name kind;
	const char *id;
	const char *options[6], *set_options[6]; /* end in NULL */
} kinds[] = {
	{"hale constraint order set",
	 NAME_RSC_ORDER,
	 "order",
	 {"id", "kind", "symmetrical", NULL},
	 {"action", "require-all", "role", "sequential", NULL}},
	{"hale constraint colocation set",
	 NAME_RSC_COLOCATION,
	 "colocation",
	 {"id", "score", NULL},
	 {"role", "sequential", NULL}},
	{"hale constraint ticket set",
	 NAME_RSC_TICKET,
	 "ticket",
	 {"id", "loss-policy", "ticket", NULL},
	 {"role", NULL}},
};

static bool ends_set(const char *word)
{
	return word == NULL || strcmp(word, "set") == 0 || strcmp(word, "setoptions") == 0;
}

/* Words a and b as pcs puts them into an id: the first and the last letter of each. */
static void add_letters(GString *id, const char *name)
{
	if (*name != '\0')
		g_string_append_printf(id, "%c%c", name[0], name[strlen(name) - 1]);
}

/* "order_set_AABBDD": of resources that are told before any option. */
static const char *new_id(struct verb *v, const struct set_kind *k)
{
	GString *s = g_string_new(k->id);
	g_string_append(s, "_set_");
	for (size_t i = 0; verb_word(v, i) != NULL && strcmp(verb_word(v, i), "setoptions") != 0; i++)
		if (!ends_set(verb_word(v, i)) && strchr(verb_word(v, i), '=') == NULL)
			add_letters(s, verb_word(v, i));
	const char *id = verb_free_id(v, "%s", s->str);
	(void)g_string_free(s, TRUE);
	return id;
}

/* RESOURCE… [name=value…], from *at to its end. */
static enum exit_code put_set(struct verb *v, const struct set_kind *k, struct element *c, size_t *at, unsigned number)
{
	struct element *set = element_add(c, NAME_RESOURCE_SET);
	const char *id = arena_printf(v->io->arena, number > 0 ? "%s_set-%u" : "%s_set", element_id(c), number);
	element_set(set, NAME_ID, id);
	for (; !ends_set(verb_word(v, *at)); (*at)++) {
		const char *word = verb_word(v, *at);
		if (strchr(word, '=') == NULL) {
			const char *rsc = constraint_words_resource(v, word);
			if (rsc == NULL)
				return v->code;
			element_set(element_add(set, NAME_RESOURCE_REF), NAME_ID, rsc);
			continue;
		}
		if (constraint_words_option(v, set, word, k->set_options) != EXIT_OK)
			return v->code;
	}
	return element_first(set) != NULL ? EXIT_OK : verb_usage(v, "a set has no resources");
}

static enum exit_code change_set(struct verb *v)
{
	const struct set_kind *k = kinds;
	while (strcmp(k->verb, v->name) != 0)
		k++;
	size_t at = 0;
	unsigned number = 0;
	if (ends_set(verb_word(v, 0)))
		return verb_usage(v, "name the resources of the first set");
	const char *id = NULL;
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (strcmp(verb_word(v, i), "setoptions") == 0)
			id = verb_named(v, "id");
	struct element *c = constraint_words_new(v, k->kind, id != NULL ? id : new_id(v, k));
	if (k->kind == NAME_RSC_COLOCATION)
		element_set(c, NAME_SCORE, "INFINITY");
	while (verb_word(v, at) != NULL && strcmp(verb_word(v, at), "setoptions") != 0) {
		if (strcmp(verb_word(v, at), "set") == 0)
			at++;
		if (put_set(v, k, c, &at, number++) != EXIT_OK)
			return v->code;
	}
	if (verb_word(v, at) != NULL && constraint_words_options(v, c, at + 1, k->options) != EXIT_OK)
		return v->code;
	if (k->kind == NAME_RSC_TICKET && element_get(c, NAME_TICKET) == NULL)
		return verb_usage(v, "name the ticket: setoptions ticket=NAME");
	return constraint_words_put(v, c);
}

const struct program program_hale_constraint_order_set = {
	.rules = {.name = "hale constraint order set",
		  .summary = "say in which order sets of resources start",
		  .words = "ID… [sequential=false] [require-all=false] [action=ACTION] [set ID… …]… [setoptions "
			   "[kind=KIND] [symmetrical=false] [id=ID]]",
		  .details = "One set after the other; within a set one resource after the other, unless it is "
			     "sequential=false.",
		  .options = edit_options},
	.change = change_set,
};

const struct program program_hale_constraint_colocation_set = {
	.rules = {.name = "hale constraint colocation set",
		  .summary = "say that sets of resources are together, or apart",
		  .words = "ID… [sequential=false] [role=ROLE] [set ID… …]… [setoptions [score=SCORE] [id=ID]]",
		  .options = edit_options},
	.change = change_set,
};

const struct program program_hale_constraint_ticket_set = {
	.rules = {.name = "hale constraint ticket set",
		  .summary = "say that sets of resources need a ticket",
		  .words = "ID… [role=ROLE] [set ID… …]… setoptions ticket=TICKET [loss-policy=POLICY] [id=ID]",
		  .options = edit_options},
	.change = change_set,
};

/* ---- tickets ---- */

static enum exit_code change_ticket_add(struct verb *v)
{
	static const char *const names[] = {"loss-policy", "id", NULL};
	const char *ticket = verb_word(v, 0), *role = constraint_words_role(verb_word(v, 1));
	size_t at = role != NULL ? 2 : 1;
	if (verb_word(v, at) == NULL || strchr(verb_word(v, at), '=') != NULL)
		return verb_usage(v, "name the ticket and the resource");
	const char *rsc = constraint_words_resource(v, verb_word(v, at));
	if (rsc == NULL)
		return v->code;
	struct element *c = constraint_words_new(
		v, NAME_RSC_TICKET,
		verb_free_id(v, "ticket-%s-%s%s%s", ticket, rsc, role != NULL ? "-" : "", role != NULL ? role : ""));
	element_set(c, NAME_RSC, rsc);
	element_set(c, NAME_TICKET, ticket);
	if (role != NULL)
		element_set(c, NAME_RSC_ROLE, role);
	if (constraint_words_options(v, c, at + 1, names) != EXIT_OK)
		return v->code;
	return constraint_words_put(v, c);
}

const struct program program_hale_constraint_ticket_add = {
	.rules = {.name = "hale constraint ticket add",
		  .summary = "say that a resource needs a ticket",
		  .words = "TICKET [ROLE] RESOURCE [loss-policy=stop|demote|fence|freeze] [id=ID]",
		  .options = edit_options},
	.change = change_ticket_add,
};
