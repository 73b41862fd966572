/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The quorum device: a local client registers under a name that all nodes share, then polls with its vote. When it
 * stops polling, its vote is gone; when a ring forms, its word is awaited before the ring's quorum is decided.
 */
#include "service/votequorum-internal.h"

#include <assert.h>

enum {
	REQUEST_REGISTER = 5,
	REQUEST_UNREGISTER = 6,
	REQUEST_UPDATE = 7,
	REQUEST_POLL = 8,
	REQUEST_MASTER_WINS = 9,
	REQUEST_SET_EXTRA = 10,
};

enum {
	POLL_VOTE_AT = 272,
	POLL_RING_AT = 280,
	MASTER_ALLOW_AT = 272,
	DEVICE_FLAGS = NODE_DEVICE_REGISTERED | NODE_DEVICE_ALIVE | NODE_DEVICE_CAST_VOTE | NODE_DEVICE_MASTER_WINS |
		       NODE_EXTRA_INFO,
	REGISTER_SIZE = 280,
	RENAME_SIZE = 528,
};

/* Names come without a guarantee that they end. */
static void read_name(struct reader *r, char name[VOTEQUORUM_NAME_SIZE])
{
	read_copy(r, name, VOTEQUORUM_NAME_SIZE);
	name[VOTEQUORUM_NAME_SIZE - 1] = '\0';
}

static void name_copy(char to[VOTEQUORUM_NAME_SIZE], const char *from)
{
	size_t n = strnlen(from, VOTEQUORUM_NAME_SIZE - 1);

	memset(to, 0, VOTEQUORUM_NAME_SIZE);
	memcpy(to, from, n);
}

static void write_name(struct writer *w, const char *name)
{
	char padded[VOTEQUORUM_NAME_SIZE];

	name_copy(padded, name);
	write_bytes(w, padded, sizeof padded);
}

void votequorum_send_device(struct service_effects *fx, bool registered, const char *name)
{
	struct writer w = service_scratch(fx, REGISTER_SIZE);

	service_message_head(&w, SERVICE_VOTEQUORUM, VOTEQUORUM_DEVICE_REGISTER);
	write_u32(&w, registered);
	write_name(&w, name);
	write_pad_to(&w, REGISTER_SIZE);
	service_multicast(fx, &w, (struct bytes){0});
}

static void send_rename(struct service_effects *fx, const char *old, const char *new)
{
	struct writer w = service_scratch(fx, RENAME_SIZE);

	service_message_head(&w, SERVICE_VOTEQUORUM, VOTEQUORUM_DEVICE_RENAME);
	write_name(&w, old);
	write_name(&w, new);
	write_pad_to(&w, RENAME_SIZE);
	service_multicast(fx, &w, (struct bytes){0});
}

void votequorum_send_extra(struct votequorum *v, struct service_effects *fx)
{
	const struct votequorum_node *us = votequorum_self(v);
	struct writer w = service_scratch(fx, 24 + VOTEQUORUM_EXTRA_MAX);

	service_message_head(&w, SERVICE_VOTEQUORUM, VOTEQUORUM_EXTRA_INFO);
	write_u32(&w, us->id.v);
	write_u32(&w, us->extra_len);
	write_bytes(&w, us->extra, us->extra_len);
	service_multicast(fx, &w, (struct bytes){0});
}

bool votequorum_extra_set(struct votequorum *v, struct votequorum_node *n, const uint8_t *data, uint32_t len)
{
	assert(len <= VOTEQUORUM_EXTRA_MAX);
	pool_free(v->pool, n->extra);
	n->extra = NULL;
	n->extra_len = 0;
	if (len == 0)
		return true;
	n->extra = pool_alloc(v->pool, len);
	if (n->extra == NULL)
		return false;
	memcpy(n->extra, data, len);
	n->extra_len = len;
	return true;
}

/* The synchronisation need not wait for the device any longer. */
static void stop_awaiting(struct votequorum *v, struct service_effects *fx)
{
	if (!v->device_awaited)
		return;
	v->device_awaited = false;
	if (v->syncing && v->state_sent) {
		(void)service_scratch(fx, 0);
		service_push(fx, SERVICE_EFFECT_SYNC_READY);
	}
}

void votequorum_device_await(struct votequorum *v, struct service_effects *fx)
{
	const uint32_t both = NODE_DEVICE_REGISTERED | NODE_DEVICE_ALIVE;

	v->device_awaited = (votequorum_self(v)->flags & both) == both;
	if (v->device_awaited)
		service_timer_set(fx, SERVICE_TIMER_QDEVICE, v->config.device_sync_timeout_ms);
}

void votequorum_device_timeout(struct votequorum *v, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);

	if (!(us->flags & NODE_DEVICE_REGISTERED))
		return;
	if (us->flags & NODE_DEVICE_ALIVE)
		service_log(fx, MSG_VOTEQ_DEVICE_LOST,
			    "the quorum device \"%s\" has not polled in time; its vote is gone", v->device_name);
	us->flags &= ~(uint32_t)(NODE_DEVICE_ALIVE | NODE_DEVICE_CAST_VOTE);
	votequorum_send_nodeinfo(v, us->id, fx);
	stop_awaiting(v, fx);
}

