/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two walks: the old document's order pairs children, finds deletions and what changed inside; the new document's order
 * then writes down the rest. Only what changed is remembered in between. */
#include "cib/difference.h"

#include "cib/digest.h"
#include "cib/patch.h"

#include <assert.h>
#include <string.h>

/* An element of the new document that has something to tell. */
struct finding {
	const struct element *old; /* NULL: created */
	const struct element *now;
	struct finding *first, **tail; /* among its children, in the new order */
	struct finding *next;
	int position; /* among its siblings, in the end */
	bool moved;
	bool attributes;
};

struct difference {
	struct arena arena;
	const struct document *from, *to;
	unsigned flags;
	const struct difference_visitor *visitor;
	void *arg;
	struct element *patch; /* of difference_make() */
};

void element_path(const struct element *e, GString *out)
{
	if (e->parent != NULL)
		element_path(e->parent, out);
	g_string_append_c(out, '/');
	g_string_append(out, e->name == NAME_COMMENT ? "comment" : element_tag(e));
	const char *id = element_id(e);
	if (id != NULL)
		g_string_append_printf(out, "[@id='%s']", id);
}

/* ---- attributes ---- */

/* The number that a name of the old document has in the new one; NAME_NONE: none. */
static cib_name name_in_new(const struct difference *d, cib_name name)
{
	return name < NAME_COUNT ? name : document_known_name(d->to, document_name_text(d->from, name));
}

static bool same_attributes(const struct difference *d, const struct element *old, const struct element *now)
{
	if (old->attribute_count != now->attribute_count)
		return false;
	for (unsigned i = 0; i < now->attribute_count; i++) {
		const struct attribute *a = &now->attributes[i];
		if (a->name != name_in_new(d, old->attributes[i].name) ||
		    strcmp(a->value, old->attributes[i].value) != 0)
			return false;
	}
	return true;
}

static int index_of(const struct element *e, cib_name name)
{
	for (int i = 0; i < e->attribute_count; i++)
		if (e->attributes[i].name == name)
			return i;
	return -1;
}

static int count_unless(const bool *skip, int end)
{
	int n = 0;
	for (int i = 0; i < end; i++)
		n += !skip[i];
	return n;
}

/* Which attributes of `now` are to be set, and whether any change at all. An attribute whose place among the others
 * changed is set like one whose value did; of two that changed places both are. */
static bool mark_attributes(struct difference *d, const struct element *old, const struct element *now, bool *ret_set)
{
	bool *old_skip = arena_array(&d->arena, bool, old->attribute_count);
	bool *now_skip = arena_array(&d->arena, bool, now->attribute_count);
	bool any = false;
	memset(ret_set, true, now->attribute_count);
	for (int i = 0; i < old->attribute_count; i++) {
		cib_name name = name_in_new(d, old->attributes[i].name);
		int at = name == NAME_NONE ? -1 : index_of(now, name);
		if (at < 0) {
			any = true;
			continue;
		}
		ret_set[at] = strcmp(old->attributes[i].value, now->attributes[at].value) != 0;
		if (ret_set[at] || (d->flags & DIFFERENCE_ANY_ATTRIBUTE_ORDER) != 0)
			continue;
		int old_place = count_unless(old_skip, i), place = count_unless(now_skip, at);
		if (old_place == place)
			continue;
		ret_set[at] = true;
		*(old_place > place ? &old_skip[i] : &now_skip[at]) = true;
	}
	return any || memchr(ret_set, true, now->attribute_count) != NULL;
}

static bool attributes_differ(struct difference *d, const struct element *old, const struct element *now)
{
	if (same_attributes(d, old, now))
		return false;
	return mark_attributes(d, old, now, arena_array(&d->arena, bool, now->attribute_count));
}

/* ---- children ---- */

