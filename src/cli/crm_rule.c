/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crm_rule - say whether rules of the configuration are in effect.
 *
 * As ever, only rules with one date expression can be asked for, and of those with a date_spec only the ones
 * that say years: of any other it cannot be told apart whether they are over or not begun.
 */
#include "cli/input.h"
#include "cli/pacemaker-result.h"
#include "rules/moment.h"
#include "rules/rule.h"

#include <string.h>
#include <time.h>

enum { OPTION_CHECK = 1, OPTION_XML_TEXT, OPTION_DATE, OPTION_RULE };

static const struct option options[] = {
	{.help = "Modes (mutually exclusive):"},
	{OPTION_CHECK, 'c', "check", NULL, "Check whether a rule is in effect"},
	{.help = "Data:"},
	{OPTION_XML_TEXT, 'X', "xml-text", "TEXT", "Use this configuration (- for standard input)"},
	{.help = "Additional Options:"},
	{OPTION_DATE, 'd', "date", "DATE", "The date at which the rule is checked, instead of now"},
	{OPTION_RULE, 'r', "rule", "ID", "The id of the rule (may be given several times)"},
	{0},
};

/* Years with more than four digits are no dates that a rule can mean. */
enum { YEAR_MAX = 9999 };

static bool read_date(const struct program_io *io, const char *text, struct rule_input *in, struct error *reterr)
{
	time_t now = (time_t)(io->now.ns / 1000000000u);
	struct moment_here here = {.now = now, .offset_s = io_zone_offset(now)};
	struct moment m = moment_of_epoch(here.now, here.offset_s);
	if (text != NULL && moment_parse(text, &here, &m, reterr) != ERR_OK)
		return false;
	*in = (struct rule_input){.now = moment_epoch(&m), .offset_s = m.offset_s};
	if (m.year <= YEAR_MAX)
		return true;
	(void)error_set(reterr, ERR_INVALID, "the year is beyond %d", YEAR_MAX);
	return false;
}

/* The configuration: an argument, standard input, or the running cluster's. */
static enum exit_code read_input(const struct program_io *io, const char *argument, struct document **ret,
				 struct error *reterr)
{
	if (argument == NULL && io_environment(io, "CIB_file") == NULL) {
		(void)error_set(reterr, ERR_INVALID,
				"Could not connect to the CIB: no cluster runs here; give --xml-text, or set CIB_file");
		return EXIT_DISCONNECTED;
	}
	if (argument == NULL && input_document(io, NULL, ret, reterr) != ERR_OK)
		return EXIT_NO_SUCH;
	if (argument == NULL)
		return EXIT_OK;
	enum err e = strcmp(argument, "-") == 0
			     ? input_document(io, argument, ret, reterr)
			     : document_parse(argument, strlen(argument), "input string", ret, reterr);
	return e == ERR_OK ? EXIT_OK : EXIT_DATA;
}

/* What is found on the way through a tree: how many, and the last one. */
struct found {
	unsigned count;
	const struct element *element;
};

/* Elements of this name below e; with an id only those that have it. */
static void find(const struct element *e, cib_name name, const char *id, struct found *found)
{
	for_each_child(child, e)
	{
		const char *own = element_id(child);
		if (child->name == name && (id == NULL || (own != NULL && strcmp(own, id) == 0))) {
			found->count++;
			found->element = child;
		}
		find(child, name, id, found);
	}
}

static bool is_date_spec(const struct element *expression)
{
	return strcmp(element_get_or(expression, NAME_OPERATION, ""), "date_spec") == 0;
}

static bool has_years(const struct element *expression)
{
	for_each_named(spec, expression, NAME_DATE_SPEC) if (element_get(spec, NAME_YEARS) != NULL) return true;
	return false;
}

/* The expression to check; or NULL, why not, and the code for that. */
static const struct element *find_expression(const struct document *d, const char *id, enum exit_code *ret_code,
					     const char **ret_why)
{
	struct found rule = {0}, expression = {0};
	find(document_root(d), NAME_RULE, id, &rule);
	*ret_code = rule.count == 0 ? EXIT_NO_SUCH : EXIT_SEVERAL;
	*ret_why = rule.count == 0 ? "Rule not found" : "Found more than one rule with matching ID";
	if (rule.count != 1)
		return NULL;
	find(rule.element, NAME_DATE_EXPRESSION, NULL, &expression);
	*ret_code = EXIT_UNIMPLEMENTED;
	*ret_why = expression.count == 0 ? "Rule does not have a date expression"
					 : "Rule has more than one date expression";
	if (expression.count != 1)
		return NULL;
	*ret_why = "Rule must either not use date_spec, or use date_spec with years=";
	bool is_plain = element_get(expression.element, NAME_OPERATION) != NULL && !is_date_spec(expression.element);
	return is_plain || has_years(expression.element) ? expression.element : NULL;
}

