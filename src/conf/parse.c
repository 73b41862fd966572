/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line opens a section, closes one, or gives a key its value; which, is decided by the first of '{', ':' and '}' that
 * it contains, asked in this order, as the reference does. Some sections name their keys by what stands inside them
 * (linknumber, subsys, name): their lines wait until the section is closed.
 */
#include "conf/parse.h"

#include "conf/options.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { LEVELS_MAX = 128, PENDING_MAX = 128, VALUE_SHOWN = 60 };

/* What the lines of a section mean. A section that has no meaning of its own has that of the one around it. */
enum kind {
	KIND_PLAIN,
	KIND_NODELIST,
	KIND_NODE,
	KIND_INTERFACE,
	KIND_MEMBER,
	KIND_SUBSYS,
	KIND_DAEMON,
	KIND_UIDGID,
};

static const struct {
	const char *path;
	enum kind kind;
} kinds[] = {
	{"totem", KIND_PLAIN},
	{"totem.interface", KIND_INTERFACE},
	{"totem.interface.member", KIND_MEMBER},
	{"logging.logger_subsys", KIND_SUBSYS},
	{"logging.logging_daemon", KIND_DAEMON},
	{"uidgid", KIND_UIDGID},
	{"nodelist", KIND_NODELIST},
	{"nodelist.node", KIND_NODE},
};

/* Words of the text, which outlives the parser. */
struct pending {
	struct bytes key, value;
	uint32_t line;
	bool is_member;
};

struct level {
	size_t path_len; /* of the section around */
	enum kind kind;
	bool is_own; /* the kind is its own, not the one of the section around */
	uint32_t line;
};

struct parser {
	struct conf *conf;
	struct conf_problems *problems;
	const char *file;
	bool uidgid_only;
	uint32_t line;
	struct text path;
	char path_memory[MAP_KEY_MAX + 1];
	struct level levels[LEVELS_MAX];
	uint32_t depth;
	uint32_t position; /* of the node in nodelist */
	struct pending pending[PENDING_MAX];
	uint32_t pending_count;
};

#define PROBLEM(p, severity, line, ...) conf_problem_add((p)->problems, severity, (p)->file, line, __VA_ARGS__)
#define ERROR(p, ...)                   PROBLEM(p, CONF_ERROR, (p)->line, __VA_ARGS__)

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct bytes trim_left(struct bytes b)
{
	while (b.len > 0 && is_blank(b.data[0]))
		b = bytes_of(b.data + 1, b.len - 1);
	return b;
}

/* also: more characters to remove. */
static struct bytes trim_right(struct bytes b, const char *also)
{
	while (b.len > 0 && (is_blank(b.data[b.len - 1]) || strchr(also, b.data[b.len - 1]) != NULL))
		b.len--;
	return b;
}

static bool bytes_are(struct bytes b, const char *word)
{
	return b.len == strlen(word) && memcmp(b.data, word, b.len) == 0;
}

/* Lines are short, so every word of them fits. */
static const char *bytes_text(struct bytes b, char memory[static CONF_LINE_MAX + 1])
{
	assert(b.len <= CONF_LINE_MAX);
	if (b.len > 0)
		memcpy(memory, b.data, b.len);
	memory[b.len] = '\0';
	return memory;
}

static bool number_parse(const char *text, enum map_type type, uint64_t *ret)
{
	static const struct {
		long long min, max;
	} ranges[] = {
		[MAP_I8] = {INT8_MIN, INT8_MAX},    [MAP_U8] = {0, UINT8_MAX},   [MAP_I16] = {INT16_MIN, INT16_MAX},
		[MAP_U16] = {0, UINT16_MAX},        [MAP_U32] = {0, UINT32_MAX}, [MAP_I32] = {INT32_MIN, INT32_MAX},
		[MAP_I64] = {INT64_MIN, INT64_MAX},
	};
	char *end;

	if (*text == '\0' || is_blank((uint8_t)*text))
		return false;
	errno = 0;
	if (type == MAP_U64) {
		*ret = strtoull(text, &end, 10);
		return errno == 0 && *end == '\0' && *text != '-' && end != text;
	}
	long long v = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || v < ranges[type].min || v > ranges[type].max)
		return false;
	*ret = (uint64_t)v;
	return true;
}

static const char *number_range(enum map_type type)
{
	static const char *const ranges[] = {
		[MAP_U8] = "0 to 255",
		[MAP_U16] = "0 to 65535",
		[MAP_I32] = "-2147483648 to 2147483647",
		[MAP_U32] = "0 to 4294967295",
		[MAP_U64] = "0 to 18446744073709551615",
	};

	assert(ranges[type] != NULL);
	return ranges[type];
}

