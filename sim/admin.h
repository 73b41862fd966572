/* SPDX-License-Identifier: GPL-2.0-or-later */
/* admin.h - what administrators do to engines: they write a new file and have it
 * read, also with another key, also with a node more, also one that a node cannot
 * use; and they ask a node to leave, about which a program on it has a say.
 *
 *  S1  A node that was asked to leave answers OK if and only if its program agreed,
 *      went away, or was not to be listened to.
 *  K1  In peace, a change of the key changes no membership and loses no message, however
 *      unequal the times are that nodes need to read their files.
 *  K2  In peace, when all have read the last file, all write with its key and know no other.
 */
#ifndef SIM_ADMIN_H
#define SIM_ADMIN_H

#include "sim/engine-node.h"

/* What the program says when it is asked whether the node may leave. */
enum { ADMIN_VOTE_YES, ADMIN_VOTE_NO, ADMIN_VOTE_NEVER, ADMIN_VOTE_GONE };

/* Of EVENT_ADMIN. */
enum admin_event { ADMIN_RELOADED, ADMIN_ANSWERS, ADMIN_STOPS, ADMIN_ASKS_RELOAD, ADMIN_POLLS };

/* fault.c: RELOAD, SHUTDOWN, GROW, DEVICE. False: it was not running, or did not take the request. */
bool admin_fault(struct world *w, const struct fault *f);
/* The end of RELOAD and DEVICE. */
void admin_mend(struct world *w, const struct fault *f);

/* engine-node.c */
void admin_start(struct world *w, struct node *n);
void admin_act(struct world *w, struct node *n, uint32_t what);
void admin_reload_wanted(struct engine_node *s);
void admin_crypto(struct engine_node *s, uint8_t phase);
void admin_left(struct engine_node *s);
void admin_reply(struct engine_node *s, client_id client, struct bytes head);
void admin_asked(struct engine_node *s);

/* life.c: faults are over. All files are good, all nodes run, and each reads its file again until it has the last key.
 */
void admin_peace(struct world *w);
/* One more key, in peace: the change begins; later it must be through. */
void admin_last_key(struct world *w);
void admin_last_key_check(struct world *w);

#endif
