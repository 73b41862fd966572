/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each kind of change does to the copy of a document. */
#include "cib/upgrade.h"
#include "cib/xpath.h"
#include "store/edit-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- scopes ---- */

static const cib_name sections[] = {
	NAME_STATUS,      NAME_CONFIGURATION, NAME_CRM_CONFIG, NAME_NODES, NAME_RESOURCES, NAME_CONSTRAINTS,
	NAME_OP_DEFAULTS, NAME_RSC_DEFAULTS,  NAME_ACLS,       NAME_TAGS,  NAME_ALERTS,    NAME_FENCING_TOPOLOGY,
};

static const char *const section_words[] = {
	"status",      "configuration", "crm_config", "nodes", "resources", "constraints",
	"op_defaults", "rsc_defaults",  "acls",       "tags",  "alerts",    "fencing-topology",
};
_Static_assert(sizeof(sections) / sizeof(sections[0]) == sizeof(section_words) / sizeof(section_words[0]),
	       "each section has its word");

static bool is_whole(const char *scope)
{
	return scope == NULL || strcmp(scope, "cib") == 0 || strcmp(scope, "all") == 0;
}

static cib_name section_of(const char *scope)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (strcmp(scope, section_words[i]) == 0)
			return sections[i];
	return NAME_NONE;
}

bool edit_scope_is_known(const char *scope)
{
	return is_whole(scope) || section_of(scope) != NAME_NONE;
}

cib_name edit_scope_parent(const char *scope)
{
	cib_name section = is_whole(scope) ? NAME_NONE : section_of(scope);
	if (section == NAME_NONE)
		return NAME_NONE;
	return section == NAME_STATUS || section == NAME_CONFIGURATION ? NAME_CIB : NAME_CONFIGURATION;
}

struct element *edit_scope_find(const struct element *cib, const char *scope)
{
	if (is_whole(scope))
		return (struct element *)(uintptr_t)cib;
	cib_name section = section_of(scope);
	if (section == NAME_NONE)
		return NULL;
	return element_first_named(
		edit_scope_parent(scope) == NAME_CIB ? cib : element_first_named(cib, NAME_CONFIGURATION), section);
}

/* ---- what is common ---- */

static struct element *root_of(const struct work *w)
{
	return document_root(w->now);
}

static enum edit_verdict refuse_scope(struct work *w)
{
	const char *scope = w->edit->scope;
	if (edit_scope_is_known(scope))
		(void)error_set(w->reterr, ERR_NOT_FOUND, "the configuration has no <%s>", scope);
	else
		(void)error_set(w->reterr, ERR_INVALID, "\"%s\" is no part of a configuration", scope);
	return EDIT_MISPLACED;
}

/* A body that is a whole configuration stands for its part in the scope. */
static enum edit_verdict narrow_body(struct work *w)
{
	if (w->body == NULL) {
		(void)error_set(w->reterr, ERR_INVALID, "there is nothing to %s: XML is needed",
				edit_kind_word(w->edit->kind));
		return EDIT_MISPLACED;
	}
	if (w->body->name != NAME_CIB || w->edit->scope == NULL)
		return EDIT_DONE;
	const struct element *part = edit_scope_find(w->body, w->edit->scope);
	if (part == NULL) {
		(void)error_set(w->reterr, ERR_INVALID, "the configuration given has no <%s>", w->edit->scope);
		return EDIT_MISPLACED;
	}
	w->body = part;
	return EDIT_DONE;
}

static bool body_is_scope(const struct work *w)
{
	return w->edit->scope != NULL && strcmp(element_tag(w->body), w->edit->scope) == 0;
}

static const char *body_words(const struct work *w, char *buffer, size_t size)
{
	const char *id = element_id(w->body);
	(void)snprintf(buffer, size, id == NULL ? "<%.80s>" : "<%.80s id=\"%.200s\">", element_tag(w->body), id);
	return buffer;
}

static enum edit_verdict refuse_absent(struct work *w)
{
	char words[320];
	(void)error_set(w->reterr, ERR_NOT_FOUND, "there is no %s%s%s", body_words(w, words, sizeof(words)),
			w->edit->scope == NULL ? "" : " in ", w->edit->scope == NULL ? "" : w->edit->scope);
	return EDIT_ABSENT;
}

/* ---- by XPath ---- */

