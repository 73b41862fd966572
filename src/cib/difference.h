/* SPDX-License-Identifier: GPL-2.0-or-later */
/* difference.h - what must be done to one document to make it another: Pacemaker's patch of form 2.
 *
 *	<diff format="2" digest="…">
 *	  <version><source admin_epoch= epoch= num_updates=/><target …/></version>
 *	  <change operation="delete" path="/cib/configuration/resources/primitive[@id='x']"/>
 *	  <change operation="modify" path=…>
 *	    <change-list><change-attr name= operation="set" value=/><change-attr name= operation="unset"/></change-list>
 *	    <change-result><primitive …the attributes as they will be…/></change-result>
 *	  </change>
 *	  <change operation="create" path="…of the parent…" position="2"><primitive …/></change>
 *	  <change operation="move" path=… position="0"/>
 *	</diff>
 *
 * Deletions come first, in the order of the old document, then the rest in the order of the new one; patch.h applies
 * all in this order. Positions count among all children of the parent, comments too: of a deletion (comments only) as
 * things are when its turn comes, otherwise as things are in the end.
 *
 * An old and a new element are the same one when parent, name and id are the same. So siblings that share name and id
 * (or name, and have no id) are told apart by their order alone, and a path leads to the first of them: the form cannot
 * say more. In a valid CIB there are none that matter.
 *
 * Time is linear in the documents, n log n where children changed their order.
 */
#ifndef CIB_DIFFERENCE_H
#define CIB_DIFFERENCE_H

#include "cib/document.h"

enum difference_flags {
	DIFFERENCE_ANY_ATTRIBUTE_ORDER = 1, /* attributes in another order are no change */
	DIFFERENCE_WITHOUT_VERSION = 2,     /* no <version> */
	DIFFERENCE_WITH_DIGEST = 4, /* of what comes out, for patch_apply() to check; Pacemaker writes that of `to`,
				     * which with attributes in another order no patch gives */
};

/* The patch that makes `to` of `from`, as a new document; NULL when there is none to be made. ERR_INVALID when the
 * roots have different names or ids: no patch can change them. */
enum err difference_make(const struct document *from, const struct document *to, unsigned flags,
			 struct document **ret_patch, struct error *reterr) MUST_CHECK;

/* What a walk through the differences calls, in the order of a patch's changes. A deleted element is the old
 * document's, a created one the new one's, with all that is in it. */
struct difference_visitor {
	void (*deleted)(void *arg, const struct element *old, int position);
	void (*created)(void *arg, const struct element *now, int position);
	void (*modified)(void *arg, const struct element *old, const struct element *now);
	void (*moved)(void *arg, const struct element *old, const struct element *now, int position);
};

/* Shows every difference to a visitor; errors as difference_make(). */
enum err difference_walk(const struct document *from, const struct document *to, unsigned flags,
			 const struct difference_visitor *visitor, void *arg, struct error *reterr) MUST_CHECK;

/* Appends the path of an element: /cib/configuration/resources/primitive[@id='x'] */
void element_path(const struct element *e, GString *out);

#endif
