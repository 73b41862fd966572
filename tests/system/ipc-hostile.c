/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipc-hostile - clients that keep no rule, beside one that does.
 *
 *	ipc-hostile SERVICE SECONDS SEED        SERVICE: cpg cfg cmap quorum votequorum
 *
 * Some processes connect to the engine in the caller's network namespace and
 * send requests that are cut, too long, of unknown or negative ids or full of
 * rubbish; flood it without reading answers or events; hang in the handshake;
 * go or are killed in the middle. Beside them a good client asks something
 * harmless all the time (with cpg it also joins a group and multicasts). In the
 * end a summary is printed. Status 0: the good client had every answer, each
 * within LATE_MS, and every event in order. 1: it had not. 2: no engine there.
 *
 * What an entitled client may well do to a cluster (shut it down, kill nodes,
 * change votes) is no hostility that an engine could tell from an order, so such
 * requests are sent only where their length makes them invalid.
 */
#include <errno.h>
#include <poll.h>
#include <qb/qbipcc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { VILLAINS = 3, BUFFER = 1024 * 1024, HEADER = 16, LATE_MS = 5000, NAME_MAX_BYTES = 128 };

struct rules {
	const char *service;
	int32_t good_id; /* a request without effect ... */
	uint32_t good_size;
	uint32_t ids;            /* how many there are */
	uint32_t spare[8];       /* ids that are orders: only ever sent too short; ends with 0 */
	uint32_t never;          /* one that is whole with its header alone; 0: none */
	const char *good_string; /* a key to ask for at 24, or NULL */
};

static const struct rules rules[] = {
	{"cpg", 4, 16, 13, {0}, 0, NULL},
	{"cfg", 6, 16, 12, {2, 3, 7, 0}, 7, NULL},
	{"cmap", 2, 288, 10, {0}, 0, "totem.cluster_name"},
	{"quorum", 0, 16, 5, {0}, 0, NULL},
	{"votequorum", 0, 24, 12, {1, 2, 5, 6, 7, 8, 9, 0}, 0, NULL},
};

/* In memory that all processes share. */
struct counts {
	uint64_t connections, handshakes, requests, refused, floods, killed;
	uint64_t answers, slowest_us, unanswered, messages, disordered;
	bool good_connected, good_done;
};

static struct counts *counts;
static const struct rules *rule;

static void count(uint64_t *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t dice_state;

static uint32_t dice(uint32_t sides)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return (uint32_t)(dice_state >> 32) % sides;
}

static void put_u32(uint8_t *at, uint32_t v)
{
	memcpy(at, &v, sizeof v);
}

/* Numbers at which decoders break. */
static uint32_t odd_number(void)
{
	static const uint32_t odd[] = {0,          1,          2,          3,          4,          8,
				       16,         127,        128,        129,        255,        256,
				       1024,       65535,      65536,      1048576,    0x7fffffff, 1u << 31,
				       0x80000010, 0xfffffff0, 0xfffffffe, 0xffffffff, 0xdeadbeef, 24};

	return dice(4) == 0 ? dice(UINT32_MAX) : odd[dice(sizeof odd / sizeof odd[0])];
}

static bool is_spared(uint32_t id)
{
	for (const uint32_t *s = rule->spare; *s != 0; s++) {
		if (*s == id)
			return true;
	}
	return false;
}

static int32_t odd_id(void)
{
	static const int32_t odd[] = {-1, -2, INT32_MIN, INT32_MAX, 255, 256, 65535, 65536, 0x20003, -65532, 64};
	int32_t id = dice(6) == 0 ? odd[dice(sizeof odd / sizeof odd[0])] : (int32_t)dice(rule->ids + 2);

	return rule->never != 0 && (uint16_t)id == rule->never ? -3 : id;
}

