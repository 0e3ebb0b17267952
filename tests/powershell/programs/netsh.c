// netsh ras (show and set wanports, show and set ikev2connection, dump), nps (show np, set limitproxystate and
// requiremsgauth, add registeredserver), http delete sslcert, exec FILE.
// Ports are the miniports' own keys. All of ras ends with the Win32 error RasError of HKLM\SOFTWARE\AovpnStandIn\netsh;
// without that value with 1702 on build 26100, as on Server 2025; RasExit is the exit code of an error, RasHangs keeps it from
// ending, and RasSays are the bytes that it writes instead of all else. Policies are below ...\NPS\Policies, see NPS.psm1.
#include "program.h"

#define KEY STORE L"netsh"
#define POLICIES STORE L"NPS\\Policies"
#define MINIPORTS L"SYSTEM\\CurrentControlSet\\Control\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}"
#define BINDINGS SERVICES L"HTTP\\Parameters\\SslBindingInfo\\"
#define SERVER_2025 26100

typedef struct { int count; WCHAR *words[64]; } LINE;
static const WCHAR *const uses[][2] = {
    {L"rasinonly", L"EnableForRas"}, {L"ddinout", L"EnableForRouting"}, {L"ddoutonly", L"EnableForOutboundRouting"}};

static BOOL is(const LINE *line, int at, const WCHAR *word) {
    return at < line->count && !_wcsicmp(line->words[at], word);
}

// name=value, as it is typed: with spaces around the sign, or without.
static const WCHAR *option(const LINE *line, const WCHAR *name) {
    size_t length = wcslen(name);
    for (int i = 0; i < line->count; i++) {
        if (_wcsnicmp(line->words[i], name, length)) continue;
        const WCHAR *rest = line->words[i] + length;
        if (*rest == L'=') return rest[1] ? rest + 1 : line->words[i + 1];
        if (!*rest && is(line, i + 1, L"=")) return i + 2 < line->count ? line->words[i + 2] : L"";
    }
    return NULL;
}

static int failed(DWORD code) {
    printf("\r\n");
    say_error(code);
    return 1;
}

static int unknown(const LINE *line) {
    printf("The following command was not found:");
    for (int i = 0; i < line->count; i++) printf(" %ls", line->words[i]);
    printf(".\r\n");
    return 1;
}

// ---------------------------------------------------------------------------------------------------- ras

static DWORD ras_error(void) {
    WCHAR build[NAME] = L"";
    DWORD size = sizeof build;
    const WCHAR *windows = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
    RegGetValueW(HKEY_LOCAL_MACHINE, windows, L"CurrentBuildNumber", RRF_RT_REG_SZ, NULL, build, &size);
    return number_at(KEY, L"RasError", _wtoi(build) == SERVER_2025 ? RPC_S_INVALID_BINDING : 0);
}

// The key of the miniport with a number in the list of them, and its name; false at the end.
static BOOL miniport(DWORD at, WCHAR *key, WCHAR *name) {
    WCHAR child[NAME];
    HKEY all;
    DWORD size = NAME, seen = 0;
    BOOL found = FALSE;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, MINIPORTS, 0, KEY_READ, &all)) return FALSE;
    for (DWORD i = 0; !found && !RegEnumKeyExW(all, i, child, &size, 0, 0, 0, 0); i++, size = NAME) {
        DWORD bytes = NAME * sizeof *name;
        swprintf(key, NAME, MINIPORTS L"\\%ls", child);
        if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"DriverDesc", RRF_RT_REG_SZ, NULL, name, &bytes)) continue;
        found = !wcsncmp(name, L"WAN Miniport (", 14) && seen++ == at;
    }
    RegCloseKey(all);
    return found;
}

static const char *word(const WCHAR *key, const WCHAR *value) {
    return number_at(key, value, 0) ? "enabled" : "disabled";
}

static void say_ports(const char *form) {
    WCHAR key[NAME], name[NAME];
    for (DWORD i = 0; miniport(i, key, name); i++)
        printf(form, name, word(key, uses[0][1]), word(key, uses[1][1]), word(key, uses[2][1]),
               number_at(key, L"WanEndpoints", 0));
}

