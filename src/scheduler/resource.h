/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resource.h - a resource: what is configured, where it is, and what is decided about it.
 *
 * Four kinds: a primitive runs an agent; a group holds primitives in order; a clone
 * holds instances of a primitive or a group; a bundle holds replicas, each a
 * container, perhaps an address, a connection and an instance of the inner clone.
 *
 * The struct is filled by unpack (configuration), history (state), criteria and
 * assign (decision), in this order; the comments say who writes what. Everything
 * lives in the cluster's arena.
 */
#ifndef SCHEDULER_RESOURCE_H
#define SCHEDULER_RESOURCE_H

#include "base/table.h"
#include "cib/element.h"
#include "scheduler/node.h"

#include <stdbool.h>
#include <stdint.h>

struct action;
struct colocation;
struct location;
struct ticket_constraint;

/* Roles in rising order; comparisons rely on it. */
enum role { ROLE_UNKNOWN, ROLE_STOPPED, ROLE_STARTED, ROLE_UNPROMOTED, ROLE_PROMOTED };

/* In rising order: lists of colocations sort by it. */
enum resource_kind { RESOURCE_PRIMITIVE, RESOURCE_GROUP, RESOURCE_CLONE, RESOURCE_BUNDLE };

/* What to do with a resource that is active on several nodes. */
enum multiply_active { MULTIPLE_STOP_START, MULTIPLE_STOP_ONLY, MULTIPLE_BLOCK, MULTIPLE_STOP_UNEXPECTED };

enum bundle_part { PART_NONE, PART_CONTAINER, PART_IP, PART_CONNECTION, PART_CHILD };

/* Growable lists in the arena. All zero but the arena is empty; NULL lists are not allowed unless said. */
struct resource_list {
	struct resource **items;
	uint32_t count, room;
};
struct node_set {
	struct node **items;
	uint32_t count, room;
};
struct colocation_list {
	struct colocation **items;
	uint32_t count, room;
};
void resource_list_add(struct arena *a, struct resource_list *l, struct resource *r);
void resource_list_prepend(struct arena *a, struct resource_list *l, struct resource *r);
bool resource_list_has(const struct resource_list *l, const struct resource *r);
void node_set_add(struct arena *a, struct node_set *l, struct node *n);
bool node_set_has(const struct node_set *l, const struct node *n);
void node_set_remove(struct node_set *l, const struct node *n);

struct replica {
	int offset;
	struct node *node; /* the bundle node that the connection makes */
	struct resource *container, *ip, *connection, *child;
	const char *address;
};

struct resource {
	const char *id;         /* instances: "web:0" */
	const char *history_id; /* the id in the status: "web" for instances of anonymous clones */
	enum resource_kind kind;
	struct cluster *cluster;
	uint32_t serial; /* order of creation, unique */
	struct resource *parent;
	struct resource_list children;
	const struct element *xml;                /* with its template applied, the instance's number in its id */
	const struct element *original;           /* as configured, when a template was applied */
	const struct element *operations;         /* <operations> to use, or NULL */
	struct configured_operations *configured; /* what is in them: action-config.c; NULL: nothing */

	/* Configuration (unpack). */
	const char *class_, *provider, *type;
	struct table *meta;
	struct table *utilization;
	int priority; /* for instances: overwritten while roles are chosen */
	int stickiness;
	int migration_threshold; /* INFINITY by default; 0 means never */
	int64_t failure_timeout_ms;
	int64_t reconnect_ms; /* of a remote connection */
	enum multiply_active multiple;
	bool managed, maintenance, critical, notify, unique, promotable, migratable, ignore_failure;
	bool fence_device, remote_connection, remote_nesting_allowed, exclusive_probes;
	bool needs_quorum, needs_fencing, needs_unfencing;
	bool removed;           /* in the status but not in the configuration */
	bool removed_launched;  /* removed, and a launcher's */
	bool replica_container; /* a container of a bundle */
	enum bundle_part part;
	struct replica *replica; /* that it is a part of; NULL for others */

