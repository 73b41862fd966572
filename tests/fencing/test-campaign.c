/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random devices, levels, members that come and go, answers that fail, come late or never: each request ends once, and
 * succeeds only when the devices of one level said so (fencing.h, rules 1, 2, 4, 6 and 7). The core checks itself at
 * each verb. SEEDS=N plays more of them, SEED=N one. */
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES_MAX = 5, DEVICES_MAX = 4, REQUESTS_MAX = 200, RUNS_MAX = 4000, STEPS = 120 };

struct wanted {
	int target;
	enum fence_action action;
	int begun, main_begun; /* as numbers of events */
	bool tolerates;
	int ends;
};

struct going {
	uint64_t id;
	int device, target, member; /* device -1: the watchdog; target -1: of none */
	char action[16];
	mono_time until; /* its member must have told by then */
	bool answered, lost;
};

struct world {
	struct fencing *fencing;
	struct document *document;
	uint64_t dice;
	mono_time now, timer;
	int nodes, devices, limits[DEVICES_MAX];
	bool is_member[NODES_MAX];
	int64_t watchdog_ms;
	int levels[NODES_MAX][2][DEVICES_MAX + 1]; /* of each node: devices, -1 ends; first -1: none */
	bool on_target;
	int event;
	int said[NODES_MAX][DEVICES_MAX][2]; /* event at which the device said: it is down, it is on */
	int confirmed[NODES_MAX];
	struct wanted wanted[REQUESTS_MAX];
	int wanted_count;
	struct going runs[RUNS_MAX];
	int run_count;
};

static uint32_t dice(struct world *w, uint32_t n)
{
	w->dice ^= w->dice << 13;
	w->dice ^= w->dice >> 7;
	w->dice ^= w->dice << 17;
	return (uint32_t)(w->dice % n);
}

static int number_of(const char *name)
{
	return name == NULL ? -1 : atoi(name + 1) - 1;
}

static int member_count(const struct world *w)
{
	int n = 0;
	for (int i = 0; i < w->nodes; i++)
		n += w->is_member[i] ? 1 : 0;
	return n;
}

static int going_of(const struct world *w, int device)
{
	int n = 0;
	for (int i = 0; i < w->run_count; i++) {
		const struct going *g = &w->runs[i];
		n += !g->answered && g->device == device && strcmp(g->action, "metadata") != 0 ? 1 : 0;
	}
	return n;
}

static void on_run(void *host, const struct fence_run *run)
{
	struct world *w = host;
	assert_true(w->run_count < RUNS_MAX);
	for (int i = 0; i < w->run_count; i++)
		if (w->runs[i].id == run->id)
			return; /* told again */
	struct going *g = &w->runs[w->run_count++];
	*g = (struct going){.id = run->id, .target = number_of(run->target), .member = number_of(run->member)};
	g->device = strcmp(run->device, FENCE_WATCHDOG_ID) == 0 ? -1 : number_of(run->device);
	g_strlcpy(g->action, run->action, sizeof(g->action));
	assert_true(w->is_member[g->member]);
	g->until = mono_time_add_ms(w->now, (uint64_t)run->timeout_ms + 10000);
	g->lost = dice(w, 12) == 0;
	g->answered = g->device < 0;
	if (g->device < 0)
		return;
	/* rule 4 */
	if (strcmp(run->action, "metadata") != 0)
		assert_true(w->limits[g->device] < 0 || going_of(w, g->device) <= w->limits[g->device]);
	/* rule 2 */
	bool on = strcmp(run->action, "on") == 0 && w->on_target;
	assert_true(g->target != g->member || on || member_count(w) == 1);
}

