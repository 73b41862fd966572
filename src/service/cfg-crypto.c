/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cfg-crypto.c - new keys come in without losing anybody (engine-wire.md §8.4).
 *
 * Each node says "ready" (phase 1) when it can read with the new keys beside the
 * old, and "using" (phase 2) when it writes with the new ones. Corosync acts on
 * its own messages alone and relies on all nodes being equally quick; we write
 * with the new keys when all members are ready, and forget the old ones when all
 * members use the new. So a slow node is waited for, and a node whose reload
 * failed keeps everybody on the old keys instead of being cut off. Both phases
 * look on the wire as Corosync's do.
 *
 * Who joins later is not waited for: it reads what we write, or it would not have
 * joined, and it may never speak (it was started with the new keys). It may come
 * from a part of the ring that is not as far as we are; so, after each change of
 * the membership, everybody on the way says again where he is.
 */
#include "service/cfg-internal.h"

static void multicast_phase(struct service_effects *fx, uint32_t phase)
{
	struct writer w = service_scratch(fx, 24);

	service_message_head(&w, SERVICE_CFG, CFG_CRYPTO);
	write_u32(&w, phase);
	write_pad_to(&w, 24);
	service_multicast(fx, &w, (struct bytes){0});
}

static void carry_out(struct service_effects *fx, uint8_t phase)
{
	(void)service_scratch(fx, 0);
	service_push(fx, SERVICE_EFFECT_CRYPTO)->phase = phase;
}

static void advance(struct cfg *c, struct service_effects *fx)
{
	struct cfg_crypto *k = &c->crypto;

	if (!k->running)
		return;
	if (!k->switched && node_list_has(&k->ready, c->self) && node_list_subset(&k->members, &k->ready)) {
		k->switched = true;
		k->awaited = k->members;
		carry_out(fx, CRYPTO_ACTIVATE);
		multicast_phase(fx, CRYPTO_CLEANUP);
	}
	if (k->switched && node_list_has(&k->using, c->self) && node_list_subset(&k->awaited, &k->using)) {
		carry_out(fx, CRYPTO_CLEANUP);
		k->running = false;
		k->switched = false;
		k->ready.count = 0;
		k->using.count = 0;
	}
}

void cfg_crypto_start(struct cfg *c, struct service_effects *fx)
{
	c->crypto.running = true;
	multicast_phase(fx, CRYPTO_ACTIVATE);
}

/* What the others said holds for those who have come along with us: others may have been started anew. */
void cfg_crypto_members(struct cfg *c, const struct view *view, struct service_effects *fx)
{
	struct cfg_crypto *k = &c->crypto;

	k->members = view->members;
	node_list_intersect(&k->ready, &view->trans, &k->ready);
	node_list_intersect(&k->using, &view->trans, &k->using);
	node_list_intersect(&k->awaited, &view->trans, &k->awaited);
	if (k->running)
		multicast_phase(fx, k->switched ? CRYPTO_CLEANUP : CRYPTO_ACTIVATE);
	advance(c, fx);
}

bool cfg_crypto_deliver(struct cfg *c, node_id from, uint32_t phase, struct service_effects *fx)
{
	if (phase < CRYPTO_ACTIVATE || phase > CRYPTO_CLEANUP)
		return false;
	if (!c->crypto.running && phase == CRYPTO_CLEANUP) {
		/* A change that goes on without us; what was said about it must not count for the next one. */
		node_list_remove(&c->crypto.ready, from);
		node_list_remove(&c->crypto.using, from);
		return true;
	}
	(void)node_list_add(&c->crypto.ready, from);
	if (phase == CRYPTO_CLEANUP)
		(void)node_list_add(&c->crypto.using, from);
	advance(c, fx);
	return true;
}
