/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --set-parameter, --delete-parameter and --delete of crm_resource.
 *
 * A pair is looked for in the blocks of its kind below the resource, by name and, when they were given, by the id of
 * the block and its own. All changes of one call are one change of the configuration.
 */
#include "cli/resource-task-private.h"
#include "cli/stored-pair.h"
#include "report/markup.h"
#include "scheduler/colocation.h"
#include "scheduler/constraints.h"

#include <string.h>

#define META     "meta_attributes"
#define INSTANCE "instance_attributes"

/* --- finding --- */

static struct element *configured(struct document *d, const char *id)
{
	struct element *e = document_by_id(d, id);
	for (const struct element *above = e; above != NULL; above = above->parent)
		if (above->name == NAME_RESOURCES)
			return e;
	return NULL;
}

/* Which pairs are meant; NULL: any. */
struct pair_pattern {
	const char *sets, *set_id, *id, *name;
};

static void add_matching(struct element *block, const struct pair_pattern *p, GPtrArray *found)
{
	for_each_child(e, block)
	{
		bool fits = e->name == NAME_NVPAIR;
		fits = fits && (p->id == NULL || strcmp(element_get_or(e, NAME_ID, ""), p->id) == 0);
		fits = fits && (p->name == NULL || strcmp(element_get_or(e, NAME_NAME, ""), p->name) == 0);
		if (fits)
			g_ptr_array_add(found, e);
		else
			add_matching(e, p, found);
	}
}

/* Of the resource itself; without a kind of blocks, of all that is below it. */
static GPtrArray *find_pairs(struct element *owner, const struct pair_pattern *p)
{
	GPtrArray *found = g_ptr_array_new();
	if (owner != NULL && p->sets == NULL)
		add_matching(owner, p, found);
	for (struct element *b = owner != NULL && p->sets != NULL ? element_first(owner) : NULL; b != NULL;
	     b = element_next(b)) {
		bool fits = strcmp(element_tag(b), p->sets) == 0;
		if (fits && (p->set_id == NULL || strcmp(element_get_or(b, NAME_ID, ""), p->set_id) == 0))
			add_matching(b, p, found);
	}
	return found;
}

static void tell_several(struct resource_task *t, const GPtrArray *found, const char *name)
{
	if (found->len < 2)
		return;
	if (name != NULL)
		task_tell(t, "Multiple attributes match name=%s", name);
	for (guint i = 0; name != NULL && i < found->len; i++)
		task_tell(t, "  Value: %s \t(id=%s)", element_get_or(g_ptr_array_index(found, i), NAME_VALUE, "(null)"),
			  element_get_or(g_ptr_array_index(found, i), NAME_ID, "(null)"));
	task_tell(t, "%s", "");
}

/* The pair, or NULL: *ret_code says whether there is none (EXIT_NO_SUCH) or there are several. */
static struct element *find_pair(struct resource_task *t, struct document *d, const char *id,
				 const struct pair_pattern *p, enum exit_code *ret_code)
{
	GPtrArray *found = find_pairs(configured(d, id), p);
	struct element *e = found->len == 1 ? g_ptr_array_index(found, 0) : NULL;
	*ret_code = found->len == 0 ? EXIT_NO_SUCH : found->len > 1 ? EXIT_SEVERAL : EXIT_OK;
	tell_several(t, found, p->name);
	g_ptr_array_unref(found);
	return e;
}

static struct pair_pattern pattern_of(const struct resource_task *t)
{
	return (struct pair_pattern){.sets = t->sets, .set_id = t->set_id, .id = t->pair_id, .name = t->parameter};
}

/* Of an element or attribute. */
static bool is_name(const char *text)
{
	static const char others[] = "-_.0123456789";
	const char *at = text;
	while (g_ascii_isalpha(*at) || *at == '_' || (at > text && *at != '\0' && strchr(others, *at) != NULL))
		at++;
	return at > text && *at == '\0';
}

/* --- which resources --- */

