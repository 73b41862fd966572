/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outline.h - nested lists as plain text.
 *
 *	Current cluster status:
 *	  * Node List:
 *	    * Online: [ n1 n2 ]
 *
 * A list may be announced before it is known whether it gets an item: its heading
 * is printed with the first. Between two lists on one level stands an empty line.
 * The look is that of Pacemaker's tools, whose output other programs read. The same lists come as HTML for browsers:
 * <h2> and <ul> on the first level, <li> with <ul> below it.
 */
#ifndef REPORT_OUTLINE_H
#define REPORT_OUTLINE_H

#include <glib.h>
#include <stdbool.h>

enum { OUTLINE_DEPTH_MAX = 16 };

struct outline {
	GString *out; /* borrowed */
	int depth;
	bool plain;       /* no bullets and no headings: lines as they are */
	bool html;        /* as HTML, within a <body> */
	bool spacer;      /* an empty line comes before the next heading of this level */
	bool active_only; /* of status.h: what is not active is not told */
	bool placeless;   /* of status.h: on which node a primitive is is not told */
};

/* A list below the present level, with its heading (without colon). */
void outline_begin(struct outline *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void outline_item(struct outline *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void outline_end(struct outline *o);
/* An empty line before what comes next, once something stands already. */
void outline_space(struct outline *o);

#endif