static size_t number_size(enum map_type type)
{
	switch (type) {
	case MAP_I8:
	case MAP_U8:
		return 1;
	case MAP_I16:
	case MAP_U16:
		return 2;
	case MAP_I32:
	case MAP_U32:
		return 4;
	case MAP_I64:
	case MAP_U64:
		return 8;
	case MAP_NONE:
	case MAP_FLOAT:
	case MAP_DOUBLE:
	case MAP_STRING:
	case MAP_BINARY:
		break;
	}
	return 0;
}

static void store(struct parser *p, const char *key, enum map_type type, struct bytes value, uint32_t line)
{
	uint32_t before = conf_line(p->conf, key);
	enum status status = map_set(p->conf->map, key, type, value);

	if (status == STATUS_NAME_TOO_LONG) {
		PROBLEM(p, CONF_ERROR, line,
			"\"%.*s\" cannot be a key: keys have 3 to 255 letters, digits and characters of ._-/:",
			VALUE_SHOWN, key);
		return;
	}
	if (status != STATUS_OK) {
		PROBLEM(p, CONF_ERROR, line, "%s: the configuration is too large to be kept; shorten it", key);
		return;
	}
	if (before != 0)
		PROBLEM(p, CONF_WARNING, line, "%s: given again, line %" PRIu32 " had it already; keep only one", key,
			before);
	if (p->conf->lines != NULL)
		map_put_u32(p->conf->lines, key, line);
}

/* "; did you mean "…"?" */
static void text_add_guess(struct text *t, const char *guess)
{
	if (guess != NULL)
		text_add(t, "; did you mean \"%s\"?", guess);
}

static const char *word_nearest(const struct word *table, const char *word)
{
	unsigned int best_distance = WORD_SLIP + 1;
	const char *best = NULL;

	for (; table->word != NULL; table++) {
		unsigned int distance = word_distance(table->word, word);

		if (distance < best_distance && distance < strlen(table->word)) {
			best_distance = distance;
			best = table->word;
		}
	}
	return best;
}

static void tell_bad_word(struct parser *p, enum conf_severity severity, const struct option *o, const char *key,
			  const char *value, uint32_t line)
{
	char memory[300];
	struct text t = text_of(memory, sizeof memory);

	text_add_words(&t, o->words);
	if (severity == CONF_WARNING)
		text_add(&t, " (the default is taken)");
	text_add_guess(&t, word_nearest(o->words, value));
	PROBLEM(p, severity, line, "%s: \"%.*s\" is not known here; write %s", key, VALUE_SHOWN, value, memory);
}

static void store_string(struct parser *p, const struct option *o, const char *key, const char *value, uint32_t line)
{
	if (o != NULL && o->check == CHECK_WORDS && word_find(o->words, value) == NULL) {
		tell_bad_word(p, CONF_ERROR, o, key, value, line);
		return;
	}
	if (o != NULL && o->check == CHECK_LENIENT && word_find(o->words, value) == NULL)
		tell_bad_word(p, CONF_WARNING, o, key, value, line);
	store(p, key, MAP_STRING, bytes_of(value, strlen(value)), line);
}

static void store_number(struct parser *p, const struct option *o, const char *key, const char *value, uint32_t line)
{
	const struct word *word = o->words == NULL ? NULL : word_find(o->words, value);
	uint64_t number = word == NULL ? 0 : (uint64_t)word->value;

	if (word == NULL && !number_parse(value, o->type, &number)) {
		PROBLEM(p, CONF_ERROR, line,
			"%s: \"%.*s\" is not a whole number from %s; write for example \"%s: %s\" (%s)", key,
			VALUE_SHOWN, value, number_range(o->type), o->key, o->example, o->help);
		return;
	}
	store(p, key, o->type, bytes_of(&number, number_size(o->type)), line);
}

/* In nodelist.node people keep things of their own: there only what looks like a slip is told. */
static void tell_unknown(struct parser *p, const char *section, const char *word, uint32_t line)
{
	/* Guessing is dear, and nobody reads about the hundredth slip. */
	const char *guess = p->problems->count < CONF_PROBLEMS_MAX ? option_nearest(section, word) : NULL;
	char memory[128];
	struct text t = text_of(memory, sizeof memory);

	if (guess == NULL && (strcmp(section, "nodelist.node") == 0 || strncmp(section, "resources", 9) == 0))
		return;
	text_add_guess(&t, guess);
	PROBLEM(p, CONF_WARNING, line, "%s.%.*s: not an option that the engine knows%s", section, VALUE_SHOWN, word,
		memory);
}

