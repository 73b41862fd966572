/* SPDX-License-Identifier: GPL-2.0-or-later */
/* <date_expression>: now compared with moments, or its fields with ranges. */
#include "cib/document.h"
#include "rules/moment.h"
#include "rules/rule-private.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static void lower(int64_t *next_change, const struct moment *m)
{
	int64_t at = moment_epoch(m);
	if (next_change != NULL && at < *next_change)
		*next_change = at;
}

/* The answer changes with the second after this one. */
static void lower_after(int64_t *next_change, const struct moment *m)
{
	struct moment after = *m;
	moment_add_seconds(&after, 1);
	lower(next_change, &after);
}

/* A moment that may be missing. */
struct bound {
	bool is_set;
	struct moment at;
};

static bool read_bound(const struct element *e, cib_name name, const struct rule_input *in, struct bound *ret)
{
	const char *text = element_get(e, name);
	ret->is_set = text != NULL;
	if (text == NULL)
		return true;
	struct error error;
	struct moment_here here = {.now = in->now, .offset_s = in->offset_s};
	if (moment_parse(text, &here, &ret->at, &error) == ERR_OK)
		return true;
	(void)rule_complain(in, e, "does not pass, because of its %s: %s", document_name_text(e->document, name),
			    error.text);
	return false;
}

static bool read_count(const struct element *duration, cib_name name, const struct rule_input *in, int64_t *ret)
{
	const char *text = element_get(duration, name);
	*ret = 0;
	if (text == NULL)
		return true;
	char *end;
	errno = 0;
	*ret = g_ascii_strtoll(text, &end, 10);
	if (end != text && errno != ERANGE && *ret >= INT32_MIN && *ret <= INT32_MAX)
		return true;
	(void)rule_complain(in, duration,
			    "its date_expression does not pass, because %s=\"%s\" is no number of 32 bits",
			    document_name_text(duration->document, name), text);
	return false;
}

/* Adds a <duration> part by part, from years to seconds. */
static bool add_duration(const struct element *duration, const struct rule_input *in, struct moment *m)
{
	static const struct {
		cib_name name;
		void (*add)(struct moment *m, int64_t count);
		int64_t factor;
	} parts[] = {
		{NAME_YEARS, moment_add_years, 1},      {NAME_MONTHS, moment_add_months, 1},
		{NAME_WEEKS, moment_add_days, 7},       {NAME_DAYS, moment_add_days, 1},
		{NAME_HOURS, moment_add_seconds, 3600}, {NAME_MINUTES, moment_add_seconds, 60},
		{NAME_SECONDS, moment_add_seconds, 1},
	};
	const char *id = element_id(duration);
	if (id == NULL || id[0] == '\0') {
		(void)rule_complain(in, duration, "its date_expression does not pass, because a duration needs an id");
		return false;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		int64_t count;
		if (!read_count(duration, parts[i].name, in, &count))
			return false;
		if (count != 0)
			parts[i].add(m, count * parts[i].factor);
	}
	return true;
}

static enum rule_result test_in_range(const struct element *e, const struct rule_input *in, int64_t *next_change)
{
	struct moment now = moment_of_epoch(in->now, in->offset_s);
	struct bound start, end;
	if (!read_bound(e, NAME_START, in, &start) || !read_bound(e, NAME_END, in, &end))
		return RULE_INVALID;
	if (!start.is_set && !end.is_set)
		return rule_complain(in, e, "does not pass, because in_range needs a start or an end");
	const struct element *duration = element_first_named(e, NAME_DURATION);
	if (!end.is_set && duration != NULL) {
		end = start;
		if (!add_duration(duration, in, &end.at))
			return RULE_INVALID;
	}
	if (start.is_set && moment_compare(&now, &start.at) < 0) {
		lower(next_change, &start.at);
		return RULE_NOT_YET;
	}
	if (!end.is_set)
		return RULE_YES;
	if (moment_compare(&now, &end.at) > 0)
		return RULE_EXPIRED;
	lower_after(next_change, &end.at);
	return RULE_YES;
}

static enum rule_result test_after(const struct element *e, const struct rule_input *in, int64_t *next_change)
{
	struct moment now = moment_of_epoch(in->now, in->offset_s);
	struct bound start;
	if (!read_bound(e, NAME_START, in, &start))
		return RULE_INVALID;
	if (!start.is_set)
		return rule_complain(in, e, "does not pass, because gt needs a start");
	if (moment_compare(&now, &start.at) > 0)
		return RULE_YES;
	lower_after(next_change, &start.at);
	return RULE_NOT_YET;
}

