/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tree to text. */
#include "cib/document.h"

#include <string.h>

void cib_escape(const char *text, GString *out)
{
	static const char special[] =
		"&<>\"\001\002\003\004\005\006\007\010\t\n\013\014\r\016\017\020\021\022\023\024\025\026\027\030"
		"\031\032\033\034\035\036\037\177";
	for (;;) {
		size_t plain = strcspn(text, special);
		g_string_append_len(out, text, (gssize)plain);
		text += plain;
		switch (*text) {
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
		default:
			g_string_append_printf(out, "&#x%02X;", (unsigned char)*text);
			break;
		}
		text++;
	}
}

/* How to print: lines with indentation or all in one, and the attributes to leave out. */
struct form {
	GString *out;
	bool lines;
	const cib_name *without;
	size_t without_count;
};

static bool is_left_out(const struct form *f, cib_name name)
{
	for (size_t i = 0; i < f->without_count; i++)
		if (f->without[i] == name)
			return true;
	return false;
}

static void print_start(const struct element *e, const struct form *f)
{
	GString *out = f->out;
	g_string_append_c(out, '<');
	g_string_append(out, element_tag(e));
	for (unsigned i = 0; i < e->attribute_count; i++) {
		if (is_left_out(f, e->attributes[i].name))
			continue;
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

static void print(const struct element *e, int level, const struct form *f)
{
	GString *out = f->out;
	indent(out, f->lines ? level : 0);
	if (e->name == NAME_COMMENT) {
		g_string_append_printf(out, "<!--%s-->", e->text);
	} else {
		print_start(e, f);
		if (f->lines && e->first != NULL)
			g_string_append_c(out, '\n');
		for (const struct element *child = e->first; child != NULL; child = child->next)
			print(child, level + 1, f);
		if (e->first != NULL) {
			indent(out, f->lines ? level : 0);
			g_string_append_printf(out, "</%s>", element_tag(e));
		}
	}
	if (f->lines)
		g_string_append_c(out, '\n');
}

void element_print(const struct element *e, GString *out)
{
	print(e, 0, &(struct form){.out = out, .lines = true});
}

void element_print_flat(const struct element *e, GString *out)
{
	print(e, 0, &(struct form){.out = out});
}

void element_print_flat_without(const struct element *e, const cib_name *names, size_t count, GString *out)
{
	print(e, 0, &(struct form){.out = out, .without = names, .without_count = count});
}

void document_print(const struct document *d, GString *out)
{
	g_string_append(out, "<?xml version=\"1.0\"?>\n");
	element_print(document_root(d), out);
}
