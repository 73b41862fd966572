/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli-world.h"

#include "cli/access-text.h"
#include "cli/cib-file.h"
#include "cli/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define X "<primitive id=\"x\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>"
#define CIB(version, more)                                                                                 \
	"<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"0\" " version ">\n  <configuration>\n"         \
	"    <crm_config/>\n    <nodes/>\n    <resources>\n" more "    </resources>\n    <constraints/>\n" \
	"  </configuration>\n  <status/>\n</cib>\n"

static char folder[] = "/tmp/test-cibadmin-XXXXXX";
static char path[64], variable[96];
static const char *environment[] = {variable, NULL};

static void put(const char *to, const char *text)
{
	FILE *f = fopen(to, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static const char *get(const char *from)
{
	static char text[8192];
	FILE *f = fopen(from, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	return text;
}

#define BASE    CIB("epoch=\"1\" num_updates=\"0\"", "      " X "\n")
#define WITHOUT CIB_WITHOUT("2")
#define CIB_WITHOUT(epoch)                                                                                \
	"<cib validate-with=\"pacemaker-4.0\" admin_epoch=\"0\" epoch=\"" epoch "\" num_updates=\"0\">\n" \
	"  <configuration>\n    <crm_config/>\n    <nodes/>\n    <resources/>\n    <constraints/>\n"      \
	"  </configuration>\n  <status/>\n</cib>\n"

/* Words hold no blanks here; what is longer comes by standard input. */
static void test_runs(void **state)
{
	(void)state;
	static const struct {
		const char *command, *input;
		int code;
		const char *out, *err; /* of what is printed */
		const char *after;     /* of the file; NULL: as before */
	} cases[] = {
		{"cibadmin", NULL, 0, BASE, "", NULL},
		{"cibadmin -Ql -o resources", NULL, 0, "<resources>\n  " X "\n</resources>\n", "", NULL},
		{"cibadmin -Q -n -A //primitive", NULL, 0, X "\n", "", NULL},
		{"cibadmin -Q -e -A //primitive", NULL, 0, "/cib/configuration/resources/primitive[@id='x']\n", "",
		 NULL},
		{"cibadmin -Q -e -A //nope", NULL, 105, "", "selects nothing", NULL},
		{"cibadmin -Q -o tags", NULL, 105, "",
		 "cibadmin: CIB API call failed: No such device or address\nthe configuration has no <tags>", NULL},
		{"cibadmin -Q -o bogus", NULL, 105, "", "Invalid value 'bogus' for '--scope'", NULL},
		{"cibadmin -Q --output-as=xml -o nodes", NULL, 0, "<output><![CDATA[<nodes/>\n]]></output>", "", NULL},
		{"cibadmin -D -X <primitive/>", NULL, 0, "", "", WITHOUT},
		{"cibadmin -D -o resources -A //primitive", NULL, 0, "", "", WITHOUT},
		{"cibadmin -D", NULL, 64, "", "requires either --xpath or input via --xml-file", NULL},
		{"cibadmin -d -A //primitive", NULL, 107, "", "considered dangerous", NULL},
		{"cibadmin -d -f -A //primitive", NULL, 0, "", "", WITHOUT},
		{"cibadmin -C -o resources -p", X, 108, "",
		 "cibadmin: CIB API call failed: File exists\n<primitive id=\"x\"> is there already", NULL},
		{"cibadmin -C -o resources -p", "<primitive id=\"z\"/>", 78, "",
		 "Update does not conform to the configured schema", NULL},
		{"cibadmin -C -o resources -p", "<prim", 65, "", "cibadmin: Couldn't parse input from stdin", NULL},
		{"cibadmin -C -x /nonexistent", NULL, 65, "", "Couldn't parse input from /nonexistent", NULL},
		{"cibadmin -R -o resources -X <resources/>", NULL, 0, "", "", WITHOUT},
		{"cibadmin -R -p", "<cib/>", 103, "", "Update was older than existing configuration", NULL},
		{"cibadmin -R -p",
		 "<cib validate-with='pacemaker-4.0' admin_epoch='0' epoch='4' num_updates='0'><configuration>"
		 "<crm_config/><nodes/><resources/><constraints/></configuration></cib>",
		 0, "", "", CIB_WITHOUT("5")},
		{"cibadmin -M -p", "<cib epoch=\"epoch++\"/>", 0, "", "",
		 CIB("epoch=\"2\" num_updates=\"1\"", "      " X "\n")},
		{"cibadmin -P -X <diff/>", NULL, 70, "", "Invalid argument", NULL},
		{"cibadmin -u", NULL, 107, "", "--force", NULL},
		{"cibadmin -u --force", NULL, 0, "Upgrade unnecessary: Schema is already the latest available\n", "",
		 NULL},
		{"cibadmin -5 -X <cib/>", NULL, 0, "9da2e159fcd5d580a06068e4ba442380\n", "", NULL},
		{"cibadmin -6 -X <a/>", NULL, 0, "f019ee9a03978aff9f9b78d0ddf3edb7\n", "", NULL},
		{"cibadmin -5 --output-as=xml -X <cib/>", NULL, 0, "<md5-sum digest=\"9da2e159", "", NULL},
		{"cibadmin --empty=none", NULL, 0, "validate-with=\"none\" admin_epoch=\"0\" epoch=\"1\"", "", NULL},
		{"cibadmin -Q -S", NULL, 64, "", "-U/--user is required", NULL},
		{"cibadmin -Q -U joe --show-access=green", NULL, 64, "", "Invalid value 'green'", NULL},
		{"cibadmin -Q -U joe --show-access=text", NULL, 0, "<!-- ACLs as evaluated for user joe -->\nvvv---[",
		 "", NULL},
		{"cibadmin -Q -t 0", NULL, 0, BASE, "Timeout must be positive", NULL},
		{"cibadmin -Q word", NULL, 64, "", "word", NULL},
	};
	struct cli_world w = {0};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(path, BASE);
		world_run(&w, cases[i].command, cases[i].input, environment);
		if (w.code != cases[i].code || strstr(w.out, cases[i].out) == NULL ||
		    strstr(w.err, cases[i].err) == NULL)
			fail_msg("%s: %d\n%s\n%s", cases[i].command, w.code, w.out, w.err);
		assert_int_equal(w.err[0] != '\0', cases[i].err[0] != '\0');
		assert_string_equal(get(path), cases[i].after != NULL ? cases[i].after : BASE);
	}
	world_fini(&w);
}

/* Without a file there is no cluster in a test. */
static void test_unconnected(void **state)
{
	(void)state;
	struct cli_world w = {0};
	world_run(&w, "cibadmin -M -X <cib/>", NULL, NULL);
	assert_true(w.code != 0);
	assert_non_null(strstr(w.err, "Could not connect to the CIB API: "));
	world_run(&w, "cibadmin -Q", NULL, NULL);
	assert_true(w.code != 0);
	static const char *const gone[] = {"CIB_file=/nonexistent", NULL};
	world_run(&w, "cibadmin -Q", NULL, gone);
	assert_int_equal(w.code, 105);
	world_fini(&w);
}

static struct program_io io_of(const char *const *with, struct arena *a)
{
	return (struct program_io){.in = stdin, .out = stdout, .err = stderr, .environment = with, .arena = a};
}

static void test_path(void **state)
{
	(void)state;
	static const struct {
		const char *environment[4];
		const char *path;
	} cases[] = {
		{{NULL}, NULL},
		{{"CIB_file=/a", NULL}, "/a"},
		{{"CIB_file=/a", "CIB_shadow=s", "CIB_shadow_dir=/etc", NULL}, "/etc/shadow.s"},
	};
	struct arena a = {0};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct program_io io = io_of(cases[i].environment, &a);
		const char *found = cib_file_path(&io);
		assert_int_equal(found == NULL, cases[i].path == NULL);
		if (found != NULL)
			assert_string_equal(found, cases[i].path);
	}
	arena_fini(&a);
}

static void test_load(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum exit_code code;
	} cases[] = {
		{"<cib validate-with='none'/>", EXIT_OK},
		{"<cib", EXIT_CONFIGURATION},
		{"<crm/>", EXIT_CONFIGURATION},
		{"<cib/>", EXIT_CONFIGURATION},
		{BASE, EXIT_OK},
	};
	struct arena a = {0};
	struct program_io io = io_of(NULL, &a);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document *d = NULL;
		struct error error = {0};
		put(path, cases[i].text);
		assert_int_equal(cib_file_load(&io, path, &d, NULL, &error), cases[i].code);
		assert_int_equal(d != NULL, cases[i].code == EXIT_OK);
		assert_int_equal(error.text[0] != '\0', cases[i].code != EXIT_OK);
		if (d != NULL)
			assert_non_null(document_section(d, NAME_STATUS));
		document_free(d);
	}
	arena_fini(&a);
}

