/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plain form of a document, which is how programs write them: elements, attributes, comments, blanks. It is
 * recognized here without the library, several times faster; whatever else there is, and every error, is left to the
 * library, which begins anew and has the words (parse.c). So what is taken here must be what the library would make of
 * it, and what is refused here may be anything. docs/decisions/0012.
 *
 * The text may be a view of a file that somebody changes meanwhile: nothing outside of it is looked at, and nothing is
 * concluded from having seen a byte before. */
#include "cib/document-private.h"

#include <string.h>

enum {
	NAME_BYTES_MAX = 64,
	NAMES_AT_HAND = 512, /* a power of two */
};

/* What a byte may be part of. */
enum {
	NAME_BEGIN = 1,
	NAME_MIDDLE = 2,
	BLANK = 4,
	VALUE = 8,      /* of an attribute, in itself */
	REFERENCE = 16, /* the begin of one, in a value */
	QUOTE = 32,
	HIGH = 64, /* of a character of several bytes: allowed in a value, if it is UTF-8 */
};

#define LETTER (NAME_BEGIN | NAME_MIDDLE | VALUE)

static const uint8_t kinds[256] = {
	['\t'] = BLANK,         ['\n'] = BLANK,
	[' '] = BLANK | VALUE,  ['!'] = VALUE,
	['"'] = QUOTE,          ['#' ... '%'] = VALUE,
	['&'] = REFERENCE,      ['\''] = QUOTE,
	['(' ... ','] = VALUE,  ['-' ... '.'] = NAME_MIDDLE | VALUE,
	['/'] = VALUE,          ['0' ... '9'] = NAME_MIDDLE | VALUE,
	[':' ... ';'] = VALUE,  ['=' ... '@'] = VALUE,
	['A' ... 'Z'] = LETTER, ['[' ... '^'] = VALUE,
	['_'] = LETTER,         ['`'] = VALUE,
	['a' ... 'z'] = LETTER, ['{' ... '~'] = VALUE,
	[0x80 ... 0xff] = HIGH,
};

/* Documents repeat themselves: after a name comes most often the one that came after it before, and with it the value
 * that it had. */
struct name_seen {
	const char *text;
	size_t length;
	cib_name name;
	const char *value; /* NULL: none that is worth to be shared */
	size_t value_length;
	struct name_seen *next;
};

struct plain {
	struct document *document;
	const char *at, *end;
	uint32_t line;
	struct element *open; /* the innermost open element */
	unsigned depth, elements;
	struct name_seen names[NAMES_AT_HAND];
	struct name_seen *last;                          /* that was read; never NULL */
	struct attribute attributes[CIB_ATTRIBUTES_MAX]; /* of the tag that is read */
};

static bool is_kind(const struct plain *p, uint8_t kind)
{
	return p->at < p->end && (kinds[(uint8_t)*p->at] & kind) != 0;
}