/* The reply waits until our message has come back: then no other name can have been first. */
static enum status on_register(struct votequorum *v, client_id from, const char *name, struct service_effects *fx,
			       bool *ret_later)
{
	if (!v->device_can_operate)
		return STATUS_ACCESS;
	if (name[0] == '\0')
		return STATUS_INVALID_PARAM;
	if (votequorum_self(v)->flags & NODE_DEVICE_REGISTERED)
		return strcmp(name, v->device_name) == 0 ? STATUS_OK : STATUS_EXIST;
	if (v->registration.sent)
		return STATUS_TRY_AGAIN;
	v->registration.sent = true;
	v->registration.client = from;
	name_copy(v->registration.name, name);
	votequorum_send_device(fx, true, name);
	*ret_later = true;
	return STATUS_OK;
}

static enum status unregister(struct votequorum *v, const char *name, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);
	bool had_extra = us->extra_len > 0;

	if (!(us->flags & NODE_DEVICE_REGISTERED))
		return STATUS_NOT_EXIST;
	if (strcmp(name, v->device_name) != 0)
		return STATUS_INVALID_PARAM;
	service_timer_set(fx, SERVICE_TIMER_QDEVICE, 0);
	us->flags &= ~(uint32_t)DEVICE_FLAGS;
	if (had_extra) {
		(void)votequorum_extra_set(v, us, NULL, 0);
		votequorum_send_extra(v, fx);
	}
	votequorum_send_nodeinfo(v, us->id, fx);
	votequorum_send_device(fx, false, name);
	service_log(fx, MSG_VOTEQ_DEVICE, "the quorum device \"%s\" was unregistered here", name);
	stop_awaiting(v, fx);
	return STATUS_OK;
}

static enum status update(struct votequorum *v, const char *old, struct reader *r, struct service_effects *fx)
{
	char new[VOTEQUORUM_NAME_SIZE];

	read_name(r, new);
	if (r->failed)
		return STATUS_INVALID_PARAM;
	if (!(votequorum_self(v)->flags & NODE_DEVICE_REGISTERED))
		return STATUS_NOT_EXIST;
	if (strcmp(old, v->device_name) != 0 || new[0] == '\0')
		return STATUS_INVALID_PARAM;
	send_rename(fx, old, new);
	return STATUS_OK;
}

/* Our flags changed: everybody is told. */
static void set_flags(struct votequorum *v, uint32_t flags, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);

	if (us->flags == flags)
		return;
	us->flags = flags;
	votequorum_send_nodeinfo(v, us->id, fx);
}

static enum status poll(struct votequorum *v, const char *name, struct reader *r, struct service_effects *fx)
{
	uint32_t flags = votequorum_self(v)->flags;
	struct ring_id ring;
	bool vote;

	read_seek(r, POLL_VOTE_AT);
	vote = read_u32(r) != 0;
	read_seek(r, POLL_RING_AT);
	ring.rep = node_id_of((uint32_t)read_u64(r)); /* the upper half is padding */
	ring.seq = read_u64(r);
	if (r->failed)
		return STATUS_INVALID_PARAM;
	if (!v->device_can_operate)
		return STATUS_ACCESS;
	if (!(flags & NODE_DEVICE_REGISTERED))
		return STATUS_NOT_EXIST;
	if (!ring_id_eq(ring, v->view.ring))
		return STATUS_MESSAGE_ERROR;
	if (strcmp(name, v->device_name) != 0)
		return STATUS_INVALID_PARAM;
	flags |= NODE_DEVICE_ALIVE;
	if (vote)
		flags |= NODE_DEVICE_CAST_VOTE;
	else
		flags &= ~(uint32_t)NODE_DEVICE_CAST_VOTE;
	set_flags(v, flags, fx);
	service_timer_set(fx, SERVICE_TIMER_QDEVICE, v->config.device_timeout_ms);
	stop_awaiting(v, fx);
	return STATUS_OK;
}

static enum status master_wins(struct votequorum *v, const char *name, struct reader *r, struct service_effects *fx)
{
	uint32_t flags = votequorum_self(v)->flags;
	bool allow;

	read_seek(r, MASTER_ALLOW_AT);
	allow = read_u32(r) != 0;
	if (r->failed)
		return STATUS_INVALID_PARAM;
	if (!v->device_can_operate)
		return STATUS_ACCESS;
	if (!(flags & NODE_DEVICE_REGISTERED))
		return STATUS_NOT_EXIST;
	if (strcmp(name, v->device_name) != 0)
		return STATUS_INVALID_PARAM;
	if (allow)
		flags |= NODE_DEVICE_MASTER_WINS;
	else
		flags &= ~(uint32_t)NODE_DEVICE_MASTER_WINS;
	v->master_wins = allow;
	map_put_u8(v->map, "runtime.votequorum.qdevice_master_wins", allow);
	set_flags(v, flags, fx);
	return STATUS_OK;
}

