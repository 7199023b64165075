/* What Windows does. */
#include "qiwei.h"

#if defined(_WIN32)
#if !defined(_WIN32_WINNT)
#define _WIN32_WINNT 0x0601
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <string.h>

int64_t port_now(void) { return (int64_t)GetTickCount64(); }

uint32_t port_process(void) { return (uint32_t)GetCurrentProcessId(); }

void port_yield(void) { SwitchToThread(); }

int port_library(char *path, size_t size) {
    HMODULE self;
    if (!GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (LPCSTR)(uintptr_t)&port_library, &self))
        return 0;
    DWORD n = GetModuleFileNameA(self, path, (DWORD)size);
    return n > 0 && n < size;
}

void *port_load(const char *name) { return (void *)LoadLibraryA(name); }

void *port_symbol(void *library, const char *name) {
    return (void *)(uintptr_t)GetProcAddress((HMODULE)library, name);
}

static int ready(SOCKET s, short events, int64_t deadline) {
    for (;;) {
        int64_t left = deadline - port_now();
        WSAPOLLFD p = {s, events, 0};
        if (left <= 0) return 0;
        int n = WSAPoll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (n != 0) return n > 0;
    }
}

static SOCKET dial(const struct addrinfo *a, int64_t deadline) {
    SOCKET s = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
    u_long nonblocking = 1;
    BOOL on = TRUE;
    int fault = 0, size = sizeof fault;
    if (s == INVALID_SOCKET) return s;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
    SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
    if (ioctlsocket(s, FIONBIO, &nonblocking) == 0) {
        if (connect(s, a->ai_addr, (int)a->ai_addrlen) == 0) return s;
        if (WSAGetLastError() == WSAEWOULDBLOCK && ready(s, POLLOUT, deadline) &&
            getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&fault, &size) == 0 && fault == 0)
            return s;
    }
    closesocket(s);
    return INVALID_SOCKET;
}

socket_type port_connect(const char *host, const char *port, int64_t deadline, const char **why) {
    static uint32_t started;
    if (!__atomic_load_n(&started, __ATOMIC_ACQUIRE)) { /* it counts, so twice does no harm */
        WSADATA data;
        if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
            *why = "Windows has no sockets";
            return NO_SOCKET;
        }
        __atomic_store_n(&started, 1, __ATOMIC_RELEASE);
    }
    struct addrinfo hints, *all = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, port, &hints, &all) != 0) {
        *why = "the name is not known";
        return NO_SOCKET;
    }
    SOCKET s = INVALID_SOCKET;
    for (struct addrinfo *a = all; a != NULL && s == INVALID_SOCKET; a = a->ai_next) s = dial(a, deadline);
    if (s == INVALID_SOCKET) *why = "nobody answers";
    freeaddrinfo(all);
    return s;
}

long port_send(socket_type s, const char *from, size_t len, int64_t deadline) {
    for (;;) {
        int n = send(s, from, len > 1 << 20 ? 1 << 20 : (int)len, 0);
        if (n >= 0) return n;
        if (WSAGetLastError() != WSAEWOULDBLOCK || !ready(s, POLLOUT, deadline)) return -1;
    }
}

long port_receive(socket_type s, char *to, size_t len, int64_t deadline) {
    for (;;) {
        int n = recv(s, to, len > 1 << 20 ? 1 << 20 : (int)len, 0);
        if (n >= 0) return n;
        if (WSAGetLastError() != WSAEWOULDBLOCK || !ready(s, POLLIN, deadline)) return -1;
    }
}

void port_close(socket_type s) { closesocket(s); }

#endif
