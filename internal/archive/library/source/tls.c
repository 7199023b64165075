/* TLS by the OpenSSL of this machine, which is loaded when the first https address is used. It is not linked, so that
 * the library needs nothing but libc where the address is an http one. OpenSSL never sees the socket: what it wants to
 * send and to read goes through two buffers of its own, since its own writing would raise SIGPIPE in the host. */
#include "qiwei.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;
typedef struct bio_st BIO;

enum {
    VERIFY_PEER = 1,
    ERROR_WANT_READ = 2,
    ERROR_ZERO_RETURN = 6,
    CTRL_SERVER_NAME = 55,
    CTRL_MIN_VERSION = 123,
    TLS_1_2 = 0x0303
};

/* The functions of OpenSSL 1.1.1 and 3 that are used, by the documentation of both. */
struct openssl {
    const void *(*TLS_client_method)(void);
    SSL_CTX *(*SSL_CTX_new)(const void *);
    void (*SSL_CTX_free)(SSL_CTX *);
    int (*SSL_CTX_set_default_verify_paths)(SSL_CTX *);
    int (*SSL_CTX_load_verify_locations)(SSL_CTX *, const char *file, const char *folder);
    void (*SSL_CTX_set_verify)(SSL_CTX *, int mode, int (*)(int, void *));
    long (*SSL_CTX_ctrl)(SSL_CTX *, int, long, void *);
    SSL *(*SSL_new)(SSL_CTX *);
    void (*SSL_free)(SSL *);
    void (*SSL_set_bio)(SSL *, BIO *in, BIO *out);
    int (*SSL_set1_host)(SSL *, const char *);
    void *(*SSL_get0_param)(SSL *);
    long (*SSL_ctrl)(SSL *, int, long, void *);
    int (*SSL_connect)(SSL *);
    int (*SSL_read)(SSL *, void *, int);
    int (*SSL_write)(SSL *, const void *, int);
    int (*SSL_get_error)(const SSL *, int);
    long (*SSL_get_verify_result)(const SSL *);
    BIO *(*BIO_new)(const void *);
    const void *(*BIO_s_mem)(void);
    int (*BIO_read)(BIO *, void *, int);
    int (*BIO_write)(BIO *, const void *, int);
    int (*BIO_free)(BIO *);
    int (*X509_VERIFY_PARAM_set1_ip_asc)(void *, const char *);
    const char *(*X509_verify_cert_error_string)(long);
    const char *(*X509_get_default_cert_file)(void);
    const char *(*X509_get_default_cert_dir)(void);
    void (*ERR_clear_error)(void);
    SSL_CTX *context;
    uint32_t process;
};

#define FUNCTION(name) {#name, offsetof(struct openssl, name)}
static const struct {
    const char *name;
    size_t at;
} functions[] = {
    FUNCTION(TLS_client_method), FUNCTION(SSL_CTX_new), FUNCTION(SSL_CTX_free),
    FUNCTION(SSL_CTX_set_default_verify_paths), FUNCTION(SSL_CTX_load_verify_locations), FUNCTION(SSL_CTX_set_verify),
    FUNCTION(SSL_CTX_ctrl), FUNCTION(SSL_new), FUNCTION(SSL_free), FUNCTION(SSL_set_bio), FUNCTION(SSL_set1_host),
    FUNCTION(SSL_get0_param), FUNCTION(SSL_ctrl), FUNCTION(SSL_connect), FUNCTION(SSL_read), FUNCTION(SSL_write),
    FUNCTION(SSL_get_error), FUNCTION(SSL_get_verify_result), FUNCTION(BIO_new), FUNCTION(BIO_s_mem),
    FUNCTION(BIO_read), FUNCTION(BIO_write), FUNCTION(BIO_free), FUNCTION(X509_VERIFY_PARAM_set1_ip_asc),
    FUNCTION(X509_verify_cert_error_string), FUNCTION(X509_get_default_cert_file), FUNCTION(X509_get_default_cert_dir),
    FUNCTION(ERR_clear_error)};

