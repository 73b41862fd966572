/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/bundle.h"

#include "scheduler/action-key.h"
#include "scheduler/bundle-private.h"
#include "scheduler/cluster.h"
#include "scheduler/meta-private.h"
#include "scheduler/remote-private.h"
#include "scheduler/unpack-private.h"

#include <string.h>

/* --- reading the configuration --- */

static const struct element *container_element(const struct element *bundle, const char **ret_agent)
{
	const struct element *e = element_first_named(bundle, NAME_DOCKER);
	*ret_agent = "docker";
	if (e != NULL)
		return e;
	*ret_agent = "podman";
	return element_first_named(bundle, NAME_PODMAN);
}

static int wanted_replicas(const struct element *container)
{
	int promoted_max = meta_int(element_get(container, NAME_PROMOTED_MAX), 0, 0);
	return meta_int(element_get(container, NAME_REPLICAS), 1, promoted_max > 0 ? promoted_max : 1);
}

static int replica_count(const struct element *container)
{
	return MIN(wanted_replicas(container), BUNDLE_REPLICAS_MAX);
}

uint32_t bundle_replica_count(const struct element *bundle)
{
	const char *agent;
	const struct element *container = container_element(bundle, &agent);
	return container != NULL ? (uint32_t)replica_count(container) : 0;
}

static void read_container(struct resource *r, const struct element *e)
{
	struct bundle_details *d = r->bundle.details;
	r->bundle.promoted_max = meta_int(element_get(e, NAME_PROMOTED_MAX), 0, 0);
	r->bundle.replica_count = replica_count(e);
	if (wanted_replicas(e) > BUNDLE_REPLICAS_MAX)
		cluster_complain(r->cluster, r->xml, true,
				 "bundle '%s': %d replicas are more than %d; ask for fewer. Taking %d", r->id,
				 wanted_replicas(e), BUNDLE_REPLICAS_MAX, BUNDLE_REPLICAS_MAX);
	r->bundle.per_host = meta_int(element_get(e, NAME_REPLICAS_PER_HOST), 1, 1);
	if (r->bundle.per_host == 1)
		r->unique = false;
	r->bundle.image = element_get(e, NAME_IMAGE);
	d->run_command = element_get(e, NAME_RUN_COMMAND);
	d->launcher_options = element_get(e, NAME_OPTIONS);
	d->container_network = element_get(e, NAME_NETWORK);
}

static void add_port(struct resource *r, const char *source, const char *target)
{
	struct bundle_details *d = r->bundle.details;
	d->ports[d->port_count++] = (struct bundle_port){source, target};
}

static void add_mount(struct resource *r, const struct bundle_mount *mount)
{
	struct bundle_details *d = r->bundle.details;
	d->mounts[d->mount_count++] = *mount;
}

static uint32_t child_count(const struct element *e)
{
	uint32_t count = 0;
	for_each_child(child, e) count++;
	return count;
}

static void read_ports(struct resource *r, const struct element *network)
{
	r->bundle.details->ports =
		arena_array(&r->cluster->arena, struct bundle_port, (network != NULL ? child_count(network) : 0) + 1);
	for_each_named(e, network, NAME_PORT_MAPPING)
	{
		const char *source = element_get(e, NAME_PORT);
		const char *target = source != NULL ? element_get(e, NAME_INTERNAL_PORT) : NULL;
		if (source == NULL)
			source = element_get(e, NAME_RANGE);
		if (source != NULL && source[0] != '\0')
			add_port(r, source, target != NULL ? target : source);
		else
			cluster_complain(r->cluster, e, true, "bundle '%s': a port-mapping has neither port nor range",
					 r->id);
	}
}

static void read_network(struct resource *r)
{
	struct bundle_details *d = r->bundle.details;
	const struct element *e = element_first_named(r->xml, NAME_NETWORK);
	d->add_host = true;
	if (e != NULL) {
		d->ip_range_start = element_get(e, NAME_IP_RANGE_START);
		d->host_netmask = element_get(e, NAME_HOST_NETMASK);
		d->host_interface = element_get(e, NAME_HOST_INTERFACE);
		d->control_port = element_get(e, NAME_CONTROL_PORT);
		d->add_host = element_get_bool(e, NAME_ADD_HOST, true);
	}
	read_ports(r, e);
}

