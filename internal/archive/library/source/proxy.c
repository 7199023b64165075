/* Proxies: CONNECT of HTTP/1.1 (RFC 9110) for https, and SOCKS version 5 (RFC 1928, RFC 1929). For http an HTTP proxy
 * is given whole addresses, which is the business of http.c. */
#include "qiwei.h"

#include <string.h>

static int refused(const struct connection *c, const char *why) {
    say("the proxy %s port %s: %s", c->route.proxy_host, c->route.proxy_port, why);
    return CODE_NETWORK;
}

static int http_greet(struct connection *c, int64_t deadline) {
    const struct route *r = &c->route;
    int v6 = strchr(r->to.host, ':') != NULL;
    struct text head = {0};
    for (int i = 0; i < 2; i++) {
        text_word(&head, i == 0 ? "CONNECT " : " HTTP/1.1\r\nHost: ");
        if (v6) text_word(&head, "[");
        text_word(&head, r->to.host);
        text_word(&head, v6 ? "]:" : ":");
        text_word(&head, r->to.port);
    }
    text_word(&head, "\r\n");
    if (r->user[0] != 0) {
        struct text both = {0};
        text_word(&both, r->user);
        text_word(&both, ":");
        text_word(&both, r->password);
        text_word(&head, "Proxy-Authorization: Basic ");
        if (!both.failed) text_base64(&head, both.at, both.len);
        text_word(&head, "\r\n");
        text_free(&both);
    }
    text_word(&head, "\r\n");
    int good = !head.failed && connection_send(c, head.at, head.len, deadline) == 0;
    text_clear(&head);
    good = good && http_head(c, &head, deadline) == 0;
    int accepted = good && head.len > 12 && memcmp(head.at, "HTTP/1.", 7) == 0 && head.at[9] == '2';
    int wanted = good && head.len > 12 && memcmp(head.at + 9, "407", 3) == 0;
    text_free(&head);
    if (accepted) return CODE_OK;
    return refused(c, wanted ? "it wants another name and password" : good ? "it refuses" : "it hangs up");
}

static int bytes(struct connection *c, unsigned char *to, int n, int64_t deadline) {
    for (int i = 0; i < n; i++) {
        int b = connection_byte(c, deadline);
        if (b < 0) return -1;
        to[i] = (unsigned char)b;
    }
    return 0;
}

static int put(unsigned char *to, const char *word) {
    size_t len = strlen(word);
    to[0] = (unsigned char)len;
    memcpy(to + 1, word, len);
    return (int)len + 1;
}

static int socks_sign_in(struct connection *c, int64_t deadline) {
    unsigned char out[1 + 256 + 256] = {1}, in[2];
    int len = 1;
    len += put(out + len, c->route.user);
    len += put(out + len, c->route.password);
    int fault = connection_send(c, (char *)out, (size_t)len, deadline);
    memset(out, 0, sizeof out);
    return fault == 0 && bytes(c, in, 2, deadline) == 0 && in[1] == 0;
}

static int socks_greet(struct connection *c, int64_t deadline) {
    const struct route *r = &c->route;
    unsigned char out[4 + 256 + 2], in[4], rest[256 + 2];
    int named = r->user[0] != 0;
    unsigned char hello[4] = {5, (unsigned char)(named ? 2 : 1), 0, 2};
    if (connection_send(c, (char *)hello, named ? 4 : 3, deadline) != 0 || bytes(c, in, 2, deadline) != 0)
        return refused(c, "it hangs up");
    if (in[0] != 5) return refused(c, "it does not speak SOCKS5");
    if (in[1] == 2 && named) {
        if (!socks_sign_in(c, deadline)) return refused(c, "it wants another name and password");
    } else if (in[1] != 0) {
        return refused(c, "it wants a name and password");
    }
    /* By its name, which the proxy may know better than this machine. */
    memcpy(out, (unsigned char[]){5, 1, 0, 3}, 4);
    int len = 4 + put(out + 4, r->to.host);
    long port = json_integer((struct span){r->to.port, strlen(r->to.port)});
    out[len++] = (unsigned char)(port >> 8);
    out[len++] = (unsigned char)port;
    if (connection_send(c, (char *)out, (size_t)len, deadline) != 0 || bytes(c, in, 4, deadline) != 0)
        return refused(c, "it hangs up");
    if (in[1] != 0) return refused(c, "it cannot reach the server, or may not");
    int address = in[3] == 1 ? 4 : in[3] == 4 ? 16 : -1;
    if (in[3] == 3) {
        if (bytes(c, rest, 1, deadline) != 0) return refused(c, "it hangs up");
        address = rest[0];
    }
    if (address < 0 || bytes(c, rest, address + 2, deadline) != 0) return refused(c, "its answer cannot be read");
    return CODE_OK;
}

int proxy_greet(struct connection *c, int64_t deadline) {
    if (c->route.proxy == PROXY_SOCKS5) return socks_greet(c, deadline);
    return c->route.to.tls ? http_greet(c, deadline) : CODE_OK;
}