/* The children of a parent from the first that differ on. */
struct siblings {
	const struct element **old, **now;
	int old_count, now_count;
	int *old_match; /* index of the new one; -1: gone */
	int *now_match; /* index of the old one; -1: created */
	bool *moved;    /* of the new ones */
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same(const struct difference *d, const struct element *old, const struct element *now)
{
	if (name_in_new(d, old->name) != now->name)
		return false;
	return old->name == NAME_COMMENT ? same_text(old->text, now->text)
					 : same_text(element_id(old), element_id(now));
}

static const struct element **list_from(struct arena *a, const struct element *first, int *ret_count)
{
	int count = 0;
	for (const struct element *e = first; e != NULL; e = e->next)
		count++;
	const struct element **list = arena_array(a, const struct element *, (size_t)count);
	for (int i = 0; i < count; i++, first = first->next)
		list[i] = first;
	*ret_count = count;
	return list;
}

struct key {
	cib_name name; /* of the new document */
	const char *id;
	int first; /* the first new child with this key that is not taken; -1: none */
};

static guint key_hash(gconstpointer p)
{
	const struct key *k = p;
	return (k->id == NULL ? 0 : g_str_hash(k->id)) * 31 + k->name;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
	const struct key *left = a, *right = b;
	return left->name == right->name && same_text(left->id, right->id);
}

/* Every key of the new children, with those that share it chained through `chain` in their order. */
static GHashTable *index_new(struct difference *d, const struct siblings *s, int *chain)
{
	GHashTable *keys = g_hash_table_new(key_hash, key_equal);
	for (int i = s->now_count - 1; i >= 0; i--) {
		if (s->now[i]->name == NAME_COMMENT)
			continue;
		struct key wanted = {s->now[i]->name, element_id(s->now[i]), -1};
		struct key *k = g_hash_table_lookup(keys, &wanted);
		if (k == NULL) {
			k = arena_new(&d->arena, struct key);
			*k = wanted;
			g_hash_table_add(keys, k);
		}
		chain[i] = k->first;
		k->first = i;
	}
	return keys;
}

static int take_new(const struct difference *d, GHashTable *keys, const int *chain, const struct element *old)
{
	struct key wanted = {name_in_new(d, old->name), element_id(old), -1};
	struct key *k = wanted.name == NAME_NONE ? NULL : g_hash_table_lookup(keys, &wanted);
	if (k == NULL || k->first < 0)
		return -1;
	int found = k->first;
	k->first = chain[found];
	return found;
}

/* Elements match by name and id, comments by place and text. */
static void match_siblings(struct difference *d, struct siblings *s)
{
	int *chain = arena_array(&d->arena, int, (size_t)s->now_count);
	s->old_match = arena_array(&d->arena, int, (size_t)s->old_count);
	s->now_match = arena_array(&d->arena, int, (size_t)s->now_count);
	s->moved = arena_array(&d->arena, bool, (size_t)s->now_count);
	for (int i = 0; i < s->now_count; i++)
		s->now_match[i] = -1;
	GHashTable *keys = index_new(d, s, chain);
	for (int i = 0; i < s->old_count; i++) {
		bool comment = s->old[i]->name == NAME_COMMENT;
		if (comment)
			s->old_match[i] = i < s->now_count && is_same(d, s->old[i], s->now[i]) ? i : -1;
		else
			s->old_match[i] = take_new(d, keys, chain, s->old[i]);
		if (s->old_match[i] >= 0)
			s->now_match[s->old_match[i]] = i;
	}
	g_hash_table_destroy(keys);
}

/* Counts that change, and their sums from the beginning, both in log n (Fenwick's tree). */
struct sums {
	int *tree, size;
};

static void sums_add(struct sums *s, int at, int value)
{
	for (at++; at <= s->size; at += at & -at)
		s->tree[at] += value;
}

static int sums_before(const struct sums *s, int at)
{
	int sum = 0;
	for (; at > 0; at -= at & -at)
		sum += s->tree[at];
	return sum;
}

/* Which of the matched new children must move. Places are counted among those that still stand: one that moves towards
 * the front no longer stands where it was, one that moves towards the end not yet where it will be. Returns whether a
 * comment would have to move: a path cannot say which one. */
static bool mark_moves(struct difference *d, struct siblings *s)
{
	struct sums standing = {arena_array(&d->arena, int, (size_t)s->old_count + 1), s->old_count};
	for (int i = 0; i < s->old_count; i++)
		if (s->old_match[i] >= 0)
			sums_add(&standing, i, 1);
	bool comment = false;
	int place = 0;
	for (int i = 0; i < s->now_count; i++) {
		s->moved[i] = false;
		if (s->now_match[i] < 0)
			continue;
		int old_place = sums_before(&standing, s->now_match[i]);
		s->moved[i] = old_place != place;
		comment |= s->moved[i] && s->now[i]->name == NAME_COMMENT;
		if (old_place > place)
			sums_add(&standing, s->now_match[i], -1);
		if (old_place >= place)
			place++;
	}
	return comment;
}

static void unmatch_comments(struct siblings *s)
{
	for (int i = 0; i < s->old_count; i++) {
		if (s->old[i]->name == NAME_COMMENT && s->old_match[i] >= 0) {
			s->now_match[s->old_match[i]] = -1;
			s->old_match[i] = -1;
		}
	}
}

static struct finding *finding_new(struct difference *d, const struct element *old, const struct element *now)
{
	struct finding *f = arena_new(&d->arena, struct finding);
	f->old = old;
	f->now = now;
	f->tail = &f->first;
	return f;
}

static void append_finding(struct finding *parent, struct finding *f, int position)
{
	f->position = position;
	*parent->tail = f;
	parent->tail = &f->next;
}

static struct finding *compare(struct difference *d, const struct element *old, const struct element *now);

/* The children from old and now on, of which `place` came before. */
static void compare_rest(struct difference *d, struct finding *parent, const struct element *old,
			 const struct element *now, int place)
{
	struct siblings s = {0};
	s.old = list_from(&d->arena, old, &s.old_count);
	s.now = list_from(&d->arena, now, &s.now_count);
	match_siblings(d, &s);
	if (mark_moves(d, &s)) {
		unmatch_comments(&s);
		(void)mark_moves(d, &s);
	}
	struct finding **found = arena_array(&d->arena, struct finding *, (size_t)s.now_count);
	for (int i = 0, kept = place; i < s.old_count; i++) {
		int match = s.old_match[i];
		if (match < 0) {
			d->visitor->deleted(d->arg, s.old[i], kept);
			continue;
		}
		found[match] = compare(d, s.old[i], s.now[match]);
		kept++;
	}
	for (int i = 0; i < s.now_count; i++) {
		bool created = s.now_match[i] < 0;
		if (found[i] == NULL && (created || s.moved[i]))
			found[i] = finding_new(d, created ? NULL : s.old[s.now_match[i]], s.now[i]);
		if (found[i] == NULL)
			continue;
		found[i]->moved = s.moved[i];
		append_finding(parent, found[i], place + i);
	}
}

/* What is different in or below a pair; NULL: nothing but deletions. */
static struct finding *compare(struct difference *d, const struct element *old, const struct element *now)
{
	struct finding here = {.old = old, .now = now};
	here.tail = &here.first;
	here.attributes = attributes_differ(d, old, now);
	const struct element *o = old->first, *n = now->first;
	int place = 0;
	for (; o != NULL && n != NULL && is_same(d, o, n); o = o->next, n = n->next, place++) {
		struct finding *f = o->name == NAME_COMMENT ? NULL : compare(d, o, n);
		if (f != NULL)
			append_finding(&here, f, place);
	}
	if (o != NULL || n != NULL)
		compare_rest(d, &here, o, n, place);
	if (here.first == NULL && !here.attributes)
		return NULL;
	struct finding *f = finding_new(d, old, now);
	f->first = here.first;
	f->attributes = here.attributes;
	return f;
}

static void show(struct difference *d, const struct finding *f)
{
	if (f->old == NULL) {
		d->visitor->created(d->arg, f->now, f->position);
		return;
	}
	if (f->attributes)
		d->visitor->modified(d->arg, f->old, f->now);
	for (const struct finding *child = f->first; child != NULL; child = child->next)
		show(d, child);
	if (f->moved)
		d->visitor->moved(d->arg, f->old, f->now, f->position);
}

static enum err walk(struct difference *d, struct error *reterr)
{
	const struct element *old = document_root(d->from), *now = document_root(d->to);
	if (!is_same(d, old, now))
		return error_set(reterr, ERR_INVALID, "<%s id=\"%s\"> and <%s id=\"%s\"> are not the same document",
				 element_tag(old), element_get_or(old, NAME_ID, ""), element_tag(now),
				 element_get_or(now, NAME_ID, ""));
	struct finding *all = compare(d, old, now);
	if (all != NULL)
		show(d, all);
	return ERR_OK;
}

enum err difference_walk(const struct document *from, const struct document *to, unsigned flags,
			 const struct difference_visitor *visitor, void *arg, struct error *reterr)
{
	struct difference d = {.from = from, .to = to, .flags = flags, .visitor = visitor, .arg = arg};
	enum err e = walk(&d, reterr);
	arena_fini(&d.arena);
	return e;
}

/* ---- the patch ---- */

static cib_name name_in_patch(const struct difference *d, const struct document *of, cib_name name)
{
	return name < NAME_COUNT ? name : document_name(d->patch->document, document_name_text(of, name));
}

static struct element *add_change(struct difference *d, const char *operation, const struct element *where)
{
	struct element *change = element_add(d->patch, NAME_CHANGE);
	GString *path = g_string_new(NULL);
	element_path(where, path);
	element_set(change, NAME_OPERATION, operation);
	element_set(change, NAME_PATH, path->str);
	g_string_free(path, TRUE);
	return change;
}

static void write_deleted(void *arg, const struct element *old, int position)
{
	struct element *change = add_change(arg, "delete", old);
	if (old->name == NAME_COMMENT)
		element_set_int(change, NAME_POSITION, position);
}

static void write_created(void *arg, const struct element *now, int position)
{
	struct element *change = add_change(arg, "create", now->parent);
	element_set_int(change, NAME_POSITION, position);
	element_append(change, element_copy(change->document, now));
}

static void write_moved(void *arg, const struct element *old, const struct element *now, int position)
{
	(void)old;
	element_set_int(add_change(arg, "move", now), NAME_POSITION, position);
}

static void add_attribute_change(struct element *list, const char *name, const char *value)
{
	struct element *e = element_add(list, NAME_CHANGE_ATTR);
	element_set(e, NAME_NAME, name);
	element_set(e, NAME_OPERATION, value != NULL ? "set" : "unset");
	if (value != NULL)
		element_set(e, NAME_VALUE, value);
}

static void write_modified(void *arg, const struct element *old, const struct element *now)
{
	struct difference *d = arg;
	bool *set = arena_array(&d->arena, bool, now->attribute_count);
	(void)mark_attributes(d, old, now, set);
	struct element *change = add_change(d, "modify", now);
	struct element *list = element_add(change, NAME_CHANGE_LIST);
	struct element *result =
		element_add(element_add(change, NAME_CHANGE_RESULT), name_in_patch(d, d->to, now->name));
	for (unsigned i = 0; i < now->attribute_count; i++) {
		const struct attribute *a = &now->attributes[i];
		if (set[i])
			add_attribute_change(list, document_name_text(d->to, a->name), a->value);
		element_set(result, name_in_patch(d, d->to, a->name), a->value);
	}
	for (unsigned i = 0; i < old->attribute_count; i++) {
		cib_name name = name_in_new(d, old->attributes[i].name);
		if (name == NAME_NONE || element_get(now, name) == NULL)
			add_attribute_change(list, document_name_text(d->from, old->attributes[i].name), NULL);
	}
}

static void write_version(struct element *version, cib_name side, const struct element *root)
{
	static const cib_name fields[] = {NAME_ADMIN_EPOCH, NAME_EPOCH, NAME_NUM_UPDATES};
	struct element *e = element_add(version, side);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		element_set(e, fields[i], element_get_or(root, fields[i], "1"));
}

/* Where the order of attributes is no difference, what comes out of the patch is not what went in. */
static const char *digest_of_result(struct difference *d)
{
	struct document *result = NULL;
	if ((d->flags & DIFFERENCE_ANY_ATTRIBUTE_ORDER) == 0 ||
	    patch_apply(d->from, d->patch, 0, &result, NULL) != PATCH_APPLIED)
		return cib_digest_document(document_root(d->to), &d->arena);
	const char *digest = cib_digest_document(document_root(result), &d->arena);
	document_free(result);
	return digest;
}

static void write_head(struct difference *d)
{
	element_set(d->patch, NAME_FORMAT, "2");
	if ((d->flags & DIFFERENCE_WITH_DIGEST) != 0)
		element_set(d->patch, NAME_DIGEST, digest_of_result(d));
	if ((d->flags & DIFFERENCE_WITHOUT_VERSION) != 0)
		return;
	struct element *version = element_new(d->patch->document, NAME_VERSION);
	element_insert(d->patch, version, d->patch->first);
	write_version(version, NAME_SOURCE, document_root(d->from));
	write_version(version, NAME_TARGET, document_root(d->to));
}

enum err difference_make(const struct document *from, const struct document *to, unsigned flags,
			 struct document **ret_patch, struct error *reterr)
{
	static const struct difference_visitor writer = {write_deleted, write_created, write_modified, write_moved};
	struct difference d = {.from = from, .to = to, .flags = flags, .visitor = &writer};
	struct document *patch = document_new(NAME_DIFF);
	d.arg = &d;
	d.patch = document_root(patch);
	enum err e = walk(&d, reterr);
	bool different = d.patch->first != NULL;
	if (different)
		write_head(&d);
	arena_fini(&d.arena);
	if (!different) {
		document_free(patch);
		patch = NULL;
	}
	if (e == ERR_OK)
		*ret_patch = patch;
	return e;
}
