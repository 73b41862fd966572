/* SPDX-License-Identifier: GPL-2.0-or-later */
/* archive.h - the configuration on disk: the present one, the ones before it, and who made each.
 *
 *	DIR/cib.xml                  the configuration without its status, as Pacemaker writes it
 *	DIR/cib.xml.sig              its digest
 *	DIR/versions/NNNNNNNNNN.xml  the last ARCHIVE_VERSIONS ones, by a running number, each with its .sig
 *	DIR/versions/journal         a line of JSON each: number, version, digest, when, lineage, node,
 *	                             client, user, what
 *	DIR/promise                  the highest lineage that was promised here (controller/view.h)
 *
 * This part is pure: which file has which content, and what a file is worth. os/store-dir.h does the reading and
 * writing, and says in which order, so that a kill at any byte leaves the old or the new.
 */
#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include "cib/document.h"
#include "cib/patch.h"
#include "store/edit.h"

enum { ARCHIVE_VERSIONS = 200 };

struct archive_entry {
	uint64_t number;
	struct cib_version version;
	const char *digest; /* of the file */
	int64_t when;       /* epoch seconds */
	uint64_t lineage;   /* of its configuration (controller/view.h); 0: not known, as in older journals */
	const char *node, *client, *user, *what;
};

/* The text of cib.xml: the document without <status>, with num_updates 0, with its declaration; and its digest
 * (cib_digest_file()). */
void archive_text(const struct document *d, GString *out, char ret_digest[33]);
/* What a text from disk is worth: ERR_OK with its document (which has a <status>, if only an empty one), or why not.
 * digest: of the .sig file, NULL when there is none, which is no error (a file that an administrator wrote). Whether
 * the configuration follows its schema is for cib_validate() to say. */
enum err archive_read(const char *text, size_t size, const char *source, const char *digest,
		      struct document **ret_document, struct error *reterr) MUST_CHECK;

/* A line of the journal without its end, and back; texts of a parsed one live in the arena. */
void archive_entry_print(const struct archive_entry *e, GString *out);
enum err archive_entry_parse(const char *line, size_t size, struct arena *arena, struct archive_entry *ret,
			     struct error *reterr) MUST_CHECK;

/* A configuration to begin with, where there is none: empty sections, newest schema, epoch 0. */
struct document *archive_empty(void);

#endif
