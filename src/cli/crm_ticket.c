/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_ticket - tickets of this site: which it has, and what depends on them. */
#include "cli/pacemaker-result.h"
#include "cli/place.h"
#include "report/ticket-list.h"
#include "scheduler/constraint.h"
#include "scheduler/constraints.h"

#include <string.h>

enum {
	OPTION_INFO = 1,
	OPTION_DETAILS,
	OPTION_RAW,
	OPTION_XML,
	OPTION_CONSTRAINTS,
	OPTION_GET,
	OPTION_CLEANUP,
	OPTION_COMMANDS_END, /* those above show or clean up, the last one counts */
	OPTION_GRANT,
	OPTION_REVOKE,
	OPTION_STANDBY,
	OPTION_ACTIVATE,
	OPTION_SET,
	OPTION_VALUE,
	OPTION_DELETE,
	OPTION_DEFAULT,
	OPTION_FORCE,
	OPTION_TICKET,
	OPTION_IGNORED,
};

static const struct option options[] = {
	{.help = "Queries:"},
	{OPTION_INFO, 'l', "info", NULL, "Display the information of ticket(s)"},
	{OPTION_DETAILS, 'L', "details", NULL, "Display the details of ticket(s)"},
	{OPTION_RAW, 'w', "raw", NULL, "Display the IDs of ticket(s)"},
	{OPTION_XML, 'q', "query-xml", NULL, "Query the XML of ticket(s)"},
	{OPTION_CONSTRAINTS, 'c', "constraints", NULL, "Display the rsc_ticket constraints that apply to ticket(s)"},
	{.help = "Commands:"},
	{OPTION_GRANT, 'g', "grant", NULL, "Grant a ticket to this cluster site (needs --force)"},
	{OPTION_REVOKE, 'r', "revoke", NULL, "Revoke a ticket from this cluster site (needs --force)"},
	{OPTION_STANDBY, 's', "standby", NULL, "Tell this cluster site this ticket is standby"},
	{OPTION_ACTIVATE, 'a', "activate", NULL, "Tell this cluster site this ticket is active"},
	{.help = "Advanced Options:"},
	{OPTION_GET, 'G', "get-attr", "ATTRIBUTE", "Display the named attribute for a ticket"},
	{OPTION_SET, 'S', "set-attr", "ATTRIBUTE", "Set the named attribute for a ticket; may be given several times"},
	{OPTION_DELETE, 'D', "delete-attr", "ATTRIBUTE", "Delete the named attribute for a ticket"},
	{OPTION_CLEANUP, 'C', "cleanup", NULL, "Delete all state of a ticket at this cluster site"},
	{.help = "Additional Options:"},
	{OPTION_VALUE, 'v', "attr-value", "VALUE", "Attribute value to use with -S"},
	{OPTION_DEFAULT, 'd', "default", "VALUE", "Value to display if none is found (with -G)"},
	{OPTION_FORCE, 'f', "force", NULL, "Do it although what runs here may depend on it"},
	{OPTION_TICKET, 't', "ticket", "ID", "Ticket ID"},
	{OPTION_IGNORED, 'n', "set-name", "ID", "Understood for old callers", .hidden = true},
	{OPTION_IGNORED, 'i', "nvpair", "ID", "Understood for old callers", .hidden = true},
	{OPTION_IGNORED, 'Q', "quiet", NULL, "Understood for old callers", .hidden = true},
	{0},
};

static const char details[] = "What is set and deleted by one command line is changed at once: all of it or nothing.\n"
			      "\n"
			      "Exit status: 0 when it was done, 4 or 107 when it needs --force, 64 when the command "
			      "line is wrong, 102 when no\n"
			      "cluster is running here, 105 when there is no such ticket or attribute.\n"
			      "\n"
			      "Examples:\n"
			      "\n"
			      "Display the detailed info of tickets:\n"
			      "\n"
			      "\tcrm_ticket --details\n"
			      "\n"
			      "Grant 'ticketA' to this cluster site:\n"
			      "\n"
			      "\tcrm_ticket --ticket ticketA --grant --force\n"
			      "\n"
			      "Make it standby: what depends on it is stopped or demoted gracefully:\n"
			      "\n"
			      "\tcrm_ticket --ticket ticketA --standby\n";

