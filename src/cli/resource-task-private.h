/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resource-task-private.h - one run of crm_resource: what was given, what it is about, how it ends.
 *
 * crm_resource.c reads the command line, finds what the command needs (a configuration, a node, a resource) and calls
 * the command, which stands in one of the files resource-task-*.c. A command says what is wrong by task_fail(), or
 * prints it by result_error() and returns an exit code; crm_resource.c does the rest. Texts and elements are those of
 * Pacemaker 3's crm_resource, since agents, pcs and crmsh read them.
 */
#ifndef CLI_RESOURCE_TASK_PRIVATE_H
#define CLI_RESOURCE_TASK_PRIVATE_H

#include "base/table.h"
#include "cli/pacemaker-result.h"
#include "cli/place.h"
#include "scheduler/cluster.h"

struct resource_task {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	struct place place;
	struct error error;
	const char *why; /* of task_fail(); NULL: there is nothing more to say */

	/* What was given; NULL, 0 and false: was not. */
	const char *resource, *node_name;
	const char *parameter, *value, *set_id, *pair_id; /* of -p, -g, -d */
	const char *sets;    /* "meta_attributes", …; NULL: the element's own attributes */
	const char *element; /* of -D: "primitive" */
	const char *operation, *interval, *lifetime;
	const char *spec; /* of what is to be listed: "ocf:heartbeat" */
	const char *class_, *provider, *agent;
	const char *action;      /* of those that run an agent: "force-start" */
	const char *check_level; /* NULL: none */
	int64_t timeout_ms;      /* 0: none */
	bool all, force, expired, recursive, promoted;
	struct table *overrides, *options; /* words and --option NAME=VALUE, in their order */

	/* What the command wanted to have. */
	struct document *original; /* as it is configured */
	struct cluster *cluster;   /* with its status */
	struct resource *rsc;      /* NULL: none was named */
	struct node *node;         /* likewise */
};

/* --- how it ends --- */
/* Remembers what was wrong, and returns code. */
enum exit_code task_fail(struct resource_task *t, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A line for people who did not say --quiet. */
void task_tell(struct resource_task *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- what there is (resource-task.c) --- */
/* Reads the configuration, now or anew, and makes the cluster of it. */
enum exit_code task_load(struct resource_task *t);
void task_unload(struct resource_task *t);
/* A cluster of another document, which is upgraded for it; NULL: t->why. Both are freed by task_cluster_free(). */
struct cluster *task_cluster(struct resource_task *t, const struct document *d);
void task_cluster_free(struct cluster *c);
/* By its id, the id of its history, or its name without the instance's number (any: also of unique clones). */
struct resource *task_find(const struct cluster *c, const char *id, bool any);
/* Sends what became different between what is configured and `now`. */
enum exit_code task_make(struct resource_task *t, struct document *now);
/* Whether a resource, or anything below it, is active on a node (NULL: anywhere). */
bool task_is_active_on(const struct resource *r, const struct node *n);
/* "web" of "web:0" in the task's memory. */
const char *task_base_id(struct resource_task *t, const char *id);

/* --- the commands --- */
/* resource-task-show.c */
enum exit_code task_list(struct resource_task *t);
enum exit_code task_list_raw(struct resource_task *t);
enum exit_code task_list_operations(struct resource_task *t);
enum exit_code task_list_all_operations(struct resource_task *t);
enum exit_code task_locate(struct resource_task *t);
enum exit_code task_query(struct resource_task *t);
enum exit_code task_query_raw(struct resource_task *t);
enum exit_code task_get_parameter(struct resource_task *t);
/* resource-task-why.c */
enum exit_code task_why(struct resource_task *t);
enum exit_code task_constraints(struct resource_task *t);
enum exit_code task_digests(struct resource_task *t);
/* What in the configuration keeps a resource from running; node NULL: anywhere. */
void task_check(struct resource_task *t, struct resource *r, const struct node *n);
/* resource-task-change.c */
enum exit_code task_set_parameter(struct resource_task *t);
enum exit_code task_delete_parameter(struct resource_task *t);
enum exit_code task_delete(struct resource_task *t);
/* resource-task-move.c */
enum exit_code task_ban(struct resource_task *t);
enum exit_code task_move(struct resource_task *t);
enum exit_code task_clear(struct resource_task *t);
/* resource-task-forget.c */
enum exit_code task_cleanup(struct resource_task *t);
enum exit_code task_refresh(struct resource_task *t);
enum exit_code task_fail_resource(struct resource_task *t);
/* resource-task-restart.c */
enum exit_code task_restart(struct resource_task *t);
enum exit_code task_wait(struct resource_task *t);
/* resource-task-run.c */
enum exit_code task_run_agent(struct resource_task *t);
/* resource-task-agents.c */
enum exit_code task_list_standards(struct resource_task *t);
enum exit_code task_list_providers(struct resource_task *t);
enum exit_code task_list_agents(struct resource_task *t);
enum exit_code task_list_alternatives(struct resource_task *t);
enum exit_code task_show_metadata(struct resource_task *t);
enum exit_code task_list_options(struct resource_task *t);
/* Checks --class, --provider and --agent; EXIT_OK, or a usage error. */
enum exit_code task_check_agent(struct resource_task *t);

#endif
