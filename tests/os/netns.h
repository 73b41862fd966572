/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netns.h - a network of its own for a test program, with lo up: ports and abstract sockets clash with nobody.
 *
 * Needs root; netns_enter() answers false without, and the test says that it is skipped.
 */
#ifndef TESTS_OS_NETNS_H
#define TESTS_OS_NETNS_H

#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static inline bool netns_enter(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		perror("a network namespace is needed (run as root)");
		return false;
	}
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
	memcpy(request.ifr_name, "lo", 3);
	bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

enum { SKIPPED = 77 };

#endif
