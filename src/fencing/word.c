/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for actions. */
#include "fencing/device.h"

#include <string.h>

static const char *const words[FENCE_ACTIONS] = {
	[FENCE_OFF] = "off",   [FENCE_ON] = "on",         [FENCE_REBOOT] = "reboot",
	[FENCE_LIST] = "list", [FENCE_STATUS] = "status", [FENCE_MONITOR] = "monitor"};

const char *fence_action_word(enum fence_action a)
{
	return words[a];
}

bool fence_action_parse(const char *word, enum fence_action *ret)
{
	for (int i = 0; i < FENCE_ACTIONS; i++) {
		if (strcmp(words[i], word) == 0) {
			*ret = (enum fence_action)i;
			return true;
		}
	}
	return false;
}