/* libcrypto stands beside libssl where a symbol is not found through the latter, as on Windows. */
static const char *const names[][2] = {
#if defined(_WIN32)
    {"libssl-3-x64.dll", "libcrypto-3-x64.dll"},
    {"libssl-1_1-x64.dll", "libcrypto-1_1-x64.dll"},
#elif defined(__APPLE__)
    /* Not without a version: macOS ends a process that loads its own unversioned one. */
    {"libssl.3.dylib", "libcrypto.3.dylib"},
    {"/opt/homebrew/opt/openssl@3/lib/libssl.3.dylib", "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib"},
    {"/usr/local/opt/openssl@3/lib/libssl.3.dylib", "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib"},
#else
    {"libssl.so.3", "libcrypto.so.3"},
    {"libssl.so.1.1", "libcrypto.so.1.1"},
#endif
};

static int load_functions(struct openssl *o) {
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        void *ssl = port_load(names[n][0]), *crypto = ssl != NULL ? port_load(names[n][1]) : NULL;
        size_t found = 0;
        for (; crypto != NULL && found < sizeof functions / sizeof *functions; found++) {
            void *symbol = port_symbol(ssl, functions[found].name);
            if (symbol == NULL) symbol = port_symbol(crypto, functions[found].name);
            if (symbol == NULL) break;
            memcpy((char *)o + functions[found].at, &symbol, sizeof symbol);
        }
        if (found == sizeof functions / sizeof *functions) return 1;
    }
    return 0;
}

