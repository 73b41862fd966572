/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resolve.h - names to addresses, and what this machine is called.
 *
 * Asking a name server may wait for seconds: only at start, and at a reload in a thread (worker.h).
 */
#ifndef OS_RESOLVE_H
#define OS_RESOLVE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* totem.ip_version */
enum ip_version { IP_4, IP_6, IP_4_6, IP_6_4 };

/* The first address of name (or the address that it is) in the order that version gives. */
MUST_CHECK enum err resolve_host(const char *name, enum ip_version version, struct sockaddr_storage *ret,
				 struct error *reterr);
/* Whether one of our interfaces has this address; the port is ignored. */
bool resolve_is_local(const struct sockaddr_storage *address);
/* The addresses of our interfaces, at most max; returns how many. */
uint32_t resolve_local(struct sockaddr_storage *ret, uint32_t max);
/* uname -n; size at least 65. */
void resolve_nodename(char *ret, size_t size);

void sockaddr_set_port(struct sockaddr_storage *a, uint16_t port);
uint16_t sockaddr_port(const struct sockaddr_storage *a);
/* Same family and address, whatever the port. */
bool sockaddr_eq(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
/* "192.0.2.1"; size at least 46. */
void sockaddr_text(const struct sockaddr_storage *a, char *ret, size_t size);
/* 4 or 16 bytes in network order into ret; returns how many. */
size_t sockaddr_bytes(const struct sockaddr_storage *a, uint8_t ret[16]);
socklen_t sockaddr_len(const struct sockaddr_storage *a);

#endif
