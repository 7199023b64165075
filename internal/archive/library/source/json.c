/* As much JSON as an answer needs: is it whole, and what do a few members of its outermost object hold. */
#include "qiwei.h"

#include <string.h>

struct reader {
    const char *at, *end;
};

enum { DEEPEST = 128 };

static void blank(struct reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

static int take(struct reader *r, char c) {
    if (r->at == r->end || *r->at != c) return 0;
    r->at++;
    return 1;
}

/* Control characters within are let pass: archives of WeCom's have them. */
static int string(struct reader *r) {
    if (!take(r, '"')) return 0;
    while (r->at < r->end) {
        char c = *r->at++;
        if (c == '"') return 1;
        if (c == '\\' && r->at++ >= r->end) return 0;
    }
    return 0;
}

static int scalar(struct reader *r) {
    const char *from = r->at;
    while (r->at < r->end && (*r->at == '-' || *r->at == '+' || *r->at == '.' || (*r->at >= '0' && *r->at <= '9') ||
                              (*r->at >= 'a' && *r->at <= 'z') || *r->at == 'E'))
        r->at++;
    size_t len = (size_t)(r->at - from);
    if (len == 0) return 0;
    if (*from == '-' || (*from >= '0' && *from <= '9')) return 1;
    return (len == 4 && memcmp(from, "true", 4) == 0) || (len == 5 && memcmp(from, "false", 5) == 0) ||
           (len == 4 && memcmp(from, "null", 4) == 0);
}

static int value(struct reader *r, int depth);

static int list(struct reader *r, int depth) {
    blank(r);
    if (take(r, ']')) return 1;
    do {
        if (!value(r, depth + 1)) return 0;
        blank(r);
    } while (take(r, ','));
    return take(r, ']');
}

static int object(struct reader *r, int depth, struct member *members, int count) {
    blank(r);
    if (take(r, '}')) return 1;
    do {
        blank(r);
        const char *name = r->at + 1;
        if (!string(r)) return 0;
        size_t len = (size_t)(r->at - 1 - name);
        blank(r);
        if (!take(r, ':')) return 0;
        blank(r);
        const char *from = r->at;
        if (!value(r, depth + 1)) return 0;
        for (int i = 0; i < count; i++)
            if (strlen(members[i].name) == len && memcmp(members[i].name, name, len) == 0)
                members[i].value = (struct span){from, (size_t)(r->at - from)};
        blank(r);
    } while (take(r, ','));
    return take(r, '}');
}

static int value(struct reader *r, int depth) {
    if (depth > DEEPEST) return 0;
    blank(r);
    if (r->at == r->end) return 0;
    switch (*r->at) {
    case '{':
        r->at++;
        return object(r, depth, NULL, 0);
    case '[':
        r->at++;
        return list(r, depth);
    case '"':
        return string(r);
    default:
        return scalar(r);
    }
}

int json_object(const char *at, size_t len, struct member *members, int count) {
    struct reader r = {at, at + len};
    for (int i = 0; i < count; i++) members[i].value = (struct span){NULL, 0};
    if (at == NULL) return -1;
    blank(&r);
    if (!take(&r, '{') || !object(&r, 0, members, count)) return -1;
    blank(&r);
    return r.at == r.end ? 0 : -1;
}

static int hex4(const char *at, const char *end, uint32_t *out) {
    if (end - at < 4) return 0;
    *out = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t n = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                     : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                     : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                            : 16;
        if (n == 16) return 0;
        *out = *out << 4 | n;
    }
    return 1;
}

int json_string(struct span v, struct text *out) {
    if (v.at == NULL || v.len < 2 || v.at[0] != '"') return -1;
    const char *at = v.at + 1, *end = v.at + v.len - 1;
    while (at < end) {
        if (*at != '\\') {
            text_add(out, at++, 1);
            continue;
        }
        if (++at == end) return -1;
        char c = *at++;
        uint32_t rune, low;
        switch (c) {
        case 'n': text_add(out, "\n", 1); break;
        case 't': text_add(out, "\t", 1); break;
        case 'r': text_add(out, "\r", 1); break;
        case 'b': text_add(out, "\b", 1); break;
        case 'f': text_add(out, "\f", 1); break;
        case 'u':
            if (!hex4(at, end, &rune)) return -1;
            at += 4;
            if (rune >= 0xd800 && rune < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' &&
                hex4(at + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
                rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
                at += 6;
            }
            text_rune(out, rune >= 0xd800 && rune < 0xe000 ? 0xfffd : rune);
            break;
        default: text_add(out, &c, 1);
        }
    }
    return 0;
}

long json_integer(struct span v) {
    long n = 0;
    size_t i = v.len > 0 && v.at[0] == '-';
    for (; i < v.len && v.at[i] >= '0' && v.at[i] <= '9' && n < 1000000000; i++) n = 10 * n + (v.at[i] - '0');
    return v.len > 0 && v.at[0] == '-' ? -n : n;
}