/* Rule 1: whether all devices of a level, or any device where there are none, have said so since then. */
static bool is_said(const struct world *w, const struct wanted *r)
{
	int on = r->action == FENCE_ON ? 1 : 0;
	bool levels = false;
	for (int l = 0; l < 2; l++) {
		const int *level = w->levels[r->target][l];
		bool all = level[0] >= 0;
		levels = levels || all;
		for (int i = 0; level[i] >= 0; i++)
			all = all && w->said[r->target][level[i]][on] > r->main_begun;
		if (all)
			return true;
	}
	for (int d = 0; d < w->devices && !levels; d++)
		if (w->said[r->target][d][on] > r->main_begun)
			return true;
	return false;
}

static void on_ended(void *host, const struct fence_request *asked, const char *why, const char *device,
		     const char *member)
{
	struct world *w = host;
	struct wanted *r = &w->wanted[asked->id - 1];
	(void)member;
	r->ends++;
	assert_int_equal(r->ends, 1);
	if (why != NULL)
		assert_true(why[0] != '\0');
	else if (device == NULL)
		assert_true(r->tolerates);
	else if (strcmp(device, "manual") == 0)
		assert_true(w->confirmed[r->target] == w->event);
	else if (strcmp(device, FENCE_WATCHDOG_ID) == 0)
		assert_true(w->watchdog_ms > 0 && !w->is_member[r->target]);
	else
		assert_true(is_said(w, r));
}

static void on_timer(void *host, mono_time due)
{
	((struct world *)host)->timer = due;
}

static uint32_t on_dice(void *host, uint32_t n)
{
	return dice(host, n);
}

/* --- a world --- */

static void write_device(struct world *w, GString *xml, int d)
{
	static const char *const checks[] = {"", "", "dynamic-list", "status", "none"};
	const char *check = checks[dice(w, G_N_ELEMENTS(checks))];
	w->limits[d] = dice(w, 3) == 0 ? -1 : 1 + (int)dice(w, 2);
	g_string_append_printf(xml,
			       "<primitive id='d%d' class='stonith' type='fence_%u'><instance_attributes id='i%d'>"
			       "<nvpair id='l%d' name='pcmk_action_limit' value='%d'/>"
			       "<nvpair id='b%d' name='pcmk_delay_base' value='%u'/>"
			       "<nvpair id='m%d' name='pcmk_delay_max' value='%u'/>"
			       "<nvpair id='r%d' name='pcmk_off_retries' value='%u'/>",
			       d + 1, dice(w, 2), d, d, w->limits[d], d, dice(w, 4), d, dice(w, 8), d, dice(w, 4));
	if (check[0] != '\0')
		g_string_append_printf(xml, "<nvpair id='c%d' name='pcmk_host_check' value='%s'/>", d, check);
	if (dice(w, 4) > 0) {
		g_string_append_printf(xml, "<nvpair id='h%d' name='pcmk_host_list' value='", d);
		for (int n = 0; n < w->nodes; n++)
			if (dice(w, 5) > 0)
				g_string_append_printf(xml, "n%d,", n + 1);
		g_string_append(xml, "'/>");
	}
	g_string_append(xml, "</instance_attributes></primitive>");
}

static void write_levels(struct world *w, GString *xml)
{
	for (int n = 0; n < w->nodes; n++) {
		int levels = dice(w, 2) == 0 ? 0 : 1 + (int)dice(w, 2);
		w->levels[n][0][0] = w->levels[n][1][0] = -1;
		for (int l = 0; l < levels; l++) {
			int count = 0;
			g_string_append_printf(xml, "<fencing-level id='%d-%d' target='n%d' index='%d' devices='", n, l,
					       n + 1, l + 1);
			for (int d = 0; d < w->devices; d++) {
				if (dice(w, 2) == 0 && (count > 0 || d < w->devices - 1))
					continue;
				g_string_append_printf(xml, "d%d,", d + 1);
				w->levels[n][l][count++] = d;
			}
			w->levels[n][l][count] = -1;
			g_string_append(xml, "'/>");
		}
	}
}