struct tickets {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	struct place place;
	struct error error;
	const char *id;
	int command;
	struct table *set; /* attributes to set */
	bool force, deletes;
	/* what there is */
	struct document *document;
	struct cluster *cluster;
};

static enum exit_code fail(struct tickets *t, enum exit_code code, const char *format, const char *what)
{
	char *text = g_strdup_printf("%s%s", format, what);
	(void)error_set(&t->error, ERR_INVALID, "%s", text);
	g_free(text);
	return code;
}

/* --- the command line --- */

static bool is_attribute_name(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if (!g_ascii_isalpha(*c) && *c != '_' &&
		    (c == text || (!g_ascii_isdigit(*c) && *c != '-' && *c != '.')))
			return false;
	return text[0] != '\0' && strcmp(text, "id") != 0;
}

/* A name and a value make a pair, whichever comes first. */
static enum exit_code take_pairs(struct tickets *t)
{
	const char *name = NULL, *value = NULL;
	for (size_t i = 0; i < t->line->given_count; i++) {
		const struct given *g = &t->line->given[i];
		name = g->id == OPTION_SET ? g->value : name;
		value = g->id == OPTION_VALUE ? g->value : value;
		t->deletes = t->deletes || g->id == OPTION_DELETE;
		if ((g->id == OPTION_SET || g->id == OPTION_DELETE) && !is_attribute_name(g->value))
			return fail(t, EXIT_USAGE, "An attribute of a ticket cannot be called ", g->value);
		if (name == NULL || value == NULL)
			continue;
		table_set(t->set, name, value);
		name = value = NULL;
	}
	if (name != NULL)
		return fail(t, EXIT_USAGE, "Must supply value with -v for -S ", name);
	if (value != NULL && (t->set->count > 0 || t->deletes))
		return fail(t, EXIT_USAGE, "Must supply attribute name with -S for -v ", value);
	return EXIT_OK;
}

static void take_words(struct tickets *t)
{
	static const struct {
		int id;
		const char *name, *value;
	} words[] = {{OPTION_GRANT, "granted", "true"},
		     {OPTION_REVOKE, "granted", "false"},
		     {OPTION_STANDBY, "standby", "true"},
		     {OPTION_ACTIVATE, "standby", "false"}};
	for (size_t i = 0; i < t->line->given_count; i++) {
		const struct given *g = &t->line->given[i];
		if (g->id < OPTION_COMMANDS_END)
			t->command = g->id;
		for (size_t k = 0; k < G_N_ELEMENTS(words); k++)
			if (words[k].id == g->id)
				table_set(t->set, words[k].name, words[k].value);
	}
}

static enum exit_code take_line(struct tickets *t)
{
	t->set = table_new(t->io->arena);
	t->id = line_value(t->line, OPTION_TICKET);
	t->force = line_has(t->line, OPTION_FORCE);
	take_words(t);
	enum exit_code code = take_pairs(t);
	bool changes = t->set->count > 0 || t->deletes;
	if (code != EXIT_OK)
		return code;
	if (t->command == 0 && !changes)
		return fail(t, EXIT_USAGE, "Must supply a command", "");
	if (t->id == NULL && t->command == OPTION_GET)
		return fail(t, EXIT_NO_SUCH, "Must supply ticket ID with -t", "");
	if (t->id == NULL && (t->command == OPTION_CLEANUP || t->command == 0))
		return fail(t, EXIT_USAGE, "Must supply ticket ID with -t", "");
	if (t->id != NULL && (t->id[0] == '\0' || !place_is_literal(t->id)))
		return fail(t, EXIT_USAGE, "This is no ticket's ID: ", t->id);
	return EXIT_OK;
}

/* --- showing --- */

static const struct ticket *find_ticket(const struct tickets *t)
{
	for (uint32_t i = 0; i < t->cluster->ticket_count; i++)
		if (strcmp(t->cluster->tickets[i]->id, t->id) == 0)
			return t->cluster->tickets[i];
	return NULL;
}

