/* SPDX-License-Identifier: GPL-2.0-or-later */
/* digest.h - MD5 sums by which documents and parameters are told from each other.
 *
 * All are 32 hex digits of MD5 over XML in one line, and the same that Pacemaker makes, because they meet: an
 * operation's digest lies in the status section and decides whether a resource restarts; a file's digest lies beside
 * it in cib.xml.sig; a patch carries the digest of the document that it makes.
 *
 * The rule is Pacemaker 3's. Pacemaker 2.1 wrote an apostrophe in a value as &apos; before it made the sum; what 3 does
 * not recognise of such digests, we do not either.
 *
 * They tell apart what changed by accident or by an administrator. They protect against no attacker.
 */
#ifndef CIB_DIGEST_H
#define CIB_DIGEST_H

#include "base/table.h"
#include "cib/document.h"

/* Of a resource operation's parameters: one element <parameters …/>, attributes in the order of their names by strcmp.
 * Entries without a value are left out. What does not count for the digest at hand (CRM_meta_…, private parameters) is
 * not in the table: the caller knows which digest it makes. The text is in the arena. */
char *cib_digest_parameters(const struct table *parameters, struct arena *a);

/* The first form (v1): of a file on disk, cibadmin --md5-sum. Everything in it counts. */
char *cib_digest_file(const struct element *root, struct arena *a);

/* The second form (v2): in patches, and cibadmin --md5-sum-versioned. Who wrote the document and when does not count:
 * crm-debug-origin, cib-last-written, update-origin, update-client, update-user. */
char *cib_digest_document(const struct element *root, struct arena *a);

#endif
