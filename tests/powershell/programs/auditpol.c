// auditpol /get /subcategory:{GUID} /r and /set /subcategory:{GUID} [/success:enable|disable] [/failure:...].
// Settings are numbers below HKLM\SOFTWARE\AovpnStandIn\AuditPolicy, value {GUID}: 1 success, 2 failure, 3 both; absent
// is 0. The value Error there is the code that every call ends with.
#include "program.h"

#define KEY STORE L"AuditPolicy"
#define SUCCESS 1
#define FAILURE 2

static const struct { const WCHAR *id, *name; } known[] = {
    {L"{0CCE9243-69AE-11D9-BED3-505054503030}", L"Network Policy Server"},
    {L"{0CCE9218-69AE-11D9-BED3-505054503030}", L"IPsec Main Mode"},
    {L"{0CCE9219-69AE-11D9-BED3-505054503030}", L"IPsec Quick Mode"},
    {L"{0CCE9242-69AE-11D9-BED3-505054503030}", L"Kerberos Authentication Service"},
};
static const WCHAR *const settings[] = {L"No Auditing", L"Success", L"Failure", L"Success and Failure"};

static int failed(DWORD code) {
    printf("Error 0x%08lX occurred:\r\n", code);
    say_error(code);
    return (int)code;
}

static const WCHAR *option(int count, WCHAR **words, const WCHAR *name) {
    for (int i = 2; i < count; i++)
        if (!_wcsnicmp(words[i], name, wcslen(name))) return words[i] + wcslen(name);
    return NULL;
}

// One of the two bits as a word says it; as it was without one. False where the word is none.
static BOOL changed(const WCHAR *word, DWORD bit, DWORD *setting) {
    if (!word) return TRUE;
    if (!_wcsicmp(word, L"enable")) *setting |= bit;
    else if (!_wcsicmp(word, L"disable")) *setting &= ~bit;
    else return FALSE;
    return TRUE;
}

static int get(int at, DWORD setting) {
    WCHAR computer[NAME];
    DWORD size = NAME;
    GetComputerNameW(computer, &size);
    printf("Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting\r\n\r\n");
    printf("%ls,System,%ls,%ls,%ls,\r\n", computer, known[at].name, known[at].id, settings[setting & 3]);
    return 0;
}

int wmain(int count, WCHAR **words) {
    DWORD error = number_at(KEY, L"Error", 0);
    const WCHAR *wanted = option(count, words, L"/subcategory:");
    int at = 0, all = sizeof known / sizeof *known;
    if (error) return failed(error);
    while (wanted && at < all && _wcsicmp(wanted, known[at].id) && _wcsicmp(wanted, known[at].name)) at++;
    if (!wanted || at == all) return failed(ERROR_INVALID_PARAMETER);
    DWORD setting = number_at(KEY, known[at].id, 0);
    if (!_wcsicmp(words[1], L"/get") && option(count, words, L"/r")) return get(at, setting);
    if (_wcsicmp(words[1], L"/set") || !changed(option(count, words, L"/success:"), SUCCESS, &setting) ||
        !changed(option(count, words, L"/failure:"), FAILURE, &setting))
        return failed(ERROR_INVALID_PARAMETER);
    put_number(KEY, known[at].id, setting);
    printf("The command was successfully executed.\r\n");
    return 0;
}
