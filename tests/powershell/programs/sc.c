// sc.exe, as far as Wine's own does not go: config NAME start= HOW, sidtype NAME HOW, qsidtype NAME.
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

int wmain(int count, WCHAR **words) {
    if (count == 5 && !_wcsicmp(words[1], L"config") && !_wcsicmp(words[3], L"start="))
        return config(words[2], words[4]);
    if (count == 4 && !_wcsicmp(words[1], L"sidtype")) return sidtype(words[2], words[3]);
    if (count == 3 && !_wcsicmp(words[1], L"qsidtype")) return sidtype(words[2], NULL);
    printf("stand-in: this sc.exe knows config NAME start=, sidtype and qsidtype\r\n");
    return USAGE;
}
