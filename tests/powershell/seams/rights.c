// User rights of the LSA: Wine's says yes to all and stores nothing. Statuses and access masks as documented.
#include "seams.h"

#define MAGIC 0x414F5650
#define NO_MORE_ENTRIES ((NTSTATUS)0x8000001A)
#define NO_SUCH_PRIVILEGE ((NTSTATUS)0xC0000060)
#define NAME_NOT_FOUND ((NTSTATUS)0xC0000034)
#define MOST 16384
#define LENT 64
#define READING (POLICY_VIEW_LOCAL_INFORMATION | POLICY_LOOKUP_NAMES)

static const WCHAR *known[] = {
    L"SeNetworkLogonRight", L"SeDenyNetworkLogonRight", L"SeInteractiveLogonRight", L"SeDenyInteractiveLogonRight",
    L"SeBatchLogonRight", L"SeDenyBatchLogonRight", L"SeServiceLogonRight", L"SeDenyServiceLogonRight",
    L"SeRemoteInteractiveLogonRight", L"SeDenyRemoteInteractiveLogonRight", L"SeAssignPrimaryTokenPrivilege",
    L"SeAuditPrivilege", L"SeBackupPrivilege", L"SeChangeNotifyPrivilege", L"SeCreateGlobalPrivilege",
    L"SeDebugPrivilege", L"SeImpersonatePrivilege", L"SeRestorePrivilege", L"SeSecurityPrivilege",
    L"SeShutdownPrivilege", L"SeSystemtimePrivilege", L"SeTakeOwnershipPrivilege", L"SeTcbPrivilege", 0};

static LONG open_policies;
static PVOID lent[LENT];

// For tests: policies and lists of holders that were asked for and not given back.
DWORD WINAPI AovpnSeamsInUse(void) {
    DWORD count = open_policies;
    for (int one = 0; one < LENT; one++) count += lent[one] != 0;
    return count;
}

// Puts one pointer in the place of another; false where that is not there.
static BOOL replace(PVOID old, PVOID new) {
    for (int one = 0; one < LENT; one++)
        if (InterlockedCompareExchangePointer(lent + one, new, old) == old) return TRUE;
    return FALSE;
}

NTSTATUS WINAPI SeamLsaFreeMemory(PVOID buffer) {
    typedef NTSTATUS (WINAPI *FREER)(PVOID);
    if (buffer) replace(buffer, 0);
    return ((FREER)real_function("LsaFreeMemory"))(buffer);
}

// .NET looks names up with POLICY_LOOKUP_NAMES alone, and closes when its finalizer runs.
static BOOL is_counted(const POLICY *policy) { return policy->access != POLICY_LOOKUP_NAMES; }

FARPROC real_function(const char *name) { return GetProcAddress(GetModuleHandleA("advapi32.dll"), name); }

POLICY *policy_of(LSA_HANDLE handle) {
    POLICY *policy = handle;
    return policy && policy->magic == MAGIC ? policy : 0;
}

static DWORD denied(void) {
    DWORD mask = 0, size = sizeof mask;
    RegGetValueW(HKEY_LOCAL_MACHINE, STORE L"UserRights", L"DeniedAccess", RRF_RT_REG_DWORD, 0, &mask, &size);
    return mask;
}

NTSTATUS WINAPI SeamLsaOpenPolicy(
    PLSA_UNICODE_STRING system, PLSA_OBJECT_ATTRIBUTES attributes, ACCESS_MASK access, PLSA_HANDLE handle) {
    typedef NTSTATUS (WINAPI *OPEN)(PLSA_UNICODE_STRING, PLSA_OBJECT_ATTRIBUTES, ACCESS_MASK, PLSA_HANDLE);
    if (!attributes || !handle) return INVALID_PARAMETER_STATUS;
    // Ours says its length, as documented; .NET does not.
    if (access != POLICY_LOOKUP_NAMES && attributes->Length != sizeof *attributes) return INVALID_PARAMETER_STATUS;
    if (access & denied()) return ACCESS_DENIED_STATUS;
    POLICY *policy = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *policy);
    NTSTATUS status = ((OPEN)real_function("LsaOpenPolicy"))(system, attributes, access, &policy->real);
    if (status) { HeapFree(GetProcessHeap(), 0, policy); return status; }
    policy->magic = MAGIC; policy->access = access; *handle = policy;
    if (is_counted(policy)) InterlockedIncrement(&open_policies);
    return OK_STATUS;
}

NTSTATUS WINAPI SeamLsaClose(LSA_HANDLE handle) {
    typedef NTSTATUS (WINAPI *CLOSER)(LSA_HANDLE);
    POLICY *policy = policy_of(handle);
    if (!policy) return (NTSTATUS)0xC0000008;
    NTSTATUS status = ((CLOSER)real_function("LsaClose"))(policy->real);
    if (is_counted(policy)) InterlockedDecrement(&open_policies);
    policy->magic = 0; HeapFree(GetProcessHeap(), 0, policy);
    return status;
}

