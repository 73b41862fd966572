/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text to tree: XML 1.0 in UTF-8 without document types, in one pass. Why it is our own: docs/decisions/0012. */
#include "cib/characters.h"
#include "cib/document-private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES_MAX = 255 };

struct reading {
	struct document *document;
	const char *at, *end;
	const char *counted; /* up to where lines are counted */
	uint32_t line;
	struct element *open; /* the innermost open element */
	unsigned depth, elements;
	bool has_root;
	const char *source;
	struct error *reterr;
	struct attribute attributes[CIB_ATTRIBUTES_MAX]; /* of the element at hand */
	unsigned attribute_count;
};

/* Lines are counted when somebody asks. */
static uint32_t line_at(struct reading *r, const char *at)
{
	while (r->counted < at) {
		const char *next = memchr(r->counted, '\n', (size_t)(at - r->counted));
		if (next == NULL) {
			r->counted = at;
			break;
		}
		r->line++;
		r->counted = next + 1;
	}
	return r->line;
}

/* Always false, for `return fail(…)`. */
static bool __attribute__((format(printf, 3, 4))) fail(struct reading *r, const char *at, const char *format, ...)
{
	char what[400];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	(void)error_set(r->reterr, ERR_INVALID, "%s:%u: %s", r->source, (unsigned)line_at(r, at), what);
	return false;
}

static bool fail_at_end(struct reading *r)
{
	const struct element *e = r->open;
	if (e == NULL)
		return fail(r, r->end, "ends before the document is complete");
	return fail(r, r->end, "ends before <%s> of line %u is closed", element_tag(e), (unsigned)e->line);
}

static bool fail_on_character(struct reading *r, const char *at)
{
	unsigned byte = (uint8_t)*at;
	if (byte >= 0x80)
		return fail(r, at, "the byte 0x%02x is no UTF-8, or stands for a character that XML does not allow",
			    byte);
	return fail(r, at, "XML does not allow the control character 0x%02x", byte);
}

static void skip_blanks(struct reading *r)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
}

static bool starts_with(const struct reading *r, const char *text)
{
	size_t n = strlen(text);
	return (size_t)(r->end - r->at) >= n && memcmp(r->at, text, n) == 0;
}

/* The end of a part that ends with `mark`, whose characters are checked on the way; NULL after an error. */
static const char *find_mark(struct reading *r, const char *mark, const char *what)
{
	size_t n = strlen(mark);
	const char *at = r->at;
	while (at < r->end) {
		if (*at == *mark && (size_t)(r->end - at) >= n && memcmp(at, mark, n) == 0)
			return at;
		uint32_t code;
		size_t length = character_read(at, r->end, &code);
		if (length == 0) {
			(void)fail_on_character(r, at);
			return NULL;
		}
		at += length;
	}
	(void)fail(r, r->at, "%s has no end", what);
	return NULL;
}

/* One reference: &lt; or &#65;. Writes its character to out and returns how long it is there; 0 after an error. r->at
 * is at the &, and afterwards behind the ;. */
static size_t read_reference(struct reading *r, char *out)
{
	static const struct {
		const char *text;
		char character;
	} known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (starts_with(r, known[i].text)) {
			r->at += strlen(known[i].text);
			*out = known[i].character;
			return 1;
		}
	}
	const char *begin = r->at;
	if (!starts_with(r, "&#")) {
		(void)fail(r, begin, "unknown reference after &; write &amp; for the character itself");
		return 0;
	}
	bool hex = starts_with(r, "&#x");
	uint32_t code = 0;
	const char *digits = r->at += hex ? 3 : 2;
	for (; r->at < r->end && code <= 0x10FFFF; r->at++) {
		char c = *r->at;
		if (c >= '0' && c <= '9')
			code = code * (hex ? 16 : 10) + (uint32_t)(c - '0');
		else if (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			code = code * 16 + (uint32_t)((c | 0x20) - 'a' + 10);
		else
			break;
	}
	size_t length = r->at == digits || r->at == r->end || *r->at != ';' ? 0 : character_write(code, out);
	if (length == 0)
		(void)fail(r, begin, "a reference after &# that stands for no character");
	else
		r->at++;
	return length;
}

