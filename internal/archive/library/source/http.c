/* As much of HTTP/1.1 (RFC 9112) as a client of one server needs. */
#include "qiwei.h"

#include <string.h>

enum { LONGEST_HEAD = 1 << 16 };
#define LONGEST_BODY ((size_t)1 << 30) /* a Slice_t counts in ints */

int http_head(struct connection *c, struct text *head, int64_t deadline) {
    while (head->len < LONGEST_HEAD) {
        int b = connection_byte(c, deadline);
        if (b < 0) return -1;
        char byte = (char)b;
        text_add(head, &byte, 1);
        if (head->failed) return -1;
        if (b == '\n' && ((head->len >= 4 && memcmp(head->at + head->len - 4, "\r\n\r\n", 4) == 0) ||
                          (head->len >= 2 && head->at[head->len - 2] == '\n')))
            return 0;
    }
    return -1;
}

static void host(struct text *t, const struct address *a) {
    int v6 = strchr(a->host, ':') != NULL;
    if (v6) text_word(t, "[");
    text_word(t, a->host);
    if (v6) text_word(t, "]");
    if (strcmp(a->port, a->tls ? "443" : "80") != 0) {
        text_word(t, ":");
        text_word(t, a->port);
    }
}

static void write_request(struct text *t, const struct route *r, const char *target, const struct text *body) {
    text_word(t, body != NULL ? "POST " : "GET ");
    if (r->proxy == PROXY_HTTP && !r->to.tls) {
        text_word(t, "http://");
        host(t, &r->to);
    }
    text_word(t, r->to.path);
    text_word(t, target);
    text_word(t, " HTTP/1.1\r\nHost: ");
    host(t, &r->to);
    text_word(t, "\r\nUser-Agent: qiwei-archive-library\r\nAccept: */*\r\n");
    if (r->proxy == PROXY_HTTP && !r->to.tls && r->user[0] != 0) {
        struct text both = {0};
        text_word(&both, r->user);
        text_word(&both, ":");
        text_word(&both, r->password);
        text_word(t, "Proxy-Authorization: Basic ");
        if (!both.failed) text_base64(t, both.at, both.len);
        text_word(t, "\r\n");
        text_free(&both);
    }
    if (body != NULL) {
        text_word(t, "Content-Type: application/json\r\nContent-Length: ");
        text_number(t, body->len);
        text_word(t, "\r\n");
    }
    text_word(t, "\r\n");
    if (body != NULL && body->len > 0) text_add(t, body->at, body->len);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static int same_word(const char *a, size_t len, const char *b) {
    if (strlen(b) != len) return 0;
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != b[i]) return 0;
    return 1;
}

/* How the body ends, and whether the connection does. */
struct framing {
    int chunked, close, sized;
    unsigned long long size;
};

static int read_size(struct span v, unsigned long long *n) {
    *n = 0;
    for (size_t i = 0; i < v.len; i++) {
        if (v.at[i] < '0' || v.at[i] > '9' || *n > LONGEST_BODY) return -1;
        *n = 10 * *n + (unsigned long long)(v.at[i] - '0');
    }
    return v.len > 0 ? 0 : -1;
}

static int header(const char *name, size_t len, struct span v, struct reply *out, struct framing *f) {
    if (same_word(name, len, "content-length")) {
        f->sized = 1;
        return read_size(v, &f->size);
    }
    if (same_word(name, len, "transfer-encoding")) {
        f->chunked = same_word(v.at, v.len, "chunked");
        return f->chunked ? 0 : -1;
    }
    if (same_word(name, len, "connection")) {
        if (same_word(v.at, v.len, "close")) f->close = 1;
    } else if (same_word(name, len, "location")) {
        text_clear(&out->location);
        text_add(&out->location, v.at, v.len);
    } else if (same_word(name, len, "x-qiwei-outindexbuf")) {
        text_clear(&out->next);
        text_add(&out->next, v.at, v.len);
    } else if (same_word(name, len, "x-qiwei-finish")) {
        out->finish = v.len == 1 && (*v.at == '0' || *v.at == '1') ? *v.at - '0' : -1;
    }
    return 0;
}

static int parse_head(const struct text *head, struct reply *out, struct framing *f) {
    const char *at = head->at, *end = head->at + head->len;
    if (head->len < 13 || memcmp(at, "HTTP/1.", 7) != 0 || at[8] != ' ') return -1;
    out->status = 0;
    for (int i = 9; i < 12; i++) {
        if (at[i] < '0' || at[i] > '9') return -1;
        out->status = 10 * out->status + (at[i] - '0');
    }
    f->close = at[7] == '0';
    at = memchr(at, '\n', head->len);
    for (at++; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *stop = line_end, *colon;
        while (stop > at && (stop[-1] == '\r' || stop[-1] == ' ' || stop[-1] == '\t')) stop--;
        if (stop == at) return 0;
        colon = memchr(at, ':', (size_t)(stop - at));
        if (colon == NULL) return -1;
        const char *v = colon + 1;
        while (v < stop && (*v == ' ' || *v == '\t')) v++;
        if (header(at, (size_t)(colon - at), (struct span){v, (size_t)(stop - v)}, out, f) != 0) return -1;
        at = line_end + 1;
    }
    return 0;
}

