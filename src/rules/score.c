/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/score.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

static int clamp(int64_t score)
{
	return score > SCORE_INFINITY ? SCORE_INFINITY : score < -SCORE_INFINITY ? -SCORE_INFINITY : (int)score;
}

int score_add(int a, int b)
{
	if (a <= -SCORE_INFINITY || b <= -SCORE_INFINITY)
		return -SCORE_INFINITY;
	if (a >= SCORE_INFINITY || b >= SCORE_INFINITY)
		return SCORE_INFINITY;
	return clamp(a + b);
}

/* A number at the start of text; what follows it is nobody's business. */
static bool parse_number(const char *text, int *ret)
{
	char *end;
	int64_t number = g_ascii_strtoll(text, &end, 10);
	if (end == text)
		return false;
	*ret = clamp(number);
	return true;
}

bool score_parse_words(const char *text, int otherwise, const struct score_words *words, int *ret)
{
	*ret = clamp(otherwise);
	if (text == NULL)
		return true;
	/* Most scores are numbers, and this is read for every constraint. */
	if (*text < 'A' && parse_number(text, ret))
		return true;
	const struct {
		const char *word;
		int score;
	} known[] = {{"INFINITY", SCORE_INFINITY}, {"+INFINITY", SCORE_INFINITY}, {"-INFINITY", -SCORE_INFINITY}};
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (strcmp(text, known[i].word) == 0) {
			*ret = known[i].score;
			return true;
		}
	}
	if (g_ascii_strcasecmp(text, "red") == 0)
		*ret = words->red;
	else if (g_ascii_strcasecmp(text, "yellow") == 0)
		*ret = words->yellow;
	else if (g_ascii_strcasecmp(text, "green") == 0)
		*ret = words->green;
	else
		return false;
	return true;
}

bool score_parse(const char *text, int otherwise, int *ret)
{
	return score_parse_words(text, otherwise, &(struct score_words){0}, ret);
}

const char *score_text(int score, char buffer[static 16])
{
	if (score >= SCORE_INFINITY)
		return strcpy(buffer, "INFINITY");
	if (score <= -SCORE_INFINITY)
		return strcpy(buffer, "-INFINITY");
	(void)snprintf(buffer, 16, "%d", score);
	return buffer;
}
