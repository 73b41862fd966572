/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/xpath.h"

#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <string.h>

struct xpath {
	const struct document *document;
	xmlDocPtr tree; /* NULL until an expression needs it */
	xmlXPathContextPtr context;
	struct error *reterr; /* of the search at hand */
};

/* Steps of one search: an expression with nested // over a large document could otherwise take minutes. */
enum { STEPS_MAX = 100 * 1000 * 1000 };

static xmlNodePtr copy_tree(xmlDocPtr tree, const struct element *e)
{
	const struct document *d = e->document;
	xmlNodePtr node = xmlNewDocNode(tree, NULL, (const xmlChar *)element_tag(e), NULL);
	node->_private = (void *)(uintptr_t)e;
	for (unsigned i = 0; i < e->attribute_count; i++)
		(void)xmlNewProp(node, (const xmlChar *)document_name_text(d, e->attributes[i].name),
				 (const xmlChar *)e->attributes[i].value);
	for (const struct element *child = e->first; child != NULL; child = child->next)
		if (child->name != NAME_COMMENT)
			(void)xmlAddChild(node, copy_tree(tree, child));
	return node;
}

static void take_error(void *user, xmlErrorPtr error)
{
	struct xpath *x = user;
	char *text = g_strchomp(g_strdup(error->message != NULL ? error->message : "unknown error"));
	(void)error_set(x->reterr, ERR_INVALID, "%s", text);
	g_free(text);
}

/* Some of the parser's complaints go to nobody's handler, but to the library's own, which prints. */
static void be_silent(void *user, const char *format, ...)
{
	(void)user, (void)format;
}

static xmlXPathObjectPtr evaluate(struct xpath *x, const char *expression)
{
	xmlGenericErrorFunc before = xmlGenericError;
	void *before_context = xmlGenericErrorContext;
	xmlSetGenericErrorFunc(NULL, be_silent);
	xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)expression, x->context);
	xmlSetGenericErrorFunc(before_context, before);
	return found;
}

struct xpath *xpath_new(const struct document *d)
{
	struct xpath *x = g_new0(struct xpath, 1);
	x->document = d;
	return x;
}

static void make_copy(struct xpath *x)
{
	x->tree = xmlNewDoc((const xmlChar *)"1.0");
	(void)xmlDocSetRootElement(x->tree, copy_tree(x->tree, document_root(x->document)));
	x->context = xmlXPathNewContext(x->tree);
	x->context->error = (xmlStructuredErrorFunc)(void *)take_error;
	x->context->userData = x;
}

void xpath_free(struct xpath *x)
{
	if (x == NULL)
		return;
	if (x->tree != NULL) {
		xmlXPathFreeContext(x->context);
		xmlFreeDoc(x->tree);
	}
	g_free(x);
}

static const struct element *element_of(xmlNodePtr node)
{
	if (node->type == XML_DOCUMENT_NODE)
		node = xmlDocGetRootElement((xmlDocPtr)node);
	else if (node->type == XML_ATTRIBUTE_NODE)
		node = node->parent;
	return node != NULL && node->type == XML_ELEMENT_NODE ? node->_private : NULL;
}

/* ---- what most people ask for ---- */

/* //NAME or //NAME[@ATTRIBUTE='VALUE']: answered by a walk, since copying a large tree takes longer than all else. */
struct simple {
	char *name, *attribute, *value; /* attribute NULL: none is asked for */
};

static char *take_name(const char **at)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t length = strspn(*at, letters);
	bool begins = length > 0 && (g_ascii_isalpha(**at) || **at == '_');
	char *name = begins ? g_strndup(*at, length) : NULL;
	*at += length;
	return name;
}

static char *take_value(const char **at)
{
	char quote = **at;
	const char *end = quote == '\'' || quote == '"' ? strchr(*at + 1, quote) : NULL;
	char *value = end == NULL ? NULL : g_strndup(*at + 1, (size_t)(end - *at) - 1);
	*at = end == NULL ? *at : end + 1;
	return value;
}

static void simple_fini(struct simple *s)
{
	g_free(s->name);
	g_free(s->attribute);
	g_free(s->value);
}

static bool take_condition(const char **at, struct simple *s)
{
	if (strncmp(*at, "[@", 2) != 0)
		return false;
	*at += 2;
	s->attribute = take_name(at);
	if (s->attribute == NULL || **at != '=')
		return false;
	++*at;
	s->value = take_value(at);
	bool ends = s->value != NULL && **at == ']';
	*at += ends ? 1 : 0;
	return ends;
}

/* False: it is not of that kind, or there is nothing to give back. */
static bool take_simple(const char *at, struct simple *ret)
{
	*ret = (struct simple){0};
	if (strncmp(at, "//", 2) != 0)
		return false;
	at += 2;
	ret->name = take_name(&at);
	if (ret->name != NULL && (*at == '\0' || take_condition(&at, ret)) && *at == '\0')
		return true;
	simple_fini(ret);
	return false;
}

static void walk(const struct element *e, cib_name name, cib_name attribute, const char *value, GArray *matches)
{
	const char *own = attribute == NAME_NONE ? NULL : element_get(e, attribute);
	struct xpath_match match = {e, NULL};
	if (e->name == name && (value == NULL || (own != NULL && strcmp(own, value) == 0)))
		g_array_append_val(matches, match);
	for_each_child(child, e) walk(child, name, attribute, value, matches);
}

static bool match_simple(const struct xpath *x, const char *expression, GArray *matches)
{
	struct simple s;
	if (!take_simple(expression, &s))
		return false;
	cib_name name = document_known_name(x->document, s.name);
	cib_name attribute = s.attribute == NULL ? NAME_NONE : document_known_name(x->document, s.attribute);
	if (name != NAME_NONE)
		walk(document_root(x->document), name, attribute, s.value, matches);
	simple_fini(&s);
	return true;
}

/* ---- everything ---- */

enum err xpath_match(struct xpath *x, const char *expression, GArray *matches, struct error *reterr)
{
	struct error error = {0};
	if (match_simple(x, expression, matches))
		return ERR_OK;
	if (x->tree == NULL)
		make_copy(x);
	x->reterr = &error;
	x->context->opLimit = STEPS_MAX;
	x->context->opCount = 0;
	x->context->node = NULL;
	xmlXPathObjectPtr found = evaluate(x, expression);
	enum err e = ERR_OK;
	if (found == NULL)
		e = error_set(reterr, ERR_INVALID, "\"%s\" is no XPath expression: %s", expression,
			      error.text[0] != '\0' ? error.text : "it cannot be evaluated");
	else if (found->type != XPATH_NODESET)
		e = error_set(reterr, ERR_INVALID, "\"%s\" selects no elements", expression);
	for (int i = 0; e == ERR_OK && found->nodesetval != NULL && i < found->nodesetval->nodeNr; i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];
		struct xpath_match match = {element_of(node), NULL};
		if (node->type == XML_ATTRIBUTE_NODE)
			match.attribute = (const char *)node->name;
		if (match.element != NULL)
			g_array_append_val(matches, match);
	}
	xmlXPathFreeObject(found);
	return e;
}

enum err xpath_select(struct xpath *x, const char *expression, GPtrArray *elements, struct error *reterr)
{
	GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct xpath_match));
	enum err e = xpath_match(x, expression, matches, reterr);
	for (guint i = 0; i < matches->len; i++)
		g_ptr_array_add(elements, (gpointer)(uintptr_t)g_array_index(matches, struct xpath_match, i).element);
	g_array_unref(matches);
	return e;
}