/* Keeps the last problem; there is only one expression. */
static void keep_problem(void *user, const struct element *at, const char *text)
{
	(void)error_set(user, ERR_INVALID, "Error parsing rule (line %u: %s)", at->line, text);
}

static enum exit_code exit_of_result(enum rule_result result)
{
	switch (result) {
	case RULE_YES:
		return EXIT_OK;
	case RULE_NO:
		return EXIT_UNSATISFIED;
	case RULE_NOT_YET:
		return EXIT_NOT_YET;
	case RULE_EXPIRED:
		return EXIT_EXPIRED;
	case RULE_INVALID:
		break;
	}
	return EXIT_CONFIGURATION;
}

static void print_answer(struct pacemaker_result *r, const char *id, const struct element *expression,
			 enum rule_result result, const char *why)
{
	switch (result) {
	case RULE_YES:
		result_line(r, is_date_spec(expression) ? "Rule %s satisfies conditions" : "Rule %s is still in effect",
			    id);
		return;
	case RULE_NO:
		result_line(r, "Rule %s does not satisfy conditions", id);
		return;
	case RULE_NOT_YET:
		result_line(r, "Rule %s has not yet taken effect", id);
		return;
	case RULE_EXPIRED:
		result_line(r, "Rule %s is expired", id);
		return;
	case RULE_INVALID:
		result_error(r, "Could not determine whether rule %s is in effect: %s", id, why);
		return;
	}
}

/* *code is what the run ends with so far: the last rule that is not simply satisfied decides. */
static void check_rule(struct pacemaker_result *r, const struct document *d, const char *id, struct rule_input *in,
		       enum exit_code *code)
{
	struct error problem = {.text = "unexpected error"};
	const char *why = problem.text;
	enum exit_code own;
	enum rule_result result = RULE_INVALID;
	const struct element *expression = find_expression(d, id, &own, &why);
	if (expression != NULL) {
		why = problem.text;
		in->problem = keep_problem;
		in->problem_user = &problem;
		result = rule_test_condition(expression, in, NULL);
		own = exit_of_result(result);
	}
	char number[16];
	(void)snprintf(number, sizeof(number), "%d", (int)own);
	if (r->is_xml)
		markup_empty(&r->markup, "rule-check", "rule-id", id, "rc", number, NULL);
	print_answer(r, id, expression, result, why);
	if (result != RULE_YES || !is_date_spec(expression))
		*code = own;
}

static int run(struct program_io *io, const struct command_line *line)
{
	struct pacemaker_result r;
	struct error error;
	struct rule_input in;
	struct document *d = NULL;
	result_open(&r, io, line, "crm_rule");
	if (!line_has(line, OPTION_CHECK))
		return result_fail(&r, EXIT_USAGE, "No mode operation given");
	if (!line_has(line, OPTION_RULE))
		return result_fail(&r, EXIT_USAGE, "--check requires use of --rule=");
	const char *date = line_value(line, OPTION_DATE);
	if (!read_date(io, date, &in, &error))
		return result_fail(&r, EXIT_DATA, "Invalid date specified: '%s' (%s)", date, error.text);
	enum exit_code code = read_input(io, line_value(line, OPTION_XML_TEXT), &d, &error);
	if (code != EXIT_OK)
		return result_fail(&r, code, "%s", error.text);
	for (size_t i = 0; i < line->given_count; i++)
		if (line->given[i].id == OPTION_RULE)
			check_rule(&r, d, line->given[i].value, &in, &code);
	document_free(d);
	return result_close(&r, code);
}

const struct program program_crm_rule = {
	.rules = {.name = "crm_rule",
		  .summary = "evaluate rules from the Pacemaker configuration",
		  .options = options,
		  .forms = FORMS_TEXT_XML,
		  .output_code = EXIT_ERROR},
	.run = run,
};
