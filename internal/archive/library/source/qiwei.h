/* What the files of the library share. Nothing here is seen from outside. */
#ifndef QIWEI_H
#define QIWEI_H

#include <stddef.h>
#include <stdint.h>

#include "WeWorkFinanceSdk_C.h"

/* The codes that the library returns (doc 91552). */
enum code {
    CODE_OK = 0,
    CODE_ARGUMENT = 10000,
    CODE_NETWORK = 10001,
    CODE_PARSE = 10002,
    CODE_SYSTEM = 10003,
    CODE_FILEID = 10005,
    CODE_DECRYPT = 10006,
    CODE_KEY = 10008,
    CODE_ADDRESS = 10009,
    CODE_EXPIRED = 10010,
    CODE_CERTIFICATE = 10011
};

/* port.c: what systems do differently. */

#if defined(_WIN32)
typedef uintptr_t socket_type;
#define NO_SOCKET ((socket_type)~(uintptr_t)0)
#else
typedef int socket_type;
#define NO_SOCKET (-1)
#endif

int64_t port_now(void);         /* milliseconds, for differences alone */
uint32_t port_process(void);    /* differs in a child after fork */
void port_yield(void);          /* lets another thread run */
int port_library(char *path, size_t size); /* the file that this code was loaded from; 0 where it is not known */
void *port_load(const char *name);         /* a shared library, or NULL */
void *port_symbol(void *library, const char *name);

/* Opens a connection to a host by its name or address; at fault *why says what happened. */
socket_type port_connect(const char *host, const char *port, int64_t deadline, const char **why);
/* Both return the count of bytes, 0 at the end of the stream, -1 at fault or at the deadline. */
long port_send(socket_type s, const char *from, size_t len, int64_t deadline);
long port_receive(socket_type s, char *to, size_t len, int64_t deadline);
void port_close(socket_type s);

/* diagnosis.c: a lock for a few instructions. A child after fork takes over what the parent's threads held. */
struct lock {
    uint32_t holder;
};
void lock_take(struct lock *l);
void lock_leave(struct lock *l);

/* Explains a failure on stderr where QIWEI_DEBUG asks for it. Secrets are never among the arguments. */
void say(const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 1, 2)))
#endif
    ;

/* text.c: bytes that grow. There is always a NUL behind them. */

struct text {
    char *at;
    size_t len, cap;
    int failed; /* memory was short: what was added since is missing */
};

void text_add(struct text *t, const void *from, size_t len);
void text_word(struct text *t, const char *word);
void text_number(struct text *t, unsigned long long n);
void text_json(struct text *t, const char *word); /* in quotes, escaped */
void text_url(struct text *t, const char *word);  /* percent-encoded */
void text_base64(struct text *t, const void *from, size_t len);
void text_rune(struct text *t, uint32_t rune); /* as UTF-8 */
char *text_room(struct text *t, size_t len);   /* for len more bytes; NULL where memory is short */
void text_clear(struct text *t);               /* keeps the memory */
void text_free(struct text *t);
/* Decodes base64 with or without padding; -1 where it is none. */
int text_unbase64(struct text *t, const char *from, size_t len);

/* json.c */

struct span {
    const char *at;
    size_t len;
};
struct member {
    const char *name;
    struct span value; /* as it is written; at is NULL where there is none */
};
/* Reads an object to its end, and finds members of it; -1 where it is no JSON object. */
int json_object(const char *at, size_t len, struct member *members, int count);
int json_string(struct span value, struct text *out); /* -1 where it is no string */
long json_integer(struct span value);                 /* 0 where it is no number */

/* aes.c: decrypts AES-256-CBC; -1 where memory is short. len is a multiple of 16; in and out may be the same. */
int aes256_cbc_decrypt(const unsigned char key[32], const unsigned char iv[16], const unsigned char *in, size_t len,
                       unsigned char *out);

/* envelope.c: opens encrypt_chat_msg. */
int envelope_open(const char *key, const char *message, struct text *out);

/* address.c: where a server is. */

