/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/corosync-map.h"

#include <arpa/inet.h>
#include <corosync/cmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_of_key(cmap_handle_t h, const char *key, char *ret, size_t size)
{
	char *value = NULL;
	if (cmap_get_string(h, key, &value) != CS_OK)
		return false;
	(void)snprintf(ret, size, "%s", value);
	free(value);
	return true;
}

static bool is_address(const char *text)
{
	struct in6_addr a;
	return inet_pton(AF_INET, text, &a) == 1 || inet_pton(AF_INET6, text, &a) == 1;
}

static bool node_read(cmap_handle_t h, unsigned int position, struct map_node *ret)
{
	char key[64];
	uint32_t id = 0;
	(void)snprintf(key, sizeof(key), "nodelist.node.%u.nodeid", position);
	if (cmap_get_uint32(h, key, &id) != CS_OK)
		return false;
	ret->node = node_id_of(id);
	(void)snprintf(key, sizeof(key), "nodelist.node.%u.name", position);
	if (text_of_key(h, key, ret->name, sizeof(ret->name)))
		return true;
	(void)snprintf(key, sizeof(key), "nodelist.node.%u.ring0_addr", position);
	if (!text_of_key(h, key, ret->name, sizeof(ret->name)) || is_address(ret->name))
		ret->name[0] = '\0';
	return true;
}

enum err map_cluster_read(struct map_cluster *ret, struct error *reterr)
{
	cmap_handle_t h;
	cs_error_t e = cmap_initialize(&h);
	memset(ret, 0, sizeof(*ret));
	if (e != CS_OK)
		return error_set(reterr, ERR_AGAIN, "the engine does not answer: %s", cs_strerror(e));
	(void)text_of_key(h, "totem.cluster_name", ret->name, sizeof(ret->name));
	for (unsigned int i = 0; i < MAP_NODES_MAX && node_read(h, i, &ret->nodes[ret->count]); i++)
		ret->count++;
	(void)cmap_finalize(h);
	return ERR_OK;
}

enum err map_admit(uint32_t uid, struct error *reterr)
{
	cmap_handle_t h;
	char key[64];
	cs_error_t e = cmap_initialize(&h);
	if (e != CS_OK)
		return error_set(reterr, ERR_AGAIN, "the engine does not answer: %s", cs_strerror(e));
	(void)snprintf(key, sizeof(key), "uidgid.uid.%u", uid);
	e = cmap_set_uint8(h, key, 1);
	(void)cmap_finalize(h);
	return e == CS_OK ? ERR_OK
			  : error_set(reterr, ERR_ACCESS, "the engine does not admit user %u: %s", uid, cs_strerror(e));
}

/* --- changes --- */

enum { CALM_MS = 100 };

struct map_watch {
	struct loop *loop;
	struct map_watch_ops ops;
	cmap_handle_t handle;
	struct loop_fd fd;
	struct timer calm;
};

static void on_calm(void *arg)
{
	struct map_watch *w = arg;
	w->ops.changed(w->ops.arg);
}

static void on_change(cmap_handle_t handle, cmap_track_handle_t track, int32_t event, const char *key,
		      struct cmap_notify_value new_value, struct cmap_notify_value old_value, void *arg)
{
	struct map_watch *w = arg;
	(void)handle, (void)track, (void)event, (void)key, (void)new_value, (void)old_value;
	loop_timer_set(w->loop, &w->calm, CALM_MS);
}

static void on_readable(void *arg, uint32_t events)
{
	struct map_watch *w = arg;
	(void)events;
	cs_error_t e = cmap_dispatch(w->handle, CS_DISPATCH_ALL);
	if (e != CS_OK && e != CS_ERR_TRY_AGAIN)
		loop_fd_remove(w->loop, &w->fd);
}

enum err map_watch_open(struct loop *l, const struct map_watch_ops *ops, struct map_watch **ret, struct error *reterr)
{
	cmap_track_handle_t track;
	int fd = -1;
	struct map_watch *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory to follow the engine's nodes");
	*w = (struct map_watch){.loop = l, .ops = *ops};
	timer_init(&w->calm, on_calm, w);
	cs_error_t e = cmap_initialize(&w->handle);
	if (e != CS_OK) {
		free(w);
		return error_set(reterr, ERR_AGAIN, "the engine does not answer: %s", cs_strerror(e));
	}
	e = cmap_fd_get(w->handle, &fd);
	if (e == CS_OK)
		e = cmap_track_add(w->handle, "nodelist.",
				   CMAP_TRACK_ADD | CMAP_TRACK_DELETE | CMAP_TRACK_MODIFY | CMAP_TRACK_PREFIX,
				   on_change, w, &track);
	w->fd = (struct loop_fd){.fd = fd, .priority = LOOP_LOW, .events = LOOP_READ, .fn = on_readable, .arg = w};
	enum err added =
		e == CS_OK ? loop_fd_add(l, &w->fd, reterr)
			   : error_set(reterr, ERR_AGAIN, "the engine tells nothing of its nodes: %s", cs_strerror(e));
	if (added != ERR_OK) {
		(void)cmap_finalize(w->handle);
		free(w);
		return added;
	}
	*ret = w;
	return ERR_OK;
}

void map_watch_close(struct map_watch *w)
{
	if (w == NULL)
		return;
	loop_fd_remove(w->loop, &w->fd);
	loop_timer_cancel(w->loop, &w->calm);
	(void)cmap_finalize(w->handle);
	free(w);
}
