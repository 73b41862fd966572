/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale constraint delete; order, colocation, ticket delete. */
#include "cli/constraint-words.h"

#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};

/* By id; of a rule, the constraint that it makes. */
static struct element *by_id(struct verb *v, const char *id)
{
	struct element *c = document_by_id(v->document, id);
	if (c != NULL && c->name == NAME_RULE)
		c = c->parent;
	return c != NULL && c->parent != NULL && c->parent->name == NAME_CONSTRAINTS ? c : NULL;
}

static enum exit_code change_delete(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name constraints by id: hale constraint config shows them");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		struct element *c = by_id(v, verb_word(v, i));
		if (c == NULL)
			return verb_fail(v, EXIT_NO_SUCH, "there is no constraint '%s'", verb_word(v, i));
		element_remove(c);
	}
	return EXIT_OK;
}

const struct program program_hale_constraint_delete = {
	.rules = {.name = "hale constraint delete",
		  .summary = "delete constraints",
		  .words = "ID…",
		  .options = edit_options},
	.change = change_delete,
};

/* ---- by what they are about ---- */

/* Out of the sets; what is empty then goes. Whether anything was there. */
static bool leave_sets(struct element *c, const char *id)
{
	bool had = false;
	for (struct element *set = element_first_named(c, NAME_RESOURCE_SET), *next; set != NULL; set = next) {
		next = element_next_named(set);
		struct element *member = element_child_by_id(set, NAME_RESOURCE_REF, id);
		if (member == NULL)
			continue;
		had = true;
		element_remove(member);
		if (element_first_named(set, NAME_RESOURCE_REF) == NULL)
			element_remove(set);
	}
	if (had && element_first_named(c, NAME_RESOURCE_SET) == NULL)
		element_remove(c);
	return had;
}

static bool is_pair(const struct element *c, cib_name a, const char *first, cib_name b, const char *second)
{
	return strcmp(element_get_or(c, a, ""), first) == 0 && strcmp(element_get_or(c, b, ""), second) == 0;
}

/* Those of a kind that fit; one: a resource that an order is about, two: both of a colocation, or ticket and resource.
 */
static unsigned delete_about(struct verb *v, cib_name kind, const char *one, const char *two)
{
	unsigned count = 0;
	struct element *all = document_section(v->document, NAME_CONSTRAINTS);
	for (struct element *c = element_first_named(all, kind), *next; c != NULL; c = next) {
		next = element_next_named(c);
		bool whole = kind == NAME_RSC_ORDER ? strcmp(element_get_or(c, NAME_FIRST, ""), one) == 0 ||
							      strcmp(element_get_or(c, NAME_THEN, ""), one) == 0
			     : kind == NAME_RSC_TICKET ? is_pair(c, NAME_TICKET, one, NAME_RSC, two)
						       : is_pair(c, NAME_RSC, one, NAME_WITH_RSC, two) ||
								 is_pair(c, NAME_RSC, two, NAME_WITH_RSC, one);
		bool in_set = kind == NAME_RSC_ORDER ||
			      (kind == NAME_RSC_TICKET && strcmp(element_get_or(c, NAME_TICKET, ""), one) == 0);
		if (whole)
			element_remove(c);
		if (whole || (in_set && leave_sets(c, kind == NAME_RSC_ORDER ? one : two)))
			count++;
	}
	return count;
}

/* Ids of constraints are understood too, as hale constraint delete does. */
static bool are_ids(struct verb *v, cib_name kind)
{
	for (size_t i = 0; i < verb_word_count(v); i++) {
		const struct element *c = by_id(v, verb_word(v, i));
		if (c == NULL || c->name != kind)
			return false;
	}
	return verb_word_count(v) > 0;
}

static enum exit_code change_order_delete(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name resources");
	if (are_ids(v, NAME_RSC_ORDER))
		return change_delete(v);
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (delete_about(v, NAME_RSC_ORDER, verb_word(v, i), NULL) == 0)
			return verb_fail(v, EXIT_NO_SUCH, "no order is about '%s'", verb_word(v, i));
	return EXIT_OK;
}

static enum exit_code delete_pair(struct verb *v, cib_name kind)
{
	if (are_ids(v, kind))
		return change_delete(v);
	if (verb_word_count(v) != 2)
		return verb_usage(v, kind == NAME_RSC_TICKET ? "name the ticket and the resource"
							     : "name the two resources");
	return delete_about(v, kind, verb_word(v, 0), verb_word(v, 1)) > 0
		       ? EXIT_OK
		       : verb_fail(v, EXIT_NO_SUCH, "there is no such constraint of %s and %s", verb_word(v, 0),
				   verb_word(v, 1));
}

static enum exit_code change_colocation_delete(struct verb *v)
{
	return delete_pair(v, NAME_RSC_COLOCATION);
}

static enum exit_code change_ticket_delete(struct verb *v)
{
	return delete_pair(v, NAME_RSC_TICKET);
}

const struct program program_hale_constraint_order_delete = {
	.rules = {.name = "hale constraint order delete",
		  .summary = "delete what resources wait for, and what waits for them; from sets only themselves",
		  .words = "RESOURCE… | ID…",
		  .options = edit_options},
	.change = change_order_delete,
};

const struct program program_hale_constraint_colocation_delete = {
	.rules = {.name = "hale constraint colocation delete",
		  .summary = "let two resources be where they like, without regard to each other",
		  .words = "RESOURCE RESOURCE | ID…",
		  .options = edit_options},
	.change = change_colocation_delete,
};

const struct program program_hale_constraint_ticket_delete = {
	.rules = {.name = "hale constraint ticket delete",
		  .summary = "let a resource run without a ticket",
		  .words = "TICKET RESOURCE | ID…",
		  .options = edit_options},
	.change = change_ticket_delete,
};
