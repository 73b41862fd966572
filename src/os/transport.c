/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/transport.h"

#include <assert.h>

enum err transport_start(struct transport *t, struct error *reterr)
{
	enum err e = t->ops->start(t, reterr);

	if (e == ERR_OK)
		t->own = (struct transport_own){.up_count = 1, .latency_us_min = UINT32_MAX};
	return e;
}

enum err transport_node_add(struct transport *t, node_id node, struct error *reterr)
{
	return t->ops->node_add(t, node, reterr);
}

void transport_node_remove(struct transport *t, node_id node)
{
	t->ops->node_remove(t, node);
}

enum err transport_link_set(struct transport *t, node_id node, const struct transport_link *link, struct error *reterr)
{
	assert(link->number < LINKS_MAX);
	return t->ops->link_set(t, node, link, reterr);
}

void transport_link_remove(struct transport *t, node_id node, uint8_t number)
{
	assert(number < LINKS_MAX);
	t->ops->link_remove(t, node, number);
}

void transport_send_all(struct transport *t, struct bytes frame)
{
	assert(frame.len <= FRAME_MAX);
	t->ops->send_all(t, frame);
}

void transport_send_to(struct transport *t, node_id node, struct bytes frame)
{
	assert(frame.len <= FRAME_MAX);
	t->ops->send_to(t, node, frame);
}

enum err transport_node_status(struct transport *t, node_id node, struct transport_node_status *ret)
{
	return t->ops->node_status(t, node, ret);
}

uint32_t transport_link_stats(struct transport *t, node_id node, uint8_t number, struct transport_stat *ret,
			      uint32_t max)
{
	return t->ops->link_stats(t, node, number, ret, max);
}

uint32_t transport_handle_stats(struct transport *t, struct transport_stat *ret, uint32_t max)
{
	return t->ops->handle_stats(t, ret, max);
}

void transport_stats_clear(struct transport *t)
{
	t->own = (struct transport_own){0};
	t->ops->stats_clear(t);
}

void transport_count_own(struct transport *t, size_t len)
{
	t->own.packets++;
	t->own.bytes += len;
}

void transport_count_sent(struct transport *t, bool taken)
{
	t->failures = taken ? 0 : t->failures + 1;
}

uint32_t transport_failures(const struct transport *t)
{
	return t->failures;
}

void transport_close(struct transport *t)
{
	if (t)
		t->ops->close(t);
}
