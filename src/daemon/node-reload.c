/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-reload.c - the configuration read again while running. */
#include "daemon/node-internal.h"

void node_ring_config(const struct totem_config *config, struct ring_config *ret)
{
	const struct totem_timers *t = &config->timers;

	*ret = (struct ring_config){
		.token_ms = t->token_ms,
		.token_warning_percent = t->token_warning_percent,
		.token_retransmit_ms = t->token_retransmit_ms,
		.hold_ms = t->hold_ms,
		.join_ms = t->join_ms,
		.send_join_ms = t->send_join_ms,
		.consensus_ms = t->consensus_ms,
		.merge_ms = t->merge_ms,
		.fail_recv_const = t->fail_recv_rotations,
		.seqno_unchanged_const = t->seqno_unchanged_rotations,
		.window_size = t->window_size,
		.max_messages = t->max_messages,
		.miss_count_const = t->miss_count,
		.net_mtu = config->netmtu - 2 * MCAST_HEADER,
		.cancel_token_hold_on_retransmit = t->cancel_token_hold_on_retransmit != 0,
	};
}

void node_reload(struct node *n)
{
	engine_reloaded(n->engine, loop_now(n->loop), STATUS_OK);
}

void node_crypto(struct node *n, uint8_t phase)
{
	(void)n;
	(void)phase;
}

void node_config_changed(struct node *n, const char *key)
{
	(void)n;
	(void)key;
}