/* What the change's expression selects, to be freed with g_array_unref(); NULL: refused. */
static GArray *select_matches(struct work *w)
{
	GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct xpath_match));
	struct xpath *x = xpath_new(w->now);
	enum err e = xpath_match(x, w->edit->xpath, matches, w->reterr);
	/* Names of attributes are the copy's, which goes. */
	for (guint i = 0; e == ERR_OK && i < matches->len; i++) {
		struct xpath_match *m = &g_array_index(matches, struct xpath_match, i);
		if (m->attribute != NULL)
			m->attribute = document_name_text(w->now, document_known_name(w->now, m->attribute));
	}
	xpath_free(x);
	if (e == ERR_OK)
		return matches;
	g_array_unref(matches);
	return NULL;
}

static struct element *match_at(GArray *matches, guint i)
{
	return (struct element *)(uintptr_t)g_array_index(matches, struct xpath_match, i).element;
}

static enum edit_verdict refuse_unselected(struct work *w)
{
	(void)error_set(w->reterr, ERR_NOT_FOUND, "\"%s\" selects nothing", w->edit->xpath);
	return EDIT_ABSENT;
}

/* The last first: who selects an element and what is in it deletes what is in it and then the element. */
static enum edit_verdict delete_matches(struct work *w, GArray *matches)
{
	guint count = w->edit->kind == EDIT_DELETE && matches->len > 0 ? 1 : matches->len;
	for (guint i = count; i > 0; i--) {
		struct element *e = match_at(matches, i - 1);
		const char *attribute = g_array_index(matches, struct xpath_match, i - 1).attribute;
		if (attribute != NULL) {
			element_set(e, document_name(w->now, attribute), NULL);
		} else if (e->parent == NULL) {
			(void)error_set(w->reterr, ERR_INVALID,
					"\"%s\" selects the whole configuration; use erase for that", w->edit->xpath);
			return EDIT_MISPLACED;
		} else {
			element_remove(e);
		}
	}
	return EDIT_DONE;
}

static enum edit_verdict modify_matches(struct work *w, GArray *matches)
{
	for (guint i = 0; i < matches->len; i++) {
		struct element *found = edit_find_to_merge(match_at(matches, i), w->body);
		if (found == NULL)
			continue;
		edit_merge(found, w->body, w->edit->expand_scores);
		return EDIT_DONE;
	}
	return matches->len == 0 ? refuse_unselected(w) : refuse_absent(w);
}

static enum edit_verdict create_below(struct work *w, struct element *parent);
static enum edit_verdict replace_whole(struct work *w);

/* The new one comes last among its siblings, wherever the old one was. */
static enum edit_verdict replace_match(struct work *w, GArray *matches)
{
	struct element *old = match_at(matches, 0), *parent = old->parent;
	if (g_array_index(matches, struct xpath_match, 0).attribute != NULL) {
		(void)error_set(w->reterr, ERR_INVALID,
				"\"%s\" selects an attribute, which cannot be replaced by an element", w->edit->xpath);
		return EDIT_MALFORMED;
	}
	if (parent == NULL)
		return replace_whole(w);
	element_remove(old);
	element_append(parent, element_copy(w->now, w->body));
	return EDIT_DONE;
}

static enum edit_verdict apply_to_matches(struct work *w, GArray *matches)
{
	bool deletes = w->edit->kind == EDIT_DELETE || w->edit->kind == EDIT_DELETE_ALL;
	if (deletes)
		return delete_matches(w, matches);
	if (matches->len == 0)
		return refuse_unselected(w);
	if (w->edit->kind == EDIT_CREATE)
		return create_below(w, match_at(matches, 0));
	return w->edit->kind == EDIT_MODIFY ? modify_matches(w, matches) : replace_match(w, matches);
}

static enum edit_verdict apply_by_xpath(struct work *w)
{
	if (w->body == NULL && w->edit->kind != EDIT_DELETE && w->edit->kind != EDIT_DELETE_ALL)
		return narrow_body(w);
	GArray *matches = select_matches(w);
	if (matches == NULL)
		return EDIT_MALFORMED;
	enum edit_verdict v = apply_to_matches(w, matches);
	g_array_unref(matches);
	return v;
}

/* ---- create and modify ---- */

