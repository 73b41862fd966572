/* SPDX-License-Identifier: GPL-2.0-or-later */
/* access-text.h - a configuration with what a user may do with each part of it (cibadmin --show-access). */
#ifndef CLI_ACCESS_TEXT_H
#define CLI_ACCESS_TEXT_H

#include "cib/access.h"

enum access_form {
	ACCESS_TEXT,      /* a line "vvv---[ WRITABLE ]---vvv" above each element where the right changes */
	ACCESS_COLOR,     /* green may be written, blue read, red neither */
	ACCESS_NAMESPACE, /* the name of an element where the right changes has the right as its prefix */
};

/* Appends the document, with its first line naming the user. */
void access_text(const struct document *d, const struct access_user *user, enum access_form form, GString *out);

#endif
