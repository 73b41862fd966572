/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager.h - whole clusters of managers in one process, under simulated time and faults.
 *
 * Real: src/controller, src/executor, src/fencing, src/scheduler; with --engine also src/engine and all below it, on
 * the network of the other simulator (manager-engine.c). Models: else the engine's ring with its process group
 * (manager-ring.c), machines, disks and clocks (manager-machine.c), agents and fence devices (manager-agent.c),
 * clients (manager-client.c), a person who vouches for machines (manager-person.c).
 *
 * What a seed decides is drawn before the run: the shape of the cluster (manager-config.c), and a list of upsets
 * (manager-seed.c), which can be cut down without moving anything else. After them comes the calm: everything works
 * again, and the cluster must converge.
 *
 * Rules (manager-rules.c); a broken one ends the run:
 * - M1 What is no clone is active on one machine at most, and promoted at most once; a machine that was powered off
 *   runs nothing.
 * - M2 Members of one agreed view have equal states after equal messages.
 * - M3 A change that a majority answered as done, and has on disk, is in every later agreed view of a majority. Who
 *   slept may still hear of an earlier one.
 * - M4 In the calm all agree, the leader comes to rest, the scheduler wants nothing more, and what the status tells is
 *   so.
 * - M5 A request is answered once, unless the manager that was asked is gone.
 * - M6 A node is on record as fenced only when a device really powered it off just before, or a person who vouched
 *   for it had done so.
 * - M7 When only managers and executors die, or lose each other, nothing that runs is stopped or started.
 * - A1 An assertion of a core failed.
 */
#ifndef SIM_MANAGER_H
#define SIM_MANAGER_H

#include "controller/controller.h"
#include "executor/executor.h"
#include "sim/dice.h"

enum {
	FLEET_MAX = 5,
	UPSETS_MAX = 512,
	FLEET_SERVICES = 32,
	CHANGES_MAX = 1024,
	FLEET_TRACE_LINES = 400,
	FLEET_TEXT = 320,
};
#define FLEET_MS  1000000ull
#define WALL_BASE 1700000000000000000ull

enum upset_kind {
	UPSET_MACHINE,  /* a is powered off, and on again when it ends */
	UPSET_LEADER,   /* the same with whoever leads then */
	UPSET_BLACKOUT, /* all lose power */
	UPSET_MANAGER,  /* a's manager dies; value & 1: the leader's */
	UPSET_EXECUTOR, /* a's executor dies */
	UPSET_FREEZE,   /* a does nothing for a while, then all that waits */
	UPSET_SPLIT,    /* value: mask of one side */
	UPSET_SLOW,     /* messages to a take longer, up to value ms */
	UPSET_DISK,     /* a's disk takes value ms; 0: it is full */
	UPSET_CLOCK,    /* a's time of day jumps */
	UPSET_BREAK,    /* a service on a stops by itself */
	UPSET_FAIL,     /* a service's actions fail on a */
	UPSET_HANG,     /* or do not end */
	UPSET_DEVICE,   /* fence devices: value 0 fail, 1 hang, 2 are slow */
	UPSET_EDIT,     /* a client asks at a: an option of its own, which must not get lost */
	UPSET_RESOURCE, /* to change a resource */
	UPSET_STANDBY,  /* or a node */
	UPSET_ATTRIBUTE,
	UPSET_CLEANUP, /* value & 1: history as well */
	UPSET_SHUTDOWN,
	UPSET_FENCE,
	UPSET_RUSH,    /* edits in a new epoch, which only a has on disk when all lose power; a comes back last */
	UPSET_AMBUSH,  /* all managers die within milliseconds of an order to start or promote something */
	UPSET_CONFIRM, /* a person pulls a's plug, vouches for that, and puts it in again when that was answered */
	UPSET_LINK,    /* a's manager and executor lose their connection, and both live; value: how often at least */
	UPSET_KINDS
};

struct upset {
	enum upset_kind kind;
	uint32_t at_ms, for_ms, a, value;
};