static enum edit_verdict modify(struct work *w)
{
	enum edit_verdict v = narrow_body(w);
	if (v != EDIT_DONE)
		return v;
	struct element *in = edit_scope_find(root_of(w), w->edit->scope);
	if (in == NULL) {
		cib_name above = edit_scope_parent(w->edit->scope);
		struct element *parent = above == NAME_CONFIGURATION ? document_configuration(w->now) : root_of(w);
		if (above == NAME_NONE || parent == NULL)
			return refuse_scope(w);
		in = element_add(parent, document_name(w->now, w->edit->scope));
	}
	struct element *found = edit_find_to_merge(in, w->body);
	if (found != NULL)
		edit_merge(found, w->body, w->edit->expand_scores);
	else if (w->edit->allow_create)
		element_append(in, element_copy(w->now, w->body));
	else
		return refuse_absent(w);
	return EDIT_DONE;
}

static bool has_child_like(struct element *parent, const struct element *like)
{
	for (const struct element *child = parent->first; child != NULL; child = child->next)
		if (edit_names_agree(child, like) && (element_id(like) == NULL || edit_ids_agree(child, like)))
			return true;
	return false;
}

static enum edit_verdict add_new(struct work *w, struct element *parent, const struct element *new)
{
	if (new->name != NAME_COMMENT && has_child_like(parent, new)) {
		const char *id = element_id(new);
		(void)error_set(w->reterr, ERR_EXISTS,
				id == NULL ? "<%s> is there already" : "<%s id=\"%s\"> is there already",
				element_tag(new), id);
		return EDIT_PRESENT;
	}
	element_append(parent, element_copy(w->now, new));
	return EDIT_DONE;
}

/* A body that is the parent itself stands for what is in it. */
static enum edit_verdict create_below(struct work *w, struct element *parent)
{
	if (w->edit->xpath != NULL || !body_is_scope(w))
		return add_new(w, parent, w->body);
	enum edit_verdict v = EDIT_DONE;
	for (const struct element *child = w->body->first; child != NULL && v == EDIT_DONE; child = child->next)
		v = add_new(w, parent, child);
	return v;
}

static enum edit_verdict create(struct work *w)
{
	const char *scope = w->edit->scope;
	enum edit_verdict v = narrow_body(w);
	if (v != EDIT_DONE)
		return v;
	if ((scope != NULL && is_whole(scope)) || w->body->name == NAME_CIB)
		return modify(w);
	struct element *parent = edit_scope_find(root_of(w), scope);
	return parent == NULL ? refuse_scope(w) : create_below(w, parent);
}

/* ---- delete ---- */

static void delete_like(struct element *in, const struct element *like)
{
	struct element *found = edit_find_to_delete(in, like);
	if (found != NULL)
		element_remove(found);
}

/* What is not there is deleted already. */
static enum edit_verdict delete_body(struct work *w)
{
	enum edit_verdict v = narrow_body(w);
	struct element *in = edit_scope_find(root_of(w), w->edit->scope);
	if (v != EDIT_DONE || in == NULL)
		return v;
	if (!body_is_scope(w)) {
		delete_like(in, w->body);
		return EDIT_DONE;
	}
	for_each_child(child, w->body) delete_like(in, child);
	return EDIT_DONE;
}

/* ---- replace ---- */

static int64_t version_field(const struct element *root, cib_name name)
{
	const char *text = element_get(root, name);
	return text == NULL ? -1 : strtoll(text, NULL, 10);
}

