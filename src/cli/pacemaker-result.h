/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pacemaker-result.h - how a program ends: what went wrong, and the <pacemaker-result> around its XML.
 *
 *	struct pacemaker_result result;
 *	result_open(&result, io, line, "crm_thing");
 *	if (result.is_xml)
 *		result_element(&result, "thing", value);
 *	else
 *		fprintf(io->out, …);
 *	return result_close(&result, EXIT_OK);
 *
 * As text, an error is a line on io->err. As XML it stands in <status><errors>. With --output-as=none
 * nothing is printed but errors.
 */
#ifndef CLI_PACEMAKER_RESULT_H
#define CLI_PACEMAKER_RESULT_H

#include "cli/program.h"
#include "report/markup.h"

#include <glib.h>

struct pacemaker_result {
	const struct program_io *io;
	const char *program;
	bool is_xml, is_text;
	struct markup markup; /* within <pacemaker-result>; only for those who saw is_xml */
	GPtrArray *errors;    /* char * */
};

/* Begins; the line says in which form. */
void result_open(struct pacemaker_result *r, const struct program_io *io, const struct command_line *line,
		 const char *program);
/* <name>text</name>; nothing but in XML. */
void result_element(struct pacemaker_result *r, const char *name, const char *text);
/* <name> around a text as it is, such as a whole document. */
void result_cdata(struct pacemaker_result *r, const char *name, const char *text);
/* A line for people; nothing in XML. */
void result_line(struct pacemaker_result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What is wrong, as it stands; may be said several times. */
void result_error(struct pacemaker_result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What is wrong, after the program's name, as the end: result_close() with this code. */
int result_fail(struct pacemaker_result *r, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends what is open, prints what is left, frees, and returns code. */
int result_close(struct pacemaker_result *r, enum exit_code code);

#endif
