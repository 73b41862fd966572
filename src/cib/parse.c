/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text to tree, by libxml2's events: no second tree is built on the way. */
#include "cib/document.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

struct reading {
	struct document *document;
	xmlParserCtxtPtr parser;
	struct element *at; /* the innermost open element */
	unsigned depth;
	uint32_t elements;
	const char *source;
	struct error *reterr;
	bool failed;
};

static void __attribute__((format(printf, 3, 4))) fail(struct reading *r, int line, const char *format, ...)
{
	if (r->failed)
		return;
	r->failed = true;
	va_list args;
	va_start(args, format);
	char *what = g_strdup_vprintf(format, args);
	va_end(args);
	(void)error_set(r->reterr, ERR_INVALID, "%s:%d: %s", r->source, line, g_strstrip(what));
	g_free(what);
	xmlStopParser(r->parser);
}

static int line_of(const struct reading *r)
{
	return r->parser->input != NULL ? r->parser->input->line : 0;
}

/* Lines beyond what an int of the parser's old fields holds do not occur: the document's size is limited. */
static struct element *open_element(struct reading *r, cib_name name)
{
	struct element *e = element_new(r->document, name);
	e->line = (uint32_t)line_of(r);
	if (r->at != NULL)
		element_append(r->at, e);
	else
		document_set_root(r->document, e);
	return e;
}

/* The parser gives five pointers an attribute: local name, prefix, URI, and where its value begins and ends. */
static void take_attributes(struct reading *r, struct element *e, int count, const xmlChar **attributes)
{
	struct arena *arena = document_arena(r->document);
	e->attributes = arena_array(arena, struct attribute, (size_t)count);
	e->attribute_room = (uint16_t)count;
	for (int i = 0; i < count; i++) {
		const xmlChar **a = &attributes[i * 5];
		e->attributes[i].name = document_name(r->document, (const char *)a[0]);
		e->attributes[i].value = arena_string_n(arena, (const char *)a[3], (size_t)(a[4] - a[3]));
	}
	e->attribute_count = (uint16_t)count;
}

static void on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
		     const xmlChar **declared, int attributes, int defaulted, const xmlChar **values)
{
	(void)prefix, (void)uri, (void)namespaces, (void)declared, (void)defaulted;
	struct reading *r = user;
	if (r->failed)
		return;
	if (++r->depth > CIB_DEPTH_MAX) {
		fail(r, line_of(r), "<%s> is nested deeper than %d elements", (const char *)name, CIB_DEPTH_MAX);
		return;
	}
	if (++r->elements > CIB_ELEMENTS_MAX || attributes > UINT16_MAX / 2) {
		fail(r, line_of(r), "<%s>: too many elements or attributes", (const char *)name);
		return;
	}
	r->at = open_element(r, document_name(r->document, (const char *)name));
	if (attributes > 0)
		take_attributes(r, r->at, attributes, values);
}

static void on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)name, (void)prefix, (void)uri;
	struct reading *r = user;
	if (r->failed || r->at == NULL)
		return;
	r->depth--;
	r->at = r->at->parent;
}

static void on_comment(void *user, const xmlChar *text)
{
	struct reading *r = user;
	if (r->failed || r->at == NULL)
		return;
	struct element *e = open_element(r, NAME_COMMENT);
	e->text = arena_string(document_arena(r->document), (const char *)text);
}

static void on_entity(void *user, const xmlChar *name, int type, const xmlChar *public_id, const xmlChar *system_id,
		      xmlChar *content)
{
	(void)type, (void)public_id, (void)system_id, (void)content;
	struct reading *r = user;
	fail(r, line_of(r), "declares the entity \"%s\"; a configuration has none", (const char *)name);
}

static void on_error(void *user, xmlErrorPtr error)
{
	struct reading *r = user;
	if (error->level >= XML_ERR_ERROR)
		fail(r, error->line, "not well-formed XML: %s",
		     error->message != NULL ? error->message : "unknown error");
}

static xmlSAXHandler handlers(void)
{
	return (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.comment = on_comment,
		.entityDecl = on_entity,
		.serror = (xmlStructuredErrorFunc)(void *)on_error,
	};
}

/* The parser's context is what its error handler gets; its _private leads back to the reading. */
static enum err read_all(struct reading *r, const char *text, size_t size)
{
	xmlSAXHandler sax = handlers();
	r->parser = xmlCreatePushParserCtxt(&sax, r, NULL, 0, r->source);
	if (r->parser == NULL)
		return error_set(r->reterr, ERR_NO_MEMORY, "%s: no memory to read it", r->source);
	(void)xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT);
	while (size > 0 && !r->failed) {
		size_t piece = size < (1 << 20) ? size : 1 << 20;
		(void)xmlParseChunk(r->parser, text, (int)piece, 0);
		text += piece;
		size -= piece;
	}
	if (!r->failed)
		(void)xmlParseChunk(r->parser, text, 0, 1);
	if (!r->failed && (!r->parser->wellFormed || document_root(r->document) == NULL))
		fail(r, line_of(r), "ends before the document is complete");
	xmlFreeParserCtxt(r->parser);
	return r->failed ? ERR_INVALID : ERR_OK;
}

enum err document_parse(const char *text, size_t size, const char *source, struct document **ret_document,
			struct error *reterr)
{
	if (size > CIB_TEXT_MAX)
		return error_set(reterr, ERR_INVALID, "%s: longer than %d bytes", source, CIB_TEXT_MAX);
	struct reading r = {.document = document_new(NAME_NONE), .source = source, .reterr = reterr};
	enum err e = read_all(&r, text, size);
	if (e != ERR_OK) {
		document_free(r.document);
		return e;
	}
	*ret_document = r.document;
	return ERR_OK;
}
