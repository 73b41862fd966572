/* SPDX-License-Identifier: GPL-2.0-or-later */
/* collective.h - groups, clones, and where resources stand among them. */
#ifndef CLI_COLLECTIVE_H
#define CLI_COLLECTIVE_H

#include "cli/verb.h"

/* Wraps a primitive or group that is in the document in a <clone>; promotable: of instances that can be promoted. id
 * NULL: "RESOURCE-clone". NULL: v->code says why not. */
struct element *clone_make(struct verb *v, struct element *inner, const char *id, bool promotable);
/* Takes a clone away from around what is in it, which stays. */
enum exit_code clone_undo(struct verb *v, struct element *clone);
/* Moves a primitive into a group, which is made if it is not there, before or after a member, or (both NULL) to its
 * end. */
enum exit_code group_take(struct verb *v, struct element *primitive, const char *group, const char *before,
			  const char *after);
/* Moves a member out, to where its group stands; an empty group goes, and what refers to it. */
enum exit_code group_release(struct verb *v, struct element *member);
/* Removes everything that refers to an id: constraints, members of sets, tags, fencing levels, ACLs; what is empty then
 * goes too. Told on io->err. */
void references_remove(struct verb *v, const char *id);

#endif
