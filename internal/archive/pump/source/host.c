/* Calls a library of the chat archive (doc 91774) for another process, so that the library's faults stay here.
 *
 * Its argument is the library's file. It reads orders from its input, each a line with a letter and numbers, and the
 * bytes that the numbers count; it answers each with a line of numbers and the bytes that those count. It ends with
 * its input. What the library prints goes to stderr.
 *
 *   I corpid secret                        -> code
 *   C seq limit timeout proxy password     -> code length
 *   D key message                          -> code length
 *   M id index timeout proxy password      -> code finished index-length length
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "WeWorkFinanceSdk_C.h"

static FILE *out;

/* Returns that many bytes of the input and a NUL behind them. */
static char *take(unsigned long long n) {
    char *text = malloc((size_t)n + 1);
    if (text == NULL || fread(text, 1, (size_t)n, stdin) != n) exit(3);
    text[n] = 0;
    return text;
}

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "the library has no %s\n", name);
        exit(4);
    }
    return found;
}

/* A function of the library, with the type of its declaration. */
#define FIND(name) __typeof__(&name) find_##name = (__typeof__(&name))symbol(library, #name)

int main(int count, char **args) {
    if (count != 2) return 2;
    out = fdopen(dup(1), "wb");
    if (out == NULL || dup2(2, 1) < 0) return 3;
    void *library = dlopen(args[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 4;
    }
    FIND(NewSdk);
    FIND(Init);
    FIND(GetChatData);
    FIND(DecryptData);
    FIND(GetMediaData);
    FIND(NewSlice);
    FIND(FreeSlice);
    FIND(GetContentFromSlice);
    FIND(GetSliceLen);
    FIND(NewMediaData);
    FIND(FreeMediaData);
    FIND(GetOutIndexBuf);
    FIND(GetData);
    FIND(GetIndexLen);
    FIND(GetDataLen);
    FIND(IsMediaDataFinish);
    WeWorkFinanceSdk_t *sdk = find_NewSdk();
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned long long n[5] = {0};
        int ret;
        sscanf(line + 1, "%llu %llu %llu %llu %llu", &n[0], &n[1], &n[2], &n[3], &n[4]);
        if (line[0] == 'I') {
            char *corp = take(n[0]), *secret = take(n[1]);
            fprintf(out, "%d\n", find_Init(sdk, corp, secret));
            free(corp);
            free(secret);
        } else if (line[0] == 'C' || line[0] == 'D') {
            Slice_t *slice = find_NewSlice();
            char *a = take(line[0] == 'C' ? n[3] : n[0]), *b = take(line[0] == 'C' ? n[4] : n[1]);
            if (line[0] == 'C')
                ret = find_GetChatData(sdk, n[0], (unsigned int)n[1], a, b, (int)n[2], slice);
            else
                ret = find_DecryptData(a, b, slice);
            int len = ret == 0 ? find_GetSliceLen(slice) : 0;
            char *text = len > 0 ? find_GetContentFromSlice(slice) : NULL;
            if (text == NULL) len = 0;
            fprintf(out, "%d %d\n", ret, len);
            if (len > 0) fwrite(text, 1, (size_t)len, out);
            find_FreeSlice(slice);
            free(a);
            free(b);
        } else if (line[0] == 'M') {
            char *id = take(n[0]), *index = take(n[1]), *proxy = take(n[3]), *password = take(n[4]);
            MediaData_t *piece = find_NewMediaData();
            ret = find_GetMediaData(sdk, index, id, proxy, password, (int)n[2], piece);
            int next = 0, len = 0, finished = 0;
            if (ret == 0) {
                finished = find_IsMediaDataFinish(piece);
                next = finished ? 0 : find_GetIndexLen(piece);
                len = find_GetDataLen(piece);
            }
            fprintf(out, "%d %d %d %d\n", ret, finished, next, len);
            if (next > 0) fwrite(find_GetOutIndexBuf(piece), 1, (size_t)next, out);
            if (len > 0) fwrite(find_GetData(piece), 1, (size_t)len, out);
            find_FreeMediaData(piece);
            free(id);
            free(index);
            free(proxy);
            free(password);
        } else {
            return 2;
        }
        if (fflush(out) != 0) return 3;
    }
    return 0;
}