static enum status set_extra(struct votequorum *v, struct reader *r, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);
	uint32_t len = read_u32(r);
	const uint8_t *data = read_bytes(r, len);

	if (r->failed)
		return STATUS_INVALID_PARAM;
	if (!v->device_can_operate)
		return STATUS_ACCESS;
	if (len > VOTEQUORUM_EXTRA_MAX)
		return STATUS_INVALID_PARAM;
	if (!(us->flags & NODE_DEVICE_REGISTERED))
		return STATUS_NOT_EXIST;
	if (!votequorum_extra_set(v, us, data, len))
		return STATUS_NO_MEMORY;
	if (len > 0)
		us->flags |= NODE_EXTRA_INFO;
	else
		us->flags &= ~(uint32_t)NODE_EXTRA_INFO;
	votequorum_send_extra(v, fx);
	votequorum_send_nodeinfo(v, us->id, fx);
	return STATUS_OK;
}

void votequorum_device_request(struct votequorum *v, struct votequorum_client *c, uint16_t fn, struct reader *r,
			       struct service_effects *fx)
{
	char name[VOTEQUORUM_NAME_SIZE] = "";
	enum status status = STATUS_INVALID_PARAM;
	bool later = false;

	if (fn != REQUEST_SET_EXTRA)
		read_name(r, name);
	if (!r->failed) {
		if (fn == REQUEST_REGISTER)
			status = on_register(v, c->id, name, fx, &later);
		else if (fn == REQUEST_UNREGISTER)
			status = unregister(v, name, fx);
		else if (fn == REQUEST_UPDATE)
			status = update(v, name, r, fx);
		else if (fn == REQUEST_POLL)
			status = poll(v, name, r, fx);
		else if (fn == REQUEST_MASTER_WINS)
			status = master_wins(v, name, r, fx);
		else
			status = set_extra(v, r, fx);
	}
	if (!later)
		votequorum_reply(fx, c->id, status);
}

/* Our own word has come back. Without a registration under way it is the name that we repeat after each membership
 * change.
 */
static void on_own_register(struct votequorum *v, const char *name, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);
	enum status status = STATUS_EXIST;

	if (!v->registration.sent || strcmp(name, v->registration.name) != 0)
		return;
	v->registration.sent = false;
	if (v->device_name[0] == '\0')
		name_copy(v->device_name, name);
	if (strcmp(name, v->device_name) == 0) {
		status = STATUS_OK;
		us->flags |= NODE_DEVICE_REGISTERED;
		service_log(fx, MSG_VOTEQ_DEVICE, "the quorum device \"%s\" was registered here", name);
		votequorum_send_nodeinfo(v, VOTEQUORUM_DEVICE_ID, fx);
		votequorum_send_nodeinfo(v, v->self, fx);
	}
	if (v->registration.client.v != 0)
		votequorum_reply(fx, v->registration.client, status);
	v->registration.client = (client_id){0};
}

/* The name is forgotten with the last node that has the device. */
static void forget_name(struct votequorum *v)
{
	for (uint32_t i = 0; i < v->node_count; i++)
		if (v->nodes[i].state != VOTEQUORUM_DEAD && v->nodes[i].flags & NODE_DEVICE_REGISTERED)
			return;
	memset(v->device_name, 0, sizeof v->device_name);
}

void votequorum_on_device_register(struct votequorum *v, node_id from, struct reader *r, struct service_effects *fx)
{
	char name[VOTEQUORUM_NAME_SIZE];
	uint32_t operation = read_u32(r);

	read_name(r, name);
	if (r->failed || operation > 1 || name[0] == '\0')
		return;
	if (operation == 0)
		forget_name(v);
	else if (node_id_eq(from, v->self))
		on_own_register(v, name, fx);
	else if (v->device_name[0] == '\0')
		name_copy(v->device_name, name);
}

void votequorum_on_device_rename(struct votequorum *v, struct reader *r)
{
	char old[VOTEQUORUM_NAME_SIZE], new[VOTEQUORUM_NAME_SIZE];

	read_name(r, old);
	read_name(r, new);
	if (r->failed || new[0] == '\0' || strcmp(old, v->device_name) != 0)
		return;
	name_copy(v->device_name, new);
}

void votequorum_on_extra_info(struct votequorum *v, node_id from, struct reader *r, struct service_effects *fx)
{
	node_id id = node_id_of(read_u32(r));
	uint32_t len = read_u32(r);
	const uint8_t *data = read_bytes(r, len);
	struct votequorum_node *n = votequorum_node_find(v, id);

	if (r->failed || len > VOTEQUORUM_EXTRA_MAX || n == NULL || !node_id_eq(id, from))
		return;
	if (!node_id_eq(from, v->self))
		(void)votequorum_extra_set(v, n, data, len); /* without memory it is not known here */
	votequorum_tell_extra(v, n, fx);
}
