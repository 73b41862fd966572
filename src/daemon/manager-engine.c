/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager-engine.h"

#include "os/corosync-group.h"
#include "os/corosync-quorum.h"

#include <assert.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ENGINE_AGAIN_MS = 50 };
static_assert((int)GROUP_MEMBERS_MAX <= (int)MESSAGE_MEMBERS_MAX, "a message names all members of a group");

struct manager_engine {
	struct loop *loop;
	struct manager_engine_ops ops;
	char *group_name;
	struct map_watch *map;
	struct quorum_watch *quorum;
	struct group *group;
	struct timer connect;
	struct map_cluster cluster;
	struct member members[GROUP_MEMBERS_MAX];
	uint32_t member_count;
	node_id ring[QUORUM_NODES_MAX];
	uint32_t ring_count;
	bool quorate, quorum_known, awaited, begun;
	char name[MAP_NAME_MAX];
};

/* --- what it tells --- */

static void tell_group(const struct manager_engine *e)
{
	if (e->begun && e->member_count > 0)
		e->ops.group(e->ops.arg, e->members, e->member_count, e->ring, e->ring_count);
}

static void on_members(void *arg, const struct group_member *members, uint32_t count)
{
	struct manager_engine *e = arg;
	for (uint32_t i = 0; i < count; i++)
		e->members[i] = (struct member){.node = members[i].node, .pid = members[i].pid};
	e->member_count = count;
	tell_group(e);
}

static void on_machine_lost(void *arg, node_id node)
{
	const struct manager_engine *e = arg;
	if (e->begun)
		e->ops.machine_lost(e->ops.arg, node);
}

static void on_message(void *arg, struct group_member sender, struct bytes message)
{
	const struct manager_engine *e = arg;
	struct member from = {.node = sender.node, .pid = sender.pid};
	if (e->begun)
		e->ops.message(e->ops.arg, from, message);
}

static void on_quorum(void *arg, bool quorate, const node_id *members, uint32_t count)
{
	struct manager_engine *e = arg;
	bool first = !e->quorum_known;
	e->ring_count = count < QUORUM_NODES_MAX ? count : QUORUM_NODES_MAX;
	memcpy(e->ring, members, e->ring_count * sizeof(*members));
	e->quorate = quorate;
	e->quorum_known = true;
	if (first)
		loop_timer_set(e->loop, &e->connect, 0);
	if (!e->begun)
		return;
	e->ops.quorum(e->ops.arg, quorate);
	e->ops.ring(e->ops.arg, e->ring, e->ring_count);
}

static void on_lost(void *arg, const char *why)
{
	const struct manager_engine *e = arg;
	e->ops.lost(e->ops.arg, why);
}

/* A reload brought other nodes. */
static void on_map_changed(void *arg)
{
	struct manager_engine *e = arg;
	struct map_cluster cluster;
	struct error error;
	if (!e->begun || map_cluster_read(&cluster, &error) != ERR_OK)
		return;
	e->cluster = cluster;
	e->ops.nodes(e->ops.arg);
}

/* --- connecting --- */

static enum err connect_map_and_quorum(struct manager_engine *e, struct error *reterr)
{
	const struct quorum_ops quorum_ops = {.arg = e, .changed = on_quorum, .lost = on_lost};
	const struct map_watch_ops map_ops = {.arg = e, .changed = on_map_changed};
	enum err err = e->ops.prepare(e->ops.arg, reterr);
	if (err != ERR_OK)
		return err;
	err = map_watch_open(e->loop, &map_ops, &e->map, reterr);
	if (err == ERR_OK)
		err = map_cluster_read(&e->cluster, reterr);
	if (err == ERR_OK)
		err = quorum_watch_open(e->loop, &quorum_ops, &e->quorum, reterr);
	if (err != ERR_OK) {
		map_watch_close(e->map);
		e->map = NULL;
	}
	return err;
}

static void find_name(struct manager_engine *e, node_id self)
{
	for (uint32_t i = 0; i < e->cluster.count; i++)
		if (node_id_eq(e->cluster.nodes[i].node, self) && e->cluster.nodes[i].name[0] != '\0')
			(void)snprintf(e->name, sizeof(e->name), "%s", e->cluster.nodes[i].name);
	if (e->name[0] == '\0' && gethostname(e->name, sizeof(e->name) - 1) != 0)
		(void)snprintf(e->name, sizeof(e->name), "node%u", self.v);
}

static enum err join(struct manager_engine *e, struct error *reterr)
{
	const struct group_ops ops = {.arg = e,
				      .members = on_members,
				      .machine_lost = on_machine_lost,
				      .message = on_message,
				      .lost = on_lost};
	enum err err = group_open(e->loop, e->group_name, &ops, &e->group, reterr);
	if (err != ERR_OK)
		return err;
	struct group_member self = group_self(e->group);
	find_name(e, self.node);
	err = e->ops.begin(e->ops.arg, (struct member){.node = self.node, .pid = self.pid}, reterr);
	if (err != ERR_OK)
		return err == ERR_AGAIN ? ERR_IO : err;
	e->begun = true;
	e->ops.quorum(e->ops.arg, e->quorate);
	tell_group(e);
	return ERR_OK;
}

/* Step by step; without an engine, again a little later. */
static void on_connect(void *arg)
{
	struct manager_engine *e = arg;
	struct error error;
	enum err err = ERR_OK;
	if (e->quorum == NULL)
		err = connect_map_and_quorum(e, &error);
	if (err == ERR_OK && e->quorum_known)
		err = join(e, &error);
	if (err == ERR_AGAIN) {
		if (!e->awaited)
			e->ops.awaited(e->ops.arg, error.text);
		e->awaited = true;
		loop_timer_set(e->loop, &e->connect, ENGINE_AGAIN_MS);
	} else if (err != ERR_OK) {
		e->ops.failed(e->ops.arg, error.text);
	}
}

struct manager_engine *manager_engine_open(struct loop *l, const char *group, const struct manager_engine_ops *ops)
{
	struct manager_engine *e = g_new0(struct manager_engine, 1);
	e->loop = l;
	e->ops = *ops;
	e->group_name = g_strdup(group);
	timer_init(&e->connect, on_connect, e);
	loop_timer_set(l, &e->connect, 0);
	return e;
}

void manager_engine_close(struct manager_engine *e)
{
	if (e == NULL)
		return;
	loop_timer_cancel(e->loop, &e->connect);
	group_close(e->group);
	quorum_watch_close(e->quorum);
	map_watch_close(e->map);
	g_free(e->group_name);
	g_free(e);
}

const struct map_cluster *manager_engine_cluster(const struct manager_engine *e)
{
	return &e->cluster;
}

const char *manager_engine_name(const struct manager_engine *e)
{
	return e->name;
}

void manager_engine_send(struct manager_engine *e, struct bytes message)
{
	if (e->group != NULL)
		group_send(e->group, message);
}
