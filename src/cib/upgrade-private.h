/* SPDX-License-Identifier: GPL-2.0-or-later */
/* upgrade-private.h - what the steps of an upgrade share. */
#ifndef CIB_UPGRADE_PRIVATE_H
#define CIB_UPGRADE_PRIVATE_H

#include "cib/upgrade.h"

#define UPGRADE_4_PREFIX "pcmk__3_10_upgrade-"
#define UPGRADE_3_PREFIX "_2TO3_"

struct upgrade {
	struct document *document;
	GPtrArray *notes; /* NULL: nobody wants to know */
	/* Elements that stand where an id-ref stood (upgrade-refs.c) or are new: all others were in the document. */
	GHashTable *copies;
	bool changed;
};

/* Calls visit for every element below e and then for e itself; visit may remove or replace the element it is given. */
typedef void (*upgrade_visit)(struct upgrade *u, struct element *e);
void upgrade_each(struct upgrade *u, struct element *e, upgrade_visit visit);

/* A note about an element; no hint. */
void upgrade_note(struct upgrade *u, const struct element *e, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void upgrade_drop(struct upgrade *u, struct element *e);
bool upgrade_has(const struct element *e, cib_name name, const char *value);
/* A new element with this id, without a parent, on the line of `like`. */
struct element *upgrade_new(struct upgrade *u, cib_name name, const char *id, const struct element *like);
const char *upgrade_text(struct upgrade *u, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts a copy of what it refers to in the place of every element with id-ref, and back again what is still there. */
enum err upgrade_resolve(struct upgrade *u, struct error *reterr) MUST_CHECK;
void upgrade_refer(struct upgrade *u);

/* The same for sets alone, with ids of their own, on the way to 3.0 (upgrade-sets.c). */
enum err upgrade_unfold(struct upgrade *u, struct error *reterr) MUST_CHECK;
void upgrade_fold(struct upgrade *u);

void upgrade_to_2(struct upgrade *u);
enum err upgrade_to_3(struct upgrade *u, struct error *reterr) MUST_CHECK;
enum err upgrade_to_4(struct upgrade *u, struct error *reterr) MUST_CHECK;
/* upgrade_to_4 in parts */
void upgrade_constraints(struct upgrade *u);
void upgrade_lifetimes(struct upgrade *u);
void upgrade_gone(struct upgrade *u);

#endif
