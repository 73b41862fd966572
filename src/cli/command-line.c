/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/command-line.h"

#include <assert.h>
#include <string.h>

/* The options that every program has; ids below zero are ours. */
enum {
	OPTION_HELP = -1,
	OPTION_HELP_ALL = -2,
	OPTION_VERSION = -3,
	OPTION_VERBOSE = -4,
	OPTION_QUIET = -5,
	OPTION_OUTPUT_AS = -6,
	OPTION_OUTPUT_TO = -7
};

static const struct option help_options[] = {
	{.help = "Help Options:"},
	{OPTION_HELP, 'h', "help", NULL, "Show help options"},
	{OPTION_HELP, '?', NULL, NULL, "Show help options", .hidden = true},
	{OPTION_HELP_ALL, 0, "help-all", NULL, "Show all help options"},
	{0},
};
static const struct option form_options[] = {
	{.help = "Output Options:"},
	{OPTION_OUTPUT_AS, 0, "output-as", "FORMAT", "Specify output format as one of:"},
	{OPTION_OUTPUT_TO, 0, "output-to", "DEST", "Specify file name for output (or \"-\" for stdout)"},
	{0},
};
static const struct option common_options[] = {
	{.help = "Application Options:"},
	{OPTION_VERSION, '$', "version", NULL, "Display software version and exit"},
	{OPTION_VERBOSE, 'V', "verbose", NULL, "Increase debug output (may be specified multiple times)"},
	{0},
};
static const struct option quiet_options[] = {
	{OPTION_QUIET, 'Q', "quiet", NULL, "Be less descriptive in output"},
	{0},
};

static const char *const form_names[FORM_COUNT] = {
	[FORM_TEXT] = "text", [FORM_XML] = "xml", [FORM_JSON] = "json", [FORM_NONE] = "none", [FORM_HTML] = "html"};

enum { TABLES = 5 };

/* A program's tables, its own first: what is its own is no longer common. */
static size_t tables_of(const struct line_rules *rules, const struct option *ret_tables[TABLES])
{
	size_t n = 0;
	ret_tables[n++] = rules->options;
	ret_tables[n++] = help_options;
	if (rules->forms != 0)
		ret_tables[n++] = form_options;
	ret_tables[n++] = common_options;
	if (rules->quiet)
		ret_tables[n++] = quiet_options;
	assert(n <= TABLES);
	return n;
}

static bool is_heading(const struct option *o)
{
	return o->letter == 0 && o->name == NULL;
}

static bool is_end(const struct option *o)
{
	return is_heading(o) && o->help == NULL;
}

static const struct option *find_option(const struct line_rules *rules, char letter, const char *name, size_t length)
{
	const struct option *tables[TABLES];
	size_t count = tables_of(rules, tables);
	for (size_t t = 0; t < count; t++) {
		for (const struct option *o = tables[t]; o != NULL && !is_end(o); o++) {
			if (letter != 0 && o->letter == letter)
				return o;
			if (name != NULL && o->name != NULL && strlen(o->name) == length &&
			    strncmp(o->name, name, length) == 0)
				return o;
		}
	}
	return NULL;
}

struct parsing {
	const struct line_rules *rules;
	struct command_line *line;
	struct given *given;
	const char *const *next; /* the next argument */
	struct error *reterr;
};

static enum err take_form(struct parsing *p, const char *value)
{
	for (int form = 0; form < FORM_COUNT; form++) {
		if ((p->rules->forms & (1u << form)) != 0 && strcmp(value, form_names[form]) == 0) {
			p->line->form = (enum output_form)form;
			return ERR_OK;
		}
	}
	return error_set(p->reterr, ERR_NOT_FOUND, "Error creating output format %s: Unknown output format; try --help",
			 value);
}

static enum err take_option(struct parsing *p, const struct option *o, const char *value)
{
	switch (o->id) {
	case OPTION_HELP:
		p->line->help = true;
		return ERR_OK;
	case OPTION_HELP_ALL:
		p->line->help = p->line->help_all = true;
		return ERR_OK;
	case OPTION_VERSION:
		p->line->version = true;
		return ERR_OK;
	case OPTION_VERBOSE:
		p->line->verbosity++;
		return ERR_OK;
	case OPTION_QUIET:
		p->line->quiet = true;
		return ERR_OK;
	case OPTION_OUTPUT_AS:
		return take_form(p, value);
	case OPTION_OUTPUT_TO:
		p->line->output_to = strcmp(value, "-") == 0 ? NULL : value;
		return ERR_OK;
	default:
		p->given[p->line->given_count++] = (struct given){o->id, value};
		return ERR_OK;
	}
}

static bool is_optional(const struct option *o)
{
	return o->argument != NULL && o->argument[0] == '[';
}

/* The commands of hale take what pcs takes; the programs by Pacemaker's names are as strict as those. */
static bool is_lenient(const struct line_rules *rules)
{
	return strncmp(rules->name, "hale ", strlen("hale ")) == 0;
}

