/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-machine.c - the machine under the node, for the services mon and wd: its
 * numbers, its watchdog, its end.
 */
#include "daemon/node-internal.h"

#include "base/text.h"
#include "os/machine.h"

#include <errno.h>
#include <string.h>

static uint32_t watchdog_use(struct node *n, const char *device, uint32_t timeout_s)
{
	char line[300];
	struct text t = text_of(line, sizeof line);
	struct error why;

	if (watchdog_open(device, &n->watchdog, &why) != ERR_OK) {
		node_log(n, MSG_WATCHDOG_REFUSED, why.text);
		return 0;
	}
	timeout_s = watchdog_timeout_set(n->watchdog, timeout_s);
	text_add(&t, "the watchdog %s (%s) restarts this machine when the engine stands still for %u seconds", device,
		 watchdog_name(n->watchdog), timeout_s);
	node_log(n, MSG_WATCHDOG_USED, line);
	return timeout_s;
}

/* Told once: it is tried every few seconds. */
static void tickle(struct node *n, const char *device)
{
	char line[300];
	struct text t = text_of(line, sizeof line);

	if (watchdog_tickle(n->watchdog)) {
		n->watchdog_refused = false;
		return;
	}
	text_add(&t, "writing to the watchdog %s: %s", device, strerror(errno));
	if (!n->watchdog_refused)
		node_log(n, MSG_WATCHDOG_REFUSED, line);
	n->watchdog_refused = true;
}

uint32_t node_watchdog(void *host, enum service_watchdog act, const char *device, uint32_t timeout_s)
{
	struct node *n = host;

	if (act == SERVICE_WATCHDOG_OPEN)
		return watchdog_use(n, device, timeout_s);
	if (n->watchdog == NULL)
		return 0;
	if (act == SERVICE_WATCHDOG_TIMEOUT)
		return watchdog_timeout_set(n->watchdog, timeout_s);
	if (act == SERVICE_WATCHDOG_TICKLE) {
		tickle(n, device);
	} else {
		watchdog_close(n->watchdog);
		n->watchdog = NULL;
	}
	return timeout_s;
}

void node_machine(void *host, enum service_machine act)
{
	struct node *n = host;
	bool restart = act == SERVICE_MACHINE_REBOOT;

	node_log(n, MSG_MACHINE_ENDS, restart ? "restarting this machine" : "switching this machine off");
	(void)log_flush(n->log, LAST_WORDS_MS);
	if (!machine_end(restart))
		node_log(n, MSG_MACHINE_ENDS, "the kernel refuses to; CAP_SYS_BOOT may be missing");
}

static bool memory_used(void *arg, uint32_t *ret_percent)
{
	(void)arg;
	return machine_memory_used(ret_percent);
}

static bool load_15min(void *arg, uint32_t *ret_65536ths)
{
	(void)arg;
	return machine_load_15min(ret_65536ths);
}

struct mon_queries node_machine_queries(void)
{
	return (struct mon_queries){.memory_used = memory_used, .load_15min = load_15min};
}
