/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reload.h - a new configuration for an engine that runs (engine-wire.md §9.3):
 * what may change does, what cannot change is kept and told, what would cut a
 * working link is refused. All or nothing: until reload_apply() nothing of the
 * map in use has changed, and it does not fail half way.
 *
 *	reload_begin(live);                                  clients see that a reload goes on
 *	conf_parse(&conf, ...) into a map of its own
 *	reload_keep(live, &now, &conf, &problems);           unchangeable keys are put back
 *	totem_config_read(&next, &conf, ...) … totem_config_finish(&next, &conf, &problems);
 *	reload_compare(&now, &next, live, &conf, &plan, &problems);
 *	if (problems.errors == 0) reload_apply(live, &conf, &next, &problems);
 *	reload_end(live, status, problem);                   trackers act on this
 *
 * The plan is for the host: it removes and adds nodes and links in the
 * transport and tells the services what changed.
 */
#ifndef CONF_RELOAD_H
#define CONF_RELOAD_H

#include "base/status.h"
#include "conf/totem-config.h"

struct reload_plan {
	struct node_list nodes_added, nodes_removed;
	uint8_t links_added, links_removed; /* bit n: link n, for all nodes */
	uint8_t links_changed;              /* other ping timers or priority */
	bool timers, knet, compression, crypto;
	bool logging, quorum, uidgid, nozzle; /* keys below them; quorum: nodelist as well */
	uint32_t keys_added, keys_changed, keys_deleted;
};

/* config.* keys that clients watch. */
void reload_begin(struct map *live);
/* message: of the problem, NULL when there is none. */
void reload_end(struct map *live, enum status status, const char *message);

/* Puts the values in use back for all that only a restart can change, with a notice for each difference. */
void reload_keep(const struct map *live, const struct totem_config *now, struct conf *conf,
		 struct conf_problems *problems);

/* Adds an error for each change that cannot be made. The caller ORs plan->crypto when the contents of the key differ.
 */
void reload_compare(const struct totem_config *now, const struct totem_config *next, const struct map *live,
		    const struct conf *conf, struct reload_plan *ret, struct conf_problems *problems);

/* False, with an error and nothing changed, when the live map has no room. */
MUST_CHECK bool reload_apply(struct map *live, struct conf *conf, const struct totem_config *next,
			     struct conf_problems *problems);

#endif
