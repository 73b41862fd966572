/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text to tree, by libxml2's events where it is not of the plain form (parse-plain.c): no second tree is built on the
 * way. What is here beside that are the limits, and words where the library's do not tell what to do. Why libxml2, and
 * why not its tree: docs/decisions/0012. */
#include "cib/document-private.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <string.h>

enum {
	NAMES_AT_HAND_BITS = 8,
	CROWDED_TAG_BYTES = 16 * 1024, /* shorter ones have too few attributes to take the library long */
};

/* The library gives equal names as equal pointers. */
struct name_at_hand {
	const xmlChar *text;
	cib_name name;
};

struct reading {
	struct document *document;
	const char *text;
	size_t size, given;      /* of the text, and what of it the parser has */
	xmlParserCtxtPtr parser; /* NULL before and after it runs */
	struct element *at;      /* the innermost open element */
	unsigned depth;
	unsigned elements;
	const char *source;
	struct error *reterr;
	bool failed;
	struct name_at_hand names[1 << NAMES_AT_HAND_BITS];
};

/* The first failure is the one that counts. The parser must not be stopped here: while it reports an error of its own
 * it may still look at the text that it would give back. It goes on without events, or the next event stops it. */
static void __attribute__((format(printf, 3, 4))) fail(struct reading *r, uint32_t line, const char *format, ...)
{
	if (r->failed)
		return;
	r->failed = true;
	char what[400];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	g_strdelimit(what, "\t\n\r", ' ');
	(void)error_set(r->reterr, ERR_INVALID, "%s:%u: %s", r->source, (unsigned)line, g_strstrip(what));
}

static uint32_t count_line_feeds(const char *begin, const char *end)
{
	uint32_t count = 0;
	while ((begin = memchr(begin, '\n', (size_t)(end - begin))) != NULL) {
		count++;
		begin++;
	}
	return count;
}

/* The line at which the parser is. Of its several records of lines this one does not end at 65535. */
static uint32_t line_of(const struct reading *r)
{
	return r->parser->input != NULL ? (uint32_t)r->parser->input->line : 0;
}

/* The line at which the tag or comment begins that was just read; `mark` cannot be inside of it. */
static uint32_t line_of_begin(const struct reading *r, const char *mark)
{
	size_t read = (size_t)xmlByteConsumed(r->parser);
	const char *end = r->text + read;
	const char *begin =
		mark[1] == '\0' ? memrchr(r->text, mark[0], read) : g_strrstr_len(r->text, (gssize)read, mark);
	return line_of(r) - (begin != NULL ? count_line_feeds(begin, end) : 0);
}

static cib_name name_of(struct reading *r, const xmlChar *text)
{
	uint64_t hash = (uint64_t)(uintptr_t)text * 0x9E3779B97F4A7C15u;
	struct name_at_hand *n = &r->names[hash >> (64 - NAMES_AT_HAND_BITS)];
	if (n->text != text) {
		n->text = text;
		n->name = document_name(r->document, (const char *)text);
	}
	return n->name;
}

static struct element *open_element(struct reading *r, cib_name name, uint32_t line)
{
	struct element *e = element_new(r->document, name);
	e->line = line;
	if (r->at != NULL)
		element_append(r->at, e);
	else
		document_set_root(r->document, e);
	return e;
}

/* The parser gives five pointers an attribute: local name, prefix, URI, and where its value begins and ends. It has
 * seen that no name is given twice, but prefixes may have made a difference that is none here. */
static void take_attributes(struct reading *r, struct element *e, int count, const xmlChar **attributes)
{
	struct arena *arena = document_arena(r->document);
	e->attributes = arena_array(arena, struct attribute, (size_t)count);
	e->attribute_room = (uint16_t)count;
	bool prefixes = false;
	for (int i = 0; i < count; i++) {
		const xmlChar **a = &attributes[(size_t)i * 5];
		cib_name name = name_of(r, a[0]);
		prefixes = prefixes || a[1] != NULL;
		if (prefixes && element_get(e, name) != NULL) {
			fail(r, e->line, "<%s>: the attribute \"%s\" is given twice, prefixes aside", element_tag(e),
			     (const char *)a[0]);
			return;
		}
		e->attributes[i].name = name;
		e->attributes[i].value = arena_string_n(arena, (const char *)a[3], (size_t)(a[4] - a[3]));
		e->attribute_count = (uint16_t)(i + 1);
	}
}