static void configure(struct world *w)
{
	const char *names[NODES_MAX];
	char text[NODES_MAX][16];
	uint32_t count = 0;
	for (int n = 0; n < w->nodes; n++) {
		if (!w->is_member[n])
			continue;
		(void)snprintf(text[n], sizeof(text[n]), "n%d", n + 1);
		names[count++] = text[n];
	}
	/* what a member that left ran is answered by nobody */
	for (int i = 0; i < w->run_count; i++)
		w->runs[i].answered = w->runs[i].answered || !w->is_member[w->runs[i].member];
	fencing_configure(w->fencing, w->now, w->document, 1700000000, names, count, w->watchdog_ms);
}

static void open_world(struct world *w, uint64_t seed)
{
	static const struct fencing_ops verbs = {.run = on_run, .ended = on_ended, .timer = on_timer, .dice = on_dice};
	struct fencing_ops ops = verbs;
	memset(w, 0, sizeof(*w));
	w->dice = seed * 0x9e3779b97f4a7c15ull + 1;
	for (int i = 0; i < 8; i++)
		(void)dice(w, 2);
	w->now = (mono_time){1000000000};
	w->nodes = 2 + (int)dice(w, NODES_MAX - 1);
	w->devices = 1 + (int)dice(w, DEVICES_MAX);
	w->watchdog_ms = dice(w, 3) == 0 ? 5000 : 0;
	w->on_target = dice(w, 3) == 0;
	GString *xml = g_string_new("<cib><configuration><crm_config/><nodes>");
	for (int n = 0; n < w->nodes; n++) {
		g_string_append_printf(xml, "<node id='%d' uname='n%d'/>", n + 1, n + 1);
		w->is_member[n] = n == 0 || dice(w, 3) > 0;
	}
	g_string_append(xml, "</nodes><resources>");
	for (int d = 0; d < w->devices; d++)
		write_device(w, xml, d);
	g_string_append(xml, "</resources><constraints/><fencing-topology>");
	write_levels(w, xml);
	g_string_append(xml, "</fencing-topology></configuration><status/></cib>");
	assert_int_equal(document_parse(xml->str, xml->len, "world", &w->document, NULL), ERR_OK);
	(void)g_string_free(xml, TRUE);
	ops.host = w;
	w->fencing = fencing_new(&ops, seed << 32);
	configure(w);
}

/* --- what happens --- */

static void begin(struct world *w)
{
	static const enum fence_action actions[] = {FENCE_OFF, FENCE_REBOOT, FENCE_REBOOT, FENCE_ON};
	char target[16];
	if (w->wanted_count == REQUESTS_MAX)
		return;
	struct wanted *r = &w->wanted[w->wanted_count++];
	*r = (struct wanted){.target = (int)dice(w, (uint32_t)w->nodes), .action = actions[dice(w, 4)]};
	r->begun = r->main_begun = w->event;
	r->tolerates = dice(w, 8) == 0;
	for (int i = 0; i < w->wanted_count - 1; i++) {
		const struct wanted *other = &w->wanted[i];
		if (other->ends == 0 && other->target == r->target && other->action == r->action &&
		    other->main_begun < r->main_begun)
			r->main_begun = other->main_begun;
	}
	(void)snprintf(target, sizeof(target), "n%d", r->target + 1);
	struct fence_request asked = {.id = (uint64_t)w->wanted_count,
				      .target = target,
				      .action = r->action,
				      .timeout_ms = dice(w, 2) == 0 ? 0 : 5000,
				      .delay_ms = (int64_t)dice(w, 4) * 500 - 500,
				      .tolerance_ms = r->tolerates ? 3000 : 0,
				      .client = "campaign",
				      .origin = "n1"};
	if (asked.delay_ms < 0)
		asked.delay_ms = -1;
	fencing_begin(w->fencing, w->now, &asked);
	assert_int_equal(r->ends, 0); /* never from inside */
}