static bool skip(struct plain *p, char c)
{
	if (p->at == p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

static bool skip_text(struct plain *p, const char *text)
{
	size_t n = strlen(text);
	if ((size_t)(p->end - p->at) < n || memcmp(p->at, text, n) != 0)
		return false;
	p->at += n;
	return true;
}

static bool skip_blanks(struct plain *p)
{
	const char *begin = p->at;
	for (; is_kind(p, BLANK); p->at++)
		p->line += *p->at == '\n';
	return p->at != begin;
}

/* What names are is decided once for each of them; after that it is enough to see that it is the same. */
static bool learn_name(struct plain *p, struct name_seen *place, const char *begin, size_t n)
{
	char text[NAME_BYTES_MAX + 1];
	if (n > NAME_BYTES_MAX)
		return false;
	memcpy(text, begin, n);
	text[n] = '\0';
	if (strlen(text) != n || strcmp(text, "xmlns") == 0)
		return false;
	cib_name name = document_name(p->document, text);
	*place = (struct name_seen){
		.text = document_name_text(p->document, name), .length = n, .name = name, .next = place};
	return true;
}

/* Whether what comes is this word, and a byte behind it. */
static bool is_next(const struct plain *p, const char *word, size_t length)
{
	return (size_t)(p->end - p->at) > length && memcmp(p->at, word, length) == 0;
}

/* NULL: none, or none that is plain: a prefix, letters beyond ASCII. */
static struct name_seen *find_name(struct plain *p)
{
	const char *begin = p->at;
	if (!is_kind(p, NAME_BEGIN))
		return NULL;
	while (is_kind(p, NAME_MIDDLE))
		p->at++;
	size_t n = (size_t)(p->at - begin);
	uint32_t hash = (uint32_t)n * 29 + (uint8_t)begin[0] + (uint8_t)begin[n / 2] * 5u + (uint8_t)begin[n - 1] * 17u;
	struct name_seen *seen = &p->names[hash & (NAMES_AT_HAND - 1)];
	bool known = seen->length == n && memcmp(seen->text, begin, n) == 0;
	return known || learn_name(p, seen, begin, n) ? seen : NULL;
}

static cib_name read_name(struct plain *p)
{
	struct name_seen *seen = p->last->next;
	if (seen->length > 0 && is_next(p, seen->text, seen->length) &&
	    (kinds[(uint8_t)p->at[seen->length]] & NAME_MIDDLE) == 0) {
		p->at += seen->length;
	} else {
		seen = find_name(p);
		if (seen == NULL)
			return NAME_NONE;
		p->last->next = seen;
	}
	p->last = seen;
	return seen->name;
}

static bool is_character(gunichar c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) ||
	       (c >= 0x10000 && c <= 0x10FFFF);
}

/* UTF-8, of characters that XML allows. */
static bool is_text(const char *text, size_t n)
{
	if (!g_utf8_validate_len(text, n, NULL))
		return false;
	for (const char *at = text; at < text + n; at += g_utf8_skip[(uint8_t)*at])
		if (!is_character(g_utf8_get_char(at)))
			return false;
	return true;
}

/* The character of "#65;" or "#x41;" at *at, which goes on behind it; 0: none. */
static gunichar read_number(const char **at)
{
	bool is_hex = (*at)[1] == 'x';
	const char *digit = *at + (is_hex ? 2 : 1);
	const char *begin = digit;
	gunichar c = 0;
	for (; is_hex ? g_ascii_isxdigit(*digit) : g_ascii_isdigit(*digit); digit++) {
		c = c * (is_hex ? 16 : 10) + (gunichar)g_ascii_xdigit_value(*digit);
		if (c > 0x10FFFF)
			return 0;
	}
	if (digit == begin || *digit != ';' || !is_character(c))
		return 0;
	*at = digit + 1;
	return c;
}

static gunichar read_reference(const char **at)
{
	static const struct {
		const char *text;
		char c;
	} known[] = {{"lt;", '<'}, {"gt;", '>'}, {"amp;", '&'}, {"quot;", '"'}, {"apos;", '\''}};
	if (**at == '#')
		return read_number(at);
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (!g_str_has_prefix(*at, known[i].text))
			continue;
		*at += strlen(known[i].text);
		return (gunichar)known[i].c;
	}
	return 0;
}

/* In place: no reference is shorter than what it stands for. */
static bool replace_references(char *text)
{
	char *to = text;
	for (const char *at = text; *at != '\0';) {
		if (*at != '&') {
			*to++ = *at++;
			continue;
		}
		at++;
		gunichar c = read_reference(&at);
		if (c == 0)
			return false;
		to += g_unichar_to_utf8(c, to);
	}
	*to = '\0';
	return true;
}

/* Up to the quote that ends it, in the document's memory; NULL: none that is plain. ret_as_is: without references. */
static const char *copy_value(struct plain *p, char quote, bool *ret_as_is)
{
	const char *begin = p->at, *at = begin;
	uint8_t found = 0;
	for (; at < p->end && *at != quote; at++) {
		uint8_t kind = kinds[(uint8_t)*at];
		if ((kind & (VALUE | REFERENCE | QUOTE | HIGH)) == 0)
			return NULL;
		found |= kind;
	}
	if (at == p->end)
		return NULL;
	p->at = at;
	char *value = arena_string_n(document_arena(p->document), begin, (size_t)(at - begin));
	if ((found & HIGH) != 0 && !is_text(value, strlen(value)))
		return NULL;
	*ret_as_is = (found & REFERENCE) == 0;
	return *ret_as_is || replace_references(value) ? value : NULL;
}

