/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that are set, and that nobody needs. */
#include "controller/leader-internal.h"

#include <string.h>

/* Once for each time that they are others. */
void leader_tell_needless(struct leader *l)
{
	const struct table *all = l->cluster->options.all;
	GString *found = g_string_new(NULL);
	for (uint32_t i = 0; i < all->count; i++)
		if (cluster_option_needless(all->entries[i].name) != NULL)
			g_string_append_printf(found, "%s ", all->entries[i].name);
	bool known = l->needless != NULL && strcmp(l->needless, found->str) == 0;
	for (uint32_t i = 0; !known && i < all->count; i++) {
		const char *why = cluster_option_needless(all->entries[i].name);
		if (why != NULL)
			leader_log(l, MSG_OPTION_NEEDLESS, "%s: %s", all->entries[i].name, why);
	}
	g_free(l->needless);
	l->needless = g_string_free(found, FALSE);
}