static enum exit_code show_list(struct tickets *t)
{
	enum ticket_words words = t->command == OPTION_RAW       ? TICKET_NAME
				  : t->command == OPTION_DETAILS ? TICKET_DETAILS
								 : TICKET_STATE;
	if (t->id != NULL && find_ticket(t) == NULL) {
		(void)error_set(&t->error, ERR_NOT_FOUND, "No such ticket '%s'", t->id);
		return EXIT_NO_SUCH;
	}
	if (t->result.is_xml) {
		ticket_list_markup(&t->result.markup, t->cluster, t->id);
	} else if (t->result.is_text) {
		struct outline o = {.out = g_string_new(NULL), .plain = true};
		ticket_list_report(&o, t->cluster, t->id, words);
		(void)fputs(o.out->str, t->io->out);
		(void)g_string_free(o.out, TRUE);
	}
	return EXIT_OK;
}

static enum exit_code show_attribute(struct tickets *t)
{
	const char *name = line_value(t->line, OPTION_GET);
	const struct ticket *ticket = find_ticket(t);
	const char *value = ticket != NULL ? table_get(ticket->state, name) : NULL;
	if (value == NULL)
		value = line_value(t->line, OPTION_DEFAULT);
	if (value == NULL)
		return EXIT_NO_SUCH;
	result_line(&t->result, "%s", value);
	if (!t->result.is_xml)
		return EXIT_OK;
	markup_begin(&t->result.markup, "tickets");
	markup_begin(&t->result.markup, "ticket");
	markup_attribute(&t->result.markup, "id", t->id);
	markup_empty(&t->result.markup, "attribute", "name", name, "value", value, NULL);
	markup_end(&t->result.markup);
	markup_end(&t->result.markup);
	return EXIT_OK;
}

/* An element as it stands; tag NULL: under its own name. */
static void put_element(struct markup *m, const char *tag, const struct element *e)
{
	markup_begin(m, tag != NULL ? tag : element_tag(e));
	for (unsigned i = 0; i < e->attribute_count; i++)
		markup_attribute(m, document_name_text(e->document, e->attributes[i].name), e->attributes[i].value);
	for_each_child(below, e) put_element(m, NULL, below);
	markup_end(m);
}

static void print_element(struct tickets *t, const struct element *e)
{
	GString *text = g_string_new(NULL);
	element_print(e, text);
	if (text->len > 0 && text->str[text->len - 1] == '\n')
		g_string_truncate(text, text->len - 1);
	result_line(&t->result, "%s", text->str);
	(void)g_string_free(text, TRUE);
}

/* Of all tickets the whole <tickets> is shown. */
static void put_states(struct tickets *t, const GPtrArray *found)
{
	struct markup *m = &t->result.markup;
	markup_begin(m, "tickets");
	for (guint i = 0; i < found->len; i++) {
		const struct element *e = g_ptr_array_index(found, i);
		if (t->id != NULL)
			put_element(m, "ticket", e);
		else
			for_each_child(below, e) put_element(m, "ticket", below);
	}
	markup_end(m);
}

static enum exit_code show_states(struct tickets *t, const GPtrArray *found)
{
	if (t->id != NULL && found->len > 1)
		result_line(&t->result, "Multiple ticket_states match ticket=%s", t->id);
	if (t->result.is_xml)
		put_states(t, found);
	result_line(&t->result, "State XML:\n");
	for (guint i = 0; i < found->len; i++)
		print_element(t, g_ptr_array_index(found, i));
	return EXIT_OK;
}

/* <resources> comes after: what has references to ids must have the ids, too. */
static void put_constraints(struct markup *m, const GPtrArray *found)
{
	markup_begin(m, "tickets");
	for (guint i = 0; i < found->len; i++) {
		const struct element *e = g_ptr_array_index(found, i);
		markup_begin(m, "ticket");
		markup_attribute(m, "id", element_get(e, NAME_TICKET));
		markup_begin(m, "constraints");
		put_element(m, NULL, e);
		markup_end(m);
		markup_end(m);
	}
	markup_end(m);
	markup_begin(m, "resources");
	for (guint i = 0; i < found->len; i++)
		markup_empty(m, "resource", "id", element_get(g_ptr_array_index(found, i), NAME_RSC), NULL);
	markup_end(m);
}

