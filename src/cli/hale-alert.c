/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale alert - programs that are told what happens in the cluster, and whom they tell. */
#include "cli/nvset.h"
#include "cli/primitive.h"

#include <string.h>

static const struct option edit_options[] = {VERB_OPTIONS_EDIT, {0}};
static const struct option look_options[] = {VERB_OPTIONS_LOOK, {0}};

static struct element *find_alert(struct verb *v, const char *id)
{
	struct element *alert =
		id != NULL ? element_child_by_id(document_section(v->document, NAME_ALERTS), NAME_ALERT, id) : NULL;
	if (alert == NULL)
		(void)verb_fail(v, id == NULL ? EXIT_USAGE : EXIT_NO_SUCH,
				id == NULL ? "name the alert" : "there is no alert '%s'", id);
	return alert;
}

static struct element *find_recipient(struct verb *v, const char *id)
{
	struct element *e = id != NULL ? document_by_id(v->document, id) : NULL;
	if (e != NULL && e->name == NAME_RECIPIENT)
		return e;
	(void)verb_fail(v, id == NULL ? EXIT_USAGE : EXIT_NO_SUCH,
			id == NULL ? "name the recipient" : "there is no recipient '%s'", id);
	return NULL;
}

/* main=VALUE id=ID description=TEXT, then options and meta with name=value each. main: "path" or "value". */
static enum exit_code take_words(struct verb *v, struct element *e, size_t from, const char *main_name, bool is_new)
{
	cib_name kind = NAME_NONE;
	for (size_t i = from; i < verb_word_count(v); i++) {
		const char *word = verb_word(v, i), *name, *value;
		if (strcmp(word, "options") == 0 || strcmp(word, "meta") == 0) {
			kind = *word == 'o' ? NAME_INSTANCE_ATTRIBUTES : NAME_META_ATTRIBUTES;
			continue;
		}
		if (!pair_parse(v, word, &name, &value))
			return v->code;
		if (kind != NAME_NONE) {
			(void)nvset_put(v, e, kind, name, value);
			continue;
		}
		if (strcmp(name, "id") == 0 && is_new) /* taken before */
			continue;
		if (strcmp(name, main_name) != 0 && strcmp(name, "description") != 0)
			return verb_fail(v, EXIT_USAGE,
					 "'%s': there are %s=, description=, and after the words options "
					 "and meta any",
					 word, main_name);
		if (strcmp(name, main_name) == 0 && *value == '\0')
			return verb_fail(v, EXIT_DATA, "%s= must say something", name);
		element_set(e, document_name(v->document, name), *value != '\0' ? value : NULL);
	}
	return EXIT_OK;
}

/* The value of id= before the words options and meta; NULL: none. */
static const char *given_id(const struct verb *v)
{
	for (size_t i = 0;
	     verb_word(v, i) != NULL && strcmp(verb_word(v, i), "options") != 0 && strcmp(verb_word(v, i), "meta") != 0;
	     i++)
		if (strncmp(verb_word(v, i), "id=", 3) == 0)
			return verb_word(v, i) + 3;
	return NULL;
}

static enum exit_code make(struct verb *v, struct element *owner, cib_name kind, const char *id, size_t from,
			   const char *main_name)
{
	if (given_id(v) != NULL && primitive_check_id(v, given_id(v)) != EXIT_OK)
		return v->code;
	struct element *e = element_add(owner, kind);
	element_set(e, NAME_ID, given_id(v) != NULL ? given_id(v) : id);
	if (take_words(v, e, from, main_name, true) != EXIT_OK)
		return v->code;
	if (element_get(e, document_name(v->document, main_name)) == NULL)
		return verb_fail(v, EXIT_USAGE, "say %s=", main_name);
	return EXIT_OK;
}

static enum exit_code change_create(struct verb *v)
{
	return make(v, verb_section(v, NAME_ALERTS), NAME_ALERT, verb_free_id(v, "alert"), 0, "path");
}

static enum exit_code change_update(struct verb *v)
{
	struct element *alert = find_alert(v, verb_word(v, 0));
	return alert != NULL ? take_words(v, alert, 1, "path", false) : v->code;
}

static enum exit_code change_delete(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name alerts");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		struct element *alert = find_alert(v, verb_word(v, i));
		if (alert == NULL)
			return v->code;
		element_remove(alert);
	}
	return EXIT_OK;
}

static enum exit_code change_recipient_add(struct verb *v)
{
	struct element *alert = find_alert(v, verb_word(v, 0));
	const char *value = verb_named(v, "value");
	if (alert == NULL)
		return v->code;
	for_each_named(other, alert, NAME_RECIPIENT)
	{
		if (value != NULL && strcmp(element_get_or(other, NAME_VALUE, ""), value) == 0 &&
		    verb_object(v, EXIT_EXISTS, "%s is told already: %s", value, element_id(other)) != EXIT_OK)
			return v->code;
	}
	return make(v, alert, NAME_RECIPIENT, verb_free_id(v, "%s-recipient", element_id(alert)), 1, "value");
}

static enum exit_code change_recipient_update(struct verb *v)
{
	struct element *recipient = find_recipient(v, verb_word(v, 0));
	return recipient != NULL ? take_words(v, recipient, 1, "value", false) : v->code;
}

