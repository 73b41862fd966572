/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edit-private.h - a change under way, between edit.c (before and after), edit-kinds.c (what each kind does) and
 * edit-match.c (finding and merging elements).
 */
#ifndef STORE_EDIT_PRIVATE_H
#define STORE_EDIT_PRIVATE_H

#include "store/edit.h"

struct work {
	const struct edit *edit;
	struct document *now;       /* what becomes of the document; its root stays <cib> */
	const struct element *body; /* in a document of its own; NULL: none */
	struct error *reterr;
};

/* Does a change of any kind to work->now, which may become another document. EDIT_DONE says nothing about whether
 * something is different afterwards. */
enum edit_verdict edit_kind_apply(struct work *work) MUST_CHECK;
enum edit_verdict edit_transaction_apply(struct work *work) MUST_CHECK;

/* The element that a scope names below a <cib>, which need not be a document's root; NULL: there is none. */
struct element *edit_scope_find(const struct element *cib, const char *scope);
/* "/cib/configuration/tags" without its last part: NAME_CONFIGURATION for a section; NAME_NONE: no such scope. */
cib_name edit_scope_parent(const char *scope);

/* The element after e in document order, within the tree below `within`; NULL at its end. */
struct element *edit_walk(struct element *e, const struct element *within);
/* Whether two elements of any documents have the same name; the same ids, or both none. */
bool edit_names_agree(const struct element *a, const struct element *b);
bool edit_ids_agree(const struct element *a, const struct element *b);
/* Whether two trees are the same but for the order of attributes; the same without looking at children. */
bool edit_trees_agree(const struct element *a, const struct element *b);
bool edit_attributes_agree(const struct element *a, const struct element *b);

/* Merges attributes and children of `from` into `to`: what is there is overwritten, what is not is added. */
void edit_merge(struct element *to, const struct element *from, bool expand_scores);
/* The first at or below `in` that has name and id of `like` (or no id either). */
struct element *edit_find_to_merge(struct element *in, const struct element *like);
/* The first below `in` that has the name of `like`, and its id if it has one. */
struct element *edit_find_to_replace(struct element *in, const struct element *like);
/* The first below `in` that has the name and all attributes of `like`; upper and lower case are the same. */
struct element *edit_find_to_delete(struct element *in, const struct element *like);
/* A copy of `from` in the place of `old`. */
void edit_replace_element(struct element *old, const struct element *from);

#endif
