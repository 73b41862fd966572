/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/patch.h"

#include "cib/digest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* An element that is created or moved, once all paths have been walked. */
struct placing {
	const struct element *change;
	struct element *parent; /* of the created */
	struct element *moved;  /* NULL: created */
	int position;
	unsigned order; /* in the patch */
};

struct patching {
	struct document *document;
	struct arena arena;
	GArray *placings;
	GHashTable *indexes; /* element with many children -> (id -> child) */
	struct error *reterr;
	unsigned number; /* of the change at hand, from 1 */
};

/* ---- versions ---- */

static int64_t number_of(const struct element *e, cib_name name)
{
	const char *text = element_get(e, name);
	int64_t value = text == NULL ? 0 : strtoll(text, NULL, 10);
	return value < 0 ? 0 : value;
}

struct cib_version cib_version_of(const struct element *root)
{
	return (struct cib_version){number_of(root, NAME_ADMIN_EPOCH), number_of(root, NAME_EPOCH),
				    number_of(root, NAME_NUM_UPDATES)};
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int cib_version_compare(struct cib_version a, struct cib_version b)
{
	int by_admin = compare_numbers(a.admin_epoch, b.admin_epoch);
	int by_epoch = compare_numbers(a.epoch, b.epoch);
	return by_admin != 0 ? by_admin : by_epoch != 0 ? by_epoch : compare_numbers(a.num_updates, b.num_updates);
}

int64_t cib_version_next(int64_t number)
{
	return number < INT64_MAX ? number + 1 : number;
}

static char *version_text(struct arena *a, struct cib_version v)
{
	return arena_printf(a, "%lld.%lld.%lld", (long long)v.admin_epoch, (long long)v.epoch,
			    (long long)v.num_updates);
}

/* A side of a patch's version: absent is fine, half of one is not. */
static bool take_version(const struct element *side, struct cib_version *ret)
{
	if (side == NULL)
		return true;
	static const cib_name fields[] = {NAME_ADMIN_EPOCH, NAME_EPOCH, NAME_NUM_UPDATES};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *text = element_get(side, fields[i]);
		char *end = NULL;
		if (text == NULL || *text == '\0' || (strtoll(text, &end, 10), *end != '\0'))
			return false;
	}
	*ret = cib_version_of(side);
	return true;
}

static enum patch_result check_version(struct patching *p, const struct element *patch, struct cib_version have)
{
	struct cib_version source = have, target = have;
	target.num_updates = cib_version_next(target.num_updates);
	const struct element *version = element_first_named(patch, NAME_VERSION);
	if (!take_version(element_first_named(version, NAME_SOURCE), &source) ||
	    !take_version(element_first_named(version, NAME_TARGET), &target)) {
		(void)error_set(
			p->reterr, ERR_INVALID,
			"the patch's <version> lacks one of admin_epoch, epoch and num_updates, or it is no number");
		return PATCH_MALFORMED;
	}
	int order = cib_version_compare(have, source);
	if (order != 0) {
		(void)error_set(p->reterr, ERR_INVALID,
				"the configuration has version %s and is %s than %s, which the "
				"patch was made for",
				version_text(&p->arena, have), order < 0 ? "older" : "newer",
				version_text(&p->arena, source));
		return order < 0 ? PATCH_AHEAD : PATCH_OUTDATED;
	}
	if (cib_version_compare(target, source) <= 0) {
		(void)error_set(p->reterr, ERR_INVALID, "the patch does not lead to a newer version: from %s to %s",
				version_text(&p->arena, source), version_text(&p->arena, target));
		return PATCH_OUTDATED;
	}
	return PATCH_APPLIED;
}

/* ---- paths ---- */

/* One step of a path: /name or /name[@id='id']. */
struct step {
	const char *name, *id; /* id NULL: any */
	size_t name_length, id_length;
	bool last;
};

static const char id_begin[] = "[@id='";

/* An id ends at the first '] before a slash or the end: it may itself hold quotes, slashes and brackets. */
static const char *find_id_end(const char *id)
{
	for (const char *at = strstr(id, "']"); at != NULL; at = strstr(at + 1, "']"))
		if (at[2] == '\0' || at[2] == '/')
			return at;
	return NULL;
}

