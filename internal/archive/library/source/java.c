/* The 17 functions of Java's class com.tencent.wework.Finance, by the native interface (JNI). Of its table a few
 * places are used; their numbers are those of the JNI specification. Text goes as UTF-16 in both directions: what Java
 * calls UTF-8 cannot hold letters beyond the first 65,536, such as most of the little pictures that people send. */
#include "qiwei.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#define JAVA(type, name) __declspec(dllexport) type Java_com_tencent_wework_Finance_##name
#else
#define JAVA(type, name) __attribute__((visibility("default"))) type Java_com_tencent_wework_Finance_##name
#endif

typedef void *const *const *jenv; /* to the table of functions */
typedef void *jref;               /* a class, a string, an array */
typedef int64_t jhandle;
typedef int32_t jcount;

enum { NEW_STRING = 163, STRING_LENGTH = 164, NEW_BYTE_ARRAY = 176, SET_BYTE_ARRAY_REGION = 208, STRING_REGION = 220 };

typedef jref (*new_string_function)(jenv, const uint16_t *, jcount);
typedef jcount (*string_length_function)(jenv, jref);
typedef jref (*new_byte_array_function)(jenv, jcount);
typedef void (*set_byte_array_region_function)(jenv, jref, jcount from, jcount len, const signed char *);
typedef void (*string_region_function)(jenv, jref, jcount from, jcount len, uint16_t *);

#define CALL(type, env, place) ((type)(uintptr_t)(*(env))[place])

#define SDK(h) ((WeWorkFinanceSdk_t *)(uintptr_t)(h))
#define SLICE(h) ((Slice_t *)(uintptr_t)(h))
#define MEDIA(h) ((MediaData_t *)(uintptr_t)(h))

/* The text of a Java string, "" for null; failed where it cannot be a string of C. */
static struct text from_java(jenv env, jref s) {
    struct text out = {0};
    text_add(&out, "", 0);
    if (s == NULL) return out;
    jcount len = CALL(string_length_function, env, STRING_LENGTH)(env, s);
    uint16_t *units = len > 0 ? malloc((size_t)len * sizeof *units) : NULL;
    if (len > 0 && units == NULL) out.failed = 1;
    if (units == NULL) return out;
    CALL(string_region_function, env, STRING_REGION)(env, s, 0, len, units);
    for (jcount i = 0; i < len && !out.failed; i++) {
        uint32_t rune = units[i];
        if (rune >= 0xd800 && rune < 0xdc00 && i + 1 < len && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000)
            rune = 0x10000 + ((rune - 0xd800) << 10) + (units[++i] - 0xdc00u);
        else if (rune >= 0xd800 && rune < 0xe000)
            rune = 0xfffd;
        if (rune == 0) out.failed = 1;
        else text_rune(&out, rune);
    }
    free(units);
    return out;
}

/* Reads one letter of UTF-8; what is none is U+FFFD, a byte at a time. */
static uint32_t next_rune(const unsigned char **at, const unsigned char *end) {
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    unsigned char first = *(*at)++;
    int more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : 3;
    if (more == 0) return first;
    if (first < 0xc2 || first > 0xf4 || end - *at < more) return 0xfffd;
    uint32_t rune = first & (0x3fu >> more);
    for (int i = 0; i < more; i++) {
        if (((*at)[i] & 0xc0) != 0x80) return 0xfffd;
        rune = rune << 6 | ((*at)[i] & 0x3fu);
    }
    if (rune < least[more] || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000)) return 0xfffd;
    *at += more;
    return rune;
}

static jref to_java(jenv env, const char *text, int len) {
    uint16_t *units = malloc(((size_t)len + 1) * sizeof *units); /* never more units than bytes */
    jcount n = 0;
    if (units == NULL) return NULL;
    for (const unsigned char *at = (const unsigned char *)text, *end = at + len; at < end;) {
        uint32_t rune = next_rune(&at, end);
        if (rune >= 0x10000) {
            units[n++] = (uint16_t)(0xd800 + ((rune - 0x10000) >> 10));
            rune = 0xdc00 + ((rune - 0x10000) & 0x3ff);
        }
        units[n++] = (uint16_t)rune;
    }
    jref s = CALL(new_string_function, env, NEW_STRING)(env, units, n);
    free(units);
    return s;
}

static void free_texts(struct text *t, int n) {
    for (int i = 0; i < n; i++) text_free(&t[i]);
}

JAVA(jhandle, NewSdk)(jenv env, jref class) {
    (void)env, (void)class;
    return (jhandle)(uintptr_t)NewSdk();
}

JAVA(jcount, Init)(jenv env, jref class, jhandle sdk, jref corpid, jref secret) {
    struct text t[2] = {from_java(env, corpid), from_java(env, secret)};
    (void)class;
    int code = t[0].failed || t[1].failed ? CODE_ARGUMENT : Init(SDK(sdk), t[0].at, t[1].at);
    free_texts(t, 2);
    return code;
}

