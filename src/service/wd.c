/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 * 1. The timeout is within its bounds.
 * 2. A resource that is RUNNING has a time at which it is looked at, others have none.
 * 3. Without a device, nothing is tickled.
 */
#include "service/wd.h"

#include "service/resource.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { TIMEOUT_S = 6, TIMEOUT_S_MIN = 2, TIMEOUT_S_MAX = 120, PERIOD_MS = 6000 };

static const char section[] = "resources.";
static const char timeout_key[] = "resources.watchdog_timeout";
static const char device_key[] = "resources.watchdog_device";

void wd_init(struct wd *w, struct map *map)
{
	memset(w, 0, sizeof *w);
	w->map = map;
	w->timeout_s = TIMEOUT_S;
}

void wd_check(const struct wd *w)
{
	assert(w->timeout_s >= TIMEOUT_S_MIN); /* 1 */
	assert(w->timeout_s <= TIMEOUT_S_MAX); /* 1 */
	for (uint32_t i = 0; i < w->count; i++)
		assert(mono_time_is_set(w->resources[i].check_at) == (w->resources[i].state == WD_RUNNING)); /* 2 */
}

/* --- the device --- */

static void device_act(struct wd *w, enum service_watchdog act, struct service_effects *fx)
{
	struct writer s = service_scratch(fx, sizeof w->device);
	struct service_effect *e;
	struct bytes name;

	write_bytes(&s, w->device, strlen(w->device));
	name = service_keep(fx, &s);
	e = service_push(fx, SERVICE_EFFECT_WATCHDOG);
	e->what = (uint8_t)act;
	e->head = name;
	e->value = w->timeout_s;
}

static void tickle(struct wd *w, struct service_effects *fx)
{
	if (!w->has_device)
		return;
	if (w->failed) {
		service_log(fx, MSG_WATCHDOG_BITES, "the watchdog is not tickled any more: it restarts this machine");
		return;
	}
	device_act(w, SERVICE_WATCHDOG_TICKLE, fx);
	service_timer_set(fx, SERVICE_TIMER_TICKLE, w->timeout_s * 1000 / 2);
}

/* The host has opened the device, or set its timeout. */
static void device_answers(struct wd *w, uint32_t timeout_s, struct service_effects *fx)
{
	bool usable = timeout_s >= TIMEOUT_S_MIN && timeout_s <= TIMEOUT_S_MAX;

	w->has_device = timeout_s > 0;
	if (!w->has_device)
		return;
	if (timeout_s != w->timeout_s)
		service_log(fx, MSG_RESOURCE_SETTING,
			    "the watchdog does not take a timeout of %u seconds; it stays at %u", w->timeout_s,
			    timeout_s);
	w->timeout_s = usable ? timeout_s : timeout_s < TIMEOUT_S_MIN ? TIMEOUT_S_MIN : TIMEOUT_S_MAX;
	map_put_u32(w->map, timeout_key, w->timeout_s);
	tickle(w, fx);
}

static void device_open(struct wd *w, struct service_effects *fx)
{
	const char *device = map_get_string(w->map, device_key);

	if (device == NULL || device[0] == '\0' || strcmp(device, "off") == 0) {
		service_log(fx, MSG_WATCHDOG_OFF, "no watchdog device is configured (%s): a machine that hangs stays",
			    device_key);
		return;
	}
	if (strlen(device) >= sizeof w->device) {
		service_log(fx, MSG_RESOURCE_SETTING, "%s is longer than a path may be; there is no watchdog",
			    device_key);
		return;
	}
	memcpy(w->device, device, strlen(device) + 1);
	device_act(w, SERVICE_WATCHDOG_OPEN, fx);
}

/* Another device than that of the start, told once: letting go of one that waits to bite is no small thing. */
static void device_compare(struct wd *w, struct service_effects *fx)
{
	const char *device = map_get_string(w->map, device_key);
	bool none = device == NULL || strcmp(device, "off") == 0;

	if (strcmp(none ? "" : device, w->device) == 0 || w->device_told)
		return;
	w->device_told = true;
	service_log(fx, MSG_RESOURCE_SETTING, "%s was changed; that takes effect when the engine is started again",
		    device_key);
}