/* A link stays a link, the mode stays, a stored configuration gets its digest, and what is packed stays packed. */
static void test_save(void **state)
{
	(void)state;
	char link[80], packed[80], beside[80];
	struct arena a = {0};
	struct program_io io = io_of(NULL, &a);
	struct document *d = NULL, *back = NULL;
	struct error error = {0};
	struct stat st;
	(void)snprintf(link, sizeof link, "%s/link", folder);
	(void)snprintf(packed, sizeof packed, "%s/cib.xml.bz2", folder);
	(void)snprintf(beside, sizeof beside, "%s.sig", path);
	put(path, BASE);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(cib_file_load(&io, path, &d, NULL, &error), EXIT_OK);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(cib_file_save(link, d, &error), EXIT_OK);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_string_equal(get(path), BASE);
	put(beside, "old");
	assert_int_equal(cib_file_save(path, d, &error), EXIT_OK);
	assert_null(strstr(get(path), "<status"));
	assert_int_equal(strlen(get(beside)), 32);
	assert_int_equal(cib_file_save(packed, d, &error), EXIT_OK);
	assert_memory_equal(get(packed), "BZh", 3);
	assert_int_equal(cib_file_load(&io, packed, &back, NULL, &error), EXIT_OK);
	assert_int_equal(cib_file_save("/dev/null/x", d, &error), EXIT_ERROR);
	document_free(d);
	document_free(back);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(packed), 0);
	assert_int_equal(unlink(beside), 0);
	arena_fini(&a);
}

