/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet-path.h - one link of libknet to one host: its addresses, its pings (part of knet.h, for nobody else). */
#ifndef OS_KNET_PATH_H
#define OS_KNET_PATH_H

#include "os/transport.h"

#include <libknet.h>

/* What errno says, behind what we were doing. */
enum err knet_error(struct error *reterr, const char *what);
/* Whether both go the same way, so that the link may stay up. */
bool knet_path_same(const struct transport_link *a, const struct transport_link *b);
/* Opens and enables a link; nothing is left of it on an error. */
MUST_CHECK enum err knet_path_open(knet_handle_t handle, knet_node_id_t host, const struct transport_link *link,
				   struct error *reterr);
/* Sets what can change while it is up. */
MUST_CHECK enum err knet_path_tune(knet_handle_t handle, knet_node_id_t host, const struct transport_link *link,
				   struct error *reterr);

#endif
