/* SPDX-License-Identifier: GPL-2.0-or-later */
/* api-watch - prints all that libquorum, libvotequorum or libcmap tell a client that watches, until SIGTERM.
 *
 *	api-watch quorum | votequorum
 *	api-watch cmap PREFIX           what changes below PREFIX, and the key PREFIX "one" by a tracker of its own
 *
 * The libraries of Corosync alone, so that it runs on any engine. Ring numbers are not printed, since they differ.
 */
#include <corosync/cmap.h>
#include <corosync/quorum.h>
#include <corosync/votequorum.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 200 };

static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
	(void)number;
	is_over = 1;
}

static void must(const char *what, cs_error_t e)
{
	if (e == CS_OK)
		return;
	printf("%s: error %d\n", what, e);
	exit(1);
}

static void print_list(const char *what, uint32_t entries, const uint32_t *list)
{
	printf(" %s", what);
	for (uint32_t i = 0; i < entries; i++)
		printf("%c%u", i == 0 ? ' ' : ',', list[i]);
}

static void on_quorum(quorum_handle_t handle, uint32_t quorate, struct quorum_ring_id ring, uint32_t entries,
		      const uint32_t *list)
{
	(void)handle;
	printf("quorum %u ring of %u", quorate, ring.nodeid);
	print_list("members", entries, list);
	printf("\n");
}

static void on_nodes(quorum_handle_t handle, struct quorum_ring_id ring, uint32_t entries, const uint32_t *list,
		     uint32_t joined_entries, const uint32_t *joined, uint32_t left_entries, const uint32_t *left)
{
	(void)handle;
	printf("nodes ring of %u", ring.nodeid);
	print_list("members", entries, list);
	print_list("joined", joined_entries, joined);
	print_list("left", left_entries, left);
	printf("\n");
}

static void on_votes(votequorum_handle_t handle, uint64_t context, uint32_t quorate, uint32_t entries,
		     votequorum_node_t list[])
{
	(void)handle;
	printf("votes %" PRIu64 " quorate %u:", context, quorate);
	for (uint32_t i = 0; i < entries; i++)
		printf(" %u/%u", list[i].nodeid, list[i].state);
	printf("\n");
}

static void on_expected(votequorum_handle_t handle, uint64_t context, uint32_t expected)
{
	(void)handle;
	printf("expected %" PRIu64 ": %u\n", context, expected);
}

static void on_vote_nodes(votequorum_handle_t handle, uint64_t context, votequorum_ring_id_t ring, uint32_t entries,
			  uint32_t list[])
{
	(void)handle;
	printf("vote nodes %" PRIu64 " ring of %u", context, ring.nodeid);
	print_list("members", entries, list);
	printf("\n");
}

static void print_value(const struct cmap_notify_value *value)
{
	const uint8_t *bytes = value->data;

	printf(" type %d length %zu:", value->type, value->len);
	for (size_t i = 0; i < value->len; i++)
		printf("%02x", bytes[i]);
}

static void on_key(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
		   struct cmap_notify_value now, struct cmap_notify_value before, void *user)
{
	(void)handle;
	(void)track;
	printf("%s: event %d %s; now", (const char *)user, event, key);
	print_value(&now);
	printf("; before");
	print_value(&before);
	printf("\n");
}

static void watch_until_over(int fd, cs_error_t (*dispatch)(uint64_t handle, cs_dispatch_flags_t flags),
			     uint64_t handle)
{
	struct pollfd poller = {.fd = fd, .events = POLLIN};

	printf("ready\n");
	while (!is_over) {
		if (poll(&poller, 1, 50) > 0 && dispatch(handle, CS_DISPATCH_ALL) != CS_OK) {
			printf("the engine is gone\n");
			return;
		}
	}
	printf("over\n");
}