static int set_ports(const LINE *line) {
    WCHAR key[NAME], name[NAME];
    const WCHAR *device = option(line, L"device"), *most = option(line, L"maxports");
    BOOL found = FALSE;
    for (DWORD i = 0; device && miniport(i, key, name); i++) {
        if (wcscmp(device, L"*") && _wcsicmp(device, name)) continue;
        found = TRUE;
        for (int use = 0; use < 3; use++) {
            const WCHAR *how = option(line, uses[use][0]);
            if (how) put_number(key, uses[use][1], !_wcsicmp(how, L"enabled"));
        }
        if (most) put_number(key, L"WanEndpoints", wcstoul(most, NULL, 10));
    }
    return found ? 0 : failed(ERROR_INVALID_PARAMETER);
}

static int set_ikev2(const LINE *line) {
    const WCHAR *idle = option(line, L"idletimeout"), *outage = option(line, L"nwoutagetime");
    if (!idle && !outage) return failed(ERROR_INVALID_PARAMETER);
    if (idle) put_number(KEY, L"IdleTimeout", wcstoul(idle, NULL, 10));
    if (outage) put_number(KEY, L"NwOutageTime", wcstoul(outage, NULL, 10));
    return 0;
}

static void say_ikev2(const char *form) {
    printf(form, number_at(KEY, L"IdleTimeout", 5), number_at(KEY, L"NwOutageTime", 30));
}

static BOOL say_bytes(void) {
    char bytes[LIST];
    DWORD size = sizeof bytes;
    if (RegGetValueW(HKEY_LOCAL_MACHINE, KEY, L"RasSays", RRF_RT_REG_BINARY, NULL, bytes, &size)) return FALSE;
    fwrite(bytes, 1, size, stdout);
    return TRUE;
}

static int ras(const LINE *line) {
    DWORD error = ras_error();
    if (number_at(KEY, L"RasHangs", 0)) Sleep(INFINITE);
    if (say_bytes()) return number_at(KEY, L"RasExit", 0);
    if (error) return number_at(KEY, L"RasExit", failed(error));
    if (is(line, 1, L"set") && is(line, 2, L"wanports")) return set_ports(line);
    if (is(line, 1, L"set") && is(line, 2, L"ikev2connection")) return set_ikev2(line);
    if (is(line, 1, L"show") && is(line, 2, L"wanports"))
        say_ports("%ls: rasinonly %s, ddinout %s, ddoutonly %s, ports %lu\r\n");
    else if (is(line, 1, L"show") && is(line, 2, L"ikev2connection"))
        say_ikev2("idletimeout %lu, nwoutagetime %lu\r\n");
    else if (is(line, 1, L"dump")) {
        printf("# Remote Access configuration\r\npushd ras\r\n\r\n");
        say_ports("set wanports device = \"%ls\" rasinonly = %s ddinout = %s ddoutonly = %s maxports = %lu\r\n");
        say_ikev2("set ikev2connection idletimeout = %lu nwoutagetime = %lu\r\n");
        printf("\r\npopd\r\n# End of Remote Access configuration.\r\n");
    }
    else return unknown(line);
    return 0;
}

// ---------------------------------------------------------------------------------------------------- nps

static void say_attributes(const WCHAR *key, const WCHAR *value, const char *title) {
    WCHAR lines[LIST], name[NAME], id[NAME];
    printf("\r\n%s attributes:\r\n\r\n%-40s%-12s%s\r\n", title, "Name", "Id", "Value");
    for (const WCHAR *at = list_at(key, value, lines); *at; at += wcslen(at) + 1) {
        const WCHAR *second = wcschr(at, L'|'), *third = second ? wcschr(second + 1, L'|') : NULL;
        if (!third) continue;
        swprintf(name, NAME, L"%.*ls", (int)(second - at), at);
        swprintf(id, NAME, L"%.*ls", (int)(third - second - 1), second + 1);
        printf("%-40ls%-12ls\"%ls\"\r\n", name, id, third + 1);
    }
}