/* A number of Java's that does not fit is no less wrong for it. */
static unsigned int as_limit(int64_t n) { return n < 0 || n > UINT_MAX ? 0 : (unsigned int)n; }
static int as_timeout(int64_t n) { return n < 0 ? 0 : n > INT_MAX ? INT_MAX : (int)n; }

JAVA(jcount, GetChatData)
(jenv env, jref class, jhandle sdk, int64_t seq, int64_t limit, jref proxy, jref passwd, int64_t timeout,
 jhandle slice) {
    struct text t[2] = {from_java(env, proxy), from_java(env, passwd)};
    (void)class;
    int code = t[0].failed || t[1].failed ? CODE_ARGUMENT
                                          : GetChatData(SDK(sdk), (uint64_t)seq, as_limit(limit), t[0].at, t[1].at,
                                                        as_timeout(timeout), SLICE(slice));
    free_texts(t, 2);
    return code;
}

JAVA(jcount, GetMediaData)
(jenv env, jref class, jhandle sdk, jref index, jref fileid, jref proxy, jref passwd, int64_t timeout, jhandle media) {
    struct text t[4] = {from_java(env, index), from_java(env, fileid), from_java(env, proxy), from_java(env, passwd)};
    (void)class;
    int code = t[0].failed || t[1].failed || t[2].failed || t[3].failed
                   ? CODE_ARGUMENT
                   : GetMediaData(SDK(sdk), t[0].at, t[1].at, t[2].at, t[3].at, as_timeout(timeout), MEDIA(media));
    free_texts(t, 4);
    return code;
}

JAVA(jcount, DecryptData)(jenv env, jref class, jhandle sdk, jref key, jref message, jhandle slice) {
    struct text t[2] = {from_java(env, key), from_java(env, message)};
    (void)class, (void)sdk;
    int code = t[0].failed || t[1].failed ? CODE_ARGUMENT : DecryptData(t[0].at, t[1].at, SLICE(slice));
    free_texts(t, 2);
    return code;
}

JAVA(void, DestroySdk)(jenv env, jref class, jhandle sdk) {
    (void)env, (void)class;
    DestroySdk(SDK(sdk));
}

JAVA(jhandle, NewSlice)(jenv env, jref class) {
    (void)env, (void)class;
    return (jhandle)(uintptr_t)NewSlice();
}

JAVA(void, FreeSlice)(jenv env, jref class, jhandle slice) {
    (void)env, (void)class;
    FreeSlice(SLICE(slice));
}

JAVA(jref, GetContentFromSlice)(jenv env, jref class, jhandle slice) {
    (void)class;
    const char *text = GetContentFromSlice(SLICE(slice));
    return text != NULL ? to_java(env, text, GetSliceLen(SLICE(slice))) : NULL;
}

JAVA(jcount, GetSliceLen)(jenv env, jref class, jhandle slice) {
    (void)env, (void)class;
    return GetSliceLen(SLICE(slice));
}

JAVA(jhandle, NewMediaData)(jenv env, jref class) {
    (void)env, (void)class;
    return (jhandle)(uintptr_t)NewMediaData();
}

JAVA(void, FreeMediaData)(jenv env, jref class, jhandle media) {
    (void)env, (void)class;
    FreeMediaData(MEDIA(media));
}

/* "" and not null where there is none: programs pass it on as the next indexbuf. */
JAVA(jref, GetOutIndexBuf)(jenv env, jref class, jhandle media) {
    (void)class;
    const char *text = GetOutIndexBuf(MEDIA(media));
    return to_java(env, text != NULL ? text : "", text != NULL ? GetIndexLen(MEDIA(media)) : 0);
}

JAVA(jref, GetData)(jenv env, jref class, jhandle media) {
    (void)class;
    const char *data = GetData(MEDIA(media));
    jcount len = data != NULL ? GetDataLen(MEDIA(media)) : 0;
    jref array = CALL(new_byte_array_function, env, NEW_BYTE_ARRAY)(env, len);
    if (array != NULL && len > 0)
        CALL(set_byte_array_region_function, env, SET_BYTE_ARRAY_REGION)(env, array, 0, len, (const signed char *)data);
    return array;
}

JAVA(jcount, GetIndexLen)(jenv env, jref class, jhandle media) {
    (void)env, (void)class;
    return GetIndexLen(MEDIA(media));
}

JAVA(jcount, GetDataLen)(jenv env, jref class, jhandle media) {
    (void)env, (void)class;
    return GetDataLen(MEDIA(media));
}

JAVA(jcount, IsMediaDataFinish)(jenv env, jref class, jhandle media) {
    (void)env, (void)class;
    return IsMediaDataFinish(MEDIA(media));
}
