/* SPDX-License-Identifier: GPL-2.0-or-later */
/* markup.h - XML in the making: nested elements, indented by two blanks, laid out as libxml2 lays them out.
 *
 *	struct markup m = {.out = text};
 *	markup_begin(&m, "node");
 *	markup_attribute(&m, "name", "n1");
 *	markup_flag(&m, "online", true);
 *	markup_end(&m);                      // <node name="n1" online="true"/>
 *
 * Attributes come before what is within. Names are borrowed until their element ends; values are copied.
 */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { MARKUP_DEPTH_MAX = 64 };

struct markup {
	GString *out; /* borrowed */
	const char *open[MARKUP_DEPTH_MAX];
	int depth;
	bool in_tag; /* the latest start tag still takes attributes */
};

/* An element, until markup_end(). What no XML name may hold becomes '_'. */
void markup_begin(struct markup *m, const char *name);
void markup_end(struct markup *m);
/* value NULL: the attribute is left out. */
void markup_attribute(struct markup *m, const char *name, const char *value);
void markup_flag(struct markup *m, const char *name, bool value);
void markup_number(struct markup *m, const char *name, int64_t value);
/* Begins and ends an element with attributes: name, value, …, NULL; a pair without a value is left out. */
void markup_empty(struct markup *m, const char *element, ...) __attribute__((sentinel));
/* <name>text</name>; with cdata, the text stands as it is. */
void markup_text(struct markup *m, const char *name, const char *text);
/* With an attribute; value NULL: without. */
void markup_text_with(struct markup *m, const char *name, const char *attribute, const char *value, const char *text);
void markup_cdata(struct markup *m, const char *name, const char *text);

#endif
