/*
 * A PKCS#11 module that passes everything to another one and misbehaves as the
 * file $SHIM_DIR/faults says, which is read again at every call:
 *
 *   tries N            N wrong PINs in a row lock the token (counted in $SHIM_DIR/wrong)
 *   sessions N         no more than N sessions
 *   no_rw              read-write sessions are refused
 *   delay_ms N         every C_Sign takes N milliseconds, one at a time
 *   remove_before N    the token is pulled before the Nth C_Sign of this process
 *   remove_during N    the token is pulled during the Nth C_Sign of this process
 *   length0            length queries are answered with 0
 *   garbage, empty     C_Sign gives a wrong or an empty signature
 *   short              C_Sign gives half a signature
 *   hang WHAT          WHAT never returns: initialize slots find login sign finalize,
 *                      or find_other: objects before the login that are no certificates
 *   crash WHAT         WHAT crashes
 *   signature_pin P    context-specific logins take P instead of the token's PIN
 *   silent_always      C_Sign wants a context-specific login, no attribute says so
 *   pinpad P           the token has a PIN pad, on which P is typed
 *   logged_in          the first C_Login says that somebody is logged in already
 *   hidden             certificates show only after the login
 *   noise              prints to standard output
 *
 * The token is out while the file $SHIM_DIR/removed exists. Every call that
 * matters is a line in $SHIM_DIR/calls; a PIN is never written there.
 */
#define CK_PTR *
#define NULL_PTR 0
#define CK_DEFINE_FUNCTION(t, n) t n
#define CK_DECLARE_FUNCTION(t, n) t n
#define CK_DECLARE_FUNCTION_POINTER(t, n) t(*n)
#define CK_CALLBACK_FUNCTION(t, n) t(*n)
#include "pkcs11.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST mine;
static pthread_mutex_t bus = PTHREAD_MUTEX_INITIALIZER;
static int open_sessions, signatures, context_login, was_logged_in;
static char user_pin[256];
static CK_ULONG user_pin_len;

static void path_of(char *out, size_t n, const char *name) {
	const char *dir = getenv("SHIM_DIR");
	snprintf(out, n, "%s/%s", dir ? dir : ".", name);
}

static void note(const char *line) {
	char path[1024];
	path_of(path, sizeof path, "calls");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0) return;
	char buf[256];
	int n = snprintf(buf, sizeof buf, "%s\n", line);
	if (write(fd, buf, n) != n) abort();
	close(fd);
}

/* fault looks a fault up; value gets the rest of its line. */
static int fault(const char *name, char *value, size_t n) {
	char path[1024], line[512];
	path_of(path, sizeof path, "faults");
	FILE *f = fopen(path, "r");
	int found = 0;
	if (!f) return 0;
	while (!found && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\r\n")] = 0;
		char *space = strchr(line, ' ');
		if (space) *space = 0;
		if (strcmp(line, name) == 0) {
			found = 1;
			if (value) snprintf(value, n, "%s", space ? space + 1 : "");
		}
	}
	fclose(f);
	return found;
}

static int number(const char *name) {
	char v[64];
	return fault(name, v, sizeof v) ? atoi(v) : 0;
}

static int wrong_pins(int set) {
	char path[1024];
	int n = 0;
	path_of(path, sizeof path, "wrong");
	FILE *f;
	if (set >= 0) {
		if ((f = fopen(path, "w"))) { fprintf(f, "%d\n", set); fclose(f); }
		return set;
	}
	if ((f = fopen(path, "r"))) { if (fscanf(f, "%d", &n) != 1) n = 0; fclose(f); }
	return n;
}

static void close_sessions(void) {
	CK_SLOT_ID ids[64];
	CK_ULONG n = 64;
	if (real->C_GetSlotList(CK_TRUE, ids, &n) == CKR_OK)
		for (CK_ULONG i = 0; i < n; i++) real->C_CloseAllSessions(ids[i]);
	open_sessions = 0;
	context_login = 0;
}

/* removed tells whether the token is out; its sessions are then gone. */
static int removed(void) {
	char path[1024];
	path_of(path, sizeof path, "removed");
	if (access(path, F_OK) != 0) return 0;
	close_sessions();
	return 1;
}

static void pull(void) {
	char path[1024];
	path_of(path, sizeof path, "removed");
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd >= 0) close(fd);
	close_sessions();
}

