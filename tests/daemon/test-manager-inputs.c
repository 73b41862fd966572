/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager-inputs.h"
#include "os/bzip.h"
#include "os/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 65536, TURNS = 500 };

struct stage {
	struct loop *loop;
	struct manager_inputs *inputs;
	char base[64], dir[80];
	char why[256];
};

static void on_failed(void *arg, const char *why)
{
	struct stage *s = arg;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
}

static void open_inputs(struct stage *s)
{
	const struct manager_inputs_ops ops = {.arg = s, .failed = on_failed};
	struct error error;
	assert_int_equal(manager_inputs_open(s->loop, s->dir, &ops, &s->inputs, &error), ERR_OK);
}

static int set_up(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	struct error error;
	(void)snprintf(s->base, sizeof(s->base), "%s", "/tmp/hale-inputs-XXXXXX");
	assert_non_null(mkdtemp(s->base));
	(void)snprintf(s->dir, sizeof(s->dir), "%s/pengine", s->base);
	assert_int_equal(loop_open(&s->loop, &error), ERR_OK);
	open_inputs(s);
	*state = s;
	return 0;
}

static void written(struct stage *s)
{
	struct error error;
	for (int i = 0; i < TURNS && manager_inputs_waiting(s->inputs) > 0; i++)
		assert_int_equal(loop_turn(s->loop, 20, &error), ERR_OK);
	assert_int_equal(manager_inputs_waiting(s->inputs), 0);
}

static enum err remove_one(void *arg, const char *name, struct error *reterr)
{
	const struct stage *s = arg;
	char path[512];
	(void)reterr;
	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return unlink(path) == 0 ? ERR_OK : ERR_IO;
}

static int tear_down(void **state)
{
	struct stage *s = *state;
	struct error error;
	written(s);
	manager_inputs_close(s->inputs);
	manager_inputs_close(NULL);
	assert_int_equal(file_list(s->dir, remove_one, s, &error), ERR_OK);
	assert_int_equal(rmdir(s->dir) + rmdir(s->base), 0);
	loop_close(s->loop);
	free(s);
	return 0;
}

static const char *keep(struct stage *s, const char *options, unsigned int epoch, enum input_kind kind)
{
	struct document *d = NULL;
	char text[1024];
	(void)snprintf(text, sizeof(text),
		       "<cib epoch=\"%u\"><configuration><crm_config><cluster_property_set id=\"o\">%s"
		       "</cluster_property_set></crm_config></configuration></cib>",
		       epoch, options);
	assert_int_equal(document_parse(text, strlen(text), "test", &d, NULL), ERR_OK);
	const char *path = manager_inputs_keep(s->inputs, d, kind, (wall_time){1700000000500000000u});
	document_free(d);
	return path != NULL ? strrchr(path, '/') + 1 : NULL;
}

static void contains(const struct stage *s, const char *name, const char *wanted)
{
	static char raw[SIZE];
	char path[512];
	struct error error;
	size_t len;
	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	assert_int_equal(file_read(path, raw, sizeof(raw) - 1, &len, &error), ERR_OK);
	raw[len] = '\0';
	if (!bzip_is(raw, len)) {
		assert_string_equal(raw, wanted);
		return;
	}
	char *text;
	struct document *d = NULL;
	assert_int_equal(bzip_unpack(raw, len, SIZE, &text, &len, &error), ERR_OK);
	assert_int_equal(document_parse(text, len, name, &d, &error), ERR_OK); /* it is XML still */
	assert_string_equal(element_get(document_root(d), NAME_EPOCH), wanted);
	assert_string_equal(element_get(document_root(d), NAME_EXECUTION_DATE), "1700000000");
	document_free(d);
	free(text);
}

static void test_series(void **state)
{
	struct stage *s = *state;
	assert_string_equal(keep(s, "", 1, INPUT_PLAIN), "pe-input-0.bz2");
	assert_string_equal(keep(s, "", 2, INPUT_ERROR), "pe-error-0.bz2");
	assert_string_equal(keep(s, "", 3, INPUT_PLAIN), "pe-input-1.bz2");
	assert_null(keep(s, "", 3, INPUT_PLAIN)); /* the same */
	written(s);
	assert_string_equal(keep(s, "", 5, INPUT_WARNING), "pe-warn-0.bz2");
	written(s);
	contains(s, "pe-warn-0.bz2", "5");
	contains(s, "pe-input-0.bz2", "1");
	contains(s, "pe-error-0.bz2", "2");
	contains(s, "pe-input-1.bz2", "3");
	contains(s, "pe-input.last", "2\n");
	contains(s, "pe-error.last", "1\n");
	manager_inputs_close(s->inputs);
	open_inputs(s);
	assert_string_equal(keep(s, "", 4, INPUT_PLAIN), "pe-input-2.bz2"); /* goes on after a restart */
	assert_string_equal(s->why, "");
}

static void test_a_series_starts_over(void **state)
{
	struct stage *s = *state;
	static const char two[] = "<nvpair id=\"m\" name=\"pe-input-series-max\" value=\"2\"/>";
	assert_string_equal(keep(s, two, 1, INPUT_PLAIN), "pe-input-0.bz2");
	assert_string_equal(keep(s, two, 2, INPUT_PLAIN), "pe-input-1.bz2");
	written(s);
	assert_string_equal(keep(s, two, 3, INPUT_PLAIN), "pe-input-0.bz2");
	written(s);
	contains(s, "pe-input-0.bz2", "3");
	contains(s, "pe-input.last", "1\n");
	assert_null(keep(s, "<nvpair id=\"m\" name=\"pe-input-series-max\" value=\"0\"/>", 4, INPUT_PLAIN));
}

static void test_too_many_at_once(void **state)
{
	struct stage *s = *state;
	for (unsigned int i = 0; i < INPUTS_WAITING_MAX + 3; i++)
		assert_non_null(keep(s, "", i, INPUT_PLAIN));
	assert_int_equal(manager_inputs_waiting(s->inputs), INPUTS_WAITING_MAX);
	assert_non_null(strstr(s->why, "pe-input-3.bz2"));
	written(s);
	contains(s, "pe-input-0.bz2", "0");
	contains(s, "pe-input-10.bz2", "10");
}

static void test_no_room(void **state)
{
	struct stage *s = *state;
	char path[512];
	(void)snprintf(path, sizeof(path), "%s/pe-input-0.bz2", s->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_non_null(keep(s, "", 1, INPUT_PLAIN));
	written(s);
	assert_non_null(strstr(s->why, "pe-input-0.bz2"));
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_series, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_series_starts_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_many_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
