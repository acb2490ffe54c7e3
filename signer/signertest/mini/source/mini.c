/*
 * A PKCS#11 module with one slot, one RSA key and one certificate, which knows
 * no more than signing takes and needs no other library: for systems where
 * SoftHSM2 is not to be had. token.h, made by the test, holds the key.
 *
 * MINI_CRASH in the environment makes C_Login crash.
 */
#define CK_PTR *
#define NULL_PTR 0
#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#pragma pack(push, 1)
#else
#define EXPORT
#endif
#define CK_DEFINE_FUNCTION(t, n) t n
#define CK_DECLARE_FUNCTION(t, n) t n
#define CK_DECLARE_FUNCTION_POINTER(t, n) t(*n)
#define CK_CALLBACK_FUNCTION(t, n) t(*n)
#include "pkcs11.h"
#ifdef _WIN32
#pragma pack(pop)
#endif

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* MODULUS, MODULUS_INVERSE, R_SQUARED, EXPONENT: LIMBS 32-bit words, the least
 * significant first; CERTIFICATE: DER; PIN: a string. */
#include "token.h"

enum { OBJECT_CERTIFICATE = 1, OBJECT_KEY = 2, SIZE = LIMBS * 4, TRIES = 3 };

static int session, logged_in, wrong, signing, found;
static CK_OBJECT_CLASS wanted;

/* montgomery computes a * b / 2^(32*LIMBS) mod MODULUS. */
static void montgomery(uint32_t *out, const uint32_t *a, const uint32_t *b) {
	uint32_t t[LIMBS + 2] = {0};
	for (int i = 0; i < LIMBS; i++) {
		uint64_t c = 0;
		for (int j = 0; j < LIMBS; j++) {
			c += (uint64_t)a[j] * b[i] + t[j];
			t[j] = (uint32_t)c;
			c >>= 32;
		}
		c += t[LIMBS];
		t[LIMBS] = (uint32_t)c;
		t[LIMBS + 1] = (uint32_t)(c >> 32);
		uint32_t m = t[0] * (uint32_t)MODULUS_INVERSE;
		c = ((uint64_t)m * MODULUS[0] + t[0]) >> 32;
		for (int j = 1; j < LIMBS; j++) {
			c += (uint64_t)m * MODULUS[j] + t[j];
			t[j - 1] = (uint32_t)c;
			c >>= 32;
		}
		c += t[LIMBS];
		t[LIMBS - 1] = (uint32_t)c;
		t[LIMBS] = t[LIMBS + 1] + (uint32_t)(c >> 32);
	}
	uint32_t d[LIMBS];
	int64_t borrow = 0;
	for (int i = 0; i < LIMBS; i++) {
		int64_t v = (int64_t)t[i] - MODULUS[i] + borrow;
		d[i] = (uint32_t)v;
		borrow = v >> 32;
	}
	memcpy(out, t[LIMBS] || borrow == 0 ? d : t, SIZE);
}

/* rsa computes the private operation on a padded block, big endian. */
static void rsa(const uint8_t *block, uint8_t *out) {
	uint32_t m[LIMBS], base[LIMBS], acc[LIMBS], one[LIMBS] = {1};
	for (int i = 0; i < LIMBS; i++) {
		const uint8_t *p = block + SIZE - 4 * (i + 1);
		m[i] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
	}
	montgomery(base, m, R_SQUARED);
	montgomery(acc, one, R_SQUARED);
	for (int i = LIMBS * 32 - 1; i >= 0; i--) {
		montgomery(acc, acc, acc);
		if (EXPONENT[i / 32] >> (i % 32) & 1) montgomery(acc, acc, base);
	}
	montgomery(acc, acc, one);
	for (int i = 0; i < LIMBS; i++) {
		uint8_t *p = out + SIZE - 4 * (i + 1);
		p[0] = acc[i] >> 24;
		p[1] = acc[i] >> 16;
		p[2] = acc[i] >> 8;
		p[3] = acc[i];
	}
}

static void pad(unsigned char *field, size_t n, const char *text) {
	memset(field, ' ', n);
	memcpy(field, text, strlen(text));
}

