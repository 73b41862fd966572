/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/status.h"

#include "rules/score.h"

#include <string.h>

static bool is_word(const char *value, const char *word)
{
	return value != NULL && g_ascii_strcasecmp(value, word) == 0;
}

/* Red wins over yellow, and words over what the options make of them. */
int status_node_health(const struct node *n)
{
	const struct options *o = &n->cluster->options;
	int health = 1;
	if (o->health == HEALTH_NONE)
		return health;
	for (uint32_t i = 0; i < n->attributes->count; i++) {
		const struct table_entry *a = &n->attributes->entries[i];
		if (strncmp(a->name, "#health", 7) != 0)
			continue;
		if (is_word(a->value, "red"))
			return -1;
		if (is_word(a->value, "yellow")) {
			health = 0;
			continue;
		}
		int score = 0;
		if (!score_parse(a->value, 0, &score))
			continue;
		if (score <= o->health_red)
			return -1;
		if (score <= o->health_yellow && o->health_yellow != o->health_green)
			health = 0;
	}
	return health;
}

static const char *unclean_words(const struct node *n)
{
	if (n->online)
		return "UNCLEAN (online)";
	return n->pending ? "UNCLEAN (pending)" : "UNCLEAN (offline)";
}

static const char *standby_words(const struct node *n)
{
	if (!n->online)
		return "OFFLINE (standby)";
	return n->running->count == 0 ? "standby" : "standby (with active resources)";
}

const char *status_node_words(const struct node *n)
{
	if (n->unclean)
		return unclean_words(n);
	if (n->pending)
		return "pending";
	if (n->fail_standby && n->online)
		return "standby (on-fail)";
	if (n->standby)
		return standby_words(n);
	if (n->maintenance)
		return n->online ? "maintenance" : "OFFLINE (maintenance)";
	return n->online ? "online" : "OFFLINE";
}

static const char *kind_words(const struct node *n)
{
	if (node_is_guest(n))
		return "GuestNode";
	return node_is_remote(n) ? "RemoteNode" : "Node";
}

/* A node that needs a word of its own; the others are gathered in lists. */
static bool stands_alone(const struct node *n)
{
	return n->unclean || n->pending || (n->fail_standby && n->online) || n->standby || n->maintenance ||
	       status_node_health(n) <= 0;
}

static void report_alone(struct outline *o, const struct node *n)
{
	int health = status_node_health(n);
	const char *health_words = health < 0 ? " (health is RED)" : health == 0 ? " (health is YELLOW)" : "";
	outline_item(o, "%s %s: %s%s", kind_words(n), n->name, status_node_words(n), health_words);
}

enum gathered { ONLINE, OFFLINE, REMOTE_ONLINE, REMOTE_OFFLINE, GUEST_ONLINE, GUEST_OFFLINE, GATHERED_COUNT };

static enum gathered group_of(const struct node *n)
{
	if (node_is_guest(n))
		return n->online ? GUEST_ONLINE : GUEST_OFFLINE;
	if (node_is_remote(n))
		return n->online ? REMOTE_ONLINE : REMOTE_OFFLINE;
	return n->online ? ONLINE : OFFLINE;
}

/* Guests that are down are not worth a line: their resources tell. */
void status_report_nodes(struct outline *o, const struct cluster *c)
{
	static const char *const titles[GATHERED_COUNT] = {"Online",        "OFFLINE",     "RemoteOnline",
							   "RemoteOFFLINE", "GuestOnline", NULL};
	GString *names[GATHERED_COUNT];
	if (c->node_count == 0)
		return;
	for (int i = 0; i < GATHERED_COUNT; i++)
		names[i] = g_string_new(NULL);
	outline_begin(o, "Node List");
	for_each_node(n, c)
	{
		if (stands_alone(n))
			report_alone(o, n);
		else
			g_string_append_printf(names[group_of(n)], "%s ", n->name);
	}
	for (int i = 0; i < GATHERED_COUNT; i++) {
		if (titles[i] != NULL && names[i]->len > 0)
			outline_item(o, "%s: [ %s]", titles[i], names[i]->str);
		(void)g_string_free(names[i], TRUE);
	}
	outline_end(o);
	outline_space(o);
}