static char *output_of(struct world *w, const struct going *g)
{
	static const char *const words[] = {"off on reboot list status port", "off on list plug", "off on status port",
					    "off plug", "reboot off on port automatic"};
	if (strcmp(g->action, "metadata") == 0) {
		char *all = g_strconcat(words[dice(w, G_N_ELEMENTS(words))], w->on_target ? " on_target" : "", NULL);
		char *metadata = stage_metadata(all);
		g_free(all);
		return metadata;
	}
	return g_strdup("n1 n2 n3 n4");
}

static void answer(struct world *w, struct going *g)
{
	int rc = dice(w, 10) < 6 ? 0 : dice(w, 3) == 0 ? FENCE_RC_TIMEOUT : 1;
	bool on = strcmp(g->action, "on") == 0;
	bool acts = on || strcmp(g->action, "off") == 0 || strcmp(g->action, "reboot") == 0;
	if (g->answered || g->lost)
		return;
	g->answered = true;
	if (rc == 0 && acts)
		w->said[g->target][g->device][on ? 1 : 0] = w->event;
	char *output = output_of(w, g);
	fencing_ran(w->fencing, w->now, g->id, rc, output, rc == 0 ? NULL : "it burns");
	g_free(output);
}

static void pass(struct world *w, uint64_t ms)
{
	w->now = mono_time_add_ms(w->now, ms);
	/* whose member did not tell in time is given up */
	for (int i = 0; i < w->run_count; i++)
		w->runs[i].answered = w->runs[i].answered || !mono_time_before(w->now, w->runs[i].until);
	if (mono_time_is_set(w->timer) && !mono_time_before(w->now, w->timer)) {
		w->timer = (mono_time){0};
		fencing_tick(w->fencing, w->now);
	}
}

static void come_or_go(struct world *w)
{
	int n = 1 + (int)dice(w, (uint32_t)w->nodes - 1);
	w->is_member[n] = !w->is_member[n];
	configure(w);
}

static void confirm(struct world *w)
{
	char name[16];
	int n = (int)dice(w, (uint32_t)w->nodes);
	w->confirmed[n] = w->event;
	(void)snprintf(name, sizeof(name), "n%d", n + 1);
	fencing_confirm(w->fencing, w->now, name);
}

static void happen(struct world *w)
{
	uint32_t what = dice(w, 20);
	w->event++;
	if (what < 4)
		begin(w);
	else if (what < 12 && w->run_count > 0)
		answer(w, &w->runs[(uint32_t)w->run_count - 1 - dice(w, (uint32_t)MIN(w->run_count, 4))]);
	else if (what < 13)
		come_or_go(w);
	else if (what < 14 && dice(w, 3) == 0)
		confirm(w);
	else if (what < 15)
		fencing_resend(w->fencing, w->now);
	else
		pass(w, dice(w, 1500));
}

/* Everything is answered, or times out: then all has ended. */
static void calm_down(struct world *w)
{
	for (int i = 0; i < 2000 && fencing_is_busy(w->fencing); i++) {
		for (int k = 0; k < w->run_count; k++) {
			w->event++;
			answer(w, &w->runs[k]);
		}
		w->event++;
		pass(w, 1000);
	}
	assert_false(fencing_is_busy(w->fencing));
	for (int i = 0; i < w->wanted_count; i++)
		assert_int_equal(w->wanted[i].ends, 1);
}

static void play(uint64_t seed)
{
	struct world *w = g_new0(struct world, 1);
	open_world(w, seed);
	for (int i = 0; i < STEPS; i++)
		happen(w);
	calm_down(w);
	fencing_check(w->fencing);
	fencing_free(w->fencing);
	document_free(w->document);
	g_free(w);
}

static void campaign(void **state)
{
	const char *one = getenv("SEED"), *many = getenv("SEEDS");
	uint64_t first = one != NULL ? strtoull(one, NULL, 10) : 1;
	uint64_t count = one != NULL ? 1 : many != NULL ? strtoull(many, NULL, 10) : 500;
	(void)state;
	for (uint64_t seed = first; seed < first + count; seed++) {
		if (many != NULL || one != NULL)
			(void)fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
		play(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(campaign)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