/* Gives one key its value: section and word find the option, key is its name in the map. */
static void assign(struct parser *p, const char *section, const char *word, const char *key, struct bytes value,
		   uint32_t line)
{
	const struct option *o = option_find(section, word);
	char memory[CONF_LINE_MAX + 1];
	const char *text = bytes_text(value, memory);

	if (o == NULL && section_is_known(section))
		tell_unknown(p, section, word, line);
	if (o != NULL && o->type != MAP_STRING)
		store_number(p, o, key, text, line);
	else
		store_string(p, o, key, text, line);
}

static void assign_named(struct parser *p, const char *section, const struct pending *w, uint32_t line,
			 const char *format, ...) __attribute__((format(printf, 5, 6)));

static void assign_named(struct parser *p, const char *section, const struct pending *w, uint32_t line,
			 const char *format, ...)
{
	char word[CONF_LINE_MAX + 1], key[2 * CONF_LINE_MAX];
	struct text t = text_of(key, sizeof key);
	va_list args;

	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	assign(p, section, bytes_text(w->key, word), key, w->value, line);
}

static void keep(struct parser *p, struct bytes key, struct bytes value, bool is_member)
{
	if (p->pending_count == PENDING_MAX) {
		ERROR(p, "the section has more than %d lines; remove those that are not needed", PENDING_MAX);
		return;
	}
	p->pending[p->pending_count++] =
		(struct pending){.key = key, .value = value, .line = p->line, .is_member = is_member};
}

/* The last value that waits for a key, or NULL. */
static const struct pending *waiting(const struct parser *p, const char *key)
{
	for (uint32_t i = p->pending_count; i > 0; i--)
		if (bytes_are(p->pending[i - 1].key, key) && !p->pending[i - 1].is_member)
			return &p->pending[i - 1];
	return NULL;
}

static void allow(struct parser *p, struct bytes key, struct bytes value)
{
	char name[CONF_LINE_MAX + 1];
	struct conf_owner *owner;
	uint64_t id;

	if (!bytes_are(key, "uid") && !bytes_are(key, "gid")) {
		ERROR(p, "uidgid: only uid and gid may stand here; write \"uid: <user>\" or \"gid: <group>\"");
		return;
	}
	bytes_text(value, name);
	if (number_parse(name, MAP_U32, &id) && name[0] >= '0' && name[0] <= '9') {
		if (!conf_allow(p->conf, key.data[0] == 'g', (uint32_t)id))
			ERROR(p, "uidgid: the configuration is too large to be kept; shorten it");
		return;
	}
	if (p->conf->owner_count == CONF_OWNERS_MAX || value.len == 0 || value.len >= CONF_OWNER_NAME) {
		ERROR(p, "uidgid.%.3s: \"%.*s\" cannot be used: at most %d names of 1 to %d characters",
		      (const char *)key.data, VALUE_SHOWN, name, CONF_OWNERS_MAX, CONF_OWNER_NAME - 1);
		return;
	}
	owner = &p->conf->owners[p->conf->owner_count++];
	*owner = (struct conf_owner){.is_group = key.data[0] == 'g', .line = p->line, .file = p->file};
	memcpy(owner->name, name, value.len + 1);
}

static enum kind kind_of(const struct parser *p)
{
	return p->depth == 0 ? KIND_PLAIN : p->levels[p->depth - 1].kind;
}

static void on_item(struct parser *p, struct bytes key, struct bytes value)
{
	struct pending w = {.key = key, .value = value};
	char word[CONF_LINE_MAX + 1];
	bool at_top = p->path.len == 0;

	bytes_text(key, word);
	if (p->path.len + key.len + 1 >= MAP_KEY_MAX) {
		ERROR(p, "the name of the key is too long; its sections and itself may have %d characters",
		      MAP_KEY_MAX - 2);
		return;
	}
	switch (kind_of(p)) {
	case KIND_PLAIN:
	case KIND_NODELIST:
		if (p->uidgid_only)
			ERROR(p, "only sections \"uidgid {\" with uid and gid may stand in a file of uidgid.d");
		else
			assign_named(p, p->path.data, &w, p->line, "%s%s%s", p->path.data, at_top ? "" : ".", word);
		break;
	case KIND_NODE:
		assign_named(p, "nodelist.node", &w, p->line, "nodelist.node.%" PRIu32 ".%s", p->position, word);
		break;
	case KIND_UIDGID:
		allow(p, key, value);
		break;
	case KIND_MEMBER:
		if (bytes_are(key, "memberaddr"))
			keep(p, key, value, true);
		else
			ERROR(p, "totem.interface.member: only memberaddr may stand here");
		break;
	case KIND_INTERFACE:
	case KIND_SUBSYS:
	case KIND_DAEMON:
		keep(p, key, value, false);
		break;
	}
}

