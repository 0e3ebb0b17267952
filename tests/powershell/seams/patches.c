// A function of Wine that is replaced in place: .NET's own core asks for it, whose libraries cannot be exchanged.
#include <windows.h>
#include <winternl.h>
#include <string.h>
#include <wchar.h>

#define THUNK 64  // more than Wine's thunk of a system call has
#define JUMP 12

typedef NTSTATUS(WINAPI *QUERY)(HANDLE, HANDLE, PIO_APC_ROUTINE, PVOID, PIO_STATUS_BLOCK, PVOID, ULONG,
                                FILE_INFORMATION_CLASS, BOOLEAN, PUNICODE_STRING, BOOLEAN);
static QUERY real_query;

static void divert(void *from, void *to) {
    static const BYTE code[JUMP] = {0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xE0};  // mov rax, to; jmp rax
    DWORD before;
    VirtualProtect(from, JUMP, PAGE_EXECUTE_READWRITE, &before);
    memcpy(from, code, JUMP);
    memcpy((BYTE *)from + 2, &to, sizeof to);
    VirtualProtect(from, JUMP, before, &before);
}

// Wine 8 takes the wildcards of DOS names, " < >, for letters: .NET asks with them for "netsh.*", finds no program, and
// PowerShell knows no command by its bare name. Without a mask .NET looks through all names itself.
static NTSTATUS WINAPI query(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID context, PIO_STATUS_BLOCK io,
                             PVOID buffer, ULONG size, FILE_INFORMATION_CLASS class, BOOLEAN single,
                             PUNICODE_STRING mask, BOOLEAN restart) {
    for (USHORT i = 0; mask && i < mask->Length / sizeof(WCHAR); i++)
        if (wcschr(L"\"<>", mask->Buffer[i])) { mask = NULL; break; }
    return real_query(file, event, apc, context, io, buffer, size, class, single, mask, restart);
}

__declspec(dllexport) void AovpnPatch(void) {
    void *directory = GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtQueryDirectoryFile");
    BYTE *copy = VirtualAlloc(NULL, THUNK, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
    memcpy(copy, directory, THUNK);
    real_query = (QUERY)copy;
    divert(directory, query);
}
