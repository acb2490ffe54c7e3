package verify

// Codes lists every Finding.Code that this package gives, so that whoever turns
// them into sentences can be tested for leaving none out.
func Codes() []string {
	return []string{
		// The file.
		"structure-repaired",

		// The signature as a structure: each makes it invalid.
		"signature-malformed", "contents-missing", "contents-padding", "byte-range-malformed", "byte-range-gap",
		"byte-range-end", "signature-foreign", "signature-removed", "signature-shared", "field-defined-twice",
		// … and this one does not.
		"field-not-in-form",

		// Cryptography: each makes it invalid.
		"content-digest-mismatch", "signature-value-wrong", "certificate-binding",
		"algorithm-unusable", "timestamp-usage", "subfilter-unknown", "cms-malformed",
		// … and these do not.
		"attributes-not-der", "signing-certificate-missing", "several-signers", "weak-digest", "weak-key",
		"weak-chain", "content-enclosed", "signature-overlap",
		// … these leave it open whether the signature is good.
		"algorithm-unknown", "certificate-missing",

		// What was done after signing: each makes it suspicious, and so invalid.
		"content-changed-after-signing", "page-changed", "page-tree-changed", "annotation-added", "annotation-changed",
		"annotation-removed", "field-added", "field-changed", "field-removed", "field-locked", "form-changed",
		"catalog-changed", "new-root", "object-changed", "object-removed", "object-defined-later",
		"encryption-changed", "signature-replaced", "signature-added-broken", "signature-not-permitted",
		"signature-covers-page", "unsigned-bytes", "revision-hidden", "structure-damaged-after-signing",
		"changes-unreadable",

		// Time and trust. The first three make it invalid (certificate-revoked
		// only where the time is proven).
		"certificate-outside-validity", "certificate-not-yet-valid", "certificate-revoked",
		"revoked-after-signing", "revocation-unchecked", "revocation-unknown",
		"timestamp-malformed", "timestamp-invalid", "timestamp-untrusted", "claimed-time-after-timestamp",
		"timestamp-order",
		"signing-time-seven-hours",
	}
}