static void end_interface(struct parser *p)
{
	const struct pending *number = waiting(p, "linknumber");
	char word[CONF_LINE_MAX + 1];
	uint64_t link = 0;
	uint32_t members = 0;

	if (number != NULL && !number_parse(bytes_text(number->value, word), MAP_U8, &link)) {
		PROBLEM(p, CONF_ERROR, number->line,
			"totem.interface.linknumber: \"%.*s\" is not the number of a link; write 0 to 7", VALUE_SHOWN,
			word);
		return;
	}
	for (uint32_t i = 0; i < p->pending_count; i++) {
		const struct pending *w = &p->pending[i];
		bool known;

		if (w->is_member || bytes_are(w->key, "linknumber"))
			continue;
		known = option_find("totem.interface", bytes_text(w->key, word)) != NULL;
		if (known)
			assign_named(p, "totem.interface", w, w->line, "totem.interface.%" PRIu64 ".%s", link, word);
		else
			assign_named(p, "totem.interface", w, w->line, "totem.interface.%s", word);
	}
	for (uint32_t i = p->pending_count; i > 0; i--)
		if (p->pending[i - 1].is_member)
			assign_named(p, "totem.interface.member", &p->pending[i - 1], p->pending[i - 1].line,
				     "totem.interface.%" PRIu64 ".member.%" PRIu32, link, members++);
}

/* logger_subsys, and logging_daemon, which for the daemon "corosync" is only another way to write logging. */
static void end_logging(struct parser *p, bool is_daemon)
{
	const struct pending *subsys = waiting(p, "subsys"), *name = is_daemon ? waiting(p, "name") : NULL;
	char prefix[2 * CONF_LINE_MAX], word[CONF_LINE_MAX + 1];
	bool is_other = name != NULL && !bytes_are(name->value, "corosync");
	const char *section = is_other         ? "logging.logging_daemon"
			      : subsys != NULL ? "logging.logger_subsys"
					       : "logging";
	struct text t = text_of(prefix, sizeof prefix);

	if (is_daemon ? name == NULL : subsys == NULL) {
		ERROR(p, "the section does not say what it is about; write \"%s\" into it",
		      is_daemon ? "name: corosync" : "subsys: TOTEM");
		return;
	}
	text_add(&t, "%s", section);
	if (is_other)
		text_add(&t, ".%s", bytes_text(name->value, word));
	if (subsys != NULL)
		text_add(&t, ".%s", bytes_text(subsys->value, word));
	for (uint32_t i = p->pending_count; i > 0; i--) {
		const struct pending *w = &p->pending[i - 1];

		if (!bytes_are(w->key, "subsys") && !(is_daemon && bytes_are(w->key, "name")))
			assign_named(p, section, w, w->line, "%s.%s", prefix, bytes_text(w->key, word));
	}
	if (subsys != NULL)
		assign_named(p, section, subsys, subsys->line, "%s.subsys", prefix);
	if (is_other)
		assign_named(p, section, name, name->line, "%s.name", prefix);
}

static void tell_unknown_section(struct parser *p)
{
	char memory[128];
	struct text t = text_of(memory, sizeof memory);

	if (section_is_known(p->path.data) || strcmp(p->path.data, "totem.interface.member") == 0)
		return;
	text_add_guess(&t, option_nearest(NULL, p->path.data));
	PROBLEM(p, CONF_WARNING, p->line, "%.*s: not a section that the engine knows%s", VALUE_SHOWN, p->path.data,
		memory);
}

static void on_section(struct parser *p, struct bytes name)
{
	struct level *level = &p->levels[p->depth];
	char word[CONF_LINE_MAX + 1];

	*level = (struct level){.path_len = p->path.len, .kind = kind_of(p), .line = p->line};
	p->depth++;
	text_add(&p->path, "%s%s", p->path.len == 0 ? "" : ".", bytes_text(name, word));
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].path, p->path.data) == 0) {
			level->kind = kinds[i].kind;
			level->is_own = true;
		}
	if (p->uidgid_only && strcmp(p->path.data, "uidgid") != 0)
		ERROR(p, "only sections \"uidgid {\" may stand in a file of uidgid.d, not \"%.*s\"", VALUE_SHOWN, word);
	else
		tell_unknown_section(p);
	if (level->is_own && level->kind != KIND_MEMBER)
		p->pending_count = 0;
	if (level->is_own && level->kind == KIND_NODELIST)
		p->position = 0;
}

