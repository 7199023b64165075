/* What a host may do to the library without being ended by it.
 *
 *   abuse                     NULLs, strangers' pointers, double frees, handles after their end
 *   pulls N LIMIT             N pulls on one handle, with the memory in KiB before and after
 *   threads N SECONDS         threads that share, pass on and free handles of each other
 *   forks N THREADS           children that pull, free and destroy what their parent's threads use
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"

static const char *proxy;
static int timeout;

static void check(int good, const char *what) {
    if (good) return;
    fprintf(stderr, "failed: %s\n", what);
    exit(1);
}

static int pull(WeWorkFinanceSdk_t *sdk, Slice_t *s) { return F.GetChatData(sdk, 0, 10, proxy, NULL, timeout, s); }

static int abuse(WeWorkFinanceSdk_t *sdk) {
    Slice_t *s = F.NewSlice(), *freed = F.NewSlice(), own = {0};
    MediaData_t *m = F.NewMediaData();
    char stranger[4096] = {0};
    check(F.Init(NULL, "a", "b") == 10000 && F.Init(sdk, NULL, "b") == 10000 && F.Init(sdk, "a", "") == 10000, "Init");
    check(F.GetChatData(NULL, 0, 1, NULL, NULL, 1, s) == 10000, "no sdk");
    check(F.GetChatData(sdk, 0, 1, NULL, NULL, 1, NULL) == 10000, "no slice");
    check(F.GetChatData(sdk, 0, 1, NULL, NULL, 1, &own) == 10000 && own.buf == NULL, "a slice of the caller's");
    check(F.GetChatData(sdk, 0, 1, NULL, NULL, 1, (Slice_t *)(void *)sdk) == 10000, "an sdk for a slice");
    check(F.GetChatData((WeWorkFinanceSdk_t *)(void *)s, 0, 1, NULL, NULL, 1, s) == 10000, "a slice for an sdk");
    check(F.GetChatData(sdk, 0, 1, NULL, NULL, 1, (Slice_t *)((char *)s + 8)) == 10000, "a pointer into a slice");
    check(F.GetChatData(sdk, 0, 0, NULL, NULL, 1, s) == 10000 && F.GetChatData(sdk, 0, 1001, NULL, NULL, 1, s) == 10000,
          "limit");
    check(F.GetChatData(sdk, 0, 1, "ftp://a", NULL, 1, s) == 10000, "a proxy of another kind");
    check(F.DecryptData(NULL, NULL, s) == 10000 && F.DecryptData("a", "b", NULL) == 10000, "DecryptData");
    check(F.DecryptData("a", "b", s) == 10008, "a key that is none");
    check(F.GetMediaData(sdk, NULL, NULL, NULL, NULL, 1, m) == 10000, "no file");
    check(F.GetMediaData(sdk, NULL, "a", NULL, NULL, 1, NULL) == 10000, "no media data");
    void *bad[] = {NULL, stranger, stranger + 64, (void *)1, (void *)~(size_t)0, sdk};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (bad[i] != sdk) F.DestroySdk(bad[i]);
        F.FreeSlice(bad[i]);
        F.FreeMediaData(bad[i]);
        check(F.GetContentFromSlice(bad[i]) == NULL && F.GetSliceLen(bad[i]) == 0, "a slice that is none");
        check(F.GetData(bad[i]) == NULL && F.GetDataLen(bad[i]) == 0 && F.GetOutIndexBuf(bad[i]) == NULL &&
                  F.GetIndexLen(bad[i]) == 0 && F.IsMediaDataFinish(bad[i]) == 0,
              "media data that are none");
    }
    check(pull(sdk, s) == 0 && pull(sdk, s) == 0 && pull(sdk, freed) == 0, "pulls into the same slice");
    F.FreeSlice(freed);
    freed->len = 0; /* as some programs do */
    freed->buf = NULL;
    F.FreeSlice(freed);
    check(pull(sdk, freed) == 10000, "a slice that was freed");
    for (int i = 0; i < 400; i++) { /* none of them is the one that was freed, so freeing it again harms nobody */
        Slice_t *other = F.NewSlice();
        F.FreeSlice(freed);
        check(pull(sdk, s) == 0 && other != freed && F.GetSliceLen(s) > 0, "another's slice");
        F.FreeSlice(other);
        i += 20;
    }
    s->buf = stranger; /* what clients write into a slice is not trusted */
    s->len = -5;
    check(pull(sdk, s) == 0, "a slice that was written to");
    F.FreeMediaData(m);
    F.FreeMediaData(m);
    check(F.GetMediaData(sdk, "", "a", NULL, NULL, 1, m) == 10000, "media data that were freed");
    F.DestroySdk(sdk);
    F.DestroySdk(sdk);
    check(pull(sdk, s) == 10000, "an sdk that was destroyed");
    check(F.Init(sdk, "a", "b") == 10000, "Init of an sdk that was destroyed");
    F.FreeSlice(s);
    puts("ok");
    return 0;
}

