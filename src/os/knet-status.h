/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet-status.h - what libknet tells of nodes, links and its handle, in the words of transport.h
 * (part of knet.h, for nobody else; names and widths: engine-ipc.md §5.2).
 */
#ifndef OS_KNET_STATUS_H
#define OS_KNET_STATUS_H

#include "os/transport.h"

#include <libknet.h>

MUST_CHECK enum err knet_status_node(knet_handle_t handle, node_id node, const bool has_link[LINKS_MAX],
				     struct transport_node_status *ret);
/* These fill ret and return how many. */
uint32_t knet_status_link(knet_handle_t handle, node_id node, uint8_t number, struct transport_stat *ret, uint32_t max);
/* Of the loopback link that the reference has and we do not need: connected, and our frames to ourselves counted. */
uint32_t knet_status_own_link(const struct transport_own *own, struct transport_stat *ret, uint32_t max);
uint32_t knet_status_handle(knet_handle_t handle, struct transport_stat *ret, uint32_t max);

#endif