static void on_section_end(struct parser *p)
{
	const struct level *level = &p->levels[p->depth - 1];

	if (level->is_own && level->kind == KIND_INTERFACE)
		end_interface(p);
	if (level->is_own && (level->kind == KIND_SUBSYS || level->kind == KIND_DAEMON))
		end_logging(p, level->kind == KIND_DAEMON);
	if (level->is_own && level->kind == KIND_NODE)
		p->position++;
	p->depth--;
	p->path.len = level->path_len;
	p->path.data[p->path.len] = '\0';
}

static void parse_opening(struct parser *p, struct bytes line, size_t brace)
{
	struct bytes name = trim_right(trim_left(bytes_of(line.data, brace)), ":{");

	if (name.len == 0)
		ERROR(p, "the section has no name; write for example \"totem {\"");
	else if (trim_left(bytes_of(line.data + brace + 1, line.len - brace - 1)).len > 0)
		ERROR(p, "nothing may follow \"{\"; begin a new line after it");
	else if (p->path.len + name.len + 1 >= MAP_KEY_MAX || p->depth == LEVELS_MAX)
		ERROR(p, "sections within sections are too deep or their names too long");
	else
		on_section(p, name);
}

static void parse_closing(struct parser *p, struct bytes line)
{
	if (!bytes_are(line, "}"))
		ERROR(p, "\"}\" must stand alone on its line");
	else if (p->depth == 0)
		ERROR(p, "there is no section that this \"}\" could close; remove it");
	else
		on_section_end(p);
}

static void parse_line(struct parser *p, struct bytes line)
{
	const uint8_t *brace, *colon;

	if (line.len > CONF_LINE_MAX || memchr(line.data, '\0', line.len) != NULL) {
		ERROR(p, "the line is longer than %d characters or is not text", CONF_LINE_MAX);
		return;
	}
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	line = trim_left(trim_right(line, ""));
	if (line.len == 0 || line.data[0] == '#')
		return;
	brace = memchr(line.data, '{', line.len);
	colon = memchr(line.data, ':', line.len);
	if (brace != NULL)
		parse_opening(p, line, (size_t)(brace - line.data));
	else if (colon != NULL)
		on_item(p, trim_right(bytes_of(line.data, (size_t)(colon - line.data)), ":{"),
			trim_left(bytes_of(colon + 1, line.len - (size_t)(colon - line.data) - 1)));
	else if (memchr(line.data, '}', line.len) != NULL)
		parse_closing(p, line);
	else
		ERROR(p, "\"%.*s\" is neither \"key: value\" nor a section's start \"name {\" or end \"}\"",
		      (int)(line.len < VALUE_SHOWN ? line.len : VALUE_SHOWN), (const char *)line.data);
}

static bool parse(struct parser *p, struct bytes text)
{
	uint32_t errors = p->problems->errors;

	p->path = text_of(p->path_memory, sizeof p->path_memory);
	p->line = 1;
	while (text.len > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end == NULL ? text.len : (size_t)(end - text.data);
		size_t step = end == NULL ? len : len + 1;

		parse_line(p, bytes_of(text.data, len));
		text = bytes_of(text.data + step, text.len - step);
		p->line++;
	}
	if (p->depth > 0)
		PROBLEM(p, CONF_ERROR, p->levels[p->depth - 1].line,
			"the section that begins here is never closed; add a line \"}\" at its end");
	return p->problems->errors == errors;
}

void conf_init(struct conf *c, struct map *map, struct map *lines)
{
	c->map = map;
	c->lines = lines;
	c->file = NULL;
	c->owner_count = 0;
}

bool conf_parse(struct conf *c, const char *file, struct bytes text, struct conf_problems *problems)
{
	struct parser p = {.conf = c, .problems = problems, .file = file};

	c->file = file;
	return parse(&p, text);
}

bool conf_parse_uidgid(struct conf *c, const char *file, struct bytes text, struct conf_problems *problems)
{
	struct parser p = {.conf = c, .problems = problems, .file = file, .uidgid_only = true};

	return parse(&p, text);
}

bool conf_allow(struct conf *c, bool is_group, uint32_t id)
{
	char key[64];
	struct text t = text_of(key, sizeof key);
	uint8_t yes = 1;

	text_add(&t, "uidgid.config.%s.%" PRIu32, is_group ? "gid" : "uid", id);
	return map_set(c->map, key, MAP_U8, bytes_of(&yes, 1)) == STATUS_OK;
}

uint32_t conf_line(const struct conf *c, const char *key)
{
	uint32_t line = 0;

	if (c->lines != NULL)
		(void)map_get_u32(c->lines, key, &line);
	return line;
}
