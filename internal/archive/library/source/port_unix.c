/* What Linux, macOS and their kin do. Of libc only what glibc 2.17 and musl have in common, by the oldest names of each
 * symbol, so that an object which was built on a new machine loads on an old one, and on either libc. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "qiwei.h"

#if !defined(_WIN32)
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* glibc 2.34 moved these from libdl.so.2 to libc.so.6, and gave them new versions. By the old ones they are found in
 * both places, and being weak they may be missing: then an old glibc's host has no libdl, and TLS is not to be had. The
 * linkers that come with clang do not take it. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ) && !defined(__clang__)
#if __GLIBC_PREREQ(2, 34) && (defined(__x86_64__) || defined(__aarch64__))
#define WEAK_LIBDL 1
#if defined(__x86_64__)
__asm__(".symver dlopen,dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym,dlsym@GLIBC_2.2.5");
#else
__asm__(".symver dlopen,dlopen@GLIBC_2.17");
__asm__(".symver dlsym,dlsym@GLIBC_2.17");
#endif
#pragma weak dlopen
#pragma weak dlsym
#endif
#endif

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0
#endif

int64_t port_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint32_t port_process(void) { return (uint32_t)getpid(); }

void port_yield(void) { sched_yield(); }

#if defined(__linux__)
/* Not by sscanf, which has another name in each glibc. */
static uintptr_t hexadecimal(const char **at) {
    uintptr_t n = 0;
    for (;; ++*at) {
        char c = **at;
        if (c >= '0' && c <= '9') n = n << 4 | (uintptr_t)(c - '0');
        else if (c >= 'a' && c <= 'f') n = n << 4 | (uintptr_t)(c - 'a' + 10);
        else return n;
    }
}

/* From the kernel's list of what is mapped: dladdr is no part of the old libc. */
int port_library(char *path, size_t size) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[4352];
    int found = 0;
    if (maps == NULL) return 0;
    while (!found && fgets(line, sizeof line, maps) != NULL) {
        char *name = strchr(line, '/');
        const char *at = line;
        uintptr_t here = (uintptr_t)&port_library, from = hexadecimal(&at);
        if (name == NULL || *at++ != '-' || here < from || here >= hexadecimal(&at)) continue;
        name[strcspn(name, "\n")] = 0;
        found = strlen(name) < size;
        if (found) strcpy(path, name);
    }
    fclose(maps);
    return found;
}
#else
int port_library(char *path, size_t size) {
    Dl_info info;
    if (dladdr((void *)(uintptr_t)&port_library, &info) == 0 || strlen(info.dli_fname) >= size) return 0;
    strcpy(path, info.dli_fname);
    return 1;
}
#endif

void *port_load(const char *name) {
#if defined(WEAK_LIBDL)
    if (dlopen == NULL) return NULL;
#endif
    return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

void *port_symbol(void *library, const char *name) {
#if defined(WEAK_LIBDL)
    if (dlsym == NULL) return NULL;
#endif
    return dlsym(library, name);
}

/* Waits until a socket can be read or written; 0 at the deadline. A signal to the host does not end it. */
static int ready(int s, short events, int64_t deadline) {
    for (;;) {
        int64_t left = deadline - port_now();
        struct pollfd p = {s, events, 0};
        if (left <= 0) {
            errno = ETIMEDOUT;
            return 0;
        }
        int n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (n > 0) return 1;
        if (n < 0 && errno != EINTR) return 0;
    }
}

static int prepare(int s) {
    int on = 1;
    int flags = fcntl(s, F_GETFL);
    if (flags < 0 || fcntl(s, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(s, F_SETFD, FD_CLOEXEC) < 0) return -1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#if defined(SO_NOSIGPIPE)
    setsockopt(s, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    return 0;
}

static int dial(const struct addrinfo *a, int64_t deadline) {
#if defined(SOCK_CLOEXEC)
    int s = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
#else
    int s = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
#endif
    int fault = 0;
    socklen_t size = sizeof fault;
    if (s < 0) return -1;
    if (prepare(s) == 0) {
        if (connect(s, a->ai_addr, a->ai_addrlen) == 0) return s;
        if ((errno == EINPROGRESS || errno == EINTR) && ready(s, POLLOUT, deadline) &&
            getsockopt(s, SOL_SOCKET, SO_ERROR, &fault, &size) == 0) {
            if (fault == 0) return s;
            errno = fault;
        }
    }
    fault = errno;
    close(s);
    errno = fault;
    return -1;
}

socket_type port_connect(const char *host, const char *port, int64_t deadline, const char **why) {
    struct addrinfo hints, *all = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    int fault = getaddrinfo(host, port, &hints, &all);
    if (fault != 0) {
        *why = gai_strerror(fault);
        return NO_SOCKET;
    }
    int s = -1;
    for (struct addrinfo *a = all; a != NULL && s < 0; a = a->ai_next) s = dial(a, deadline);
    if (s < 0) {
        *why = errno == ECONNREFUSED ? "the connection is refused"
               : errno == ETIMEDOUT  ? "nobody answers in time"
               : errno == EMFILE     ? "this process has too many open files"
                                     : "there is no way to it";
    }
    freeaddrinfo(all);
    return s;
}

long port_send(socket_type s, const char *from, size_t len, int64_t deadline) {
    for (;;) {
        ssize_t n = send(s, from, len, MSG_NOSIGNAL);
        if (n >= 0) return (long)n;
        if (errno == EINTR) continue;
        if ((errno != EAGAIN && errno != EWOULDBLOCK) || !ready(s, POLLOUT, deadline)) return -1;
    }
}

long port_receive(socket_type s, char *to, size_t len, int64_t deadline) {
    for (;;) {
        ssize_t n = recv(s, to, len, 0);
        if (n >= 0) return (long)n;
        if (errno == EINTR) continue;
        if ((errno != EAGAIN && errno != EWOULDBLOCK) || !ready(s, POLLIN, deadline)) return -1;
    }
}

void port_close(socket_type s) { close(s); }

#endif
