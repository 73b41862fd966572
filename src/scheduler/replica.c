/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resources that a bundle's replica is made of. */
#include "rules/score.h"
#include "scheduler/action-key.h"
#include "scheduler/bundle-private.h"
#include "scheduler/cluster.h"
#include "scheduler/ledger.h"
#include "scheduler/remote-private.h"
#include "scheduler/unpack-private.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* --- addresses --- */

/* The four numbers of an IPv4 address. */
static bool read_octets(const char *address, unsigned long octets[4])
{
	for (int i = 0; i < 4; i++) {
		char *end;
		octets[i] = strtoul(address, &end, 10);
		if (end == address || (i < 3 && *end != '.'))
			return false;
		address = end + 1;
	}
	return true;
}

static const char *next_address(struct cluster *c, const char *address)
{
	enum { LAST = 253 };
	unsigned long octets[4];
	if (address == NULL || !read_octets(address, octets) || octets[2] > LAST)
		return NULL;
	if (octets[3] > LAST) {
		octets[2]++;
		octets[3] = 1;
	} else {
		octets[3]++;
	}
	return arena_printf(&c->arena, "%lu.%lu.%lu.%lu", octets[0], octets[1], octets[2], octets[3]);
}

void bundle_addresses_give(struct resource *r)
{
	struct bundle_details *d = r->bundle.details;
	GString *entries = g_string_new(NULL);
	const char *address = d->ip_range_start;
	for (int i = 0; i < r->bundle.replica_count; i++) {
		struct replica *replica = &r->bundle.replicas[i];
		replica->offset = i;
		if (d->ip_range_start == NULL)
			continue;
		/* After an address that has no next, the range starts again. */
		if (i > 0) {
			const char *next = next_address(r->cluster, address);
			address = address == NULL ? d->ip_range_start : next;
		}
		replica->address = address;
		const char *text = address != NULL ? address : "(null)";
		if (d->add_host)
			g_string_append_printf(entries, " --add-host=%s-%d:%s", d->prefix, i, text);
		else
			g_string_append_printf(entries, " --hosts-entry=%s=%s-%d", text, d->prefix, i);
	}
	d->host_entries = arena_string(&r->cluster->arena, entries->str);
	(void)g_string_free(entries, TRUE);
}

/* --- ids --- */

/* What may not be in an id becomes a dot. */
static const char *made_id(struct cluster *c, const char *prefix, const char *middle, const char *last)
{
	char *id = arena_printf(&c->arena, "%s-%s%s", prefix, middle, last);
	for (char *at = id; *at != '\0'; at++)
		if ((unsigned char)*at < 0x80 && !g_ascii_isalnum(*at) && strchr("_:-.", *at) == NULL)
			*at = '.';
	return id;
}

static struct resource *add_part(struct resource *r, struct replica *replica, const struct element *xml,
				 enum bundle_part part)
{
	struct resource *made = resource_unpack(r->cluster, xml, r, -1);
	if (made == NULL)
		return NULL;
	made->part = part;
	made->replica = replica;
	resource_list_add(&r->cluster->arena, &r->children, made);
	return made;
}

/* --- the container --- */

static void write_mounts(const struct resource *r, const struct replica *replica, GString *options, GString *folders)
{
	const struct bundle_details *d = r->bundle.details;
	for (uint32_t i = 0; i < d->mount_count; i++) {
		const struct bundle_mount *mount = &d->mounts[i];
		g_string_append_printf(options, " -v %s", mount->source);
		if (mount->per_replica) {
			g_string_append_printf(options, "/%s-%d", d->prefix, replica->offset);
			g_string_append_printf(folders, "%s%s/%s-%d", folders->len > 0 ? "," : "", mount->source,
					       d->prefix, replica->offset);
		}
		g_string_append_printf(options, ":%s", mount->target);
		if (mount->options != NULL)
			g_string_append_printf(options, ":%s", mount->options);
	}
}

