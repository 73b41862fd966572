/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verb.h - what the commands of hale have in common: a configuration that they look at or change, and how they end.
 *
 *	static enum exit_code change(struct verb *v)
 *	{
 *		struct element *r = verb_resource(v, verb_word(v, 0));
 *		if (r == NULL)
 *			return v->code;
 *		… change v->document …
 *		return EXIT_OK;
 *	}
 *	const struct program program_hale_thing = {.rules = {.name = "hale thing", …}, .change = change};
 *
 * The configuration is the running cluster's, or with -f, CIB_file or CIB_shadow that of a file. A command changes a
 * copy; what became different is sent as one patch: all of it or nothing, and what others change in the meantime stays.
 * A file must be there: none is made by a slip of the pen. What is said goes to io->err, data to io->out.
 */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "cib/document.h"
#include "cli/client.h"
#include "cli/program.h"
#include "scheduler/cluster.h"

/* Ids of the options that many commands have; those of a command begin with 1. */
enum { VERB_FILE = 100, VERB_FORCE, VERB_WAIT, VERB_SOCKET, VERB_FORMAT };

#define VERB_OPTION_FILE                                                                                        \
	{                                                                                                       \
		VERB_FILE, 'f', "file", "FILE", "Work on the configuration in FILE, not on the running cluster" \
	}
#define VERB_OPTION_FORCE                                                                    \
	{                                                                                    \
		VERB_FORCE, 0, "force", NULL, "Take what is wrong only as far as hale knows" \
	}
#define VERB_OPTION_WAIT                                                                                             \
	{                                                                                                            \
		VERB_WAIT, 0, "wait", "[SECONDS]", "Wait until the cluster has done all that follows from it (3600)" \
	}
#define VERB_OPTION_SOCKET                                                             \
	{                                                                              \
		VERB_SOCKET, 0, "socket", "PATH", "Ask the manager that listens there" \
	}
#define VERB_OPTION_FORMAT                                                          \
	{                                                                           \
		VERB_FORMAT, 0, "output-format", "FORMAT", "text (default) or json" \
	}
/* Of a command that changes the configuration. */
#define VERB_OPTIONS_EDIT \
	{.help = "General:"}, VERB_OPTION_FILE, VERB_OPTION_FORCE, VERB_OPTION_WAIT, VERB_OPTION_SOCKET
/* Of one that looks at it. */
#define VERB_OPTIONS_LOOK {.help = "General:"}, VERB_OPTION_FILE, VERB_OPTION_SOCKET, VERB_OPTION_FORMAT
/* Of one that speaks to the running cluster alone. */
#define VERB_OPTIONS_LIVE {.help = "General:"}, VERB_OPTION_WAIT, VERB_OPTION_SOCKET

struct verb {
	struct program_io *io;
	const struct command_line *line;
	const char *name; /* "hale resource create" */
	const char *file; /* NULL: the running cluster */
	struct client_call call;
	bool force, json, may_force; /* may_force: --force is an option */
	bool quiet;                  /* nothing was to be changed: do not say so */
	int64_t wait_s;              /* of --wait */
	const char *draft;           /* a file with what the user wrote: it goes when that is taken, or NULL */
	struct document *old;        /* as it was; NULL of a command that reads none */
	struct document *document;   /* to change */
	struct document *upgraded;   /* of verb_cluster() */
	struct cluster *cluster;
	enum exit_code code; /* why a helper gave up */
};

/* The whole of a command: opens, reads the configuration where the command wants one, lets it work, makes true what it
 * changed, and waits when that was asked for. */
int verb_run(struct program_io *io, const struct command_line *line, const struct program *program);

/* --- saying what is wrong --- */
/* "hale resource create: …"; sets v->code and returns it. */
enum exit_code verb_fail(struct verb *v, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what --force turns into a warning: EXIT_OK then. */
enum exit_code verb_object(struct verb *v, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void verb_warn(struct verb *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What is missing or one too many: names the words that the command takes. */
enum exit_code verb_usage(struct verb *v, const char *what);

/* Waits until the running cluster has nothing left to do; 0 seconds: an hour. When that takes long, it says what it
 * waits for. */
enum exit_code verb_wait(struct verb *v, int64_t seconds);
/* Prints it, when --output-format=json was given; and frees it. */
void verb_print_json(struct verb *v, json_t *taken);

/* --- what was given --- */
/* NULL: there are not so many words. */
const char *verb_word(const struct verb *v, size_t i);
size_t verb_word_count(const struct verb *v);
bool verb_has(const struct verb *v, int option);
const char *verb_value(const struct verb *v, int option);
/* The value of a word "name=value", or NULL. */
const char *verb_named(const struct verb *v, const char *name);

/* --- what there is --- */
/* The cluster as the scheduler sees it: the configuration before any change, with its status, read but not decided
 * upon. It lives as long as the verb, and until the configuration is read anew. NULL: v->code says why. */
struct cluster *verb_cluster(struct verb *v);
/* Of the configuration as changed so far, after scheduler_run(); the caller frees it with verb_outcome_free(). */
struct cluster *verb_outcome(struct verb *v);
void verb_outcome_free(struct cluster *c);
/* A section of the configuration, which is added when it is not there. */
struct element *verb_section(struct verb *v, cib_name section);
/* A primitive, group, clone, bundle or template with this id. NULL: there is none, and v->code says so; the nearest
 * ids are offered. */
struct element *verb_resource(struct verb *v, const char *id);
bool element_is_resource(const struct element *e);
/* A node of <nodes> by name; NULL: there is none, and v->code says so. With --force a name that is not known is no
 * error (EXIT_OK) and still NULL. */
struct element *verb_node(struct verb *v, const char *name);
/* This id or, when it is taken, with -1, -2… behind it. */
const char *verb_free_id(struct verb *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The words that `known` (count of them) has nearest to word: ", did you mean x?" or "". */
const char *verb_similar(struct verb *v, const char *word, const char *const *known, size_t count);

#endif