static int compare_versions(const struct element *a, const struct element *b)
{
	static const cib_name fields[] = {NAME_ADMIN_EPOCH, NAME_EPOCH, NAME_NUM_UPDATES};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		int64_t x = version_field(a, fields[i]), y = version_field(b, fields[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static void take_version(struct element *to, const struct element *from)
{
	struct cib_version v = cib_version_of(from);
	element_set_int(to, NAME_ADMIN_EPOCH, v.admin_epoch);
	element_set_int(to, NAME_EPOCH, v.epoch);
	element_set_int(to, NAME_NUM_UPDATES, v.num_updates);
}

static char *version_text(const struct element *root, struct arena *a)
{
	struct cib_version v = cib_version_of(root);
	return arena_printf(a, "%lld.%lld.%lld", (long long)v.admin_epoch, (long long)v.epoch,
			    (long long)v.num_updates);
}

static enum edit_verdict replace_whole(struct work *w)
{
	const struct element *old = root_of(w);
	if (w->body->name != NAME_CIB) {
		(void)error_set(w->reterr, ERR_INVALID, "<%s> is no configuration: that would be <cib>",
				element_tag(w->body));
		return EDIT_MALFORMED;
	}
	bool is_older = compare_versions(w->body, old) < 0;
	if (is_older && !w->edit->force) {
		struct arena a = {0};
		(void)error_set(w->reterr, ERR_INVALID,
				"the configuration given has version %s and is older than the one here, %s; apply your "
				"change to the newer one",
				version_text(w->body, &a), version_text(old, &a));
		arena_fini(&a);
		return EDIT_OLD;
	}
	struct document *next = document_new(NAME_NONE);
	document_set_root(next, element_copy(next, w->body));
	if (is_older)
		take_version(document_root(next), old);
	document_free(w->now);
	w->now = next;
	return EDIT_DONE;
}

static enum edit_verdict replace(struct work *w)
{
	enum edit_verdict v = narrow_body(w);
	if (v != EDIT_DONE)
		return v;
	if (w->body->name == NAME_CIB)
		return replace_whole(w);
	/* A section by its own name may stand anywhere, as any element. */
	struct element *in = body_is_scope(w) ? root_of(w) : edit_scope_find(root_of(w), w->edit->scope);
	if (in == NULL)
		return refuse_scope(w);
	struct element *old = edit_find_to_replace(in, w->body);
	if (old == NULL)
		return refuse_absent(w);
	edit_replace_element(old, w->body);
	return EDIT_DONE;
}

/* ---- the others ---- */

static enum edit_verdict patch(struct work *w)
{
	if (w->body == NULL)
		return narrow_body(w);
	struct document *next = NULL;
	enum patch_result result =
		patch_apply(w->now, w->body, w->edit->force ? 0 : PATCH_CHECK_VERSION, &next, w->reterr);
	switch (result) {
	case PATCH_APPLIED:
		document_free(w->now);
		w->now = next;
		return EDIT_DONE;
	case PATCH_MALFORMED:
	case PATCH_FORM:
		return EDIT_MISPLACED;
	case PATCH_OUTDATED:
		/* From here on, but not onward: it was made backwards. */
		return EDIT_OLD;
	case PATCH_DIGEST:
		return EDIT_DIGEST;
	case PATCH_AHEAD:
	case PATCH_NO_MATCH:
		return EDIT_UNFIT;
	}
	return EDIT_UNFIT;
}

static void count_up(struct element *root, cib_name name)
{
	int64_t value = version_field(root, name);
	element_set_int(root, name, cib_version_next(value < 0 ? 0 : value));
}

static enum edit_verdict erase(struct work *w)
{
	static const cib_name kept[] = {NAME_CRM_CONFIG, NAME_NODES, NAME_RESOURCES, NAME_CONSTRAINTS};
	struct element *root = root_of(w);
	while (root->first != NULL)
		element_remove(root->first);
	struct element *configuration = element_add(root, NAME_CONFIGURATION);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		(void)element_add(configuration, kept[i]);
	(void)element_add(root, NAME_STATUS);
	count_up(root, NAME_ADMIN_EPOCH);
	return EDIT_DONE;
}

static enum edit_verdict bump(struct work *w)
{
	count_up(root_of(w), NAME_EPOCH);
	return EDIT_DONE;
}

static enum edit_verdict upgrade(struct work *w)
{
	struct element *root = root_of(w);
	int before = cib_schema_number(element_get_or(root, NAME_VALIDATE_WITH, ""));
	if (cib_upgrade(w->now, w->reterr) != ERR_OK)
		return EDIT_INVALID;
	root = root_of(w);
	if (cib_schema_number(element_get_or(root, NAME_VALIDATE_WITH, "")) <= before)
		return EDIT_DONE;
	count_up(root, NAME_ADMIN_EPOCH);
	element_set_int(root, NAME_EPOCH, 1);
	element_set_int(root, NAME_NUM_UPDATES, 1);
	return EDIT_DONE;
}

enum edit_verdict edit_kind_apply(struct work *w)
{
	bool by_xpath = w->edit->xpath != NULL;
	switch (w->edit->kind) {
	case EDIT_CREATE:
		return by_xpath ? apply_by_xpath(w) : create(w);
	case EDIT_MODIFY:
		return by_xpath ? apply_by_xpath(w) : modify(w);
	case EDIT_DELETE:
	case EDIT_DELETE_ALL:
		return by_xpath ? apply_by_xpath(w) : delete_body(w);
	case EDIT_REPLACE:
		return by_xpath ? apply_by_xpath(w) : replace(w);
	case EDIT_PATCH:
		return patch(w);
	case EDIT_ERASE:
		return erase(w);
	case EDIT_BUMP:
		return bump(w);
	case EDIT_UPGRADE:
		return upgrade(w);
	case EDIT_TRANSACTION:
		return edit_transaction_apply(w);
	}
	return EDIT_MISPLACED;
}