/* A name at r->at; its number is that of the part after a colon. NAME_NONE after an error. */
static cib_name read_name(struct reading *r, const char *what, bool *ret_declares_namespace)
{
	char name[NAME_BYTES_MAX + 1];
	size_t length = name_length(r->at, r->end);
	if (length == 0 || length > NAME_BYTES_MAX) {
		if (r->at == r->end)
			(void)fail_at_end(r);
		else
			(void)fail(r, r->at, length == 0 ? "expected %s" : "%s is too long", what);
		return NAME_NONE;
	}
	memcpy(name, r->at, length);
	name[length] = '\0';
	const char *local = strrchr(name, ':');
	local = local == NULL ? name : local + 1;
	if (*local == '\0' || *name == ':') {
		(void)fail(r, r->at, "%s begins or ends with a colon", what);
		return NAME_NONE;
	}
	*ret_declares_namespace = strncmp(name, "xmlns", 5) == 0 && (name[5] == '\0' || name[5] == ':');
	r->at += length;
	return document_name(r->document, local);
}

/* The common case: nothing but printable ASCII up to the quote. */
static const char *skip_plain(const char *at, const char *end, char quote)
{
	while (at < end && *at != quote && *at >= 0x20 && *at != '&' && *at != '<')
		at++;
	return at;
}

/* The rest of a value with anything special in it. A value is never longer than its text. */
static bool read_special(struct reading *r, const char *begin, char quote, char *value)
{
	r->at = begin;
	size_t n = 0;
	while (r->at < r->end && *r->at != quote) {
		uint32_t code;
		size_t length = character_read(r->at, r->end, &code);
		if (length == 0)
			return fail_on_character(r, r->at);
		if (code == '<')
			return fail(r, r->at, "< in a value; write &lt;");
		if (code == '&') {
			size_t written = read_reference(r, value + n);
			if (written == 0)
				return false;
			n += written;
			continue;
		}
		if (code == '\r' && r->at + 1 < r->end && r->at[1] == '\n')
			r->at++; /* both are one line end, and a line end is a blank */
		memcpy(value + n, is_blank((char)code) && length == 1 ? " " : r->at, length);
		n += length;
		r->at += length;
	}
	value[n] = '\0';
	return true;
}

static const char *read_value(struct reading *r)
{
	struct arena *arena = document_arena(r->document);
	skip_blanks(r);
	if (r->at == r->end || *r->at != '=') {
		(void)(r->at == r->end ? fail_at_end(r) : fail(r, r->at, "an attribute without =\"value\""));
		return NULL;
	}
	r->at++;
	skip_blanks(r);
	char quote = r->at < r->end ? *r->at : '\0';
	if (quote != '"' && quote != '\'') {
		(void)(r->at == r->end ? fail_at_end(r) : fail(r, r->at, "a value without quotes"));
		return NULL;
	}
	const char *begin = ++r->at;
	char *value;
	r->at = skip_plain(begin, r->end, quote);
	if (r->at < r->end && *r->at == quote) {
		value = arena_string_n(arena, begin, (size_t)(r->at - begin));
	} else {
		const char *close = memchr(begin, quote, (size_t)(r->end - begin));
		if (close == NULL) {
			(void)fail(r, begin, "a value without its closing quote");
			return NULL;
		}
		value = arena_string_n(arena, begin, (size_t)(close - begin));
		if (strlen(value) != (size_t)(close - begin)) {
			(void)fail(r, begin + strlen(value), "XML does not allow the control character 0x00");
			return NULL;
		}
		if (!read_special(r, begin, quote, value))
			return NULL;
	}
	r->at++;
	return value;
}

static bool read_attribute(struct reading *r, const char *tag)
{
	const char *begin = r->at;
	bool is_namespace = false;
	cib_name name = read_name(r, "an attribute's name, > or />", &is_namespace);
	const char *value = name == NAME_NONE ? NULL : read_value(r);
	if (value == NULL)
		return false;
	if (is_namespace)
		return true;
	for (unsigned i = 0; i < r->attribute_count; i++)
		if (r->attributes[i].name == name)
			return fail(r, begin, "<%s>: the attribute \"%s\" is given twice", tag,
				    document_name_text(r->document, name));
	if (r->attribute_count == CIB_ATTRIBUTES_MAX)
		return fail(r, begin, "<%s> has more than %d attributes", tag, CIB_ATTRIBUTES_MAX);
	r->attributes[r->attribute_count++] = (struct attribute){name, value};
	return true;
}

static bool read_attributes(struct reading *r, const char *tag)
{
	r->attribute_count = 0;
	for (;;) {
		const char *before = r->at;
		skip_blanks(r);
		if (r->at < r->end && (*r->at == '>' || *r->at == '/'))
			return true;
		if (r->at == before && r->at < r->end)
			return fail(r, r->at, "<%s>: expected a blank, > or />", tag);
		if (!read_attribute(r, tag))
			return false;
	}
}