static void misbehave(const char *what) {
	char v[64];
	if (fault("hang", v, sizeof v) && strcmp(v, what) == 0) for (;;) pause();
	if (fault("crash", v, sizeof v) && strcmp(v, what) == 0) *(volatile int *)0 = 1;
}

static CK_RV s_Initialize(CK_VOID_PTR args) {
	misbehave("initialize");
	if (fault("noise", NULL, 0)) { printf("token driver ready\n"); fflush(stdout); }
	return real->C_Initialize(args);
}

static CK_RV s_Finalize(CK_VOID_PTR p) {
	misbehave("finalize");
	note("finalize");
	return real->C_Finalize(p);
}

static CK_RV s_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR n) {
	misbehave("slots");
	if (removed()) { *n = 0; return CKR_OK; }
	return real->C_GetSlotList(present, list, n);
}

static CK_RV s_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
	if (removed()) return CKR_TOKEN_NOT_PRESENT;
	CK_RV rv = real->C_GetTokenInfo(slot, info);
	int tries = number("tries"), wrong = wrong_pins(-1);
	if (rv != CKR_OK) return rv;
	if (tries > 0) {
		info->flags &= ~(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
		if (wrong > 0) info->flags |= CKF_USER_PIN_COUNT_LOW;
		if (wrong == tries - 1) info->flags |= CKF_USER_PIN_FINAL_TRY;
		if (wrong >= tries) info->flags |= CKF_USER_PIN_LOCKED;
	}
	if (fault("pinpad", NULL, 0)) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
	return rv;
}

static CK_RV s_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR h) {
	int most = number("sessions");
	if (removed()) return CKR_TOKEN_NOT_PRESENT;
	if ((flags & CKF_RW_SESSION) && fault("no_rw", NULL, 0)) return CKR_TOKEN_WRITE_PROTECTED;
	if (most > 0 && open_sessions >= most) return CKR_SESSION_COUNT;
	CK_RV rv = real->C_OpenSession(slot, flags, app, notify, h);
	if (rv == CKR_OK) open_sessions++;
	note("open");
	return rv;
}

static CK_RV s_CloseSession(CK_SESSION_HANDLE h) {
	CK_RV rv = real->C_CloseSession(h);
	if (rv == CKR_OK && open_sessions > 0) open_sessions--;
	note("close");
	return rv;
}

static CK_RV context_specific(CK_SESSION_HANDLE h, CK_UTF8CHAR_PTR pin, CK_ULONG len) {
	char want[64];
	note("login context");
	if (fault("signature_pin", want, sizeof want)) {
		if (len != strlen(want) || memcmp(pin, want, len) != 0) return CKR_PIN_INCORRECT;
		pin = (CK_UTF8CHAR_PTR)user_pin;
		len = user_pin_len;
	}
	context_login = 1;
	if (fault("silent_always", NULL, 0)) return CKR_OK;
	return real->C_Login(h, CKU_CONTEXT_SPECIFIC, pin, len);
}

static CK_RV s_Login(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG len) {
	int tries = number("tries"), wrong = wrong_pins(-1);
	char pad[64];
	misbehave("login");
	if (removed()) return CKR_DEVICE_REMOVED;
	if (fault("pinpad", pad, sizeof pad)) {
		if (pin != NULL) return CKR_ARGUMENTS_BAD;
		pin = (CK_UTF8CHAR_PTR)pad;
		len = strlen(pad);
	}
	if (user == CKU_CONTEXT_SPECIFIC) return context_specific(h, pin, len);
	if (fault("logged_in", NULL, 0) && !was_logged_in) {
		was_logged_in = 1;
		return CKR_USER_ALREADY_LOGGED_IN;
	}
	note("login user");
	if (tries > 0 && wrong >= tries) return CKR_PIN_LOCKED;
	CK_RV rv = real->C_Login(h, user, pin, len);
	if (rv == CKR_PIN_INCORRECT) wrong_pins(wrong + 1);
	if (rv == CKR_OK) {
		wrong_pins(0);
		user_pin_len = len < sizeof user_pin ? len : 0;
		memcpy(user_pin, pin, user_pin_len);
	}
	return rv;
}

