/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command-words.h - from what people type to the name of a program: other words for it, the command that a group alone
 * means, options that stand before the command.
 *
 *	hale -f cib.xml resource remove web    ->    hale resource delete -f cib.xml web
 *
 * The tables are aliases.def and defaults.def. Everything lives in the arena or in argv.
 */
#ifndef CLI_COMMAND_WORDS_H
#define CLI_COMMAND_WORDS_H

#include "base/arena.h"

#include <stdbool.h>

/* How many of the first arguments spell this name; 0: they do not. */
int words_matched(const char *name, int argc, const char *const *argv);
/* The command line in the words of programs.def. */
const char *const *words_resolve(int argc, const char *const *argv, struct arena *a, int *ret_argc);
/* Every other word, in order: false when there are no more than i. */
bool words_alias(int i, const char **ret_typed, const char **ret_meant);

#endif
