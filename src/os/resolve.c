/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/resolve.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static const struct sockaddr_in *v4(const struct sockaddr_storage *a)
{
	return (const struct sockaddr_in *)a;
}

static const struct sockaddr_in6 *v6(const struct sockaddr_storage *a)
{
	return (const struct sockaddr_in6 *)a;
}

void sockaddr_set_port(struct sockaddr_storage *a, uint16_t port)
{
	if (a->ss_family == AF_INET)
		((struct sockaddr_in *)a)->sin_port = htons(port);
	else if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)a)->sin6_port = htons(port);
}

uint16_t sockaddr_port(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET    ? ntohs(v4(a)->sin_port)
	       : a->ss_family == AF_INET6 ? ntohs(v6(a)->sin6_port)
					  : 0;
}

size_t sockaddr_bytes(const struct sockaddr_storage *a, uint8_t ret[16])
{
	if (a->ss_family == AF_INET) {
		memcpy(ret, &v4(a)->sin_addr, 4);
		return 4;
	}
	if (a->ss_family == AF_INET6) {
		memcpy(ret, &v6(a)->sin6_addr, 16);
		return 16;
	}
	return 0;
}

bool sockaddr_eq(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	uint8_t x[16], y[16];
	size_t n = sockaddr_bytes(a, x);
	return n > 0 && n == sockaddr_bytes(b, y) && memcmp(x, y, n) == 0;
}

void sockaddr_text(const struct sockaddr_storage *a, char *ret, size_t size)
{
	uint8_t bytes[16];
	if (sockaddr_bytes(a, bytes) == 0 || !inet_ntop(a->ss_family, bytes, ret, (socklen_t)size))
		(void)snprintf(ret, size, "none");
}

socklen_t sockaddr_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* 0, or an error of getaddrinfo. */
static int ask(const char *name, int family, struct sockaddr_storage *ret)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_protocol = IPPROTO_UDP};
	struct addrinfo *found;
	int r = getaddrinfo(name, NULL, &hints, &found);
	if (r != 0)
		return r;
	assert(found->ai_addrlen <= sizeof *ret);
	memset(ret, 0, sizeof *ret);
	memcpy(ret, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

enum err resolve_host(const char *name, enum ip_version version, struct sockaddr_storage *ret, struct error *reterr)
{
	bool six_first = version == IP_6 || version == IP_6_4;
	int r = ask(name, six_first ? AF_INET6 : AF_INET, ret);
	if (r != 0 && version == IP_6_4)
		r = ask(name, AF_INET, ret);
	if (r != 0 && version == IP_4_6)
		r = ask(name, AF_INET6, ret);
	if (r == 0)
		return ERR_OK;
	static const char *const wanted[] = {
		[IP_4] = "IPv4", [IP_6] = "IPv6", [IP_4_6] = "IPv4 or IPv6", [IP_6_4] = "IPv6 or IPv4"};
	return error_set(reterr, r == EAI_AGAIN ? ERR_AGAIN : ERR_NOT_FOUND, "%s has no %s address: %s", name,
			 wanted[version], gai_strerror(r));
}

bool resolve_is_local(const struct sockaddr_storage *address)
{
	struct ifaddrs *list;
	if (getifaddrs(&list) < 0)
		return false;
	bool found = false;
	for (struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
		struct sockaddr_storage a = {0};
		if (!i->ifa_addr)
			continue;
		a.ss_family = i->ifa_addr->sa_family;
		if (a.ss_family != AF_INET && a.ss_family != AF_INET6)
			continue;
		memcpy(&a, i->ifa_addr, sockaddr_len(&a));
		found = sockaddr_eq(&a, address);
	}
	freeifaddrs(list);
	return found;
}

void resolve_nodename(char *ret, size_t size)
{
	struct utsname u;
	(void)snprintf(ret, size, "%s", uname(&u) == 0 ? u.nodename : "localhost");
}

uint32_t resolve_local(struct sockaddr_storage *ret, uint32_t max)
{
	struct ifaddrs *list;
	uint32_t count = 0;

	if (getifaddrs(&list) < 0)
		return 0;
	for (struct ifaddrs *i = list; i != NULL && count < max; i = i->ifa_next) {
		struct sockaddr_storage a = {0};

		if (i->ifa_addr == NULL || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
			continue;
		a.ss_family = i->ifa_addr->sa_family;
		memcpy(&a, i->ifa_addr, sockaddr_len(&a));
		ret[count++] = a;
	}
	freeifaddrs(list);
	return count;
}
