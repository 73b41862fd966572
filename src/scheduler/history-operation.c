/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One operation of the history: what it says about the resource's state. */
#include "rules/score.h"
#include "scheduler/action.h"
#include "scheduler/digests.h"
#include "scheduler/history-private.h"

#include <string.h>

enum { STATUS_LAST = EXECUTION_NO_SECRETS, RESULT_LAST = 255 };

void resource_set_active(struct resource *r)
{
	r->role = resource_top(r, false)->promotable ? ROLE_UNPROMOTED : ROLE_STARTED;
}

/* --- success --- */

/* Whether the result is the end of a failure that came before. */
static bool ends_failure(struct reading *reading, const struct entry *e, int rc)
{
	if (rc == RESULT_NOT_RUNNING)
		return true;
	switch (e->task) {
	case HISTORY_MONITOR:
		return reading->last_failure != NULL && strcmp(e->key, reading->last_failure->key) == 0;
	case HISTORY_START:
	case HISTORY_STOP:
	case HISTORY_PROMOTE:
	case HISTORY_MIGRATE_FROM:
		return true;
	case HISTORY_DEMOTE:
		return reading->on_fail == ON_FAIL_DEMOTE;
	case HISTORY_MIGRATE_TO:
	case HISTORY_ASYNC_MONITOR:
	case HISTORY_OTHER:
		break;
	}
	return false;
}

static void set_role(struct reading *reading, const struct entry *e)
{
	struct resource *r = reading->rsc;
	switch (e->task) {
	case HISTORY_START:
	case HISTORY_MIGRATE_FROM:
		r->role = ROLE_STARTED;
		break;
	case HISTORY_STOP:
		r->role = ROLE_STOPPED;
		break;
	case HISTORY_PROMOTE:
		r->role = ROLE_PROMOTED;
		break;
	case HISTORY_DEMOTE:
		r->role = ROLE_UNPROMOTED;
		break;
	case HISTORY_MIGRATE_TO:
		migrate_to_succeeded(reading, e);
		break;
	case HISTORY_MONITOR:
	case HISTORY_ASYNC_MONITOR:
	case HISTORY_OTHER:
		if (r->role < ROLE_STARTED)
			resource_set_active(r);
		break;
	}
}

static void forget_failure(struct reading *reading)
{
	switch (reading->on_fail) {
	case ON_FAIL_STOP:
	case ON_FAIL_BAN:
	case ON_FAIL_STANDBY:
	case ON_FAIL_FENCE:
		return; /* stay until someone cleans up */
	case ON_FAIL_RESET_REMOTE:
		if (reading->rsc->reconnect_ms > 0)
			return; /* it waits until the failure is forgotten */
		break;
	case ON_FAIL_IGNORE:
	case ON_FAIL_DEMOTE:
	case ON_FAIL_RESTART:
	case ON_FAIL_RESTART_CONTAINER:
	case ON_FAIL_BLOCK:
		break;
	}
	reading->on_fail = ON_FAIL_IGNORE;
	reading->rsc->next_role = ROLE_UNKNOWN;
}

static bool is_masked(const struct reading *reading, const struct entry *e)
{
	return e->masked && !resource_is_bundled(reading->rsc);
}

static void state_update(struct reading *reading, const struct entry *e, int rc)
{
	if (rc == RESULT_NOT_INSTALLED || is_masked(reading, e)) {
		reading->rsc->role = ROLE_STOPPED;
		return;
	}
	bool ends = ends_failure(reading, e, rc);
	if (rc != RESULT_NOT_RUNNING)
		set_role(reading, e);
	if (ends)
		forget_failure(reading);
}

/* --- pending --- */

/* A recurring monitor whose failure stands in an entry of its own is not pending any more. */
static bool failure_is_newer(const struct reading *reading, const struct entry *e)
{
	const struct entry *failure = reading->last_failure;
	return failure != NULL && strcmp(e->task_name, failure->task_name) == 0 &&
	       e->interval_ms == failure->interval_ms && failure->last_change >= e->last_change;
}

static void note_pending(struct reading *reading, const struct entry *e)
{
	struct resource *r = reading->rsc;
	if (failure_is_newer(reading, e))
		return;
	if (e->task == HISTORY_START) {
		r->start_pending = true;
		resource_set_active(r);
	} else if (e->task == HISTORY_PROMOTE) {
		r->role = ROLE_PROMOTED;
	} else if (e->task == HISTORY_MIGRATE_TO && reading->node->unclean) {
		/* It may have arrived. */
		struct node *target = node_find(reading->c, element_get(e->xml, NAME_MIGRATE_TARGET));
		if (target != NULL)
			(void)action_stop(r, target, false);
	}
	if (r->pending_action == NULL && !e->probe) {
		r->pending_action = e->task_name;
		r->pending_node = reading->node;
	}
}

