// Names of accounts that this machine cannot know: of a domain, of services, of a Windows in another language.
#include "seams.h"

#define NONE_MAPPED ((NTSTATUS)0xC0000073)

typedef struct { WCHAR name[520]; BYTE sid[SECURITY_MAX_SID_SIZE]; } ACCOUNT;
typedef BOOL (*IS_IT)(const ACCOUNT *, const void *);

// The first account of the registry that a question fits.
static BOOL find(IS_IT fits, const void *question, ACCOUNT *found) {
    HKEY key; BOOL is_there = FALSE;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, STORE L"Accounts", 0, KEY_READ, &key)) return FALSE;
    for (DWORD place = 0; !is_there; place++) {
        WCHAR text[200]; DWORD length = 520, size = sizeof text; PSID sid;
        if (RegEnumValueW(key, place, found->name, &length, 0, 0, (BYTE *)text, &size)) break;
        if (!ConvertStringSidToSidW(text, &sid)) continue;
        CopySid(sizeof found->sid, found->sid, sid); LocalFree(sid);
        is_there = fits(found, question);
    }
    RegCloseKey(key);
    return is_there;
}

static BOOL has_sid(const ACCOUNT *account, const void *sid) { return EqualSid((PSID)account->sid, (PSID)sid); }

static BOOL has_name(const ACCOUNT *account, const void *name) {
    const WCHAR *slash = wcschr(account->name, L'\\');
    return !_wcsicmp(account->name, name) || (slash && !wcschr(name, L'\\') && !_wcsicmp(slash + 1, name));
}

// A list with one domain, and `more` bytes after it, in one block that LsaFreeMemory frees.
static PLSA_REFERENCED_DOMAIN_LIST domain_of(const ACCOUNT *account) {
    const WCHAR *slash = wcschr(account->name, L'\\'); SIZE_T length = slash ? (SIZE_T)(slash - account->name) : 0;
    PLSA_REFERENCED_DOMAIN_LIST list = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY,
        sizeof *list + sizeof *list->Domains + SECURITY_MAX_SID_SIZE + (length + 1) * sizeof(WCHAR));
    list->Entries = 1; list->Domains = (PLSA_TRUST_INFORMATION)(list + 1);
    BYTE *sid = (BYTE *)(list->Domains + 1); WCHAR *name = (WCHAR *)(sid + SECURITY_MAX_SID_SIZE);
    CopySid(SECURITY_MAX_SID_SIZE, sid, (PSID)account->sid); list->Domains->Sid = sid;
    wcsncpy(name, account->name, length);
    list->Domains->Name = (LSA_UNICODE_STRING){(USHORT)(length * 2), (USHORT)(length * 2 + 2), name};
    return list;
}

NTSTATUS WINAPI SeamLsaLookupNames2(
    LSA_HANDLE handle, ULONG flags, ULONG count, PLSA_UNICODE_STRING names,
    PLSA_REFERENCED_DOMAIN_LIST *domains, PLSA_TRANSLATED_SID2 *sids) {
    typedef NTSTATUS (WINAPI *LOOKUP)(
        LSA_HANDLE, ULONG, ULONG, PLSA_UNICODE_STRING, PLSA_REFERENCED_DOMAIN_LIST *, PLSA_TRANSLATED_SID2 *);
    POLICY *policy = policy_of(handle); ACCOUNT account; WCHAR name[520] = {0};
    if (!policy) return (NTSTATUS)0xC0000008;
    if (count == 1 && names->Length < 1000) {
        memcpy(name, names->Buffer, names->Length);
        if (find(has_name, name, &account)) {
            *domains = domain_of(&account);
            *sids = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof **sids + SECURITY_MAX_SID_SIZE);
            (*sids)->Use = SidTypeUser; (*sids)->Sid = (PSID)(*sids + 1);
            CopySid(SECURITY_MAX_SID_SIZE, (*sids)->Sid, account.sid);
            return OK_STATUS;
        }
    }
    return ((LOOKUP)real_function("LsaLookupNames2"))(policy->real, flags, count, names, domains, sids);
}

NTSTATUS WINAPI SeamLsaLookupSids(
    LSA_HANDLE handle, ULONG count, PSID *sids, PLSA_REFERENCED_DOMAIN_LIST *domains, PLSA_TRANSLATED_NAME *names) {
    typedef NTSTATUS (WINAPI *LOOKUP)(LSA_HANDLE, ULONG, PSID *, PLSA_REFERENCED_DOMAIN_LIST *, PLSA_TRANSLATED_NAME *);
    POLICY *policy = policy_of(handle); ACCOUNT account;
    if (!policy) return (NTSTATUS)0xC0000008;
    if (count == 1 && find(has_sid, sids[0], &account)) {
        // The name of an account whose domain does not answer begins like this: STATUS_TRUSTED_RELATIONSHIP_FAILURE.
        if (!wcsncmp(account.name, L"1789\\", 5)) return (NTSTATUS)0xC000018D;
        const WCHAR *slash = wcschr(account.name, L'\\'); const WCHAR *name = slash ? slash + 1 : account.name;
        SIZE_T length = wcslen(name);
        *domains = domain_of(&account);
        *names = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof **names + (length + 1) * sizeof(WCHAR));
        WCHAR *text = (WCHAR *)(*names + 1); wcscpy(text, name);
        (*names)->Use = SidTypeUser;
        (*names)->Name = (LSA_UNICODE_STRING){(USHORT)(length * 2), (USHORT)(length * 2 + 2), text};
        return OK_STATUS;
    }
    return ((LOOKUP)real_function("LsaLookupSids"))(policy->real, count, sids, domains, names);
}
