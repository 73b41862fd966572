/* SPDX-License-Identifier: GPL-2.0-or-later */
/* upgrade.h - old configurations in today's words.
 *
 * A document says in validate-with which schema it was written for. The rest of
 * the program knows the newest alone; whatever is older is rewritten here, on the
 * tree. The rules (what is renamed, moved, dropped, and under which ids new
 * elements appear) are those of Pacemaker's upgrade, since its tools print the
 * result and other programs compare it: from 1.x to 2.0 access control, to 3.0
 * the old names of options and meta-attributes of operations, to 4.0 masters,
 * lifetimes, several rules in one location, and agents and containers that are
 * gone. As there, a step is only taken when the document does not follow the next
 * schema without it.
 *
 * Elements keep their lines; what is made anew has the line of what it was made from.
 */
#ifndef CIB_UPGRADE_H
#define CIB_UPGRADE_H

#include "cib/schema.h"

/* Brings a document to CIB_SCHEMA_NEWEST and says so in its validate-with. One that is that new, or whose
 * validate-with is "none", is left alone.
 * ERR_UNSUPPORTED: validate-with is missing or names no schema that we know; the document is untouched.
 * ERR_INVALID: the document cannot be upgraded (a reference to nothing, or to what contains it, where the upgrade has
 * to follow it); it is untouched.
 * That the result follows the schema is for cib_validate() to say. */
enum err cib_upgrade(struct document *d, struct error *reterr) MUST_CHECK;

/* The same, and adds to notes (a list of problems_new()) what was dropped or means something else now. */
enum err cib_upgrade_noting(struct document *d, GPtrArray *notes, struct error *reterr) MUST_CHECK;

/* The document asks not to be checked: validate-with="none". Such a document is taken as it is. */
bool cib_is_unchecked(const struct document *d);

/* Whether this release can do justice to a document. ERR_UNSUPPORTED: its schema or its crm_feature_set is newer than
 * what we know; the text says so and what to do. */
enum err cib_check_age(const struct document *d, struct error *reterr) MUST_CHECK;

/* Compares schemas by name ("pacemaker-2.10"): the major times 1000 plus the minor number; -1 when it is none we know.
 */
int cib_schema_number(const char *name);

#endif