static CK_RV m_Initialize(CK_VOID_PTR args) { return CKR_OK; }
static CK_RV m_Finalize(CK_VOID_PTR p) { return CKR_OK; }

static CK_RV m_GetInfo(CK_INFO_PTR i) {
	memset(i, 0, sizeof *i);
	i->cryptokiVersion.major = 2;
	i->cryptokiVersion.minor = 40;
	pad(i->manufacturerID, sizeof i->manufacturerID, "Trinh Ky");
	pad(i->libraryDescription, sizeof i->libraryDescription, "Mini module");
	i->libraryVersion.major = 1;
	i->libraryVersion.minor = 7;
	return CKR_OK;
}

static CK_RV m_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR n) {
	if (list && *n < 1) return CKR_BUFFER_TOO_SMALL;
	if (list) list[0] = 7;
	*n = 1;
	return CKR_OK;
}

static CK_RV m_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR i) {
	if (slot != 7) return CKR_SLOT_ID_INVALID;
	memset(i, 0, sizeof *i);
	pad(i->slotDescription, sizeof i->slotDescription, "Mini reader 0");
	pad(i->manufacturerID, sizeof i->manufacturerID, "Trinh Ky");
	i->flags = CKF_TOKEN_PRESENT;
	return CKR_OK;
}

static CK_RV m_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR i) {
	if (slot != 7) return CKR_SLOT_ID_INVALID;
	memset(i, 0, sizeof *i);
	pad(i->label, sizeof i->label, "Mini");
	pad(i->manufacturerID, sizeof i->manufacturerID, "Trinh Ky");
	pad(i->model, sizeof i->model, "M1");
	pad(i->serialNumber, sizeof i->serialNumber, "0007");
	i->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED;
	if (wrong > 0) i->flags |= CKF_USER_PIN_COUNT_LOW;
	if (wrong == TRIES - 1) i->flags |= CKF_USER_PIN_FINAL_TRY;
	if (wrong >= TRIES) i->flags |= CKF_USER_PIN_LOCKED;
	i->ulMinPinLen = 4;
	i->ulMaxPinLen = 16;
	return CKR_OK;
}

static CK_RV m_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR h) {
	if (slot != 7) return CKR_SLOT_ID_INVALID;
	if (flags & CKF_RW_SESSION) return CKR_TOKEN_WRITE_PROTECTED;
	if (session) return CKR_SESSION_COUNT;
	session = 1;
	*h = 0x5150;
	return CKR_OK;
}

static CK_RV m_CloseSession(CK_SESSION_HANDLE h) {
	if (!session || h != 0x5150) return CKR_SESSION_HANDLE_INVALID;
	session = logged_in = signing = 0;
	return CKR_OK;
}

static CK_RV m_Login(CK_SESSION_HANDLE h, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG n) {
	if (getenv("MINI_CRASH")) *(volatile int *)0 = 1;
	if (!session || h != 0x5150) return CKR_SESSION_HANDLE_INVALID;
	if (logged_in) return CKR_USER_ALREADY_LOGGED_IN;
	if (wrong >= TRIES) return CKR_PIN_LOCKED;
	if (n != strlen(PIN) || memcmp(pin, PIN, n) != 0) {
		wrong++;
		return CKR_PIN_INCORRECT;
	}
	wrong = 0;
	logged_in = 1;
	return CKR_OK;
}

static CK_RV m_Logout(CK_SESSION_HANDLE h) {
	if (!logged_in) return CKR_USER_NOT_LOGGED_IN;
	logged_in = 0;
	return CKR_OK;
}

static CK_RV m_FindObjectsInit(CK_SESSION_HANDLE h, CK_ATTRIBUTE_PTR t, CK_ULONG n) {
	if (!session || h != 0x5150) return CKR_SESSION_HANDLE_INVALID;
	if (n != 1 || t->type != CKA_CLASS || t->ulValueLen != sizeof wanted) return CKR_TEMPLATE_INCONSISTENT;
	memcpy(&wanted, t->pValue, sizeof wanted);
	found = 0;
	return CKR_OK;
}

