/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpg-verify - one of several processes that prove to each other that they saw the same messages in the same order.
 *
 *	cpg-verify RATE SIZE_MAX        messages a second (0: listen only), bytes
 *
 * Uses libcpg alone, so that it runs on any engine. It joins a group and multicasts numbered messages until SIGUSR1,
 * says that this was the last one, and goes on listening until SIGTERM. What it sees is cut into segments, at each ring
 * and each change of the group:
 *
 *	S RING MEMBERS          a segment begins; members are NODE:PID,...
 *	C COUNT HASH            so many messages of this segment, and the hash of all of them in their order
 *	E COUNT HASH            it ends
 *	Q COUNT HASH            here all members of the group had said that they have no more to say
 *	T SENT OWN DELIVERED    in the end: what it sent, and what came back of that; all that it saw
 *	BAD ...                 a message that was damaged, or not the next one of its sender
 *
 * Whoever sees the same segment must print the same hash for the same count; whoever goes from one segment to the same
 * next one must end it alike: virtual synchrony. Status: 0, 1 something was BAD, 2 the engine is gone.
 */
#include <corosync/cpg.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MEMBERS_MAX = 64, SIZE_MAX_MAX = 1000000, CHECK_EVERY = 64, CONNECT_TRIES = 400, BURST_MAX = 200 };

struct head {
	uint32_t node, pid;
	uint64_t number, length, hash, is_last;
};

struct sender {
	uint32_t node, pid;
	uint64_t next;
	bool known; /* a message of it was seen since it joined */
	bool is_done;
};

static cpg_handle_t group;
static uint32_t self_node;
static struct sender senders[MEMBERS_MAX];
static size_t sender_count;
static struct cpg_ring_id ring;
static uint64_t count, chain, sent, own, delivered;
static bool is_bad, is_last_sent;
static volatile sig_atomic_t is_quiet, is_over;

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0xff51afd7ed558ccdULL;
	return hash << 31 | hash >> 33;
}

