/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wish.h - changes of a configuration that somebody wants to see the consequences of.
 *
 * What nodes, tickets, quorum and operations may wish is in rehearsal.h. Each function changes the document and nothing
 * else, as the command of the same meaning would.
 */
#ifndef TRANSITION_WISH_H
#define TRANSITION_WISH_H

#include "base/error.h"
#include "cib/document.h"

/* A permanent attribute of a node, also where a transient one of the same name stands before it. */
enum err wish_node_attribute(struct document *d, const char *node, const char *name, const char *value,
			     struct error *reterr) MUST_CHECK;
/* A cluster option. */
void wish_option(struct document *d, const char *name, const char *value);
/* A meta attribute of what is configured under this id. */
enum err wish_meta(struct document *d, const char *id, const char *name, const char *value,
		   struct error *reterr) MUST_CHECK;

#endif