/* The one option that begins like this; NULL: none or several. */
static const struct option *find_beginning(const struct line_rules *rules, const char *name, size_t length)
{
	const struct option *tables[TABLES], *found = NULL;
	size_t count = tables_of(rules, tables);
	for (size_t t = 0; t < count; t++) {
		for (const struct option *o = tables[t]; o != NULL && !is_end(o); o++) {
			if (o->name == NULL || o->hidden || strncmp(o->name, name, length) != 0)
				continue;
			if (found != NULL && found->id != o->id)
				return NULL;
			found = o;
		}
	}
	return found;
}

/* "-7" and "-INFINITY" are scores, where there is no such option. */
static bool is_score(const struct line_rules *rules, const char *argument)
{
	return is_lenient(rules) && rules->words != NULL && find_option(rules, argument[1], NULL, 0) == NULL &&
	       ((argument[1] >= '0' && argument[1] <= '9') || strcmp(argument, "-INFINITY") == 0);
}

static enum err take_long(struct parsing *p, const char *argument)
{
	const char *name = argument + 2;
	size_t length = strcspn(name, "=");
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	const struct option *o = find_option(p->rules, 0, name, length);
	if (o == NULL && length > 0 && is_lenient(p->rules))
		o = find_beginning(p->rules, name, length);
	if (o == NULL)
		return error_set(p->reterr, ERR_INVALID, "Unknown option %s", argument);
	if (o->argument == NULL && value != NULL)
		return error_set(p->reterr, ERR_INVALID, "Option --%s takes no value", o->name);
	if (o->argument != NULL && value == NULL && !is_optional(o)) {
		if (*p->next == NULL)
			return error_set(p->reterr, ERR_INVALID, "Missing argument for --%s", o->name);
		value = *p->next++;
	}
	return take_option(p, o, value);
}

/* One argument of letters, the last of which may have a value. */
static enum err take_letters(struct parsing *p, const char *argument)
{
	for (const char *at = argument + 1; *at != '\0'; at++) {
		const struct option *o = find_option(p->rules, *at, NULL, 0);
		if (o == NULL)
			return error_set(p->reterr, ERR_INVALID, "Unknown option -%c", *at);
		const char *value = NULL;
		if (o->argument != NULL) {
			value = at[1] != '\0' ? at + 1 : NULL;
			if (value == NULL && !is_optional(o)) {
				if (*p->next == NULL)
					return error_set(p->reterr, ERR_INVALID, "Missing argument for -%c", *at);
				value = *p->next++;
			}
		}
		enum err e = take_option(p, o, value);
		if (e != ERR_OK || o->argument != NULL)
			return e;
	}
	return ERR_OK;
}

static size_t length_of(const char *const *list)
{
	size_t n = 0;
	while (list[n] != NULL)
		n++;
	return n;
}

/* An argument of several letters gives several options, never more than it has letters. */
static size_t options_at_most(int argc, const char *const *argv)
{
	size_t n = 0;
	for (int i = 1; i < argc; i++)
		n += strlen(argv[i]);
	return n + 1;
}

enum err line_parse(const struct line_rules *rules, int argc, const char *const *argv, struct arena *a,
		    struct command_line *ret_line, struct error *reterr)
{
	assert(argc > 0);
	assert(argv[argc] == NULL);
	struct command_line line = {.arguments = argv};
	struct parsing p = {.rules = rules, .line = &line, .next = argv + 1, .reterr = reterr};
	line.words = arena_array(a, const char *, (size_t)argc + 1);
	line.given = p.given = arena_array(a, struct given, options_at_most(argc, argv));
	bool only_words = false;
	while (*p.next != NULL) {
		const char *argument = *p.next++;
		enum err e = ERR_OK;
		if (only_words || argument[0] != '-' || argument[1] == '\0' || is_score(rules, argument))
			line.words[line.word_count++] = argument;
		else if (strcmp(argument, "--") == 0)
			only_words = true;
		else if (argument[1] == '-')
			e = take_long(&p, argument);
		else
			e = take_letters(&p, argument);
		if (e != ERR_OK)
			return e;
	}
	if (rules->words == NULL && line.word_count > 0 && !line.help)
		return error_set(reterr, ERR_INVALID, "Unexpected argument \"%s\"; try --help", line.words[0]);
	assert(length_of(line.words) == line.word_count);
	*ret_line = line;
	return ERR_OK;
}

const char *line_value(const struct command_line *line, int id)
{
	for (size_t i = line->given_count; i > 0; i--)
		if (line->given[i - 1].id == id)
			return line->given[i - 1].value;
	return NULL;
}

bool line_has(const struct command_line *line, int id)
{
	for (size_t i = 0; i < line->given_count; i++)
		if (line->given[i].id == id)
			return true;
	return false;
}

/* "-o, --original=FILE" into text; returns its length. A common option whose letter the program took goes without. */
static int spell(const struct line_rules *rules, const struct option *o, char *text, size_t size)
{
	const char *joint = o->argument == NULL ? "" : is_optional(o) ? "[=" : o->name != NULL ? "=" : " ";
	const char *argument = o->argument == NULL ? "" : o->argument + is_optional(o);
	char letter[8] = "";
	if (o->letter != 0 && find_option(rules, o->letter, NULL, 0) == o)
		(void)snprintf(letter, sizeof(letter), "-%c%s", o->letter, o->name != NULL ? ", " : "");
	return snprintf(text, size, "%s%s%s%s%s", letter, o->name != NULL ? "--" : "", o->name != NULL ? o->name : "",
			joint, argument);
}