static enum exit_code change_recipient_delete(struct verb *v)
{
	if (verb_word_count(v) == 0)
		return verb_usage(v, "name recipients");
	for (size_t i = 0; i < verb_word_count(v); i++) {
		struct element *recipient = find_recipient(v, verb_word(v, i));
		if (recipient == NULL)
			return v->code;
		element_remove(recipient);
	}
	return EXIT_OK;
}

#define ALERT_WORDS "[description=TEXT] [options NAME=VALUE…] [meta NAME=VALUE…]"

const struct program program_hale_alert_create = {
	.rules = {.name = "hale alert create",
		  .summary = "have a program told what happens in the cluster",
		  .words = "path=PATH [id=ID] " ALERT_WORDS,
		  .details = "The program is run on every node, with CRM_alert_… in its environment; options are "
			     "variables of its environment too. meta: timeout, timestamp-format, enabled.",
		  .options = edit_options},
	.change = change_create,
};

const struct program program_hale_alert_update = {
	.rules = {.name = "hale alert update",
		  .summary = "change an alert",
		  .words = "ALERT [path=PATH] " ALERT_WORDS,
		  .options = edit_options},
	.change = change_update,
};

const struct program program_hale_alert_delete = {
	.rules = {.name = "hale alert delete", .summary = "delete alerts", .words = "ALERT…", .options = edit_options},
	.change = change_delete,
};

const struct program program_hale_alert_recipient_add = {
	.rules = {.name = "hale alert recipient add",
		  .summary = "name one whom an alert tells: an address, a file, what its program takes",
		  .words = "ALERT value=VALUE [id=ID] " ALERT_WORDS,
		  .options = edit_options},
	.change = change_recipient_add,
};

const struct program program_hale_alert_recipient_update = {
	.rules = {.name = "hale alert recipient update",
		  .summary = "change one whom an alert tells",
		  .words = "RECIPIENT [value=VALUE] " ALERT_WORDS,
		  .options = edit_options},
	.change = change_recipient_update,
};

const struct program program_hale_alert_recipient_delete = {
	.rules = {.name = "hale alert recipient delete",
		  .summary = "have alerts tell somebody no more",
		  .words = "RECIPIENT…",
		  .options = edit_options},
	.change = change_recipient_delete,
};

/* ---- config ---- */

static json_t *pairs_of(const struct element *e, cib_name kind, GString *text)
{
	json_t *o = json_object();
	for_each_named(set, e, kind)
	{
		for_each_named(pair, set, NAME_NVPAIR)
		{
			const char *name = element_get_or(pair, NAME_NAME, ""),
				   *value = element_get_or(pair, NAME_VALUE, "");
			(void)json_object_set_new(o, name, json_string(value));
			g_string_append_printf(text, " %s=%s", name, value);
		}
	}
	return o;
}

/* An alert or a recipient, after its first line. */
static json_t *print_parts(struct verb *v, const struct element *e, int indent)
{
	GString *options = g_string_new(NULL), *meta = g_string_new(NULL);
	const char *description = element_get(e, NAME_DESCRIPTION);
	json_t *o = json_pack("{s:s, s:s?, s:o, s:o}", "id", element_id(e), "description", description, "options",
			      pairs_of(e, NAME_INSTANCE_ATTRIBUTES, options), "meta",
			      pairs_of(e, NAME_META_ATTRIBUTES, meta));
	if (!v->json && description != NULL)
		(void)fprintf(v->io->out, "%*sDescription: %s\n", indent, "", description);
	if (!v->json && options->len > 0)
		(void)fprintf(v->io->out, "%*sOptions:%s\n", indent, "", options->str);
	if (!v->json && meta->len > 0)
		(void)fprintf(v->io->out, "%*sMeta options:%s\n", indent, "", meta->str);
	(void)g_string_free(options, TRUE);
	(void)g_string_free(meta, TRUE);
	return o;
}

static json_t *print_alert(struct verb *v, const struct element *alert)
{
	const char *path = element_get_or(alert, NAME_PATH, "");
	json_t *recipients = json_array();
	if (!v->json)
		(void)fprintf(v->io->out, " Alert: %s (path=%s)\n", element_id(alert), path);
	json_t *o = print_parts(v, alert, 2);
	if (!v->json && element_first_named(alert, NAME_RECIPIENT) != NULL)
		(void)fputs("  Recipients:\n", v->io->out);
	for_each_named(r, alert, NAME_RECIPIENT)
	{
		const char *value = element_get_or(r, NAME_VALUE, "");
		if (!v->json)
			(void)fprintf(v->io->out, "   Recipient: %s (value=%s)\n", element_id(r), value);
		json_t *one = print_parts(v, r, 4);
		(void)json_object_set_new(one, "value", json_string(value));
		(void)json_array_append_new(recipients, one);
	}
	(void)json_object_set_new(o, "path", json_string(path));
	(void)json_object_set_new(o, "recipients", recipients);
	return o;
}

static enum exit_code look_config(struct verb *v)
{
	const struct element *alerts = document_section(v->document, NAME_ALERTS);
	json_t *all = json_array();
	if (!v->json)
		(void)fputs(element_first_named(alerts, NAME_ALERT) != NULL ? "Alerts:\n" : "No alerts defined\n",
			    v->io->out);
	for_each_named(alert, alerts, NAME_ALERT)(void) json_array_append_new(all, print_alert(v, alert));
	verb_print_json(v, all);
	return EXIT_OK;
}

const struct program program_hale_alert_config = {
	.rules = {.name = "hale alert config", .summary = "show alerts and whom they tell", .options = look_options},
	.look = look_config,
};
