/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource failcount show - how often resources failed, and where. */
#include "cli/verb.h"
#include "rules/interval.h"

#include <string.h>

enum { OPTION_FULL = 1 };

static const struct option options[] = {
	{OPTION_FULL, 0, "full", NULL, "By operation"},
	VERB_OPTIONS_LOOK,
	{0},
};

static const char prefix[] = "fail-count-";

/* Of "fail-count-web#monitor_10000" = "3" on n1. */
struct count {
	const char *resource, *node, *operation, *value;
	int64_t interval_ms;
};

/* False: it is no failure. */
static bool read_count(struct verb *v, const struct element *pair, const char *node, struct count *ret)
{
	const char *name = element_get_or(pair, NAME_NAME, "");
	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	const char *hash = strchr(name, '#'), *id = name + strlen(prefix);
	const char *line = hash != NULL ? strrchr(hash, '_') : NULL;
	*ret = (struct count){.node = node, .value = element_get_or(pair, NAME_VALUE, "0"), .operation = ""};
	ret->resource = hash != NULL ? arena_string_n(v->io->arena, id, (size_t)(hash - id)) : id;
	if (line != NULL) {
		ret->operation = arena_string_n(v->io->arena, hash + 1, (size_t)(line - hash - 1));
		ret->interval_ms = g_ascii_strtoll(line + 1, NULL, 10);
	}
	return true;
}

static bool is_wanted(const struct verb *v, const struct count *c)
{
	const char *id = verb_word(v, 0), *node = verb_named(v, "node"), *operation = verb_named(v, "operation");
	const char *interval = verb_named(v, "interval");
	int64_t ms = 0;
	if (id != NULL && strchr(id, '=') == NULL && strcmp(id, c->resource) != 0)
		return false;
	return (node == NULL || strcmp(node, c->node) == 0) &&
	       (operation == NULL || strcmp(operation, c->operation) == 0) &&
	       (interval == NULL || (interval_parse_ms(interval, &ms) && ms == c->interval_ms));
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	const struct count *x = a, *y = b;
	int order = strcmp(x->resource, y->resource);
	return order != 0 ? order : strcmp(x->node, y->node);
}

static GArray *gather(struct verb *v)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct count));
	struct count c;
	for_each_named(node, document_section(v->document, NAME_STATUS), NAME_NODE_STATE)
	{
		const char *name = element_get_or(node, NAME_UNAME, "");
		for_each_named(set, element_first_named(node, NAME_TRANSIENT_ATTRIBUTES), NAME_INSTANCE_ATTRIBUTES)
		{
			for_each_named(pair, set, NAME_NVPAIR)
			{
				if (read_count(v, pair, name, &c) && is_wanted(v, &c))
					(void)g_array_append_val(all, c);
			}
		}
	}
	g_array_sort(all, by_name);
	return all;
}

static bool is_infinite(const char *value)
{
	return strcmp(value, "INFINITY") == 0;
}

/* Those of a resource on a node, from *at on, which is moved behind them. */
static const char *sum_up(struct verb *v, const GArray *all, guint *at)
{
	const struct count *first = &g_array_index(all, struct count, *at);
	int64_t sum = 0;
	bool infinite = false;
	for (; *at < all->len && by_name(first, &g_array_index(all, struct count, *at)) == 0; (*at)++) {
		const char *value = g_array_index(all, struct count, *at).value;
		infinite = infinite || is_infinite(value);
		sum += g_ascii_strtoll(value, NULL, 10);
	}
	return infinite ? "INFINITY" : arena_printf(v->io->arena, "%lld", (long long)sum);
}

static void print_full(struct verb *v, const GArray *all, guint *at)
{
	const struct count *first = &g_array_index(all, struct count, *at);
	(void)fprintf(v->io->out, "  %s:\n", first->node);
	for (; *at < all->len && by_name(first, &g_array_index(all, struct count, *at)) == 0; (*at)++) {
		const struct count *c = &g_array_index(all, struct count, *at);
		if (c->interval_ms > 0)
			(void)fprintf(v->io->out, "    %s %lldms: %s\n", c->operation, (long long)c->interval_ms,
				      c->value);
		else
			(void)fprintf(v->io->out, "    %s: %s\n", c->operation, c->value);
	}
}

static void print_text(struct verb *v, const GArray *all)
{
	const char *before = "", *id = verb_word(v, 0);
	bool named = id != NULL && strchr(id, '=') == NULL;
	if (all->len == 0)
		(void)fprintf(v->io->out, named ? "No failcounts for resource '%s'\n" : "No failcounts\n", id);
	for (guint i = 0; i < all->len;) {
		const struct count *c = &g_array_index(all, struct count, i);
		if (strcmp(before, c->resource) != 0)
			(void)fprintf(v->io->out, "Failcounts for resource '%s'\n", c->resource);
		before = c->resource;
		if (verb_has(v, OPTION_FULL))
			print_full(v, all, &i);
		else
			(void)fprintf(v->io->out, "  %s: %s\n", c->node, sum_up(v, all, &i));
	}
}

static json_t *counts_json(const GArray *all)
{
	json_t *list = json_array();
	for (guint i = 0; i < all->len; i++) {
		const struct count *c = &g_array_index(all, struct count, i);
		(void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:s}", "resource", c->resource,
							    "node", c->node, "operation", c->operation, "interval_ms",
							    (json_int_t)c->interval_ms, "count", c->value));
	}
	return list;
}

static enum exit_code look(struct verb *v)
{
	static const char *const names[] = {"node=", "operation=", "interval="};
	for (size_t i = 0; i < verb_word_count(v); i++) {
		bool fits = i == 0 && strchr(verb_word(v, 0), '=') == NULL;
		for (size_t k = 0; k < G_N_ELEMENTS(names); k++)
			fits = fits || strncmp(verb_word(v, i), names[k], strlen(names[k])) == 0;
		if (!fits)
			return verb_fail(v, EXIT_USAGE, "'%s': it takes one resource, and node=, operation=, interval=",
					 verb_word(v, i));
		if (strchr(verb_word(v, i), '=') == NULL && verb_resource(v, verb_word(v, i)) == NULL)
			return v->code;
	}
	GArray *all = gather(v);
	if (v->json)
		verb_print_json(v, counts_json(all));
	else
		print_text(v, all);
	(void)g_array_free(all, TRUE);
	return EXIT_OK;
}

const struct program program_hale_resource_failcount_show = {
	.rules = {.name = "hale resource failcount show",
		  .summary = "show how often resources failed on which node",
		  .words = "[ID] [node=NODE] [operation=ACTION] [interval=TIME]",
		  .details = "hale resource cleanup forgets failures.",
		  .options = options},
	.look = look,
};
