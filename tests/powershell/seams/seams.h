// What the parts of seams.dll share.
#include <windows.h>
#include <ntsecapi.h>
#include <sddl.h>
#include <string.h>
#include <wchar.h>

#define STORE L"SOFTWARE\\AovpnStandIn\\"
#define OK_STATUS ((NTSTATUS)0)
#define ACCESS_DENIED_STATUS ((NTSTATUS)0xC0000022)
#define INVALID_PARAMETER_STATUS ((NTSTATUS)0xC000000D)

// A policy as we give it out: what it was opened for, and Wine's own.
typedef struct { DWORD magic; ACCESS_MASK access; LSA_HANDLE real; } POLICY;

POLICY *policy_of(LSA_HANDLE handle);
FARPROC real_function(const char *name);
