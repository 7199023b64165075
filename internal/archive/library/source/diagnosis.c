/* What the library says on stderr where QIWEI_DEBUG asks for it, and a lock. */
#include "qiwei.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void say(const char *format, ...) {
    const char *wanted = getenv("QIWEI_DEBUG");
    if (wanted == NULL || wanted[0] == 0 || (wanted[0] == '0' && wanted[1] == 0)) return;
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fprintf(stderr, "qiwei archive library: %s\n", line);
}

void lock_take(struct lock *l) {
    uint32_t self = port_process();
    for (int tries = 1;; tries++) {
        uint32_t holder = 0;
        if (__atomic_compare_exchange_n(&l->holder, &holder, self, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
        /* Held by a thread of the process that this one was forked from: it will never leave it here. */
        if (holder != self &&
            __atomic_compare_exchange_n(&l->holder, &holder, self, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return;
        if (tries % 16 == 0) port_yield();
    }
}

void lock_leave(struct lock *l) { __atomic_store_n(&l->holder, 0, __ATOMIC_RELEASE); }