static void on_begin(void *user)
{
	struct reading *r = user;
	const xmlParserInput *input = r->parser->input;
	if (input->buf == NULL || input->buf->encoder == NULL)
		return;
	fail(r, line_of(r), "encoding=\"%s\": only UTF-8 is read; convert it",
	     input->encoding != NULL ? (const char *)input->encoding : "UTF-16");
	xmlStopParser(r->parser);
}

static bool is_within_limits(struct reading *r, const char *name, int attributes)
{
	uint32_t line = line_of(r);
	if (r->depth >= CIB_DEPTH_MAX)
		fail(r, line, "<%s> is nested deeper than %d elements", name, CIB_DEPTH_MAX);
	if (r->elements >= CIB_ELEMENTS_MAX)
		fail(r, line, "<%s>: more than %d elements", name, CIB_ELEMENTS_MAX);
	if (attributes > CIB_ATTRIBUTES_MAX)
		fail(r, line, "<%s> has more than %d attributes", name, CIB_ATTRIBUTES_MAX);
	if (r->parser->nsNr / 2 >
	    CIB_ATTRIBUTES_MAX) /* a name and its meaning for each; all are searched for each element */
		fail(r, line, "<%s> is within more than %d declarations of namespaces", name, CIB_ATTRIBUTES_MAX);
	return !r->failed;
}

static void on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
		     const xmlChar **declared, int attributes, int defaulted, const xmlChar **values)
{
	(void)prefix, (void)uri, (void)namespaces, (void)declared, (void)defaulted;
	struct reading *r = user;
	if (r->failed || !is_within_limits(r, (const char *)name, attributes)) {
		xmlStopParser(r->parser);
		return;
	}
	r->depth++;
	r->elements++;
	r->at = open_element(r, name_of(r, name), line_of_begin(r, "<"));
	if (attributes > 0)
		take_attributes(r, r->at, attributes, values);
}

static void on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)name, (void)prefix, (void)uri;
	struct reading *r = user;
	if (r->failed)
		return;
	r->depth--;
	r->at = r->at->parent;
}

static void on_comment(void *user, const xmlChar *text)
{
	struct reading *r = user;
	if (r->failed || r->at == NULL)
		return;
	struct element *e = open_element(r, NAME_COMMENT, line_of_begin(r, "<!--"));
	e->text = arena_string(document_arena(r->document), (const char *)text);
}

static void on_document_type(void *user, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	(void)name, (void)public_id, (void)system_id;
	struct reading *r = user;
	fail(r, line_of(r), "declares a document type; a configuration has none, remove <!DOCTYPE …>");
	xmlStopParser(r->parser);
}

/* What the library says is passed on, unless it speaks of its own functions or leaves open what to do. */
static const char *clear_words(const char *message)
{
	static const char reference[] = "unknown reference after &; write &amp; for the character itself";
	static const struct {
		const char *part, *words;
	} unclear[] = {
		{"EntityRef:", reference},
		{"Entity '", reference},
		{"CharRef:", "a reference after &# that stands for no character"},
		{"AttValue: \"", "a value without quotes"},
		{"AttValue: '", "a value without its closing quote"},
		{"attributes construct", "a blank is missing between two attributes"},
		{"in attributes values", "< in a value; write &lt;"},
		{"xmlParsePI", "<? without a name"},
		{"never end", "<? has no end"},
		{"Failed to parse QName", "a name begins or ends with a colon, or has two of them"},
		{"indicate encoding", "bytes that are no UTF-8"},
		{"CData section", "<![CDATA[ has no end"},
	};
	for (size_t i = 0; i < sizeof(unclear) / sizeof(unclear[0]); i++)
		if (strstr(message, unclear[i].part) != NULL)
			return unclear[i].words;
	return message;
}

/* Namespaces mean nothing: neither undeclared nor badly declared ones are errors. */
static void on_error(void *user, xmlErrorPtr error)
{
	struct reading *r = user;
	if (error->level < XML_ERR_ERROR || (error->domain == XML_FROM_NAMESPACE && error->code != XML_NS_ERR_QNAME))
		return;
	const char *message = error->message != NULL ? error->message : "it cannot be read";
	const char *words = clear_words(message);
	const char *bytes = words != message ? strstr(message, "Bytes: ") : NULL;
	fail(r, line_of(r), "not well-formed XML: %s%s%s", words, bytes != NULL ? ". " : "",
	     bytes != NULL ? bytes : "");
}

