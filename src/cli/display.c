/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/display.h"

#include "report/status.h"
#include "report/summary.h"

#include <stdarg.h>

void display_open(struct display *d, const struct program_io *io, const struct command_line *line, bool plain)
{
	*d = (struct display){.io = io, .text = g_string_new(NULL)};
	result_open(&d->result, io, line, "crm_simulate");
	d->is_silent = !d->result.is_text;
	d->quiet = line->quiet && !d->result.is_xml;
	d->outline = (struct outline){.out = d->text, .plain = plain && d->result.is_text};
}

static void flush(struct display *d)
{
	if (!d->is_silent) {
		(void)fwrite(d->text->str, 1, d->text->len, d->io->out);
		(void)fflush(d->io->out);
	}
	g_string_truncate(d->text, 0);
}

int display_close(struct display *d, enum exit_code code)
{
	flush(d);
	(void)g_string_free(d->text, TRUE);
	return result_close(&d->result, code);
}

void display_space(struct display *d)
{
	d->outline.spacer = !d->outline.plain;
}

void display_blank(struct display *d)
{
	g_string_append_c(d->text, '\n');
}

static void list_begin(struct display *d, const char *heading, const char *element)
{
	outline_begin(&d->outline, "%s", heading);
	if (d->result.is_xml)
		markup_begin(&d->result.markup, element);
}

static void list_end(struct display *d)
{
	outline_end(&d->outline);
	display_space(d);
	if (d->result.is_xml)
		markup_end(&d->result.markup);
}

void display_begin(struct display *d, const char *heading, const char *element)
{
	if (!d->quiet)
		list_begin(d, heading, element);
}

void display_end(struct display *d)
{
	if (!d->quiet)
		list_end(d);
}

void display_changes_begin(struct display *d, const char *quorum, const char *watchdog)
{
	display_begin(d, "Performing Requested Modifications", "modifications");
	if (!d->result.is_xml)
		return;
	markup_attribute(&d->result.markup, "quorum", quorum);
	markup_attribute(&d->result.markup, "watchdog", watchdog);
}

void display_scores_begin(struct display *d, bool scores, bool utilization)
{
	if (scores && utilization)
		list_begin(d, "Assignment Scores and Utilization Information", "allocations_utilizations");
	else if (scores)
		list_begin(d, "Assignment Scores", "allocations");
	else
		list_begin(d, "Utilization Information", "utilizations");
}

void display_scores_end(struct display *d)
{
	list_end(d);
}

void display_info(struct display *d, const char *format, ...)
{
	if (d->quiet)
		return;
	va_list args;
	va_start(args, format);
	g_string_append_vprintf(d->text, format, args);
	va_end(args);
	g_string_append_c(d->text, '\n');
}

void display_error(struct display *d, const char *text)
{
	flush(d);
	result_error(&d->result, "%s", text);
}

int display_fail(struct display *d, enum exit_code code, const char *text)
{
	flush(d);
	(void)fprintf(d->io->err, "crm_simulate: %s\n", text);
	return code;
}

void display_restrictions(struct display *d, const struct cluster *c)
{
	if (!d->quiet && status_report_restrictions(&d->outline, c))
		g_string_append_c(d->text, '\n');
}

void display_status(struct display *d, struct cluster *c, unsigned sections, const char *heading, const char *element)
{
	if (d->quiet)
		return;
	if (d->result.is_xml)
		status_markup(&d->result.markup, c, sections, element);
	else
		status_report(&d->outline, c, sections, heading);
}

void display_summary(struct display *d, struct cluster *c)
{
	if (d->quiet)
		return;
	if (d->result.is_xml) {
		summary_markup(&d->result.markup, c);
		return;
	}
	outline_begin(&d->outline, "Transition Summary");
	summary_report(&d->outline, c);
	outline_end(&d->outline);
	outline_space(&d->outline);
}

void display_timings_begin(struct display *d)
{
	list_begin(d, "Timings", "timings");
}

void display_timings_end(struct display *d)
{
	list_end(d);
}

void display_timing(struct display *d, const char *file, double seconds)
{
	char duration[32];
	(void)snprintf(duration, sizeof(duration), "%.6f", seconds);
	outline_item(&d->outline, "Testing %s ... %.2f secs", file, seconds);
	if (d->result.is_xml)
		markup_empty(&d->result.markup, "timing", "file", file, "duration", duration, NULL);
}

/* --- scores --- */

static void score_line(void *user, const char *line)
{
	struct display *d = user;
	outline_item(&d->outline, "%s", line);
}

static void put_values(struct markup *m, const struct table *values)
{
	for (uint32_t i = 0; values != NULL && i < values->count; i++)
		markup_text(m, values->entries[i].name,
			    values->entries[i].value != NULL ? values->entries[i].value : "");
}

static void score_item(void *user, const struct score_item *s)
{
	struct display *d = user;
	struct markup *m = &d->result.markup;
	switch (s->kind) {
	case SCORE_ON_NODE:
		markup_empty(m, "node_weight", "function", s->phase, "node", s->node, "score", s->score, "id", s->rsc,
			     NULL);
		break;
	case SCORE_OF_PROMOTION:
		markup_empty(m, "promotion_score", "id", s->rsc, "score", s->score, "node", s->node, NULL);
		break;
	case SCORE_CAPACITY:
		markup_begin(m, "capacity");
		markup_attribute(m, "node", s->node);
		markup_attribute(m, "comment", s->phase);
		put_values(m, s->values);
		markup_end(m);
		break;
	case SCORE_UTILIZATION:
		markup_begin(m, "utilization");
		markup_attribute(m, "resource", s->rsc);
		markup_attribute(m, "node", s->node);
		markup_attribute(m, "function", s->phase);
		put_values(m, s->values);
		markup_end(m);
		break;
	}
}

static void notice_line(void *user, const char *text)
{
	display_info(user, "%s", text);
}

struct score_report display_scores(struct display *d, bool scores, bool utilization)
{
	return (struct score_report){.line = score_line,
				     .item = d->result.is_xml ? score_item : NULL,
				     .notice = notice_line,
				     .user = d,
				     .no_scores = !scores,
				     .utilization = utilization};
}

/* --- rehearsals --- */

static void log_line(void *user, const char *line)
{
	struct display *d = user;
	if (!d->quiet)
		outline_item(&d->outline, "%s", line);
}

static void log_event(void *user, const struct rehearsal_event *event)
{
	struct display *d = user;
	markup_begin(&d->result.markup, event->kind);
	for (int i = 0; i < REHEARSAL_VALUES_MAX && event->values[i].name != NULL; i++)
		markup_attribute(&d->result.markup, event->values[i].name, event->values[i].value);
	markup_end(&d->result.markup);
}

static void log_remark(void *user, const char *line)
{
	display_info(user, "%s", line);
}

static void log_error(void *user, const char *line)
{
	display_error(user, line);
}

struct rehearsal_log display_log(struct display *d)
{
	return (struct rehearsal_log){.line = log_line,
				      .event = d->result.is_xml ? log_event : NULL,
				      .remark = log_remark,
				      .error = log_error,
				      .user = d};
}
