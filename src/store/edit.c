/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/edit.h"

#include "cib/schema.h"
#include "cib/upgrade.h"
#include "rules/moment.h"
#include "store/edit-private.h"

#include <string.h>

/* ---- words ---- */

static const char *const kind_words[] = {
	[EDIT_CREATE] = "create",   [EDIT_MODIFY] = "modify",
	[EDIT_DELETE] = "delete",   [EDIT_DELETE_ALL] = "delete-all",
	[EDIT_REPLACE] = "replace", [EDIT_PATCH] = "patch",
	[EDIT_ERASE] = "erase",     [EDIT_BUMP] = "bump",
	[EDIT_UPGRADE] = "upgrade", [EDIT_TRANSACTION] = "transaction",
};
enum { KINDS = sizeof(kind_words) / sizeof(kind_words[0]) };

const char *edit_kind_word(enum edit_kind k)
{
	return (size_t)k < KINDS ? kind_words[k] : "unknown";
}

bool edit_kind_parse(const char *word, enum edit_kind *ret)
{
	for (size_t k = 0; word != NULL && k < KINDS; k++) {
		if (strcmp(word, kind_words[k]) == 0) {
			*ret = (enum edit_kind)k;
			return true;
		}
	}
	return false;
}

int edit_verdict_exit(enum edit_verdict v)
{
	static const int codes[] = {
		[EDIT_DONE] = 0,     [EDIT_NOTHING] = 0,  [EDIT_MALFORMED] = 65, [EDIT_MISPLACED] = 70,
		[EDIT_DENIED] = 4,   [EDIT_INVALID] = 78, [EDIT_OLD] = 103,      [EDIT_UNFIT] = 1,
		[EDIT_DIGEST] = 104, [EDIT_ABSENT] = 105, [EDIT_PRESENT] = 108,
	};
	return (size_t)v < sizeof(codes) / sizeof(codes[0]) ? codes[v] : 1;
}

const char *edit_time_text(wall_time when, int32_t zone_s, struct arena *a)
{
	static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct moment m = moment_of_epoch((int64_t)(when.ns / 1000000000u), zone_s);
	struct moment_fields f = moment_fields(&m);
	return arena_printf(a, "%s %s %2d %02d:%02d:%02d %lld", days[f.week_day - 1], months[f.month - 1], f.month_day,
			    f.hour, f.minute, f.second, (long long)f.year);
}

/* ---- before ---- */

static bool needs_body(const struct edit *c)
{
	bool deletes = c->kind == EDIT_DELETE || c->kind == EDIT_DELETE_ALL;
	return c->kind != EDIT_ERASE && c->kind != EDIT_BUMP && c->kind != EDIT_UPGRADE &&
	       !(deletes && c->xpath != NULL);
}

/* ---- after ---- */

struct differences {
	bool root, configuration, status, rest;
};

static bool has_own_comparison(const struct element *e)
{
	return e->name == NAME_CONFIGURATION || e->name == NAME_STATUS;
}

static const struct element *next_of_rest(const struct element *e)
{
	while (e != NULL && has_own_comparison(e))
		e = e->next;
	return e;
}

/* What stands below the root besides: comments, and what should not be there. */
static bool rest_agrees(const struct element *a, const struct element *b)
{
	const struct element *x = next_of_rest(a->first), *y = next_of_rest(b->first);
	while (x != NULL && y != NULL) {
		if (!edit_trees_agree(x, y))
			return false;
		x = next_of_rest(x->next);
		y = next_of_rest(y->next);
	}
	return x == NULL && y == NULL;
}

static struct differences differences_of(const struct document *old, const struct document *now)
{
	const struct element *a = document_root(old), *b = document_root(now);
	return (struct differences){
		.root = !edit_attributes_agree(a, b),
		.configuration = !edit_trees_agree(document_configuration(old), document_configuration(now)),
		.status = !edit_trees_agree(document_section(old, NAME_STATUS), document_section(now, NAME_STATUS)),
		.rest = !rest_agrees(a, b),
	};
}

static void keep_status(const struct document *old, struct document *now)
{
	const struct element *kept = document_section(old, NAME_STATUS);
	struct element *own = document_section(now, NAME_STATUS);
	if (edit_trees_agree(kept, own))
		return;
	if (own == NULL)
		element_append(document_root(now), element_copy(now, kept));
	else if (kept == NULL)
		element_remove(own);
	else
		edit_replace_element(own, kept);
}

/* num_updates may go back: it is counted anew whenever the epoch changes. */
static enum edit_verdict check_version(const struct document *old, const struct document *now, struct error *reterr)
{
	struct cib_version before = cib_version_of(document_root(old)), after = cib_version_of(document_root(now));
	bool back = after.admin_epoch < before.admin_epoch ||
		    (after.admin_epoch == before.admin_epoch && after.epoch < before.epoch);
	if (!back)
		return EDIT_DONE;
	(void)error_set(reterr, ERR_INVALID,
			"the version would go back from %lld.%lld to %lld.%lld; raise admin_epoch to begin anew",
			(long long)before.admin_epoch, (long long)before.epoch, (long long)after.admin_epoch,
			(long long)after.epoch);
	return EDIT_OLD;
}

