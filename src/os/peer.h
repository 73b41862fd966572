/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peer.h - who is at the other end of a local socket. */
#ifndef OS_PEER_H
#define OS_PEER_H

#include "base/error.h"

#include <stdint.h>

enum { PEER_GROUPS_MAX = 64, PEER_NAME_MAX = 64 };

struct peer {
	uint32_t uid, gid, pid;
	char name[PEER_NAME_MAX]; /* of the user; its number when it has none */
	char group_names[PEER_GROUPS_MAX][PEER_NAME_MAX];
	const char *groups[PEER_GROUPS_MAX + 1]; /* ends in NULL; those without a name are left out */
};

MUST_CHECK enum err peer_of(int fd, struct peer *ret, struct error *reterr);
/* A listening local socket, which replaces one that nobody serves any more. Group haclient, where there is one, may
 * connect besides root. ERR_EXISTS: somebody serves there. */
MUST_CHECK enum err peer_listen(const char *path, int *ret_fd, struct error *reterr);

#endif
