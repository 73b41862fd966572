/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpg.h - closed process groups: processes on all nodes join named groups, send
 * messages to them, and see joins, leaves and messages in one order.
 *
 * A pure core (service.h has the events and effects). The host owns the struct
 * and the pool; the struct points into itself and must not be moved. Requests,
 * events and ordered messages have the layouts of Corosync 3.1 (engine-ipc.md
 * §2, engine-wire.md §7 and §8.2), whose nodes share a ring with ours.
 *
 * A client is in one group at most:
 *
 *	            JOIN             own PROCJOIN delivered
 *	UNJOINED ---------> JOINING ------------------------> JOINED
 *	    ^                                                    | LEAVE
 *	    +------------- own PROCLEAVE delivered --------- LEAVING
 *
 * A client that goes without LEAVE, from any other state than UNJOINED, is taken
 * out of its group by a PROCLEAVE that we send for it.
 *
 * The invariants:
 *
 * 1. Groups ascend by name, as bytes (a refinement of strcmp order); a group
 *    lives as long as it has a process or a client.
 * 2. The processes of a group ascend by node, then pid. All lists that clients
 *    see are in that order, so all nodes report alike.
 * 3. A process is present (clients know of it) or only listed (its node named it
 *    in a synchronisation that is not finished); never neither.
 * 4. A client is chained to its group unless it is UNJOINED or finalized.
 * 5. Members of one transitional set give their clients the same sequence of
 *    configuration changes and messages: what is sent depends on nothing but
 *    the ordered stream and the state that grew out of it.
 *
 * Where we differ from the reference, on purpose:
 *
 * - A client may join again when its own leave has been delivered (§2.2).
 * - LEAVE must name the joined group (else NOT_EXIST); the pid is the join's.
 * - A node that was lost in a ring whose synchronisation was aborted counts as
 *    lost, even if it is back in the ring that finishes.
 * - An iteration is a cursor in the ordered list, not a copy of it: what is
 *    there from its beginning to its end is seen exactly once.
 * - Zero copy (requests 9 to 11) is answered NOT_SUPPORTED: it wants the server
 *    to trust a path and a pointer of the client (§2.7).
 *
 * Limits. libcpg copies lists into arrays of CPG_EVENT_LIST_MAX without looking,
 * so no list is longer: a JOIN to a group that has so many members is answered
 * NO_RESOURCES. If a group grows past it all the same (joins that cross, two
 * partitions that meet), member lists carry its first CPG_EVENT_LIST_MAX, and
 * joined and left lists are spread over several events, each of which says how
 * the membership differs from that of the event before. Beyond
 * CPG_PROCESSES_MAX processes, or when the pool is full, JOIN is refused, and
 * the joins of other nodes are left out with an error in the log. A client has
 * at most CPG_ITERATORS_MAX iterations open.
 */
#ifndef SERVICE_CPG_H
#define SERVICE_CPG_H

#include "base/pool.h"
#include "service/service.h"

enum {
	CPG_ITERATORS_MAX = 64, /* open iterations of one client */
	CPG_GROUPS_MAX = CPG_PROCESSES_MAX + CLIENTS_MAX,
};

/* As on the wire and in requests and events. The bytes after length are zero. */
struct cpg_name {
	uint32_t length;
	uint32_t zero;
	uint8_t value[GROUP_NAME_MAX];
};

static_assert(sizeof(struct cpg_name) == 136, "a name is copied as it lies in memory");

struct cpg_process {
	struct cpg_process *prev, *next; /* in its group */
	node_id node;
	uint32_t pid;
	bool present;
	bool listed;
	bool assembling;          /* a FIRST fragment has been delivered, LAST not yet */
	uint32_t assembly_total;  /* what FIRST announced ... */
	uint32_t assembly_so_far; /* ... and what has come of it */
};

struct cpg_group {
	struct cpg_name name;
	struct cpg_process *first, *last;
	struct cpg_client *first_client, *last_client;
	struct cpg_process *recent_sender; /* where the last search for a sender ended; may be NULL */
	uint32_t present;                  /* processes that clients know of */
	uint32_t holders;                  /* clients whose group this is, finalized ones included */
};

enum cpg_state { CPG_UNJOINED, CPG_JOINING, CPG_JOINED, CPG_LEAVING };

struct cpg_iterator;

struct cpg_client {
	client_id id; /* 0: the slot is free */
	enum cpg_state state;
	struct cpg_group *group;        /* NULL: UNJOINED */
	struct cpg_client *prev, *next; /* in the group */
	uint32_t pid;                   /* as its JOIN said */
	bool wants_initial;             /* CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF, not sent yet */
	bool finalized;
	bool complained;           /* its first fault was logged; more are not */
	uint32_t transitions;      /* configuration changes sent to it */
	bool sending;              /* in the middle of a message in fragments */
	uint32_t send_transitions; /* at its FIRST */
	uint32_t send_total, send_so_far;
	struct cpg_iterator *iterators;
	uint32_t iterator_count;
	uint32_t iterator_serial;
};

struct cpg {
	node_id self;
	struct pool *pool;
	struct cpg_client clients[CLIENTS_MAX];
	struct cpg_group *groups[CPG_GROUPS_MAX]; /* ascending by name */
	uint32_t group_count;
	struct cpg_group *recent_group; /* where the last message went; may be NULL */
	uint32_t process_count;         /* present or listed */
	struct ring_id ring;            /* of the last activated membership */
	struct node_list active;        /* the last activated membership */
	struct node_list kept;          /* those of active that came with us through all rings since */
	bool syncing;                   /* between SYNC_INIT and SYNC_ACTIVATE or SYNC_ABORT */
	bool complained;                /* a peer's fault was logged since the last activation */
};

void cpg_init(struct cpg *c, node_id self, struct pool *pool);
void cpg_step(struct cpg *c, const struct service_event *ev, struct service_effects *fx);

/* Whether the host must hold a request back while the ring synchronises or its queue is full (engine-ipc.md §1.4). */
bool cpg_request_needs_ring(uint16_t fn);

/* Members that clients know of in the group whose name these bytes are. */
uint32_t cpg_member_count(const struct cpg *c, const void *name, size_t length);
enum cpg_state cpg_client_state(const struct cpg *c, client_id id);
/* Asserts the invariants above; for tests, as it walks over everything. */
void cpg_check(const struct cpg *c);

#endif