struct fleet_options {
	uint64_t seed;
	uint32_t nodes, seconds, calm_seconds, classes, gap_ms;
	uint32_t delay_us, dispatch_us, quorum_ms, agent_ms, disk_ms;
	bool quiet;  /* only managers and executors die: rule M7 */
	bool engine; /* real engines carry the messages */
};

void fleet_draw(uint64_t seed, uint32_t nodes, uint32_t seconds, struct fleet_options *ret);
uint32_t fleet_upsets(const struct fleet_options *o, struct upset *ret);
void upset_describe(const struct upset *u, char *text, size_t size);

/* --- the world --- */

enum turn_kind {
	TURN_ORDER,     /* what a machine wants to send gets its place */
	TURN_ENGINE,    /* an engine delivers the next message */
	TURN_DISPATCH,  /* and its manager takes what it has */
	TURN_QUORUM,    /* the same, of quorum */
	TURN_TICK,      /* a manager's timer */
	TURN_XTICK,     /* an executor's timer */
	TURN_STORED,    /* a disk is done */
	TURN_PROMISED,  /* with a promise */
	TURN_LINK,      /* between manager and executor */
	TURN_CONNECT,   /* a manager tries to reach its executor */
	TURN_AMBUSH,    /* of UPSET_AMBUSH, its next step */
	TURN_PERSON,    /* looks after the machine whose plug is out */
	TURN_EXIT,      /* an agent ends */
	TURN_REGROUP,   /* rings form anew */
	TURN_BOOT,      /* power on */
	TURN_MANAGER,   /* a manager is started */
	TURN_EXECUTOR,  /* an executor is started */
	TURN_UPSET,     /* begins */
	TURN_UPSET_END, /* ends */
	TURN_WAKE,      /* a frozen machine goes on */
};

struct turn {
	uint64_t at, order;
	enum turn_kind kind;
	uint32_t node; /* FLEET_MAX: nobody's */
	uint64_t life; /* of what it is for: an old one is dropped */
	uint64_t number;
	void *data;
};

enum item_kind { ITEM_MESSAGE, ITEM_JOIN, ITEM_LEAVE };
struct item {
	enum item_kind kind;
	struct member who;
	GByteArray *bytes;
};

struct ring_life {
	uint64_t number;
	uint32_t mask;
	bool broken;
	GPtrArray *log; /* struct item */
};

/* What an engine has for its client. */
struct parcel {
	bool is_view;
	struct member members[2 * FLEET_MAX];
	uint32_t member_count, lost; /* mask of the machines that are lost with this change */
	struct member sender;
	GByteArray *bytes;
};

struct quorum_news {
	bool quorate;
	node_id ring[FLEET_MAX];
	uint32_t ring_count;
};

struct agent_run {
	uint64_t run;
	char *rsc, *action, *class_, *target;
	int64_t interval_ms;
	bool killed;
};

enum link_kind { LINK_RUN, LINK_CANCEL, LINK_FORGET, LINK_ACKNOWLEDGE, LINK_REPORT, LINK_LIST, LINK_REFUSED };
struct link_word {
	enum link_kind kind;
	uint64_t manager_life, executor_life, connection, id; /* CANCEL: 0, or the one that is killed */
	struct operation *op;
	struct operation_report *report;
	char *rsc, *action;
	int64_t interval_ms;
};

struct fleet;
struct carriage;

struct machine {
	struct fleet *fleet;
	uint32_t number;
	char name[8];
	bool up, frozen, seen_all, is_shut_down;
	uint32_t side;
	uint64_t life, manager_life, executor_life, frozen_until;
	int64_t clock_ns;
	uint64_t off_by_device; /* when a fence device powered it off last */
	uint64_t off_by_person; /* when a person vouched last that it is off */
	bool is_unplugged;
	guint vouched; /* number of the ask, 0: none yet */

	/* The engine. */
	struct ring_life *ring;
	uint32_t place; /* delivered so far */
	uint64_t engine_at, order_at;
	struct member group[2 * FLEET_MAX];
	uint32_t group_count;
	GQueue outbox; /* struct item */
	struct quorum_news news;
	uint64_t slow_ms;