static uint64_t hash_of(const uint8_t *bytes, size_t length)
{
	uint64_t hash = length;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
	return hash;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void segment_begin(void)
{
	printf("E %" PRIu64 " %016" PRIx64 "\nS %u.%" PRIx64 " ", count, chain, ring.nodeid, ring.seq);
	for (size_t i = 0; i < sender_count; i++)
		printf("%s%u:%u", i == 0 ? "" : ",", senders[i].node, senders[i].pid);
	printf("\n");
	count = 0;
	chain = 1;
}

static struct sender *sender_find(struct sender *list, size_t entries, uint32_t node, uint32_t pid)
{
	for (size_t i = 0; i < entries; i++) {
		if (list[i].node == node && list[i].pid == pid)
			return &list[i];
	}
	return NULL;
}

static void bad(const char *what, uint32_t node, uint64_t number, uint64_t expected)
{
	printf("BAD %s: node %u, number %" PRIu64 ", expected %" PRIu64 "\n", what, node, number, expected);
	is_bad = true;
}

static void number_check(const struct head *head)
{
	struct sender *sender = sender_find(senders, sender_count, head->node, head->pid);
	bool is_own = head->node == self_node && head->pid == (uint32_t)getpid();

	if (sender == NULL) {
		bad("no member", head->node, head->number, 0);
		return;
	}
	if (is_own && head->number != own++)
		bad("own order", head->node, head->number, own - 1);
	if (sender->known && head->number != sender->next)
		bad("order", head->node, head->number, sender->next);
	sender->known = true;
	sender->next = head->number + 1;
	sender->is_done = head->is_last != 0;
}

static bool all_done(void)
{
	for (size_t i = 0; i < sender_count; i++) {
		if (!senders[i].is_done)
			return false;
	}
	return true;
}

static void on_message(cpg_handle_t handle, const struct cpg_name *name, uint32_t node, uint32_t pid, void *message,
		       size_t length)
{
	const uint8_t *bytes = message;
	struct head head;

	(void)handle;
	(void)name;
	if (length < sizeof head) {
		bad("too short", node, length, sizeof head);
		return;
	}
	memcpy(&head, bytes, sizeof head);
	if (head.node != node || head.pid != pid || head.length != length)
		bad("head", node, head.number, 0);
	if (head.hash != hash_of(bytes + sizeof head, length - sizeof head))
		bad("payload", node, head.number, 0);
	number_check(&head);
	chain = mix(mix(mix(mix(chain, node), pid), head.number), head.hash);
	delivered++;
	if (++count % CHECK_EVERY == 0)
		printf("C %" PRIu64 " %016" PRIx64 "\n", count, chain);
	if (head.is_last != 0 && all_done())
		printf("Q %" PRIu64 " %016" PRIx64 "\n", count, chain);
}

static int address_compare(const void *first, const void *second)
{
	const struct cpg_address *a = first, *b = second;

	if (a->nodeid != b->nodeid)
		return a->nodeid < b->nodeid ? -1 : 1;
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static void on_group(cpg_handle_t handle, const struct cpg_name *name, const struct cpg_address *members,
		     size_t entries, const struct cpg_address *left, size_t left_entries,
		     const struct cpg_address *joined, size_t joined_entries)
{
	struct cpg_address sorted[MEMBERS_MAX];
	struct sender next[MEMBERS_MAX];

	(void)handle;
	(void)name;
	(void)left;
	(void)left_entries;
	(void)joined;
	(void)joined_entries;
	if (entries > MEMBERS_MAX)
		abort();
	memcpy(sorted, members, entries * sizeof sorted[0]);
	qsort(sorted, entries, sizeof sorted[0], address_compare);
	for (size_t i = 0; i < entries; i++) {
		struct sender *old = sender_find(senders, sender_count, sorted[i].nodeid, sorted[i].pid);

		next[i] = old != NULL ? *old : (struct sender){.node = sorted[i].nodeid, .pid = sorted[i].pid};
	}
	memcpy(senders, next, entries * sizeof senders[0]);
	sender_count = entries;
	segment_begin();
}

static void on_ring(cpg_handle_t handle, struct cpg_ring_id id, uint32_t entries, const uint32_t *nodes)
{
	(void)handle;
	(void)entries;
	(void)nodes;
	ring = id;
	segment_begin();
}

static void on_signal(int number)
{
	is_quiet = 1;
	is_over = number == SIGTERM;
}

/* False when no more can be taken now. */
static bool message_send(size_t size_max, bool is_last)
{
	static uint8_t message[SIZE_MAX_MAX];
	uint64_t dice = mix(mix(self_node, sent), 77);
	size_t length = sizeof(struct head) + dice % (size_max - sizeof(struct head) + 1);
	struct head head = {self_node, (uint32_t)getpid(), sent, length, 0, is_last};
	struct iovec whole = {message, length};
	cs_error_t e;

	for (size_t i = sizeof head; i < length; i++)
		message[i] = (uint8_t)(dice >> (i & 31));
	head.hash = hash_of(message + sizeof head, length - sizeof head);
	memcpy(message, &head, sizeof head);
	e = cpg_mcast_joined(group, CPG_TYPE_AGREED, &whole, 1);
	if (e == CS_OK)
		sent++;
	else if (e != CS_ERR_TRY_AGAIN)
		exit(2);
	return e == CS_OK;
}

static void group_join(void)
{
	cpg_model_v1_data_t model = {.model = CPG_MODEL_V1,
				     .cpg_deliver_fn = on_message,
				     .cpg_confchg_fn = on_group,
				     .cpg_totem_confchg_fn = on_ring,
				     .flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF};
	struct cpg_name name = {.length = 6, .value = "verify"};
	cs_error_t e = CS_ERR_TRY_AGAIN;

	for (int i = 0; i < CONNECT_TRIES && e != CS_OK; i++) {
		e = cpg_model_initialize(&group, CPG_MODEL_V1, (cpg_model_data_t *)&model, NULL);
		if (e != CS_OK)
			usleep(25000);
	}
	if (e != CS_OK || cpg_local_get(group, &self_node) != CS_OK) {
		printf("no engine: %d\n", e);
		exit(2);
	}
	while ((e = cpg_join(group, &name)) == CS_ERR_TRY_AGAIN)
		usleep(5000);
	if (e != CS_OK) {
		printf("no group: %d\n", e);
		exit(2);
	}
}

/* Until SIGTERM; own messages on their way are waited for. */
static void run(uint64_t rate, size_t size_max)
{
	uint64_t begin = now_us();
	struct pollfd poller = {.events = POLLIN};

	if (cpg_fd_get(group, &poller.fd) != CS_OK)
		exit(2);
	while (!is_over || own < sent) {
		uint64_t due = (now_us() - begin) * rate / 1000000;

		for (int i = 0; i < BURST_MAX && !is_quiet && sent < due && sender_count > 0; i++) {
			if (!message_send(size_max, false))
				break;
		}
		if (is_quiet && !is_last_sent)
			is_last_sent = message_send(size_max, true);
		if (poll(&poller, 1, 5) > 0 && cpg_dispatch(group, CS_DISPATCH_ALL) != CS_OK) {
			printf("the engine is gone\n");
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	long size_max;

	if (argc != 3) {
		fprintf(stderr, "usage: cpg-verify RATE SIZE_MAX\n");
		return 3;
	}
	size_max = atol(argv[2]);
	if (size_max < (long)sizeof(struct head) || size_max > SIZE_MAX_MAX)
		return 3;
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	group_join();
	run(strtoull(argv[1], NULL, 10), (size_t)size_max);
	printf("E %" PRIu64 " %016" PRIx64 "\nT %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", count, chain, sent, own,
	       delivered);
	cpg_finalize(group);
	return is_bad ? 1 : 0;
}