/* A member's own value is changed with its group's; of a clone, one instance speaks for all. */
static void add_members(struct resource_task *t, struct document *d, struct resource *r, bool is_root, GPtrArray *list)
{
	enum exit_code code;
	const struct pair_pattern p = pattern_of(t);
	for_each_child_of(child, r)
	{
		add_members(t, d, child, false, list);
		if (resource_is_clone(r))
			break;
	}
	if (is_root || find_pair(t, d, task_base_id(t, r->id), &p, &code) != NULL)
		g_ptr_array_add(list, r);
}

/* Where a value is to be changed: in the child of a clone that has it, else in the clone. */
static GPtrArray *owners(struct resource_task *t, struct document *d, struct resource *r, const char *asked,
			 const char *what)
{
	GPtrArray *list = g_ptr_array_new();
	enum exit_code code;
	const struct pair_pattern p = pattern_of(t);
	if (t->force) {
		g_ptr_array_add(list, r);
	} else if (r->parent != NULL && resource_is_clone(r->parent)) {
		(void)find_pair(t, d, task_base_id(t, asked), &p, &code);
		if (code != EXIT_OK) {
			r = r->parent;
			task_tell(t, "Performing %s of '%s' on '%s', the parent of '%s'", what, t->parameter, r->id,
				  asked);
		}
		g_ptr_array_add(list, r);
	} else if (r->parent == NULL && resource_is_clone(r) && r->children.count > 0) {
		struct resource *child = r->children.items[0];
		const char *id = task_base_id(t, child->id);
		if (child->kind == RESOURCE_PRIMITIVE && find_pair(t, d, id, &p, &code) != NULL) {
			task_tell(t,
				  "A value for '%s' already exists in child '%s', performing %s on that instead of "
				  "'%s'",
				  t->parameter, id, what, asked);
			r = child;
		}
		g_ptr_array_add(list, r);
	} else {
		add_members(t, d, r, true, list);
	}
	return list;
}

/* Warns of values of the same name somewhere in the whole. */
static void tell_duplicates(struct resource_task *t, struct document *d, const struct resource *r)
{
	enum exit_code code;
	const struct pair_pattern p = {.name = t->parameter};
	if (t->pair_id == NULL && !t->force)
		(void)find_pair(t, d, resource_top(r, false)->id, &p, &code);
}

/* --- setting --- */

/* One value that was set. */
struct setting {
	const struct resource *rsc;
	const char *owner, *kind, *set_id, *pair_id; /* set_id: of a block that was named or made */
};

struct changing {
	struct resource_task *t;
	struct document *now;
	GArray *done; /* struct setting */
};

static struct element *block_of(struct changing *c, struct element *owner, const char *id)
{
	struct element *b = configured(c->now, id);
	if (b != NULL && b->parent == owner)
		return b;
	b = element_add(owner, document_name(c->now, c->t->sets));
	element_set(b, NAME_ID, id);
	return b;
}

static enum exit_code set_in(struct changing *c, const struct resource *r, const struct pair_pattern *p)
{
	struct resource_task *t = c->t;
	struct arena *a = t->io->arena;
	enum exit_code code;
	struct setting s = {.rsc = r, .owner = task_base_id(t, r->id), .kind = p->sets, .set_id = p->set_id};
	struct element *owner = configured(c->now, s.owner), *pair = find_pair(t, c->now, s.owner, p, &code);
	if (code == EXIT_SEVERAL || owner == NULL)
		return code;
	if (pair == NULL) {
		if (s.set_id == NULL)
			s.set_id = arena_printf(a, "%s-%s", s.owner, p->sets);
		pair = element_add(block_of(c, owner, s.set_id), NAME_NVPAIR);
		char *id = stored_pair_id(s.set_id, p->name);
		element_set(pair, NAME_ID, p->id != NULL ? p->id : id);
		g_free(id);
		element_set(pair, NAME_NAME, p->name);
	}
	s.pair_id = arena_string(a, element_get_or(pair, NAME_ID, ""));
	element_set(pair, NAME_VALUE, t->value);
	g_array_append_val(c->done, s);
	return EXIT_OK;
}

static enum exit_code set_in_tree(struct changing *c, struct resource *r, const char *asked,
				  const struct pair_pattern *p);