	/* The manager. */
	struct controller *controller;
	uint32_t pid;
	bool joined, quorum_known, quorate, left;
	enum leave_why why;
	GQueue inbox, quorum_inbox; /* struct parcel, struct quorum_news */
	uint64_t inbox_at, quorum_at, tick_at;
	node_id ring_told[FLEET_MAX];
	uint32_t ring_told_count;
	uint64_t agreed_epoch, heard; /* a hash of all messages since then */

	/* The executor. */
	struct executor *executor;
	uint64_t xtick_at, link_at, known_executor;
	bool is_linked, listed;
	uint64_t connection,
		drained; /* its number; until when the executor still reads what was sent by an older one */
	uint32_t cuts;   /* so often the connection breaks again while the executor tells what it knows */
	GPtrArray *runs; /* struct agent_run */

	/* What survives. */
	char *kept;
	struct document *disk, *writing, *waiting;
	struct cib_version writing_version, waiting_version;
	uint64_t disk_lineage, writing_lineage, waiting_lineage;
	uint64_t promise, promising; /* on disk; being written, 0: none is */
	uint64_t disk_ms;
	bool disk_full;
};

struct service {
	char name[24];
	bool clone, promotable, active[FLEET_MAX], promoted[FLEET_MAX];
	uint32_t fails[FLEET_MAX], hangs[FLEET_MAX]; /* upsets that are in force; fails: 1 + which action */
	uint32_t starts, stops;
};

struct ask {
	uint64_t manager_life;
	uint32_t node, answers;
	int change; /* number of the option, -1: none */
	uint64_t at;
	bool may_last, is_done;
};

struct verdict {
	bool broken;
	char rule[4], text[FLEET_TEXT];
	uint64_t hash, events, decisions, at_ms;
	uint32_t line_count;
	char lines[FLEET_TRACE_LINES][FLEET_TEXT];
};

struct fleet {
	struct fleet_options options;
	const struct upset *upsets;
	uint32_t upset_count, pids, count;
	struct dice dice, shape, agents;
	uint64_t now, order, lives, rings, hash;
	struct turn *heap;
	uint32_t heap_count, heap_room;
	struct machine machines[FLEET_MAX];
	const struct carrier *carrier;
	struct carriage *carriage; /* of the carrier */
	GPtrArray *ring_lives;
	GHashTable *marks;  /* hash of messages -> digest: rule M2 */
	GHashTable *agreed; /* hash of what an agreement was made of -> when a member took it first: rule M3 */
	struct service services[FLEET_SERVICES];
	uint32_t service_count;
	uint64_t device_until[3];
	GPtrArray *asks;                   /* struct ask; id is the index + 1 */
	uint64_t change_done[CHANGES_MAX]; /* when it was answered so; 0: not */
	uint32_t change_count, rush_step;  /* of UPSET_RUSH, one at a time */
	struct {
		uint64_t until; /* an order is waited for */
		uint32_t value, step, node;
		const char *rsc; /* of the configuration */
	} ambush;                /* one at a time */
	bool calm, is_quiet_now, trace;
	struct verdict *verdict;
};

/* Runs a life to its end. The process is to be a child of its own: a broken rule ends it. */
void fleet_live(const struct fleet_options *o, const struct upset *upsets, uint32_t count, bool trace,
		struct verdict *ret);

/* manager-world.c */
void fleet_plan(struct fleet *f, uint64_t at, enum turn_kind kind, uint32_t node, uint64_t life, uint64_t number,
		void *data);
