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
 * versions are counted up from those that the change itself made (the configuration changed: epoch by one and
 * num_updates is 0; otherwise num_updates by one; admin_epoch never by itself); the result must follow its schema if
 * the old document did, and is refused with every problem, its line and its remedy otherwise. A change of the status
 * alone is not checked: the schema allows anything there.
 *
 * Semantics of each kind are those of cibadmin in Pacemaker 3, as its program shows them (tests/system/test_cibadmin.py
 * puts it beside ours). Different on purpose:
 * - an XPath that cannot be read is an error, and not "nothing found";
 * - a change by XPath is made below the first element that has what is to be changed, and not only when that is the
 *   first selected; EDIT_CREATE takes an XPath at all;
 * - what changes nothing counts nothing up.
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
	EDIT_BUMP,       /* the epoch, and as everything num_updates */
	EDIT_UPGRADE,    /* to the newest schema; admin_epoch by one, epoch and num_updates begin anew */
	/* Several changes, all or none, which count as one. The body is Pacemaker's <cib_transaction>: <cib_command
	 * cib_op="cib_modify" cib_section="…" cib_callopt="…"><cib_calldata>…</cib_calldata></cib_command>… */
	EDIT_TRANSACTION,
};

struct edit {
	enum edit_kind kind;
	const char *
		scope; /* a section's name ("resources", "status", "configuration"…), or NULL: by the body's own name */
	const char *xpath; /* instead of scope: the elements that it selects; NULL: none */
	const char *body;  /* XML, or NULL where the kind needs none */
	bool allow_create; /* EDIT_MODIFY */
	/* EDIT_PATCH, EDIT_REPLACE: although versions say otherwise. A configuration that replaces a newer one goes on
	 * from the newer one's version. */
	bool force;
	/* EDIT_MODIFY: a value "NAME++" or "NAME+=N" of the attribute NAME is added to the old value, as scores are. */
	bool expand_scores;
	/* The status stays what it is, whatever the change says of it: for a running cluster, where it is nobody's to
	 * write as a whole. */
	bool keep_status;
};

/* Who changes; goes into cib-last-written, update-origin, update-client, update-user when the configuration changes.
 * What is NULL is left out; without a time (when.ns is 0) all four stay as they are, as in files. */
struct edit_author {
	struct access_user user; /* name NULL: may do everything */
	const char *node, *client;
	wall_time when;
	int32_t zone_s; /* in which cib-last-written is told, seconds ahead of UTC */
};

/* Pacemaker's word for how it went, because its tools exit by it (facts, 4: exit codes). */
enum edit_verdict {
	EDIT_DONE,
	EDIT_NOTHING,   /* nothing to do: the document is the same */
	EDIT_MALFORMED, /* body or xpath cannot be read, 65 */
	EDIT_MISPLACED, /* 70: there is no such scope, or it cannot take this */
	EDIT_DENIED,    /* 4, by access */
	EDIT_INVALID,   /* 78: the result would break the schema */
	EDIT_OLD,       /* 103: an older version than the one here */
	EDIT_UNFIT,     /* 1: a patch that was made for another document */
	EDIT_DIGEST,    /* 104: a patch whose result is not what its maker got */
	EDIT_ABSENT,    /* 105: nothing matches */
	EDIT_PRESENT,   /* 108: an id is there already */
};

/* On EDIT_DONE *ret_now is a new document, on EDIT_NOTHING NULL, and otherwise untouched. What is wrong is told in
 * reterr and, of the schema, problem by problem in `problems` (a list of problems_new(), or NULL). by may be NULL. */
enum edit_verdict edit_apply(const struct document *old, const struct edit *c, const struct edit_author *by,
			     struct document **ret_now, GPtrArray *problems, struct error *reterr) MUST_CHECK;
/* Whether a document follows the schema that it names; one of an older schema is looked at as what it is upgraded to,
 * and one that asks not to be checked does. What is wrong goes to problems (may be NULL), or, when the document cannot
 * be upgraded, to reterr. */
bool edit_follows_schema(const struct document *d, GPtrArray *problems, struct error *reterr);
/* The exit code of Pacemaker's tools. */
int edit_verdict_exit(enum edit_verdict v);
const char *edit_kind_word(enum edit_kind k);
/* False: no kind has this word ("create", "modify", "delete", "delete-all", "replace", "patch", "erase", "bump",
 * "upgrade", "transaction"). */
bool edit_kind_parse(const char *word, enum edit_kind *ret);
/* Whether this is the name of something that a scope may be: "cib", "all", "configuration", "status", or a section. */
bool edit_scope_is_known(const char *scope);
/* "Sun Nov 22 17:41:19 2026": the time as the configuration tells it. The text is in the arena. */
const char *edit_time_text(wall_time when, int32_t zone_s, struct arena *a);

/* What `xpath` or `scope` selects of a document, as cibadmin --query prints it: one element, or several in
 * <xpath-query>, attributes as attributes of that; only what the user may read (user NULL: everything). EDIT_ABSENT:
 * nothing is selected; EDIT_DENIED: the user may read nothing. */
enum edit_verdict query_print(const struct document *d, const char *scope, const char *xpath, bool no_children,
			      const struct access_user *user, GString *out, struct error *reterr) MUST_CHECK;

#endif
