/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pacemaker-result.h"

#include "cib/document.h"

#include <stdarg.h>
#include <string.h>

/* The command line as one text that a shell would take apart again. */
static void add_request(GString *xml, const char *const *arguments)
{
	GString *request = g_string_new(NULL);
	for (size_t i = 0; arguments[i] != NULL; i++) {
		int words = 0;
		bool is_plain = g_shell_parse_argv(arguments[i], &words, NULL, NULL) && words == 1;
		char *quoted = g_shell_quote(arguments[i]);
		g_string_append_printf(request, "%s%s", i > 0 ? " " : "", is_plain ? arguments[i] : quoted);
		g_free(quoted);
	}
	cib_escape(request->str, xml);
	g_string_free(request, TRUE);
}

void result_open(struct pacemaker_result *r, const struct program_io *io, const struct command_line *line,
		 const char *program)
{
	*r = (struct pacemaker_result){.io = io,
				       .program = program,
				       .is_xml = line->form == FORM_XML,
				       .is_text = line->form == FORM_TEXT,
				       .depth = 1};
	r->errors = g_string_new(NULL);
	if (!r->is_xml)
		return;
	r->xml = g_string_new("<pacemaker-result api-version=\"" PACEMAKER_API_VERSION "\" request=\"");
	add_request(r->xml, line->arguments);
	g_string_append(r->xml, "\">\n");
}

static void indent(GString *to, int depth)
{
	g_string_append_printf(to, "%*s", depth * 2, "");
}

void result_element(struct pacemaker_result *r, const char *name, const char *text)
{
	if (!r->is_xml)
		return;
	indent(r->xml, r->depth);
	g_string_append_printf(r->xml, "<%s>", name);
	cib_escape(text, r->xml);
	g_string_append_printf(r->xml, "</%s>\n", name);
}

void result_cdata(struct pacemaker_result *r, const char *name, const char *text)
{
	if (!r->is_xml)
		return;
	indent(r->xml, r->depth);
	g_string_append_printf(r->xml, "<%s><![CDATA[", name);
	for (const char *end = strstr(text, "]]>"); end != NULL; end = strstr(text, "]]>")) {
		g_string_append_len(r->xml, text, end + 2 - text);
		g_string_append(r->xml, "]]><![CDATA[");
		text = end + 2;
	}
	g_string_append_printf(r->xml, "%s]]></%s>\n", text, name);
}

void result_down(struct pacemaker_result *r, const char *name)
{
	if (!r->is_xml)
		return;
	indent(r->xml, r->depth++);
	g_string_append_printf(r->xml, "<%s>\n", name);
}

void result_up(struct pacemaker_result *r, const char *name)
{
	if (!r->is_xml)
		return;
	indent(r->xml, --r->depth);
	g_string_append_printf(r->xml, "</%s>\n", name);
}

void result_empty(struct pacemaker_result *r, const char *name, ...)
{
	if (!r->is_xml)
		return;
	indent(r->xml, r->depth);
	g_string_append_printf(r->xml, "<%s", name);
	va_list args;
	va_start(args, name);
	for (const char *key = va_arg(args, const char *); key != NULL; key = va_arg(args, const char *)) {
		g_string_append_printf(r->xml, " %s=\"", key);
		cib_escape(va_arg(args, const char *), r->xml);
		g_string_append_c(r->xml, '"');
	}
	va_end(args);
	g_string_append(r->xml, "/>\n");
}

void result_line(struct pacemaker_result *r, const char *format, ...)
{
	if (!r->is_text)
		return;
	va_list args;
	va_start(args, format);
	(void)vfprintf(r->io->out, format, args);
	va_end(args);
	(void)fputc('\n', r->io->out);
}

static void add_error(struct pacemaker_result *r, const char *before, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void add_error(struct pacemaker_result *r, const char *before, const char *format, va_list args)
{
	char *text = g_strdup_vprintf(format, args);
	if (r->is_xml) {
		g_string_append(r->errors, "      <error>");
		cib_escape(before, r->errors);
		cib_escape(text, r->errors);
		g_string_append(r->errors, "</error>\n");
	} else {
		(void)fprintf(r->io->err, "%s%s\n", before, text);
	}
	g_free(text);
}

void result_error(struct pacemaker_result *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_error(r, "", format, args);
	va_end(args);
}

int result_close(struct pacemaker_result *r, enum exit_code code)
{
	if (r->is_xml) {
		(void)fprintf(r->io->out, "%s  <status code=\"%d\" message=\"%s\"", r->xml->str, (int)code,
			      exit_message(code));
		if (r->errors->len > 0)
			(void)fprintf(r->io->out, ">\n    <errors>\n%s    </errors>\n  </status>\n", r->errors->str);
		else
			(void)fputs("/>\n", r->io->out);
		(void)fputs("</pacemaker-result>\n", r->io->out);
		g_string_free(r->xml, TRUE);
	}
	g_string_free(r->errors, TRUE);
	return code;
}

int result_fail(struct pacemaker_result *r, enum exit_code code, const char *format, ...)
{
	char *before = g_strconcat(r->program, ": ", NULL);
	va_list args;
	va_start(args, format);
	add_error(r, before, format, args);
	va_end(args);
	g_free(before);
	return result_close(r, code);
}