static int show_policies(void) {
    WCHAR child[NAME], key[NAME];
    HKEY all;
    DWORD size = NAME;
    if (!RegOpenKeyExW(HKEY_LOCAL_MACHINE, POLICIES, 0, KEY_READ, &all)) {
        for (DWORD i = 0; !RegEnumKeyExW(all, i, child, &size, 0, 0, 0, 0); i++, size = NAME) {
            swprintf(key, NAME, POLICIES L"\\%ls", child);
            printf("Network Policy configuration:\r\n%-17s= %ls\r\n", "Name", child);
            printf("%-17s= %s\r\n", "State", number_at(key, L"Enabled", 1) ? "Enabled" : "Disabled");
            printf("%-17s= %lu\r\n%-17s= 0\r\n", "Processing order", number_at(key, L"Order", 1), "Policy source");
            say_attributes(key, L"Conditions", "Condition");
            say_attributes(key, L"Profile", "Profile");
            printf("\r\n");
        }
        RegCloseKey(all);
    }
    printf("Ok.\r\n");
    return 0;
}

static int nps(const LINE *line) {
    BOOL guard = is(line, 2, L"limitproxystate") || is(line, 2, L"requiremsgauth");
    const WCHAR *all = option(line, L"all");
    if (is(line, 1, L"show") && is(line, 2, L"np")) return show_policies();
    if (is(line, 1, L"set") && guard && all) put_number(STORE L"NPS", line->words[2], !_wcsicmp(all, L"enable"));
    else if (is(line, 1, L"add") && is(line, 2, L"registeredserver") && line->count == 5)
        put_number(STORE L"NPS\\Registered", line->words[4], 1);
    else return unknown(line);
    printf("Ok.\r\n");
    return 0;
}

// ---------------------------------------------------------------------------------------------------- the rest

static int http(const LINE *line) {
    WCHAR key[NAME];
    const WCHAR *where = option(line, L"ipport");
    if (!is(line, 1, L"delete") || !is(line, 2, L"sslcert") || !where) return unknown(line);
    swprintf(key, NAME, BINDINGS L"%ls", where);
    LSTATUS missing = RegDeleteTreeW(HKEY_LOCAL_MACHINE, key);
    if (missing) {
        printf("\r\nSSL Certificate deletion failed, Error: %ld\r\n", missing);
        say_error(missing);
        return 1;
    }
    RegDeleteKeyW(HKEY_LOCAL_MACHINE, key);
    printf("\r\nSSL Certificate successfully deleted\r\n");
    return 0;
}

static int run(const LINE *line) {
    if (is(line, 0, L"ras")) return ras(line);
    if (is(line, 0, L"nps")) return nps(line);
    if (is(line, 0, L"http")) return http(line);
    return unknown(line);
}

// The words of a line of a script after those of its context; quotes hold a word together.
static void split(WCHAR *text, LINE *line) {
    while (*text && line->count < 64) {
        while (*text && wcschr(L" \t\r\n", *text)) text++;
        if (!*text) return;
        const WCHAR *end = *text == L'"' ? L"\"" : L" \t\r\n";
        if (*text == L'"') text++;
        line->words[line->count++] = text;
        text += wcscspn(text, end);
        if (*text) *text++ = 0;
    }
}

static int script(const WCHAR *path) {
    WCHAR text[LIST], context[NAME] = L"";
    FILE *file = _wfopen(path, L"rt");
    int wrong = 0;
    if (!file) return failed(ERROR_FILE_NOT_FOUND);
    while (fgetws(text, LIST, file)) {
        LINE line = {0};
        if (*context) line.words[line.count++] = context;
        int own = line.count;
        split(text, &line);
        if (line.count == own || *line.words[own] == L'#') continue;
        if (is(&line, own, L"popd")) *context = 0;
        else if (is(&line, own, L"pushd")) wcsncpy(context, line.words[own + 1], NAME - 1);
        else wrong |= run(&line);
    }
    fclose(file);
    return wrong;
}

int wmain(int count, WCHAR **words) {
    LINE line = {0};
    for (int i = 1; i < count && line.count < 64; i++) line.words[line.count++] = words[i];
    if (is(&line, 0, L"exec") && count == 3) return script(words[2]);
    return run(&line);
}