static CK_RV m_FindObjects(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE_PTR list, CK_ULONG most, CK_ULONG_PTR n) {
	*n = 0;
	if (found++ || most < 1) return CKR_OK;
	if (wanted == CKO_CERTIFICATE) list[(*n)++] = OBJECT_CERTIFICATE;
	if (wanted == CKO_PRIVATE_KEY && logged_in) list[(*n)++] = OBJECT_KEY;
	return CKR_OK;
}

static CK_RV m_FindObjectsFinal(CK_SESSION_HANDLE h) { return CKR_OK; }

static CK_RV m_GetAttributeValue(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_PTR t, CK_ULONG n) {
	static const unsigned char id[] = {0x4d, 0x01}, label[] = "mini", no = 0;
	static const CK_ULONG rsa_type = CKK_RSA;
	const void *value = NULL;
	CK_ULONG len = 0;
	if (n != 1) return CKR_TEMPLATE_INCONSISTENT;
	switch (t->type) {
	case CKA_ID: value = id; len = sizeof id; break;
	case CKA_LABEL: value = label; len = sizeof label - 1; break;
	case CKA_VALUE: if (o == OBJECT_CERTIFICATE) { value = CERTIFICATE; len = sizeof CERTIFICATE; } break;
	case CKA_KEY_TYPE: if (o == OBJECT_KEY) { value = &rsa_type; len = sizeof rsa_type; } break;
	case CKA_ALWAYS_AUTHENTICATE: if (o == OBJECT_KEY) { value = &no; len = 1; } break;
	}
	if (!value) { t->ulValueLen = (CK_ULONG)-1; return CKR_ATTRIBUTE_TYPE_INVALID; }
	if (!t->pValue) { t->ulValueLen = len; return CKR_OK; }
	if (t->ulValueLen < len) { t->ulValueLen = (CK_ULONG)-1; return CKR_BUFFER_TOO_SMALL; }
	memcpy(t->pValue, value, len);
	t->ulValueLen = len;
	return CKR_OK;
}

static CK_RV m_SignInit(CK_SESSION_HANDLE h, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE key) {
	if (!logged_in) return CKR_USER_NOT_LOGGED_IN;
	if (key != OBJECT_KEY) return CKR_KEY_HANDLE_INVALID;
	if (m->mechanism != CKM_RSA_PKCS || m->ulParameterLen != 0) return CKR_MECHANISM_INVALID;
	signing = 1;
	return CKR_OK;
}

static CK_RV m_Sign(CK_SESSION_HANDLE h, CK_BYTE_PTR data, CK_ULONG n, CK_BYTE_PTR sig, CK_ULONG_PTR len) {
	uint8_t block[SIZE];
	if (!signing) return CKR_OPERATION_NOT_INITIALIZED;
	if (n > SIZE - 11) return CKR_DATA_LEN_RANGE;
	if (!sig) { *len = SIZE; return CKR_OK; }
	if (*len < SIZE) return CKR_BUFFER_TOO_SMALL;
	signing = 0;
	memset(block, 0xff, SIZE);
	block[0] = 0;
	block[1] = 1;
	block[SIZE - n - 1] = 0;
	memcpy(block + SIZE - n, data, n);
	rsa(block, sig);
	*len = SIZE;
	return CKR_OK;
}

static CK_FUNCTION_LIST list;

EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out) {
	list.version.major = 2;
	list.version.minor = 40;
	list.C_Initialize = m_Initialize;
	list.C_Finalize = m_Finalize;
	list.C_GetInfo = m_GetInfo;
	list.C_GetFunctionList = C_GetFunctionList;
	list.C_GetSlotList = m_GetSlotList;
	list.C_GetSlotInfo = m_GetSlotInfo;
	list.C_GetTokenInfo = m_GetTokenInfo;
	list.C_OpenSession = m_OpenSession;
	list.C_CloseSession = m_CloseSession;
	list.C_Login = m_Login;
	list.C_Logout = m_Logout;
	list.C_FindObjectsInit = m_FindObjectsInit;
	list.C_FindObjects = m_FindObjects;
	list.C_FindObjectsFinal = m_FindObjectsFinal;
	list.C_GetAttributeValue = m_GetAttributeValue;
	list.C_SignInit = m_SignInit;
	list.C_Sign = m_Sign;
	*out = &list;
	return CKR_OK;
}