static void write_ports(const struct resource *r, const struct replica *replica, GString *options)
{
	const struct bundle_details *d = r->bundle.details;
	bool host_network = d->container_network != NULL && strcmp(d->container_network, "host") == 0;
	for (uint32_t i = 0; i < d->port_count; i++) {
		const struct bundle_port *port = &d->ports[i];
		if (replica->address != NULL)
			g_string_append_printf(options, " -p %s:%s:%s", replica->address, port->source, port->target);
		else if (!host_network)
			g_string_append_printf(options, " -p %s:%s", port->source, port->target);
	}
}

/* Options of docker or podman, and the folders that must be there. Every blank counts: digests are made of it. */
static void write_options(const struct resource *r, const struct replica *replica, GString *options, GString *folders)
{
	const struct bundle_details *d = r->bundle.details;
	if (strcmp(r->bundle.agent, "docker") == 0)
		g_string_append(options, " --restart=no");
	if (d->ip_range_start != NULL)
		g_string_append_printf(options, " -h %s-%d", d->prefix, replica->offset);
	g_string_append(options, " -e PCMK_stderr=1");
	if (d->container_network != NULL)
		g_string_append_printf(options, " --net=%s", d->container_network);
	g_string_append_printf(options, " -e PCMK_remote_port=%s",
			       d->control_port != NULL ? d->control_port : BUNDLE_PORT);
	write_mounts(r, replica, options, folders);
	write_ports(r, replica, options);
	if (d->launcher_options != NULL)
		g_string_append_printf(options, " %s", d->launcher_options);
	g_string_append_printf(options, " %s", d->host_entries);
}

static bool make_container(struct resource *r, struct replica *replica)
{
	struct cluster *c = r->cluster;
	const struct bundle_details *d = r->bundle.details;
	const char *agent = arena_printf(&c->arena, "%s-", r->bundle.agent);
	const char *id = made_id(c, d->prefix, agent, number_text(c, replica->offset));
	struct element *e = made_primitive(c, id, "heartbeat", r->bundle.agent);
	struct element *parameters = made_element(c, NAME_INSTANCE_ATTRIBUTES, e, 0);
	if (r->bundle.image != NULL)
		made_pair(c, parameters, "image", r->bundle.image);
	made_pair(c, parameters, "allow_pull", "true");
	made_pair(c, parameters, "force_kill", "false");
	made_pair(c, parameters, "reuse", "false");
	GString *options = g_string_new(NULL), *folders = g_string_new(NULL);
	write_options(r, replica, options, folders);
	made_pair(c, parameters, "run_opts", arena_string(&c->arena, options->str));
	made_pair(c, parameters, "mount_points", arena_string(&c->arena, folders->str));
	(void)g_string_free(options, TRUE);
	(void)g_string_free(folders, TRUE);
	if (d->run_command != NULL || replica->child != NULL)
		made_pair(c, parameters, "run_cmd", d->run_command != NULL ? d->run_command : BUNDLE_REMOTE);
	made_pair(c, parameters, "monitor_cmd", "/bin/true");
	made_operation(c, made_element(c, NAME_OPERATIONS, e, 0), id, "monitor", "60s", NULL);
	replica->container = add_part(r, replica, e, PART_CONTAINER);
	if (replica->container == NULL)
		return false;
	replica->container->replica_container = true;
	return true;
}

/* --- the address --- */

static bool make_ip(struct resource *r, struct replica *replica)
{
	struct cluster *c = r->cluster;
	const struct bundle_details *d = r->bundle.details;
	if (d->ip_range_start == NULL)
		return true;
	const char *address = replica->address != NULL ? replica->address : "(null)";
	const char *id = made_id(c, d->prefix, "ip-", address);
	struct element *e = made_primitive(c, id, "heartbeat", "IPaddr2");
	struct element *parameters = made_element(c, NAME_INSTANCE_ATTRIBUTES, e, 0);
	if (replica->address != NULL)
		made_pair(c, parameters, "ip", replica->address);
	if (d->host_interface != NULL)
		made_pair(c, parameters, "nic", d->host_interface);
	made_pair(c, parameters, "cidr_netmask", d->host_netmask != NULL ? d->host_netmask : "32");
	made_operation(c, made_element(c, NAME_OPERATIONS, e, 0), id, "monitor", "60s", NULL);
	replica->ip = add_part(r, replica, e, PART_IP);
	return replica->ip != NULL;
}