static void count_version(struct document *now, bool configuration)
{
	struct element *root = document_root(now);
	struct cib_version v = cib_version_of(root);
	if (configuration) {
		element_set_int(root, NAME_EPOCH, cib_version_next(v.epoch));
		element_set_int(root, NAME_NUM_UPDATES, 0);
	} else {
		element_set_int(root, NAME_NUM_UPDATES, cib_version_next(v.num_updates));
	}
}

static void sign(struct document *now, const struct edit_author *by)
{
	struct element *root = document_root(now);
	struct arena a = {0};
	if (by == NULL || by->when.ns == 0)
		return;
	element_set(root, NAME_CIB_LAST_WRITTEN, edit_time_text(by->when, by->zone_s, &a));
	arena_fini(&a);
	element_set(root, NAME_UPDATE_ORIGIN, by->node);
	element_set(root, NAME_UPDATE_CLIENT, by->client);
	element_set(root, NAME_UPDATE_USER, by->user.name);
}

bool edit_follows_schema(const struct document *d, GPtrArray *problems, struct error *reterr)
{
	const char *schema = element_get(document_root(d), NAME_VALIDATE_WITH);
	if (cib_is_unchecked(d))
		return true;
	if (schema != NULL && strcmp(schema, CIB_SCHEMA_NEWEST) == 0)
		return cib_validate(d, problems);
	struct document *newest = document_clone(d);
	bool ok = cib_upgrade(newest, reterr) == ERR_OK && cib_validate(newest, problems);
	document_free(newest);
	return ok;
}

static enum edit_verdict check_schema(const struct document *old, const struct document *now, GPtrArray *problems,
				      struct error *reterr)
{
	struct error upgrading = {0};
	if (edit_follows_schema(now, NULL, NULL) || !edit_follows_schema(old, NULL, NULL))
		return cib_check_age(old, NULL) != ERR_OK || cib_check_age(now, reterr) == ERR_OK ? EDIT_DONE
												  : EDIT_INVALID;
	GPtrArray *own = problems != NULL ? g_ptr_array_ref(problems) : problems_new();
	guint before = own->len;
	(void)edit_follows_schema(now, own, &upgrading);
	if (own->len == before) {
		(void)error_set(reterr, ERR_INVALID, "%s", upgrading.text);
	} else {
		const struct problem *first = g_ptr_array_index(own, before);
		(void)error_set(reterr, ERR_INVALID,
				"the configuration would not follow its schema: <%s%s%s%s>: %s%s%s%s (%u %s in all)",
				first->tag, first->id == NULL ? "" : " id=\"", first->id == NULL ? "" : first->id,
				first->id == NULL ? "" : "\"", first->text, first->hint == NULL ? "" : " (",
				first->hint == NULL ? "" : first->hint, first->hint == NULL ? "" : ")",
				own->len - before, own->len - before == 1 ? "problem" : "problems");
	}
	g_ptr_array_unref(own);
	return EDIT_INVALID;
}

static enum edit_verdict check_access(const struct document *old, const struct document *now,
				      const struct edit_author *by, struct error *reterr)
{
	if (by == NULL || !access_is_needed(old, by->user.name))
		return EDIT_DONE;
	return access_check_change(old, now, &by->user, reterr) == ERR_OK ? EDIT_DONE : EDIT_DENIED;
}

/* What was asked for is done; whether it may be, and what follows from it. */
static enum edit_verdict finish(const struct document *old, struct document *now, const struct edit *c,
				const struct edit_author *by, GPtrArray *problems, struct error *reterr)
{
	if (c->keep_status)
		keep_status(old, now);
	struct differences d = differences_of(old, now);
	if (!d.root && !d.configuration && !d.status && !d.rest)
		return EDIT_NOTHING;
	enum edit_verdict v = check_access(old, now, by, reterr);
	if (v == EDIT_DONE)
		v = check_version(old, now, reterr);
	if (v != EDIT_DONE)
		return v;
	count_version(now, d.configuration);
	if (d.configuration)
		sign(now, by);
	return d.root || d.configuration || d.rest ? check_schema(old, now, problems, reterr) : EDIT_DONE;
}

enum edit_verdict edit_apply(const struct document *old, const struct edit *c, const struct edit_author *by,
			     struct document **ret_now, GPtrArray *problems, struct error *reterr)
{
	struct document *body = NULL;
	if (needs_body(c) && c->body != NULL &&
	    document_parse(c->body, strlen(c->body), "the XML given", &body, reterr) != ERR_OK)
		return EDIT_MALFORMED;
	struct work w = {.edit = c, .now = document_clone(old), .reterr = reterr};
	w.body = body == NULL ? NULL : document_root(body);
	enum edit_verdict v = edit_kind_apply(&w);
	if (v == EDIT_DONE)
		v = finish(old, w.now, c, by, problems, reterr);
	document_free(body);
	if (v != EDIT_DONE)
		document_free(w.now);
	if (v == EDIT_DONE || v == EDIT_NOTHING)
		*ret_now = v == EDIT_DONE ? w.now : NULL;
	return v;
}