static bool take_step(const char **path, struct step *ret_step)
{
	if (**path != '/')
		return false;
	struct step step = {.name = *path + 1};
	step.name_length = strcspn(step.name, "/[");
	const char *end = step.name + step.name_length;
	if (*end == '[') {
		if (strncmp(end, id_begin, strlen(id_begin)) != 0)
			return false;
		step.id = end + strlen(id_begin);
		end = find_id_end(step.id);
		if (end == NULL)
			return false;
		step.id_length = (size_t)(end - step.id);
		end += strlen("']");
	}
	step.last = *end == '\0';
	*path = end;
	*ret_step = step;
	return step.name_length > 0;
}

static bool is_step(const struct element *e, const struct step *step)
{
	const char *name = e->name == NAME_COMMENT ? "comment" : element_tag(e);
	if (strncmp(name, step->name, step->name_length) != 0 || name[step->name_length] != '\0')
		return false;
	if (step->id == NULL)
		return true;
	const char *id = element_id(e);
	return id != NULL && strncmp(id, step->id, step->id_length) == 0 && id[step->id_length] == '\0';
}

enum { FEW_CHILDREN = 16 };

static bool has_few_children(const struct element *parent)
{
	unsigned n = 0;
	for (const struct element *child = parent->first; child != NULL; child = child->next)
		if (++n > FEW_CHILDREN)
			return false;
	return true;
}

static GHashTable *index_of(struct patching *p, struct element *parent)
{
	GHashTable *index = g_hash_table_lookup(p->indexes, parent);
	if (index != NULL)
		return index;
	index = g_hash_table_new(g_str_hash, g_str_equal);
	for (struct element *child = parent->last; child != NULL; child = child->previous)
		if (element_id(child) != NULL)
			g_hash_table_insert(index, (gpointer)(uintptr_t)element_id(child), child);
	g_hash_table_insert(p->indexes, parent, index);
	return index;
}

/* The first child that a step names. Among many with ids it is looked up; the index may be out of date in both
 * directions, so what it says is checked, and otherwise they are walked. */
static struct element *find_child(struct patching *p, struct element *parent, const struct step *step)
{
	if (step->id != NULL && !has_few_children(parent)) {
		char *id = g_strndup(step->id, step->id_length);
		struct element *found = g_hash_table_lookup(index_of(p, parent), id);
		g_free(id);
		if (found != NULL && found->parent == parent && is_step(found, step))
			return found;
	}
	for (struct element *child = parent->first; child != NULL; child = child->next)
		if (is_step(child, step))
			return child;
	return NULL;
}

/* The comment at this place among its siblings. */
static struct element *find_comment(struct element *parent, int position)
{
	struct element *child = parent->first;
	for (int i = 0; child != NULL && i < position; i++)
		child = child->next;
	return child != NULL && child->name == NAME_COMMENT ? child : NULL;
}

static enum patch_result refuse(struct patching *p, const struct element *change, enum patch_result result,
				const char *why)
{
	(void)error_set(p->reterr, result == PATCH_NO_MATCH ? ERR_NOT_FOUND : ERR_INVALID, "change %u, %s of %s: %s",
			p->number, element_get_or(change, NAME_OPERATION, "nothing"),
			element_get_or(change, NAME_PATH, "nothing"), why);
	return result;
}

/* position: of a comment that is deleted; below 0: the first will do. NULL in ret_found when there is none. */
static enum patch_result walk(struct patching *p, const struct element *change, int position,
			      struct element **ret_found)
{
	const char *path = element_get(change, NAME_PATH);
	struct element *at = NULL;
	struct step step = {0};
	if (path == NULL)
		return refuse(p, change, PATCH_MALFORMED, "the change has no path");
	for (bool first = true; first || (at != NULL && !step.last); first = false) {
		if (!take_step(&path, &step))
			return refuse(p, change, PATCH_MALFORMED,
				      "the path is not of the kind /name[@id='…']/name that patches use");
		if (first)
			at = is_step(document_root(p->document), &step) ? document_root(p->document) : NULL;
		else if (step.last && position >= 0 && step.id == NULL && strcmp(step.name, "comment") == 0)
			at = find_comment(at, position);
		else
			at = find_child(p, at, &step);
	}
	*ret_found = at;
	return PATCH_APPLIED;
}

/* ---- changes ---- */

static bool take_position(const struct element *change, int *ret)
{
	const char *text = element_get(change, NAME_POSITION);
	if (text == NULL)
		return false;
	char *end = NULL;
	long value = strtol(text, &end, 10);
	if (end == text || *end != '\0' || value < 0 || value > CIB_ELEMENTS_MAX)
		return false;
	*ret = (int)value;
	return true;
}

