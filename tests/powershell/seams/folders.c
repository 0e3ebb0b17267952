// The access list that a folder is made with: Wine makes bits of it and keeps nothing else. It is kept by path, with the
// inode and the bits, so that a folder that somebody else has made in its place has none: Linux gives a number again.
#include "seams.h"
#include <aclapi.h>

typedef struct { DWORD volume, high, low; BYTE bits[512]; } IDENTITY;
typedef struct { IDENTITY folder; BYTE descriptor[4096]; } ENTRY;

static BOOL identity_of(const WCHAR *path, IDENTITY *identity) {
    BY_HANDLE_FILE_INFORMATION found; DWORD needed;
    HANDLE handle = CreateFileW(path, 0, 7, 0, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, 0);
    if (handle == INVALID_HANDLE_VALUE) return FALSE;
    BOOL done = GetFileInformationByHandle(handle, &found);
    CloseHandle(handle);
    memset(identity, 0, sizeof *identity);
    identity->volume = found.dwVolumeSerialNumber;
    identity->high = found.nFileIndexHigh; identity->low = found.nFileIndexLow;
    return done && GetFileSecurityW(path, DACL_SECURITY_INFORMATION, identity->bits, sizeof identity->bits, &needed);
}

static void name_of(const WCHAR *path, WCHAR *name) {
    if (!wcsncmp(path, L"\\\\?\\", 4)) path += 4;
    if (!GetFullPathNameW(path, 1024, name, 0)) wcsncpy(name, path, 1023);
    for (WCHAR *end = name + wcslen(name); end > name && end[-1] == L'\\'; ) *--end = 0;
    CharLowerW(name);
}

// Absolute descriptors are made self-relative; 0 where there is none to keep.
static DWORD relative(PSECURITY_DESCRIPTOR given, BYTE *made, DWORD size) {
    SECURITY_DESCRIPTOR_CONTROL control; DWORD revision;
    if (!given || !GetSecurityDescriptorControl(given, &control, &revision)) return 0;
    if (control & SE_SELF_RELATIVE) {
        DWORD length = GetSecurityDescriptorLength(given);
        if (length > size) return 0;
        memcpy(made, given, length);
        return length;
    }
    return MakeSelfRelativeSD(given, made, &size) ? size : 0;
}

static void keep(const WCHAR *path, PSECURITY_DESCRIPTOR descriptor) {
    static WCHAR name[1024]; ENTRY entry; HKEY key;
    DWORD length = relative(descriptor, entry.descriptor, sizeof entry.descriptor);
    if (!length || !SetFileSecurityW(path, DACL_SECURITY_INFORMATION, descriptor)) return;
    if (!identity_of(path, &entry.folder)) return;
    name_of(path, name);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, STORE L"AccessLists", 0, 0, 0, KEY_SET_VALUE, 0, &key, 0)) return;
    RegSetValueExW(key, name, 0, REG_BINARY, (BYTE *)&entry, (DWORD)(sizeof entry.folder) + length);
    RegCloseKey(key);
}

static BOOL kept(const WCHAR *path, ENTRY *entry) {
    static WCHAR name[1024]; DWORD size = sizeof *entry; IDENTITY now;
    name_of(path, name);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, STORE L"AccessLists", name, RRF_RT_REG_BINARY, 0, entry, &size)) return FALSE;
    return identity_of(path, &now) && !memcmp(&now, &entry->folder, sizeof now);
}

BOOL WINAPI SeamCreateDirectoryW(LPCWSTR path, LPSECURITY_ATTRIBUTES attributes) {
    if (!CreateDirectoryW(path, 0)) return FALSE;
    if (attributes && attributes->lpSecurityDescriptor) keep(path, attributes->lpSecurityDescriptor);
    return TRUE;
}

DWORD WINAPI SeamGetNamedSecurityInfoW(
    LPWSTR path, SE_OBJECT_TYPE type, SECURITY_INFORMATION what, PSID *owner, PSID *group, PACL *dacl, PACL *sacl,
    PSECURITY_DESCRIPTOR *descriptor) {
    ENTRY entry; BOOL present, defaulted; SECURITY_DESCRIPTOR_CONTROL control; DWORD revision;
    if (type != SE_FILE_OBJECT || !descriptor || !kept(path, &entry))
        return GetNamedSecurityInfoW(path, type, what, owner, group, dacl, sacl, descriptor);
    DWORD length = GetSecurityDescriptorLength(entry.descriptor);
    *descriptor = LocalAlloc(LPTR, length);
    memcpy(*descriptor, entry.descriptor, length);
    GetSecurityDescriptorControl(*descriptor, &control, &revision);
    if (owner) GetSecurityDescriptorOwner(*descriptor, owner, &defaulted);
    if (group) GetSecurityDescriptorGroup(*descriptor, group, &defaulted);
    if (dacl) GetSecurityDescriptorDacl(*descriptor, &present, dacl, &defaulted);
    if (sacl) *sacl = 0;
    return ERROR_SUCCESS;
}
