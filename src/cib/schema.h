/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema.h - what a configuration document may contain, and plain words for what is wrong with one.
 *
 * The rules are in cib.rng (RelaxNG, installed beside the program for other
 * tools) and describe the newest form, CIB_SCHEMA_NEWEST; older documents are
 * brought to it first (upgrade.h). tools/rng2c turns them into tables when the
 * program is built, so that checking a document is one walk over it and costs no
 * reading of schemas.
 *
 *	GPtrArray *problems = problems_new();
 *	if (!cib_validate(d, problems))
 *		for (guint i = 0; i < problems->len; i++)
 *			problem_print(g_ptr_array_index(problems, i), "cib.xml", out);
 *	g_ptr_array_unref(problems);
 *
 * -> cib.xml:41: <rsc_order id="o1">: kind="Mandatry" is none of Optional,
 *    Mandatory, Serialize (did you mean Mandatory?)
 */
#ifndef CIB_SCHEMA_H
#define CIB_SCHEMA_H

#include "cib/document.h"

#include <glib.h>
#include <stdbool.h>

#define CIB_SCHEMA_NEWEST "pacemaker-4.0"

enum {
	CIB_PROBLEMS_MAX = 1000, /* more are not gathered: the rest follows from the first or is alike */
};

/* All texts belong to the problem. */
struct problem {
	uint32_t line; /* 0: made by the program */
	char *path;    /* cib/configuration/constraints/rsc_order */
	char *tag;     /* "rsc_order" */
	char *id;      /* of the element, or NULL */
	char *text;    /* "kind=\"Mandatry\" is none of Optional, Mandatory, Serialize" */
	char *hint;    /* "did you mean Mandatory?", or NULL */
};

/* A list that owns its problems. */
GPtrArray *problems_new(void);
/* Adds a problem of an element, unless there are CIB_PROBLEMS_MAX already; takes text and hint (which may be NULL)
 * over. */
void problems_add(GPtrArray *problems, const struct element *e, char *text, char *hint);
/* Appends "SOURCE:LINE: <tag id="…">: text (hint)\n" to out. */
void problem_print(const struct problem *p, const char *source, GString *out);

/* Whether the document follows the schema, with every id given once and every reference to some id. All that is wrong
 * goes to problems in document order, references that lead nowhere last; NULL: only the answer is wanted, which stops
 * at the first. */
bool cib_validate(const struct document *d, GPtrArray *problems);
/* Whether what is referred to is of the right kind (rsc="…" a resource, template="…" a template, role="…" a role of the
 * ACLs, id-ref="…" an element of the same kind, …) and what tags name is there: the schema cannot say that, and a
 * document is used all the same. For valid documents; of another it would say again what cib_validate() said. */
bool cib_check_references(const struct document *d, GPtrArray *problems);

#endif
