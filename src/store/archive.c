/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/archive.h"

#include "cib/digest.h"
#include "cib/schema.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* ---- the file ---- */

/* A view of the root without its status and with num_updates 0, which shares everything below its children: a
 * configuration may be large, and is written often. It lives in the arena. */
static struct element *root_without_status(const struct document *d, struct arena *a)
{
	const struct element *root = document_root(d);
	struct element *view = arena_new(a, struct element);
	*view = *root;
	view->attributes = arena_array(a, struct attribute, root->attribute_count);
	for (unsigned i = 0; i < root->attribute_count; i++) {
		view->attributes[i] = root->attributes[i];
		if (view->attributes[i].name == NAME_NUM_UPDATES)
			view->attributes[i].value = "0";
	}
	view->first = view->last = NULL;
	for (const struct element *child = root->first; child != NULL; child = child->next) {
		if (child->name == NAME_STATUS)
			continue;
		struct element *copy = arena_new(a, struct element);
		*copy = *child;
		copy->previous = view->last;
		copy->next = NULL;
		*(view->last != NULL ? &view->last->next : &view->first) = copy;
		view->last = copy;
	}
	return view;
}

void archive_text(const struct document *d, GString *out, char ret_digest[33])
{
	struct arena a = {0};
	const struct element *view = root_without_status(d, &a);
	g_string_append(out, "<?xml version=\"1.0\"?>\n");
	element_print(view, out);
	memcpy(ret_digest, cib_digest_file(view, &a), 33);
	arena_fini(&a);
}

/* A .sig file holds a digest and perhaps white space; without any, it says nothing about anything. */
static bool digest_agrees(const struct element *root, const char *digest)
{
	struct arena a = {0};
	const char *own = cib_digest_file(root, &a);
	size_t length = strcspn(digest, " \t\r\n");
	bool agrees = length == strlen(own) && g_ascii_strncasecmp(own, digest, length) == 0;
	arena_fini(&a);
	return agrees;
}

enum err archive_read(const char *text, size_t size, const char *source, const char *digest,
		      struct document **ret_document, struct error *reterr)
{
	struct document *d = NULL;
	if (size == 0)
		return error_set(reterr, ERR_INVALID, "%s: the file is empty", source);
	enum err e = document_parse(text, size, source, &d, reterr);
	if (e != ERR_OK)
		return e;
	const struct element *root = document_root(d);
	if (root->name != NAME_CIB)
		e = error_set(reterr, ERR_INVALID, "%s: <%s> is no configuration: that would be <cib>", source,
			      element_tag(root));
	else if (digest != NULL && !digest_agrees(root, digest))
		e = error_set(reterr, ERR_INVALID,
			      "%s: its digest is not the one in %s.sig; it was damaged, or changed by hand", source,
			      source);
	if (e != ERR_OK) {
		document_free(d);
		return e;
	}
	if (document_section(d, NAME_STATUS) == NULL)
		(void)element_add(document_root(d), NAME_STATUS);
	*ret_document = d;
	return ERR_OK;
}

struct document *archive_empty(void)
{
	static const cib_name sections[] = {NAME_CRM_CONFIG, NAME_NODES, NAME_RESOURCES, NAME_CONSTRAINTS};
	struct document *d = document_new(NAME_CIB);
	struct element *root = document_root(d);
	element_set(root, NAME_CRM_FEATURE_SET, CIB_FEATURE_SET);
	element_set(root, NAME_VALIDATE_WITH, CIB_SCHEMA_NEWEST);
	element_set_int(root, NAME_ADMIN_EPOCH, 0);
	element_set_int(root, NAME_EPOCH, 0);
	element_set_int(root, NAME_NUM_UPDATES, 0);
	struct element *configuration = element_add(root, NAME_CONFIGURATION);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		(void)element_add(configuration, sections[i]);
	(void)element_add(root, NAME_STATUS);
	return d;
}

/* ---- the journal ---- */

/* Names and texts come from anywhere; JSON takes UTF-8 alone. */
static void put_text(json_t *line, const char *name, const char *text)
{
	if (text == NULL)
		return;
	gchar *valid = g_utf8_make_valid(text, -1);
	(void)json_object_set_new(line, name, json_string(valid));
	g_free(valid);
}

static int append(const char *buffer, size_t size, void *data)
{
	g_string_append_len(data, buffer, (gssize)size);
	return 0;
}

void archive_entry_print(const struct archive_entry *e, GString *out)
{
	char version[80];
	(void)snprintf(version, sizeof(version), "%" PRId64 ".%" PRId64 ".%" PRId64, e->version.admin_epoch,
		       e->version.epoch, e->version.num_updates);
	json_t *line = json_object();
	(void)json_object_set_new(line, "number", json_integer((json_int_t)e->number));
	put_text(line, "version", version);
	put_text(line, "digest", e->digest);
	(void)json_object_set_new(line, "when", json_integer(e->when));
	(void)json_object_set_new(line, "lineage", json_integer((json_int_t)e->lineage));
	put_text(line, "node", e->node);
	put_text(line, "client", e->client);
	put_text(line, "user", e->user);
	put_text(line, "what", e->what);
	(void)json_dump_callback(line, append, out, JSON_COMPACT);
	json_decref(line);
}

static const char *take_text(const json_t *line, const char *name, struct arena *a)
{
	return arena_string(a, json_string_value(json_object_get(line, name)));
}

static bool take_version(const char *text, struct cib_version *ret)
{
	int end = 0;
	return text != NULL &&
	       sscanf(text, "%" SCNd64 ".%" SCNd64 ".%" SCNd64 "%n", &ret->admin_epoch, &ret->epoch, &ret->num_updates,
		      &end) == 3 &&
	       text[end] == '\0';
}

static enum err entry_of(const json_t *line, struct arena *a, struct archive_entry *ret, struct error *reterr)
{
	struct archive_entry e = {.digest = take_text(line, "digest", a),
				  .node = take_text(line, "node", a),
				  .client = take_text(line, "client", a),
				  .user = take_text(line, "user", a),
				  .what = take_text(line, "what", a)};
	const json_t *number = json_object_get(line, "number"), *when = json_object_get(line, "when");
	const json_t *lineage = json_object_get(line, "lineage");
	if (!json_is_integer(number) || json_integer_value(number) < 0)
		return error_set(reterr, ERR_INVALID, "a line of the journal has no number");
	if (!take_version(json_string_value(json_object_get(line, "version")), &e.version))
		return error_set(reterr, ERR_INVALID, "a line of the journal has no version like 0.1.0");
	e.number = (uint64_t)json_integer_value(number);
	if (json_integer_value(lineage) > 0) /* 0 when it is none */
		e.lineage = (uint64_t)json_integer_value(lineage);
	e.when = json_integer_value(when);
	*ret = e;
	return ERR_OK;
}

enum err archive_entry_parse(const char *line, size_t size, struct arena *arena, struct archive_entry *ret,
			     struct error *reterr)
{
	json_error_t wrong;
	json_t *parsed = json_loadb(line, size, JSON_REJECT_DUPLICATES, &wrong);
	if (parsed == NULL)
		return error_set(reterr, ERR_INVALID, "a line of the journal is no JSON: %s", wrong.text);
	enum err e = json_is_object(parsed) ? entry_of(parsed, arena, ret, reterr)
					    : error_set(reterr, ERR_INVALID, "a line of the journal is no object");
	json_decref(parsed);
	return e;
}
