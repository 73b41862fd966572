/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a date, a duration, a period, an interval, a score and a version. What must hold: what was read can be
 * printed and read again as the same, and answers are the same whatever stands around the text.
 */
#include "base/version.h"
#include "rules/compare.h"
#include "rules/interval.h"
#include "rules/moment.h"
#include "rules/score.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 4096 };

static const struct moment_here here = {.now = 1795357800, .offset_s = -12600};

static void check_valid(const struct moment *m)
{
	assert(m->year >= 1);
	assert(m->year <= MOMENT_YEAR_MAX);
	assert(m->day >= 1);
	assert(m->day <= 365 + year_is_leap(m->year));
	assert(m->second >= 0);
	assert(m->second <= MOMENT_DAY_S);
}

static void check_moment(const char *text)
{
	static const unsigned forms[] = {MOMENT_DATE, MOMENT_DATE | MOMENT_ORDINAL, MOMENT_DATE | MOMENT_WEEKS};
	struct moment m, again;
	struct error error = {0};
	char printed[MOMENT_TEXT_SIZE];
	if (moment_parse(text, &here, &m, &error) != ERR_OK) {
		assert(error.text[0] != '\0');
		return;
	}
	check_valid(&m);
	/* Seconds of a zone are not printed, and longer years in week dates read as dates without dashes. */
	bool is_exact = m.offset_s % 60 == 0 && m.year < 9999;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && is_exact; i++) {
		moment_text(&m, forms[i] | MOMENT_TIME | MOMENT_ZONE, printed);
		assert(moment_parse(printed, &here, &again, NULL) == ERR_OK);
		assert(moment_compare(&m, &again) == 0);
		assert(moment_epoch(&m) == moment_epoch(&again));
	}
	struct moment back = moment_of_epoch(moment_epoch(&m), m.offset_s);
	if (m.year > 1 && m.year < MOMENT_YEAR_MAX)
		assert(moment_compare(&m, &back) == 0);
}

static void check_lengths(const char *text)
{
	struct duration d;
	struct period p;
	char printed[MOMENT_TEXT_SIZE];
	int64_t ms;
	if (duration_parse(text, &d, NULL) == ERR_OK) {
		struct moment m = moment_of_epoch(here.now, here.offset_s);
		moment_add(&m, &d);
		check_valid(&m);
		moment_subtract(&m, &d);
		check_valid(&m);
		assert(strlen(duration_text(&d, printed)) > 0);
	}
	if (period_parse(text, &here, &p, NULL) == ERR_OK) {
		check_valid(&p.start);
		check_valid(&p.end);
		assert(p.end.year <= 9999);
	}
	(void)interval_parse_ms(text, &ms);
	assert(ms >= 0);
	assert(ms <= UINT32_MAX);
	(void)timeout_parse_ms(text, &ms);
}

static void check_numbers(const char *text)
{
	int score, again;
	char printed[16];
	(void)score_parse(text, 0, &score);
	assert(score_parse(score_text(score, printed), 1, &again));
	assert(again == score);
	assert(version_compare(text, text) == 0);
	for (int type = VALUE_STRING; type <= VALUE_VERSION; type++) {
		int order = value_compare(text, "1.5", (enum value_type)type);
		int reverse = value_compare("1.5", text, (enum value_type)type);
		assert((order > 0) == (reverse < 0));
		assert((order < 0) == (reverse > 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX];
	size_t length = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
	memcpy(text, data, length);
	text[length] = '\0';
	check_moment(text);
	check_lengths(text);
	check_numbers(text);
	return 0;
}