/* What is to be with this one, directly or by others. */
static enum exit_code set_in_dependents(struct changing *c, struct resource *r, const struct pair_pattern *p)
{
	const struct colocation_list *list = colocations_own_with_this(r);
	const struct pair_pattern by_name = {.sets = p->sets, .name = p->name};
	enum exit_code code = EXIT_OK;
	r->detect_loop = true;
	for (uint32_t i = 0; i < list->count && code == EXIT_OK; i++) {
		struct resource *other = list->items[i]->dependent;
		if (!other->detect_loop && list->items[i]->score > 0)
			code = set_in_tree(c, other, other->id, &by_name);
	}
	return code;
}

/* An instance attribute of the name of a meta attribute is mostly a slip. */
static enum exit_code refuse_twin(struct resource_task *t, struct document *d, const struct resource *r)
{
	enum exit_code code;
	const char *top = resource_top(r, false)->id;
	struct pair_pattern p = pattern_of(t);
	p.sets = META;
	if (t->force)
		return EXIT_OK;
	const struct element *twin = find_pair(t, d, top, &p, &code);
	if (twin == NULL && code != EXIT_SEVERAL)
		return EXIT_OK;
	const char *id = twin != NULL ? element_get_or(twin, NAME_ID, "") : "";
	if (!t->line->quiet) {
		result_error(&t->result, "WARNING: There is already a meta attribute for '%s' called '%s' (id=%s)", top,
			     t->parameter, id);
		result_error(&t->result, "         Delete '%s' first or use the force option to override", id);
	}
	return EXIT_SEVERAL;
}

static enum exit_code set_in_tree(struct changing *c, struct resource *r, const char *asked,
				  const struct pair_pattern *p)
{
	struct resource_task *t = c->t;
	bool is_instance = strcmp(p->sets, INSTANCE) == 0;
	tell_duplicates(t, c->now, r);
	enum exit_code code = is_instance ? refuse_twin(t, c->now, r) : EXIT_OK;
	if (code != EXIT_OK)
		return code;
	GPtrArray *list = is_instance ? g_ptr_array_new() : owners(t, c->now, r, asked, "update");
	if (is_instance)
		g_ptr_array_add(list, r);
	/* Who names a block or a pair means one resource. */
	guint first = list->len > 0 && (p->set_id != NULL || p->id != NULL) ? list->len - 1 : 0;
	for (guint i = first; i < list->len && code == EXIT_OK; i++) {
		struct resource *owner = g_ptr_array_index(list, i);
		code = set_in(c, owner, p);
		if (code == EXIT_OK && t->recursive && strcmp(p->sets, META) == 0)
			code = set_in_dependents(c, owner, p);
	}
	g_ptr_array_unref(list);
	return code;
}

static void show_settings(struct resource_task *t, const GArray *done)
{
	struct markup *m = &t->result.markup;
	if (t->result.is_xml)
		markup_begin(m, "resource-settings");
	for (guint i = 0; i < done->len; i++) {
		const struct setting *s = &g_array_index(done, struct setting, i);
		if (!t->result.is_xml) {
			task_tell(t, "Set '%s' option: id=%s%s%s%s%s value=%s", s->owner, s->pair_id,
				  s->set_id != NULL ? " set=" : "", s->set_id != NULL ? s->set_id : "",
				  t->parameter != NULL ? " name=" : "", t->parameter != NULL ? t->parameter : "",
				  t->value);
			continue;
		}
		markup_begin(m, element_tag(s->rsc->xml));
		markup_attribute(m, "id", s->rsc->id);
		markup_begin(m, s->kind);
		markup_attribute(m, "id", s->set_id);
		markup_empty(m, "nvpair", "id", s->pair_id, "value", t->value, "name", t->parameter, NULL);
		markup_end(m);
		markup_end(m);
	}
	if (t->result.is_xml)
		markup_end(m);
}

/* --- the element's own attributes --- */