/* False when it is no number, or out of bounds; *ret is set when there is none. */
static bool timeout_read(const struct wd *w, uint32_t *ret_s)
{
	uint32_t s = *ret_s;

	if (map_get(w->map, timeout_key).type == MAP_NONE)
		return true;
	if (!map_get_u32(w->map, timeout_key, &s) || s < TIMEOUT_S_MIN || s > TIMEOUT_S_MAX)
		return false;
	*ret_s = s;
	return true;
}

static void timeout_configure(struct wd *w, struct service_effects *fx)
{
	uint32_t wanted = w->timeout_s;

	if (!timeout_read(w, &wanted))
		service_log(fx, MSG_RESOURCE_SETTING, "%s must be from %d to %d seconds; %u is used", timeout_key,
			    TIMEOUT_S_MIN, TIMEOUT_S_MAX, w->timeout_s);
	map_put_u32(w->map, timeout_key, wanted);
	if (wanted == w->timeout_s)
		return;
	w->timeout_s = wanted;
	if (w->has_device)
		device_act(w, SERVICE_WATCHDOG_TIMEOUT, fx);
}

static void leave(struct wd *w, struct service_effects *fx)
{
	service_timer_set(fx, SERVICE_TIMER_TICKLE, 0);
	service_timer_set(fx, SERVICE_TIMER_RESOURCES, 0);
	if (w->has_device && !w->failed)
		device_act(w, SERVICE_WATCHDOG_CLOSE, fx);
	w->has_device = false;
}

/* --- resources --- */

static const char *text_of_key(const struct wd *w, const struct wd_resource *r, const char *name)
{
	char key[MAP_KEY_MAX + 1];

	return resource_key(r->prefix, name, key) ? map_get_string(w->map, key) : NULL;
}

static uint64_t print_add(uint64_t print, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		print = (print ^ b.data[i]) * UINT64_C(0x100000001b3);
	return print * 31 + b.len;
}

/* A number that changes when one of the keys that matter does. */
static uint64_t print_of(const struct wd *w, const struct wd_resource *r)
{
	static const char *const names[] = {"state", "recovery", "poll_period", "max"};
	uint64_t print = UINT64_C(0xcbf29ce484222325);
	char key[MAP_KEY_MAX + 1];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (resource_key(r->prefix, names[i], key))
			print = print_add(print, map_get(w->map, key).bytes);
	return print;
}

static bool is_resting(const struct wd *w, const struct wd_resource *r)
{
	const char *state = text_of_key(w, r, "state");

	return state == NULL || strcmp(state, "stopped") == 0 || strcmp(state, "disabled") == 0;
}

static void period_configure(struct wd *w, struct wd_resource *r, struct service_effects *fx)
{
	char key[MAP_KEY_MAX + 1];

	switch (resource_period_read(w->map, r->prefix, &r->period_ms)) {
	case RESOURCE_PERIOD_MISSING:
		if (resource_key(r->prefix, "poll_period", key))
			map_put_u64(w->map, key, r->period_ms);
		break;
	case RESOURCE_PERIOD_BAD:
		if (!r->period_told)
			service_log(fx, MSG_RESOURCE_SETTING,
				    "%spoll_period must be from %d to %d milliseconds; %" PRIu64 " is used until it is",
				    r->prefix, RESOURCE_PERIOD_MS_MIN, RESOURCE_PERIOD_MS_MAX, r->period_ms);
		r->period_told = true;
		break;
	case RESOURCE_PERIOD_GOOD:
		r->period_told = false;
		break;
	}
}

static void run_or_rest(struct wd *w, struct wd_resource *r, mono_time now, uint64_t first_ms,
			struct service_effects *fx)
{
	bool runs = !is_resting(w, r);

