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
