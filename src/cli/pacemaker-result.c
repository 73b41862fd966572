/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pacemaker-result.h"

#include <stdarg.h>

/* The command line as one text that a shell would take apart again. */
static void add_request(struct markup *m, const char *const *arguments)
{
	GString *request = g_string_new(NULL);
	for (size_t i = 0; arguments[i] != NULL; i++) {
		int words = 0;
		bool is_plain = g_shell_parse_argv(arguments[i], &words, NULL, NULL) && words == 1;
		char *quoted = g_shell_quote(arguments[i]);
		g_string_append_printf(request, "%s%s", i > 0 ? " " : "", is_plain ? arguments[i] : quoted);
		g_free(quoted);
	}
	markup_attribute(m, "request", request->str);
	(void)g_string_free(request, TRUE);
}

void result_open(struct pacemaker_result *r, const struct program_io *io, const struct command_line *line,
		 const char *program)
{
	*r = (struct pacemaker_result){
		.io = io, .program = program, .is_xml = line->form == FORM_XML, .is_text = line->form == FORM_TEXT};
	r->errors = g_ptr_array_new_with_free_func(g_free);
	if (!r->is_xml)
		return;
	r->markup.out = g_string_new(NULL);
	markup_begin(&r->markup, "pacemaker-result");
	markup_attribute(&r->markup, "api-version", PACEMAKER_API_VERSION);
	add_request(&r->markup, line->arguments);
}

void result_element(struct pacemaker_result *r, const char *name, const char *text)
{
	if (r->is_xml)
		markup_text(&r->markup, name, text);
}

void result_cdata(struct pacemaker_result *r, const char *name, const char *text)
{
	if (r->is_xml)
		markup_cdata(&r->markup, name, text);
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
	if (r->is_xml)
		g_ptr_array_add(r->errors, g_strconcat(before, text, NULL));
	else
		(void)fprintf(r->io->err, "%s%s\n", before, text);
	g_free(text);
}

void result_error(struct pacemaker_result *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_error(r, "", format, args);
	va_end(args);
}

static void add_status(struct markup *m, enum exit_code code, const GPtrArray *errors)
{
	markup_begin(m, "status");
	markup_number(m, "code", (int)code);
	markup_attribute(m, "message", exit_message(code));
	if (errors->len > 0)
		markup_begin(m, "errors");
	for (guint i = 0; i < errors->len; i++)
		markup_text(m, "error", g_ptr_array_index(errors, i));
	if (errors->len > 0)
		markup_end(m);
	markup_end(m);
}

int result_close(struct pacemaker_result *r, enum exit_code code)
{
	if (r->is_xml) {
		add_status(&r->markup, code, r->errors);
		while (r->markup.depth > 0)
			markup_end(&r->markup);
		(void)fputs(r->markup.out->str, r->io->out);
		(void)g_string_free(r->markup.out, TRUE);
	}
	g_ptr_array_unref(r->errors);
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