static enum exit_code show_constraints(struct tickets *t, const GPtrArray *found)
{
	if (t->result.is_xml)
		put_constraints(&t->result.markup, found);
	result_line(&t->result, "Constraints XML:\n");
	for (guint i = 0; i < found->len; i++)
		print_element(t, g_ptr_array_index(found, i));
	return EXIT_OK;
}

/* What the configuration says, as it says it. */
static enum exit_code show_stored(struct tickets *t)
{
	bool states = t->command == OPTION_XML;
	GPtrArray *found = g_ptr_array_new();
	struct document *d = NULL;
	const char *x = states ? "/cib/status/tickets" : "/cib/configuration/constraints/rsc_ticket";
	if (t->id != NULL)
		x = arena_printf(t->io->arena, states ? "%s/ticket_state[@id='%s']" : "%s[@ticket='%s']", x, t->id);
	enum exit_code code = place_select(&t->place, x, found, &d, &t->error);
	if (code == EXIT_OK)
		code = states ? show_states(t, found) : show_constraints(t, found);
	else
		(void)fail(t, code, states ? "Could not query ticket XML: " : "Could not show ticket constraints: ",
			   code == EXIT_NO_SUCH ? place_error_words(code) : t->error.text);
	document_free(d);
	g_ptr_array_unref(found);
	return code;
}

/* --- changing --- */

static void warn_grant(struct tickets *t)
{
	result_error(&t->result,
		     "This command cannot help you verify whether '%s' has been already granted elsewhere.\n"
		     "If you really want to grant '%s' to this site now, and you know what you are doing,\n"
		     "please specify --force.",
		     t->id, t->id);
}

static void warn_revoke(struct tickets *t)
{
	result_error(&t->result,
		     "Revoking '%s' can trigger the specified 'loss-policy'(s) relating to '%s'.\n\n"
		     "You can check that with:\n"
		     "crm_ticket --ticket %s --constraints\n\n"
		     "Otherwise before revoking '%s', you may want to make '%s' standby with:\n"
		     "crm_ticket --ticket %s --standby\n\n"
		     "If you really want to revoke '%s' from this site now, and you know what you are doing,\n"
		     "please specify --force.",
		     t->id, t->id, t->id, t->id, t->id, t->id, t->id);
}

static const char *xpath_of(const struct tickets *t)
{
	return arena_printf(t->io->arena, "/cib/status/tickets/ticket_state[@id='%s']", t->id);
}

static enum exit_code clean_up(struct tickets *t)
{
	const struct ticket *ticket = find_ticket(t);
	if (!t->force && ticket == NULL) {
		(void)error_set(&t->error, ERR_NOT_FOUND, "No such ticket '%s'", t->id);
		return EXIT_NO_SUCH;
	}
	if (!t->force && ticket->granted) {
		warn_revoke(t);
		return EXIT_DENIED;
	}
	enum exit_code code =
		place_edit(&t->place, &(struct edit){.kind = EDIT_DELETE_ALL, .xpath = xpath_of(t)}, &t->error);
	if (code == EXIT_OK)
		result_line(&t->result, "Cleaned up %s", t->id);
	return code == EXIT_NO_SUCH ? EXIT_OK : code;
}

/* True: whether the ticket is granted here is not to be touched without --force. */
static bool is_refused(struct tickets *t)
{
	bool granted = false, deleted = false;
	if (t->force)
		return false;
	for (size_t i = 0; i < t->line->given_count; i++)
		deleted = deleted ||
			  (t->line->given[i].id == OPTION_DELETE && strcmp(t->line->given[i].value, "granted") == 0);
	const char *value = table_get(t->set, "granted");
	if (value == NULL && !deleted)
		return false;
	if (!deleted && cib_parse_bool(value, &granted) && granted)
		warn_grant(t);
	else
		warn_revoke(t);
	(void)error_set(&t->error, ERR_ACCESS, "Ticket modification not allowed without --force");
	return true;
}