static void test_access_text(void **state)
{
	(void)state;
	static const char text[] =
		"<cib><configuration><a id='1'/><!--c--><b id='2'><c/></b><acls><acl_target id='joe'><role "
		"id='r'/></acl_target>"
		"<acl_role id='r'><acl_permission id='p' kind='read' xpath='/cib'/><acl_permission id='q' kind='write' "
		"reference='2'/><acl_permission id='s' kind='deny' "
		"xpath='//acls'/></acl_role></acls></configuration></cib>";
	static const struct {
		enum access_form form;
		const char *parts[4];
	} cases[] = {
		{ACCESS_TEXT,
		 {"user joe -->\nvvv---[ READABLE ]---vvv\n<cib>\n  <configuration>\n    <a id=\"1\"/>\n    <!--c-->\n",
		  "    \n    vvv---[ WRITABLE ]---vvv\n    <b id=\"2\">\n      <c/>\n    </b>\n",
		  "    vvv---[ ~DENIED~ ]---vvv\n    <acls>\n", ""}},
		{ACCESS_COLOR,
		 {"\033[34m<cib>\n", "\033[32m<b id=\"2\">\n      \033[32m<c/>\033[0m\n    \033[32m</b>\033[0m\n",
		  "\033[31m<acls>\n", ""}},
		{ACCESS_NAMESPACE,
		 {"<pcmk-access-readable:cib xmlns:pcmk-access-denied=\"http://", "<pcmk-access-writable:b id=\"2\">",
		  "</pcmk-access-denied:acls>", "    <a id=\"1\"/>"}},
	};
	struct document *d = NULL;
	struct access_user joe = {"joe", NULL};
	assert_int_equal(document_parse(text, strlen(text), "test", &d, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		GString *out = g_string_new(NULL);
		access_text(d, &joe, cases[i].form, out);
		for (size_t k = 0; k < 4; k++)
			if (strstr(out->str, cases[i].parts[k]) == NULL)
				fail_msg("%s\nlacks\n%s", out->str, cases[i].parts[k]);
		g_string_free(out, TRUE);
	}
	document_free(d);
}

static void test_client(void **state)
{
	(void)state;
	struct arena a = {0};
	static const char *const nowhere[] = {"HALE_API=/nonexistent", NULL};
	struct program_io io = io_of(nowhere, &a);
	struct client_call call = {.client = "test", .timeout_ms = 1000};
	struct edit c = {.kind = EDIT_BUMP};
	enum edit_verdict v;
	struct error error = {0};
	GString *out = g_string_new(NULL);
	assert_int_equal(client_cib_edit(&io, &call, &c, &v, &error), EXIT_DISCONNECTED);
	assert_true(error.text[0] != '\0');
	assert_int_equal(client_cib_query(&io, &call, NULL, NULL, false, out, &v, &error), EXIT_DISCONNECTED);
	assert_int_equal(out->len, 0);
	g_string_free(out, TRUE);
	arena_fini(&a);
}

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/cib.xml", folder);
	(void)snprintf(variable, sizeof variable, "CIB_file=%s", path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),   cmocka_unit_test(test_unconnected), cmocka_unit_test(test_path),
		cmocka_unit_test(test_load),   cmocka_unit_test(test_save),        cmocka_unit_test(test_access_text),
		cmocka_unit_test(test_client),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
