/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/outline.h"

#include <assert.h>
#include <stdarg.h>

static void print_line(struct outline *o, const char *end, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void print_line(struct outline *o, const char *end, const char *format, va_list args)
{
	if (o->spacer)
		g_string_append_c(o->out, '\n');
	o->spacer = false;
	if (!o->plain && o->depth > 0)
		g_string_append_printf(o->out, "%*s* ", o->depth * 2, "");
	g_string_append_vprintf(o->out, format, args);
	g_string_append(o->out, end);
}

void outline_begin(struct outline *o, const char *format, ...)
{
	assert(o->depth < OUTLINE_DEPTH_MAX);
	va_list args;
	va_start(args, format);
	if (!o->plain)
		print_line(o, ":\n", format, args);
	va_end(args);
	o->depth++;
}

void outline_item(struct outline *o, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	print_line(o, "\n", format, args);
	va_end(args);
}

void outline_end(struct outline *o)
{
	assert(o->depth > 0);
	o->depth--;
}

void outline_space(struct outline *o)
{
	o->spacer = o->out->len > 0 && !o->plain;
}