static void change_attributes(const struct tickets *t, struct element *e)
{
	struct document *d = e->document;
	const struct ticket *ticket = find_ticket(t);
	bool granted = false;
	for (uint32_t i = 0; i < t->set->count; i++)
		element_set(e, document_name(d, t->set->entries[i].name), t->set->entries[i].value);
	for (size_t i = 0; i < t->line->given_count; i++)
		if (t->line->given[i].id == OPTION_DELETE)
			element_set(e, document_name(d, t->line->given[i].value), NULL);
	const char *value = table_get(t->set, "granted");
	if (value != NULL && cib_parse_bool(value, &granted) && granted && (ticket == NULL || !ticket->granted))
		element_set(e, NAME_LAST_GRANTED,
			    arena_printf(t->io->arena, "%lld", (long long)(t->io->now.ns / 1000000000u)));
}

static enum exit_code send(struct tickets *t, const struct element *e, const struct edit *how)
{
	GString *body = g_string_new(NULL);
	struct edit c = *how;
	element_print(e, body);
	c.body = body->str;
	enum exit_code code = place_edit(&t->place, &c, &t->error);
	(void)g_string_free(body, TRUE);
	return code;
}

/* What is set is merged, whether or not the ticket was known. */
static enum exit_code merge(struct tickets *t)
{
	struct document *d = document_new(NAME_STATUS);
	struct element *e = element_add(element_add(document_root(d), NAME_TICKETS), NAME_TICKET_STATE);
	element_set(e, NAME_ID, t->id);
	change_attributes(t, e);
	enum exit_code code =
		send(t, document_root(d), &(struct edit){.kind = EDIT_MODIFY, .scope = "status", .allow_create = true});
	document_free(d);
	return code;
}

static enum exit_code replace(struct tickets *t)
{
	GPtrArray *found = g_ptr_array_new();
	struct document *d = NULL;
	enum exit_code code = place_select(&t->place, xpath_of(t), found, &d, &t->error);
	if (code == EXIT_OK) {
		struct element *e = g_ptr_array_index(found, 0);
		change_attributes(t, e);
		code = send(t, e, &(struct edit){.kind = EDIT_REPLACE, .xpath = xpath_of(t)});
	}
	document_free(d);
	g_ptr_array_unref(found);
	return code;
}

static enum exit_code change(struct tickets *t)
{
	if (is_refused(t))
		return EXIT_UNSAFE;
	enum exit_code code = t->deletes ? replace(t) : merge(t);
	if (code == EXIT_OK)
		return code;
	char *why = g_strdup(code == EXIT_NO_SUCH ? place_error_words(code) : t->error.text);
	(void)fail(t, code, "Could not modify ticket: ", why);
	g_free(why);
	return code;
}

/* --- the program --- */

static enum exit_code run_command(struct tickets *t)
{
	switch (t->command) {
	case OPTION_INFO:
	case OPTION_DETAILS:
	case OPTION_RAW:
		return show_list(t);
	case OPTION_XML:
	case OPTION_CONSTRAINTS:
		return show_stored(t);
	case OPTION_GET:
		return show_attribute(t);
	case OPTION_CLEANUP:
		return clean_up(t);
	default:
		return change(t);
	}
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct tickets t = {.io = io, .line = line, .error = {.text = ""}};
	result_open(&t.result, io, line, "crm_ticket");
	place_open(&t.place, io, "crm_ticket");
	enum exit_code code = take_line(&t);
	if (code == EXIT_OK)
		code = place_read(&t.place, (int64_t)(io->now.ns / 1000000000u), &t.document, &t.cluster, &t.error);
	if (code == EXIT_OK) {
		/* Tickets that nobody granted yet are known from the constraints alone. */
		constraints_unpack(t.cluster);
		code = run_command(&t);
	}
	cluster_free(t.cluster);
	document_free(t.document);
	if (code == EXIT_OK || t.error.text[0] == '\0')
		return result_close(&t.result, code);
	return result_fail(&t.result, code, "%s", t.error.text);
}

const struct program program_crm_ticket = {
	.rules = {.name = "crm_ticket",
		  .summary = "perform tasks related to cluster tickets",
		  .details = details,
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
