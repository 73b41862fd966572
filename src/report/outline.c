/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/outline.h"

#include <assert.h>
#include <stdarg.h>

static void append_safe(GString *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '&')
			g_string_append(out, "&amp;");
		else if (*c == '<')
			g_string_append(out, "&lt;");
		else
			g_string_append_c(out, *c);
	}
}

static void print_html(struct outline *o, bool begins, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void print_html(struct outline *o, bool begins, const char *format, va_list args)
{
	char *text = g_strdup_vprintf(format, args);
	bool is_top = o->depth == 0;
	g_string_append(o->out, !is_top ? "<li>" : begins ? "<h2>" : "<p>");
	append_safe(o->out, text);
	g_string_append(o->out, begins ? (is_top ? "</h2>\n<ul>\n" : "\n<ul>\n") : is_top ? "</p>\n" : "</li>\n");
	g_free(text);
}

static void print_line(struct outline *o, bool begins, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void print_line(struct outline *o, bool begins, const char *format, va_list args)
{
	if (o->spacer)
		g_string_append_c(o->out, '\n');
	o->spacer = false;
	if (o->html) {
		print_html(o, begins, format, args);
		return;
	}
	if (!o->plain && o->depth > 0)
		g_string_append_printf(o->out, "%*s* ", o->depth * 2, "");
	g_string_append_vprintf(o->out, format, args);
	g_string_append(o->out, begins ? ":\n" : "\n");
}

void outline_begin(struct outline *o, const char *format, ...)
{
	assert(o->depth < OUTLINE_DEPTH_MAX);
	va_list args;
	va_start(args, format);
	if (!o->plain)
		print_line(o, true, format, args);
	va_end(args);
	o->depth++;
}

void outline_item(struct outline *o, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	print_line(o, false, format, args);
	va_end(args);
}

void outline_end(struct outline *o)
{
	assert(o->depth > 0);
	o->depth--;
	if (o->html)
		g_string_append(o->out, o->depth > 0 ? "</ul></li>\n" : "</ul>\n");
}

void outline_space(struct outline *o)
{
	o->spacer = o->out->len > 0 && !o->plain && !o->html;
}
