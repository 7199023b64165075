#include "WeWorkFinanceSdk_C.h"

/* The library's functions, by pointers. */
extern struct functions {
    __typeof__(NewSdk) *NewSdk;
    __typeof__(Init) *Init;
    __typeof__(GetChatData) *GetChatData;
    __typeof__(DecryptData) *DecryptData;
    __typeof__(GetMediaData) *GetMediaData;
    __typeof__(DestroySdk) *DestroySdk;
    __typeof__(NewSlice) *NewSlice;
    __typeof__(FreeSlice) *FreeSlice;
    __typeof__(GetContentFromSlice) *GetContentFromSlice;
    __typeof__(GetSliceLen) *GetSliceLen;
    __typeof__(NewMediaData) *NewMediaData;
    __typeof__(FreeMediaData) *FreeMediaData;
    __typeof__(GetOutIndexBuf) *GetOutIndexBuf;
    __typeof__(GetData) *GetData;
    __typeof__(GetIndexLen) *GetIndexLen;
    __typeof__(GetDataLen) *GetDataLen;
    __typeof__(IsMediaDataFinish) *IsMediaDataFinish;
} F;

/* Runs one of the trials of stress.c; returns what main does. */
int stress(WeWorkFinanceSdk_t *sdk, const char *proxy, int timeout, const char *what, int argc, char **argv);
