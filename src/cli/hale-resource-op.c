/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource op add, delete - operations of a resource. */
#include "cli/nvset.h"
#include "cli/primitive.h"
#include "rules/interval.h"

#include <string.h>

static const struct option options[] = {VERB_OPTIONS_EDIT, {0}};

static struct element *find_primitive(struct verb *v, const char *id)
{
	struct element *e = verb_resource(v, id);
	if (e == NULL || e->name == NAME_PRIMITIVE || e->name == NAME_TEMPLATE)
		return e;
	(void)verb_fail(v, EXIT_DATA, "%s is a <%s>: what is in it has operations", id, element_tag(e));
	return NULL;
}

static enum exit_code change_add(struct verb *v)
{
	if (verb_word_count(v) < 2)
		return verb_usage(v, "name the resource and the operation");
	if (strchr(verb_word(v, 1), '=') != NULL)
		return verb_usage(v, "name the operation before its options");
	struct element *e = find_primitive(v, verb_word(v, 0));
	if (e == NULL)
		return v->code;
	struct agent_info info = primitive_agent(v, e);
	GPtrArray *words = g_ptr_array_new();
	for (size_t i = 1; i < verb_word_count(v); i++)
		g_ptr_array_add(words, (gpointer)(uintptr_t)verb_word(v, i));
	enum exit_code code = primitive_add_operation(v, e, words, &info);
	g_ptr_array_unref(words);
	return code;
}

const struct program program_hale_resource_op_add = {
	.rules = {.name = "hale resource op add",
		  .summary =
			  "have the cluster do something with a resource: watch it more often, start it with patience",
		  .words = "ID ACTION [NAME=VALUE…]",
		  .details = "Options: interval, timeout, on-fail, role, enabled, start-delay; anything else is a "
			     "parameter of the operation, as OCF_CHECK_LEVEL.\n\nExample: hale resource op add web "
			     "monitor interval=60s timeout=30s OCF_CHECK_LEVEL=10",
		  .options = options},
	.change = change_add,
};

/* ---- delete ---- */

static bool same_value(const char *name, const char *a, const char *b)
{
	int64_t x, y;
	bool is_time = strcmp(name, "interval") == 0 || strcmp(name, "timeout") == 0;
	return is_time && interval_parse_ms(a, &x) && interval_parse_ms(b, &y) ? x == y : strcmp(a, b) == 0;
}

/* Whether an operation has all that the words from the third on say. */
static bool fits(struct verb *v, const struct element *op)
{
	for (size_t i = 2; i < verb_word_count(v); i++) {
		const char *equal = strchr(verb_word(v, i), '=');
		if (equal == NULL)
			return false;
		const char *name = arena_string_n(v->io->arena, verb_word(v, i), (size_t)(equal - verb_word(v, i)));
		const char *its = element_get(op, document_name(v->document, name));
		if (its == NULL)
			its = nvset_get(op, NAME_INSTANCE_ATTRIBUTES, name);
		if (its == NULL || !same_value(name, its, equal + 1))
			return false;
	}
	return true;
}

static void remove_operation(struct element *op)
{
	struct element *all = op->parent;
	element_remove(op);
	if (element_first_named(all, NAME_OP) == NULL)
		element_remove(all);
}

static enum exit_code change_delete(struct verb *v)
{
	unsigned count = 0;
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name the resource and the operation, or the operation's id");
	if (verb_word_count(v) == 1) {
		struct element *op = document_by_id(v->document, verb_word(v, 0));
		if (op == NULL || op->name != NAME_OP)
			return verb_fail(v, EXIT_NO_SUCH,
					 "no operation has the id '%s': hale resource config shows ids",
					 verb_word(v, 0));
		remove_operation(op);
		return EXIT_OK;
	}
	struct element *e = find_primitive(v, verb_word(v, 0));
	if (e == NULL)
		return v->code;
	struct element *all = element_first_named(e, NAME_OPERATIONS);
	for (struct element *op = element_first_named(all, NAME_OP), *next; op != NULL; op = next) {
		next = element_next_named(op);
		if (strcmp(element_get_or(op, NAME_NAME, ""), verb_word(v, 1)) != 0 || !fits(v, op))
			continue;
		remove_operation(op);
		count++;
	}
	return count > 0 ? EXIT_OK
			 : verb_fail(v, EXIT_NO_SUCH, "%s has no such operation %s: hale resource config %s shows them",
				     verb_word(v, 0), verb_word(v, 1), verb_word(v, 0));
}

const struct program program_hale_resource_op_delete = {
	.rules = {.name = "hale resource op delete",
		  .summary = "delete operations of a resource",
		  .words = "ID ACTION [NAME=VALUE…] | OPERATION",
		  .options = options},
	.change = change_delete,
};
