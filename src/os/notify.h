/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify.h - telling the service manager how we are; does nothing where it does not listen. */
#ifndef OS_NOTIFY_H
#define OS_NOTIFY_H

void notify_ready(void);
void notify_stopping(void);
/* One line of text for `systemctl status`. */
void notify_status(const char *text);

#endif
