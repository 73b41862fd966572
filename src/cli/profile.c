/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/profile.h"

#include "cli/situation.h"
#include "os/file.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct profile {
	struct program_io *io;
	const char *program, *folder;
	unsigned repeat;
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

static enum err profile_file(void *arg, const char *name, struct error *reterr)
{
	(void)reterr;
	struct profile *p = arg;
	struct situation s;
	if (!g_str_has_suffix(name, ".xml") && !g_str_has_suffix(name, ".xml.bz2"))
		return ERR_OK;
	p->count++;
	char *path = arena_printf(p->io->arena, "%s/%s", p->folder, name);
	int code = situation_open(&s, p->io, p->program, path);
	if (code != EXIT_OK) {
		p->code = p->code == EXIT_OK ? code : p->code;
		return ERR_OK;
	}
	double spent_s = 0;
	for (unsigned i = 0; i < p->repeat; i++) {
		double began_s = processor_s();
		struct cluster *c = situation_cluster(&s);
		scheduler_run(c);
		spent_s += processor_s() - began_s;
		cluster_free(c);
	}
	situation_close(&s);
	(void)fprintf(p->io->out, "  * Testing %s ... %.2f secs\n", path, spent_s);
	return fflush(p->io->out) == 0 ? ERR_OK : ERR_IO;
}

int profile_folder(struct program_io *io, const char *program, const char *folder, unsigned repeat)
{
	struct profile p = {.io = io, .program = program, .folder = folder, .repeat = repeat, .code = EXIT_OK};
	struct error error = {0};
	struct stat st;
	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
		(void)fprintf(io->err, "%s: --profile %s: there is no such folder\n", program, folder);
		return EXIT_NO_SUCH;
	}
	(void)fputs("Timings:\n", io->out);
	enum err e = file_list(folder, profile_file, &p, &error);
	if (e != ERR_OK && error.text[0] != '\0')
		(void)fprintf(io->err, "%s: %s\n", program, error.text);
	if (e != ERR_OK)
		return exit_of(e);
	if (p.count > 0)
		return p.code;
	(void)fprintf(io->err, "%s: --profile %s: no file there ends in .xml or .xml.bz2\n", program, folder);
	return EXIT_NO_SUCH;
}