static enum rule_result test_before(const struct element *e, const struct rule_input *in, int64_t *next_change)
{
	struct moment now = moment_of_epoch(in->now, in->offset_s);
	struct bound end;
	if (!read_bound(e, NAME_END, in, &end))
		return RULE_INVALID;
	if (!end.is_set)
		return rule_complain(in, e, "does not pass, because lt needs an end");
	if (moment_compare(&now, &end.at) >= 0)
		return RULE_EXPIRED;
	lower(next_change, &end.at);
	return RULE_YES;
}

/* A number that fills [text, end); -1, which leaves a range open, when there is none. */
static bool parse_limit(const char *text, const char *end, int64_t *ret)
{
	*ret = -1;
	if (text == end)
		return true;
	char *after;
	errno = 0;
	*ret = g_ascii_strtoll(text, &after, 10);
	return after == end && errno != ERANGE;
}

/* "5", "1-5", "1-", "-5". */
static bool parse_range(const char *text, int64_t *ret_low, int64_t *ret_high)
{
	const char *dash = strchr(text, '-'), *end = text + strlen(text);
	if (dash == NULL) {
		bool valid = text != end && parse_limit(text, end, ret_low);
		*ret_high = *ret_low;
		return valid;
	}
	if (dash == text && dash + 1 == end)
		return false;
	return parse_limit(text, dash, ret_low) && parse_limit(dash + 1, end, ret_high);
}

static enum rule_result test_field(const struct element *spec, cib_name name, int64_t value,
				   const struct rule_input *in)
{
	const char *range = element_get(spec, name);
	int64_t low, high;
	if (range == NULL)
		return RULE_YES;
	if (!parse_range(range, &low, &high))
		return rule_complain(in, spec,
				     "its date_expression does not pass, because %s=\"%s\" is no range such as 1-5",
				     document_name_text(spec->document, name), range);
	if (low != -1 && value < low)
		return RULE_NOT_YET;
	return high != -1 && value > high ? RULE_EXPIRED : RULE_YES;
}

static enum rule_result test_spec(const struct element *e, const struct rule_input *in)
{
	const struct element *spec = element_first_named(e, NAME_DATE_SPEC);
	if (spec == NULL)
		return rule_complain(in, e, "does not pass, because it has no date_spec");
	const char *id = element_id(spec);
	if (id == NULL || id[0] == '\0')
		return rule_complain(in, spec, "its date_expression does not pass, because a date_spec needs an id");
	struct moment now = moment_of_epoch(in->now, in->offset_s);
	struct moment_fields f = moment_fields(&now);
	const struct {
		cib_name name;
		int64_t value;
	} fields[] = {
		{NAME_YEARS, f.year},        {NAME_MONTHS, f.month},        {NAME_MONTHDAYS, f.month_day},
		{NAME_HOURS, f.hour},        {NAME_MINUTES, f.minute},      {NAME_SECONDS, f.second},
		{NAME_YEARDAYS, f.year_day}, {NAME_WEEKYEARS, f.week_year}, {NAME_WEEKS, f.week},
		{NAME_WEEKDAYS, f.week_day},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
		enum rule_result result = test_field(spec, fields[i].name, fields[i].value, in);
		if (result != RULE_YES)
			return result;
	}
	return RULE_YES;
}

enum rule_result rule_test_date(const struct element *expression, const struct rule_input *in, int64_t *next_change)
{
	const char *operation = element_get_or(expression, NAME_OPERATION, "in_range");
	if (g_ascii_strcasecmp(operation, "in_range") == 0)
		return test_in_range(expression, in, next_change);
	if (g_ascii_strcasecmp(operation, "date_spec") == 0)
		return test_spec(expression, in);
	if (g_ascii_strcasecmp(operation, "gt") == 0)
		return test_after(expression, in, next_change);
	if (g_ascii_strcasecmp(operation, "lt") == 0)
		return test_before(expression, in, next_change);
	return rule_complain(in, expression,
			     "does not pass, because its operation \"%s\" is none of in_range, date_spec, gt, lt",
			     operation);
}
