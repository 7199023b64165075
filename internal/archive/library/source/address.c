/* Where the server is, and the proxy before it. */
#include "qiwei.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int copy(char *to, size_t size, const char *from, size_t len) {
    if (len >= size) return -1;
    memcpy(to, from, len);
    to[len] = 0;
    return 0;
}

/* Whether text can stand in a request as it is. */
static int plain(const char *from, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)from[i] <= ' ' || (unsigned char)from[i] >= 0x7f) return 0;
    return 1;
}

/* Reads host:port, where the host may be an IPv6 address in brackets. */
static int host_port(const char *from, size_t len, char *host, size_t host_size, char *port, size_t port_size,
                     const char *usual) {
    const char *end = from + len, *colon;
    if (len == 0 || !plain(from, len) || memchr(from, '@', len) != NULL) return -1;
    if (*from == '[') {
        const char *close = memchr(from, ']', len);
        if (close == NULL || close == from + 1 || copy(host, host_size, from + 1, (size_t)(close - from - 1)) != 0)
            return -1;
        colon = close + 1;
        if (colon != end && *colon != ':') return -1;
    } else {
        colon = memchr(from, ':', len);
        if (colon == NULL) colon = end;
        if (colon == from || copy(host, host_size, from, (size_t)(colon - from)) != 0) return -1;
    }
    if (colon == end) return copy(port, port_size, usual, strlen(usual));
    long n = 0;
    for (const char *c = colon + 1; c < end; c++) {
        if (*c < '0' || *c > '9' || (n = 10 * n + (*c - '0')) > 65535) return -1;
    }
    if (n == 0) return -1;
    return copy(port, port_size, colon + 1, (size_t)(end - colon - 1));
}

int address_parse(const char *url, struct address *a) {
    memset(a, 0, sizeof *a);
    const char *from = url;
    if (strncmp(url, "https://", 8) == 0) {
        a->tls = 1;
        from += 8;
    } else if (strncmp(url, "http://", 7) == 0) {
        from += 7;
    } else {
        say("the server's address \"%s\" begins neither with http:// nor with https://", url);
        return -1;
    }
    size_t host = strcspn(from, "/?#");
    const char *path = from + host;
    size_t len = strlen(path);
    while (len > 0 && path[len - 1] == '/') len--;
    if (host_port(from, host, a->host, sizeof a->host, a->port, sizeof a->port, a->tls ? "443" : "80") != 0 ||
        !plain(path, len) || strcspn(path, "?#") < len || copy(a->path, sizeof a->path, path, len) != 0) {
        say("the server's address is none, or has more than a host, a port and a path: \"%s\"", url);
        return -1;
    }
    return 0;
}

/* The first line of a file that is neither empty nor a comment, without the blanks around it. */
static int first_line(const char *path, struct text *out) {
    char line[1024];
    FILE *f = fopen(path, "r");
    if (f == NULL) return -1;
    while (out->len == 0 && fgets(line, sizeof line, f) != NULL) {
        char *from = line + strspn(line, " \t\r\n");
        if (strncmp(from, "\xef\xbb\xbf", 3) == 0) from += 3; /* as Windows' editor begins a file */
        if (*from != '#') text_add(out, from, strcspn(from, " \t\r\n"));
    }
    fclose(f);
    return out->len > 0 ? 0 : -1;
}

int address_find(struct text *url) {
    const char *set = getenv("QIWEI_URL");
    char path[4096 + 16];
    if (set != NULL && *set != 0) {
        text_word(url, set);
        return 0;
    }
    if (!port_library(path, 4096)) {
        say("no address of a server: set QIWEI_URL");
        return -1;
    }
    char *name = path;
    for (char *c = path; *c != 0; c++)
        if (*c == '/' || *c == '\\') name = c + 1;
    strcpy(name, "qiwei.url");
    if (first_line(path, url) == 0) return 0;
    say("no address of a server: set QIWEI_URL, or write it into %s", path);
    return -1;
}

int route_proxy(struct route *r, const char *proxy, const char *passwd) {
    r->proxy = PROXY_NONE;
    if (proxy == NULL || *proxy == 0) return 0;
    const char *from;
    if (strncmp(proxy, "http://", 7) == 0) {
        r->proxy = PROXY_HTTP;
        from = proxy + 7;
    } else if (strncmp(proxy, "socks5://", 9) == 0) {
        r->proxy = PROXY_SOCKS5;
        from = proxy + 9;
    } else {
        say("the proxy begins neither with http:// nor with socks5://");
        return -1;
    }
    if (host_port(from, strcspn(from, "/"), r->proxy_host, sizeof r->proxy_host, r->proxy_port, sizeof r->proxy_port,
                  "1080") != 0) {
        say("the proxy is not written as http://host:port or socks5://host:port");
        return -1;
    }
    if (passwd == NULL || *passwd == 0) return 0;
    size_t user = strcspn(passwd, ":");
    const char *password = passwd[user] == ':' ? passwd + user + 1 : "";
    if (copy(r->user, sizeof r->user, passwd, user) != 0 ||
        copy(r->password, sizeof r->password, password, strlen(password)) != 0) {
        say("the name or the password for the proxy is longer than 255 bytes");
        return -1;
    }
    return 0;
}
