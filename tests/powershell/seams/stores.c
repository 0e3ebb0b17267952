// Certificate stores, as PowerShell's drive Cert: asks for them.
#include "seams.h"
#include <wincrypt.h>

#define STORES L"SOFTWARE\\Microsoft\\SystemCertificates"
#define SHA1_BYTES 20
#ifndef CERT_FIND_HASH_STR
#define CERT_FIND_HASH_STR (20 << CERT_COMPARE_SHIFT)
#endif

// Wine tells the store Root twice once the registry has it; Cert: then shows no store at all.
BOOL WINAPI SeamCertEnumSystemStore(DWORD flags, void *where, void *argument, PFN_CERT_ENUM_SYSTEM_STORE each) {
    BOOL machine = (flags & CERT_SYSTEM_STORE_LOCATION_MASK) == CERT_SYSTEM_STORE_LOCAL_MACHINE;
    HKEY key;
    WCHAR name[256];
    CERT_SYSTEM_STORE_INFO info = {sizeof info};
    BOOL root = FALSE, more = TRUE;
    (void)where;
    if (!RegOpenKeyExW(machine ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER, STORES, 0, KEY_READ, &key)) {
        for (DWORD i = 0, size = 256; more && !RegEnumKeyExW(key, i, name, &size, 0, 0, 0, 0); i++, size = 256) {
            root |= !_wcsicmp(name, L"Root");
            more = each(name, flags, &info, NULL, argument);
        }
        RegCloseKey(key);
    }
    return more && (root || each(L"Root", flags, &info, NULL, argument));
}

static BOOL is_hash(PCCERT_CONTEXT one, const WCHAR *text) {
    BYTE hash[SHA1_BYTES];
    WCHAR its[2 * SHA1_BYTES + 1];
    DWORD size = sizeof hash;
    if (!CertGetCertificateContextProperty(one, CERT_SHA1_HASH_PROP_ID, hash, &size)) return FALSE;
    for (int i = 0; i < SHA1_BYTES; i++) swprintf(its + 2 * i, 3, L"%02X", hash[i]);
    return !_wcsicmp(its, text);
}

// Wine does not find a certificate by the text of its hash, as Cert:\LocalMachine\My\HASH does.
PCCERT_CONTEXT WINAPI SeamCertFindCertificateInStore(HCERTSTORE store, DWORD encoding, DWORD flags, DWORD type,
                                                     const void *wanted, PCCERT_CONTEXT last) {
    if (type != CERT_FIND_HASH_STR) return CertFindCertificateInStore(store, encoding, flags, type, wanted, last);
    while ((last = CertEnumCertificatesInStore(store, last)))
        if (is_hash(last, wanted)) return last;
    SetLastError(CRYPT_E_NOT_FOUND);
    return NULL;
}
