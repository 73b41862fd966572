/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/profile.h"

#include "cli/situation.h"
#include "os/file.h"
#include "rules/moment.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A folder on its way. */
struct tour {
	const struct profile *profile;
	unsigned count; /* of configurations that were found */
	int code;       /* of the first that cannot be used */
};

bool profile_repeat(const char *text, unsigned *ret)
{
	guint64 number = 1;
	if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 1, PROFILE_REPEAT_MAX, &number, NULL))
		return false;
	*ret = (unsigned)number;
	return true;
}

static double processor_s(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct cluster *cluster_of(const struct profile *p, const struct situation *s)
{
	struct cluster *c = situation_cluster(s);
	struct moment_here here = {.now = (int64_t)(p->io->now.ns / 1000000000u)};
	struct moment m;
	struct error error;
	here.offset_s = io_zone_offset(here.now);
	if (p->date != NULL)
		c->now = moment_parse(p->date, &here, &m, &error) == ERR_OK ? moment_epoch(&m) : here.now;
	if (p->scores || p->utilization)
		c->report = display_scores(p->display, p->scores, p->utilization);
	return c;
}

static enum err profile_file(void *arg, const char *name, struct error *reterr)
{
	(void)reterr;
	struct tour *t = arg;
	const struct profile *p = t->profile;
	struct situation s;
	if (!g_str_has_suffix(name, ".xml") && !g_str_has_suffix(name, ".xml.bz2"))
		return ERR_OK;
	if (t->count++ == 0)
		display_timings_begin(p->display);
	char *path = arena_printf(p->io->arena, "%s/%s", p->folder, name);
	int code = situation_open(&s, p->io, "crm_simulate", path);
	if (code != EXIT_OK) {
		t->code = t->code == EXIT_OK ? code : t->code;
		return ERR_OK;
	}
	double spent_s = 0;
	for (unsigned i = 0; i < p->repeat; i++) {
		double began_s = processor_s();
		struct cluster *c = cluster_of(p, &s);
		scheduler_run(c);
		spent_s += processor_s() - began_s;
		cluster_free(c);
	}
	situation_close(&s);
	display_timing(p->display, path, spent_s);
	return ERR_OK;
}

int profile_folder(const struct profile *p)
{
	struct tour t = {.profile = p, .code = EXIT_OK};
	struct error error = {0};
	struct stat st;
	if (stat(p->folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
		(void)fprintf(p->io->err, "crm_simulate: --profile %s: there is no such folder\n", p->folder);
		return EXIT_NO_SUCH;
	}
	enum err e = file_list(p->folder, profile_file, &t, &error);
	if (t.count > 0)
		display_timings_end(p->display);
	if (e != ERR_OK)
		return display_fail(p->display, exit_of(e), error.text);
	if (t.count > 0)
		return t.code;
	(void)fprintf(p->io->err, "crm_simulate: --profile %s: no file there ends in .xml or .xml.bz2\n", p->folder);
	return EXIT_NO_SUCH;
}
