/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring-load - send ordered messages through a group, and prove that all members saw the same.
 *
 *	ring-load --members K [--senders M] [--send] [--size BYTES] [--seconds S] [--window N] [--rate R] [--group NAME]
 *
 * One is started on each of K hosts; those with --send, M in all, are the senders. When K members are in the group,
 * each sender sends messages of SIZE bytes for S seconds, with at most N of its own not yet delivered, or R a second.
 * Then it says END. Every member hashes all messages in the order in which they were delivered; when all senders have
 * said END, it sends its hash, and all K hashes must be equal. Also checked: no gap and no repetition in what a sender
 * sent, and no byte of a message that changed.
 *
 * Prints one line of JSON: messages and bytes a second between first and last delivery, and the time in microseconds
 * from the call that sends to the delivery of an own message. Status: 0 all well, 1 usage or engine, 3 not the same
 * messages, 4 nothing for --timeout seconds.
 */
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#include <corosync/cpg.h>

enum { MAGIC = 0x48414c45, SAMPLES_MAX = 4000000, SENDERS_MAX = 1024, SIZE_MAX_BYTES = 1024 * 1024 };
enum kind { KIND_DATA, KIND_END, KIND_HASH };
enum exit_status { EXIT_GOOD = 0, EXIT_ENGINE = 1, EXIT_ORDER = 3, EXIT_TIMEOUT = 4 };

struct head {
	uint32_t magic;
	uint32_t kind;
	uint32_t sender;
	uint32_t number; /* of the sender's data messages; for END: how many there were */
	uint64_t sent_ns;
	uint64_t hash; /* of the payload; for HASH: of everything */
};

struct options {
	const char *group;
	unsigned members, senders, size, window, rate, timeout_s;
	double seconds;
	bool send;
};

static struct options opt = {
	.group = "ring-load",
	.members = 1,
	.senders = 1,
	.size = 1024,
	.window = 64,
	.timeout_s = 60,
	.seconds = 2,
};

static struct {
	cpg_handle_t handle;
	uint32_t self;
	bool running, end_sent, hash_sent, wrong;
	unsigned ends, hashes;
	uint64_t order;
	uint64_t sent, own_delivered, delivered, bytes;
	uint64_t start_ns, first_ns, last_ns;
	uint32_t next[SENDERS_MAX];
	uint32_t *samples_us10;
	size_t samples;
	uint8_t *message;
} load;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 p = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t hash_bytes(const uint8_t *data, size_t len)
{
	uint64_t h = len, part[2];

	for (; len >= sizeof part; len -= sizeof part, data += sizeof part) {
		memcpy(part, data, sizeof part);
		h = fold(h ^ part[0], part[1]);
	}
	memset(part, 0, sizeof part);
	memcpy(part, data, len);
	return fold(h ^ part[0], part[1]);
}

static void complain(const char *what, uint32_t node)
{
	fprintf(stderr, "ring-load: %s (from node %u)\n", what, node);
	load.wrong = true;
}

static void deliver_data(const struct head *h, const uint8_t *payload, size_t len, uint64_t now)
{
	if (load.next[h->sender % SENDERS_MAX]++ != h->number)
		complain("a message is missing or came twice", h->sender);
	if (hash_bytes(payload, len) != h->hash)
		complain("the bytes of a message changed", h->sender);
	load.order = fold(load.order ^ h->hash, (uint64_t)h->sender << 32 | h->number);
	if (load.delivered++ == 0)
		load.first_ns = now;
	load.last_ns = now;
	load.bytes += len + sizeof *h;
	if (h->sender != load.self)
		return;
	load.own_delivered++;
	if (load.samples < SAMPLES_MAX)
		load.samples_us10[load.samples++] = (uint32_t)((now - h->sent_ns) / 100);
}

static void on_message(cpg_handle_t handle, const struct cpg_name *group, uint32_t node, uint32_t pid, void *message,
		       size_t len)
{
	struct head h;

	(void)handle;
	(void)group;
	(void)pid;
	if (len < sizeof h) {
		complain("a message is too short", node);
		return;
	}
	memcpy(&h, message, sizeof h);
	if (h.magic != MAGIC || h.sender != node) {
		complain("a message is not of this program", node);
		return;
	}
	switch ((enum kind)h.kind) {
	case KIND_DATA:
		deliver_data(&h, (const uint8_t *)message + sizeof h, len - sizeof h, now_ns());
		break;
	case KIND_END:
		load.ends++;
		if (load.next[h.sender % SENDERS_MAX] != h.number)
			complain("messages are missing at the end", node);
		break;
	case KIND_HASH:
		load.hashes++;
		if (h.hash != load.order)
			complain("another member saw other messages, or another order", node);
		break;
	}
}