static enum patch_result modify(struct patching *p, const struct element *change, struct element *e)
{
	const struct element *result = element_first(element_first_named(change, NAME_CHANGE_RESULT));
	if (result == NULL)
		return refuse(p, change, PATCH_MALFORMED, "it has no <change-result> with an element in it");
	while (e->attribute_count > 0)
		element_set(e, e->attributes[e->attribute_count - 1].name, NULL);
	for (unsigned i = 0; i < result->attribute_count; i++) {
		const char *name = document_name_text(result->document, result->attributes[i].name);
		element_set(e, document_name(p->document, name), result->attributes[i].value);
	}
	return PATCH_APPLIED;
}

static enum patch_result remove_element(struct patching *p, const struct element *change, struct element *e)
{
	if (e == NULL)
		return PATCH_APPLIED;
	if (e->parent == NULL)
		return refuse(p, change, PATCH_MALFORMED, "the root of a document cannot be deleted");
	element_remove(e);
	return PATCH_APPLIED;
}

static void place_later(struct patching *p, const struct element *change, struct element *parent, struct element *moved)
{
	struct placing placing = {.change = change, .parent = parent, .moved = moved, .order = p->number};
	(void)take_position(change, &placing.position);
	g_array_append_val(p->placings, placing);
}

/* Until its turn comes, what moves waits behind its siblings: positions are counted as if it had left its place. */
static enum patch_result move(struct patching *p, const struct element *change, struct element *e)
{
	if (e->parent == NULL)
		return refuse(p, change, PATCH_MALFORMED, "the root of a document cannot be moved");
	struct element *parent = e->parent;
	element_remove(e);
	element_append(parent, e);
	place_later(p, change, parent, e);
	return PATCH_APPLIED;
}

static enum patch_result create(struct patching *p, const struct element *change, struct element *e)
{
	if (change->first == NULL)
		return refuse(p, change, PATCH_MALFORMED, "there is nothing in it to create");
	if (e->name == NAME_COMMENT)
		return refuse(p, change, PATCH_MALFORMED, "a comment has no children");
	place_later(p, change, e, NULL);
	return PATCH_APPLIED;
}

static enum patch_result apply_change(struct patching *p, const struct element *change)
{
	static const struct {
		const char *name;
		enum patch_result (*apply)(struct patching *p, const struct element *change, struct element *e);
	} operations[] = {{"modify", modify}, {"create", create}, {"delete", remove_element}, {"move", move}};
	const char *operation = element_get(change, NAME_OPERATION);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (operation == NULL || strcmp(operation, operations[i].name) != 0)
			continue;
		bool deletes = operations[i].apply == remove_element;
		int position = -1;
		if (deletes)
			(void)take_position(change, &position);
		struct element *e = NULL;
		enum patch_result result = walk(p, change, position, &e);
		if (result != PATCH_APPLIED)
			return result;
		if (e == NULL && !deletes)
			return refuse(p, change, PATCH_NO_MATCH, "the configuration has no such element");
		return operations[i].apply(p, change, e);
	}
	return refuse(p, change, PATCH_MALFORMED, "the operation is none of create, modify, move and delete");
}

static int compare_placings(const void *a, const void *b)
{
	const struct placing *left = a, *right = b;
	int by_position = compare_numbers(left->position, right->position);
	return by_position != 0 ? by_position : compare_numbers(left->order, right->order);
}

/* Where the last placing under a parent went: positions ascend, so the next is at or behind it. */
struct cursor {
	struct element *at; /* NULL: behind the last */
	int index;
	bool passed; /* an element that still waits for its turn: the patch was made for another document */
};

static struct cursor *cursor_of(struct patching *p, GHashTable *cursors, struct element *parent)
{
	struct cursor *c = g_hash_table_lookup(cursors, parent);
	if (c == NULL) {
		c = arena_new(&p->arena, struct cursor);
		c->at = parent->first;
		g_hash_table_insert(cursors, parent, c);
	}
	return c;
}

/* Takes an element from behind the cursor, which then stands as before. */
static void take_out(struct cursor *c, struct element *parent, struct element *e)
{
	if (c->passed)
		*c = (struct cursor){.at = parent->first};
	if (c->at == e)
		c->at = e->next;
	element_remove(e);
}

