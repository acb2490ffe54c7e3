package message

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"trinhky/app/ink"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// Coded is an error whose entry is known where it is made: cmd gives one to the
// errors of adapters, which app does not see.
type Coded struct {
	Code string
	Args map[string]string
	Err  error
}

func (e *Coded) Error() string { return e.Err.Error() }
func (e *Coded) Unwrap() error { return e.Err }

// errorCode finds the entry of an error and the arguments of its sentence. The
// typed errors come before the sentinels that they may wrap. An empty code
// means that there is nothing to say.
func errorCode(err error) (string, map[string]string) {
	if err == nil || errors.Is(err, context.Canceled) {
		return "", nil
	}
	var coded *Coded
	if errors.As(err, &coded) {
		return coded.Code, maps.Clone(coded.Args)
	}
	var lowered *signer.LoweredError
	if errors.As(err, &lowered) {
		return "error.level-lowered", nil
	}
	for _, of := range []func(error) (string, map[string]string){
		reviewCode, tokenCode, documentCode, submitCode,
	} {
		if code, args := of(err); code != "" {
			return code, args
		}
	}
	if code := sentinelCode(err); code != unknownError {
		return code, pathOf(err)
	}
	if code := submit.WayCode(err); ofNetwork(code) {
		return "error.way." + code, nil
	}
	return unknownError, pathOf(err)
}

// ofNetwork says whether only a way to somewhere else has that code; the others
// are told by what they are about.
func ofNetwork(way string) bool {
	switch way {
	case "slow", "no-name", "down", "offline", "cut", "disk-full", "answer":
		return true
	}
	return false
}

func reviewCode(err error) (string, map[string]string) {
	var refused *review.RuleError
	if errors.As(err, &refused) {
		return "error.rule." + refused.Rule.String(), refused.Args
	}
	var space *review.SpaceError
	if errors.As(err, &space) {
		return "error.disk-full", map[string]string{
			"path": space.Dir, "need": strconv.FormatInt(space.Need>>20+1, 10),
		}
	}
	if fault := review.StorageFaultOf(err); fault != review.StorageFine {
		return "error.storage." + fault.String(), map[string]string{"path": folderOf(err)}
	}
	return "", nil
}

// folderOf is the folder of the file that an error of the system names: the
// temporary names in it tell nobody anything.
func folderOf(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return filepath.Dir(path.Path)
	case errors.As(err, &link):
		return filepath.Dir(link.New)
	}
	return "."
}

func tokenCode(err error) (string, map[string]string) {
	var pin *signer.PINError
	if errors.As(err, &pin) {
		if pin.Signature {
			return "error.pin.signature", nil
		}
		return "error.pin." + pin.State.String(), nil
	}
	var token *signer.TokenError
	if errors.As(err, &token) {
		return "error.token." + token.Fault.String(), nil
	}
	var module *signer.ModuleError
	if errors.As(err, &module) {
		return "error.module." + moduleWord(module.Fault), map[string]string{"path": module.Path, "name": filepath.Base(module.Path)}
	}
	var cert *signer.CertificateError
	if errors.As(err, &cert) {
		return "error.certificate." + certificateWord(cert.Fault), map[string]string{"subject": cert.Subject}
	}
	return "", nil
}

// moduleWord is one of the sentences of a module that cannot be used.
func moduleWord(f signer.ModuleFault) string {
	switch f {
	case signer.ModuleMissing:
		return "missing"
	case signer.ModuleArchitecture:
		return "architecture"
	case signer.ModuleNotPKCS11:
		return "not-library"
	case signer.ModuleNoFunctionList:
		return "no-function-list"
	case signer.ModuleCrashed:
		return "crashed"
	case signer.ModuleFailed:
	}
	return "failed"
}

func certificateWord(f signer.CertificateFault) string {
	switch f {
	case signer.CertificateExpired:
		return "expired"
	case signer.CertificateNotYetValid:
		return "not-yet-valid"
	case signer.CertificateRevoked:
		return "revoked"
	case signer.CertificateKeyUsage:
		return "key-usage"
	case signer.CertificateUnproven:
		return "unproven"
	}
	return "unknown"
}