/* -1 and -2 end a connection or begin one in libqb itself; they are sent, too. */
static size_t make_request(uint8_t *b)
{
	static const size_t sizes[] = {16, 24, 32, 40, 56, 152, 160, 168, 272, 280, 288, 296, 304, 528};
	size_t size = dice(3) == 0 ? HEADER + dice(2000) : sizes[dice(sizeof sizes / sizeof sizes[0])];
	int32_t id = odd_id();

	if (is_spared((uint32_t)(uint16_t)id))
		size = HEADER + dice(4);
	if (dice(200) == 0 && !is_spared((uint32_t)(uint16_t)id))
		size = BUFFER - 1024 - dice(4096);
	for (size_t i = HEADER; i + 4 <= size && i < 4096; i += 4)
		put_u32(b + i, odd_number());
	if (size > 160 && dice(2) == 0) { /* a name that may exist */
		put_u32(b + HEADER, 7);
		memcpy(b + 24, "hostile", 8);
	}
	put_u32(b, (uint32_t)id);
	put_u32(b + 8, (uint32_t)size);
	return size;
}

static qb_ipcc_connection_t *villain_connect(void)
{
	qb_ipcc_connection_t *c = qb_ipcc_connect(rule->service, BUFFER);

	if (c == NULL)
		usleep(20000);
	else
		count(&counts->connections);
	return c;
}

static void send_one(qb_ipcc_connection_t *c, const uint8_t *b, size_t size)
{
	ssize_t sent = qb_ipcc_send(c, b, size);

	count(sent < 0 ? &counts->refused : &counts->requests);
	if (sent == -EAGAIN)
		usleep(1000);
}

/* Rubbish, with answers and events read now and then. */
static void play_rubbish(qb_ipcc_connection_t *c, uint8_t *b)
{
	static uint8_t in[BUFFER];
	uint32_t rounds = 1 + dice(300);

	for (uint32_t i = 0; i < rounds; i++) {
		send_one(c, b, make_request(b));
		if (dice(2) == 0)
			(void)qb_ipcc_recv(c, in, sizeof in, 5);
		if (dice(8) == 0)
			(void)qb_ipcc_event_recv(c, in, sizeof in, 0);
	}
}

/* The header claims another length than what is in the ring. */
static void play_lies(qb_ipcc_connection_t *c, uint8_t *b)
{
	for (uint32_t i = 0; i < 50; i++) {
		size_t size = make_request(b);
		uint32_t id;

		memcpy(&id, b, sizeof id);
		if (is_spared(id & 0xffff) || (int32_t)id < 0)
			continue;
		put_u32(b + 8, odd_number());
		send_one(c, b, size);
	}
}

/* As many as the ring takes, no answer read. */
static void play_flood(qb_ipcc_connection_t *c, uint8_t *b)
{
	uint64_t end = now_us() + 300000;

	memset(b, 0, 512);
	put_u32(b, (uint32_t)rule->good_id);
	put_u32(b + 8, rule->good_size);
	while (now_us() < end)
		send_one(c, b, rule->good_size);
	count(&counts->floods);
}

/* A member that multicasts and never reads what comes of it. */
static void play_deaf(qb_ipcc_connection_t *c, uint8_t *b)
{
	uint64_t end = now_us() + 300000;

	if (strcmp(rule->service, "cpg") != 0) {
		play_flood(c, b);
		return;
	}
	memset(b, 0, 8192);
	put_u32(b + 8, 168);
	put_u32(b + 16, 7);
	memcpy(b + 24, "hostile", 7);
	put_u32(b + 152, (uint32_t)getpid());
	send_one(c, b, 168);
	put_u32(b, 2);
	put_u32(b + 8, 40 + 4096);
	put_u32(b + 32, 4096);
	while (now_us() < end)
		send_one(c, b, 40 + 4096);
	count(&counts->floods);
}

static int raw_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_usec = 50000};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	memcpy(address.sun_path + 1, rule->service, strlen(rule->service));
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	usleep(20000);
	return -1;
}

