/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group-check - members of a group send each other messages of any size, and see that each comes back whole and in the
 * same order.
 *
 *	group-check MEMBERS COUNT SIZE
 *
 * Waits for so many members, sends COUNT messages of SIZE bytes, and ends when those of all have come: "ok HASH", the
 * same at all members, where the hash is over senders and numbers in the order in which they came.
 */
#include "os/corosync-group.h"
#include "os/corosync-map.h"
#include "os/corosync-quorum.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_S = 60 };

struct check {
	struct loop *loop;
	struct group *group;
	struct timer patience;
	uint32_t members, count, size, present, got;
	uint64_t hash;
	bool sent, failed, quorum_told;
};

static void stop(struct check *c, const char *why)
{
	if (why != NULL) {
		(void)fprintf(stderr, "group-check: %s\n", why);
		c->failed = true;
	}
	loop_stop(c->loop);
}

static void fill(uint8_t *data, size_t size, uint32_t number)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 31 + number);
}

static void send_all(struct check *c)
{
	uint8_t *data = malloc(c->size);
	if (data == NULL)
		abort();
	for (uint32_t i = 0; i < c->count; i++) {
		fill(data, c->size, i);
		group_send(c->group, bytes_of(data, c->size));
	}
	free(data);
	c->sent = true;
}

static void on_members(void *arg, const struct group_member *members, uint32_t count)
{
	struct check *c = arg;
	struct group_member self = group_self(c->group);
	bool here = false;
	for (uint32_t i = 0; i < count; i++)
		here = here || (node_id_eq(members[i].node, self.node) && members[i].pid == self.pid);
	if (here && count == c->members && !c->sent)
		send_all(c);
}

static void on_message(void *arg, struct group_member sender, struct bytes message)
{
	struct check *c = arg;
	uint8_t *wanted = malloc(c->size);
	uint32_t number = message.len > 0 ? message.data[0] : 0;
	if (wanted == NULL)
		abort();
	fill(wanted, c->size, number);
	if (message.len != c->size || memcmp(wanted, message.data, c->size) != 0)
		stop(c, "a message came in pieces that do not fit");
	free(wanted);
	c->hash = (c->hash ^ (sender.node.v * 1000003u + number)) * 1099511628211u;
	if (++c->got == c->members * c->count)
		stop(c, c->quorum_told ? NULL : "nothing was told of quorum");
}

static void on_lost(void *arg, const char *why)
{
	stop(arg, why);
}

static void on_quorum(void *arg, bool quorate, const node_id *members, uint32_t count)
{
	struct check *c = arg;
	(void)quorate;
	(void)members;
	c->quorum_told = count > 0;
}

static void on_late(void *arg)
{
	stop(arg, "it takes too long");
}

int main(int argc, char **argv)
{
	static struct map_cluster cluster;
	struct check c = {.hash = 14695981039346656037u};
	struct quorum_watch *quorum = NULL;
	struct error error = {.text = ""};
	const struct group_ops ops = {.arg = &c, .members = on_members, .message = on_message, .lost = on_lost};
	const struct quorum_ops quorum_ops = {.arg = &c, .changed = on_quorum, .lost = on_lost};
	if (argc != 4) {
		(void)fprintf(stderr, "usage: group-check MEMBERS COUNT SIZE\n");
		return 2;
	}
	c.members = (uint32_t)strtoul(argv[1], NULL, 10);
	c.count = (uint32_t)strtoul(argv[2], NULL, 10);
	c.size = (uint32_t)strtoul(argv[3], NULL, 10);
	if (loop_open(&c.loop, &error) != ERR_OK || map_cluster_read(&cluster, &error) != ERR_OK ||
	    quorum_watch_open(c.loop, &quorum_ops, &quorum, &error) != ERR_OK ||
	    group_open(c.loop, "group-check", &ops, &c.group, &error) != ERR_OK) {
		(void)fprintf(stderr, "group-check: %s\n", error.text);
		return 1;
	}
	timer_init(&c.patience, on_late, &c);
	loop_timer_set(c.loop, &c.patience, MAX_S * 1000);
	if (loop_run(c.loop, &error) != ERR_OK)
		c.failed = true;
	(void)printf("%s %016" PRIx64 " %u nodes\n", c.failed ? "failed" : "ok", c.hash, cluster.count);
	group_close(c.group);
	quorum_watch_close(quorum);
	loop_timer_cancel(c.loop, &c.patience);
	loop_close(c.loop);
	return c.failed;
}
