/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fencing-private.h - what the parts of the fencing core share:
 *
 *   fencing.c   the verbs, and what is configured
 *   request.c   a request, step by step
 *   run.c       runs of agents: who does them, how they end
 *   check.c     the rules
 *
 * What the configuration has is read anew into one arena; what lives longer names devices by their id and nodes by
 * their name, and owns these texts.
 */
#ifndef FENCING_FENCING_PRIVATE_H
#define FENCING_FENCING_PRIVATE_H

#include "fencing/agent.h"
#include "fencing/fencing.h"

#include <glib.h>

enum {
	FENCE_TIMEOUT_MS = 60000,    /* of a device, when nobody says more */
	METADATA_TIMEOUT_MS = 20000, /* of asking an agent what it can */
	ANSWER_PATIENCE_MS = 10000,  /* after a run's timeout its member must have said so */
	LIST_AGE_MS = 60000,         /* a list of targets is read anew after this */
	AGENT_AGAIN_MS = 60000,      /* an agent that could not be asked is asked again after this */
	CONFIGURATION_AGE_S = 60,    /* rules are evaluated anew after this */
	WHY_MAX = 900,               /* bytes of reasons that a request gathers */
};

/* What an agent is known to be. */
enum agent_state { AGENT_UNKNOWN, AGENT_ASKED, AGENT_KNOWN, AGENT_SILENT };
struct known_agent {
	char *type;
	enum agent_state state;
	struct fence_agent facts; /* of a silent one: fence_agent_unknown() */
	GPtrArray *asked;         /* members that were asked and did not tell */
	mono_time silent_since;
};

/* What a device is known to have said. */
struct known_device {
	char *id;
	char *fingerprint; /* of its parameters: another one is another device */
	char *list;        /* of targets, as printed; NULL: never read */
	mono_time listed_at;
	bool is_listing, list_failed; /* it failed since it was last wanted */
};

enum run_purpose { RUN_METADATA, RUN_LIST, RUN_STATUS, RUN_ACTION };
struct running {
	uint64_t id;
	enum run_purpose purpose;
	enum fence_action action;
	char *device, *type, *member;
	char *target;         /* NULL: of no node's */
	const char *argument; /* of the target, by the agent's metadata */
	int64_t timeout_ms;
	struct fence_pending *request; /* NULL: of none, or of one that ended without waiting */
	mono_time deadline;
	bool may_be_target; /* rule 2: the only one that could, or on_target */
};

/* A run of an earlier leader's. */
struct other_run {
	uint64_t id;
	char *device, *type, *command, *member, *target;
	bool failed;
	mono_time done; /* when it succeeded; unset: it did not yet */
};

/* A device's place in a level. */
struct fence_step {
	char *device;
	bool if_known; /* unfencing: only if the device knows the node */
};

enum fence_phase {
	PHASE_ASKED, /* the action as asked for */
	PHASE_OFF,   /* a reboot: all devices off… */
	PHASE_ON,    /* …then all on; failures do not count */
};
enum fence_wait { WAIT_NOTHING, WAIT_DELAY, WAIT_WATCHDOG };
enum fence_verdict { FENCE_OPEN, FENCE_SUCCEEDED, FENCE_FAILED };

struct fence_pending {
	struct fence_request asked;   /* its texts are ours */
	struct fence_pending *joined; /* the one that it ends with (rule 3) */
	GPtrArray *levels; /* of GPtrArray of struct fence_step; without a topology a level for each device */
	guint level, at;   /* the step that is being done */
	uint32_t acted;    /* devices of this level that said so */
	enum fence_phase phase;

	/* Of the present step. */
	bool checked;     /* the device said by status that it knows the node */
	uint32_t tries;   /* so far */
	GPtrArray *tried; /* members that had their try */
	GPtrArray *late;  /* those of them that ran into the timeout */
	struct running *run;

