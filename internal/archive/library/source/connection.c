/* Connections. A few idle ones are kept for the next call: whoever needs one takes it out of its place in one step, so
 * there is nothing to be locked. */
#include "qiwei.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT = 8, KEPT_FOR = 20000 /* milliseconds; servers hang up later */ };

static struct connection *idle[KEPT];

static int same(const struct route *a, const struct route *b) {
    return a->to.tls == b->to.tls && strcmp(a->to.host, b->to.host) == 0 && strcmp(a->to.port, b->to.port) == 0 &&
           a->proxy == b->proxy && strcmp(a->proxy_host, b->proxy_host) == 0 &&
           strcmp(a->proxy_port, b->proxy_port) == 0 && strcmp(a->user, b->user) == 0 &&
           strcmp(a->password, b->password) == 0;
}

/* A child after fork shares the sockets with its parent, and must not speak on them. */
static int usable(const struct connection *c) {
    return c->process == port_process() && port_now() - c->idle_since < KEPT_FOR;
}

void connection_keep(struct connection *c) {
    c->idle_since = port_now();
    c->used = 1;
    for (int i = 0; i < KEPT; i++) {
        struct connection *none = NULL;
        if (__atomic_compare_exchange_n(&idle[i], &none, c, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return;
    }
    connection_close(c);
}

static struct connection *kept(const struct route *r) {
    for (int i = 0; i < KEPT; i++) {
        struct connection *c = __atomic_exchange_n(&idle[i], NULL, __ATOMIC_ACQ_REL);
        if (c == NULL) continue;
        if (!usable(c)) {
            connection_close(c);
            continue;
        }
        if (same(&c->route, r)) return c;
        struct connection *none = NULL;
        if (!__atomic_compare_exchange_n(&idle[i], &none, c, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) connection_close(c);
    }
    return NULL;
}

void connection_close(struct connection *c) {
    tls_free(c->tls);
    if (c->socket != NO_SOCKET) port_close(c->socket);
    memset(&c->route, 0, sizeof c->route); /* it holds a password */
    free(c);
}

int connection_get(const struct route *r, int64_t deadline, struct connection **out) {
    *out = kept(r);
    if (*out != NULL) return CODE_OK;
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL) return CODE_SYSTEM;
    const char *why = "";
    int direct = r->proxy == PROXY_NONE;
    const char *host = direct ? r->to.host : r->proxy_host, *port = direct ? r->to.port : r->proxy_port;
    c->route = *r;
    c->process = port_process();
    c->socket = port_connect(host, port, deadline, &why);
    int code = CODE_OK;
    if (c->socket == NO_SOCKET) {
        say("%s port %s cannot be reached: %s", host, port, why);
        code = CODE_NETWORK;
    }
    if (code == CODE_OK && !direct) code = proxy_greet(c, deadline);
    if (code == CODE_OK && r->to.tls) code = tls_open(&c->tls, c->socket, r->to.host, deadline);
    if (code != CODE_OK) {
        connection_close(c);
        return code;
    }
    *out = c;
    return CODE_OK;
}

int connection_send(struct connection *c, const char *from, size_t len, int64_t deadline) {
    while (len > 0) {
        long n = c->tls != NULL ? tls_send(c->tls, c->socket, from, len, deadline)
                                : port_send(c->socket, from, len, deadline);
        if (n <= 0) return -1;
        from += n;
        len -= (size_t)n;
    }
    return 0;
}

static long receive(struct connection *c, char *to, size_t len, int64_t deadline) {
    return c->tls != NULL ? tls_receive(c->tls, c->socket, to, len, deadline)
                          : port_receive(c->socket, to, len, deadline);
}

long connection_receive(struct connection *c, char *to, size_t len, int64_t deadline) {
    if (c->from == c->to) return receive(c, to, len, deadline);
    size_t n = c->to - c->from < len ? c->to - c->from : len;
    memcpy(to, c->in + c->from, n);
    c->from += n;
    return (long)n;
}

int connection_byte(struct connection *c, int64_t deadline) {
    if (c->from == c->to) {
        long n = receive(c, c->in, sizeof c->in, deadline);
        if (n <= 0) return -1;
        c->from = 0;
        c->to = (size_t)n;
    }
    return (unsigned char)c->in[c->from++];
}