/* True when nothing is mounted on /var/log yet. */
static bool read_storage(struct resource *r)
{
	bool logs_needed = true;
	const struct element *storage = element_first_named(r->xml, NAME_STORAGE);
	uint32_t room = (storage != NULL ? child_count(storage) : 0) + 2;
	r->bundle.details->mounts = arena_array(&r->cluster->arena, struct bundle_mount, room);
	for_each_named(e, storage, NAME_STORAGE_MAPPING)
	{
		struct bundle_mount mount = {.source = element_get(e, NAME_SOURCE_DIR),
					     .target = element_get(e, NAME_TARGET_DIR),
					     .options = element_get(e, NAME_OPTIONS)};
		if (mount.source == NULL) {
			mount.source = element_get(e, NAME_SOURCE_DIR_ROOT);
			mount.per_replica = true;
		}
		if (mount.source == NULL || mount.target == NULL) {
			cluster_complain(r->cluster, e, true,
					 "bundle '%s': a storage-mapping needs target-dir and source-dir or "
					 "source-dir-root",
					 r->id);
			continue;
		}
		add_mount(r, &mount);
		if (strcmp(mount.target, "/var/log") == 0)
			logs_needed = false;
	}
	return logs_needed;
}

/* Something in a container can only be reached by an address or a port of its own. */
bool bundle_has_network(struct resource *r)
{
	const struct bundle_details *d = r->bundle.details;
	if (d->ip_range_start != NULL)
		return true;
	if (d->control_port == NULL)
		return false;
	if (r->bundle.per_host > 1) {
		cluster_complain(r->cluster, r->xml, true,
				 "bundle '%s': with control-port only one replica can be on a host", r->id);
		r->bundle.per_host = 1;
	}
	return true;
}

/* --- the inner clone --- */

static const struct element *make_clone(struct resource *r, const struct element *primitive)
{
	struct cluster *c = r->cluster;
	struct element *clone = made_element(c, NAME_CLONE, NULL, 1);
	bool promotable = r->bundle.promoted_max > 0;
	made_set(clone, NAME_ID, arena_printf(&c->arena, "%s-%s", r->id, promotable ? "master" : "clone"));
	struct element *meta = made_element(c, NAME_META_ATTRIBUTES, clone, 0);
	made_pair(c, meta, "ordered", "true");
	made_pair(c, meta, "clone-max", number_text(c, r->bundle.replica_count));
	made_pair(c, meta, "clone-node-max", number_text(c, r->bundle.per_host));
	made_pair(c, meta, "globally-unique", r->bundle.per_host > 1 ? "true" : "false");
	if (promotable) {
		made_pair(c, meta, "promotable", "true");
		made_pair(c, meta, "promoted-max", number_text(c, r->bundle.promoted_max));
	}
	made_append(clone, made_copy(c, primitive));
	return clone;
}

/* What every container with something in it shares with its host: the key, the logs, the port. */
static void add_own_needs(struct resource *r, bool logs_needed)
{
	static const struct bundle_mount key = {.source = BUNDLE_KEY, .target = BUNDLE_KEY};
	static const struct bundle_mount logs = {.source = BUNDLE_LOGS, .target = "/var/log", .per_replica = true};
	const char *port = r->bundle.details->control_port;
	add_mount(r, &key);
	if (logs_needed)
		add_mount(r, &logs);
	add_port(r, port != NULL ? port : BUNDLE_PORT, port != NULL ? port : BUNDLE_PORT);
}

static bool unpack_inner(struct resource *r, const struct element *primitive, bool logs_needed)
{
	struct cluster *c = r->cluster;
	if (!bundle_has_network(r)) {
		cluster_complain(c, r->xml, true,
				 "bundle '%s' cannot reach '%s' inside: it needs ip-range-start or control-port", r->id,
				 element_id(primitive));
		return false;
	}
	r->bundle.child = resource_unpack(c, make_clone(r, primitive), r, -1);
	if (r->bundle.child == NULL)
		return false;
	add_own_needs(r, logs_needed);
	/* Whoever made fewer instances than replicas (a class without numbers) decides. */
	if (r->bundle.replica_count > (int)r->bundle.child->children.count)
		r->bundle.replica_count = (int)r->bundle.child->children.count;
	const char *target = NULL;
	for (int i = 0; i < r->bundle.replica_count; i++) {
		struct resource *child = r->bundle.child->children.items[i];
		r->bundle.replicas[i].child = child;
		child->part = PART_CHILD;
		child->exclusive_probes = true;
		r->bundle.child->notify |= child->notify;
		target = resource_meta(child, "container-attribute-target");
	}
	if (target != NULL) {
		table_set(r->meta, "container-attribute-target", target);
		table_set(r->bundle.child->meta, "container-attribute-target", target);
	}
	return true;
}