/* Where various systems keep the certificates of authorities: for an OpenSSL that was made for another one. */
static const char *const authorities[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/cert.pem"};

static int exists(const char *path) {
    FILE *f = fopen(path, "r"); /* a folder, too */
    if (f != NULL) fclose(f);
    return f != NULL;
}

static SSL_CTX *new_context(const struct openssl *o) {
    const char *own = getenv("QIWEI_CA_FILE");
    SSL_CTX *c = o->SSL_CTX_new(o->TLS_client_method());
    if (c == NULL) return NULL;
    o->SSL_CTX_ctrl(c, CTRL_MIN_VERSION, TLS_1_2, NULL);
    o->SSL_CTX_set_verify(c, VERIFY_PEER, NULL);
    o->SSL_CTX_set_default_verify_paths(c);
    int lost = !exists(o->X509_get_default_cert_file()) && !exists(o->X509_get_default_cert_dir());
    for (size_t i = 0; lost && i < sizeof authorities / sizeof *authorities; i++)
        o->SSL_CTX_load_verify_locations(c, authorities[i], NULL);
    if (own != NULL && *own != 0 && o->SSL_CTX_load_verify_locations(c, own, NULL) != 1)
        say("QIWEI_CA_FILE: %s holds no certificates, or cannot be read", own);
    o->ERR_clear_error();
    return c;
}

/* Loads OpenSSL at the first use, and after a fork makes a context anew: a thread of the parent may have held a lock of
 * the old one. What a second thread has made in vain it throws away. */
static struct openssl *openssl(void) {
    static struct openssl *ready;
    struct openssl *was = __atomic_load_n(&ready, __ATOMIC_ACQUIRE);
    uint32_t self = port_process();
    if (was != NULL && was->process == self) return was;
    struct openssl *o = calloc(1, sizeof *o);
    if (o == NULL) return NULL;
    if (was != NULL) *o = *was;
    o->process = self;
    if ((was == NULL && !load_functions(o)) || (o->context = new_context(o)) == NULL) {
        free(o);
        return NULL;
    }
    if (__atomic_compare_exchange_n(&ready, &was, o, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return o;
    o->SSL_CTX_free(o->context);
    free(o);
    return was;
}

struct tls {
    struct openssl *o;
    SSL *ssl;
    BIO *in, *out; /* what has come for OpenSSL, and what it wants to send */
};

static int flush(struct tls *t, socket_type s, int64_t deadline) {
    char bytes[16384];
    for (;;) {
        int n = t->o->BIO_read(t->out, bytes, sizeof bytes);
        if (n <= 0) return 0;
        for (long at = 0; at < n;) {
            long sent = port_send(s, bytes + at, (size_t)(n - at), deadline);
            if (sent <= 0) return -1;
            at += sent;
        }
    }
}

/* Does what OpenSSL asks for after a call that did not succeed: 1 to call it again, 0 at the end, -1 at fault. */
static int go_on(struct tls *t, socket_type s, int result, int64_t deadline) {
    char bytes[16384];
    int fault = t->o->SSL_get_error(t->ssl, result);
    if (flush(t, s, deadline) != 0) return -1;
    if (fault == ERROR_ZERO_RETURN) return 0;
    if (fault != ERROR_WANT_READ) return -1;
    long n = port_receive(s, bytes, sizeof bytes, deadline);
    if (n <= 0) return -1; /* an end without OpenSSL's word for it may be somebody else's doing */
    return t->o->BIO_write(t->in, bytes, (int)n) == n ? 1 : -1;
}

static int handshake(struct tls *t, socket_type s, const char *host, int64_t deadline) {
    int n, again = 1;
    while (t->o->ERR_clear_error(), n = t->o->SSL_connect(t->ssl), n != 1 && again == 1)
        again = go_on(t, s, n, deadline);
    if (n == 1 && flush(t, s, deadline) == 0) return CODE_OK;
    long verified = t->o->SSL_get_verify_result(t->ssl);
    if (verified != 0) {
        say("the certificate of %s is not trusted: %s; QIWEI_CA_FILE may name a file with the authority's", host,
            t->o->X509_verify_cert_error_string(verified));
        return CODE_CERTIFICATE;
    }
    say("%s does not speak TLS, or not in time", host);
    return CODE_NETWORK;
}

static int is_address(const char *host) { return strchr(host, ':') != NULL || host[strspn(host, "0123456789.")] == 0; }

int tls_open(struct tls **out, socket_type s, const char *host, int64_t deadline) {
    struct openssl *o = openssl();
    if (o == NULL) {
        say("https needs OpenSSL on this machine: neither %s nor %s could be loaded", names[0][0], names[1][0]);
        return CODE_SYSTEM;
    }
    struct tls *t = calloc(1, sizeof *t);
    if (t == NULL) return CODE_SYSTEM;
    t->o = o;
    t->ssl = o->SSL_new(o->context);
    t->in = o->BIO_new(o->BIO_s_mem());
    t->out = o->BIO_new(o->BIO_s_mem());
    if (t->ssl == NULL || t->in == NULL || t->out == NULL) {
        if (t->in != NULL) o->BIO_free(t->in);
        if (t->out != NULL) o->BIO_free(t->out);
        t->in = t->out = NULL;
        tls_free(t);
        return CODE_SYSTEM;
    }
    o->SSL_set_bio(t->ssl, t->in, t->out);
    int named = is_address(host) ? o->X509_VERIFY_PARAM_set1_ip_asc(o->SSL_get0_param(t->ssl), host)
                                 : o->SSL_set1_host(t->ssl, host) == 1 &&
                                       o->SSL_ctrl(t->ssl, CTRL_SERVER_NAME, 0, (void *)(uintptr_t)host) == 1;
    int code = named == 1 ? handshake(t, s, host, deadline) : CODE_SYSTEM;
    if (code != CODE_OK) {
        tls_free(t);
        return code;
    }
    *out = t;
    return CODE_OK;
}

long tls_send(struct tls *t, socket_type s, const char *from, size_t len, int64_t deadline) {
    int again = 1, n = -1;
    while (again == 1) {
        t->o->ERR_clear_error();
        n = t->o->SSL_write(t->ssl, from, len > 16384 ? 16384 : (int)len);
        if (n > 0) return flush(t, s, deadline) == 0 ? n : -1;
        again = go_on(t, s, n, deadline);
    }
    return -1;
}

long tls_receive(struct tls *t, socket_type s, char *to, size_t len, int64_t deadline) {
    int again = 1;
    while (again == 1) {
        t->o->ERR_clear_error();
        int n = t->o->SSL_read(t->ssl, to, len > 1 << 20 ? 1 << 20 : (int)len);
        if (n > 0) return flush(t, s, deadline) == 0 ? n : -1;
        again = go_on(t, s, n, deadline);
    }
    return again;
}

void tls_free(struct tls *t) {
    if (t == NULL) return;
    if (t->ssl != NULL) t->o->SSL_free(t->ssl); /* and the two buffers */
    free(t);
}
