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

/* Reads INFINITY, +INFINITY, -INFINITY (in capitals), red, yellow, green (any case; 0, see below), or an integer at the
 * start of text, clamped. What is none of these gives `otherwise`, clamped, and false; NULL gives `otherwise` and true,
 * because nothing is wrong with it. */
bool score_parse(const char *text, int otherwise, int *ret);

/* What red, yellow and green stand for: 0 but for the cluster options node-health-strategy and node-health-red, -yellow
 * and -green, which change the words wherever a score may stand. */
struct score_words {
	int red, yellow, green;
};
bool score_parse_words(const char *text, int otherwise, const struct score_words *words, int *ret);

/* "INFINITY", "-INFINITY" or "123"; written to buffer, which is returned. */
const char *score_text(int score, char buffer[static 16]);

#endif
