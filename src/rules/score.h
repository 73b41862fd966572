/* SPDX-License-Identifier: GPL-2.0-or-later */
/* score.h - scores: how much something is wanted, from never to always.
 *
 * A score is an integer between -SCORE_INFINITY ("must not") and SCORE_INFINITY
 * ("must"). Sums saturate, and "must not" wins over "must". Source of the rules:
 * Pacemaker Explained, "Scores"; ../shared/facts/manager-scheduler.md 3.4.
 */
#ifndef RULES_SCORE_H
#define RULES_SCORE_H

#include <stdbool.h>

enum { SCORE_INFINITY = 1000000 };

/* -INFINITY beats everything, then +INFINITY; anything else is added and clamped. Both are clamped first. */
int score_add(int a, int b);

/* Reads INFINITY, +INFINITY, -INFINITY (any case), the health words red (-INFINITY), yellow (0) and green (0), or
 * an integer at the start of text, clamped. What is none of these gives `otherwise` and false; so does NULL. */
bool score_parse(const char *text, int otherwise, int *ret);

/* "INFINITY", "-INFINITY" or "123"; written to buffer, which is returned. */
const char *score_text(int score, char buffer[static 16]);

#endif
