/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What members have on disk: lineages promised, configurations stored, and when both together are settled (view.h). */
#include "controller/controller-internal.h"

#include <string.h>

static struct cib_version version_now(const struct controller *c)
{
	struct cib_version v = cib_version_of(document_root(c->common.document));
	v.num_updates = 0; /* disks do not have the status */
	return v;
}

static void store(struct controller *c, const char *what, const struct edit_author *by)
{
	struct archive_entry e = {
		.version = cib_version_of(document_root(c->common.document)),
		.when = (int64_t)(c->now.wall.ns / 1000000000u),
		.node = by != NULL ? by->node : c->name,
		.client = by != NULL ? by->client : "manager",
		.user = by != NULL ? by->user.name : "hacluster",
		.what = what,
		.lineage = c->lineage,
	};
	c->ops.store(c->ops.host, c->common.document, &e);
}

static void tell_stored(struct controller *c)
{
	struct message m = {.kind = MESSAGE_STORED, .stored = c->own_stored};
	if (c->view.state == VIEW_AGREED)
		controller_send(c, &m);
}

bool disks_lack(const struct controller *c, uint32_t place, struct cib_version version)
{
	const struct stored *s = &c->stored[place];
	version.num_updates = 0;
	if (cib_version_compare(s->version, version) < 0)
		return true;
	return c->is_loose ? s->promise < c->epoch_lineage : s->lineage < c->lineage;
}

/* Since when each member's disk lags behind, and whether none does. */
static void note_disks(struct controller *c)
{
	struct cib_version now = version_now(c);
	bool all = true;
	for (uint32_t i = 0; i < c->view.part_count; i++) {
		bool lacks = disks_lack(c, i, now);
		all = all && !lacks;
		if (!lacks)
			c->unstored[i] = (mono_time){0};
		else if (!mono_time_is_set(c->unstored[i]))
			c->unstored[i] = c->now.mono;
	}
	/* With an earlier epoch's lineage it is not enough that all have it: another majority may have promised a
	 * higher one in the meantime, and somebody who is not here may have a change with that. */
	if (all && !c->is_loose && c->epoch_lineage != 0 && c->lineage == c->epoch_lineage)
		c->is_settled = true;
}

/* More than half of the nodes that the configuration has; guests and remote ones do not count. */
static uint32_t majority_of(const struct document *d)
{
	uint32_t all = 0;
	for_each_named(node, document_section(d, NAME_NODES), NAME_NODE)
	{
		const char *type = element_get_or(node, NAME_TYPE, "member");
		all += strcmp(type, "member") == 0 || strcmp(type, "normal") == 0;
	}
	return all / 2 + 1;
}

static void take_lineage(struct controller *c, const struct document *d, const struct agreement *a)
{
	const struct view_part *winner = view_part_by_id(&c->view, c->view.winner);
	struct cib_version now = cib_version_of(document_root(d));
	bool changed = now.epoch != winner->version.epoch; /* by the leader, who had to */
	c->majority = majority_of(d);
	c->epoch_lineage = c->view.part_count >= c->majority ? a->lineage : 0;
	c->lineage = winner->lineage;
	c->is_promised = false;
	c->is_settled = !changed && view_is_settled(&c->view);
	c->is_loose = c->epoch_lineage != 0 && !c->is_settled;
}

void disks_begin(struct controller *c, const struct document *d, const struct agreement *a, struct cib_version before)
{
	uint64_t lineage = c->lineage;
	struct cib_version now = version_now(c);
	before.num_updates = c->own_stored.version.num_updates = 0;
	take_lineage(c, d, a);
	memset(c->stored, 0, sizeof(c->stored));
	memset(c->unstored, 0, sizeof(c->unstored));
	note_disks(c);
	if (c->epoch_lineage != 0) {
		c->promise = MAX(c->promise, c->epoch_lineage);
		c->ops.promise(c->ops.host, c->promise);
	}
	if (c->lineage != lineage || c->lineage != c->own_stored.lineage || cib_version_compare(before, now) != 0 ||
	    cib_version_compare(c->own_stored.version, now) != 0)
		store(c, "agreement", NULL);
	else
		tell_stored(c);
}

void disks_change(struct controller *c, const char *what, const struct edit_author *by)
{
	c->is_settled = false;
	if (c->is_promised)
		c->lineage = c->epoch_lineage;
	else
		c->is_loose = c->epoch_lineage != 0;
	store(c, what, by);
	note_disks(c);
}

static void count_promises(struct controller *c)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < c->view.part_count; i++)
		count += c->stored[i].promise >= c->epoch_lineage;
	if (c->is_promised || c->epoch_lineage == 0 || count < c->majority)
		return;
	c->is_promised = true;
	if (!c->is_loose)
		return;
	c->is_loose = false;
	c->lineage = c->epoch_lineage;
	store(c, "promise", NULL);
}

void disks_hear(struct controller *c, const struct member *sender, const struct stored *s)
{
	c->stored[controller_place_of(c, sender)] = *s;
	count_promises(c);
	note_disks(c);
}

/* --- our own disk --- */

static bool is_current(const struct controller *c)
{
	struct cib_version now = version_now(c), own = c->own_stored.version;
	own.num_updates = 0;
	return cib_version_compare(own, now) == 0 && c->own_stored.lineage == c->lineage;
}

static void note_own(struct controller *c, enum err e)
{
	if (e != ERR_OK)
		c->store_again = mono_time_add_ms(c->now.mono, STORE_AGAIN_MS);
	else if (is_current(c) && c->own_stored.promise >= c->promise)
		c->store_again = (mono_time){0};
	if (e == ERR_OK)
		tell_stored(c);
	controller_rearm(c);
}

void controller_stored(struct controller *c, struct instant now, struct cib_version version, uint64_t lineage,
		       enum err e)
{
	c->now = now;
	if (e == ERR_OK) {
		c->own_stored.version = version;
		c->own_stored.lineage = lineage;
	}
	note_own(c, e);
}

void controller_promised(struct controller *c, struct instant now, uint64_t lineage, enum err e)
{
	c->now = now;
	if (e == ERR_OK)
		c->own_stored.promise = MAX(c->own_stored.promise, lineage);
	note_own(c, e);
}

void disks_retry(struct controller *c)
{
	if (c->own_stored.promise < c->promise)
		c->ops.promise(c->ops.host, c->promise);
	if (!is_current(c))
		store(c, "once more", NULL);
}
