/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/service.h"

#include "base/text.h"

#include <assert.h>

enum { SIZE_AT = 8, LOG_TEXT_MAX = 1024 };

static void drain(struct service_effects *fx)
{
	assert(fx->drain != NULL);
	fx->drain(fx->host, fx);
	fx->count = 0;
	fx->scratch_used = 0;
}

struct service_effect *service_push(struct service_effects *fx, enum service_effect_type type)
{
	assert(fx->count < SERVICE_EFFECTS_MAX);
	fx->items[fx->count] = (struct service_effect){.type = type};
	return &fx->items[fx->count++];
}

/* Room for an effect is made here and not in service_push, so that a drain never
 * empties scratch memory that an effect about to be pushed points into.
 */
struct writer service_scratch(struct service_effects *fx, size_t n)
{
	assert(n <= SERVICE_SCRATCH);
	if (SERVICE_SCRATCH - fx->scratch_used < n || fx->count >= SERVICE_EFFECTS_MAX - 8)
		drain(fx);
	return writer_of(fx->scratch + fx->scratch_used, n);
}

struct bytes service_keep(struct service_effects *fx, const struct writer *w)
{
	assert(!w->failed);
	assert(w->data == fx->scratch + fx->scratch_used);
	fx->scratch_used += (w->len + 15) & ~(size_t)15;
	if (fx->scratch_used > SERVICE_SCRATCH)
		fx->scratch_used = SERVICE_SCRATCH;
	return bytes_of(w->data, w->len);
}

void service_message_head(struct writer *w, enum service_id service, uint16_t fn)
{
	write_u32(w, (uint32_t)service << 16 | fn);
	write_zero(w, 12);
}

void service_multicast(struct service_effects *fx, struct writer *head, struct bytes tail)
{
	struct bytes kept;
	struct service_effect *e;

	write_u32_at(head, SIZE_AT, (uint32_t)(head->len + tail.len));
	kept = service_keep(fx, head);
	e = service_push(fx, SERVICE_EFFECT_MULTICAST);
	e->head = kept;
	e->tail = tail;
}

void service_reply_head(struct writer *w, int32_t id, enum status status)
{
	write_u32(w, (uint32_t)id);
	write_zero(w, 12);
	write_u32(w, (uint32_t)status);
	write_zero(w, 4);
}

static void answer(struct service_effects *fx, enum service_effect_type type, client_id to, struct writer *head,
		   struct bytes tail)
{
	struct bytes kept;
	struct service_effect *e;

	write_u32_at(head, SIZE_AT, (uint32_t)(head->len + tail.len));
	kept = service_keep(fx, head);
	e = service_push(fx, type);
	e->client = to;
	e->head = kept;
	e->tail = tail;
}

void service_reply(struct service_effects *fx, client_id to, struct writer *head, struct bytes tail)
{
	answer(fx, SERVICE_EFFECT_REPLY, to, head, tail);
}

void service_event_to(struct service_effects *fx, client_id to, struct writer *head, struct bytes tail)
{
	answer(fx, SERVICE_EFFECT_EVENT, to, head, tail);
}

struct bytes service_event_keep(struct service_effects *fx, struct writer *head, size_t tail_length)
{
	write_u32_at(head, SIZE_AT, (uint32_t)(head->len + tail_length));
	return service_keep(fx, head);
}

/* Drained effects leave their bytes behind, so the head is still there to be
 * taken to the front of the scratch memory, where it is kept once more.
 */
void service_event_shared(struct service_effects *fx, client_id to, struct bytes *head, struct bytes tail)
{
	struct service_effect *e;

	if (fx->count >= SERVICE_EFFECTS_MAX - 8) {
		struct writer w = {.data = fx->scratch, .size = SERVICE_SCRATCH, .len = head->len};

		drain(fx);
		memmove(fx->scratch, head->data, head->len);
		*head = service_keep(fx, &w);
	}
	e = service_push(fx, SERVICE_EFFECT_EVENT);
	e->client = to;
	e->head = *head;
	e->tail = tail;
}

void service_reply_status(struct service_effects *fx, client_id to, int32_t id, enum status status)
{
	struct writer w = service_scratch(fx, 24);

	service_reply_head(&w, id, status);
	service_reply(fx, to, &w, (struct bytes){0});
}

void service_timer_set(struct service_effects *fx, enum service_timer timer, uint32_t delay_ms)
{
	struct service_effect *e;

	(void)service_scratch(fx, 0);
	e = service_push(fx, SERVICE_EFFECT_TIMER);
	e->timer = timer;
	e->delay_ms = delay_ms;
}

void service_log(struct service_effects *fx, enum message_id id, const char *format, ...)
{
	struct writer w = service_scratch(fx, LOG_TEXT_MAX);
	struct text t = text_of((char *)w.data, LOG_TEXT_MAX);
	struct service_effect *e;
	va_list args;

	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	w.len = t.len + 1;
	t.len++;
	struct bytes kept = service_keep(fx, &w);
	e = service_push(fx, SERVICE_EFFECT_LOG);
	e->message = id;
	e->head = bytes_of(kept.data, t.len - 1);
}