static unsigned count_values(const char *tag, const char *end)
{
	unsigned count = 0;
	for (const char *at = tag; at < end && *at != '>'; at++) {
		if (*at != '"' && *at != '\'')
			continue;
		at = memchr(at + 1, *at, (size_t)(end - at - 1));
		if (at == NULL)
			break;
		count++;
	}
	return count;
}

/* The library compares each attribute of a tag with all before it, and only then tells how many there are: a million
 * of them would take it an hour. So the few tags that are long enough for that are looked at before. No < can be within
 * a tag; what looks like a tag in a comment may be refused too, with a thousand quoted words after its <. */
static void check_crowds(struct reading *r, const char *end)
{
	const char *next;
	for (const char *tag = memchr(r->text, '<', (size_t)(end - r->text)); tag != NULL; tag = next) {
		next = memchr(tag + 1, '<', (size_t)(end - tag - 1));
		const char *until = next != NULL ? next : end;
		if (until - tag > CROWDED_TAG_BYTES && strchr("!?/ \t\r\n", tag[1]) == NULL &&
		    count_values(tag, until) > CIB_ATTRIBUTES_MAX) {
			fail(r, 1 + count_line_feeds(r->text, tag), "an element has more than %d attributes",
			     CIB_ATTRIBUTES_MAX);
			return;
		}
	}
}

static void check_text(struct reading *r)
{
	size_t size = r->size;
	if (size == 0) {
		fail(r, 1, "is empty");
		return;
	}
	const char *zero = memchr(r->text, '\0', size);
	if (zero != NULL)
		fail(r, 1 + count_line_feeds(r->text, zero),
		     "a zero byte, which XML does not allow; if this is UTF-16, convert it to UTF-8");
	else
		check_crowds(r, r->text + size);
}

/* Some errors of conversion belong to no parser, so the handler is the library's common one for as long as it reads. */
static void read_all(struct reading *r)
{
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *before_context = xmlStructuredErrorContext;
	xmlSetStructuredErrorFunc(r, (xmlStructuredErrorFunc)(void *)on_error);
	*r->parser->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.startDocument = on_begin,
		.internalSubset = on_document_type,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.comment = on_comment,
	};
	r->parser->userData = r;
	/* Huge: our limits hold instead of the library's. No entities: those that XML has are replaced, others are
	 * errors. */
	(void)xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT);
	int e = xmlParseDocument(r->parser);
	if (e != 0 || document_root(r->document) == NULL)
		fail(r, line_of(r), "not well-formed XML");
	xmlSetStructuredErrorFunc(before_context, before);
}

/* The parser gets its text piece by piece: given all at once it would make a copy of it. */
static int give(void *user, char *buffer, int room)
{
	struct reading *r = user;
	size_t n = MIN((size_t)room, r->size - r->given);
	memcpy(buffer, r->text + r->given, n);
	r->given += n;
	return (int)n;
}

enum err document_read_text(const char *text, size_t size, const char *source, struct document **ret_document,
			    struct error *reterr)
{
	struct reading r = {.text = text, .size = size, .source = source, .reterr = reterr};
	check_text(&r);
	if (r.failed)
		return ERR_INVALID;
	r.parser = xmlCreateIOParserCtxt(NULL, NULL, give, NULL, &r, XML_CHAR_ENCODING_NONE);
	if (r.parser == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "%s: no memory to read it", source);
	r.document = document_new(NAME_NONE);
	read_all(&r);
	xmlFreeParserCtxt(r.parser);
	if (r.failed) {
		document_free(r.document);
		return ERR_INVALID;
	}
	*ret_document = r.document;
	return ERR_OK;
}

enum err document_parse(const char *text, size_t size, const char *source, struct document **ret_document,
			struct error *reterr)
{
	if (size > CIB_TEXT_MAX)
		return error_set(reterr, ERR_INVALID, "%s: longer than %d bytes", source, CIB_TEXT_MAX);
	struct document *d = document_new(NAME_NONE);
	if (document_read_plain(d, text, size)) {
		*ret_document = d;
		return ERR_OK;
	}
	document_free(d);
	return document_read_text(text, size, source, ret_document, reterr);
}
