/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings.h - one reading of the configuration: corosync.conf, uidgid.d, the
 * names of hosts looked up, the key read, everything checked.
 *
 * Used at start, by `hale-engine -t`, and for each reload. Looking up names may
 * take seconds; it happens here and nowhere else, and for a reload in two steps:
 * settings_reload() in the loop, then settings_complete() in a thread (os/worker.h).
 */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include "base/error.h"
#include "conf/totem-config.h"
#include "map/map.h"

struct settings {
	struct pool pool;
	void *memory;
	struct map map, lines;
	struct conf conf;
	struct totem_config totem;
	struct conf_problems problems;
	uint8_t key[KEY_SIZE_MAX];
	size_t key_len;
	char state_dir[PATH_LEN_MAX];
	char dir[PATH_LEN_MAX]; /* of the configuration */
	char path[PATH_LEN_MAX];
	char *text; /* the file's */
	bool parsed;
	bool prepared; /* for a reload: the transport has their new keys */
};

/* Reads the file. NULL, with reterr, when it cannot be read at all; otherwise what is wrong with it is in problems, and
 * the settings may be used only when problems.errors is 0.
 */
struct settings *settings_load(const char *path, struct error *reterr);
/* For a running engine: what only a restart can change is put back, with a notice. live is the map in use. NULL as
 * above. Otherwise settings_complete() must follow.
 */
struct settings *settings_reload(const struct settings *running, const struct map *live, struct error *reterr);
/* Whether settings_complete() will ask the system for names, which may take long. Without, it takes a few milliseconds,
 * and is better done at once: Corosync's nodes wait for nobody when keys change (docs/decisions/0007).
 */
bool settings_ask_names(const struct settings *s);
/* Looks names up, reads the key and checks everything. Touches nothing but s; may wait for name servers. */
void settings_complete(struct settings *s);
/* Ping timers that nobody wrote; again after every derivation of timers. */
void settings_set_pings(struct totem_config *c);
void settings_free(struct settings *s);
/* Our own node; settings must be without errors. */
const struct node_config *settings_self(const struct settings *s);

#endif