	/* Variants. */
	struct {
		bool colocated, ordered;
		bool has_unmanaged;          /* resource_unmanage() was called for a member */
		struct id_index *member_ids; /* history-find.c: where they are many */
	} group;
	struct {
		int max, node_max, promoted_max, promoted_node_max, total;
		bool ordered, interleave;
		bool roles_added; /* promotion scores added to nodes */
		bool sorted_by_promotion;
		const struct element *child; /* what instances are made of */
		struct notice *start_notice, *stop_notice, *promote_notice, *demote_notice; /* notify.h */
	} clone;                                                                            /* of the inner clone too */
	struct {
		int promoted_max, replica_count, per_host;
		struct replica *replicas;
		struct resource *child;          /* the inner clone, or NULL */
		struct resource_list containers; /* of the replicas, in order (instances_of()) */
		const char *image, *agent;       /* agent: "docker" or "podman" */
		struct bundle_details *details;  /* bundle.h: ports, mounts, options */
	} bundle;

	/* State (history). */
	enum role role;             /* at the start of the transition */
	struct node_set active;     /* where it is or may be; order of discovery */
	struct seat *known;         /* present: probed there; NULL when nowhere */
	const char *pending_action; /* task of a pending operation in the history */
	struct node *pending_node;
	bool failed, blocked, start_pending, stop_if_failed, reload, restarting, stop_unexpected;
	int64_t lock_time; /* shutdown lock since, epoch seconds; 0 none */
	struct node *lock_node;
	struct node *migration_source, *migration_target; /* of a migration that is half done */
	struct node_set dangling_sources;                 /* migrated away, stop there is missing */
	struct resource *launcher;                        /* the container that it runs in */
	struct resource_list launched;                    /* what runs in this container */

	/* Decision (criteria, assign). */
	struct seat *allowed; /* one a node of the cluster */
	struct node *assigned;
	struct node *parts_assigned; /* where all that is below it is, NULL: several or none; resource_where()'s */
	bool parts_assigned_known;   /* …and whether it still holds */
	int assigned_score;          /* of that node when it was chosen */
	uint32_t turn;               /* the how many-th it was to get a node; 0: it got none */
	enum role next_role;
	int promotion_priority;
	const char *promotion_attributes[2]; /* names of the node attributes with its promotion score */
	bool unassigned;                     /* still to be assigned */
	bool assigning;                      /* loops are cut */
	bool updating_nodes;                 /* likewise */
	bool detect_loop;
	struct colocation_list this_with; /* own, as dependent; sorted when asked for (colocation.h) */
	struct colocation_list with_this; /* own, as primary; likewise */
	bool this_with_sorted, with_this_sorted;
	struct spread_sum *spread_sums;   /* what is behind it adds (spread-private.h) */
	struct spread_user *spread_users; /* whose sums are made of its seats */
	uint8_t spread_visits;
	struct location **locations; /* latest first */
	uint32_t location_count, location_room;
	struct ticket_constraint **tickets;
	uint32_t ticket_count, ticket_room;
	struct ledger_entry *ledger, *ledger_last; /* why its scores are what they are, earliest first (ledger.h) */
	struct ledger_entry *promotion_entries;    /* why it is wanted as promoted so much, earliest first (ledger.h) */

	/* Actions, latest first (action.h). */
	struct action *actions;
	struct action_templates *action_templates; /* of operations that were asked for (action-template.c) */
	struct action_task *tasks;                 /* by enum task (action-index.h); NULL: no actions yet */
	uint32_t task_bits;                        /* 1 << enum task: it, or what is below it, had such an action */
	uint32_t action_changes; /* how often actions of it, or of what is below it, came or changed */

	void *parameters; /* cache of resource_parameters() */
	enum { PARAMETERS_UNKNOWN, PARAMETERS_NONE, PARAMETERS_OWN } own_parameters; /* whether its element has any */
	void *digests;                                                               /* cache of digest.h */
};

/* --- finding (resource.c) --- */

