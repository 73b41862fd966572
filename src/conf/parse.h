/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse.h - the text of corosync.conf becomes keys of a map (engine-wire.md
 * §9.1, types of engine-ipc.md §7.2).
 *
 * The text is read to its end whatever is wrong with it, so that all problems
 * are told at once; a caller uses the map only when there were no errors.
 * Beside each key the number of its line is kept, for what is found later.
 *
 * Names of users and groups need the system: they are collected in `owners`,
 * and the caller, who can look them up, tells the numbers by conf_allow().
 *
 *	conf_init(&conf, &map, &lines);
 *	conf_parse(&conf, "corosync.conf", text, &problems);
 *	for each file of uidgid.d: conf_parse_uidgid(&conf, name, text, &problems);
 *	for each owner: conf_allow(&conf, owner->is_group, number);
 *
 * Both maps belong to the caller. File names are borrowed as long as the conf.
 */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "conf/problems.h"
#include "map/map.h"

enum { CONF_OWNERS_MAX = 256, CONF_OWNER_NAME = 64, CONF_LINE_MAX = 510 };

struct conf_owner {
	bool is_group;
	uint32_t line;
	const char *file;
	char name[CONF_OWNER_NAME];
};

struct conf {
	struct map *map;
	struct map *lines; /* key -> u32; NULL when nothing is known about lines, as for a map in use */
	const char *file;  /* NULL likewise */
	uint32_t owner_count;
	struct conf_owner owners[CONF_OWNERS_MAX];
};

/* lines may be NULL. */
void conf_init(struct conf *c, struct map *map, struct map *lines);
/* Both answer false when the text added errors to the problems. */
bool conf_parse(struct conf *c, const char *file, struct bytes text, struct conf_problems *problems);
/* A file of uidgid.d: nothing but uidgid sections. */
bool conf_parse_uidgid(struct conf *c, const char *file, struct bytes text, struct conf_problems *problems);
/* Writes uidgid.config.{uid,gid}.<id>; false when the map is full. */
MUST_CHECK bool conf_allow(struct conf *c, bool is_group, uint32_t id);

/* The line that set a key, or 0. */
uint32_t conf_line(const struct conf *c, const char *key);

#endif
