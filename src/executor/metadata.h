/* SPDX-License-Identifier: GPL-2.0-or-later */
/* metadata.h - what an agent says of itself, as far as the cluster must know it.
 *
 *	struct agent_metadata m;
 *	e = metadata_read(text, size, "ocf:heartbeat:IPaddr2", &arena, &m, reterr);
 *
 * Which parameters need a restart when they change:
 *  - an agent of OCF 1.1 or later that has the action reload-agent: all that are not marked reloadable;
 *  - one of OCF 1.0 that has the action reload: those that are marked unique;
 *  - any other: nothing is said, since every change needs one.
 * Secret are those that are marked private; where none is marked, the usual names (password, passwd, user).
 * Source: OCF 1.1; facts of the manager, section 7.
 */
#ifndef EXECUTOR_METADATA_H
#define EXECUTOR_METADATA_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { METADATA_MAX = 600 * 1024 }; /* bytes of a text; agents have up to 60,000 */

/* Lists of names with blanks between, "" when empty; texts live in the arena. */
struct agent_metadata {
	const char *name;
	const char *version;              /* of the OCF standard: "1.1"; NULL: not said */
	const char *actions, *parameters; /* all names */
	const char *reloadable, *restart; /* NULL: it cannot reload */
	const char *secret;
};

/* ERR_INVALID: it is no metadata, and why. source names it in errors. */
enum err metadata_read(const char *text, size_t size, const char *source, struct arena *arena,
		       struct agent_metadata *ret, struct error *reterr) MUST_CHECK;
/* Whether a name is in such a list; list may be NULL. */
bool metadata_has(const char *list, const char *name);

#endif