/* Half a greeting, none, or one full of rubbish; then silence, or gone. */
static void play_handshake(void)
{
	int fds[8];

	for (uint32_t i = 0; i < 8; i++) {
		uint8_t greeting[64] = {0};
		size_t size = dice(sizeof greeting);

		for (size_t k = 0; k + 4 <= sizeof greeting; k += 4)
			put_u32(greeting + k, odd_number());
		put_u32(greeting, dice(2) == 0 ? odd_number() : UINT32_MAX);
		put_u32(greeting + 8, dice(2) == 0 ? 24 : odd_number());
		put_u32(greeting + 16, dice(BUFFER)); /* what it says of its buffer is believed */
		fds[i] = raw_connect();
		if (fds[i] >= 0 && size > 0 && send(fds[i], greeting, size, MSG_NOSIGNAL) > 0)
			count(&counts->handshakes);
	}
	usleep(dice(100000));
	for (uint32_t i = 0; i < 8; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

static void play_scene(uint8_t *b)
{
	qb_ipcc_connection_t *c = villain_connect();

	if (c == NULL)
		return;
	switch (dice(5)) {
	case 0:
		play_flood(c, b);
		break;
	case 1:
		play_deaf(c, b);
		break;
	case 2:
		play_lies(c, b);
		break;
	default:
		play_rubbish(c, b);
		break;
	}
	if (dice(8) == 0) { /* gone without a word */
		count(&counts->killed);
		kill(getpid(), SIGKILL);
	}
	qb_ipcc_disconnect(c);
}

static void villain(uint64_t seed)
{
	uint8_t *b = calloc(1, BUFFER);

	signal(SIGPIPE, SIG_IGN);
	dice_state = seed * 0x9e3779b97f4a7c15u + 1;
	for (uint32_t i = 0; i < 10; i++)
		(void)dice(2);
	while (b != NULL) {
		if (dice(4) == 0)
			play_handshake();
		else
			play_scene(b);
	}
	_exit(0);
}

static void good_ask(qb_ipcc_connection_t *c)
{
	static uint8_t out[512], in[BUFFER];
	uint64_t start = now_us(), took;
	ssize_t n;

	put_u32(out, (uint32_t)rule->good_id);
	put_u32(out + 8, rule->good_size);
	if (rule->good_string != NULL) {
		put_u32(out + 16, (uint32_t)strlen(rule->good_string));
		memcpy(out + 24, rule->good_string, strlen(rule->good_string));
	}
	do {
		n = qb_ipcc_send(c, out, rule->good_size);
		if (n == -EAGAIN)
			usleep(1000);
	} while (n == -EAGAIN && now_us() - start < LATE_MS * 1000u);
	if (n >= 0)
		n = qb_ipcc_recv(c, in, sizeof in, LATE_MS);
	took = now_us() - start;
	count(n >= 24 ? &counts->answers : &counts->unanswered);
	if (took > counts->slowest_us)
		counts->slowest_us = took;
}

static void good_mcast(qb_ipcc_connection_t *c, uint32_t number)
{
	uint8_t b[44] = {0};
	uint64_t start = now_us();

	put_u32(b, 2);
	put_u32(b + 8, sizeof b);
	put_u32(b + 32, 4);
	put_u32(b + 40, number);
	while (qb_ipcc_send(c, b, sizeof b) == -EAGAIN && now_us() - start < LATE_MS * 1000u)
		usleep(1000);
}

/* Its own messages must come back, in order and without a gap. */
static void good_listen(qb_ipcc_connection_t *c, uint32_t *expected)
{
	static uint8_t in[BUFFER];
	uint32_t id, pid, number;

	while (qb_ipcc_event_recv(c, in, sizeof in, 0) >= 188) {
		memcpy(&id, in, sizeof id);
		memcpy(&pid, in + 176, sizeof pid);
		if (id != 5 || pid != (uint32_t)getpid())
			continue;
		memcpy(&number, in + 184, sizeof number);
		count(number == *expected ? &counts->messages : &counts->disordered);
		*expected = number + 1;
	}
}

static bool good_join(qb_ipcc_connection_t *c)
{
	uint8_t b[168] = {0}, in[64];
	uint32_t status = 0;

	put_u32(b + 8, sizeof b);
	put_u32(b + 16, 4);
	memcpy(b + 24, "good", 4);
	put_u32(b + 152, (uint32_t)getpid());
	if (qb_ipcc_send(c, b, sizeof b) < 0 || qb_ipcc_recv(c, in, sizeof in, LATE_MS) < 24)
		return false;
	memcpy(&status, in + 16, sizeof status);
	return status == 1;
}

static void good(uint32_t seconds)
{
	uint64_t end = now_us() + seconds * 1000000ull;
	qb_ipcc_connection_t *c = qb_ipcc_connect(rule->service, BUFFER);
	bool member = c != NULL && strcmp(rule->service, "cpg") == 0;
	uint32_t sent = 0, expected = 0;

	if (c == NULL)
		_exit(1);
	if (member && !good_join(c))
		count(&counts->unanswered);
	__atomic_store_n(&counts->good_connected, true, __ATOMIC_RELEASE);
	while (now_us() < end) {
		good_ask(c);
		if (member) {
			good_mcast(c, sent++);
			good_listen(c, &expected);
		}
		usleep(2000);
	}
	for (end = now_us() + LATE_MS * 1000u; member && expected < sent && now_us() < end; usleep(2000))
		good_listen(c, &expected);
	for (; member && expected < sent; expected++)
		count(&counts->disordered);
	qb_ipcc_disconnect(c);
	counts->good_done = true;
	_exit(0);
}

static pid_t start(bool is_good, uint64_t argument)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (is_good)
		good((uint32_t)argument);
	else
		villain(argument);
	_exit(0);
}

/* Until the good client has had its time; villains that end are followed by others. */
static void run(uint32_t seconds, uint64_t seed)
{
	uint64_t end = now_us() + (seconds + 4 * LATE_MS / 1000) * 1000000ull;
	pid_t good_pid = start(true, seconds), pids[VILLAINS] = {0};
	int status;

	while (!__atomic_load_n(&counts->good_connected, __ATOMIC_ACQUIRE)) {
		if (waitpid(good_pid, &status, WNOHANG) != 0)
			return;
		usleep(10000);
	}
	while (now_us() < end && waitpid(good_pid, &status, WNOHANG) == 0) {
		for (uint32_t i = 0; i < VILLAINS; i++) {
			if (pids[i] == 0 || waitpid(pids[i], &status, WNOHANG) != 0)
				pids[i] = start(false, seed++);
		}
		usleep(10000);
	}
	for (uint32_t i = 0; i < VILLAINS; i++) {
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	}
	if (!counts->good_done)
		kill(good_pid, SIGKILL);
	while (wait(&status) > 0)
		;
}

static int report(uint32_t seconds, uint64_t seed)
{
	const struct counts *n = counts;
	bool fine = n->good_done && n->answers > 0 && n->unanswered == 0 && n->disordered == 0;

	if (!n->good_connected) {
		fprintf(stderr, "ipc-hostile: no engine answers as \"%s\" in this network namespace\n", rule->service);
		return 2;
	}
	printf("%s %u s seed %llu: %llu connections, %llu greetings, %llu requests, %llu not taken, %llu floods, "
	       "%llu killed\n",
	       rule->service, seconds, (unsigned long long)seed, (unsigned long long)n->connections,
	       (unsigned long long)n->handshakes, (unsigned long long)n->requests, (unsigned long long)n->refused,
	       (unsigned long long)n->floods, (unsigned long long)n->killed);
	printf("good client: %llu answers, slowest %llu ms, %llu missing; %llu messages, %llu missing or out of order; "
	       "%s\n",
	       (unsigned long long)n->answers, (unsigned long long)n->slowest_us / 1000,
	       (unsigned long long)n->unanswered, (unsigned long long)n->messages, (unsigned long long)n->disordered,
	       fine           ? "unharmed"
	       : n->good_done ? "HARMED"
			      : "STUCK");
	return fine ? 0 : 1;
}

int main(int argc, char **argv)
{
	uint32_t seconds;
	uint64_t seed;

	for (size_t i = 0; argc == 4 && i < sizeof rules / sizeof rules[0]; i++) {
		if (strcmp(argv[1], rules[i].service) == 0)
			rule = &rules[i];
	}
	if (rule == NULL) {
		fprintf(stderr, "usage: ipc-hostile cpg|cfg|cmap|quorum|votequorum SECONDS SEED\n");
		return 2;
	}
	seconds = (uint32_t)strtoul(argv[2], NULL, 10);
	seed = strtoull(argv[3], NULL, 10);
	counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED) {
		perror("ipc-hostile: memory");
		return 2;
	}
	run(seconds, seed);
	return report(seconds, seed);
}