/* The resource with this id anywhere in the trees, instances by "web:0" or, when anonymous, by "web" (the first). NULL:
 * none. */
struct resource *resource_find(const struct cluster *c, const char *id);
/* Exact id only. */
struct resource *resource_find_exact(const struct cluster *c, const char *id);

enum {
	FIND_HISTORY_ID = 1, /* compare the id in the status as well */
	FIND_ANONYMOUS = 2,  /* …for anonymous clones only */
	FIND_CURRENT = 4,    /* must be active on the node (else: assigned there) */
	FIND_ANY = 8,        /* ids compare up to the instance number */
};
/* The resource below r (or r) with this id that is on this node (NULL: any). */
struct resource *resource_find_below(struct resource *r, const char *id, const struct node *node, unsigned flags);

/* The topmost parent; a bundle's parts stop at the bundle only when include_bundle. */
struct resource *resource_top(const struct resource *r, bool include_bundle);
/* Whether r is below ancestor. */
bool resource_is_below(const struct resource *r, const struct resource *ancestor);
bool resource_is_instance(const struct resource *r); /* child of a clone, or a bundle's container */
bool resource_is_clone(const struct resource *r);
bool resource_is_unique_clone(const struct resource *r);
bool resource_is_anonymous_clone(const struct resource *r);
bool resource_is_bundled(const struct resource *r); /* below a bundle */
/* "web" of "web:3". Owned by the arena. */
const char *resource_base_id(struct cluster *c, const char *id);
/* Whether b's instance number is… the number after the last ':' (or '-' in bundles), as a decimal. */
int resource_instance_number(const struct resource *r);

/* --- state --- */

/* Active: anywhere; all: every child is (for collective ones). */
bool resource_is_active(const struct resource *r, bool all);
/* The role now, or next: the highest of the children's. */
enum role resource_role(const struct resource *r, bool current);
enum {
	WHERE_ASSIGNED = 1,
	WHERE_CURRENT = 2,
	WHERE_PENDING = 4,
};
/* Appends the nodes where r (or its descendants) are; the single node when there is exactly one, else NULL. ret_list
 * may be NULL. */
struct node *resource_where(const struct resource *r, unsigned which, struct node_set *ret_list);
/* The node where it counts as active: the partial migration's source, else (if it does not need fencing) the first
 * clean one, else the first. */
struct node *resource_active_node(const struct resource *r, unsigned *ret_all, unsigned *ret_clean);
bool resource_is_known_on(const struct resource *r, const struct node *n);
bool resource_is_active_on(const struct resource *r, const struct node *n);
int resource_max_per_node(const struct resource *r);
/* An active one is kept where it is rather than moved: managed and stickiness > 0, or … see criteria. */
bool resource_is_failed_deep(const struct resource *r);

/* Nothing but monitors is done to it from now on. */
void resource_unmanage(struct resource *r);

/* --- configuration --- */

/* A meta attribute, or NULL. Names as in the CIB ("target-role"). */
static inline const char *resource_meta(const struct resource *r, const char *name)
{
	return table_get(r->meta, name);
}
bool resource_meta_bool(const struct resource *r, const char *name, bool otherwise);
/* Instance attributes as they are on this node (NULL: without node attributes in rules). Cached. Names as configured.
 */
const struct table *resource_parameters(struct resource *r, const struct node *node);
/* target-role as a limit: false when there is none. */
bool resource_target_role(const struct resource *r, enum role *ret_role);
enum role role_parse(const char *text); /* ROLE_UNKNOWN when it is none; "Slave", "Master" are understood for ever */
const char *role_text(enum role role);  /* "Started" */

#define for_each_child_of(child, of)                                                                    \
	for (struct resource * child,                                                                   \
	     **child##_at = (of)->children.items,                                                       \
	     **child##_end = (of)->children.count > 0 ? child##_at + (of)->children.count : child##_at; \
	     child##_at < child##_end && (child = *child##_at, true); child##_at++)

#endif