static void watch_quorum(void)
{
	quorum_model_v1_data_t model = {
		.model = QUORUM_MODEL_V1, .quorum_notify_fn = on_quorum, .nodelist_notify_fn = on_nodes};
	quorum_handle_t handle;
	uint32_t type = 0;
	int quorate = -1, fd;

	must("initialize",
	     quorum_model_initialize(&handle, QUORUM_MODEL_V1, (quorum_model_data_t *)&model, &type, NULL));
	must("getquorate", quorum_getquorate(handle, &quorate));
	printf("type %u quorate %d\n", type, quorate);
	must("trackstart", quorum_trackstart(handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES));
	printf("again: %d\n", quorum_trackstart(handle, CS_TRACK_CHANGES));
	must("fd", quorum_fd_get(handle, &fd));
	watch_until_over(fd, quorum_dispatch, handle);
	printf("stop: %d", quorum_trackstop(handle));
	printf(", again: %d\n", quorum_trackstop(handle));
}

static void watch_votes(void)
{
	votequorum_callbacks_t callbacks = {.votequorum_quorum_notify_fn = on_votes,
					    .votequorum_expectedvotes_notify_fn = on_expected,
					    .votequorum_nodelist_notify_fn = on_vote_nodes};
	struct votequorum_info info;
	votequorum_handle_t handle;
	int fd;

	must("initialize", votequorum_initialize(&handle, &callbacks));
	for (unsigned int node = 0; node <= 5; node++) {
		cs_error_t e = votequorum_getinfo(handle, node, &info);

		printf("info of %u: %d", node, e);
		if (e == CS_OK)
			printf(" id %u state %u votes %u expected %u, %u of %u, quorum %u, flags %u", info.node_id,
			       info.node_state, info.node_votes, info.node_expected_votes, info.total_votes,
			       info.highest_expected, info.quorum, info.flags);
		printf("\n");
	}
	must("trackstart", votequorum_trackstart(handle, 4711, CS_TRACK_CURRENT | CS_TRACK_CHANGES));
	must("fd", votequorum_fd_get(handle, &fd));
	watch_until_over(fd, votequorum_dispatch, handle);
	printf("stop: %d\n", votequorum_trackstop(handle));
}

static void watch_keys(const char *prefix)
{
	static char all[] = "all", one[] = "one", added[] = "added", gone[] = "gone";
	cmap_track_handle_t tracks[4];
	char key[KEY_MAX];
	cmap_handle_t handle;
	int fd;

	snprintf(key, sizeof key, "%sone", prefix);
	must("initialize", cmap_initialize(&handle));
	must("track",
	     cmap_track_add(handle, prefix, CMAP_TRACK_ADD | CMAP_TRACK_MODIFY | CMAP_TRACK_DELETE | CMAP_TRACK_PREFIX,
			    on_key, all, &tracks[0]));
	must("track", cmap_track_add(handle, key, CMAP_TRACK_MODIFY, on_key, one, &tracks[1]));
	must("track", cmap_track_add(handle, prefix, CMAP_TRACK_ADD | CMAP_TRACK_PREFIX, on_key, added, &tracks[2]));
	must("track", cmap_track_add(handle, prefix, CMAP_TRACK_DELETE | CMAP_TRACK_PREFIX, on_key, gone, &tracks[3]));
	must("fd", cmap_fd_get(handle, &fd));
	watch_until_over(fd, cmap_dispatch, handle);
	for (size_t i = 0; i < sizeof tracks / sizeof tracks[0]; i++)
		printf("delete: %d\n", cmap_track_delete(handle, tracks[i]));
	printf("again: %d\n", cmap_track_delete(handle, tracks[0]));
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && strcmp(argv[1], "quorum") == 0) {
		watch_quorum();
	} else if (argc == 2 && strcmp(argv[1], "votequorum") == 0) {
		watch_votes();
	} else if (argc == 3 && strcmp(argv[1], "cmap") == 0) {
		watch_keys(argv[2]);
	} else {
		fprintf(stderr, "usage: api-watch quorum | votequorum | cmap PREFIX\n");
		return 3;
	}
	return 0;
}
