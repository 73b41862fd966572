/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iso8601 - show what a date, duration or period means. */
#include "cli/pacemaker-result.h"
#include "rules/moment.h"

#include <strings.h>
#include <time.h>

enum {
	OPTION_NOW = 1,
	OPTION_DATE,
	OPTION_PERIOD,
	OPTION_DURATION,
	OPTION_EXPECTED,
	OPTION_SECONDS,
	OPTION_EPOCH,
	OPTION_LOCAL,
	OPTION_ORDINAL,
	OPTION_WEEK,
};

static const struct option options[] = {
	{.help = "Commands:"},
	{OPTION_NOW, 'n', "now", NULL, "Show the current date and time"},
	{OPTION_DATE, 'd', "date", "DATE", "Show a date and time, such as '2019-09-24 00:30:00 +01:00' or '2019-040'"},
	{OPTION_PERIOD, 'p', "period", "PERIOD", "Show a period, such as '2005-040/2005-043' or '2005-040/P3D'"},
	{OPTION_DURATION, 'D', "duration", "DURATION",
	 "Show a duration, such as 'P1M', and with -n or -d also when it ends"},
	{OPTION_EXPECTED, 'E', "expected", "TEXT", "Fail unless -n or -d (with -D: its end) show this text"},
	{.help = "Output modifiers:"},
	{OPTION_SECONDS, 's', "seconds", NULL, "Show seconds since 0001-01-01 00:00:00Z"},
	{OPTION_EPOCH, 'S', "epoch", NULL, "Show seconds since 1970-01-01 00:00:00Z"},
	{OPTION_LOCAL, 'L', "local", NULL, "Show the date in its own zone instead of UTC"},
	{OPTION_ORDINAL, 'O', "ordinal", NULL, "Show the date as year and day of the year"},
	{OPTION_WEEK, 'W', "week", NULL, "Show the date as year, week and day of the week"},
	{0},
};

static unsigned print_of(const struct command_line *line)
{
	static const struct {
		int option;
		enum moment_print print;
	} modifiers[] = {{OPTION_SECONDS, MOMENT_SECONDS},
			 {OPTION_EPOCH, MOMENT_EPOCH},
			 {OPTION_LOCAL, MOMENT_ZONE},
			 {OPTION_ORDINAL, MOMENT_ORDINAL},
			 {OPTION_WEEK, MOMENT_WEEKS}};
	unsigned print = MOMENT_DATE | MOMENT_TIME;
	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++)
		if (line_has(line, modifiers[i].option))
			print |= modifiers[i].print;
	return print;
}

static struct moment_here here_of(const struct program_io *io)
{
	time_t now = (time_t)(io->now.ns / 1000000000u);
	return (struct moment_here){.now = now, .offset_s = io_zone_offset(now)};
}

/* What -n and -d, whichever came last, ask for: "now", a date, or NULL. */
static const char *date_text(const struct command_line *line)
{
	const char *text = NULL;
	for (size_t i = 0; i < line->given_count; i++) {
		if (line->given[i].id == OPTION_NOW)
			text = "now";
		else if (line->given[i].id == OPTION_DATE)
			text = line->given[i].value;
	}
	return text;
}

/* One run: what is asked, how it is shown, and what is known so far. */
struct run {
	struct pacemaker_result result;
	struct moment_here here;
	unsigned print;
	bool has_date, has_duration;
	struct moment date;
	struct duration duration;
	struct error error; /* what was not valid */
};

static void show_moment(struct run *r, const char *element, const char *title, const struct moment *m, unsigned print)
{
	char text[MOMENT_TEXT_SIZE];
	moment_text(m, print, text);
	result_element(&r->result, element, text);
	result_line(&r->result, "%s: %s", title, text);
}

static void say_invalid(struct run *r, const char *what, const char *text)
{
	struct error why = r->error;
	(void)error_set(&r->error, ERR_INVALID, "Invalid %s specified: %s (%s)", what, text, why.text);
}

static bool show_date(struct run *r, const char *text)
{
	if (text == NULL)
		return true;
	bool is_now = strcasecmp(text, "now") == 0;
	if (is_now) {
		r->date = moment_of_epoch(r->here.now, r->here.offset_s);
	} else if (moment_parse(text, &r->here, &r->date, &r->error) != ERR_OK) {
		say_invalid(r, "date/time", text);
		return false;
	}
	r->has_date = true;
	show_moment(r, "date", is_now ? "Current date/time" : "Date", &r->date, r->print);
	return true;
}

static bool show_duration(struct run *r, const char *given)
{
	char text[MOMENT_TEXT_SIZE];
	if (given == NULL)
		return true;
	if (duration_parse(given, &r->duration, &r->error) != ERR_OK) {
		say_invalid(r, "duration", given);
		return false;
	}
	r->has_duration = true;
	duration_text(&r->duration, text);
	result_element(&r->result, "duration", text);
	result_line(&r->result, "Duration: %s", text);
	return true;
}

static bool show_period(struct run *r, const char *given)
{
	struct period p;
	char start[MOMENT_TEXT_SIZE], end[MOMENT_TEXT_SIZE];
	if (given == NULL)
		return true;
	if (period_parse(given, &r->here, &p, &r->error) != ERR_OK) {
		say_invalid(r, "interval", given);
		return false;
	}
	moment_text(&p.start, r->print, start);
	moment_text(&p.end, r->print, end);
	if (r->result.is_xml)
		markup_begin(&r->result.markup, "period");
	result_element(&r->result, "start", start);
	result_element(&r->result, "end", end);
	if (r->result.is_xml)
		markup_end(&r->result.markup);
	result_line(&r->result, "Period: %s to %s", start, end);
	return true;
}

/* The end of the duration, if there is one, and whether all is as expected. */
static bool check_date(struct run *r, const char *expected)
{
	char text[MOMENT_TEXT_SIZE];
	if (!r->has_date)
		return true;
	if (r->has_duration) {
		moment_add(&r->date, &r->duration);
		show_moment(r, "duration_ends", "Duration ends at", &r->date, r->print | MOMENT_ZONE);
	}
	return expected == NULL || strcasecmp(expected, moment_text(&r->date, r->print, text)) == 0;
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct run r = {.here = here_of(io), .print = print_of(line)};
	result_open(&r.result, io, line, "iso8601");
	bool is_valid = show_date(&r, date_text(line)) && show_duration(&r, line_value(line, OPTION_DURATION)) &&
			show_period(&r, line_value(line, OPTION_PERIOD));
	if (!is_valid)
		return result_fail(&r.result, EXIT_INVALID_PARAMETER, "%s", r.error.text);
	return result_close(&r.result, check_date(&r, line_value(line, OPTION_EXPECTED)) ? EXIT_OK : EXIT_ERROR);
}

const struct program program_iso8601 = {
	.rules = {.name = "iso8601",
		  .summary = "display and parse ISO 8601 dates and times",
		  .details =
			  "For more information on the ISO 8601 standard, see https://en.wikipedia.org/wiki/ISO_8601",
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_NO_SUCH},
	.run = run,
};
