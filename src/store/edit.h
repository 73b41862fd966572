/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edit.h - what may be asked of a configuration, done to a document: all of it or nothing.
 *
 *	struct edit c = {.kind = EDIT_CREATE, .scope = "resources", .body = xml};
 *	struct document *now;
 *	enum err e = edit_apply(old, &c, &by, &now, &answer, reterr);
 *
 * Every node applies the same change to the same document and gets the same bytes: what depends on a clock or a name
 * (cib-last-written, update-origin) comes with `by`. The old document stays as it is.
 *
 * In this order: the body is read; access is checked as the old document's ACLs say (cib/access.h); the change is made;
 * versions are counted up (epoch for the configuration, num_updates for the status, admin_epoch never by itself; an
 * explicit replacement of the whole brings its own); the result must follow its schema if the old document did, and
 * is refused with every problem, its line and its remedy otherwise.
 *
 * Semantics of each kind are cibadmin's: docs of the facts, manager-cli 1.1 and manager-features 19.
 */
#ifndef STORE_EDIT_H
#define STORE_EDIT_H

#include "base/time.h"
#include "cib/access.h"
#include "cib/document.h"
#include "cib/patch.h"

enum edit_kind {
	EDIT_CREATE,     /* add the body below the scope's element; ids must be new */
	EDIT_MODIFY,     /* merge the body into what has its ids; with allow_create also what is missing */
	EDIT_DELETE,     /* the elements that match the body by name and id (and by the attributes given) */
	EDIT_DELETE_ALL, /* every element that xpath selects */
	EDIT_REPLACE,    /* the scope's element, or what has the body's id, or (a <cib>) all of it, if not older */
	EDIT_PATCH,      /* the body is a <diff> (cib/patch.h) */
	EDIT_ERASE,      /* an empty configuration */
	EDIT_BUMP,       /* only the epoch */
	EDIT_UPGRADE,    /* to the newest schema */
};

struct edit {
	enum edit_kind kind;
	const char *
		scope; /* a section's name ("resources", "status", "configuration"…), or NULL: by the body's own name */
	const char *xpath; /* instead of scope: the elements that it selects; NULL: none */
	const char *body;  /* XML, or NULL where the kind needs none */
	bool allow_create; /* EDIT_MODIFY */
	bool force;        /* EDIT_PATCH, EDIT_REPLACE, EDIT_UPGRADE: although versions say otherwise */
	/* Values of `score` may be "x++" or "x+=N" (cibadmin --score): expanded against the old value. */
	bool expand_scores;
};

/* Who changes; goes into cib-last-written, update-origin, update-client, update-user. */
struct edit_author {
	struct access_user user;
	const char *node, *client;
	wall_time when;
};

/* Pacemaker's word for how it went, because its tools exit by it (facts, 4: exit codes). */
enum edit_verdict {
	EDIT_DONE,
	EDIT_NOTHING,   /* nothing to do: the document is the same */
	EDIT_MALFORMED, /* body or xpath cannot be read, 65 */
	EDIT_DENIED,    /* 77 by access */
	EDIT_INVALID,   /* 78: the result would break the schema */
	EDIT_OLD,       /* 103: an older version than the one here */
	EDIT_DIGEST,    /* 104: a patch whose result is not what its maker got */
	EDIT_ABSENT,    /* 105: nothing matches */
	EDIT_PRESENT,   /* 108: an id is there already */
};

/* On EDIT_DONE and EDIT_NOTHING only, *ret_now is a new document (of EDIT_NOTHING: NULL). What is wrong is told
 * in reterr and, of the schema, problem by problem in `problems` (a list of problems_new(), or NULL). */
enum edit_verdict edit_apply(const struct document *old, const struct edit *c, const struct edit_author *by,
			     struct document **ret_now, GPtrArray *problems, struct error *reterr) MUST_CHECK;
/* The exit code of Pacemaker's tools. */
int edit_verdict_exit(enum edit_verdict v);
const char *edit_kind_word(enum edit_kind k);
/* False: no kind has this word ("create", "modify", "delete", "delete-all", "replace", "patch", "erase", "bump",
 * "upgrade"). */
bool edit_kind_parse(const char *word, enum edit_kind *ret);

/* What `xpath` or `scope` selects of a document, as cibadmin --query prints it: one element, or several in
 * <xpath-query>; only what the user may read. EDIT_ABSENT: nothing. */
enum edit_verdict query_print(const struct document *d, const char *scope, const char *xpath, bool no_children,
			      const struct access_user *user, GString *out, struct error *reterr) MUST_CHECK;

#endif
