/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent-catalogue.h - what agents say of themselves, asked once.
 *
 * The metadata of an agent are asked for when somebody first wants them, and kept, in memory and in a file of DIR,
 * as long as the agent's file has the same path, size and time of change. So a list of all agents is answered at
 * once, also after a restart. At most CATALOGUE_RUNS agents are asked at one time. An agent that gives none is
 * asked again after CATALOGUE_RETRY_S.
 *
 *	catalogue_want(c, &key, fn, arg)      fn is called now, when it is known, or later
 *
 * The entry that fn gets is borrowed until the next call of the loop.
 */
#ifndef DAEMON_AGENT_CATALOGUE_H
#define DAEMON_AGENT_CATALOGUE_H

#include "executor/metadata.h"
#include "os/agent.h"
#include "os/log.h"

enum { CATALOGUE_RUNS = 4, CATALOGUE_RETRY_S = 60, CATALOGUE_TIMEOUT_MS = 30000 };

struct agent_catalogue;

struct agent_key {
	const char *class_, *provider, *type; /* provider may be NULL */
};

struct agent_entry {
	const char *text; /* XML; NULL: it has none, and why says why */
	size_t size;
	const struct agent_metadata *metadata; /* NULL when text is NULL */
	const char *why;
};

/* dir: NULL keeps nothing on disk. */
struct agent_catalogue *catalogue_new(struct loop *l, const struct agent_places *places, const char *dir,
				      struct log *log);
/* Nobody who waits is called any more. NULL is fine. */
void catalogue_free(struct agent_catalogue *c);
void catalogue_want(struct agent_catalogue *c, const struct agent_key *key,
		    void (*fn)(void *arg, const struct agent_entry *entry), void *arg);
/* Whoever waits with this arg is not called. */
void catalogue_unwant(struct agent_catalogue *c, const void *arg);

#endif