/* --- expired and masked results --- */

/* True when nothing more is to be done about it. */
static bool skip_expired(struct reading *reading, const struct entry *e, int original_rc)
{
	struct resource *r = reading->rsc;
	if (is_masked(reading, e) && original_rc != e->expected_rc) {
		if (r->role <= ROLE_STOPPED)
			r->role = ROLE_UNKNOWN;
		return true;
	}
	if (e->rc == e->expected_rc)
		return false; /* only failures expire */
	if (e->interval_ms == 0)
		return true;
	if (!reading->node->online || reading->node->unclean)
		return false;
	/* The monitor would not report the same failure again. */
	digests_force_restart(r, e->xml);
	return true;
}

static struct resource *ban_target(struct resource *r)
{
	return r->unique ? r : resource_top(r, false);
}

static void ban(struct resource *r, struct node *n, const char *tag)
{
	resource_add_score(r, -SCORE_INFINITY, n, tag);
}

static void mask_failure(struct reading *reading, const struct entry *e)
{
	state_update(reading, e, e->expected_rc);
	failure_record(reading, e);
	ban(ban_target(reading->rsc), reading->node, "masked-probe-failure");
}

/* --- failures --- */

static void apply_not_installed(struct reading *reading, struct entry *e)
{
	enum role fail_role;
	enum on_fail configured = failure_handling(reading, e, &fail_role);
	if (configured == ON_FAIL_IGNORE)
		reading->on_fail = ON_FAIL_BAN; /* a missing agent cannot be ignored */
	ban(ban_target(reading->rsc), reading->node, "hard-error");
	failure_apply(reading, e, configured, fail_role);
}

static void pretend_success(struct reading *reading, const struct entry *e, enum on_fail configured)
{
	state_update(reading, e, e->expected_rc);
	reading->rsc->ignore_failure = true;
	failure_record(reading, e);
	if (configured == ON_FAIL_RESTART_CONTAINER && reading->on_fail <= ON_FAIL_RESTART)
		reading->on_fail = configured;
}

static void apply_failure(struct reading *reading, struct entry *e)
{
	struct node *n = reading->node;
	enum role fail_role;
	if (e->execution == EXECUTION_NOT_CONNECTED && node_is_connection(n) && n->remote != NULL && n->remote->managed)
		n->remote->failed = n->remote->stop_if_failed = true;
	enum on_fail configured = failure_handling(reading, e, &fail_role);
	if (configured == ON_FAIL_IGNORE || (configured == ON_FAIL_RESTART_CONTAINER && e->task == HISTORY_STOP)) {
		pretend_success(reading, e, configured);
		return;
	}
	failure_apply(reading, e, configured, fail_role);
	if (e->execution == EXECUTION_ERROR_HARD) {
		ban(ban_target(reading->rsc), n, "hard-error");
	} else if (e->execution == EXECUTION_ERROR_FATAL) {
		reading->c->processing_error = true;
		ban(ban_target(reading->rsc), NULL, "fatal-error");
	}
}

/* --- one entry --- */

/* The entry is complete and its numbers are numbers. */
static bool is_readable(const struct reading *reading, const struct entry *e)
{
	struct cluster *c = reading->c;
	const char *wrong = NULL;
	if (e->id == NULL)
		wrong = "it has no id";
	else if (e->task_name == NULL)
		wrong = "it has no operation";
	else if (e->task == HISTORY_OTHER)
		return false; /* says nothing about the state */
	else if (entry_number(e->status_text, INT64_MIN) == INT64_MIN || e->execution < EXECUTION_PENDING ||
		 e->execution > STATUS_LAST || e->execution == EXECUTION_CANCELLED)
		wrong = "its op-status makes no sense";
	else if (entry_number(e->rc_text, INT64_MIN) == INT64_MIN || e->rc < 0 || e->rc > RESULT_LAST)
		wrong = "its rc-code makes no sense";
	if (wrong != NULL)
		cluster_complain(c, e->xml, true, "ignoring history entry '%s' of '%s' on '%s': %s",
				 e->id != NULL ? e->id : "", reading->rsc->id, node_name(reading->node), wrong);
	return wrong == NULL;
}

void operation_unpack(struct reading *reading, struct entry *e)
{
	if (!is_readable(reading, e))
		return;
	bool expired = operation_is_expired(reading, e);
	int original_rc = e->rc;
	operation_remap(reading, e, expired);
	if (expired && skip_expired(reading, e, original_rc))
		return;
	if (is_masked(reading, e))
		mask_failure(reading, e);
	else if (e->execution == EXECUTION_PENDING)
		note_pending(reading, e);
	else if (e->execution == EXECUTION_DONE)
		state_update(reading, e, e->rc);
	else if (e->execution == EXECUTION_NOT_INSTALLED)
		apply_not_installed(reading, e);
	else
		apply_failure(reading, e);
}