static int read_exactly(struct connection *c, struct text *body, size_t len, int64_t deadline) {
    if (len > LONGEST_BODY - body->len || text_room(body, len) == NULL) return -1;
    while (len > 0) {
        long n = connection_receive(c, body->at + body->len, len, deadline);
        if (n <= 0) return -1;
        body->len += (size_t)n;
        len -= (size_t)n;
    }
    body->at[body->len] = 0;
    return 0;
}

/* Reads a line of the chunked form without its end, into size bytes at most. */
static int read_line(struct connection *c, char *line, size_t size, int64_t deadline) {
    size_t n = 0;
    for (;;) {
        int b = connection_byte(c, deadline);
        if (b < 0 || n + 1 >= size) return -1;
        if (b == '\n') break;
        line[n++] = (char)b;
    }
    if (n > 0 && line[n - 1] == '\r') n--;
    line[n] = 0;
    return 0;
}

static int read_chunks(struct connection *c, struct text *body, int64_t deadline) {
    char line[1024];
    for (;;) {
        if (read_line(c, line, sizeof line, deadline) != 0) return -1;
        size_t n = 0, i = 0;
        for (;; i++) {
            char d = lower(line[i]);
            int digit = d >= '0' && d <= '9' ? d - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 : -1;
            if (digit < 0) break;
            n = n << 4 | (size_t)digit;
            if (n > LONGEST_BODY) return -1;
        }
        if (i == 0) return -1;
        if (n == 0) break;
        if (read_exactly(c, body, n, deadline) != 0 || read_line(c, line, sizeof line, deadline) != 0 || *line != 0)
            return -1;
    }
    do {
        if (read_line(c, line, sizeof line, deadline) != 0) return -1;
    } while (*line != 0);
    return 0;
}

static int read_rest(struct connection *c, struct text *body, int64_t deadline) {
    for (;;) {
        if (body->len > LONGEST_BODY || text_room(body, 65536) == NULL) return -1;
        long n = connection_receive(c, body->at + body->len, 65536, deadline);
        if (n <= 0) return (int)n;
        body->len += (size_t)n;
        body->at[body->len] = 0;
    }
}

/* Reads an answer. *begun says whether any of it came. */
static int read_reply(struct connection *c, struct reply *out, struct framing *f, int *begun, int64_t deadline) {
    struct text head = {0};
    int fault;
    do {
        memset(f, 0, sizeof *f);
        text_clear(&head);
        fault = http_head(c, &head, deadline);
        if (head.len > 0) *begun = 1;
        if (fault == 0) fault = parse_head(&head, out, f);
    } while (fault == 0 && out->status / 100 == 1);
    text_free(&head);
    if (fault != 0) return -1;
    if (out->status == 204 || out->status == 304) return 0;
    if (f->chunked) return read_chunks(c, &out->body, deadline);
    if (f->sized) return f->size > LONGEST_BODY ? -1 : read_exactly(c, &out->body, (size_t)f->size, deadline);
    f->close = 1;
    return read_rest(c, &out->body, deadline);
}

static void clear(struct reply *r) {
    text_clear(&r->body);
    text_clear(&r->next);
    text_clear(&r->location);
    r->status = 0;
    r->finish = -1;
}

int http_call(const struct route *r, const char *target, const struct text *body, int64_t deadline, struct reply *out) {
    struct text request = {0};
    write_request(&request, r, target, body);
    int code = request.failed ? CODE_SYSTEM : CODE_NETWORK;
    while (!request.failed) {
        struct connection *c;
        struct framing f;
        int begun = 0;
        clear(out);
        code = connection_get(r, deadline, &c);
        if (code != CODE_OK) break;
        int was_used = c->used;
        if (connection_send(c, request.at, request.len, deadline) == 0 &&
            read_reply(c, out, &f, &begun, deadline) == 0) {
            if (f.close || c->from != c->to) connection_close(c);
            else connection_keep(c);
            break;
        }
        connection_close(c);
        code = CODE_NETWORK;
        /* A server may leave an idle connection at any time. All calls can be repeated. */
        if (was_used && !begun && port_now() < deadline) continue;
        say("%s port %s: %s", r->to.host, r->to.port,
            port_now() >= deadline ? "the time for the call is over" : "the answer breaks off, or is no HTTP");
        break;
    }
    text_free(&request);
    return code;
}

void reply_free(struct reply *r) {
    text_free(&r->body);
    text_free(&r->next);
    text_free(&r->location);
}
