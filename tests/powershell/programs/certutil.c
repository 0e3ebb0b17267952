// certutil -setreg, -getreg and -delreg of chain\NAME, -urlcache, -verify -urlfetch, -dspublish. State, below
// HKLM\SOFTWARE\AovpnStandIn\certutil: UrlCache (REG_MULTI_SZ of what is cached), Verify (REG_MULTI_SZ of what -verify
// says), VerifyError and DirectoryError (REG_DWORD, an HRESULT). What -dspublish wrote is below ...\Directory\CONTAINER:
// (with the name of the CA below AIA and Certification Authorities): the DER of a certificate for each thumbprint.
#include "program.h"
#include <wincrypt.h>

#define KEY STORE L"certutil"
#define DIRECTORY STORE L"Directory\\"
#define CHAIN L"SOFTWARE\\Microsoft\\Cryptography\\OID\\EncodingType 0\\CertDllCreateCertificateChainEngine\\Config"
#define SERVICES_DN L"CN=Public Key Services,CN=Services,CN=Configuration,DC=corp,DC=example,DC=net"
#define SHA1_BYTES 20

static int done(const char *verb) {
    printf("CertUtil: -%s command completed successfully.\r\n", verb);
    return 0;
}

static int failed(const char *verb, HRESULT code) {
    DWORD win32 = HRESULT_FACILITY(code) == FACILITY_WIN32 ? (DWORD)HRESULT_CODE(code) : (DWORD)code;
    printf("CertUtil: -%s command FAILED: 0x%08lx (WIN32: %lu)\r\nCertUtil: ", verb, (DWORD)code, win32);
    say_error(win32);
    return (int)code;
}

static int failed_with(const char *verb, DWORD win32) { return failed(verb, HRESULT_FROM_WIN32(win32)); }

static void say_value(const WCHAR *name, DWORD type, const BYTE *data, DWORD size) {
    printf("  %ls ", name);
    if (type == REG_DWORD) printf("REG_DWORD = %lx (%lu)\r\n", *(const DWORD *)data, *(const DWORD *)data);
    else if (type == REG_SZ) printf("REG_SZ = %ls\r\n", (const WCHAR *)data);
    else {
        printf("REG_BINARY =\r\n    ");
        for (DWORD i = 0; i < size; i++) printf("%02x ", data[i]);
        printf("\r\n");
    }
}

static LSTATUS say_setting(const char *title, const WCHAR *name) {
    BYTE data[NAME];
    DWORD size = sizeof data, type;
    LSTATUS missing = RegGetValueW(HKEY_LOCAL_MACHINE, CHAIN, name, RRF_RT_ANY, &type, data, &size);
    if (missing) return missing;
    printf("%s:\r\n", title);
    say_value(name, type, data, size);
    printf("\r\n");
    return 0;
}

// @now is this moment, a number a DWORD, anything else a text.
static LSTATUS set(const WCHAR *name, const WCHAR *value) {
    WCHAR *end;
    if (!_wcsicmp(value, L"@now")) {
        FILETIME now;
        GetSystemTimeAsFileTime(&now);
        return put(CHAIN, name, REG_BINARY, &now, sizeof now);
    }
    DWORD number = wcstoul(value, &end, 0);
    if (*value && !*end) return put_number(CHAIN, name, number);
    return put(CHAIN, name, REG_SZ, value, (DWORD)(wcslen(value) + 1) * sizeof *value);
}

static int setting(const WCHAR *verb, const WCHAR *path, const WCHAR *value) {
    const char *shown = !_wcsicmp(verb, L"-setreg") ? "setreg" : !_wcsicmp(verb, L"-getreg") ? "getreg" : "delreg";
    if (_wcsnicmp(path, L"chain\\", 6)) return failed_with(shown, ERROR_INVALID_PARAMETER);
    const WCHAR *name = path + 6;
    printf("HKEY_LOCAL_MACHINE\\%ls:\r\n\r\n", CHAIN);
    LSTATUS missing = say_setting(value || *shown == 'd' ? "Old Value" : "Value", name);
    if (value) {
        set(name, value);
        say_setting("New Value", name);
    }
    else if (missing) return failed_with(shown, missing);
    else if (*shown == 'd') RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, CHAIN, name);
    return done(shown);
}

static int url_cache(BOOL discard) {
    WCHAR cached[LIST];
    const WCHAR *at = list_at(KEY, L"UrlCache", cached);
    if (!*at) return failed_with("URLCache", ERROR_NO_MORE_ITEMS);
    for (; *at; at += wcslen(at) + 1) printf("%ls\r\n", at);
    if (discard) RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, KEY, L"UrlCache");
    return done("URLCache");
}

