/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a result means: whether it has expired, and whether it is a failure at all. */
#include "scheduler/action.h"
#include "scheduler/bundle.h"
#include "scheduler/digests.h"
#include "scheduler/failcount.h"
#include "scheduler/history-private.h"

#include <string.h>

bool probe_result_is_masked(int rc, int execution)
{
	return rc == RESULT_NOT_INSTALLED || rc == RESULT_INVALID_PARAM || execution == EXECUTION_NOT_INSTALLED;
}

/* --- expiry --- */

/* A connection that waits before it reconnects keeps a monitor's failure until the node has been fenced. */
static bool waits_for_fencing(const struct reading *reading, const struct entry *e)
{
	const struct resource *r = reading->rsc;
	if (r->reconnect_ms == 0 || !reading->c->options.fencing_enabled || e->interval_ms == 0 ||
	    e->task != HISTORY_MONITOR)
		return false;
	const struct node *n = node_find(reading->c, r->id);
	return n != NULL && !n->remote_fenced;
}

/* A failure to start or monitor means nothing any more when it was with other parameters. */
static bool parameters_changed(const struct reading *reading, const struct entry *e)
{
	struct resource *r = reading->rsc;
	if (e->task != HISTORY_START && e->task != HISTORY_MONITOR)
		return false;
	if (resource_needs_remote_address(r)) {
		struct parameter_check *check = arena_new(&reading->c->arena, struct parameter_check);
		*check = (struct parameter_check){
			.entry = e->xml, .rsc = r, .node = reading->node, .last_failure = true};
		check->next = reading->c->parameter_checks;
		reading->c->parameter_checks = check;
		return false;
	}
	enum digest_result result = digests_compare(r, e->xml, reading->node)->result;
	return result == DIGEST_MISMATCH || result == DIGEST_RESTART;
}

static void clear_failcount(const struct reading *reading, const char *reason)
{
	struct cluster *c = reading->c;
	struct resource *r = reading->rsc;
	struct action *clear = action_clear_failcount(r, reading->node, reason);
	if (!c->options.fencing_enabled || r->reconnect_ms == 0)
		return;
	struct node *remote = node_find(c, r->id);
	if (remote != NULL)
		(void)relation_add(action_fence(remote, NULL, true, NULL, false), clear, RELATION_FIRST_IMPLIES_THEN);
}

/* Whether the failure timeout of the entry itself has passed; notes when the fail count's will. */
static bool is_old(const struct reading *reading, const struct entry *e, int *ret_unexpired)
{
	struct resource *r = reading->rsc;
	int64_t timeout = seconds_of_ms(r->failure_timeout_ms), last_failure = 0;
	if (timeout == 0 || e->last_change < 0)
		return false;
	bool old = reading->c->now >= e->last_change + timeout && !waits_for_fencing(reading, e);
	*ret_unexpired = failcount_of(r, reading->node, FAILCOUNT_EFFECTIVE, e->xml, &last_failure);
	last_failure += timeout + 1;
	if (*ret_unexpired != 0 && reading->c->now < last_failure)
		cluster_recheck(reading->c, last_failure, "fail count expiration");
	return old;
}

static bool is_lasting_probe_result(const struct entry *e)
{
	return e->probe && (e->rc == RESULT_OK || e->rc == RESULT_NOT_RUNNING || e->rc == RESULT_PROMOTED ||
			    e->rc == RESULT_DEGRADED || e->rc == RESULT_DEGRADED_PROMOTED);
}

bool operation_is_expired(struct reading *reading, const struct entry *e)
{
	struct resource *r = reading->rsc;
	const char *reason = NULL;
	int unexpired = 0;
	if (e->execution == EXECUTION_NOT_INSTALLED)
		return false; /* until someone cleans up */
	bool last_failure = entry_is_last_failure(e);
	bool expired = is_old(reading, e, &unexpired);
	if (expired && failcount_of(r, reading->node, 0, e->xml, NULL) != 0) {
		if (unexpired == 0)
			reason = "it expired";
		else
			expired = false;
	} else if (expired && last_failure && r->reconnect_ms > 0) {
		reason = "reconnect interval is set";
	}
	if (!expired && last_failure && parameters_changed(reading, e))
		reason = "resource parameters have changed";
	if (reason != NULL)
		clear_failcount(reading, reason);
	return expired && !is_lasting_probe_result(e);
}