static CK_RV s_Logout(CK_SESSION_HANDLE h) {
	if (removed()) return CKR_DEVICE_REMOVED;
	note("logout");
	user_pin_len = 0;
	CK_RV rv = real->C_Logout(h);
	return fault("logged_in", NULL, 0) ? CKR_OK : rv;
}

static CK_RV s_FindObjectsInit(CK_SESSION_HANDLE h, CK_ATTRIBUTE_PTR t, CK_ULONG n) {
	misbehave("find");
	if (user_pin_len == 0 && n == 1 && t->type == CKA_CLASS && *(CK_OBJECT_CLASS *)t->pValue != CKO_CERTIFICATE)
		misbehave("find_other");
	if (removed()) return CKR_DEVICE_REMOVED;
	if (user_pin_len == 0 && fault("hidden", NULL, 0)) {
		CK_OBJECT_CLASS nothing = CKO_VENDOR_DEFINED | 0x999;
		CK_ATTRIBUTE none = {CKA_CLASS, &nothing, sizeof nothing};
		return real->C_FindObjectsInit(h, &none, 1);
	}
	return real->C_FindObjectsInit(h, t, n);
}

static CK_RV s_GetAttributeValue(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_PTR t, CK_ULONG n) {
	if (removed()) return CKR_DEVICE_REMOVED;
	if (fault("length0", NULL, 0) && n > 0 && t[0].pValue == NULL) {
		for (CK_ULONG i = 0; i < n; i++) t[i].ulValueLen = 0;
		return CKR_OK;
	}
	return real->C_GetAttributeValue(h, o, t, n);
}

static CK_RV s_SignInit(CK_SESSION_HANDLE h, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE key) {
	if (removed()) return CKR_DEVICE_REMOVED;
	context_login = 0;
	return real->C_SignInit(h, m, key);
}

static CK_RV s_Sign(CK_SESSION_HANDLE h, CK_BYTE_PTR data, CK_ULONG n, CK_BYTE_PTR sig, CK_ULONG_PTR len) {
	int delay = number("delay_ms");
	if (sig == NULL) {
		if (fault("length0", NULL, 0)) { *len = 0; return CKR_OK; }
		return real->C_Sign(h, data, n, sig, len);
	}
	if (removed()) return CKR_DEVICE_REMOVED;
	pthread_mutex_lock(&bus);
	int nth = ++signatures;
	if (delay > 0) usleep(delay * 1000);
	pthread_mutex_unlock(&bus);
	if (number("remove_before") == nth) { pull(); return CKR_TOKEN_NOT_PRESENT; }
	misbehave("sign");
	if (fault("silent_always", NULL, 0) && !context_login) {
		CK_BYTE scratch[2048];
		CK_ULONG m = sizeof scratch;
		real->C_Sign(h, data, n, scratch, &m); /* ends the operation */
		return CKR_USER_NOT_LOGGED_IN;
	}
	CK_RV rv = real->C_Sign(h, data, n, sig, len);
	if (number("remove_during") == nth) { pull(); return CKR_DEVICE_REMOVED; }
	if (rv != CKR_OK) return rv;
	note("sign");
	if (fault("garbage", NULL, 0)) sig[*len / 2] ^= 0xff;
	if (fault("empty", NULL, 0)) *len = 0;
	if (fault("short", NULL, 0)) *len /= 2;
	return rv;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out) {
	if (!real) {
		const char *path = getenv("SHIM_MODULE");
		void *h = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
		CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR);
		if (!h) return CKR_GENERAL_ERROR;
		*(void **)&get = dlsym(h, "C_GetFunctionList");
		if (!get || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
		mine = *real;
		mine.C_Initialize = s_Initialize;
		mine.C_Finalize = s_Finalize;
		mine.C_GetFunctionList = C_GetFunctionList;
		mine.C_GetSlotList = s_GetSlotList;
		mine.C_GetTokenInfo = s_GetTokenInfo;
		mine.C_OpenSession = s_OpenSession;
		mine.C_CloseSession = s_CloseSession;
		mine.C_Login = s_Login;
		mine.C_Logout = s_Logout;
		mine.C_FindObjectsInit = s_FindObjectsInit;
		mine.C_GetAttributeValue = s_GetAttributeValue;
		mine.C_SignInit = s_SignInit;
		mine.C_Sign = s_Sign;
	}
	*out = &mine;
	return CKR_OK;
}
