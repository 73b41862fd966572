/* SPDX-License-Identifier: GPL-2.0-or-later */
/* owner.h - names of users and groups to their numbers. */
#ifndef OS_OWNER_H
#define OS_OWNER_H

#include <stdbool.h>
#include <stdint.h>

/* False when there is none of that name. */
bool owner_lookup(const char *name, bool is_group, uint32_t *ret);
/* The group that a user has by itself. */
bool owner_group_of(const char *user, uint32_t *ret);

#endif