/* --- meaning --- */

static int without_degradation(int rc)
{
	switch (rc) {
	case RESULT_DEGRADED:
		return RESULT_OK;
	case RESULT_DEGRADED_PROMOTED:
		return RESULT_PROMOTED;
	default:
		return rc;
	}
}

/* Not running where that is what was asked, or where nobody manages it. */
static void remap_not_running(struct reading *reading, struct entry *e)
{
	struct resource *r = reading->rsc;
	if (!e->probe && e->expected_rc != e->rc && r->managed)
		return;
	e->execution = EXECUTION_DONE;
	r->role = ROLE_STOPPED;
	reading->on_fail = ON_FAIL_IGNORE;
	r->next_role = ROLE_UNKNOWN;
}

static void remap_promoted(struct reading *reading, struct entry *e, bool expired)
{
	if (e->probe && e->rc != e->expected_rc)
		e->execution = EXECUTION_DONE;
	if (!expired || e->rc == e->expected_rc)
		reading->rsc->role = ROLE_PROMOTED;
}

static void remap_hard_error(const struct reading *reading, struct entry *e, bool expired)
{
	if (!expired)
		failure_block_stop(reading, e);
	e->execution = EXECUTION_ERROR_HARD;
}

static void remap_result(struct reading *reading, struct entry *e, bool expired)
{
	switch (e->rc) {
	case RESULT_OK:
		if (e->probe && e->expected_rc == RESULT_NOT_RUNNING)
			e->execution = EXECUTION_DONE;
		break;
	case RESULT_NOT_RUNNING:
		remap_not_running(reading, e);
		break;
	case RESULT_PROMOTED:
		remap_promoted(reading, e, expired);
		break;
	case RESULT_FAILED_PROMOTED:
		if (!expired)
			reading->rsc->role = ROLE_PROMOTED;
		e->execution = EXECUTION_ERROR;
		break;
	case RESULT_NOT_CONFIGURED:
		e->execution = EXECUTION_ERROR_FATAL;
		break;
	case RESULT_UNIMPLEMENTED:
		if (e->interval_ms == 0)
			remap_hard_error(reading, e, expired);
		else
			e->execution = EXECUTION_NOT_SUPPORTED;
		break;
	case RESULT_NOT_INSTALLED:
	case RESULT_INVALID_PARAM:
	case RESULT_NO_PRIVILEGE:
		remap_hard_error(reading, e, expired);
		break;
	default:
		if (e->execution == EXECUTION_DONE)
			e->execution = EXECUTION_ERROR;
		break;
	}
}

void operation_remap(struct reading *reading, struct entry *e, bool expired)
{
	int rc = without_degradation(e->rc);
	if (rc != e->rc && !expired && (!reading->node->shutdown || reading->node->online))
		failure_record(reading, e);
	e->rc = rc;
	if (e->masked && !resource_is_bundled(reading->rsc)) {
		e->execution = EXECUTION_DONE;
		e->rc = RESULT_NOT_RUNNING;
	}
	switch (e->execution) {
	case EXECUTION_DONE:
	case EXECUTION_ERROR:
		e->execution = e->rc == e->expected_rc ? EXECUTION_DONE : EXECUTION_ERROR;
		remap_result(reading, e, expired);
		break;
	case EXECUTION_NO_FENCE_DEVICE:
	case EXECUTION_NO_SECRETS:
		e->execution = EXECUTION_ERROR_HARD;
		break;
	default:
		break; /* whoever ran it knows better */
	}
}
