/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pattern.h - regular expressions that a configuration or a request brings.
 *
 * They are POSIX's extended ones, of the C library. That one takes memory for every
 * repetition within a repetition ("((a{1,99}){1,99}){1,99}" is a million letters), and
 * time without end for parts that refer back to others ("(.*)\1"), so an expression
 * is measured before it is compiled. What is left costs time by the length of the
 * text times that of the expression.
 */
#ifndef RULES_PATTERN_H
#define RULES_PATTERN_H

#include <regex.h>

enum {
	PATTERN_SIZE_MAX = 10 * 1000,    /* bytes of an expression */
	PATTERN_WRITTEN_MAX = 10 * 1000, /* the same with its repetitions written out */
};

/* Compiles text; NULL, and regfree() it, or what is wrong with it, for people. flags: as for regcomp(), which are
 * REG_EXTENDED in any case. */
const char *pattern_compile(const char *text, int flags, regex_t *ret_pattern);

#endif
