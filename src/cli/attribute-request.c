/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/attribute-request.h"

#include "cli/node-attribute.h"
#include "cli/stored-pair.h"
#include "rules/pattern.h"

#include <string.h>
#include <unistd.h>

enum { HOST_NAME_SIZE = 256 };

struct work {
	const struct attribute_request *q;
	struct place *place;
	struct pacemaker_result *result;
	struct error *reterr;
	const char *section; /* one of the configuration's names */
	const char *node, *node_id;
	struct stored_pair pair;
	regex_t regex; /* of q->pattern */
};

static enum exit_code fail(struct work *w, enum exit_code code, const char *words)
{
	(void)error_set(w->reterr, ERR_INVALID, "Error performing operation: %s", words);
	return code;
}

/* --- which node --- */

static bool is_of_node(const struct work *w)
{
	return strcmp(w->section, "nodes") == 0 || strcmp(w->section, "status") == 0;
}

static enum exit_code find_name(struct work *w)
{
	char host[HOST_NAME_SIZE] = "";
	enum exit_code code = EXIT_OK;
	w->node = place_target(w->place, w->q->node);
	if (w->node != NULL)
		return EXIT_OK;
	if (w->place->path == NULL) {
		w->node = place_own_node(w->place, &code, w->reterr);
		return code;
	}
	(void)gethostname(host, sizeof(host) - 1);
	w->node = arena_string(w->place->io->arena, host);
	return EXIT_OK;
}

/* Cluster nodes have ids, guests and remote nodes are known by their names. */
static enum exit_code find_id(struct work *w)
{
	GPtrArray *found = g_ptr_array_new();
	struct document *d = NULL;
	enum exit_code code = EXIT_NO_SUCH;
	if (place_is_literal(w->node)) {
		char *x = g_strdup_printf("/cib/configuration/nodes/node[@uname='%s'] | "
					  "/cib/status/node_state[@uname='%s'] | "
					  "//primitive[@class='ocf' and @provider='pacemaker' and @type='remote' and "
					  "@id='%s'] | //nvpair[@name='remote-node' and @value='%s']",
					  w->node, w->node, w->node, w->node);
		code = place_select(w->place, x, found, &d, w->reterr);
		g_free(x);
	}
	if (code == EXIT_OK) {
		const struct element *e = g_ptr_array_index(found, 0);
		const char *id = e->name == NAME_NVPAIR ? w->node : element_id(e);
		w->node_id = arena_string(w->place->io->arena, id != NULL ? id : w->node);
	} else if (code == EXIT_NO_SUCH) {
		(void)error_set(w->reterr, ERR_NOT_FOUND, "Could not map name=%s to a UUID", w->node);
	}
	document_free(d);
	g_ptr_array_unref(found);
	return code;
}

/* --- where --- */

static const char *section_of(const struct attribute_request *q)
{
	const char *s = q->section;
	if (g_ascii_strcasecmp(s, "forever") == 0 || q->is_utilization)
		return "nodes";
	return g_ascii_strcasecmp(s, "reboot") == 0 ? "status" : s;
}

static bool find_place(struct work *w)
{
	struct arena *a = w->place->io->arena;
	const struct attribute_request *q = w->q;
	struct stored_pair *s = &w->pair;
	*s = (struct stored_pair){.sets = "instance_attributes", .set_id = q->set, .id = q->id, .name = q->name};
	if (strcmp(w->section, "crm_config") == 0) {
		s->owner = "/cib/configuration/crm_config";
		s->sets = "cluster_property_set";
		s->default_set = "cib-bootstrap-options";
	} else if (strcmp(w->section, "nodes") == 0) {
		s->owner = arena_printf(a, "/cib/configuration/nodes/node[@id='%s']", w->node_id);
		s->sets = q->is_utilization ? "utilization" : s->sets;
		s->default_set = arena_printf(a, "nodes-%s%s", w->node_id, q->is_utilization ? "-utilization" : "");
	} else if (strcmp(w->section, "status") == 0) {
		s->owner = arena_printf(a, "/cib/status/node_state[@id='%s']/transient_attributes[@id='%s']",
					w->node_id, w->node_id);
		s->default_set = arena_printf(a, "status-%s", w->node_id);
	} else if (strcmp(w->section, "tickets") == 0) {
		s->owner = "/cib/status/tickets";
		s->default_set = "status-tickets";
	} else if (strcmp(w->section, "rsc_defaults") == 0 || strcmp(w->section, "op_defaults") == 0) {
		s->owner = arena_printf(a, "/cib/configuration/%s", w->section);
		s->sets = "meta_attributes";
		s->default_set = arena_printf(a, "%s-options", w->section);
	} else {
		return false;
	}
	return true;
}