/* --- the connection and its node --- */

static void close_node(struct resource *r, struct node *n)
{
	struct seat *seat = &r->allowed[n->index];
	if (seat->present) {
		ledger_set(r, n, -SCORE_INFINITY, CAUSE_BUNDLE, NULL, NULL);
		seat->probe = PROBE_NEVER;
	}
	for_each_child_of(child, r) close_node(child, n);
}

/* The replica's node: closed to all but the child. It may be there already, when it has permanent attributes. */
static struct node *make_node(struct cluster *c, const char *name)
{
	struct node *n = node_find(c, name);
	if (n == NULL) {
		n = node_create(c, name, name, "remote", -SCORE_INFINITY);
		n->base_probe = PROBE_NEVER;
		return n;
	}
	n->base_score = -SCORE_INFINITY;
	n->base_probe = PROBE_NEVER;
	for (uint32_t i = 0; i < c->resources.count; i++)
		close_node(c->resources.items[i], n);
	return n;
}

/* The child may run on its node only, its clone on none by itself. */
static void open_node(struct replica *replica)
{
	enum { CHILD_SCORE = 500 };
	struct resource *child = replica->child;
	memset(child->allowed, 0, child->cluster->node_count * sizeof(*child->allowed));
	ledger_set(child, replica->node, CHILD_SCORE, CAUSE_BUNDLE, child->id, NULL);
	child->allowed[replica->node->index].probe = PROBE_EXCLUSIVE;
	ledger_set(child->parent, replica->node, -SCORE_INFINITY, CAUSE_BUNDLE, child->id, NULL);
	child->parent->allowed[replica->node->index].probe = PROBE_EXCLUSIVE;
}

static bool make_connection(struct resource *r, struct replica *replica)
{
	struct cluster *c = r->cluster;
	const struct bundle_details *d = r->bundle.details;
	if (replica->child == NULL || !bundle_has_network(r))
		return true;
	const char *name = arena_printf(&c->arena, "%s-%d", d->prefix, replica->offset);
	if (resource_find(c, name) != NULL)
		name = arena_printf(&c->arena, "pcmk-internal-%s-remote-%d", replica->child->id, replica->offset);
	struct connection_settings s = {.name = name,
					.launcher = replica->container->id,
					.address = replica->address != NULL ? replica->address : "#uname",
					.port = d->control_port != NULL ? d->control_port : BUNDLE_PORT};
	replica->node = make_node(c, name);
	open_node(replica);
	replica->connection = add_part(r, replica, made_connection(c, &s), PART_CONNECTION);
	if (replica->connection == NULL)
		return false;
	/* A connection starts on nodes of the ring only. */
	for_each_node(n, c) if (n->kind == NODE_REMOTE && replica->connection->allowed[n->index].present)
		ledger_set(replica->connection, n, -SCORE_INFINITY, CAUSE_BUNDLE, replica->connection->id, NULL);
	replica->node->remote = replica->connection;
	replica->connection->launcher = replica->container;
	replica->connection->remote_nesting_allowed = true;
	table_set(replica->node->attributes, "#kind", "container");
	return true;
}

bool replica_unpack(struct resource *r, struct replica *replica)
{
	if (!make_container(r, replica) || !make_ip(r, replica) || !make_connection(r, replica))
		return false;
	if (replica->child != NULL) {
		replica->child->replica = replica;
		if (replica->address != NULL)
			table_set(replica->child->meta, "external-ip", replica->address);
	}
	return true;
}
