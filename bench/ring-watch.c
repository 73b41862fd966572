/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring-watch - print every membership that the engine of this host tells its clients, with the time.
 *
 *	ring-watch [MEMBERS]
 *
 * One line a change: nanoseconds of the monotonic clock, which all hosts of one machine share; "quorate" or
 * "inquorate"; the number of members; their ids. The engine need not run yet. With MEMBERS, ends as soon as there are
 * so many and they are quorate. Ends with status 1 when the engine goes away.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <corosync/quorum.h>

enum { RETRY_NS = 2000000, MEMBERS_MAX = 1024 };

static uint32_t wanted;
static int reached;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void show_members(quorum_handle_t handle, uint32_t quorate, uint64_t ring, uint32_t count, uint32_t *ids)
{
	(void)handle;
	(void)ring;
	printf("%llu %s %u", (unsigned long long)now_ns(), quorate ? "quorate" : "inquorate", count);
	for (uint32_t i = 0; i < count; i++)
		printf(" %u", ids[i]);
	printf("\n");
	fflush(stdout);
	if (quorate && count == wanted)
		reached = 1;
}

static quorum_handle_t connect_engine(void)
{
	quorum_callbacks_t callbacks = {.quorum_notify_fn = show_members};
	quorum_handle_t handle;
	uint32_t kind;

	while (quorum_initialize(&handle, &callbacks, &kind) != CS_OK) {
		struct timespec wait = {.tv_nsec = RETRY_NS};

		nanosleep(&wait, NULL);
	}
	return handle;
}

/* False when the engine is gone. */
static int watch(quorum_handle_t handle)
{
	struct pollfd p = {.events = POLLIN};

	if (quorum_fd_get(handle, &p.fd) != CS_OK)
		return 0;
	while (!reached) {
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return 0;
		if (p.revents != 0 && quorum_dispatch(handle, CS_DISPATCH_ALL) != CS_OK)
			return 0;
	}
	return 1;
}

static int parse_members(const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < 1 || number > MEMBERS_MAX)
		return 0;
	wanted = (uint32_t)number;
	return 1;
}

int main(int argc, char **argv)
{
	quorum_handle_t handle;
	cs_error_t e;

	if (argc > 2 || (argc == 2 && !parse_members(argv[1]))) {
		fprintf(stderr, "usage: ring-watch [MEMBERS], a number from 1 to %d\n", MEMBERS_MAX);
		return 2;
	}
	handle = connect_engine();
	while ((e = quorum_trackstart(handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES)) == CS_ERR_TRY_AGAIN)
		nanosleep(&(struct timespec){.tv_nsec = RETRY_NS}, NULL);
	if (e != CS_OK) {
		fprintf(stderr, "ring-watch: the engine refuses to tell about quorum: error %d\n", (int)e);
		return 1;
	}
	if (watch(handle))
		return 0;
	fprintf(stderr, "ring-watch: the engine is gone\n");
	return 1;
}