// The name of a right that Windows knows, zero-terminated; 0 for any other.
static NTSTATUS right_of(PLSA_UNICODE_STRING name, WCHAR *right) {
    if (!name || !name->Buffer || name->Length % 2 || name->Length > name->MaximumLength || name->Length > 250)
        return INVALID_PARAMETER_STATUS;
    memcpy(right, name->Buffer, name->Length); right[name->Length / 2] = 0;
    for (const WCHAR **one = known; *one; one++) if (!_wcsicmp(*one, right)) { wcscpy(right, *one); return OK_STATUS; }
    return NO_SUCH_PRIVILEGE;
}

// The SIDs that hold a right: texts one after the other, an empty one at the end.
static void holders(const WCHAR *right, WCHAR *list) {
    DWORD size = (MOST - 2) * sizeof *list;
    memset(list, 0, MOST * sizeof *list);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, STORE L"UserRights", right, RRF_RT_REG_MULTI_SZ, 0, list, &size)) *list = 0;
}

NTSTATUS WINAPI SeamLsaEnumerateAccountsWithUserRight(LSA_HANDLE handle, PLSA_UNICODE_STRING name, PVOID *buffer, PULONG count) {
    static WCHAR list[MOST];
    WCHAR right[128]; POLICY *policy = policy_of(handle);
    if (!policy) return (NTSTATUS)0xC0000008;
    if ((policy->access & READING) != READING) return ACCESS_DENIED_STATUS;
    NTSTATUS status = right_of(name, right);
    if (status) return status;
    holders(right, list);
    ULONG number = 0; SIZE_T bytes = 0;
    for (WCHAR *one = list; *one; one += wcslen(one) + 1) number++, bytes += sizeof(PSID) + SECURITY_MAX_SID_SIZE;
    *count = number;
    if (!number) { *buffer = 0; return NO_MORE_ENTRIES; }
    PSID *sids = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, bytes);
    BYTE *at = (BYTE *)(sids + number); ULONG place = 0;
    for (WCHAR *one = list; *one; one += wcslen(one) + 1) {
        PSID sid;
        if (!ConvertStringSidToSidW(one, &sid)) { HeapFree(GetProcessHeap(), 0, sids); return INVALID_PARAMETER_STATUS; }
        CopySid(SECURITY_MAX_SID_SIZE, at, sid); LocalFree(sid);
        sids[place++] = at; at += SECURITY_MAX_SID_SIZE;
    }
    *buffer = sids;
    replace(0, sids);
    return OK_STATUS;
}

// Writes the holders of a right without one SID, and with it at the end where it is to hold the right.
static NTSTATUS change(const WCHAR *right, const WCHAR *sid, BOOL held) {
    static WCHAR list[MOST], made[MOST];
    BOOL was = FALSE; WCHAR *end = made; HKEY key;
    holders(right, list); memset(made, 0, sizeof made);
    for (WCHAR *one = list; *one; one += wcslen(one) + 1) {
        if (!_wcsicmp(one, sid)) { was = TRUE; if (!held) continue; }
        wcscpy(end, one); end += wcslen(one) + 1;
    }
    if (!was && !held) return NAME_NOT_FOUND;
    if (!was) { wcscpy(end, sid); end += wcslen(sid) + 1; }
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, STORE L"UserRights", 0, 0, 0, KEY_SET_VALUE, 0, &key, 0)) return ACCESS_DENIED_STATUS;
    RegSetValueExW(key, right, 0, REG_MULTI_SZ, (BYTE *)made, (DWORD)((end + 1 - made) * sizeof *made));
    RegCloseKey(key);
    return OK_STATUS;
}

static NTSTATUS change_all(LSA_HANDLE handle, ACCESS_MASK needed, PSID sid, PLSA_UNICODE_STRING names, ULONG count, BOOL held) {
    POLICY *policy = policy_of(handle); LPWSTR text; WCHAR right[128]; NTSTATUS status = OK_STATUS;
    if (!policy) return (NTSTATUS)0xC0000008;
    if ((policy->access & needed) != needed) return ACCESS_DENIED_STATUS;
    if (!IsValidSid(sid) || !ConvertSidToStringSidW(sid, &text)) return INVALID_PARAMETER_STATUS;
    for (ULONG one = 0; one < count && !status; one++)
        if (!(status = right_of(names + one, right))) status = change(right, text, held);
    LocalFree(text);
    return status;
}

NTSTATUS WINAPI SeamLsaAddAccountRights(LSA_HANDLE handle, PSID sid, PLSA_UNICODE_STRING names, ULONG count) {
    return change_all(handle, POLICY_CREATE_ACCOUNT | POLICY_LOOKUP_NAMES, sid, names, count, TRUE);
}

NTSTATUS WINAPI SeamLsaRemoveAccountRights(LSA_HANDLE handle, PSID sid, BOOLEAN all, PLSA_UNICODE_STRING names, ULONG count) {
    if (all) {  // every right of the account
        for (const WCHAR **one = known; *one; one++) {
            LSA_UNICODE_STRING name = {(USHORT)(wcslen(*one) * 2), (USHORT)(wcslen(*one) * 2 + 2), (WCHAR *)*one};
            NTSTATUS status = change_all(handle, POLICY_LOOKUP_NAMES, sid, &name, 1, FALSE);
            if (status && status != NAME_NOT_FOUND) return status;
        }
        return OK_STATUS;
    }
    return change_all(handle, POLICY_LOOKUP_NAMES, sid, names, count, FALSE);
}
