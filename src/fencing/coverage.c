/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which nodes nothing can fence, in one line with the command that cures it. */
#include "fencing/device.h"

#include "rules/interval.h"
#include "scheduler/cluster.h"

#include <glib.h>
#include <string.h>

#define REFUSE "or accept that with `hale property set fencing-enabled=false`"

struct coverage {
	struct document *document;
	struct fence_device *devices;
	uint32_t device_count;
	bool fencing_enabled, has_watchdog;
};

static void read_options(struct coverage *c, int64_t now)
{
	int64_t watchdog_ms = 0;
	struct cluster *cluster = cluster_new(c->document, now);
	scheduler_read_locations(cluster);
	const char *timeout = table_get(cluster->options.all, "fencing-watchdog-timeout");
	if (timeout == NULL)
		timeout = table_get(cluster->options.all, "stonith-watchdog-timeout");
	c->fencing_enabled = cluster->options.fencing_enabled;
	if (timeout != NULL)
		(void)timeout_parse_ms(timeout, &watchdog_ms);
	c->has_watchdog = cluster->options.have_watchdog && watchdog_ms != 0;
	cluster_free(cluster);
}

static const struct fence_device *find(const struct coverage *c, const char *id)
{
	for (uint32_t i = 0; i < c->device_count; i++)
		if (strcmp(c->devices[i].id, id) == 0)
			return &c->devices[i];
	return NULL;
}

/* "": all is well; else what lacks. */
static const char *level_lack(const struct coverage *c, const struct fence_level *level, const char *node,
			      struct arena *a)
{
	for (uint32_t i = 0; i < level->count; i++) {
		const char *id = level->devices[i];
		const struct fence_device *dev = find(c, id);
		if (strcmp(id, FENCE_WATCHDOG_ID) == 0 && c->has_watchdog)
			continue;
		if (dev == NULL)
			return arena_printf(a, "device %s of its fencing level %u is not configured, or disabled", id,
					    level->index);
		if (fence_device_target(dev, node, a) == NULL)
			return arena_printf(a, "device %s of its fencing level %u does not list it", id, level->index);
	}
	return "";
}

static const char *lack(const struct coverage *c, const char *node, struct arena *a)
{
	uint32_t count = 0;
	const struct fence_level *levels = fence_levels_read(c->document, node, NULL, a, &count);
	const char *first = "";
	for (uint32_t i = 0; i < count; i++) {
		const char *why = level_lack(c, &levels[i], node, a);
		if (why[0] == '\0')
			return "";
		first = first[0] == '\0' ? why : first;
	}
	if (count > 0)
		return first;
	for (uint32_t i = 0; i < c->device_count; i++)
		if (fence_device_target(&c->devices[i], node, a) != NULL)
			return "";
	return "no fence device lists it";
}

const char *fence_coverage_complaint(struct document *d, int64_t now, const char *const *nodes, uint32_t node_count,
				     struct arena *a)
{
	struct coverage c = {.document = d};
	read_options(&c, now);
	if (!c.fencing_enabled || c.has_watchdog)
		return "";
	c.devices = fence_devices_read(d, now, a, &c.device_count);
	if (c.device_count == 0)
		return "no fence device is configured, so nothing is recovered from a node that is lost: add one with "
		       "`hale stonith create NAME fence_AGENT pcmk_host_list=NODE,… OPTION=VALUE …`, " REFUSE;
	for (uint32_t i = 0; i < node_count; i++) {
		const char *why = lack(&c, nodes[i], a);
		if (why[0] != '\0')
			return arena_printf(a,
					    "node %s cannot be fenced, so nothing is recovered from it when it is "
					    "lost: %s; name it with `hale stonith update %s pcmk_host_list=%s,…`, "
					    "add a device with `hale stonith create`, " REFUSE,
					    nodes[i], why, c.devices[0].id, nodes[i]);
	}
	return "";
}
