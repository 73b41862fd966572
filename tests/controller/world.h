/* SPDX-License-Identifier: GPL-2.0-or-later */
/* world.h - a whole cluster of managers in one process: controllers, a group that keeps virtual synchrony; executors
 * and agents as models; simulated time.
 *
 *	struct world *w = world_new(2, 1);
 *	world_start(w, 0); world_start(w, 1);
 *	world_run(w, 5000);
 *	world_edit(w, 0, EDIT_CREATE, "resources", "<primitive …/>");
 *	world_kill(w, 1);
 *
 * An agent is a flag a node and resource: started, promoted, or not. A fence agent that is run stops the target's
 * machine. What must never be: a resource that is active on two machines (world_run() asserts it after each event, of
 * resources that are not clones).
 */
#ifndef TESTS_CONTROLLER_WORLD_H
#define TESTS_CONTROLLER_WORLD_H

#include "controller/controller.h"

enum { WORLD_NODES = 8 };

struct world;

struct world *world_new(unsigned int nodes, uint64_t seed);
void world_free(struct world *w);

/* The machine with its manager; it joins the group. */
void world_start(struct world *w, unsigned int node);
/* The machine is gone with all that ran there. */
void world_kill(struct world *w, unsigned int node);
/* Only the manager; the machine, its executor and its resources live on. world_start() starts another one. */
void world_kill_manager(struct world *w, unsigned int node);
/* Nothing passes between nodes of different sides (a number each) from here on. */
void world_split(struct world *w, const unsigned int *sides);
/* From here on managers hear of a changed ring so long after they hear of a changed group. */
void world_delay_ring(struct world *w, uint64_t ms);
void world_run(struct world *w, uint64_t ms);
/* Runs until done() says so; false when it does not within ms. */
bool world_run_until(struct world *w, bool (*done)(struct world *w, void *arg), void *arg, uint64_t ms);

/* Asks a node's manager, and waits for the answer: its exit code. */
int world_edit(struct world *w, unsigned int node, enum edit_kind kind, const char *scope, const char *body);
int world_request(struct world *w, unsigned int node, const struct request *r);
/* Only asks; world_answer() has the exit code, or -1 while there is none. */
uint64_t world_ask_edit(struct world *w, unsigned int node, enum edit_kind kind, const char *scope, const char *body);
int world_answer(const struct world *w, uint64_t id);
/* A client that waits for rest and goes at once: whether it is answered all the same. */
bool world_answers_after_drop(struct world *w, unsigned int node, uint64_t ms);
/* The executor and its manager do not reach each other for ms; what runs goes on. */
void world_lose_executor(struct world *w, unsigned int node, uint64_t ms);

const struct controller *world_controller(const struct world *w, unsigned int node);
bool world_is_up(const struct world *w, unsigned int node);
/* Where a resource is active, as bits of nodes. */
unsigned int world_where(const struct world *w, const char *rsc);
bool world_is_promoted(const struct world *w, const char *rsc, unsigned int node);
/* The service stops by itself. */
void world_break(struct world *w, const char *rsc, unsigned int node);
/* Its actions take so long, or never end (UINT64_MAX), or end with rc. */
void world_slow(struct world *w, const char *rsc, const char *action, uint64_t ms);
void world_fail(struct world *w, const char *rsc, const char *action, int rc);
uint64_t world_now_ms(const struct world *w);
/* How many agents were run for this resource and action, anywhere. */
unsigned int world_runs(const struct world *w, const char *rsc, const char *action);
/* Why the manager of a node ended, -1: it has not. */
int world_left(const struct world *w, unsigned int node);
/* Every machine's time of day from here on; that of the start is 1700000000. */
void world_set_clock(struct world *w, int64_t seconds);
/* The disk takes nothing, or again something. */
void world_fill_disk(struct world *w, unsigned int node, bool full);
/* Whether the configuration on a node's disk has an element with this id. */
bool world_disk_has(const struct world *w, unsigned int node, const char *id);
/* Of the configuration on a node's disk; how often one was written there. */
uint64_t world_disk_lineage(const struct world *w, unsigned int node);
unsigned int world_stores(const struct world *w, unsigned int node);
/* Lines of the managers' logs go to standard output. */
extern bool world_verbose;

#endif