	if (runs && text_of_key(w, r, "recovery") == NULL) {
		service_log(fx, MSG_RESOURCE_SETTING, "%srecovery is missing: nothing follows when it fails",
			    r->prefix);
		runs = false;
	}
	r->state = runs ? WD_RUNNING : WD_STOPPED;
	r->check_at = runs ? mono_time_add_ms(now, first_ms) : (mono_time){0};
	r->print = print_of(w, r);
}

static void resource_add(struct wd *w, const char *prefix, mono_time now, struct service_effects *fx)
{
	struct wd_resource *r = &w->resources[w->count];
	uint64_t first_ms;

	if (w->count == WD_RESOURCES_MAX) {
		if (!w->full_told)
			service_log(fx, MSG_RESOURCE_SETTING, "there are more than %d resources; %s is not watched",
				    WD_RESOURCES_MAX, prefix);
		w->full_told = true;
		return;
	}
	w->count++;
	*r = (struct wd_resource){.period_ms = PERIOD_MS, .seen = true};
	memcpy(r->prefix, prefix, strlen(prefix) + 1);
	period_configure(w, r, fx);
	first_ms = r->period_ms * 2 > PERIOD_MS ? r->period_ms * 2 : PERIOD_MS;
	run_or_rest(w, r, now, first_ms, fx);
}

/* To ease from one period into another, the longer one counts first. */
static void resource_changed(struct wd *w, struct wd_resource *r, mono_time now, struct service_effects *fx)
{
	uint64_t before = r->period_ms;

	period_configure(w, r, fx);
	run_or_rest(w, r, now, before > r->period_ms ? before : r->period_ms, fx);
}

static struct wd_resource *resource_find(struct wd *w, const char *prefix)
{
	for (uint32_t i = 0; i < w->count; i++)
		if (strcmp(w->resources[i].prefix, prefix) == 0)
			return &w->resources[i];
	return NULL;
}

/* "resources.system.memory_used.state" -> "resources.system.memory_used."; false for keys of another shape. */
static bool prefix_of(const char *key, char ret[MAP_KEY_MAX + 1])
{
	const char *type = key + strlen(section);
	const char *name = strchr(type, '.');
	const char *last = name == NULL ? NULL : strchr(name + 1, '.');

	if (last == NULL || last == name + 1 || name == type || strcmp(last, ".state") != 0)
		return false;
	memcpy(ret, key, (size_t)(last + 1 - key));
	ret[last + 1 - key] = '\0';
	return true;
}

static void forget_unseen(struct wd *w, struct service_effects *fx)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < w->count; i++) {
		struct wd_resource *r = &w->resources[i];

		if (r->seen) {
			if (kept != i)
				w->resources[kept] = *r;
			kept++;
		} else {
			service_log(fx, MSG_RESOURCE_GONE, "%sstate was deleted: it is not watched any more",
				    r->prefix);
		}
	}
	w->count = kept;
}

/* Adding a resource may add a key of it behind the place where the walk is, which is not the one it looks for. */
static void scan(struct wd *w, mono_time now, struct service_effects *fx)
{
	const struct map_entry *m = NULL;
	char prefix[MAP_KEY_MAX + 1], at[MAP_KEY_MAX + 1] = "";

	for (uint32_t i = 0; i < w->count; i++)
		w->resources[i].seen = false;
	while ((m = map_next(w->map, section, at)) != NULL) {
		struct wd_resource *r;

		memcpy(at, m->key, strlen(m->key) + 1);
		if (!prefix_of(at, prefix))
			continue;
		r = resource_find(w, prefix);
		if (r == NULL) {
			resource_add(w, prefix, now, fx);
			continue;
		}
		r->seen = true;
		if (print_of(w, r) != r->print)
			resource_changed(w, r, now, fx);
	}
	forget_unseen(w, fx);
}

/* --- the look at them --- */

