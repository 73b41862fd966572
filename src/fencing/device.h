/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device.h - fence devices and levels, as the configuration has them.
 *
 * A device is a primitive of class stonith that is not disabled (target-role Stopped), or the first instance of a
 * cloned one. Everything here is read from the document anew when it changes and copied into the arena; what a device
 * or its agent said of itself (targets, actions that it knows) is kept by fencing.h and agent.h.
 *
 * Source of the rules: facts of the manager, section 13.
 */
#ifndef FENCING_DEVICE_H
#define FENCING_DEVICE_H

#include "base/table.h"
#include "cib/document.h"

#include <stdbool.h>
#include <stdint.h>

enum host_check { HOST_CHECK_STATIC, HOST_CHECK_DYNAMIC, HOST_CHECK_STATUS, HOST_CHECK_NONE };
enum fence_action { FENCE_OFF, FENCE_ON, FENCE_REBOOT, FENCE_LIST, FENCE_STATUS, FENCE_MONITOR };
enum { FENCE_ACTIONS = FENCE_MONITOR + 1 };

/* The device that is no device: the node's own watchdog resets it (pcmk's name for it, for levels). */
#define FENCE_WATCHDOG_ID   "watchdog"
#define FENCE_WATCHDOG_TYPE "fence_watchdog"

struct fence_command {
	const char *name;   /* what the agent is asked: pcmk_reboot_action… */
	int64_t timeout_ms; /* pcmk_reboot_timeout…, 0: the cluster's */
	uint32_t tries;     /* pcmk_reboot_retries…: 2; at least 1 */
};

struct fence_device {
	const char *id, *provider, *type;
	const struct table *parameters; /* rules evaluated; pcmk_… among them */
	enum host_check host_check;
	bool host_check_given;     /* else, without lists, it becomes DYNAMIC or STATUS by what the agent can */
	const char *host_argument; /* parameter that names the target: "port", "plug" or what is configured; NULL: by
				      the agent's metadata; "none": none */
	struct fence_command commands[FENCE_ACTIONS];
	int action_limit; /* at once; -1: any */
	int64_t delay_max_ms;
	int priority; /* of several that can, the highest goes first */
	bool provides_unfencing;
	bool is_watchdog;          /* waits for the watchdog, runs nothing */
	const char *const *banned; /* names of the nodes that must not run it, by constraints */
	uint32_t banned_count;
};

/* Devices of a document in document order. A document without any costs next to nothing. */
struct fence_device *fence_devices_read(struct document *d, int64_t now, struct arena *a, uint32_t *ret_count);
bool fence_device_may_run(const struct fence_device *dev, const char *member);
/* The name by which the device knows a node (pcmk_host_map), or NULL: the device cannot fence it as far as the static
 * lists say. Always something for lists that are dynamic or asked. */
const char *fence_device_target(const struct fence_device *dev, const char *node, struct arena *a);
/* It has a pcmk_delay_base or a pcmk_delay_max, whatever they are. */
bool fence_device_has_delay(const struct fence_device *dev);
/* Its pcmk_delay_base for a node, in ms. */
int64_t fence_device_delay_ms(const struct fence_device *dev, const char *node);
/* What goes to the agent's input for an action at a node (NULL for list and monitor): the device's parameters without
 * pcmk_…, action, and the target under the right names (nodename always). */
struct table *fence_device_input(const struct fence_device *dev, enum fence_action action, const char *node,
				 const char *argument_by_metadata, struct arena *a);

struct fence_level {
	uint32_t index; /* 1…9 */
	const char **devices;
	uint32_t count;
};
/* The levels that the topology has for a node, by index; 0 when it has none: then any device that can will do.
 * Those that name the node go before those whose pattern or attribute fits; of these the first target in the document
 * counts. attributes: the node's, for levels by attribute; NULL: what <nodes> has. */
struct fence_level *fence_levels_read(const struct document *d, const char *node, const struct table *attributes,
				      struct arena *a, uint32_t *ret_count);

/* "off", "on", "reboot", "list", "status", "monitor" */
const char *fence_action_word(enum fence_action a);
bool fence_action_parse(const char *word, enum fence_action *ret);

/* Whether the nodes can be fenced at all, for warnings: "" or one line with the command that helps. */
const char *fence_coverage_complaint(struct document *d, int64_t now, const char *const *nodes, uint32_t node_count,
				     struct arena *a);

#endif