/* --- showing --- */

static void show(struct work *w, const char *name, const char *value)
{
	if (w->result->is_xml) {
		markup_empty(&w->result->markup, "attribute", "name", name, "value", value, "id", w->q->id, "scope",
			     w->section, NULL);
		return;
	}
	if (w->q->quiet) {
		result_line(w->result, "%s", value);
		return;
	}
	GString *safe = g_string_new(NULL);
	node_attribute_escape(value, safe);
	result_line(w->result, "scope=%s %s%s%sname=%s value=%s", w->section, w->q->id != NULL ? "id=" : "",
		    w->q->id != NULL ? w->q->id : "", w->q->id != NULL ? " " : "", name, safe->str);
	(void)g_string_free(safe, TRUE);
}

static bool is_wanted(const struct work *w, const char *name)
{
	return w->q->pattern == NULL || regexec(&w->regex, name, 0, NULL, 0) == 0;
}

static enum exit_code nothing_shown(struct work *w)
{
	if (w->q->default_value == NULL)
		return fail(w, EXIT_NO_SUCH, place_error_words(EXIT_NO_SUCH));
	show(w, w->q->name != NULL ? w->q->name : "", w->q->default_value);
	return EXIT_OK;
}

/* --- of the running cluster's status --- */

static bool is_live(const struct work *w)
{
	return w->place->path == NULL && strcmp(w->section, "status") == 0;
}

/* What the manager has, the status may not have yet: who sets and asks shall get his own answer. */
static enum exit_code query_live(struct work *w)
{
	json_t *list = NULL, *entry;
	size_t i;
	bool any = false;
	enum exit_code code = node_attribute_list(w->place, w->q->name, w->node, false, &list, w->reterr);
	if (code != EXIT_OK)
		return code;
	json_array_foreach (list, i, entry) {
		const char *name = json_string_value(json_object_get(entry, "name"));
		if (json_is_true(json_object_get(entry, "private")) || !is_wanted(w, name))
			continue;
		show(w, name, json_string_value(json_object_get(entry, "value")));
		any = true;
	}
	json_decref(list);
	return any ? EXIT_OK : nothing_shown(w);
}

static enum exit_code change_live(struct work *w)
{
	const struct attribute_request *q = w->q;
	const struct node_attribute a = {
		.node = w->node,
		.name = q->pattern != NULL ? q->pattern : q->name,
		.is_pattern = q->pattern != NULL,
		.value = q->command == ATTRIBUTE_UPDATE ? q->value : NULL,
		.set = q->set,
		.delay_ms = -1,
	};
	enum exit_code code = node_attribute_change(w->place, &a, w->reterr);
	return code == EXIT_NO_SUCH && q->command == ATTRIBUTE_DELETE ? EXIT_OK : code;
}

/* --- of the configuration --- */

static enum exit_code query_stored(struct work *w, const GPtrArray *found)
{
	bool any = false;
	for (guint i = 0; i < found->len; i++) {
		const struct element *e = g_ptr_array_index(found, i);
		const char *name = element_get_or(e, NAME_NAME, "");
		if (!is_wanted(w, name))
			continue;
		show(w, name, element_get_or(e, NAME_VALUE, ""));
		any = true;
	}
	return any ? EXIT_OK : nothing_shown(w);
}

