/* SPDX-License-Identifier: GPL-2.0-or-later */
/* patch.h - applying a difference (difference.h) to a document: all of it or nothing.
 *
 * The document that a patch is applied to need not be the one it was made from: what a deletion does not find is gone
 * already and fine; what any other change does not find is an error that says which change and which path.
 *
 * Only form 2 is known. Form 1, which Pacemaker 3 dropped too, is refused.
 */
#ifndef CIB_PATCH_H
#define CIB_PATCH_H

#include "cib/document.h"

enum patch_flags {
	PATCH_CHECK_VERSION = 1, /* the document must be the version that the patch says, and the patch a step onward */
};

enum patch_result {
	PATCH_APPLIED,
	PATCH_MALFORMED, /* no patch, or one that says nothing clear */
	PATCH_FORM,      /* not of form 2 */
	PATCH_OUTDATED,  /* the document is newer than what the patch starts from, or the patch goes nowhere */
	PATCH_AHEAD,     /* the document is older than what the patch starts from */
	PATCH_NO_MATCH,  /* a path leads nowhere */
	PATCH_DIGEST,    /* what came out is not what the patch's maker got */
};

/* Makes a new document of `from` by a patch, the element <diff>. On anything but PATCH_APPLIED there is none, and
 * reterr says what, where and why. */
enum patch_result patch_apply(const struct document *from, const struct element *patch, unsigned flags,
			      struct document **ret_document, struct error *reterr) MUST_CHECK;

/* The same, on the document itself: without a copy, a small change costs what it is worth. When it fails the document
 * may be half changed: it must be replaced by a whole one, as is asked for then in any case. Only when form or version
 * are wrong (PATCH_FORM, PATCH_OUTDATED, PATCH_AHEAD) it is untouched. */
enum patch_result patch_apply_to(struct document *d, const struct element *patch, unsigned flags,
				 struct error *reterr) MUST_CHECK;

/* A document's or patch's versions: admin_epoch, epoch, num_updates; what the newer has the higher number decides. */
struct cib_version {
	int64_t admin_epoch, epoch, num_updates;
};

/* Of the root of a document; absent or wrong numbers are 0. */
struct cib_version cib_version_of(const struct element *root);
/* Below, equal to or above 0 as a is older than, the same as or newer than b. */
int cib_version_compare(struct cib_version a, struct cib_version b);
/* What one of the three becomes when it counts up. The largest that can be written stays what it is. */
int64_t cib_version_next(int64_t number);

#endif
