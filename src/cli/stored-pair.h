/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stored-pair.h - name=value in a configuration, found and changed where it is: cluster options, attributes of nodes,
 * options of resources.
 *
 * Pairs stand in blocks (`sets`) below an owner. A pair is found by name, in any of the owner's blocks unless one of
 * them is named, or by its id. A pair that is not there is made in the block that is named, or the usual one
 * (default_set), which is made when it is missing.
 */
#ifndef CLI_STORED_PAIR_H
#define CLI_STORED_PAIR_H

#include "cli/place.h"

struct stored_pair {
	const char *owner; /* XPath of the element that the blocks are in, one step for each level:
			      "/cib/…/node[@id='1']" */
	const char *sets;  /* "instance_attributes", … */
	const char *default_set;
	const char *set_id, *id, *name; /* each may be NULL: any */
};

/* Appends to found what matches (elements of *ret_document, which the caller frees); EXIT_NO_SUCH: nothing does. */
enum exit_code stored_pair_find(struct place *p, const struct stored_pair *s, GPtrArray *found,
				struct document **ret_document, struct error *reterr) MUST_CHECK;
/* Gives a pair that was found another value; "NAME++" and "NAME+=N" are added to the old one, as scores are. */
enum exit_code stored_pair_put(struct place *p, const struct stored_pair *s, const struct element *pair,
			       const char *value, struct error *reterr) MUST_CHECK;
/* Makes one; s->name must be there. *ret_id is its id, in io->arena. */
enum exit_code stored_pair_make(struct place *p, const struct stored_pair *s, const char *value, const char **ret_id,
				struct error *reterr) MUST_CHECK;
/* The id that one gets which has none: SET-NAME, with '.' for what no id may hold; g_free() it. */
char *stored_pair_id(const char *set, const char *name);
enum exit_code stored_pair_delete(struct place *p, const struct stored_pair *s, const struct element *pair,
				  struct error *reterr) MUST_CHECK;

#endif