static enum exit_code say_several(struct work *w, const GPtrArray *found)
{
	result_line(w->result, "Multiple attributes match name=%s", w->q->name);
	for (guint i = 0; i < found->len; i++) {
		const struct element *e = g_ptr_array_index(found, i);
		result_line(w->result, "  Value: %s \t(id=%s)", element_get_or(e, NAME_VALUE, ""),
			    element_get_or(e, NAME_ID, ""));
	}
	(void)error_set(w->reterr, ERR_INVALID,
			"Please choose from one of the matches below and supply the 'id' with --attr-id");
	return EXIT_SEVERAL;
}

static enum exit_code change_pair(struct work *w, const struct element *pair)
{
	if (w->q->command == ATTRIBUTE_UPDATE)
		return stored_pair_put(w->place, &w->pair, pair, w->q->value, w->reterr);
	enum exit_code code = stored_pair_delete(w->place, &w->pair, pair, w->reterr);
	if (code == EXIT_OK)
		result_line(w->result, "Deleted %s attribute: id=%s name=%s", w->section, element_id(pair),
			    element_get_or(pair, NAME_NAME, ""));
	return code;
}

static enum exit_code change_found(struct work *w, const GPtrArray *found)
{
	enum exit_code code = EXIT_OK;
	if (w->q->pattern == NULL && found->len > 1)
		return say_several(w, found);
	for (guint i = 0; i < found->len && code == EXIT_OK; i++) {
		const struct element *e = g_ptr_array_index(found, i);
		if (is_wanted(w, element_get_or(e, NAME_NAME, "")))
			code = change_pair(w, e);
	}
	return code;
}

static enum exit_code change_absent(struct work *w)
{
	const char *id;
	if (w->q->command == ATTRIBUTE_DELETE || w->q->pattern != NULL)
		return EXIT_OK;
	/* What an id names has to be there, or the name says what is to be made. */
	return stored_pair_make(w->place, &w->pair, w->q->value, &id, w->reterr);
}

static enum exit_code run_stored(struct work *w)
{
	GPtrArray *found = g_ptr_array_new();
	struct document *d = NULL;
	bool query = w->q->command == ATTRIBUTE_QUERY;
	enum exit_code code = stored_pair_find(w->place, &w->pair, found, &d, w->reterr);
	if (code == EXIT_OK)
		code = query ? query_stored(w, found) : change_found(w, found);
	else if (code == EXIT_NO_SUCH)
		code = query ? nothing_shown(w) : change_absent(w);
	if (code == EXIT_CONFIGURATION)
		code = fail(w, code, place_error_words(code));
	document_free(d);
	g_ptr_array_unref(found);
	return code;
}

static enum exit_code run_found(struct work *w)
{
	const char *wrong = w->q->pattern != NULL ? pattern_compile(w->q->pattern, REG_NOSUB, &w->regex) : NULL;
	if (wrong != NULL) {
		(void)error_set(w->reterr, ERR_INVALID, "\"%s\": %s", w->q->pattern, wrong);
		return EXIT_USAGE;
	}
	enum exit_code code = !is_live(w)                        ? run_stored(w)
			      : w->q->command == ATTRIBUTE_QUERY ? query_live(w)
								 : change_live(w);
	if (w->q->pattern != NULL)
		regfree(&w->regex);
	return code;
}

enum exit_code attribute_request_run(const struct attribute_request *q, struct place *p, struct pacemaker_result *r,
				     struct error *reterr)
{
	struct work w = {.q = q, .place = p, .result = r, .reterr = reterr, .section = section_of(q)};
	enum exit_code code = EXIT_OK;
	if (is_of_node(&w))
		code = find_name(&w);
	/* The manager knows nodes by name. */
	if (code == EXIT_OK && is_of_node(&w) && !is_live(&w))
		code = find_id(&w);
	if (code != EXIT_OK)
		return code;
	if (!find_place(&w)) {
		(void)error_set(
			reterr, ERR_INVALID,
			"'%s' is no section: crm_config, nodes, status, rsc_defaults, op_defaults and tickets are",
			q->section);
		return EXIT_USAGE;
	}
	return run_found(&w);
}
