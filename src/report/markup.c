/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/markup.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

/* A character as XML takes it between tags or, with quotes and white space escaped too, in an attribute. What is not
 * ASCII goes as a number, since the document names no encoding. */
static void put_character(GString *out, gunichar c, bool in_attribute)
{
	if (c == '&')
		g_string_append(out, "&amp;");
	else if (c == '<')
		g_string_append(out, "&lt;");
	else if (c == '>')
		g_string_append(out, "&gt;");
	else if (c == '"' && in_attribute)
		g_string_append(out, "&quot;");
	else if (c == '\r' || (in_attribute && (c == '\n' || c == '\t')))
		g_string_append_printf(out, "&#%u;", (unsigned)c);
	else if (c >= 0x80)
		g_string_append_printf(out, "&#x%X;", (unsigned)c);
	else if (c < ' ' && c != '\n' && c != '\t')
		g_string_append_c(out, '?');
	else
		g_string_append_c(out, (char)c);
}

/* Bytes that are no UTF-8 become question marks. */
static void put_escaped(GString *out, const char *text, bool in_attribute)
{
	while (*text != '\0') {
		gunichar c = g_utf8_get_char_validated(text, -1);
		bool is_valid = c != (gunichar)-1 && c != (gunichar)-2;
		put_character(out, is_valid ? c : '?', in_attribute);
		text += is_valid ? g_utf8_skip[(unsigned char)*text] : 1;
	}
}

static void put_name(GString *out, const char *name)
{
	for (const char *at = name; *at != '\0'; at++) {
		bool is_letter = g_ascii_isalpha(*at) || *at == '_' || ((unsigned char)*at & 0x80) != 0;
		bool is_later = at > name && (g_ascii_isdigit(*at) || *at == '-' || *at == '.');
		g_string_append_c(out, is_letter || is_later ? *at : '_');
	}
	if (*name == '\0')
		g_string_append_c(out, '_');
}

static void start_line(struct markup *m)
{
	if (m->in_tag)
		g_string_append(m->out, ">\n");
	m->in_tag = false;
	g_string_append_printf(m->out, "%*s", m->depth * 2, "");
}

void markup_begin(struct markup *m, const char *name)
{
	assert(m->depth < MARKUP_DEPTH_MAX);
	start_line(m);
	g_string_append_c(m->out, '<');
	put_name(m->out, name);
	m->open[m->depth++] = name;
	m->in_tag = true;
}

void markup_end(struct markup *m)
{
	assert(m->depth > 0);
	m->depth--;
	if (m->in_tag) {
		g_string_append(m->out, "/>\n");
	} else {
		g_string_append_printf(m->out, "%*s</", m->depth * 2, "");
		put_name(m->out, m->open[m->depth]);
		g_string_append(m->out, ">\n");
	}
	m->in_tag = false;
}

void markup_attribute(struct markup *m, const char *name, const char *value)
{
	assert(m->in_tag);
	if (value == NULL)
		return;
	g_string_append_c(m->out, ' ');
	put_name(m->out, name);
	g_string_append(m->out, "=\"");
	put_escaped(m->out, value, true);
	g_string_append_c(m->out, '"');
}

void markup_flag(struct markup *m, const char *name, bool value)
{
	markup_attribute(m, name, value ? "true" : "false");
}

void markup_number(struct markup *m, const char *name, int64_t value)
{
	assert(m->in_tag);
	g_string_append_printf(m->out, " %s=\"%" G_GINT64_FORMAT "\"", name, value);
}

void markup_empty(struct markup *m, const char *element, ...)
{
	va_list args;
	markup_begin(m, element);
	va_start(args, element);
	for (const char *name = va_arg(args, const char *); name != NULL; name = va_arg(args, const char *))
		markup_attribute(m, name, va_arg(args, const char *));
	va_end(args);
	markup_end(m);
}

/* Before and after what stands between tags on one line. */
static void open_text(struct markup *m, const char *name)
{
	start_line(m);
	g_string_append_c(m->out, '<');
	put_name(m->out, name);
}

static void close_text(struct markup *m, const char *name)
{
	g_string_append(m->out, "</");
	put_name(m->out, name);
	g_string_append(m->out, ">\n");
}

void markup_text(struct markup *m, const char *name, const char *text)
{
	markup_text_with(m, name, NULL, NULL, text);
}

void markup_text_with(struct markup *m, const char *name, const char *attribute, const char *value, const char *text)
{
	open_text(m, name);
	if (value != NULL) {
		g_string_append_printf(m->out, " %s=\"", attribute);
		put_escaped(m->out, value, true);
		g_string_append_c(m->out, '"');
	}
	if (*text == '\0') {
		g_string_append(m->out, "/>\n");
		return;
	}
	g_string_append_c(m->out, '>');
	put_escaped(m->out, text, false);
	close_text(m, name);
}

void markup_cdata(struct markup *m, const char *name, const char *text)
{
	static const char end[] = "]]>";
	open_text(m, name);
	g_string_append(m->out, "><![CDATA[");
	for (const char *at = strstr(text, end); at != NULL; at = strstr(text, end)) {
		g_string_append_len(m->out, text, at + 2 - text);
		g_string_append(m->out, "]]><![CDATA[");
		text = at + 2;
	}
	g_string_append(m->out, text);
	g_string_append(m->out, end);
	close_text(m, name);
}
