/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager-store.h"

#include "os/file.h"
#include "os/number-writer.h"
#include "os/store-writer.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A version on its way to the disk. */
struct pending {
	uint64_t number;
	struct cib_version version;
	uint64_t lineage;
};

struct manager_store {
	struct manager_store_ops ops;
	struct store_writer *writer;
	struct number_writer *promises;
	GArray *pending; /* oldest first */
};

static void on_told(void *host, uint64_t number, enum err e, const struct error *why)
{
	struct manager_store *s = host;
	struct pending last = {0};
	guint done = 0;
	while (done < s->pending->len && g_array_index(s->pending, struct pending, done).number <= number)
		last = g_array_index(s->pending, struct pending, done++);
	if (done == 0)
		return;
	g_array_remove_range(s->pending, 0, done);
	s->ops.written(s->ops.arg, last.version, last.lineage, e, e == ERR_OK ? "" : why->text);
}

static void on_promised(void *host, uint64_t lineage, enum err e, const struct error *why)
{
	const struct manager_store *s = host;
	s->ops.promised(s->ops.arg, lineage, e, e == ERR_OK ? "" : why->text);
}

/* --- reading --- */

static enum err is_whole(void *arg, const char *text, size_t size, const char *name, const char *digest,
			 struct error *reterr)
{
	struct document **found = arg, *d;
	enum err e = archive_read(text, size, name, digest, &d, reterr);
	if (e != ERR_OK)
		return e;
	document_free(*found);
	*found = d;
	return ERR_OK;
}

static enum err read_present(struct store_dir *dir, struct document **ret, char note[static 512], struct error *reterr)
{
	struct document *found = NULL;
	struct store_found how = {0};
	const struct store_judge judge = {.arg = &found, .is_whole = is_whole};
	enum err e = store_dir_read(dir, &judge, &how, reterr);
	(void)snprintf(note, 512, "%s", how.note);
	if (e != ERR_OK && e != ERR_NOT_FOUND) {
		document_free(found);
		return e;
	}
	if (e == ERR_NOT_FOUND) {
		document_free(found);
		found = archive_empty();
	}
	*ret = found;
	return ERR_OK;
}

struct lineage_search {
	char digest[33];
	bool is_found;
	uint64_t lineage, highest;
};

static void look_for_lineage(void *arg, const char *line, size_t size)
{
	struct lineage_search *s = arg;
	struct arena arena = {0};
	struct archive_entry e;
	struct error error;
	if (archive_entry_parse(line, size, &arena, &e, &error) == ERR_OK) {
		s->highest = MAX(s->highest, e.lineage);
		if (g_strcmp0(e.digest, s->digest) == 0) {
			s->is_found = true;
			s->lineage = e.lineage;
		}
	}
	arena_fini(&arena);
}

/* A journal that cannot be read says nothing; that is no reason not to start. */
static uint64_t lineage_of(const struct store_dir *dir, const struct document *d)
{
	struct lineage_search s = {.is_found = false};
	struct error error;
	GString *text = g_string_new(NULL);
	archive_text(d, text, s.digest);
	(void)g_string_free(text, TRUE);
	if (store_dir_journal(dir, look_for_lineage, &s, &error) != ERR_OK)
		return 0;
	return s.is_found ? s.lineage : s.highest;
}

enum err manager_store_open(struct loop *l, const char *path, const struct manager_store_ops *ops,
			    struct manager_store **ret, struct manager_store_found *ret_found, struct error *reterr)
{
	struct store_dir *dir = NULL;
	struct manager_store_found found = {.note = ""};
	struct error error;
	char promise[PATH_MAX];
	(void)snprintf(promise, sizeof(promise), "%s/promise", path);
	enum err e = store_dir_open(path, ARCHIVE_VERSIONS, NULL, &dir, reterr);
	if (e == ERR_OK)
		e = read_present(dir, &found.document, found.note, reterr);
	if (e != ERR_OK) {
		store_dir_close(dir);
		return e;
	}
	found.lineage = lineage_of(dir, found.document);
	if (file_load_number(promise, &found.promise, &error) != ERR_OK && found.note[0] == '\0')
		(void)snprintf(found.note, sizeof(found.note), "%.400s; what was promised here is not known",
			       error.text);
	struct manager_store *s = g_new0(struct manager_store, 1);
	s->ops = *ops;
	s->pending = g_array_new(FALSE, FALSE, sizeof(struct pending));
	e = store_writer_open(l, &dir, on_told, s, &s->writer, reterr);
	if (e == ERR_OK)
		e = number_writer_open(l, promise, on_promised, s, &s->promises, reterr);
	if (e != ERR_OK) {
		document_free(found.document);
		manager_store_close(s);
		return e;
	}
	*ret = s;
	*ret_found = found;
	return ERR_OK;
}

void manager_store_close(struct manager_store *s)
{
	if (s == NULL)
		return;
	store_writer_close(s->writer);
	number_writer_close(s->promises);
	g_array_unref(s->pending);
	g_free(s);
}

void manager_store_write(struct manager_store *s, const struct document *d, const struct archive_entry *entry)
{
	GString *text = g_string_new(NULL), *line = g_string_new(NULL);
	char digest[33];
	struct archive_entry own = *entry;
	struct pending p = {
		.number = store_writer_next(s->writer), .version = entry->version, .lineage = entry->lineage};
	archive_text(d, text, digest);
	own.number = p.number;
	own.digest = digest;
	archive_entry_print(&own, line);
	g_string_append_c(line, '\n');
	g_array_append_val(s->pending, p);
	store_writer_put(s->writer, &(struct store_version){.number = p.number,
							    .text = text->str,
							    .size = text->len,
							    .digest = digest,
							    .lines = line->str});
	(void)g_string_free(text, TRUE);
	(void)g_string_free(line, TRUE);
}

void manager_store_promise(struct manager_store *s, uint64_t lineage)
{
	number_writer_put(s->promises, lineage);
}