static void on_members(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *members,
		       size_t count, const struct cpg_address *left, size_t left_count,
		       const struct cpg_address *joined, size_t joined_count)
{
	(void)handle;
	(void)group;
	(void)members;
	(void)left;
	(void)joined;
	(void)joined_count;
	if (!load.running && count == opt.members) {
		load.running = true;
		load.start_ns = now_ns();
	} else if (load.running && left_count != 0 && load.hashes < opt.members) {
		complain("a member left before the end", left[0].nodeid);
	}
}

/* False when the engine wants no message just now. */
static bool send_message(struct head *h, size_t payload)
{
	struct iovec parts[2] = {{h, sizeof *h}, {load.message, payload}};
	cs_error_t e = cpg_mcast_joined(load.handle, CPG_TYPE_AGREED, parts, payload != 0 ? 2 : 1);

	if (e == CS_ERR_TRY_AGAIN)
		return false;
	if (e != CS_OK) {
		fprintf(stderr, "ring-load: the engine refuses a message: error %d\n", (int)e);
		exit(EXIT_ENGINE);
	}
	return true;
}

static bool send_data(void)
{
	size_t payload = opt.size - sizeof(struct head);
	struct head h = {.magic = MAGIC, .kind = KIND_DATA, .sender = load.self, .number = (uint32_t)load.sent};

	/* Different each time, so that a buffer that was mixed up shows. */
	memcpy(load.message, &load.sent, payload < sizeof load.sent ? payload : sizeof load.sent);
	h.hash = hash_bytes(load.message, payload);
	h.sent_ns = now_ns();
	if (!send_message(&h, payload))
		return false;
	load.sent++;
	return true;
}

static bool is_due(uint64_t now)
{
	if (load.sent - load.own_delivered >= opt.window)
		return false;
	return opt.rate == 0 || now - load.start_ns >= load.sent * 1000000000u / opt.rate;
}

static void send_what_is_due(void)
{
	uint64_t now = now_ns();
	bool over = (double)(now - load.start_ns) >= opt.seconds * 1e9;
	struct head h = {.magic = MAGIC, .sender = load.self};

	if (!load.running)
		return;
	while (opt.send && !over && is_due(now_ns()) && send_data())
		over = (double)(now_ns() - load.start_ns) >= opt.seconds * 1e9;
	if (opt.send && over && !load.end_sent) {
		h.kind = KIND_END;
		h.number = (uint32_t)load.sent;
		load.end_sent = send_message(&h, 0);
	}
	if (load.ends == opt.senders && !load.hash_sent) {
		h.kind = KIND_HASH;
		h.hash = load.order;
		load.hash_sent = send_message(&h, 0);
	}
}

/* How long to sleep at most: until the next message of a paced sender is due, or a try after a refusal. */
static int wait_ms(void)
{
	return load.running && opt.send && !load.end_sent ? 1 : 100;
}

static void run_load(void)
{
	uint64_t quiet_since = now_ns(), seen = 0;
	struct pollfd p = {.events = POLLIN};

	cpg_fd_get(load.handle, &p.fd);
	while (load.hashes < opt.members) {
		send_what_is_due();
		poll(&p, 1, wait_ms());
		if (p.revents != 0 && cpg_dispatch(load.handle, CS_DISPATCH_ALL) != CS_OK) {
			fprintf(stderr, "ring-load: the engine is gone\n");
			exit(EXIT_ENGINE);
		}
		if (seen != load.delivered + load.ends + load.hashes || p.revents != 0) {
			seen = load.delivered + load.ends + load.hashes;
			quiet_since = now_ns();
		} else if (now_ns() - quiet_since > (uint64_t)opt.timeout_s * 1000000000u) {
			fprintf(stderr, "ring-load: nothing for %u s; %u of %u ends, %u of %u hashes\n", opt.timeout_s,
				load.ends, opt.senders, load.hashes, opt.members);
			exit(EXIT_TIMEOUT);
		}
	}
}

