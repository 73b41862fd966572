/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/ticket-list.h"

#include "report/status-private.h"

#include <string.h>

static const char *state_word(const struct ticket *t)
{
	return t->granted ? "granted" : "revoked";
}

static bool is_time(const char *name)
{
	return strcmp(name, "last-granted") == 0 || strcmp(name, "expires") == 0;
}

/* --- text --- */

static void append_details(const struct cluster *c, const struct ticket *t, GString *out)
{
	char when[STATUS_TIME_SIZE];
	g_string_append(out, "\t(");
	for (uint32_t i = 0; i < t->state->count; i++) {
		const struct table_entry *e = &t->state->entries[i];
		const char *value = e->value != NULL ? e->value : "";
		if (is_time(e->name))
			value = status_time_words(c, g_ascii_strtoll(value, NULL, 10), when);
		g_string_append_printf(out, "%s%s=%s", i > 0 ? ", " : "", e->name, value);
	}
	g_string_append_c(out, ')');
}

static void append_state(const struct cluster *c, const struct ticket *t, enum ticket_words words, GString *out)
{
	char when[STATUS_TIME_SIZE];
	g_string_append_printf(out, "\t%s%s", state_word(t), t->standby ? " [standby]" : "");
	if (words == TICKET_DETAILS && t->state != NULL && t->state->count > 0) {
		if (t->last_granted > 0) /* Pacemaker puts a blank there then */
			g_string_append_c(out, ' ');
		append_details(c, t, out);
	} else if (t->last_granted > 0) {
		g_string_append_printf(out, " last-granted=\"%s\"", status_time_words(c, t->last_granted, when));
	}
}

static bool is_wanted(const struct ticket *t, const char *only)
{
	return only == NULL || strcmp(t->id, only) == 0;
}

void ticket_list_report(struct outline *o, const struct cluster *c, const char *only, enum ticket_words words)
{
	for (uint32_t i = 0; i < c->ticket_count; i++) {
		const struct ticket *t = c->tickets[i];
		if (!is_wanted(t, only))
			continue;
		GString *line = g_string_new(t->id);
		if (words != TICKET_NAME)
			append_state(c, t, words, line);
		outline_item(o, "%s", line->str);
		(void)g_string_free(line, TRUE);
	}
}

/* --- XML --- */

/* What an attribute of its own tells already. */
static bool is_told(const char *name)
{
	return is_time(name) || strcmp(name, "id") == 0 || strcmp(name, "status") == 0 || strcmp(name, "standby") == 0;
}

static void put_ticket(struct markup *out, const struct cluster *c, const struct ticket *t)
{
	char when[STATUS_TIME_SIZE];
	markup_begin(out, "ticket");
	markup_attribute(out, "id", t->id);
	markup_attribute(out, "status", state_word(t));
	markup_flag(out, "standby", t->standby);
	if (t->last_granted > 0)
		markup_attribute(out, "last-granted", status_time_words(c, t->last_granted, when));
	for (uint32_t i = 0; t->state != NULL && i < t->state->count; i++) {
		const struct table_entry *e = &t->state->entries[i];
		if (!is_told(e->name))
			markup_attribute(out, e->name, e->value);
	}
	markup_end(out);
}

void ticket_list_markup(struct markup *out, const struct cluster *c, const char *only)
{
	if (c->ticket_count == 0)
		return;
	markup_begin(out, "tickets");
	for (uint32_t i = 0; i < c->ticket_count; i++)
		if (is_wanted(c->tickets[i], only))
			put_ticket(out, c, c->tickets[i]);
	markup_end(out);
}
