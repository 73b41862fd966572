/* SPDX-License-Identifier: GPL-2.0-or-later */
/* document.h - one configuration document: a tree (element.h), its arena, its names.
 *
 *	struct document *d;
 *	enum err e = document_parse(text, size, "cib.xml", &d, &error);
 *	...
 *	GString *out = g_string_new(NULL);
 *	document_print(d, out);
 *	document_free(d);
 *
 * Bytes from outside are checked here and nowhere later, by libxml2's parser unless they are of the plain form that
 * programs write (docs/decisions/0012): what is not well-formed XML in UTF-8, exceeds one of the limits below,
 * declares a document type or repeats an attribute is refused with its line. Nothing is fetched and no entity but
 * XML's own five is replaced. Of names with a prefix ("ns:name") only the last part counts; namespaces mean nothing.
 * What is well-formed is a document, however wrong its content: see schema.h.
 */
#ifndef CIB_DOCUMENT_H
#define CIB_DOCUMENT_H

#include "base/arena.h"
#include "base/error.h"
#include "cib/element.h"

#include <glib.h>

enum {
	CIB_DEPTH_MAX = 200,
	CIB_ELEMENTS_MAX = 20 * 1000 * 1000,
	CIB_ATTRIBUTES_MAX = 1000, /* of an element */
	CIB_TEXT_MAX = 1 << 30,    /* bytes of a document */
};

struct document;

/* The rules by which decisions are made and results recorded, as Pacemaker counts them: crm_feature_set. */
#define CIB_FEATURE_SET "3.20.5"

/* Reads a document from text; source names it in errors ("cib.xml:12: …"). */
enum err document_parse(const char *text, size_t size, const char *source, struct document **ret_document,
			struct error *reterr) MUST_CHECK;
/* A document with nothing but a root of this name. */
struct document *document_new(cib_name root);
struct document *document_clone(const struct document *d);
void document_free(struct document *d);

struct element *document_root(const struct document *d);
void document_set_root(struct document *d, struct element *root);
struct arena *document_arena(struct document *d);

/* Ends a revision and begins the next; the first one is 0. What changes from now on (through element.h, but for the
 * tree's reading) has a higher `revision` than is returned, and so has all that it is in; what does not has none. A
 * document's clone begins with 0 again. */
uint32_t document_revise(struct document *d);

/* The number of a name, adding it if it is new. */
cib_name document_name(struct document *d, const char *text);
/* The number of a name that is known already, or NAME_NONE. */
cib_name document_known_name(const struct document *d, const char *text);
const char *document_name_text(const struct document *d, cib_name name);

/* The element with this id anywhere in the document (the first in document order), or NULL. The index is built on first
 * use and forgotten when the tree is changed through element.h. */
struct element *document_by_id(struct document *d, const char *id);

/* Appends XML to out: two blanks a level and a line an element, or (flat) all in one line without blanks between
 * elements. Attributes in their order. Characters that XML does not allow raw are escaped. */
void element_print(const struct element *e, GString *out);
void element_print_flat(const struct element *e, GString *out);
/* Flat, and without the attributes of these names anywhere. */
void element_print_flat_without(const struct element *e, const cib_name *names, size_t count, GString *out);
/* With the XML declaration that cib.xml has. */
void document_print(const struct document *d, GString *out);
/* Appends text with &, <, >, " and control characters escaped as in an attribute: a line feed is &#x0A;. Digests are
 * made of this text, so it is Pacemaker's to the letter. */
void cib_escape(const char *text, GString *out);

/* Sections, NULL when absent: /cib/configuration, /cib/configuration/resources, /cib/status, … */
struct element *document_configuration(const struct document *d);
struct element *document_section(const struct document *d, cib_name section);

/* A cluster option as it is written: the first of this name, or else of its older name (NULL: it has none); NULL when
 * it is not there. Rules are not asked: this is for those who need an option outside of a decision. */
const char *document_option(const struct document *d, const char *name, const char *old_name);

#endif