/* A common option whose letter and name the program took for itself. */
static bool is_overridden(const struct line_rules *rules, const struct option *o)
{
	return o->id < 0 && o->name != NULL && find_option(rules, 0, o->name, strlen(o->name)) != o;
}

enum { COLUMN_MAX = 40 };

static int column_of(const struct line_rules *rules, const struct option *const *tables, size_t count)
{
	int widest = 0;
	for (size_t t = 0; t < count; t++) {
		for (const struct option *o = tables[t]; o != NULL && !is_end(o); o++) {
			char text[128];
			int width = is_heading(o) || o->hidden || is_overridden(rules, o)
					    ? 0
					    : spell(rules, o, text, sizeof(text));
			widest = width > widest && width <= COLUMN_MAX ? width : widest;
		}
	}
	return widest + 4;
}

static void print_option(const struct line_rules *rules, const struct option *o, int column, FILE *out)
{
	char text[128];
	if (spell(rules, o, text, sizeof(text)) > COLUMN_MAX)
		(void)fprintf(out, "  %s\n%*s", text, column, "");
	else
		(void)fprintf(out, "  %-*s", column - 2, text);
	(void)fprintf(out, "%s", o->help);
	for (int form = 0; o->id == OPTION_OUTPUT_AS && form < FORM_COUNT; form++)
		if ((rules->forms & (1u << form)) != 0)
			(void)fprintf(out, "%s%s", form == 0 ? " " : ", ", form_names[form]);
	(void)fputc('\n', out);
}

void line_help(const struct line_rules *rules, FILE *out)
{
	const struct option *tables[TABLES];
	size_t count = tables_of(rules, tables);
	int column = column_of(rules, tables, count);
	(void)fprintf(out, "Usage:\n  %s [OPTION…]%s%s\n\n%s\n", rules->name, rules->words != NULL ? " " : "",
		      rules->words != NULL ? rules->words : "", rules->summary);
	/* Help first, then the program's own, then the common ones. */
	for (size_t i = 0; i < count; i++) {
		const struct option *table = tables[i == 0 ? 1 : i == 1 ? 0 : i];
		for (const struct option *o = table; o != NULL && !is_end(o); o++) {
			if (is_heading(o))
				(void)fprintf(out, "\n%s\n", o->help);
			else if (!o->hidden && !is_overridden(rules, o))
				print_option(rules, o, column, out);
		}
	}
	if (rules->details != NULL)
		(void)fprintf(out, "\n%s\n", rules->details);
}

/* Text as roff takes it: dashes and backslashes escaped, no line begins with a point. */
static void print_roff(const char *text, FILE *out)
{
	bool at_start = true;
	for (; *text != '\0'; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			(void)fputs("\\&", out);
		if (*text == '-' || *text == '\\')
			(void)fputs(*text == '-' ? "\\" : "\\e", out);
		if (*text != '\\')
			(void)fputc(*text, out);
		at_start = *text == '\n';
	}
}

void line_manual(const struct line_rules *rules, FILE *out)
{
	const struct option *tables[TABLES];
	size_t count = tables_of(rules, tables);
	(void)fprintf(out,
		      ".TH \"%s\" 8 \"\" Hale\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.B %s\n[OPTION...] %s\n.SH OPTIONS\n",
		      rules->name, rules->name, rules->summary, rules->name, rules->words != NULL ? rules->words : "");
	for (size_t t = 0; t < count; t++) {
		for (const struct option *o = tables[t]; o != NULL && !is_end(o); o++) {
			char text[128];
			if (o->hidden || is_overridden(rules, o))
				continue;
			(void)spell(rules, o, text, sizeof(text));
			(void)fputs(is_heading(o) ? ".SS \"" : ".TP\n\\fB", out);
			print_roff(is_heading(o) ? o->help : text, out);
			(void)fputs(is_heading(o) ? "\"\n" : "\\fR\n", out);
			if (!is_heading(o)) {
				print_roff(o->help, out);
				(void)fputc('\n', out);
			}
		}
	}
	if (rules->details != NULL) {
		(void)fputs(".SH DETAILS\n.nf\n", out);
		print_roff(rules->details, out);
		(void)fputs("\n.fi\n", out);
	}
}

void line_complete(const struct line_rules *rules, const char *begin, FILE *out)
{
	const struct option *tables[TABLES];
	size_t count = tables_of(rules, tables);
	for (size_t t = 0; t < count; t++) {
		for (const struct option *o = tables[t]; o != NULL && !is_end(o); o++) {
			char text[128];
			if (o->name == NULL || o->hidden || is_overridden(rules, o))
				continue;
			(void)snprintf(text, sizeof(text), "--%s%s", o->name, o->argument == NULL ? "" : "=");
			if (strncmp(text, begin, strlen(begin)) == 0)
				(void)fprintf(out, "%s\n", text);
		}
	}
}
