/* Handles. Their memory belongs to a pool for ever: a handle that was freed, or freed twice, or that never was one, is
 * told from a living one without a look at foreign memory. There are no locks, so that a child after fork finds
 * nothing held by a thread that it does not have. */
#include "qiwei.h"

#include <stdlib.h>

/* A state is the magic number, how many calls are using the handle, and whether it lives. A free slot's is 0. */
#define MAGIC 0x71570000u
#define MAGIC_MASK 0xffff0000u
#define USER 2u
#define USERS_MASK 0x0000fffeu
#define LIVE 1u

static size_t chunk_slots(int i) { return i == 0 ? POOL_FIRST : (size_t)POOL_FIRST << (i - 1); }

static char *chunk_at(struct pool *p, int i) { return __atomic_load_n(&p->chunks[i], __ATOMIC_ACQUIRE); }

/* Doubles the slots. Where two threads do it at once, one of them throws its chunk away. */
static int grow(struct pool *p) {
    int i = 0;
    while (i < POOL_CHUNKS && chunk_at(p, i) != NULL) i++;
    if (i == POOL_CHUNKS) return 0;
    char *fresh = calloc(chunk_slots(i), p->size);
    if (fresh == NULL) return 0;
    char *none = NULL;
    if (!__atomic_compare_exchange_n(&p->chunks[i], &none, fresh, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) free(fresh);
    return 1;
}

static size_t capacity(struct pool *p) {
    size_t n = 0;
    for (int i = 0; i < POOL_CHUNKS && chunk_at(p, i) != NULL; i++) n += chunk_slots(i);
    return n;
}

static char *slot_at(struct pool *p, size_t index) {
    for (int i = 0;; i++) {
        if (index < chunk_slots(i)) return chunk_at(p, i) + index * p->size;
        index -= chunk_slots(i);
    }
}

/* The hand goes round like that of a clock, and half of the slots are free at least. So a slot that was freed rests
 * for some 500 others before it is used again, and who frees a handle twice frees nobody else's. */
void *pool_take(struct pool *p, size_t offset) {
    for (int attempt = 0; attempt < 3; attempt++) {
        size_t slots = capacity(p);
        if (slots == 0 || 2 * (size_t)__atomic_load_n(&p->live, __ATOMIC_RELAXED) >= slots) {
            if (!grow(p) && slots == 0) return NULL;
            slots = capacity(p);
        }
        for (size_t n = 0; n < slots; n++) {
            /* slots is a power of two, so the hand may overflow. */
            char *handle = slot_at(p, __atomic_fetch_add(&p->hand, 1, __ATOMIC_RELAXED) % slots);
            struct slot *s = (struct slot *)(void *)(handle + offset);
            uint32_t free_state = 0;
            if (__atomic_compare_exchange_n(&s->state, &free_state, MAGIC | LIVE, 0, __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED)) {
                __atomic_fetch_add(&p->live, 1, __ATOMIC_RELAXED);
                return handle;
            }
        }
    }
    return NULL;
}

int pool_owns(struct pool *p, const void *handle) {
    uintptr_t at = (uintptr_t)handle;
    for (int i = 0; i < POOL_CHUNKS; i++) {
        uintptr_t from = (uintptr_t)chunk_at(p, i);
        if (from == 0) break;
        if (at >= from && at - from < chunk_slots(i) * p->size) return (at - from) % p->size == 0;
    }
    return 0;
}

static int living(uint32_t state) { return (state & MAGIC_MASK) == MAGIC && (state & LIVE); }

int slot_live(const struct slot *s) { return living(__atomic_load_n(&s->state, __ATOMIC_ACQUIRE)); }

int slot_enter(struct slot *s, int alone) {
    uint32_t was = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
    do {
        uint32_t users = was & USERS_MASK;
        if (!living(was) || (alone && users != 0) || users == USERS_MASK) return 0;
    } while (!__atomic_compare_exchange_n(&s->state, &was, was + USER, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return 1;
}

int slot_leave(struct slot *s) { return __atomic_sub_fetch(&s->state, USER, __ATOMIC_ACQ_REL) == MAGIC; }

int slot_doom(struct slot *s) {
    uint32_t was = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);
    do {
        if (!living(was)) return 0;
    } while (!__atomic_compare_exchange_n(&s->state, &was, was & ~LIVE, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return (was & USERS_MASK) == 0;
}

void slot_free(struct pool *p, struct slot *s) {
    __atomic_fetch_sub(&p->live, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&s->state, 0, __ATOMIC_RELEASE);
}
