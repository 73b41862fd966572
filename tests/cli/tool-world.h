/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tool-world.h - a program beside a manager that is played: words in; how it ends, what it prints and what it asked
 * out.
 *
 *	static const struct tool_case cases[] = {{"crm_node -n", 0, "n1\n", "", "GET /v1/status"}};
 *	tool_run_cases(cases, G_N_ELEMENTS(cases), answers, NULL);
 */
#ifndef TEST_TOOL_WORLD_H
#define TEST_TOOL_WORLD_H

#include "cli-world.h"
#include "fake-manager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TOOL_VARIABLES_MAX = 4 };

struct tool_case {
	const char *words;
	int code;
	const char *out, *err; /* something that is printed; out "": nothing is */
	const char *asked;     /* something that was asked, or NULL */
};

static inline void tool_check(const struct tool_case *c, const struct cli_world *w, const char *asked)
{
	bool right = w->code == c->code && strstr(w->out, c->out) != NULL && strstr(w->err, c->err) != NULL &&
		     (c->asked == NULL || strstr(asked, c->asked) != NULL) && (c->out[0] != '\0' || w->out[0] == '\0');
	if (!right)
		print_error("%s: %d\n%s%s%s", c->words, w->code, w->out, w->err, asked);
	assert_true(right);
}

/* variables: up to NULL, or none at all: what is in the environment besides the manager's socket. */
static inline void tool_run(const struct tool_case *c, const struct fake_answer *from, const char *const *variables)
{
	struct fake_manager fake;
	struct cli_world w = {.now = {1700000000u * UINT64_C(1000000000)}};
	fake_start(&fake, from);
	const char *environment[TOOL_VARIABLES_MAX + 2] = {fake_environment(&fake)[0]};
	for (size_t i = 0; variables != NULL && variables[i] != NULL; i++) {
		assert_true(i < TOOL_VARIABLES_MAX);
		environment[i + 1] = variables[i];
	}
	world_run(&w, c->words, NULL, environment);
	fake_stop(&fake);
	tool_check(c, &w, fake.asked->str);
	fake_free(&fake);
	world_fini(&w);
}

static inline void tool_run_cases(const struct tool_case *cases, size_t count, const struct fake_answer *from,
				  const char *const *variables)
{
	for (size_t i = 0; i < count; i++)
		tool_run(&cases[i], from, variables);
}

#endif
