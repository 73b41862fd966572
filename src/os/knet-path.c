/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-path.h"

#include "os/knet-pace.h"
#include "os/resolve.h"

#include <errno.h>
#include <string.h>

enum err knet_error(struct error *reterr, const char *what)
{
	int saved = errno;
	enum err e = saved == EINVAL ? ERR_INVALID : saved == ENOMEM ? ERR_NO_MEMORY : ERR_IO;
	return error_set(reterr, e, "%s: %s", what, strerror(saved));
}

bool knet_path_same(const struct transport_link *a, const struct transport_link *b)
{
	return a->sctp == b->sctp && sockaddr_eq(&a->local, &b->local) && sockaddr_eq(&a->remote, &b->remote) &&
	       sockaddr_port(&a->local) == sockaddr_port(&b->local) &&
	       sockaddr_port(&a->remote) == sockaddr_port(&b->remote);
}

enum err knet_path_tune(knet_handle_t handle, knet_node_id_t host, const struct transport_link *link,
			struct error *reterr)
{
	knet_pace_stir(PACE_AWAKE_MS);
	if (knet_link_set_priority(handle, host, link->number, link->priority) < 0)
		return knet_error(reterr, "setting its priority");
	if (knet_link_set_ping_timers(handle, host, link->number, link->ping_interval_ms, link->ping_timeout_ms,
				      link->ping_precision) < 0)
		return knet_error(reterr, "setting its ping timers");
	if (knet_link_set_pong_count(handle, host, link->number, link->pong_count) < 0)
		return knet_error(reterr, "setting its pong count");
	return ERR_OK;
}

enum err knet_path_open(knet_handle_t handle, knet_node_id_t host, const struct transport_link *link,
			struct error *reterr)
{
	struct sockaddr_storage local = link->local, remote = link->remote;
	uint8_t kind = link->sctp ? KNET_TRANSPORT_SCTP : KNET_TRANSPORT_UDP;
	if (knet_link_set_config(handle, host, link->number, kind, &local, &remote, KNET_LINK_FLAG_TRAFFICHIPRIO) < 0) {
		char ip[46];
		enum err e = knet_error(reterr, "opening its sockets");
		sockaddr_text(&link->local, ip, sizeof ip);
		return error_wrap(reterr, e, "local address %s port %u", ip, sockaddr_port(&link->local));
	}
	enum err e = knet_path_tune(handle, host, link, reterr);
	if (e == ERR_OK && knet_link_set_enable(handle, host, link->number, 1) < 0)
		e = knet_error(reterr, "enabling it");
	if (e != ERR_OK)
		(void)knet_link_clear_config(handle, host, link->number);
	return e;
}
