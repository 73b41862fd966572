/* SPDX-License-Identifier: GPL-2.0-or-later */
/* document-private.h - what a document and its elements know of each other, and nobody else. */
#ifndef CIB_DOCUMENT_PRIVATE_H
#define CIB_DOCUMENT_PRIVATE_H

#include "cib/document.h"

/* e, which is an element of d or NULL, changed: it and all that it is in have a new date. */
void document_note_change(struct element *e);

/* The tree changed: the index of ids, if there is one, is no longer true. */
void document_forget_ids(struct document *d);
/* Adds e and all below it to a table from id to element; the first of several with one id wins. */
void document_index_ids(GHashTable *ids, struct element *e);

/* The two ways of document_parse(), which is the first one where that can and the second where not; for texts of at
 * most CIB_TEXT_MAX bytes. They agree: what the first reads into d, a document without a root, is what the second
 * reads. False: left to the second; d is of no use. */
bool document_read_plain(struct document *d, const char *text, size_t size) MUST_CHECK;
enum err document_read_text(const char *text, size_t size, const char *source, struct document **ret_document,
			    struct error *reterr) MUST_CHECK;

#endif
