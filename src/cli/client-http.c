/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/client-http.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

/* What we use of libcurl. */
struct library {
	typeof(&curl_global_init) start;
	typeof(&curl_easy_init) open;
	typeof(&curl_easy_setopt) set;
	typeof(&curl_easy_perform) perform;
	typeof(&curl_easy_getinfo) info;
	typeof(&curl_easy_strerror) word;
	typeof(&curl_easy_cleanup) close;
	typeof(&curl_slist_append) add_header;
	typeof(&curl_slist_free_all) free_headers;
};

/* Loaded again it is only counted again; it stays until the program ends. */
static enum err library_load(struct library *l, struct error *reterr)
{
	void *handle = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	if (handle == NULL)
		return error_set(reterr, ERR_UNSUPPORTED,
				 "asking the cluster needs libcurl, which cannot be loaded: %s; install libcurl4",
				 dlerror());
	const struct {
		const char *name;
		void *to;
	} symbols[] = {
		{"curl_global_init", &l->start},
		{"curl_easy_init", &l->open},
		{"curl_easy_setopt", &l->set},
		{"curl_easy_perform", &l->perform},
		{"curl_easy_getinfo", &l->info},
		{"curl_easy_strerror", &l->word},
		{"curl_easy_cleanup", &l->close},
		{"curl_slist_append", &l->add_header},
		{"curl_slist_free_all", &l->free_headers},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(symbols); i++) {
		void *symbol = dlsym(handle, symbols[i].name);
		if (symbol == NULL)
			return error_set(reterr, ERR_UNSUPPORTED, "this libcurl has no %s(); install libcurl4",
					 symbols[i].name);
		memcpy(symbols[i].to, &symbol, sizeof(symbol));
	}
	if (l->start(CURL_GLOBAL_NOTHING) != CURLE_OK)
		return error_set(reterr, ERR_NO_MEMORY, "libcurl cannot be started");
	return ERR_OK;
}

struct sink {
	GString *out;
	size_t room;
};

static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct sink *s = arg;
	size_t n = size * count;
	if (n > s->room)
		return 0;
	s->room -= n;
	g_string_append_len(s->out, data, (gssize)n);
	return n;
}

static void prepare(const struct library *l, CURL *c, const struct http_question *q, const char *url,
		    struct curl_slist *headers, struct sink *s)
{
	(void)l->set(c, CURLOPT_UNIX_SOCKET_PATH, q->socket);
	(void)l->set(c, CURLOPT_URL, url);
	(void)l->set(c, CURLOPT_PROXY, ""); /* the environment's are for other hosts */
	(void)l->set(c, CURLOPT_NOSIGNAL, 1L);
	(void)l->set(c, CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
	(void)l->set(c, CURLOPT_HTTPHEADER, headers);
	(void)l->set(c, CURLOPT_WRITEFUNCTION, take);
	(void)l->set(c, CURLOPT_WRITEDATA, s);
	if (q->body == NULL)
		return;
	(void)l->set(c, CURLOPT_POST, 1L);
	(void)l->set(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_size);
	(void)l->set(c, CURLOPT_POSTFIELDS, q->body);
}

/* libcurl keeps to itself why it cannot connect to a Unix socket; the caller looks at the socket. */
static enum err failure(const struct library *l, const struct http_question *q, CURLcode code, long os_error,
			struct error *reterr)
{
	if (code == CURLE_OPERATION_TIMEDOUT)
		return error_set(reterr, ERR_AGAIN, "%s: no answer within %lld ms", q->socket,
				 (long long)q->timeout_ms);
	if (code == CURLE_COULDNT_CONNECT && os_error == EACCES)
		return error_set(reterr, ERR_ACCESS, "%s: only root and group haclient may ask the cluster", q->socket);
	if (code == CURLE_COULDNT_CONNECT)
		return error_set(reterr, ERR_NOT_FOUND, "%s: nobody listens there", q->socket);
	if (code == CURLE_WRITE_ERROR)
		return error_set(reterr, ERR_FULL, "%s: the answer is too large", q->socket);
	return error_set(reterr, ERR_IO, "%s: %s", q->socket, l->word(code));
}

enum err http_ask(const struct http_question *q, size_t bytes_max, long *ret_status, GString *out, struct error *reterr)
{
	struct library l;
	enum err e = library_load(&l, reterr);
	if (e != ERR_OK)
		return e;
	struct sink s = {.out = out, .room = bytes_max};
	char *url = g_strconcat("http://hale", q->path, NULL);
	char *type = g_strconcat("Content-Type: ", q->type != NULL ? q->type : "application/json", NULL);
	/* Without "Expect:" a large body would wait for a "100 Continue" first. */
	struct curl_slist *headers = l.add_header(NULL, "Expect:");
	if (q->body != NULL)
		headers = l.add_header(headers, type);
	CURL *c = l.open();
	prepare(&l, c, q, url, headers, &s);
	CURLcode code = l.perform(c);
	long os_error = 0;
	(void)l.info(c, CURLINFO_RESPONSE_CODE, ret_status);
	(void)l.info(c, CURLINFO_OS_ERRNO, &os_error);
	if (code != CURLE_OK)
		e = failure(&l, q, code, os_error, reterr);
	l.close(c);
	l.free_headers(headers);
	g_free(type);
	g_free(url);
	return e;
}