/* What users want to say with the inner resource's utilization holds for the container. */
static void move_utilization(struct replica *replica)
{
	if (replica->child == NULL)
		return;
	struct table *of_container = replica->container->utilization;
	replica->container->utilization = replica->child->utilization;
	replica->child->utilization = of_container;
}

bool bundle_unpack(struct resource *r)
{
	struct cluster *c = r->cluster;
	const struct element *container = container_element(r->xml, &r->bundle.agent);
	if (container == NULL)
		return false;
	r->bundle.details = arena_new(&c->arena, struct bundle_details);
	r->bundle.details->prefix = r->id;
	read_container(r, container);
	read_network(r);
	bool logs_needed = read_storage(r);
	r->bundle.replicas = arena_array(&c->arena, struct replica, (size_t)r->bundle.replica_count);
	const struct element *primitive = element_first_named(r->xml, NAME_PRIMITIVE);
	if (primitive != NULL && !unpack_inner(r, primitive, logs_needed))
		return false;
	bundle_addresses_give(r);
	for (int i = 0; i < r->bundle.replica_count; i++) {
		if (!replica_unpack(r, &r->bundle.replicas[i])) {
			cluster_complain(c, r->xml, true, "bundle '%s': replica %d cannot be made", r->id, i);
			return false;
		}
		move_utilization(&r->bundle.replicas[i]);
		resource_list_add(&c->arena, &r->bundle.containers, r->bundle.replicas[i].container);
	}
	if (r->bundle.child != NULL)
		resource_list_add(&c->arena, &r->children, r->bundle.child);
	return true;
}

/* --- finding --- */

struct resource *bundle_of(const struct resource *r)
{
	struct resource *top = resource_top(r, true);
	return top->kind == RESOURCE_BUNDLE ? top : NULL;
}

static bool is_part(const struct replica *replica, const struct resource *r)
{
	return r == replica->container || r == replica->ip || r == replica->connection || r == replica->child;
}

struct replica *replica_of(const struct resource *r)
{
	struct resource *bundle = bundle_of(r);
	if (bundle == NULL || bundle == r)
		return NULL;
	if (r->replica != NULL)
		return r->replica;
	for (int i = 0; i < bundle->bundle.replica_count; i++)
		if (is_part(&bundle->bundle.replicas[i], r))
			return &bundle->bundle.replicas[i];
	return NULL;
}

struct replica *replica_of_node(const struct resource *bundle, const struct node *n)
{
	if (!node_is_bundle(n))
		return NULL;
	struct replica *replica = replica_of(n->remote);
	return replica != NULL && bundle_of(n->remote) == bundle ? replica : NULL;
}

struct resource *bundle_active_container(const struct resource *bundle, const struct node *n)
{
	for (int i = 0; i < bundle->bundle.replica_count; i++)
		if (resource_is_active_on(bundle->bundle.replicas[i].container, n))
			return bundle->bundle.replicas[i].container;
	return NULL;
}

bool resource_needs_remote_address(struct resource *r)
{
	if (!r->remote_connection)
		return false;
	const char *address = table_get(resource_parameters(r, NULL), "addr");
	return address != NULL && strcasecmp(address, "#uname") == 0;
}

const char *bundle_remote_address(struct resource *r)
{
	if (!resource_needs_remote_address(r))
		return NULL;
	const struct replica *replica = replica_of(r);
	if (replica == NULL)
		return NULL;
	const struct resource *container = replica->container;
	const struct node *n = container->assigned;
	if (n == NULL)
		n = resource_active_node(container, NULL, NULL);
	return n != NULL ? n->name : NULL;
}