uint32_t fleet_roll(struct fleet *f, uint32_t below);
/* A delay of 0 to max_us microseconds, in ns. */
uint64_t fleet_delay(struct fleet *f, uint32_t max_us);
void fleet_trace(struct fleet *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void fleet_break(struct fleet *f, const char *rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
struct instant machine_now(const struct machine *m);

/* What carries messages between managers, and tells them of groups, rings and quorum. */
struct carrier {
	void (*begin)(struct fleet *f);
	void (*machine_on)(struct machine *m);
	void (*machine_off)(struct machine *m);
	/* Machines came or went, sleep or wake, or no longer hear each other. */
	void (*changed)(struct fleet *f);
	void (*watch_quorum)(struct machine *m); /* a manager begins; it joins when it knows of quorum */
	void (*join)(struct machine *m);
	void (*send)(struct machine *m, struct bytes bytes);
	void (*manager_gone)(struct machine *m);
	void (*order)(struct machine *m);  /* TURN_ORDER */
	uint64_t (*next)(struct fleet *f); /* when something happens in it by itself; NULL: in turns alone */
	void (*step)(struct fleet *f);
};
extern const struct carrier carrier_model, carrier_engine;

/* manager-ring.c */
void model_deliver(struct machine *m, uint64_t ring, uint64_t place);
void model_regroup(struct fleet *f);
/* For all carriers: what an engine has for its client. */
void hand_parcel(struct machine *m, struct parcel *p, uint64_t late_ms);
void hand_quorum(struct machine *m);
void plan_order(struct machine *m);
void parcel_free(void *parcel);
void item_free(void *item);

/* manager-machine.c */
void machine_on(struct machine *m);
void machine_off(struct machine *m, uint64_t back_ms);
void machine_freeze(struct machine *m, uint64_t ms);
void machine_wake(struct machine *m);
void manager_start(struct machine *m);
void manager_off(struct machine *m);
void manager_dispatch(struct machine *m);
void manager_hear_quorum(struct machine *m);
void manager_tick(struct machine *m, uint64_t due);
void manager_settle(struct machine *m); /* leaves, if it asked to */
void disk_write(struct machine *m, const struct document *d, const struct archive_entry *entry);
void disk_done(struct machine *m);
void disk_promise(struct machine *m, uint64_t lineage);
void promise_done(struct machine *m, uint64_t lineage);

/* manager-executor.c */
void executor_start(struct machine *m);
void executor_off(struct machine *m);
void executor_connect(struct machine *m);
/* The manager's end is closed. Of what it said last the executor may still read some. */
void executor_hang_up(struct machine *m);
/* Manager and executor live, their connection does not. */
void executor_cut(struct machine *m);
void link_send(struct machine *m, struct link_word *word);
void link_hear(struct machine *m, struct link_word *word);
void link_word_free(struct link_word *word);

/* manager-agent.c */
struct service *service_of(struct fleet *f, const char *rsc);
void agent_spawn(struct machine *m, uint64_t run, const struct operation *op);
void agent_kill(struct machine *m, uint64_t run);
void agent_ended(struct machine *m, uint64_t run);
void agents_vanish(struct machine *m);
void agent_run_free(void *run);

/* manager-config.c */
struct document *config_draw(struct fleet *f);
/* A resource of the configuration that is no fence device. */
const char *config_resource(struct fleet *f, uint32_t which);

/* manager-client.c */
void upset_begin(struct fleet *f, const struct upset *u);
void upset_end(struct fleet *f, const struct upset *u);
void client_answered(struct machine *m, const struct answer *a);
void client_attribute(struct machine *m, const char *name, const char *value);
/* Forget all failures, as somebody would who comes to repair. */
void client_repair(struct fleet *f);
/* Its number; 0: there is nobody to be asked. */
guint client_confirm(struct machine *m, const char *target);
void client_move(struct machine *m, const char *rsc, uint32_t node, const char *score);
/* Its manager or its executor dies, and is started again. */
void client_restart(struct machine *m, uint64_t ms, enum turn_kind again);

/* manager-ambush.c */
void ambush_begin(struct fleet *f, const struct upset *u);
void ambush_look(struct machine *m, const struct operation *op); /* it goes to the executor */
void ambush_step(struct fleet *f);

/* manager-person.c */
void person_begin(struct machine *m, const struct upset *u);
void person_look(struct machine *m);

/* manager-rules.c */
void rules_look(struct fleet *f);
void rules_agreed(struct machine *m);
void rules_mark(struct machine *m, const struct parcel *p);
void rules_fenced(struct machine *m, const struct happening *h);
bool rules_converged(struct fleet *f, char *why, size_t size);
void rules_answers(struct fleet *f);

#endif