static bool is_well(const struct wd *w, const struct wd_resource *r, mono_time now, const char **ret_why)
{
	const char *state = text_of_key(w, r, "state");
	char key[MAP_KEY_MAX + 1];
	mono_time updated = {0};

	*ret_why = "it has no last_updated";
	if (!resource_key(r->prefix, "last_updated", key) || !map_get_u64(w->map, key, &updated.ns))
		return false;
	if (!mono_time_is_set(updated))
		return true;
	*ret_why = "it was not updated in time";
	if (mono_time_since_ms(now, updated) > r->period_ms * 3 / 2)
		return false;
	*ret_why = "its state is failed";
	return state != NULL && strcmp(state, "failed") != 0;
}

static void machine_act(enum service_machine act, struct service_effects *fx)
{
	(void)service_scratch(fx, 0);
	service_push(fx, SERVICE_EFFECT_MACHINE)->what = (uint8_t)act;
}

static void resource_failed(struct wd *w, struct wd_resource *r, const char *why, struct service_effects *fx)
{
	const char *recovery = text_of_key(w, r, "recovery");
	bool bites;

	r->state = WD_FAILED;
	r->check_at = (mono_time){0};
	if (recovery == NULL)
		return;
	bites = strcmp(recovery, "watchdog") == 0 || strcmp(recovery, "quit") == 0;
	service_log(fx, MSG_RESOURCE_FAILED, "resource %s has failed: %s; its recovery is %s%s", r->prefix, why,
		    recovery, bites && !w->has_device ? ", but there is no watchdog device" : "");
	if (bites)
		w->failed = true;
	else if (strcmp(recovery, "reboot") == 0)
		machine_act(SERVICE_MACHINE_REBOOT, fx);
	else if (strcmp(recovery, "shutdown") == 0)
		machine_act(SERVICE_MACHINE_OFF, fx);
}

static void look_at_due(struct wd *w, mono_time now, struct service_effects *fx)
{
	for (uint32_t i = 0; i < w->count; i++) {
		struct wd_resource *r = &w->resources[i];
		const char *why;

		if (r->state != WD_RUNNING || mono_time_before(now, r->check_at))
			continue;
		if (is_well(w, r, now, &why))
			r->check_at = mono_time_add_ms(now, r->period_ms);
		else
			resource_failed(w, r, why, fx);
	}
}

/* One timer for all, at the first of their times. */
static void timer_configure(struct wd *w, mono_time now, struct service_effects *fx)
{
	mono_time first = {UINT64_MAX};

	for (uint32_t i = 0; i < w->count; i++)
		if (w->resources[i].state == WD_RUNNING && mono_time_before(w->resources[i].check_at, first))
			first = w->resources[i].check_at;
	if (first.ns == UINT64_MAX)
		service_timer_set(fx, SERVICE_TIMER_RESOURCES, 0);
	else
		service_timer_set(fx, SERVICE_TIMER_RESOURCES, (uint32_t)mono_time_since_ms(first, now) + 1);
}

void wd_step(struct wd *w, const struct service_event *ev, struct service_effects *fx)
{
	wd_check(w);
	if (ev->type == SERVICE_EVENT_START) {
		timeout_configure(w, fx);
		device_open(w, fx);
		scan(w, ev->now, fx);
		timer_configure(w, ev->now, fx);
	} else if (ev->type == SERVICE_EVENT_CONFIG) {
		timeout_configure(w, fx);
		device_compare(w, fx);
		scan(w, ev->now, fx);
		timer_configure(w, ev->now, fx);
	} else if (ev->type == SERVICE_EVENT_WATCHDOG) {
		device_answers(w, ev->value, fx);
	} else if (ev->type == SERVICE_EVENT_TIMEOUT && ev->timer == SERVICE_TIMER_TICKLE) {
		tickle(w, fx);
	} else if (ev->type == SERVICE_EVENT_TIMEOUT) {
		look_at_due(w, ev->now, fx);
		timer_configure(w, ev->now, fx);
	} else if (ev->type == SERVICE_EVENT_LEAVE) {
		leave(w, fx);
	}
	wd_check(w);
}
