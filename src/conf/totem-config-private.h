/* SPDX-License-Identifier: GPL-2.0-or-later */
/* totem-config-private.h - what the files behind totem-config.h share. */
#ifndef CONF_TOTEM_CONFIG_PRIVATE_H
#define CONF_TOTEM_CONFIG_PRIVATE_H

#include "conf/totem-config.h"

/* Both write "totem.<name>" and "runtime.config.totem.<name>" into memory and return it. */
const char *totem_key(char memory[static MAP_KEY_MAX + 1], const char *name);
const char *runtime_key(char memory[static MAP_KEY_MAX + 1], const char *name);
/* "nodelist.node.<position>.<name>" */
const char *node_key(char memory[static MAP_KEY_MAX + 1], const struct node_config *node, const char *name);
const char *node_link_key(char memory[static MAP_KEY_MAX + 1], const struct node_config *node, uint32_t link);
/* "totem.interface.<link>.<name>" */
const char *link_key(char memory[static MAP_KEY_MAX + 1], uint32_t link, const char *name);
/* Adds an error at the line of a key. */
void rule_broken(struct conf_problems *problems, const struct conf *conf, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The string at key, if there is one; one that does not fit is an error. */
void string_read(const struct conf *conf, const char *key, char *ret, size_t size, struct conf_problems *problems);
/* "node 2 (b)" */
void text_add_node(struct text *t, const struct node_config *node);

void totem_timers_read(struct totem_timers *t, const struct map *map, uint32_t nodes_on_link0);
void totem_timers_check(const struct totem_timers *t, const struct conf *conf, struct conf_problems *problems);
void totem_timers_publish(const struct totem_timers *t, struct map *map);

void nodelist_read(struct totem_config *config, const struct conf *conf, struct conf_problems *problems);
void nodelist_check(const struct totem_config *config, const struct conf *conf, struct conf_problems *problems);
void quorum_rules_check(const struct totem_config *config, const struct conf *conf, struct conf_problems *problems);
/* Nodes that have an address on a link. */
uint32_t nodes_on_link(const struct totem_config *config, uint32_t link);

#endif
