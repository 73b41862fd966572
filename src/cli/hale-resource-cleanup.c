/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale resource cleanup, refresh - failures, and how to have them forgotten. */
#include "cli/verb.h"
#include "rules/interval.h"

#include <string.h>

static const struct option options[] = {VERB_OPTIONS_LIVE, {0}};

/* The first word that is no name=value; NULL: none. */
static const char *resource_word(const struct verb *v)
{
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (strchr(verb_word(v, i), '=') == NULL)
			return verb_word(v, i);
	return NULL;
}

static enum exit_code check_words(struct verb *v)
{
	static const char *const names[] = {"node=", "operation=", "interval="};
	for (size_t i = 0; i < verb_word_count(v); i++) {
		const char *word = verb_word(v, i);
		bool fits = strchr(word, '=') == NULL && word == resource_word(v);
		for (size_t k = 0; k < G_N_ELEMENTS(names); k++)
			fits = fits || strncmp(word, names[k], strlen(names[k])) == 0;
		if (!fits)
			return verb_fail(v, EXIT_USAGE,
					 "'%s': it takes one resource, and node=, operation=, interval=", word);
	}
	return EXIT_OK;
}

static enum exit_code forget(struct verb *v, const char *what)
{
	struct error error = {0};
	const char *resource = resource_word(v), *node = verb_named(v, "node"), *operation = verb_named(v, "operation");
	const char *interval = verb_named(v, "interval");
	int64_t ms = 0;
	if (check_words(v) != EXIT_OK)
		return v->code;
	if (interval != NULL && operation == NULL)
		return verb_usage(v, "interval= says which of several: name the operation, too");
	if (interval != NULL && (!interval_parse_ms(interval, &ms) || ms < 0))
		return verb_fail(v, EXIT_USAGE, "interval=%s: it looks like 10s or 1min", interval);
	json_t *body = json_pack("{s:s, s:s*, s:s*, s:s*}", "what", what, "resource", resource, "node", node,
				 "operation", operation);
	if (interval != NULL)
		(void)json_object_set_new(body, "interval_ms", json_integer(ms));
	enum exit_code code = client_post(v->io, &v->call, "/v1/forget", body, &error);
	return code == EXIT_OK ? code : verb_fail(v, code, "%s", error.text);
}

static enum exit_code act_cleanup(struct verb *v)
{
	return forget(v, "failures");
}

static enum exit_code act_refresh(struct verb *v)
{
	return forget(v, "history");
}

const struct program program_hale_resource_cleanup = {
	.rules = {.name = "hale resource cleanup",
		  .summary = "forget failures, so that resources may run again where they failed",
		  .words = "[ID] [node=NODE] [operation=ACTION [interval=TIME]]",
		  .options = options},
	.act = act_cleanup,
};

const struct program program_hale_resource_refresh = {
	.rules = {.name = "hale resource refresh",
		  .summary = "forget all that is known of resources, and look anew",
		  .words = "[ID] [node=NODE]",
		  .options = options},
	.act = act_refresh,
};
