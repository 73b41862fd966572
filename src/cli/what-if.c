/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/what-if.h"

#include "rules/interval.h"
#include "rules/moment.h"
#include "scheduler/action-config.h"
#include "transition/rehearsal.h"
#include "transition/wish.h"

#include <stdarg.h>
#include <string.h>

static int __attribute__((format(printf, 3, 4)))
complain(const struct what_if *w, enum exit_code code, const char *format, ...)
{
	FILE *err = w->situation->io->err;
	fprintf(err, "%s: ", w->situation->program);
	va_list args;
	va_start(args, format);
	(void)vfprintf(err, format, args);
	va_end(args);
	fputc('\n', err);
	return code;
}

static void __attribute__((format(printf, 2, 3))) tell(const struct what_if *w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args);
	va_end(args);
	w->tell(w->user, text);
	g_free(text);
}

/* Splits "a=b" at the first such character; NULL when there is none. The left half is in the arena. */
static const char *split(const struct what_if *w, const char *text, char at, const char **ret_right)
{
	const char *found = strchr(text, at);
	if (found == NULL || found == text || found[1] == '\0')
		return NULL;
	*ret_right = found + 1;
	return arena_string_n(w->situation->io->arena, text, (size_t)(found - text));
}

static struct rehearsal rehearsal_of(const struct what_if *w, struct cluster *c)
{
	return (struct rehearsal){.document = w->situation->document, .cluster = c, .now = w->situation->now};
}

/* --- nodes --- */

static int change_node(struct what_if *w, int id, const char *name)
{
	struct cluster *c = situation_cluster(w->situation);
	scheduler_read_status(c);
	const struct node *n = node_find(c, name);
	const char *real = n != NULL ? arena_string(w->situation->io->arena, n->name) : NULL;
	cluster_free(c);
	if (real == NULL)
		return complain(w, EXIT_NO_SUCH, "there is no node '%s'", name);
	struct rehearsal r = rehearsal_of(w, NULL);
	struct error error;
	const char *standby = id == IF_NODE_STANDBY ? "on" : "off";
	switch (id) {
	case IF_NODE_LOST:
		rehearse_node(&r, real, NODE_GOES);
		tell(w, "%s leaves the cluster", real);
		return EXIT_OK;
	case IF_NODE_FENCE:
		rehearse_node(&r, real, NODE_FAILS);
		tell(w, "%s is lost, and nobody knows what still runs there", real);
		return EXIT_OK;
	case IF_NODE_UP:
		rehearse_node(&r, real, NODE_COMES);
		tell(w, "%s comes online", real);
		return EXIT_OK;
	default:
		break;
	}
	if (wish_node_attribute(w->situation->document, real, "standby", standby, &error) != ERR_OK)
		return complain(w, EXIT_NO_SUCH, "%s", error.text);
	tell(w, "%s is %s standby", real, id == IF_NODE_STANDBY ? "in" : "no longer in");
	return EXIT_OK;
}

static int change_attribute(struct what_if *w, const char *wish)
{
	const char *rest, *value, *node = split(w, wish, ':', &rest), *name = NULL;
	struct error error;
	if (node != NULL)
		name = split(w, rest, '=', &value);
	if (name == NULL)
		return complain(w, EXIT_USAGE, "--set %s: write NODE:NAME=VALUE", wish);
	if (wish_node_attribute(w->situation->document, node, name, value, &error) != ERR_OK)
		return complain(w, EXIT_NO_SUCH, "%s", error.text);
	tell(w, "%s has %s=%s", node, name, value);
	return EXIT_OK;
}

/* --- resources --- */

/* A failure as it was wished: "web:start@n1". */
struct failure {
	const char *rsc, *task, *node;
	int64_t interval_ms;
};

