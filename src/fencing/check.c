/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of fencing.h, asserted. */
#include "fencing/fencing-private.h"

#include <assert.h>
#include <string.h>

static bool has_request(const struct fencing *f, const struct fence_pending *r)
{
	return g_ptr_array_find(f->requests, r, NULL);
}

static void check_request(const struct fencing *f, const struct fence_pending *r)
{
	assert(r->asked.id != 0);
	if (r->joined != NULL) { /* rule 3 */
		assert(has_request(f, r->joined));
		assert(r->joined->joined == NULL);
		assert(r->joined->asked.action == r->asked.action);
		assert(fence_node_is(r->joined->asked.target, r->asked.target));
		assert(r->run == NULL);
		return;
	}
	if (r->run != NULL) {
		assert(r->run->request == r);
		assert(r->verdict == FENCE_OPEN);
		assert(r->wait == WAIT_NOTHING);
	}
	if (r->wait == WAIT_WATCHDOG) /* rule 7 */
		assert(r->asked.action != FENCE_ON);
	for (guint i = 0; i < f->requests->len; i++) { /* rule 3, from the other side */
		const struct fence_pending *other = g_ptr_array_index(f->requests, i);
		bool apart = other == r || other->joined != NULL || other->verdict != FENCE_OPEN ||
			     r->verdict != FENCE_OPEN || other->asked.action != r->asked.action;
		assert(apart || !fence_node_is(other->asked.target, r->asked.target));
	}
}

static void check_run(const struct fencing *f, const struct running *run)
{
	const struct fence_pending *r = run->request;
	const struct fence_device *dev = fencing_device(f, run->device);
	assert(run->id != 0 && run->id <= f->last_run);
	assert(fencing_has_member(f, run->member)); /* rule 6 */
	if (r == NULL)
		return;
	assert(has_request(f, r));
	assert(r->run == run);
	assert(run->may_be_target || !fence_node_is(run->member, r->asked.target)); /* rule 2 */
	assert(r->delayed || run->purpose != RUN_ACTION);                           /* rule 4 */
	if (dev != NULL && run->purpose == RUN_ACTION)                              /* rule 5 */
		assert(r->tries >= 1);
}

void fencing_check(const struct fencing *f)
{
	for (guint i = 0; i < f->requests->len; i++)
		check_request(f, g_ptr_array_index(f->requests, i));
	for (guint i = 0; i < f->runs->len; i++)
		check_run(f, g_ptr_array_index(f->runs, i));
}
