/* Bytes that grow. */
#include "qiwei.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *text_room(struct text *t, size_t len) {
    if (t->failed || len > (size_t)1 << 40) {
        t->failed = 1;
        return NULL;
    }
    size_t want = t->len + len + 1;
    if (want > t->cap) {
        size_t cap = t->cap < 256 ? 256 : t->cap;
        while (cap < want) cap *= 2;
        char *at = realloc(t->at, cap);
        if (at == NULL) {
            t->failed = 1;
            return NULL;
        }
        t->at = at;
        t->cap = cap;
    }
    return t->at + t->len;
}

void text_add(struct text *t, const void *from, size_t len) {
    char *to = text_room(t, len);
    if (to == NULL) return;
    if (len > 0) memcpy(to, from, len);
    t->len += len;
    t->at[t->len] = 0;
}

void text_word(struct text *t, const char *word) { text_add(t, word, strlen(word)); }

void text_number(struct text *t, unsigned long long n) {
    char digits[24];
    int at = sizeof digits;
    do digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    text_add(t, digits + at, sizeof digits - (size_t)at);
}

void text_json(struct text *t, const char *word) {
    static const char hex[] = "0123456789abcdef";
    text_add(t, "\"", 1);
    for (; *word != 0; word++) {
        unsigned char c = (unsigned char)*word;
        char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        if (c < 0x20) {
            text_add(t, escape, sizeof escape);
            continue;
        }
        if (c == '"' || c == '\\') text_add(t, "\\", 1);
        text_add(t, word, 1);
    }
    text_add(t, "\"", 1);
}

void text_url(struct text *t, const char *word) {
    static const char hex[] = "0123456789ABCDEF";
    for (; *word != 0; word++) {
        unsigned char c = (unsigned char)*word;
        char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
        int plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
                    c == '.' || c == '~';
        text_add(t, plain ? word : escape, plain ? 1 : sizeof escape);
    }
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_base64(struct text *t, const void *from, size_t len) {
    const unsigned char *in = from;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t n = (uint32_t)in[i] << 16;
        if (i + 1 < len) n |= (uint32_t)in[i + 1] << 8;
        if (i + 2 < len) n |= in[i + 2];
        char four[4] = {base64[n >> 18], base64[n >> 12 & 63], i + 1 < len ? base64[n >> 6 & 63] : '=',
                        i + 2 < len ? base64[n & 63] : '='};
        text_add(t, four, sizeof four);
    }
}

static int sextet(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

int text_unbase64(struct text *t, const char *from, size_t len) {
    while (len > 0 && from[len - 1] == '=') len--;
    if (len % 4 == 1) return -1;
    char *to = text_room(t, len / 4 * 3 + 3);
    if (to == NULL) return -1;
    size_t n = 0, i = 0;
    for (; i + 4 <= len; i += 4) {
        int a = sextet(from[i]), b = sextet(from[i + 1]), c = sextet(from[i + 2]), d = sextet(from[i + 3]);
        if ((a | b | c | d) < 0) return -1;
        to[n++] = (char)(a << 2 | b >> 4);
        to[n++] = (char)(b << 4 | c >> 2);
        to[n++] = (char)(c << 6 | d);
    }
    if (i < len) {
        int a = sextet(from[i]), b = sextet(from[i + 1]), c = len - i == 3 ? sextet(from[i + 2]) : 0;
        if ((a | b | c) < 0) return -1;
        to[n++] = (char)(a << 2 | b >> 4);
        if (len - i == 3) to[n++] = (char)(b << 4 | c >> 2);
    }
    t->len += n;
    t->at[t->len] = 0;
    return 0;
}

void text_rune(struct text *t, uint32_t rune) {
    char out[4];
    size_t n;
    if (rune < 0x80) {
        out[0] = (char)rune;
        n = 1;
    } else if (rune < 0x800) {
        out[0] = (char)(0xc0 | rune >> 6);
        out[1] = (char)(0x80 | (rune & 63));
        n = 2;
    } else if (rune < 0x10000) {
        out[0] = (char)(0xe0 | rune >> 12);
        out[1] = (char)(0x80 | (rune >> 6 & 63));
        out[2] = (char)(0x80 | (rune & 63));
        n = 3;
    } else {
        out[0] = (char)(0xf0 | rune >> 18);
        out[1] = (char)(0x80 | (rune >> 12 & 63));
        out[2] = (char)(0x80 | (rune >> 6 & 63));
        out[3] = (char)(0x80 | (rune & 63));
        n = 4;
    }
    text_add(t, out, n);
}

void text_clear(struct text *t) {
    t->len = 0;
    t->failed = 0;
    if (t->at != NULL) t->at[0] = 0;
}

void text_free(struct text *t) {
    free(t->at);
    memset(t, 0, sizeof *t);
}