/* Puts an element, which is new or one of the children, where it then is the child of this number. */
static void place(struct patching *p, struct cursor *c, const struct placing *placing, GHashTable *waiting)
{
	struct element *e = placing->moved;
	if (e == NULL) {
		e = element_copy(p->document, placing->change->first);
	} else {
		take_out(c, placing->parent, e);
		(void)g_hash_table_remove(waiting, e);
	}
	for (; c->at != NULL && c->index < placing->position; c->at = c->at->next, c->index++)
		c->passed |= g_hash_table_contains(waiting, c->at);
	element_insert(placing->parent, e, c->at);
	c->at = e;
}

static void place_all(struct patching *p)
{
	GHashTable *cursors = g_hash_table_new(NULL, NULL), *waiting = g_hash_table_new(NULL, NULL);
	g_array_sort(p->placings, compare_placings);
	for (guint i = 0; i < p->placings->len; i++)
		(void)g_hash_table_add(waiting, g_array_index(p->placings, struct placing, i).moved);
	for (guint i = 0; i < p->placings->len; i++) {
		const struct placing *placing = &g_array_index(p->placings, struct placing, i);
		place(p, cursor_of(p, cursors, placing->parent), placing, waiting);
	}
	g_hash_table_destroy(waiting);
	g_hash_table_destroy(cursors);
}

static enum patch_result apply_all(struct patching *p, const struct element *patch)
{
	for_each_child(change, patch)
	{
		if (change->name != NAME_CHANGE)
			continue;
		p->number++;
		enum patch_result result = apply_change(p, change);
		if (result != PATCH_APPLIED)
			return result;
	}
	place_all(p);
	const char *wanted = element_get(patch, NAME_DIGEST);
	const char *digest = wanted == NULL ? NULL : cib_digest_document(document_root(p->document), &p->arena);
	if (wanted != NULL && g_ascii_strcasecmp(wanted, digest) != 0) {
		(void)error_set(
			p->reterr, ERR_INVALID,
			"what the patch makes of the configuration has digest %s and should have %s: it was made for "
			"another configuration",
			digest, wanted);
		return PATCH_DIGEST;
	}
	return PATCH_APPLIED;
}

static enum patch_result check_form(struct patching *p, const struct element *patch)
{
	const char *form = element_get_or(patch, NAME_FORMAT, "1");
	if (patch->name != NAME_DIFF) {
		(void)error_set(p->reterr, ERR_INVALID, "<%s> is no patch: that would be <diff format=\"2\">",
				element_tag(patch));
		return PATCH_MALFORMED;
	}
	if (strcmp(form, "2") != 0) {
		(void)error_set(
			p->reterr, ERR_UNSUPPORTED,
			"the patch has form %s, and only form 2 is supported; make it anew with crm_diff or cibadmin",
			form);
		return PATCH_FORM;
	}
	return PATCH_APPLIED;
}

static enum patch_result check(struct patching *p, const struct document *from, const struct element *patch,
			       unsigned flags)
{
	enum patch_result result = check_form(p, patch);
	if (result == PATCH_APPLIED && (flags & PATCH_CHECK_VERSION) != 0)
		result = check_version(p, patch, cib_version_of(document_root(from)));
	return result;
}

static enum patch_result change(struct patching *p, struct document *d, const struct element *patch)
{
	p->document = d;
	p->placings = g_array_new(FALSE, FALSE, sizeof(struct placing));
	p->indexes = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_destroy);
	enum patch_result result = apply_all(p, patch);
	g_hash_table_destroy(p->indexes);
	g_array_free(p->placings, TRUE);
	return result;
}

enum patch_result patch_apply_to(struct document *d, const struct element *patch, unsigned flags, struct error *reterr)
{
	struct patching p = {.reterr = reterr};
	enum patch_result result = check(&p, d, patch, flags);
	if (result == PATCH_APPLIED)
		result = change(&p, d, patch);
	arena_fini(&p.arena);
	return result;
}

enum patch_result patch_apply(const struct document *from, const struct element *patch, unsigned flags,
			      struct document **ret_document, struct error *reterr)
{
	struct patching p = {.reterr = reterr};
	struct document *d = NULL;
	enum patch_result result = check(&p, from, patch, flags);
	if (result == PATCH_APPLIED) {
		d = document_clone(from);
		result = change(&p, d, patch);
	}
	arena_fini(&p.arena);
	if (result != PATCH_APPLIED)
		document_free(d);
	else
		*ret_document = d;
	return result;
}
