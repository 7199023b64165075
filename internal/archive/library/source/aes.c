/* AES-256 in CBC mode, decryption alone (FIPS 197, SP 800-38A). The tables are computed, and never change. */
#include "qiwei.h"

#include <stdlib.h>
#include <string.h>

struct tables {
    unsigned char sbox[256], inverse[256];
    uint32_t mix[256]; /* a byte after the inverse of SubBytes, times the column of the inverse of MixColumns */
};

static unsigned char twice(unsigned char a) { return (unsigned char)(a << 1 ^ (a & 0x80 ? 0x1b : 0)); }

static unsigned char times(unsigned char a, int by) {
    unsigned char sum = 0;
    for (; by > 0; by >>= 1, a = twice(a))
        if (by & 1) sum ^= a;
    return sum;
}

static uint32_t column(unsigned char a) {
    return (uint32_t)times(a, 14) << 24 | (uint32_t)times(a, 9) << 16 | (uint32_t)times(a, 13) << 8 | times(a, 11);
}

static uint32_t turn(uint32_t w, int bits) { return bits == 0 ? w : w >> bits | w << (32 - bits); }

static void compute(struct tables *t) {
    unsigned char p = 1, q = 1; /* q is 1/p */
    do {
        p = p ^ twice(p);
        q ^= (unsigned char)(q << 1);
        q ^= (unsigned char)(q << 2);
        q ^= (unsigned char)(q << 4);
        if (q & 0x80) q ^= 0x09;
        unsigned char s = q;
        for (int i = 1; i < 5; i++) s ^= (unsigned char)(q << i | q >> (8 - i));
        t->sbox[p] = s ^ 0x63;
    } while (p != 1);
    t->sbox[0] = 0x63;
    for (int i = 0; i < 256; i++) t->inverse[t->sbox[i]] = (unsigned char)i;
    for (int i = 0; i < 256; i++) t->mix[i] = column(t->inverse[i]);
}

/* Computes them at the first use. Where two threads do it at once, one of them throws its own away. */
static const struct tables *tables(void) {
    static struct tables *ready;
    struct tables *t = __atomic_load_n(&ready, __ATOMIC_ACQUIRE);
    if (t != NULL) return t;
    t = malloc(sizeof *t);
    if (t == NULL) return NULL;
    compute(t);
    struct tables *none = NULL;
    if (__atomic_compare_exchange_n(&ready, &none, t, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return t;
    free(t);
    return none;
}

static uint32_t word(const unsigned char *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

enum { ROUNDS = 14, WORDS = 4 * (ROUNDS + 1) };

static uint32_t substitute(const struct tables *t, uint32_t w) {
    return (uint32_t)t->sbox[w >> 24] << 24 | (uint32_t)t->sbox[w >> 16 & 255] << 16 |
           (uint32_t)t->sbox[w >> 8 & 255] << 8 | t->sbox[w & 255];
}

/* The keys of the rounds, for the equivalent inverse cipher. */
static void expand(const struct tables *t, const unsigned char key[32], uint32_t keys[WORDS]) {
    unsigned char constant = 1;
    for (int i = 0; i < 8; i++) keys[i] = word(key + 4 * i);
    for (int i = 8; i < WORDS; i++) {
        uint32_t w = keys[i - 1];
        if (i % 8 == 0) {
            w = substitute(t, turn(w, 24)) ^ (uint32_t)constant << 24;
            constant = twice(constant);
        } else if (i % 8 == 4) {
            w = substitute(t, w);
        }
        keys[i] = keys[i - 8] ^ w;
    }
    for (int i = 4; i < WORDS - 4; i++) {
        uint32_t w = 0;
        for (int k = 0; k < 4; k++) w ^= turn(t->mix[t->sbox[keys[i] >> (24 - 8 * k) & 255]], 8 * k);
        keys[i] = w;
    }
}

/* The four words that a word of the next state comes from, by the inverse of ShiftRows. */
#define MIX(a, b, c, d) \
    (t->mix[(a) >> 24] ^ turn(t->mix[(b) >> 16 & 255], 8) ^ turn(t->mix[(c) >> 8 & 255], 16) ^ turn(t->mix[(d) & 255], 24))
#define LAST(a, b, c, d)                                                                      \
    ((uint32_t)t->inverse[(a) >> 24] << 24 | (uint32_t)t->inverse[(b) >> 16 & 255] << 16 |     \
     (uint32_t)t->inverse[(c) >> 8 & 255] << 8 | t->inverse[(d) & 255])

static void block(const struct tables *t, const uint32_t keys[WORDS], const unsigned char in[16], uint32_t out[4]) {
    const uint32_t *k = keys + WORDS - 4;
    uint32_t a = word(in) ^ k[0], b = word(in + 4) ^ k[1], c = word(in + 8) ^ k[2], d = word(in + 12) ^ k[3];
    for (int round = 1; round < ROUNDS; round++) {
        k -= 4;
        uint32_t e = MIX(a, d, c, b) ^ k[0], f = MIX(b, a, d, c) ^ k[1], g = MIX(c, b, a, d) ^ k[2];
        d = MIX(d, c, b, a) ^ k[3];
        a = e;
        b = f;
        c = g;
    }
    out[0] = LAST(a, d, c, b) ^ keys[0];
    out[1] = LAST(b, a, d, c) ^ keys[1];
    out[2] = LAST(c, b, a, d) ^ keys[2];
    out[3] = LAST(d, c, b, a) ^ keys[3];
}

int aes256_cbc_decrypt(const unsigned char key[32], const unsigned char iv[16], const unsigned char *in, size_t len,
                       unsigned char *out) {
    const struct tables *t = tables();
    if (t == NULL) return -1;
    uint32_t keys[WORDS], plain[4], before[4], now[4];
    expand(t, key, keys);
    for (int i = 0; i < 4; i++) before[i] = word(iv + 4 * i);
    for (; len >= 16; len -= 16, in += 16, out += 16) {
        for (int i = 0; i < 4; i++) now[i] = word(in + 4 * i);
        block(t, keys, in, plain);
        for (int i = 0; i < 4; i++) {
            uint32_t w = plain[i] ^ before[i];
            out[4 * i] = (unsigned char)(w >> 24);
            out[4 * i + 1] = (unsigned char)(w >> 16);
            out[4 * i + 2] = (unsigned char)(w >> 8);
            out[4 * i + 3] = (unsigned char)w;
        }
        memcpy(before, now, sizeof before);
    }
    return 0;
}
