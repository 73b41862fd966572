/* SPDX-License-Identifier: GPL-2.0-or-later */
/* access.h - who may read and change which part of a configuration (ACLs).
 *
 *	<acls>
 *	  <acl_role id="operator">
 *	    <acl_permission id="p1" kind="write" xpath="//nvpair[@name='maintenance']"/>
 *	    <acl_permission id="p2" kind="deny" object-type="instance_attributes"/>
 *	    <acl_permission id="p3" kind="read" reference="web"/>
 *	  </acl_role>
 *	  <acl_target id="alice"><role id="operator"/></acl_target>
 *	  <acl_group id="staff"><role id="operator"/></acl_group>
 *	</acls>
 *
 * The rules, which are Pacemaker's:
 * 1. root and hacluster may do everything; so may everybody while the cluster option enable-acl is not true. Asking
 *    that is the caller's first step: access_is_needed().
 * 2. A permission marks the elements that it selects, and what a mark says holds for all below, up to a nearer one that
 *    says otherwise. At one element deny wins over write, and write over read.
 * 3. An element may be read when the nearest mark is read or write, and written when the nearest of write and deny is
 *    write: a read below a write takes nothing back. Without any mark neither.
 * 4. Of what may not be read, only element name and id are shown, and only where something below may be read.
 * 5. Changing attributes or deleting needs write by the marks in the old document, creating by the marks in the new
 *    one. An element without attributes besides id may be created by anybody who may create what is in it
 *    ("scaffolding"), but not below <acls>.
 * 6. The roles that count for a change are those before it.
 *
 * Where Pacemaker is silent or lax we are strict: what a user may not write keeps its order among its siblings,
 * comments are shown where their parent may be read, and a deny whose XPath is wrong denies everything.
 */
#ifndef CIB_ACCESS_H
#define CIB_ACCESS_H

#include "cib/document.h"

struct access_user {
	const char *name;
	const char *const *groups; /* of the system, ends in NULL; may be NULL */
};

/* Whether rights must be asked for: somebody else than root and hacluster, and enable-acl is true. A property set with
 * a rule counts as if the rule held: who limits access by the hour limits it always. */
bool access_is_needed(const struct document *d, const char *user_name);

struct access;

/* The rights that the <acls> of `rules` give to a user in the document `in`, which may be the same. Both must stay, and
 * `in` unchanged, as long as this is used. */
struct access *access_new(const struct document *rules, const struct document *in, const struct access_user *user);
void access_free(struct access *a);

bool access_may_read(const struct access *a, const struct element *e);
bool access_may_write(const struct access *a, const struct element *e);

/* A copy of the document with what may be read; NULL when that is nothing. */
struct document *access_filter(const struct access *a);

/* Whether a user may make `now` of `old`; ERR_ACCESS says what it is that he may not. The caller has not yet counted
 * versions up: that is not the user's doing. */
enum err access_check_change(const struct document *old, const struct document *now, const struct access_user *user,
			     struct error *reterr) MUST_CHECK;

#endif
