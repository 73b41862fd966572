/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version.h - releases as texts: 3.20.5. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* <0, 0, >0. Numbers separated by points, compared one by one: 1.2 < 1.10, 1 = 1.0 = " 1.0-rc3". Blanks before and
 * anything after are ignored; what begins with no number is 0. */
int version_compare(const char *a, const char *b);

#endif
