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

#endif
