/* Test only. Wine 8 lacks bcryptprimitives.dll, which every Go program asks for
   its random numbers at start; Windows has it. ProcessPrng fills buffer with
   size random bytes and returns TRUE. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T size)
{
	return RtlGenRandom(buffer, (ULONG)size);
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
	return TRUE;
}
