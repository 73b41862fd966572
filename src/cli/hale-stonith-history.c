/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale stonith history show, cleanup, update - the record of fencing. */
#include "cli/verb.h"

#include <string.h>

static const struct option show_options[] = {{.help = "General:"}, VERB_OPTION_SOCKET, VERB_OPTION_FORMAT, {0}};

static void print_fence(struct verb *v, const json_t *f)
{
	const char *target = json_string_value(json_object_get(f, "target"));
	const char *why = json_string_value(json_object_get(f, "why"));
	const char *device = json_string_value(json_object_get(f, "device"));
	const char *client = json_string_value(json_object_get(f, "client"));
	const char *member = json_string_value(json_object_get(f, "member"));
	const char *action = json_string_value(json_object_get(f, "action"));
	bool pending = json_is_true(json_object_get(f, "pending"));
	int64_t s = json_integer_value(json_object_get(f, "when_ms")) / 1000;
	(void)fprintf(v->io->out, "%s  %s of %s %s%s%s%s%s%s%s%s\n",
		      edit_time_text((wall_time){(uint64_t)s * 1000000000u}, io_zone_offset(s), v->io->arena),
		      action != NULL ? action : "?", target != NULL ? target : "?",
		      pending       ? "pending"
		      : why == NULL ? "succeeded"
				    : "failed: ",
		      why != NULL ? why : "", device != NULL ? ", device " : "", device != NULL ? device : "",
		      member != NULL ? ", by " : "", member != NULL ? member : "", client != NULL ? ", for " : "",
		      client != NULL ? client : "");
}

static enum exit_code act_show(struct verb *v)
{
	struct error error = {0};
	json_t *list = NULL, *f;
	size_t i;
	if (verb_word_count(v) > 1)
		return verb_usage(v, "name one node at most");
	enum exit_code code = client_get(v->io, &v->call, "/v1/fences", &list, &error);
	if (code != EXIT_OK)
		return verb_fail(v, code, "%s", error.text);
	json_t *wanted = json_array();
	json_array_foreach (list, i, f) {
		const char *target = json_string_value(json_object_get(f, "target"));
		if (verb_word_count(v) > 0 && (target == NULL || strcmp(target, verb_word(v, 0)) != 0))
			continue;
		(void)json_array_append(wanted, f);
		if (!v->json)
			print_fence(v, f);
	}
	verb_print_json(v, wanted);
	json_decref(list);
	return EXIT_OK;
}

const struct program program_hale_stonith_history_show = {
	.rules = {.name = "hale stonith history show",
		  .summary = "show the record of fencing, latest first",
		  .words = "[NODE]",
		  .options = show_options},
	.act = act_show,
};

static const struct option live_options[] = {{.help = "General:"}, VERB_OPTION_SOCKET, {0}};

static enum exit_code act_cleanup(struct verb *v)
{
	struct error error = {0};
	const char *node = verb_word_count(v) > 0 ? verb_word(v, 0) : NULL;
	if (verb_word_count(v) > 1)
		return verb_usage(v, "name one node at most");
	json_t *body = json_pack("{s:s, s:s*}", "what", "fences", "node", node);
	enum exit_code code = client_post(v->io, &v->call, "/v1/forget", body, &error);
	return code == EXIT_OK ? code : verb_fail(v, code, "%s", error.text);
}

const struct program program_hale_stonith_history_cleanup = {
	.rules = {.name = "hale stonith history cleanup",
		  .summary = "empty the record of fencing, or take a node off it",
		  .words = "[NODE]",
		  .options = live_options},
	.act = act_cleanup,
};

/* With Pacemaker each node's fencer may have heard of other things. Here the record is part of the common state: there
 * is nothing to do where a manager answers. */
static enum exit_code act_update(struct verb *v)
{
	struct error error = {0};
	json_t *list = NULL;
	if (verb_word_count(v) > 0)
		return verb_usage(v, "it takes no words");
	enum exit_code code = client_get(v->io, &v->call, "/v1/fences", &list, &error);
	if (code != EXIT_OK)
		return verb_fail(v, code, "%s", error.text);
	size_t count = json_array_size(list);
	(void)fprintf(v->io->out, "The record of fencing is the same on all nodes: %zu %s\n", count,
		      count == 1 ? "entry" : "entries");
	json_decref(list);
	return EXIT_OK;
}

const struct program program_hale_stonith_history_update = {
	.rules = {.name = "hale stonith history update",
		  .summary = "see to it that all nodes have the same record of fencing, which they always have",
		  .words = "",
		  .options = live_options},
	.act = act_update,
};