static enum exit_code change_element(struct resource_task *t, const char *value)
{
	if (!is_name(t->parameter))
		return task_fail(t, EXIT_CONFIGURATION, "'%s' is no name of an attribute", t->parameter);
	struct document *now = document_clone(t->original);
	struct element *e = configured(now, element_id(t->rsc->original != NULL ? t->rsc->original : t->rsc->xml));
	if (e == NULL)
		e = configured(now, task_base_id(t, t->rsc->id));
	if (e == NULL) {
		document_free(now);
		return EXIT_NO_SUCH;
	}
	element_set(e, document_name(now, t->parameter), value);
	enum exit_code code = task_make(t, now);
	document_free(now);
	if (code == EXIT_OK && value != NULL)
		task_tell(t, "Set attribute: name=%s value=%s", t->parameter, value);
	else if (code == EXIT_OK)
		task_tell(t, "Deleted attribute: %s", t->parameter);
	return code;
}

enum exit_code task_set_parameter(struct resource_task *t)
{
	if (t->value == NULL || t->value[0] == '\0')
		return task_fail(t, EXIT_USAGE, "You need to supply a value with the -v option");
	if (t->sets == NULL)
		return change_element(t, t->value);
	struct changing c = {
		.t = t, .now = document_clone(t->original), .done = g_array_new(FALSE, FALSE, sizeof(struct setting))};
	const struct pair_pattern p = pattern_of(t);
	constraints_unpack(t->cluster);
	enum exit_code code = set_in_tree(&c, t->rsc, t->resource, &p);
	if (code == EXIT_OK)
		code = task_make(t, c.now);
	if (code == EXIT_OK)
		show_settings(t, c.done);
	g_array_unref(c.done);
	document_free(c.now);
	return code;
}

/* --- deleting --- */

static enum exit_code delete_in(struct resource_task *t, struct document *now, const struct resource *r)
{
	enum exit_code code;
	const char *owner = task_base_id(t, r->id);
	const struct pair_pattern p = pattern_of(t);
	struct element *pair = find_pair(t, now, owner, &p, &code);
	if (pair == NULL)
		return code == EXIT_NO_SUCH ? EXIT_OK : code;
	task_tell(t, "Deleted '%s' option: id=%s%s%s%s%s", owner, element_get_or(pair, NAME_ID, ""),
		  t->set_id != NULL ? " set=" : "", t->set_id != NULL ? t->set_id : "",
		  t->parameter != NULL ? " name=" : "", t->parameter != NULL ? t->parameter : "");
	element_remove(pair);
	return EXIT_OK;
}

enum exit_code task_delete_parameter(struct resource_task *t)
{
	if (t->sets == NULL)
		return change_element(t, NULL);
	struct document *now = document_clone(t->original);
	tell_duplicates(t, now, t->rsc);
	bool is_meta = strcmp(t->sets, META) == 0;
	GPtrArray *list = is_meta ? owners(t, now, t->rsc, t->resource, "delete") : g_ptr_array_new();
	enum exit_code code = EXIT_OK;
	if (!is_meta)
		g_ptr_array_add(list, t->rsc);
	for (guint i = 0; i < list->len && code == EXIT_OK; i++)
		code = delete_in(t, now, g_ptr_array_index(list, i));
	if (code == EXIT_OK)
		code = task_make(t, now);
	g_ptr_array_unref(list);
	document_free(now);
	return code;
}

enum exit_code task_delete(struct resource_task *t)
{
	if (t->element == NULL)
		return task_fail(t, EXIT_USAGE, "You need to specify a resource type with -t");
	if (!is_name(t->element))
		return task_fail(t, EXIT_USAGE,
				 "'%s' is no type of a resource: it must be primitive, group, clone, bundle "
				 "or template",
				 t->element);
	struct document *d = document_new(NAME_CIB);
	struct element *e = element_new(d, document_name(d, t->element));
	GString *body = g_string_new(NULL);
	element_set(e, NAME_ID, t->resource);
	element_print(e, body);
	const struct edit edit = {.kind = EDIT_DELETE, .scope = "resources", .body = body->str};
	enum exit_code code = place_edit(&t->place, &edit, &t->error);
	(void)g_string_free(body, TRUE);
	document_free(d);
	return code == EXIT_OK ? code
			       : task_fail(t, code, "Could not delete resource %s: %s", t->resource, t->error.text);
}
