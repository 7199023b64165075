/* Calls the library, which is loaded by its path as programs load it, and prints what it answers.
 *
 *   driver LIBRARY OPTION=VALUE ... COMMAND ...
 *
 *   chatdata SEQ LIMIT    the code, then the slice
 *   decrypt KEY MESSAGE   the same
 *   media FILEID FILE     pulls a whole file, prints the codes of faults, and the number of pieces
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

struct functions F;

#define LOAD(name) (*(void **)&F.name = dlsym(library, #name))

void load(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(3);
    }
    if (!LOAD(NewSdk) || !LOAD(Init) || !LOAD(GetChatData) || !LOAD(DecryptData) || !LOAD(GetMediaData) ||
        !LOAD(DestroySdk) || !LOAD(NewSlice) || !LOAD(FreeSlice) || !LOAD(GetContentFromSlice) || !LOAD(GetSliceLen) ||
        !LOAD(NewMediaData) || !LOAD(FreeMediaData) || !LOAD(GetOutIndexBuf) || !LOAD(GetData) || !LOAD(GetIndexLen) ||
        !LOAD(GetDataLen) || !LOAD(IsMediaDataFinish)) {
        fprintf(stderr, "%s\n", dlerror());
        exit(3);
    }
}

static const char *corp = "", *secret = "", *proxy = NULL, *passwd = NULL;
static int timeout = 60; /* machines that test are slow */

static int option(const char *word) {
    const char *value = strchr(word, '=');
    if (value == NULL) return 0;
    value++;
    if (strncmp(word, "corp=", 5) == 0) corp = value;
    else if (strncmp(word, "secret=", 7) == 0) secret = value;
    else if (strncmp(word, "proxy=", 6) == 0) proxy = value;
    else if (strncmp(word, "passwd=", 7) == 0) passwd = value;
    else if (strncmp(word, "timeout=", 8) == 0) timeout = atoi(value);
    else return 0;
    return 1;
}

static void print(int code, Slice_t *s) {
    printf("%d\n", code);
    if (s->buf != NULL && s->buf[s->len] != 0) abort();
    if (s->buf != F.GetContentFromSlice(s) || s->len != F.GetSliceLen(s)) abort();
    if (s->len > 0) fwrite(s->buf, 1, (size_t)s->len, stdout);
}

static void media(WeWorkFinanceSdk_t *sdk, const char *id, const char *path) {
    FILE *f = fopen(path, "wb");
    MediaData_t *m = F.NewMediaData();
    int pieces = 0, faults = 0;
    do {
        /* The index is that of the same media data, as some programs pass it. */
        int code = F.GetMediaData(sdk, F.GetOutIndexBuf(m), id, proxy, passwd, timeout, m);
        if (code != 0) {
            printf("%d\n", code);
            if (++faults == 3) break;
            continue;
        }
        pieces++;
        if (F.GetDataLen(m) > 0) fwrite(F.GetData(m), 1, (size_t)F.GetDataLen(m), f);
    } while (!F.IsMediaDataFinish(m));
    printf("%d pieces\n", pieces);
    F.FreeMediaData(m);
    fclose(f);
}

int main(int argc, char **argv) {
    int i = 2;
    if (argc < 3) return 2;
    load(argv[1]);
    while (i < argc && option(argv[i])) i++;
    WeWorkFinanceSdk_t *sdk = F.NewSdk();
    Slice_t *slice = F.NewSlice();
    const char *command = argv[i];
    if (strcmp(command, "decrypt") == 0) {
        print(F.DecryptData(argv[i + 1], argv[i + 2], slice), slice);
    } else {
        int code = F.Init(sdk, corp, secret);
        if (code != 0) printf("init %d\n", code);
        else if (strcmp(command, "chatdata") == 0)
            print(F.GetChatData(sdk, strtoull(argv[i + 1], NULL, 10), (unsigned)strtoul(argv[i + 2], NULL, 10), proxy,
                                passwd, timeout, slice),
                  slice);
        else if (strcmp(command, "media") == 0) media(sdk, argv[i + 1], argv[i + 2]);
        else return stress(sdk, proxy, timeout, command, argc - i - 1, argv + i + 1);
    }
    F.FreeSlice(slice);
    F.DestroySdk(sdk);
    return 0;
}