// The DER of a certificate; its size, or 0 where the file is none.
static DWORD read_der(const WCHAR *path, BYTE *der, DWORD room) {
    DWORD size = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return 0;
    ReadFile(file, der, room, &size, NULL);
    CloseHandle(file);
    PCCERT_CONTEXT one = CertCreateCertificateContext(X509_ASN_ENCODING, der, size);
    if (!one) SetLastError(ERROR_INVALID_DATA);
    return one ? size : 0;
}

static int verify(const WCHAR *path) {
    BYTE der[LIST];
    WCHAR text[LIST];
    DWORD error = number_at(KEY, L"VerifyError", 0);
    if (!read_der(path, der, sizeof der)) return failed_with("verify", GetLastError());
    const WCHAR *at = list_at(KEY, L"Verify", text);
    if (!*at) printf("Leaf certificate revocation check passed\r\n");
    for (; *at; at += wcslen(at) + 1) printf("%ls\r\n", at);
    return error ? failed("verify", (HRESULT)error) : done("verify");
}

// Into NTAuthCertificates, or into the entry of a container that has the name of the CA.
static void publish_to(const WCHAR *container, const BYTE *der, DWORD size, const WCHAR *thumbprint) {
    WCHAR key[NAME], name[NAME] = L"";
    PCCERT_CONTEXT one = CertCreateCertificateContext(X509_ASN_ENCODING, der, size);
    CertGetNameStringW(one, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name, NAME);
    if (!wcscmp(container, L"NTAuthCertificates")) swprintf(key, NAME, DIRECTORY L"%ls", container);
    else swprintf(key, NAME, DIRECTORY L"%ls\\%ls", container, name);
    BOOL there = !RegGetValueW(HKEY_LOCAL_MACHINE, key, thumbprint, RRF_RT_REG_BINARY, NULL, NULL, NULL);
    printf("ldap:///CN=%ls,%ls?cACertificate\r\n\r\n", container, SERVICES_DN);
    printf(there ? "Certificate already in DS store.\r\n\r\n" : "Certificate added to DS store.\r\n\r\n");
    put(key, thumbprint, REG_BINARY, der, size);
}

static int publish(const WCHAR *path, const WCHAR *where) {
    BYTE der[LIST], hash[SHA1_BYTES];
    WCHAR thumbprint[2 * SHA1_BYTES + 1];
    DWORD error = number_at(KEY, L"DirectoryError", 0), bytes = sizeof hash, size = read_der(path, der, sizeof der);
    BOOL root = !_wcsicmp(where, L"RootCA");
    if (!size) return failed_with("dsPublish", GetLastError());
    if (!root && _wcsicmp(where, L"NTAuthCA")) return failed_with("dsPublish", ERROR_INVALID_PARAMETER);
    if (error) return failed("dsPublish", (HRESULT)error);
    CryptHashCertificate(0, CALG_SHA1, 0, der, size, hash, &bytes);
    for (int i = 0; i < SHA1_BYTES; i++) swprintf(thumbprint + 2 * i, 3, L"%02X", hash[i]);
    publish_to(root ? L"Certification Authorities" : L"NTAuthCertificates", der, size, thumbprint);
    publish_to(L"AIA", der, size, thumbprint);
    return done("dsPublish");
}

int wmain(int count, WCHAR **words) {
    const WCHAR *verb = count > 1 ? words[1] : L"";
    BOOL forced = count > 2 && !_wcsicmp(words[2], L"-f");
    BOOL chosen = forced && count > 4 && !_wcsicmp(words[3], L"-dc") && *words[4];
    if (!_wcsicmp(verb, L"-setreg") && count == 4) return setting(verb, words[2], words[3]);
    if ((!_wcsicmp(verb, L"-getreg") || !_wcsicmp(verb, L"-delreg")) && count == 3)
        return setting(verb, words[2], NULL);
    if (!_wcsicmp(verb, L"-urlcache") && count <= 4) return url_cache(count == 4 && !_wcsicmp(words[3], L"delete"));
    if (!_wcsicmp(verb, L"-verify") && count > 2) return verify(words[count - 1]);
    if (!_wcsicmp(verb, L"-dspublish") && count == 4 + forced + 2 * chosen) return publish(words[count - 2], words[count - 1]);
    printf("Unknown arg: %ls\r\nstand-in: this certutil does not know it\r\n", verb);
    return (int)HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER);
}