/* In KiB. */
static long resident(void) {
    FILE *f = fopen("/proc/self/statm", "r");
    long pages = 0, all;
    if (f == NULL || fscanf(f, "%ld %ld", &all, &pages) != 2) pages = 0;
    if (f != NULL) fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int pulls(WeWorkFinanceSdk_t *sdk, int n, unsigned limit, const char *corp, const char *secret) {
    long before = 0;
    for (int i = 0; i < n; i++) {
        if (i == n / 10) before = resident();
        Slice_t *s = F.NewSlice();
        MediaData_t *m = F.NewMediaData();
        check(F.GetChatData(sdk, 0, limit, proxy, NULL, timeout, s) == 0 && F.GetSliceLen(s) > 0, "a pull");
        F.FreeMediaData(m);
        F.FreeSlice(s);
        if (i % 100 == 0) { /* as programs that make a handle for each call do */
            WeWorkFinanceSdk_t *other = F.NewSdk();
            check(F.Init(other, corp, secret) == 0, "Init");
            F.DestroySdk(other);
        }
    }
    printf("%ld %ld\n", before, resident());
    return 0;
}

enum { SHARED = 64 };
static WeWorkFinanceSdk_t *sdks[4];
static Slice_t *shared[SHARED];
static long done;
static volatile time_t until;
static const char *corp_name, *secret_name;

static unsigned next(unsigned *seed) { return *seed = *seed * 1103515245u + 12345u, *seed >> 16; }

static void *thread(void *at) {
    unsigned seed = (unsigned)(size_t)at + 1;
    while (time(NULL) < until) {
        unsigned i = next(&seed) % SHARED, k = next(&seed) % 4;
        Slice_t *s = __atomic_load_n(&shared[i], __ATOMIC_ACQUIRE);
        WeWorkFinanceSdk_t *sdk = __atomic_load_n(&sdks[k], __ATOMIC_ACQUIRE);
        switch (next(&seed) % 8) {
        case 0: /* another's slice is freed, perhaps while that one fills it, and replaced */
            F.FreeSlice(s);
            __atomic_store_n(&shared[i], F.NewSlice(), __ATOMIC_RELEASE);
            break;
        case 1:
            F.GetSliceLen(s);
            F.IsMediaDataFinish((MediaData_t *)(void *)s);
            break;
        case 2:
            F.DestroySdk(sdk);
            sdk = F.NewSdk();
            if (next(&seed) % 4) F.Init(sdk, corp_name, secret_name);
            __atomic_store_n(&sdks[k], sdk, __ATOMIC_RELEASE);
            break;
        default: {
            int code = pull(sdk, s);
            check(code == 0 || code == 10000, "a pull of many");
            if (code == 0) __atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
        }
        }
    }
    return NULL;
}

static void start(pthread_t *all, int n, int seconds) {
    until = time(NULL) + seconds;
    for (int i = 0; i < SHARED; i++) shared[i] = F.NewSlice();
    for (int i = 0; i < 4; i++) {
        sdks[i] = F.NewSdk();
        check(F.Init(sdks[i], corp_name, secret_name) == 0, "Init");
    }
    for (int i = 0; i < n; i++) check(pthread_create(&all[i], NULL, thread, (void *)(size_t)i) == 0, "a thread");
}

static void finish(pthread_t *all, int n) {
    for (int i = 0; i < n; i++) pthread_join(all[i], NULL);
    for (int i = 0; i < SHARED; i++) F.FreeSlice(shared[i]);
    for (int i = 0; i < 4; i++) F.DestroySdk(sdks[i]);
    check(n == 0 || done > 0, "pulls of many");
    printf("%ld pulls\n", done);
}

static int child(WeWorkFinanceSdk_t *sdk, Slice_t *s) {
    alarm(100); /* a child that waits for a lock for ever is found out */
    for (int i = 0; i < SHARED; i++) F.FreeSlice(shared[i]);
    Slice_t *own = F.NewSlice();
    if (pull(sdk, own) != 0 || F.GetSliceLen(own) == 0) return 1;
    if (s->len > 0 && strlen(s->buf) != (size_t)s->len) return 2;
    F.FreeSlice(s);
    F.FreeSlice(own);
    for (int i = 0; i < 4; i++) F.DestroySdk(sdks[i]);
    F.DestroySdk(sdk);
    return 0;
}

static int forks(WeWorkFinanceSdk_t *sdk, int n, int threads) {
    pthread_t all[64];
    Slice_t *s = F.NewSlice();
    check(pull(sdk, s) == 0, "a pull before the forks");
    start(all, threads, 3600);
    for (int i = 0; i < n; i++) {
        int status;
        pid_t pid = fork();
        check(pid >= 0, "fork");
        if (pid == 0) _exit(child(sdk, s));
        check(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "a child was ended by a signal");
        check(WEXITSTATUS(status) == 0, "a child's pull");
        check(pull(sdk, s) == 0, "the parent's pull");
    }
    until = 0;
    finish(all, threads);
    F.FreeSlice(s);
    F.DestroySdk(sdk);
    return 0;
}

int stress(WeWorkFinanceSdk_t *sdk, const char *p, int t, const char *what, int argc, char **argv) {
    int n = argc > 0 ? atoi(argv[0]) : 0;
    proxy = p;
    timeout = t;
    corp_name = getenv("TEST_CORP");
    secret_name = getenv("TEST_SECRET");
    if (strcmp(what, "abuse") == 0) return abuse(sdk);
    if (strcmp(what, "pulls") == 0 && argc > 1) return pulls(sdk, n, (unsigned)atoi(argv[1]), corp_name, secret_name);
    if (strcmp(what, "threads") == 0 && argc > 1 && n <= 64) {
        pthread_t all[64];
        start(all, n, atoi(argv[1]));
        finish(all, n);
        F.DestroySdk(sdk);
        return 0;
    }
    if (strcmp(what, "forks") == 0 && argc > 1 && atoi(argv[1]) <= 64) return forks(sdk, n, atoi(argv[1]));
    return 2;
}
