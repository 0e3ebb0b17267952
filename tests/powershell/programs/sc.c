// sc.exe, as far as Wine's own does not go: config NAME start= HOW, sidtype NAME HOW, qsidtype NAME; and start, stop, pause
// and continue NAME with the rules of dependents, which Wine does not keep.
#include "program.h"

#define USAGE ERROR_INVALID_COMMAND_LINE

static int failed(const char *call) {
    DWORD code = GetLastError();
    printf("[SC] %s FAILED %lu:\r\n\r\n", call, code);
    say_error(code);
    return (int)code;
}

static SC_HANDLE opened(const WCHAR *name) {
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    return OpenServiceW(manager, name, SERVICE_CHANGE_CONFIG | SERVICE_QUERY_CONFIG);
}

static int config(const WCHAR *name, const WCHAR *how) {
    static const WCHAR *const hows[] = {L"auto", L"delayed-auto", L"demand", L"disabled"};
    static const DWORD starts[] = {SERVICE_AUTO_START, SERVICE_AUTO_START, SERVICE_DEMAND_START, SERVICE_DISABLED};
    WCHAR key[NAME];
    int at = 0;
    while (at < 4 && _wcsicmp(how, hows[at])) at++;
    if (at == 4) return USAGE;
    SC_HANDLE service = opened(name);
    if (!service) return failed("OpenService");
    if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, starts[at], SERVICE_NO_CHANGE, 0, 0, 0, 0, 0, 0, 0))
        return failed("ChangeServiceConfig");
    swprintf(key, NAME, SERVICES L"%ls", name);
    // Wine writes neither by itself.
    put_number(key, L"DelayedAutostart", at == 1);
    put_number(key, L"Start", starts[at]);
    printf("[SC] ChangeServiceConfig SUCCESS\r\n");
    return 0;
}

static const WCHAR *const sids[] = {L"NONE", L"UNRESTRICTED", NULL, L"RESTRICTED"};

static int sidtype(const WCHAR *name, const WCHAR *how) {
    WCHAR key[NAME];
    if (!opened(name)) return failed("OpenService");
    swprintf(key, NAME, SERVICES L"%ls", name);
    if (how) {
        DWORD at = 0;
        while (at < 4 && (!sids[at] || _wcsicmp(how, sids[at]))) at++;
        if (at == 4) return USAGE;
        put_number(key, L"ServiceSidType", at);
        printf("[SC] ChangeServiceConfig2 SUCCESS\r\n");
        return 0;
    }
    printf("[SC] QueryServiceConfig2 SUCCESS\r\n\r\nSERVICE_NAME: %ls \r\n", name);
    printf("SERVICE_SID_TYPE:  %ls\r\n", sids[number_at(key, L"ServiceSidType", 0) & 3]);
    return 0;
}

static BOOL is_stopped(const WCHAR *name) {
    SERVICE_STATUS now = {0};
    SC_HANDLE service = OpenServiceW(OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), name, SERVICE_QUERY_STATUS);
    return !service || !QueryServiceStatus(service, &now) || now.dwCurrentState == SERVICE_STOPPED;
}

static BOOL needs(const WCHAR *name, const WCHAR *other) {
    WCHAR key[NAME], list[LIST];
    swprintf(key, NAME, SERVICES L"%ls", name);
    for (const WCHAR *one = list_at(key, L"DependOnService", list); *one; one += wcslen(one) + 1)
        if (!_wcsicmp(one, other)) return TRUE;
    return FALSE;
}

static BOOL is_needed(const WCHAR *name) {
    WCHAR other[NAME];
    HKEY services;
    BOOL found = FALSE;
    RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SYSTEM\\CurrentControlSet\\Services", 0, KEY_READ, &services);
    for (DWORD place = 0, size = NAME; !found && !RegEnumKeyExW(services, place, other, &size, 0, 0, 0, 0); place++, size = NAME)
        found = needs(other, name) && !is_stopped(other);
    RegCloseKey(services);
    return found;
}

// Starts a service after those that it needs, each of which is waited for.
static DWORD start(const WCHAR *name) {
    WCHAR key[NAME], list[LIST];
    swprintf(key, NAME, SERVICES L"%ls", name);
    for (const WCHAR *one = list_at(key, L"DependOnService", list); *one; one += wcslen(one) + 1) {
        SERVICE_STATUS now = {0};
        SC_HANDLE needed = OpenServiceW(OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), one, SERVICE_QUERY_STATUS);
        if (!needed) return ERROR_SERVICE_DEPENDENCY_DELETED;
        if (is_stopped(one) && start(one)) return ERROR_SERVICE_DEPENDENCY_FAIL;
        for (int tries = 0; tries < 100 && QueryServiceStatus(needed, &now) && now.dwCurrentState == SERVICE_START_PENDING; tries++)
            Sleep(100);
        if (now.dwCurrentState != SERVICE_RUNNING) return ERROR_SERVICE_DEPENDENCY_FAIL;
    }
    SC_HANDLE service = OpenServiceW(OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), name, SERVICE_START);
    return service && StartServiceW(service, 0, NULL) ? 0 : GetLastError();
}

static DWORD control(const WCHAR *name, DWORD what) {
    SERVICE_STATUS now;
    if (what == SERVICE_CONTROL_STOP && is_needed(name)) return ERROR_DEPENDENT_SERVICES_RUNNING;
    SC_HANDLE service = OpenServiceW(OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), name, SERVICE_ALL_ACCESS);
    return service && ControlService(service, what, &now) ? 0 : GetLastError();
}

static const struct { const WCHAR *word; DWORD what; } controls[] = {
    {L"stop", SERVICE_CONTROL_STOP}, {L"pause", SERVICE_CONTROL_PAUSE}, {L"continue", SERVICE_CONTROL_CONTINUE}, {L"start", 0}};

static int tell(const WCHAR *word, const WCHAR *name) {
    for (int at = 0; at < 4; at++) {
        if (_wcsicmp(word, controls[at].word)) continue;
        if (!OpenServiceW(OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), name, SERVICE_QUERY_STATUS)) return failed("OpenService");
        DWORD code = controls[at].what ? control(name, controls[at].what) : start(name);
        SetLastError(code);
        if (code) return failed(controls[at].what ? "ControlService" : "StartService");
        printf("\r\nSERVICE_NAME: %ls \r\n", name);
        return 0;
    }
    return -1;
}

int wmain(int count, WCHAR **words) {
    if (count == 5 && !_wcsicmp(words[1], L"config") && !_wcsicmp(words[3], L"start="))
        return config(words[2], words[4]);
    if (count == 4 && !_wcsicmp(words[1], L"sidtype")) return sidtype(words[2], words[3]);
    if (count == 3 && !_wcsicmp(words[1], L"qsidtype")) return sidtype(words[2], NULL);
    int told = count == 3 ? tell(words[1], words[2]) : -1;
    if (told >= 0) return told;
    printf("stand-in: this sc.exe knows config NAME start=, sidtype, qsidtype, start, stop, pause and continue\r\n");
    return USAGE;
}
