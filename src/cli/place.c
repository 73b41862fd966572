/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/place.h"

#include "cib/difference.h"
#include "cib/schema.h"
#include "cib/upgrade.h"
#include "cli/cib-file.h"

#include <string.h>

void place_open(struct place *p, struct program_io *io, const char *client)
{
	*p = (struct place){
		.io = io,
		.path = cib_file_path(io),
		.call = {.client = client, .user = io_environment(io, "CIB_user")},
	};
}

static enum exit_code of_verdict(enum edit_verdict v)
{
	return v == EDIT_DONE || v == EDIT_NOTHING ? EXIT_OK : (enum exit_code)edit_verdict_exit(v);
}

static enum exit_code load_file(const struct place *p, struct document **ret, struct error *reterr)
{
	GPtrArray *problems = problems_new();
	enum exit_code code = cib_file_load(p->io, p->path, ret, problems, reterr);
	g_ptr_array_unref(problems);
	return code;
}

/* The text of what is selected, or of everything. */
static enum exit_code query(struct place *p, const char *xpath, GString *out, struct error *reterr)
{
	enum edit_verdict v = EDIT_DONE;
	enum exit_code code;
	if (p->path == NULL) {
		code = client_cib_query(p->io, &p->call, NULL, xpath, false, out, &v, reterr);
	} else {
		struct document *d = NULL;
		struct access_user user = {.name = p->call.user};
		code = load_file(p, &d, reterr);
		if (code == EXIT_OK)
			v = query_print(d, NULL, xpath, false, user.name != NULL ? &user : NULL, out, reterr);
		document_free(d);
	}
	return code == EXIT_OK ? of_verdict(v) : code;
}

static enum exit_code query_document(struct place *p, const char *xpath, struct document **ret, struct error *reterr)
{
	GString *text = g_string_new(NULL);
	enum exit_code code = query(p, xpath, text, reterr);
	if (code == EXIT_OK && document_parse(text->str, text->len, "the configuration", ret, reterr) != ERR_OK)
		code = EXIT_DATA;
	(void)g_string_free(text, TRUE);
	return code;
}

enum exit_code place_load(struct place *p, struct document **ret_document, struct error *reterr)
{
	return query_document(p, NULL, ret_document, reterr);
}

enum exit_code place_read(struct place *p, int64_t now, struct document **ret_document, struct cluster **ret_cluster,
			  struct error *reterr)
{
	struct document *d = NULL;
	enum exit_code code = place_load(p, &d, reterr);
	if (code != EXIT_OK)
		return code;
	if (document_section(d, NAME_STATUS) == NULL)
		(void)element_add(document_root(d), NAME_STATUS);
	if (cib_upgrade(d, reterr) != ERR_OK) {
		document_free(d);
		return EXIT_CONFIGURATION;
	}
	struct cluster *c = cluster_new(d, now);
	c->zone_offset_s = io_zone_offset(now);
	c->sanitized = p->path != NULL; /* files are often stripped of secrets */
	scheduler_read_status(c);
	*ret_document = d;
	*ret_cluster = c;
	return EXIT_OK;
}

enum exit_code place_select(struct place *p, const char *xpath, GPtrArray *found, struct document **ret_document,
			    struct error *reterr)
{
	enum exit_code code = query_document(p, xpath, ret_document, reterr);
	if (code != EXIT_OK)
		return code;
	struct element *root = document_root(*ret_document);
	if (strcmp(element_tag(root), "xpath-query") != 0) {
		g_ptr_array_add(found, root);
		return EXIT_OK;
	}
	for_each_child(e, root) g_ptr_array_add(found, e);
	return EXIT_OK;
}

static enum exit_code edit_file(struct place *p, const struct edit *c, struct error *reterr)
{
	struct document *old = NULL, *now = NULL;
	enum exit_code code = load_file(p, &old, reterr);
	if (code != EXIT_OK)
		return code;
	struct edit_author by = {.user = {.name = p->call.user}};
	code = of_verdict(edit_apply(old, c, &by, &now, NULL, reterr));
	if (code == EXIT_OK && now != NULL)
		code = cib_file_save(p->path, now, reterr);
	document_free(old);
	document_free(now);
	return code;
}

enum exit_code place_edit(struct place *p, const struct edit *c, struct error *reterr)
{
	enum edit_verdict v = EDIT_DONE;
	if (p->path != NULL)
		return edit_file(p, c, reterr);
	enum exit_code code = client_cib_edit(p->io, &p->call, c, &v, reterr);
	return code == EXIT_OK ? of_verdict(v) : code;
}

enum exit_code place_make(struct place *p, struct document *old, struct document *now, struct error *reterr)
{
	struct document *patch = NULL;
	if (difference_make(old, now, DIFFERENCE_WITHOUT_VERSION, &patch, reterr) != ERR_OK)
		return EXIT_SOFTWARE;
	if (patch == NULL)
		return EXIT_OK;
	GString *body = g_string_new(NULL);
	element_print(document_root(patch), body);
	enum exit_code code = place_edit(p, &(struct edit){.kind = EDIT_PATCH, .body = body->str}, reterr);
	(void)g_string_free(body, TRUE);
	document_free(patch);
	return code;
}

/* --- this node --- */

const char *place_own_node(struct place *p, enum exit_code *ret_code, struct error *reterr)
{
	json_t *status = NULL, *member;
	size_t i;
	const char *name = NULL;
	*ret_code = client_get(p->io, &p->call, "/v1/status", &status, reterr);
	if (*ret_code != EXIT_OK)
		return NULL;
	json_array_foreach (json_object_get(status, "members"), i, member)
		if (json_is_true(json_object_get(member, "self")))
			name = arena_string(p->io->arena, json_string_value(json_object_get(member, "name")));
	json_decref(status);
	if (name == NULL) {
		*ret_code = EXIT_DISCONNECTED;
		(void)error_set(reterr, ERR_AGAIN, "this node has not joined the cluster yet: try again in a moment");
	}
	return name;
}

const char *place_target(const struct place *p, const char *node)
{
	if (node != NULL && strcmp(node, "auto") != 0 && strcmp(node, "localhost") != 0)
		return node;
	const char *where = io_environment(p->io, "OCF_RESKEY_CRM_meta_container_attribute_target");
	const char *host = io_environment(p->io, "OCF_RESKEY_CRM_meta_physical_host");
	const char *here = io_environment(p->io, "OCF_RESKEY_CRM_meta_on_node");
	const char *target = where != NULL && strcmp(where, "host") == 0 && host != NULL ? host : here;
	return target;
}

bool place_is_literal(const char *text)
{
	return strpbrk(text, "'\"<>&") == NULL;
}

const char *place_error_words(enum exit_code code)
{
	static const struct {
		enum exit_code code;
		const char *words;
	} table[] = {
		{EXIT_NO_SUCH, "No such device or address"},
		{EXIT_DISCONNECTED, "Transport endpoint is not connected"},
		{EXIT_CONFIGURATION, "Update does not conform to the configured schema"},
		{EXIT_SEVERAL, "Name not unique on network"},
		{EXIT_DENIED, "Permission denied"},
		{EXIT_EXISTS, "File exists"},
		{EXIT_TIMEOUT, "Timer expired"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (table[i].code == code)
			return table[i].words;
	return exit_message(code);
}