static bool is_number(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

static void failure_parse(const struct what_if *w, const char *wish, struct failure *f)
{
	struct arena *a = w->situation->io->arena;
	const char *at = strrchr(wish, '@');
	f->node = at != NULL ? at + 1 : NULL;
	char *rsc = at != NULL ? arena_string_n(a, wish, (size_t)(at - wish)) : arena_string(a, wish);
	char *colon = strrchr(rsc, ':');
	f->task = "monitor";
	if (colon != NULL && !is_number(colon + 1)) {
		*colon = '\0';
		f->task = colon + 1;
	}
	f->rsc = rsc;
}

/* The interval of the first recurring monitor. */
static int64_t monitor_interval(const struct resource *r)
{
	for_each_named(op, r->operations, NAME_OP)
	{
		const char *name = element_get(op, NAME_NAME);
		if (name != NULL && strcmp(name, "monitor") == 0 && action_config_interval_ms(op) > 0)
			return action_config_interval_ms(op);
	}
	return 0;
}

/* The primitive that an id means: of a clone, its first active instance's. */
static struct resource *primitive_of(struct resource *r)
{
	struct resource *found = r;
	while (found != NULL && found->children.count > 0) {
		struct resource *next = found->children.items[0];
		for_each_child_of(child, found) if (child->active.count > 0)
		{
			next = child;
			break;
		}
		found = next;
	}
	return found;
}

static int change_failure(struct what_if *w, const char *wish)
{
	struct failure f = {0};
	failure_parse(w, wish, &f);
	struct cluster *c = situation_cluster(w->situation);
	scheduler_read_status(c);
	struct resource *r = primitive_of(resource_find(c, f.rsc));
	const struct node *n = f.node != NULL                     ? node_find(c, f.node)
			       : r != NULL && r->active.count > 0 ? r->active.items[0]
								  : NULL;
	int code = EXIT_OK;
	if (r == NULL || r->kind != RESOURCE_PRIMITIVE) {
		code = complain(w, EXIT_NO_SUCH, "there is no resource '%s' that could fail", f.rsc);
	} else if (n == NULL && f.node != NULL) {
		code = complain(w, EXIT_NO_SUCH, "there is no node '%s'", f.node);
	} else if (n == NULL) {
		code = complain(w, EXIT_USAGE, "%s runs nowhere: say where it fails, as in --fail %s@NODE", f.rsc,
				wish);
	} else {
		int64_t interval_ms = strcmp(f.task, "monitor") == 0 ? monitor_interval(r) : 0;
		struct rehearsal r1 = rehearsal_of(w, c);
		char *spec = g_strdup_printf("%s_%s_%lld@%s=1", r->id, f.task, (long long)interval_ms, n->name);
		rehearse_operation(&r1, spec);
		g_free(spec);
		tell(w, "%s of %s fails on %s", f.task, r->id, n->name);
	}
	cluster_free(c);
	return code;
}

static int change_role(struct what_if *w, const char *id, bool enable)
{
	struct error error;
	if (wish_meta(w->situation->document, id, "target-role", enable ? "Started" : "Stopped", &error) != ERR_OK)
		return complain(w, EXIT_NO_SUCH, "%s", error.text);
	tell(w, "%s is %s", id, enable ? "enabled" : "disabled");
	return EXIT_OK;
}

/* --- the cluster --- */

static int change_option(struct what_if *w, const char *wish)
{
	const char *value, *name = split(w, wish, '=', &value);
	if (name == NULL)
		return complain(w, EXIT_USAGE, "--option %s: write NAME=VALUE", wish);
	wish_option(w->situation->document, name, value);
	tell(w, "the cluster option %s is %s", name, value);
	return EXIT_OK;
}

static int change_ticket(struct what_if *w, const char *wish)
{
	static const struct {
		const char *word;
		enum ticket_change change;
	} words[] = {{"granted", TICKET_GRANTED},
		     {"revoked", TICKET_REVOKED},
		     {"standby", TICKET_STANDBY_ON},
		     {"active", TICKET_STANDBY_OFF}};
	const char *value = "", *id = split(w, wish, '=', &value);
	struct rehearsal r = rehearsal_of(w, NULL);
	for (size_t i = 0; id != NULL && i < G_N_ELEMENTS(words); i++) {
		if (strcmp(words[i].word, value) != 0)
			continue;
		rehearse_ticket(&r, id, words[i].change);
		tell(w, "ticket %s is %s", id, value);
		return EXIT_OK;
	}
	return complain(w, EXIT_USAGE, "--ticket %s: write TICKET=granted, revoked, standby or active", wish);
}

static int change_quorum(struct what_if *w, const char *wish)
{
	bool quorum;
	if (!cib_parse_bool(wish, &quorum))
		return complain(w, EXIT_USAGE, "--quorum %s: write yes or no", wish);
	struct rehearsal r = rehearsal_of(w, NULL);
	rehearse_quorum(&r, quorum ? "1" : "0");
	tell(w, "this part of the cluster has %squorum", quorum ? "" : "no ");
	return EXIT_OK;
}

static int change_time(struct what_if *w, const char *wish, bool later)
{
	struct moment_here here = {.now = w->situation->now};
	struct moment m = moment_of_epoch(here.now, 0);
	struct duration d;
	struct error error;
	int64_t ms;
	char buffer[MOMENT_TEXT_SIZE];
	if (!later && moment_parse(wish, &here, &m, &error) != ERR_OK)
		return complain(w, EXIT_USAGE, "--at %s: %s", wish, error.text);
	if (later && wish[0] == 'P') {
		if (duration_parse(wish, &d, &error) != ERR_OK)
			return complain(w, EXIT_USAGE, "--in %s: %s", wish, error.text);
		moment_add(&m, &d);
	} else if (later) {
		if (!interval_parse_ms(wish, &ms))
			return complain(w, EXIT_USAGE, "--in %s: write a time such as 90s, 10min, 2h or P1D", wish);
		moment_add_seconds(&m, ms / 1000);
	}
	w->situation->now = moment_epoch(&m);
	tell(w, "it is %s", moment_text(&m, MOMENT_DATE | MOMENT_TIME, buffer));
	return EXIT_OK;
}

static int change(struct what_if *w, int id, const char *value)
{
	switch (id) {
	case IF_FAIL:
		return change_failure(w, value);
	case IF_DISABLE:
	case IF_ENABLE:
		return change_role(w, value, id == IF_ENABLE);
	case IF_SET:
		return change_attribute(w, value);
	case IF_OPTION:
		return change_option(w, value);
	case IF_TICKET:
		return change_ticket(w, value);
	case IF_QUORUM:
		return change_quorum(w, value);
	case IF_AT:
	case IF_IN:
		return change_time(w, value, id == IF_IN);
	default:
		return change_node(w, id, value);
	}
}

int what_if_apply(struct what_if *w, const struct command_line *line)
{
	int code = EXIT_OK;
	for (size_t i = 0; i < line->given_count && code == EXIT_OK; i++)
		if (line->given[i].id < IF_CHANGES_END)
			code = change(w, line->given[i].id, line->given[i].value);
	return code;
}