static struct element *add_element(struct reading *r, cib_name name, const char *at)
{
	struct element *e = element_new(r->document, name);
	e->line = line_at(r, at);
	if (r->open != NULL)
		element_append(r->open, e);
	else
		document_set_root(r->document, e);
	return e;
}

static bool read_start(struct reading *r)
{
	const char *begin = r->at++;
	bool unused;
	if (r->has_root && r->open == NULL)
		return fail(r, begin, "a second element after the document's end");
	cib_name name = read_name(r, "an element's name", &unused);
	if (name == NAME_NONE)
		return false;
	struct element *e = add_element(r, name, begin);
	r->has_root = true;
	if (r->depth == CIB_DEPTH_MAX)
		return fail(r, begin, "<%s> is nested deeper than %d elements", element_tag(e), CIB_DEPTH_MAX);
	if (++r->elements > CIB_ELEMENTS_MAX)
		return fail(r, begin, "more than %d elements", CIB_ELEMENTS_MAX);
	if (!read_attributes(r, element_tag(e)))
		return false;
	if (r->attribute_count > 0) {
		e->attributes = arena_array(document_arena(r->document), struct attribute, r->attribute_count);
		memcpy(e->attributes, r->attributes, r->attribute_count * sizeof(struct attribute));
		e->attribute_room = e->attribute_count = (uint16_t)r->attribute_count;
	}
	if (*r->at == '/') {
		if (!starts_with(r, "/>"))
			return r->at + 1 == r->end ? fail_at_end(r) : fail(r, r->at, "a / without >");
		r->at += 2;
		return true;
	}
	r->at++;
	r->open = e;
	r->depth++;
	return true;
}

static bool read_end(struct reading *r)
{
	const char *begin = r->at;
	bool unused;
	r->at += 2;
	cib_name name = read_name(r, "an element's name", &unused);
	if (name == NAME_NONE)
		return false;
	if (r->open == NULL)
		return fail(r, begin, "</%s> closes nothing", document_name_text(r->document, name));
	if (r->open->name != name)
		return fail(r, begin, "</%s> where <%s> of line %u must be closed first",
			    document_name_text(r->document, name), element_tag(r->open), (unsigned)r->open->line);
	skip_blanks(r);
	if (r->at == r->end)
		return fail_at_end(r);
	if (*r->at != '>')
		return fail(r, r->at, "expected > after </%s", element_tag(r->open));
	r->at++;
	r->open = r->open->parent;
	r->depth--;
	return true;
}

static bool read_comment(struct reading *r)
{
	const char *begin = r->at;
	r->at += 4;
	const char *end = find_mark(r, "--", "a comment");
	if (end == NULL)
		return false;
	if (r->end - end < 3)
		return fail(r, begin, "a comment has no end");
	if (end[2] != '>')
		return fail(r, end, "-- within a comment");
	if (r->open != NULL) {
		if (++r->elements > CIB_ELEMENTS_MAX)
			return fail(r, begin, "more than %d elements", CIB_ELEMENTS_MAX);
		struct element *e = add_element(r, NAME_COMMENT, begin);
		e->text = arena_string_n(document_arena(r->document), r->at, (size_t)(end - r->at));
	}
	r->at = end + 3;
	return true;
}

static bool read_instruction(struct reading *r)
{
	const char *begin = r->at;
	r->at += 2;
	size_t length = name_length(r->at, r->end);
	if (length == 0)
		return fail(r, begin, "<? without a name");
	if (length == 3 && g_ascii_strncasecmp(r->at, "xml", 3) == 0)
		return fail(r, begin, "<?xml …?> may only be the very first of a document");
	const char *end = find_mark(r, "?>", "<?");
	if (end == NULL)
		return false;
	if (r->at + length != end && !is_blank(r->at[length]))
		return fail(r, begin, "<? needs a blank after its name");
	r->at = end + 2;
	return true;
}

/* Text means nothing and is dropped; it must be well-formed all the same. */
static bool read_text(struct reading *r)
{
	char unused[4];
	while (r->at < r->end && *r->at != '<') {
		if (*r->at == '&') {
			if (read_reference(r, unused) == 0)
				return false;
			continue;
		}
		if (starts_with(r, "]]>"))
			return fail(r, r->at, "]]> in text");
		uint32_t code;
		size_t length = character_read(r->at, r->end, &code);
		if (length == 0)
			return fail_on_character(r, r->at);
		r->at += length;
	}
	return true;
}

static bool read_cdata(struct reading *r)
{
	r->at += strlen("<![CDATA[");
	const char *end = find_mark(r, "]]>", "<![CDATA[");
	if (end != NULL)
		r->at = end + strlen("]]>");
	return end != NULL;
}