static int compare_samples(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double sample_us(size_t per_thousand)
{
	return load.samples == 0 ? 0 : load.samples_us10[(load.samples - 1) * per_thousand / 1000] / 10.0;
}

static void report(void)
{
	double span_s = (double)(load.last_ns - load.first_ns) / 1e9;

	if (span_s <= 0)
		span_s = 1e-9;
	qsort(load.samples_us10, load.samples, sizeof *load.samples_us10, compare_samples);
	printf("{\"node\": %u, \"same\": %s, \"sent\": %llu, \"delivered\": %llu, \"order\": \"%016llx\", "
	       "\"messages_s\": %.1f, \"mb_s\": %.2f, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
	       load.self, load.wrong ? "false" : "true", (unsigned long long)load.sent,
	       (unsigned long long)load.delivered, (unsigned long long)load.order, (double)load.delivered / span_s,
	       (double)load.bytes / 1e6 / span_s, sample_us(500), sample_us(990));
}

static unsigned number(const char *text, unsigned min, unsigned max, const char *what)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text == 0 || *end != 0 || v < min || v > max) {
		fprintf(stderr, "ring-load: --%s %s: give a number from %u to %u\n", what, text, min, max);
		exit(EXIT_ENGINE);
	}
	return (unsigned)v;
}

static void parse_options(int argc, char **argv)
{
	static const struct option known[] = {
		{"members", required_argument, NULL, 'm'}, {"senders", required_argument, NULL, 's'},
		{"send", no_argument, NULL, 'S'},          {"size", required_argument, NULL, 'b'},
		{"seconds", required_argument, NULL, 't'}, {"window", required_argument, NULL, 'w'},
		{"rate", required_argument, NULL, 'r'},    {"group", required_argument, NULL, 'g'},
		{"timeout", required_argument, NULL, 'T'}, {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'm')
			opt.members = number(optarg, 1, SENDERS_MAX, "members");
		else if (c == 's')
			opt.senders = number(optarg, 1, SENDERS_MAX, "senders");
		else if (c == 'S')
			opt.send = true;
		else if (c == 'b')
			opt.size = number(optarg, sizeof(struct head), SIZE_MAX_BYTES, "size");
		else if (c == 't')
			opt.seconds = strtod(optarg, NULL);
		else if (c == 'w')
			opt.window = number(optarg, 1, 1000000, "window");
		else if (c == 'r')
			opt.rate = number(optarg, 0, 1000000, "rate");
		else if (c == 'g')
			opt.group = optarg;
		else if (c == 'T')
			opt.timeout_s = number(optarg, 1, 3600, "timeout");
		else
			exit(EXIT_ENGINE);
	}
}

static bool join_group(void)
{
	cpg_callbacks_t callbacks = {.cpg_deliver_fn = on_message, .cpg_confchg_fn = on_members};
	struct cpg_name name = {.length = (uint32_t)strlen(opt.group)};
	cs_error_t e;

	if (name.length > sizeof name.value)
		return false;
	memcpy(name.value, opt.group, name.length);
	if (cpg_initialize(&load.handle, &callbacks) != CS_OK || cpg_local_get(load.handle, &load.self) != CS_OK)
		return false;
	while ((e = cpg_join(load.handle, &name)) == CS_ERR_TRY_AGAIN)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	return e == CS_OK;
}

int main(int argc, char **argv)
{
	parse_options(argc, argv);
	load.samples_us10 = malloc(SAMPLES_MAX * sizeof *load.samples_us10);
	load.message = malloc(opt.size);
	if (load.samples_us10 == NULL || load.message == NULL)
		return EXIT_ENGINE;
	for (unsigned i = 0; i < opt.size; i++)
		load.message[i] = (uint8_t)(i * 7 + i / 251);
	if (!join_group()) {
		fprintf(stderr,
			"ring-load: no engine of this host lets us into group \"%s\": is one running "
			"(corosync-quorumtool)?\n",
			opt.group);
		return EXIT_ENGINE;
	}
	run_load();
	report();
	cpg_finalize(load.handle);
	free(load.samples_us10);
	free(load.message);
	return load.wrong ? EXIT_ORDER : EXIT_GOOD;
}