	bool delayed; /* delays are behind us (rule 4) */
	enum fence_wait wait;
	mono_time due; /* of a wait; not set: until the target leaves */
	mono_time patience;
	bool watchdog_last; /* the watchdog is the last resort, not a level's device */
	enum fence_verdict verdict;
	GString *why;
	char *by_device, *by_member;
};

struct fence_success {
	char *target;
	enum fence_action action;
	mono_time when;
};

struct fencing {
	struct fencing_ops ops;
	struct document *document; /* the caller's */
	struct arena arena;        /* of devices */
	struct fence_device *devices;
	uint32_t device_count;
	bool is_read;
	char *version; /* of the document that devices are from */
	int64_t read_s;
	GPtrArray *members; /* char *, ourselves first */
	int64_t watchdog_ms;
	GPtrArray *agents;    /* struct known_agent */
	GPtrArray *known;     /* struct known_device */
	GPtrArray *requests;  /* struct fence_pending, in the order in which they came */
	GPtrArray *runs;      /* struct running */
	GPtrArray *others;    /* struct other_run */
	GPtrArray *successes; /* struct fence_success */
	uint64_t last_run;
	mono_time now; /* of the present verb */
};

bool fence_text_is(const char *a, const char *b);
bool fence_node_is(const char *a, const char *b);
bool fence_names_have(const GPtrArray *names, const char *name);

/* --- fencing.c --- */
const struct fence_device *fencing_device(const struct fencing *f, const char *id);
bool fencing_has_member(const struct fencing *f, const char *name);

/* --- run.c --- */
/* The member that shall run a device for a request (NULL: for nobody's node), or NULL. ret_may_be_target as in struct
 * running. */
const char *run_member(const struct fencing *f, const struct fence_pending *r, const struct fence_device *dev,
		       const struct fence_agent *agent, enum fence_action action, bool *ret_may_be_target);
void run_start(struct fencing *f, struct running *template, const struct fence_device *dev, const char *argument,
	       const char *target, int64_t timeout_ms);
/* Lets its member run it, or do so again. */
void run_tell(struct fencing *f, const struct running *run, const struct fence_device *dev);
struct running *run_find(const struct fencing *f, uint64_t id);
/* What an earlier leader let run, and does what is wanted now; taken out, to be freed with other_run_free(). NULL:
 * there is none. One that failed does not. */
struct other_run *run_take_other(struct fencing *f, const struct fence_device *dev, enum fence_action action,
				 const char *target);
/* One of an earlier leader's ended. */
void run_other_ended(struct fencing *f, uint64_t id, int rc);
void other_run_free(gpointer run);
/* It is this request's from here on, and goes on. */
void run_adopt(struct fencing *f, struct running *template, const struct fence_device *dev,
	       const struct other_run *other, int64_t timeout_ms);
/* How many run by this device now. */
uint32_t run_count(const struct fencing *f, const char *device);
/* One ended; reason NULL: unknown. */
void run_ended(struct fencing *f, struct running *run, int rc, const char *output, const char *reason);
/* What an agent is known to do, or NULL: it is being asked. */
const struct fence_agent *agent_facts(struct fencing *f, const struct fence_device *dev);
struct known_agent *agent_known(struct fencing *f, const char *type);
/* What a device said. */
struct known_device *device_known(const struct fencing *f, const char *id);
void running_free(gpointer run);

/* --- request.c --- */
struct fence_pending *pending_new(const struct fence_request *r);
void pending_free(gpointer request);
/* Finds its levels. */
void pending_plan(struct fencing *f, struct fence_pending *r);
/* True when something was done, and more may be. */
bool pending_step(struct fencing *f, struct fence_pending *r);
void pending_ran(struct fencing *f, struct fence_pending *r, const struct running *run, int rc, const char *reason);
void pending_due(struct fencing *f, struct fence_pending *r);
void pending_member_left(struct fencing *f, struct fence_pending *r, const char *member);
void pending_succeed(struct fence_pending *r, const char *device, const char *member);

#endif