/* With its quotes. Of the name that was read last: what it had before is not copied again. */
static const char *read_value(struct plain *p)
{
	struct name_seen *seen = p->last;
	if (!is_kind(p, QUOTE))
		return NULL;
	char quote = *p->at++;
	if (seen->value != NULL && is_next(p, seen->value, seen->value_length) && p->at[seen->value_length] == quote) {
		p->at += seen->value_length + 1;
		return seen->value;
	}
	bool as_is;
	const char *value = copy_value(p, quote, &as_is);
	if (value == NULL)
		return NULL;
	seen->value = as_is ? value : NULL;
	seen->value_length = strlen(value);
	return skip(p, quote) ? value : NULL;
}

/* All up to what is neither blank nor name. Names are few: what was seen is a bit each, and looked for only if that bit
 * is set already. */
static bool read_attributes(struct plain *p, struct element *e)
{
	uint64_t seen = 0;
	unsigned count = 0;
	while (skip_blanks(p) && is_kind(p, NAME_BEGIN)) {
		cib_name name = read_name(p);
		if (name == NAME_NONE || count == CIB_ATTRIBUTES_MAX)
			return false;
		if ((seen & 1ull << (name & 63)) != 0)
			for (unsigned i = 0; i < count; i++)
				if (p->attributes[i].name == name)
					return false;
		seen |= 1ull << (name & 63);
		(void)skip_blanks(p);
		if (!skip(p, '='))
			return false;
		(void)skip_blanks(p);
		const char *value = read_value(p);
		if (value == NULL)
			return false;
		p->attributes[count++] = (struct attribute){name, value};
	}
	if (count == 0)
		return true;
	e->attributes = arena_grow(document_arena(p->document), p->attributes, count * sizeof(*p->attributes),
				   count * sizeof(*p->attributes));
	e->attribute_count = e->attribute_room = (uint16_t)count;
	return true;
}

static struct element *add_element(struct plain *p, cib_name name)
{
	struct element *e = element_new(p->document, name);
	e->line = p->line;
	if (p->open != NULL)
		element_append(p->open, e);
	else
		document_set_root(p->document, e);
	return e;
}

/* Behind its <. */
static bool read_begin(struct plain *p)
{
	if ((p->open == NULL && document_root(p->document) != NULL) || p->depth == CIB_DEPTH_MAX ||
	    p->elements == CIB_ELEMENTS_MAX)
		return false;
	cib_name name = read_name(p);
	if (name == NAME_NONE)
		return false;
	struct element *e = add_element(p, name);
	p->elements++;
	if (!read_attributes(p, e))
		return false;
	if (skip(p, '/'))
		return skip(p, '>');
	p->open = e;
	p->depth++;
	return skip(p, '>');
}

/* Behind its </. */
static bool read_end(struct plain *p)
{
	if (p->open == NULL || read_name(p) != p->open->name)
		return false;
	p->open = p->open->parent;
	p->depth--;
	(void)skip_blanks(p);
	return skip(p, '>');
}

/* Behind its <!--. Those outside of the root are none of the tree's. */
static bool read_comment(struct plain *p)
{
	const char *begin = p->at;
	const char *end = memmem(begin, (size_t)(p->end - begin), "--", 2);
	if (end == NULL)
		return false;
	size_t n = (size_t)(end - begin);
	p->at = end + 2;
	if (!skip(p, '>') || memchr(begin, '\r', n) != NULL || !is_text(begin, n))
		return false;
	if (p->open != NULL)
		add_element(p, NAME_COMMENT)->text = arena_string_n(document_arena(p->document), begin, n);
	for (const char *at = begin; at < end; at++)
		p->line += *at == '\n';
	return true;
}

static void skip_declaration(struct plain *p)
{
	static const char *const usual[] = {"<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
					    "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
					    "<?xml version='1.0' encoding='UTF-8'?>",
					    "<?xml version='1.0' encoding='utf-8'?>"};
	for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
		if (skip_text(p, usual[i]))
			return;
}

bool document_read_plain(struct document *d, const char *text, size_t size)
{
	struct name_seen none = {0};
	struct plain p = {.document = d, .at = text, .end = text + size, .line = 1, .last = &none};
	none.next = &none;
	skip_declaration(&p);
	for (;;) {
		(void)skip_blanks(&p);
		if (p.at == p.end)
			return p.open == NULL && document_root(d) != NULL;
		if (!skip(&p, '<'))
			return false;
		bool ok = skip(&p, '/') ? read_end(&p) : skip_text(&p, "!--") ? read_comment(&p) : read_begin(&p);
		if (!ok)
			return false;
	}
}
