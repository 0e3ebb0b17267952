// What the programs share: values of the registry, and the words that Windows itself has for its errors.
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define STORE L"SOFTWARE\\AovpnStandIn\\"
#define SERVICES L"SYSTEM\\CurrentControlSet\\Services\\"
#define LIST 4096
#define NAME 512

static inline DWORD number_at(const WCHAR *key, const WCHAR *name, DWORD otherwise) {
    DWORD value, size = sizeof value;
    LSTATUS missing = RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, NULL, &value, &size);
    return missing ? otherwise : value;
}

static inline LSTATUS put(const WCHAR *key, const WCHAR *name, DWORD type, const void *data, DWORD size) {
    return RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, name, type, data, size);
}

static inline LSTATUS put_number(const WCHAR *key, const WCHAR *name, DWORD value) {
    return put(key, name, REG_DWORD, &value, sizeof value);
}

// The texts of a REG_MULTI_SZ, each ended by a NUL, the last by two; none where it is missing.
static inline const WCHAR *list_at(const WCHAR *key, const WCHAR *name, WCHAR *buffer) {
    DWORD size = (LIST - 2) * sizeof *buffer;
    memset(buffer, 0, LIST * sizeof *buffer);
    RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_MULTI_SZ, NULL, buffer, &size);
    return buffer;
}

static inline void say_error(DWORD code) {
    WCHAR text[NAME] = L"";
    FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, text, NAME, NULL);
    text[wcscspn(text, L"\r\n")] = 0;
    wprintf(L"%ls\r\n", text);
}
