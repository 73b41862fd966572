/* SPDX-License-Identifier: GPL-2.0-or-later */
/* environment.h - what the daemons and the agents that they run find in their environment.
 *
 * Lines NAME=VALUE of files as /etc/default/pacemaker has them: blanks around, a "#" at the beginning, "export " and
 * quotes around the value mean what they mean to a shell; nothing is expanded. Only names that begin with PCMK_, HA_,
 * SBD_, HALE_, OCF_ or CIB_ are taken. What the environment has already stays.
 */
#ifndef DAEMON_ENVIRONMENT_H
#define DAEMON_ENVIRONMENT_H

/* A file that is not there has nothing to say. */
void environment_read(const char *path);
/* What agents of resource-agents look for and nobody has set: as under Pacemaker's executor. */
void environment_complete(void);

/* Whom the manager becomes when root starts it, and whom the other daemons know as it: HALE_MANAGER_USER, or hacluster.
 */
const char *environment_manager_user(void);
/* Programs of this folder are found before those of the same name elsewhere: agents call crm_attribute and the like, by
 * PATH, or by HA_SBIN_DIR, which nobody sets otherwise; it is set when crm_attribute is there. */
void environment_path(const char *folder);

#endif