static bool read_markup(struct reading *r)
{
	char next = r->end - r->at > 1 ? r->at[1] : '\0';
	if (next == '/')
		return read_end(r);
	if (next == '?')
		return read_instruction(r);
	if (next != '!')
		return read_start(r);
	if (starts_with(r, "<!--"))
		return read_comment(r);
	if (starts_with(r, "<![CDATA[") && r->open != NULL)
		return read_cdata(r);
	if (starts_with(r, "<!DOCTYPE"))
		return fail(r, r->at, "declares a document type; a configuration has none, nor entities");
	return fail(r, r->at, "<! that begins neither a comment nor anything else known here");
}

/* name="value" of a declaration, with a blank before it: true when it is there. */
static bool read_declared(struct reading *r, const char *name, const char **ret_value, size_t *ret_length)
{
	const char *before = r->at;
	skip_blanks(r);
	if (r->at == before || !starts_with(r, name)) {
		r->at = before;
		return false;
	}
	r->at += strlen(name);
	skip_blanks(r);
	bool equals = starts_with(r, "=");
	r->at += equals;
	skip_blanks(r);
	char quote = r->at < r->end ? *r->at : '\0';
	const char *close = equals && (quote == '"' || quote == '\'') && r->end - r->at > 1
				    ? memchr(r->at + 1, quote, (size_t)(r->end - r->at - 1))
				    : NULL;
	if (close == NULL) {
		r->at = before;
		return false;
	}
	*ret_value = r->at + 1;
	*ret_length = (size_t)(close - r->at - 1);
	r->at = close + 1;
	return true;
}

static bool is_text(const char *value, size_t length, const char *text)
{
	return length == strlen(text) && g_ascii_strncasecmp(value, text, length) == 0;
}

static bool read_declaration(struct reading *r)
{
	if (!starts_with(r, "<?xml") || r->end - r->at < 6 || !is_blank(r->at[5]))
		return true;
	const char *begin = r->at, *value;
	size_t length;
	r->at += 5;
	if (!read_declared(r, "version", &value, &length) || length != 3 || memcmp(value, "1.", 2) != 0 ||
	    !g_ascii_isdigit(value[2]))
		return fail(r, begin, "<?xml …?> without version=\"1.0\"");
	if (read_declared(r, "encoding", &value, &length) && !is_text(value, length, "utf-8") &&
	    !is_text(value, length, "us-ascii"))
		return fail(r, begin, "encoding=\"%.*s\": only UTF-8 is read; convert it",
			    (int)(length < 40 ? length : 40), value);
	if (read_declared(r, "standalone", &value, &length) && !(length == 3 && memcmp(value, "yes", 3) == 0) &&
	    !(length == 2 && memcmp(value, "no", 2) == 0))
		return fail(r, begin, "<?xml …?>: standalone is neither yes nor no");
	skip_blanks(r);
	if (!starts_with(r, "?>"))
		return fail(r, begin, "<?xml …?> has more than version, encoding and standalone, or no end");
	r->at += 2;
	return true;
}

static bool read_all(struct reading *r)
{
	if (starts_with(r, "\xEF\xBB\xBF"))
		r->at += 3;
	if (starts_with(r, "\xFF\xFE") || starts_with(r, "\xFE\xFF"))
		return fail(r, r->at, "is UTF-16: only UTF-8 is read; convert it");
	if (!read_declaration(r))
		return false;
	while (r->at < r->end) {
		skip_blanks(r);
		if (r->at == r->end)
			break;
		if (*r->at == '<') {
			if (!read_markup(r))
				return false;
		} else if (r->open == NULL) {
			return fail(r, r->at,
				    r->has_root ? "text after the document's end"
						: "is no XML: text before the first <");
		} else if (!read_text(r)) {
			return false;
		}
	}
	return (r->has_root && r->open == NULL) || fail_at_end(r);
}

enum err document_parse(const char *text, size_t size, const char *source, struct document **ret_document,
			struct error *reterr)
{
	if (size > CIB_TEXT_MAX)
		return error_set(reterr, ERR_INVALID, "%s: longer than %d bytes", source, CIB_TEXT_MAX);
	struct reading r = {.document = document_new(NAME_NONE), .source = source, .reterr = reterr, .line = 1};
	r.at = r.counted = text;
	r.end = text + size;
	if (!read_all(&r)) {
		document_free(r.document);
		return ERR_INVALID;
	}
	*ret_document = r.document;
	return ERR_OK;
}
