/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json.h - answers as JSON, and the same as XML. Field names are stable: programs read them; the list of them is in
 * docs/explain.md.
 *
 * A value is jansson's; each function gives a new reference, and answer_print() takes one.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "report/cause.h"
#include "report/explain.h"
#include "report/summary.h"
#include "report/survival.h"

#include <jansson.h>
#include <stdio.h>

/* {"code", "text", "command"}: command is left out where there is none. */
json_t *json_sentence(const struct sentence *s);
json_t *json_sentences(const struct sentences *l);
/* A score as a number, or "INFINITY", "-INFINITY". */
json_t *json_score(int score);
/* node NULL: all of them. */
json_t *json_resource(const struct resource_answer *a, const struct node *node);
json_t *json_transition(const struct transition_answer *a);
/* What a run decided: {"fencing", "changes", "actions"}. */
json_t *json_changes(struct cluster *c);
/* Where everything is: {"nodes", "resources"}. */
json_t *json_state(struct cluster *c);
/* Puts "fits", "before" and "lost" into an object. */
void json_survival(json_t *object, const struct survival *s);
/* --- printing --- */

enum answer_form { ANSWER_TEXT, ANSWER_JSON, ANSWER_XML };
/* What --output-format says; NULL is text. False when it is no form. */
bool answer_form_parse(const char *text, enum answer_form *ret);

/* Prints an object with an end of line, and frees it. As XML it is an element of this name: what is a text, a number or
 * a truth is an attribute of it, an object or a list an element; in a list stand elements of its name's singular, of
 * single values with the value as text. Null is left out. */
void answer_print(json_t *object, enum answer_form form, const char *name, FILE *out);

#endif