struct address {
    int tls;
    char host[256], port[8], path[256]; /* path without a slash at its end */
};
enum proxy_kind { PROXY_NONE, PROXY_HTTP, PROXY_SOCKS5 };
struct route { /* to an address, through a proxy or not */
    struct address to;
    enum proxy_kind proxy;
    char proxy_host[256], proxy_port[8];
    char user[256], password[256];
};
int address_parse(const char *url, struct address *a); /* -1 and a word on stderr where it is none */
int address_find(struct text *url);                    /* QIWEI_URL or the file beside the library; -1 if neither */
int route_proxy(struct route *r, const char *proxy, const char *passwd);

/* tls.c: TLS by the OpenSSL of this machine. */

struct tls;
int tls_open(struct tls **t, socket_type s, const char *host, int64_t deadline); /* a code */
long tls_send(struct tls *t, socket_type s, const char *from, size_t len, int64_t deadline);
long tls_receive(struct tls *t, socket_type s, char *to, size_t len, int64_t deadline);
void tls_free(struct tls *t);

/* connection.c: connections, of which a few idle ones are kept. */

struct connection {
    struct route route;
    socket_type socket;
    struct tls *tls;
    uint32_t process;
    int64_t idle_since;
    int used; /* it has served before, so the server may have left it */
    size_t from, to;
    char in[16384];
};
int connection_get(const struct route *r, int64_t deadline, struct connection **c); /* a code */
void connection_keep(struct connection *c);
void connection_close(struct connection *c);
int connection_send(struct connection *c, const char *from, size_t len, int64_t deadline); /* -1 at fault */
long connection_receive(struct connection *c, char *to, size_t len, int64_t deadline);
int connection_byte(struct connection *c, int64_t deadline); /* -1 at the end or at fault */
int proxy_greet(struct connection *c, int64_t deadline);     /* proxy.c: has the proxy connect; a code */

/* http.c */

struct reply {
    int status;
    struct text body, next, location; /* next is the header X-Qiwei-Outindexbuf */
    int finish;                       /* the header X-Qiwei-Finish, or -1 */
};
/* Sends one request, a POST where body is not NULL; returns a code. The status is the caller's to judge. */
int http_call(const struct route *r, const char *target, const struct text *body, int64_t deadline, struct reply *out);
int http_head(struct connection *c, struct text *head, int64_t deadline); /* up to the empty line; -1 at fault */
void reply_free(struct reply *r);

/* account.c: the calls of an enterprise's archive. */

struct account {
    int32_t users; /* of this value, counted by account_share and account_leave */
    struct address address;
    char *corpid, *secret;
};
struct account *account_new(const struct address *a, const char *corpid, const char *secret);
struct account *account_share(struct account *a);
void account_leave(struct account *a);
struct pull {
    const char *proxy, *passwd;
    int timeout; /* seconds */
};
int account_chatdata(struct account *a, const struct pull *p, uint64_t seq, uint32_t limit, struct text *out);
int account_media(struct account *a, const struct pull *p, const char *index, const char *fileid, struct text *data,
                  struct text *next, int *finish);

/* pool.c: handles, whose memory is never returned, so that a stale one is known for what it is. */

enum { POOL_CHUNKS = 16, POOL_FIRST = 1024 };
struct pool {
    size_t size; /* of a slot */
    char *chunks[POOL_CHUNKS];
    uint32_t hand, live;
};
struct slot {
    uint32_t state;
};
/* The struct slot is offset bytes into what the pool hands out, where clients do not look. */
void *pool_take(struct pool *p, size_t offset);
int pool_owns(struct pool *p, const void *handle);
int slot_live(const struct slot *s);
int slot_enter(struct slot *s, int alone); /* 0 where the handle was freed, or is in use and alone is asked for */
int slot_leave(struct slot *s);            /* 1 where the caller is the last and must clean up, then slot_free */
int slot_doom(struct slot *s);             /* the same */
void slot_free(struct pool *p, struct slot *s);

#endif
