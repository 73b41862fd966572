/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tree to text. */
#include "cib/document.h"

#include <string.h>

void cib_escape(const char *text, GString *out)
{
	for (;;) {
		size_t plain = strcspn(text, "&<>\"\t\n\r");
		g_string_append_len(out, text, (gssize)plain);
		text += plain;
		switch (*text++) {
		case '\0':
			return;
		case '&':
			g_string_append(out, "&amp;");
			break;
		case '<':
			g_string_append(out, "&lt;");
			break;
		case '>':
			g_string_append(out, "&gt;");
			break;
		case '"':
			g_string_append(out, "&quot;");
			break;
		case '\t':
			g_string_append(out, "&#9;");
			break;
		case '\n':
			g_string_append(out, "&#10;");
			break;
		default:
			g_string_append(out, "&#13;");
			break;
		}
	}
}

static void print_start(const struct element *e, GString *out)
{
	g_string_append_c(out, '<');
	g_string_append(out, element_tag(e));
	for (unsigned i = 0; i < e->attribute_count; i++) {
		g_string_append_c(out, ' ');
		g_string_append(out, document_name_text(e->document, e->attributes[i].name));
		g_string_append(out, "=\"");
		cib_escape(e->attributes[i].value, out);
		g_string_append_c(out, '"');
	}
	g_string_append(out, e->first == NULL ? "/>" : ">");
}

static void indent(GString *out, int level)
{
	for (; level > 0; level--)
		g_string_append(out, "  ");
}

/* level: of indentation; negative when all goes into one line. */
static void print(const struct element *e, int level, GString *out)
{
	bool lines = level >= 0;
	int below = lines ? level + 1 : level;
	indent(out, level);
	if (e->name == NAME_COMMENT) {
		g_string_append_printf(out, "<!--%s-->", e->text);
	} else {
		print_start(e, out);
		if (lines && e->first != NULL)
			g_string_append_c(out, '\n');
		for (const struct element *child = e->first; child != NULL; child = child->next)
			print(child, below, out);
		if (e->first != NULL) {
			indent(out, level);
			g_string_append_printf(out, "</%s>", element_tag(e));
		}
	}
	if (lines)
		g_string_append_c(out, '\n');
}

void element_print(const struct element *e, GString *out)
{
	print(e, 0, out);
}

void element_print_flat(const struct element *e, GString *out)
{
	print(e, -1, out);
}

void document_print(const struct document *d, GString *out)
{
	g_string_append(out, "<?xml version=\"1.0\"?>\n");
	element_print(document_root(d), out);
}