func documentCode(err error) (string, map[string]string) {
	var unreadable *signer.UnreadableError
	if errors.As(err, &unreadable) {
		return "error.unreadable", fileArgs(unreadable.File)
	}
	var font *stamp.FontError
	if errors.As(err, &font) {
		return "error.font", map[string]string{"letters": string(font.Runes)}
	}
	var forbidden *signer.ForbiddenError
	if errors.As(err, &forbidden) {
		return "error.forbidden." + prohibitionWord(forbidden.Rule), fileArgs(forbidden.File)
	}
	return "", nil
}

func prohibitionWord(p signer.Prohibition) string {
	switch p {
	case signer.ForbiddenByDocMDP:
		return "certified"
	case signer.ForbiddenByPermissions:
		return "permissions"
	case signer.ForbiddenByLock:
		return "locked"
	case signer.ForbiddenFieldTaken:
		return "field-taken"
	case signer.ForbiddenNoSuchField:
		return "no-field"
	case signer.ForbiddenEncryption:
		return "encryption"
	case signer.ForbiddenCertifyLate:
		return "certify-late"
	case signer.ForbiddenBySeedValue:
		return "seed-value"
	case signer.ForbiddenByShape:
		return "shape"
	case signer.ForbiddenReadOnly:
		return "read-only"
	}
	return "unknown"
}

func submitCode(err error) (string, map[string]string) {
	var refused *submit.RefusedError
	if errors.As(err, &refused) {
		return "error.refused", map[string]string{"code": refused.Code, "reason": refused.Text}
	}
	var unknown *submit.UnknownError
	if errors.As(err, &unknown) {
		return "error.unconfirmed", nil
	}
	var duplicate *submit.DuplicateError
	if errors.As(err, &duplicate) {
		return "error.duplicate", nil
	}
	var tampered *submit.TamperedError
	if errors.As(err, &tampered) {
		return "error.tampered", map[string]string{"n": strconv.FormatInt(tampered.N, 10)}
	}
	var field *submit.FieldError
	if errors.As(err, &field) && field.Field == "secrecy" {
		return "error.secret-sending", nil
	}
	if errors.As(err, &field) {
		return "error.field", map[string]string{"field": field.Field, "reason": field.Reason}
	}
	if code := submit.ProblemCode(err); code != "" {
		return "error.way." + code, nil
	}
	return "", nil
}

// sentinelCode knows the errors that carry no data of their own.
func sentinelCode(err error) string {
	for _, s := range []struct {
		is   error
		code string
	}{
		{signer.ErrNoToken, "error.no-token"},
		{signer.ErrSourceChanged, "error.source-changed"},
		{signer.ErrExists, "error.exists"},
		{signer.ErrPassword, "error.password"},
		{pdfview.ErrPassword, "error.password"},
		{signer.ErrLevel, "error.level"},
		{signer.ErrUnsigned, "error.unsigned"},
		{signer.ErrPicture, "error.picture"},
		{ink.ErrHEIC, "error.photo.heic"},
		{ink.ErrKind, "error.photo.kind"},
		{ink.ErrTooBig, "error.photo.size"},
		{ink.ErrNoInk, "error.photo.ink"},
		{ink.ErrDamaged, "error.photo.damaged"},
		{submit.ErrNotFound, "error.no-envelope"},
		{submit.ErrBusy, "error.busy"},
		{submit.ErrTooLate, "error.too-late"},
		{submit.ErrDoubtful, "error.doubtful"},
		{submit.ErrNotDelivered, "error.not-delivered"},
		{submit.ErrNumberTaken, "error.number-taken"},
		{submit.ErrNoConnector, "error.no-connector"},
		{submit.ErrNotWaiting, "error.not-waiting"},
		{settings.ErrNoSecret, "error.no-secret"},
		{fs.ErrNotExist, "error.no-file"},
		{fs.ErrPermission, "error.no-permission"},
		{context.DeadlineExceeded, "error.timeout"},
	} {
		if errors.Is(err, s.is) {
			return s.code
		}
	}
	return unknownError
}

func pathOf(err error) map[string]string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return map[string]string{"path": path.Path, "file": filepath.Base(path.Path)}
	}
	return map[string]string{"path": "", "file": ""}
}

func fileArgs(path string) map[string]string {
	return map[string]string{"path": path, "file": filepath.Base(path)}
}
