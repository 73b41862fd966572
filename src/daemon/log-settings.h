/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log-settings.h - the logging section of corosync.conf as options of the log. */
#ifndef DAEMON_LOG_SETTINGS_H
#define DAEMON_LOG_SETTINGS_H

#include "map/map.h"
#include "os/log.h"

/* Strings are borrowed from the map. Words that are not known count as not written: conf has complained already. */
void log_settings_read(const struct map *map, struct log_options *ret);

#endif
