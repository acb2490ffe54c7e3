package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"trinhky/app/review"
	"trinhky/cmd/internal/wire"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// signFlags are what `sign` and `batch` share.
type signFlags struct {
	secretFlags
	passwordFlags
	Key      string `placeholder:"URI" help:"Khóa ký: pkcs11:, pkcs12:TỆP hoặc wincert:."`
	Role     string `default:"leader" enum:"leader,seal,attachment,copy,digitised,archive,initials" help:"Loại chữ ký theo quy định."`
	Rules    string `enum:"tt01,nd30" default:"tt01" help:"Bộ quy tắc: Thông tư 01/2019 hoặc Nghị định 30/2020."`
	Image    string `placeholder:"PNG" help:"Hình chữ ký hoặc con dấu, nền trong suốt."`
	Number   string `placeholder:"15/QĐ-UBND" help:"Số và ký hiệu ghi trong chữ ký."`
	CopyForm string `name:"copy-form" placeholder:"SAO Y" help:"Hình thức sao."`
	Agency   string `placeholder:"TÊN" help:"Tên cơ quan ghi trong chữ ký."`

	Place        string   `default:"auto" enum:"auto" help:"auto: ô trống duy nhất, nếu không thì theo quy định."`
	Page         *int     `help:"Trang đặt chữ ký, từ 1; -1 là trang cuối."`
	X            *float64 `placeholder:"MM" help:"Cách mép trái."`
	Y            *float64 `placeholder:"MM" help:"Cách mép trên."`
	Width        *float64 `placeholder:"MM" help:"Rộng."`
	Height       *float64 `placeholder:"MM" help:"Cao."`
	Field        string   `placeholder:"TÊN" help:"Ký vào ô chữ ký này."`
	Invisible    bool     `help:"Không hiện gì trên trang."`
	AcceptUnsure bool     `name:"accept-unsure" help:"Ký cả khi chưa chắc về vị trí."`

	Level        string   `enum:"B,T,LT,LTA" default:"B" help:"Mức chữ ký: B, T, LT, LTA."`
	TSA          []string `name:"tsa" sep:"none" placeholder:"URL" help:"Máy chủ dấu thời gian, theo thứ tự thử."`
	OnTSAFailure string   `name:"on-tsa-failure" default:"fail" enum:"fail,downgrade" help:"Khi không lấy được dấu thời gian."`
	Digest       string   `default:"sha256" enum:"sha256,384,sha384,512,sha512" help:"Hàm băm."`
	PSS          bool     `name:"pss" help:"RSASSA-PSS thay cho PKCS#1 v1.5."`
	SignPINFile  string   `name:"sign-pin-file" placeholder:"F" help:"Tệp chứa mã PIN ký, cho thiết bị có mã PIN thứ hai."`
	Reason       string   `placeholder:"TEXT" help:"Lý do ký."`
	Location     string   `placeholder:"TEXT" help:"Nơi ký."`
	Certify      string   `default:"none" enum:"none,forms,annotations" help:"Ký chứng thực và những gì còn được sửa."`
	Overwrite    bool     `help:"Cho phép thay tệp kết quả đã có."`
}

type signCommand struct {
	signFlags
	In  string `arg:"" name:"in.pdf" help:"Văn bản."`
	Out string `short:"o" required:"" placeholder:"OUT.pdf" help:"Tệp đã ký."`
}

// signed is the answer of `sign`, and a line of `batch`.
type signed struct {
	Input          string           `json:"input"`
	Output         *string          `json:"output"`
	SHA256         string           `json:"sha256,omitempty"`
	Level          string           `json:"level,omitempty"`
	RequestedLevel string           `json:"requested_level,omitempty"`
	Downgrade      string           `json:"downgrade"`
	Field          string           `json:"field,omitempty"`
	Page           int              `json:"page,omitempty"`
	RectMM         *[4]float64      `json:"rect_mm,omitempty"`
	Place          string           `json:"place,omitempty"`
	Confidence     float64          `json:"confidence,omitempty"`
	Took           *took            `json:"took_ms,omitempty"`
	Findings       []review.Finding `json:"findings,omitempty"`
	Resumed        bool             `json:"resumed,omitempty"`
	Error          *problem         `json:"error"`
}

type took struct {
	Prepare int64 `json:"prepare"`
	Token   int64 `json:"token"`
	Finish  int64 `json:"finish"`
}

// Run signs one document.
func (c *signCommand) Run(ctx context.Context, s *session) error {
	if err := notExist(c.In); err != nil {
		return err
	}
	job, err := c.job(s)
	if err != nil {
		return err
	}
	defer job.password.Wipe()
	chosen, err := s.Key(ctx, c.Key)
	if err != nil {
		return err
	}
	// Everything that can fail without the key is tried before the PIN.
	item, err := job.look(ctx, c.In, c.Out, chosen.Certificate.X509)
	if err != nil {
		return err
	}
	if item.document != nil {
		defer s.closing(item.document.Close)
	}
	if err := job.mayUse(ctx, chosen.Certificate); err != nil {
		return err
	}
	key, certificate, err := c.unlock(ctx, s, chosen)
	if err != nil {
		return err
	}
	defer s.closing(key.Close)
	if chosen.Certificate.X509 == nil { // a file shows its certificate only now
		if err := job.known(ctx, &item, certificate); err != nil {
			return err
		}
	}
	out, err := job.sign(ctx, item, key, certificate)
	if err != nil {
		return err
	}
	s.answer(out)
	s.signed(out)
	return nil
}

// unlock gets the PIN and uses it once.
func (f *signFlags) unlock(ctx context.Context, s *session, chosen wire.Chosen) (signer.Key, signer.Certificate, error) {
	var pin signer.PIN
	if !chosen.Token.PINPad {
		var err error
		if pin, err = f.pin(s, s.Words.Say("cli.pin", "name", chosen.Name)); err != nil {
			return nil, signer.Certificate{}, err
		}
	}
	defer pin.Wipe()
	second, err := f.signaturePIN()
	if err != nil {
		return nil, signer.Certificate{}, err
	}
	defer second.Wipe()
	return chosen.Unlock(ctx, wire.PINs{Login: pin, Signature: second})
}

// signaturePIN is the second PIN of some tokens, nil where none is given.
func (f *signFlags) signaturePIN() (signer.PIN, error) {
	if f.SignPINFile != "" {
		return secretOfFile(f.SignPINFile)
	}
	if v, ok := os.LookupEnv("TRINHKY_SIGN_PIN"); ok {
		return signer.PIN(v), nil
	}
	return nil, nil
}

// job is what all documents of one command have in common.
type job struct {
	*session
	flags    *signFlags
	role     stamp.Role
	how      review.How
	level    signer.Level
	digest   crypto.Hash
	certify  signer.Certification
	password signer.PIN
	pipeline *signer.Pipeline
	stamp    stamp.Input
	picture  []verify.Finding
	warnings []verify.Finding // about the certificate
	asked    bool             // the time-stamping servers were asked already
}

// job checks the flags once.
func (f *signFlags) job(s *session) (*job, error) {
	j := &job{session: s, flags: f}
	var err error
	if j.how, err = f.how(); err != nil {
		return nil, err
	}
	if j.role, err = roleOf(f.Role); err != nil {
		return nil, err
	}
	// The contract's defaults, not the person's: a script means the same
	// everywhere. Only the true width of the seal and the servers are theirs.
	set := s.Settings
	set.Signing.Rules = f.Rules
	if j.level, err = levelOf(f.Level); err != nil {
		return nil, err
	}
	j.digest = digestOf(f.Digest)
	j.certify = certifyOf(f.Certify)
	if len(f.TSA) == 0 {
		f.TSA = set.Signing.TSA
	}
	if j.level >= signer.LevelT && len(f.TSA) == 0 {
		return nil, usage("mức %s cần --tsa hoặc máy chủ dấu thời gian trong cài đặt", f.Level)
	}
	if j.pipeline, err = s.Pipeline(f.TSA); err != nil {
		return nil, err
	}
	if j.stamp, j.picture, err = s.StampWith(set, j.role, nil, f.Image); err != nil {
		return nil, err
	}
	j.stamp.Number, j.stamp.CopyForm = f.Number, f.CopyForm
	if f.Agency != "" {
		j.stamp.Agency = f.Agency
	}
	j.password, err = f.password(s)
	return j, err
}

// how says which of the ways to give a place was used.
func (f *signFlags) how() (review.How, error) {
	given := f.Page != nil || f.X != nil || f.Y != nil || f.Width != nil || f.Height != nil
	whole := f.Page != nil && f.X != nil && f.Y != nil && f.Width != nil && f.Height != nil
	n := 0
	for _, b := range []bool{given, f.Field != "", f.Invisible} {
		if b {
			n++
		}
	}
	switch {
	case n > 1:
		return 0, usage("chỉ dùng một trong --page …, --field, --invisible")
	case given && !whole:
		return 0, usage("vị trí cần đủ --page --x --y --width --height")
	case given && !(*f.Width > 0 && *f.Height > 0):
		return 0, usage("--width và --height phải lớn hơn 0")
	case given && *f.Page == 0:
		return 0, usage("--page đếm từ 1; -1 là trang cuối")
	case given:
		return review.Fixed, nil
	case f.Field != "":
		return review.InField, nil
	case f.Invisible:
		return review.Invisible, nil
	}
	return review.Auto, nil
}

func roleOf(word string) (stamp.Role, error) {
	for r := stamp.Leader; r <= stamp.Initials; r++ {
		if r.String() == word {
			return r, nil
		}
	}
	return 0, usage("--role %q không có", word)
}

func levelOf(word string) (signer.Level, error) {
	switch word {
	case "B":
		return signer.LevelB, nil
	case "T":
		return signer.LevelT, nil
	case "LT":
		return signer.LevelLT, nil
	case "LTA":
		return signer.LevelLTA, nil
	}
	return 0, usage("--level %q không có", word)
}

func digestOf(word string) crypto.Hash {
	switch word {
	case "384", "sha384":
		return crypto.SHA384
	case "512", "sha512":
		return crypto.SHA512
	}
	return crypto.SHA256
}

func certifyOf(word string) signer.Certification {
	switch word {
	case "forms":
		return signer.CertifyForms
	case "annotations":
		return signer.CertifyAnnotations
	}
	return signer.NoCertification
}

// item is one document of a job, looked at and ready to sign.
type item struct {
	in, out   string
	document  *review.Document
	placement review.Placement
	findings  []verify.Finding
}

// look opens a document, finds the place and checks what can be checked without
// the key. cert is nil where it is not known yet.
func (j *job) look(ctx context.Context, in, out string, cert *x509.Certificate) (item, error) {
	it := item{in: in, out: out}
	reader, err := j.Reader()
	if err != nil {
		return it, err
	}
	d, err := reader.Examine(ctx, in, j.password)
	if err != nil {
		return it, err
	}
	if err := j.preflight(ctx, d, in, out); err != nil {
		return it, err
	}
	if j.needsRenderer(d) {
		if err := reader.Load(ctx, d, j.password); err != nil {
			return it, err
		}
	}
	it.document = d
	if err := j.place(ctx, &it, cert); err != nil {
		return it, errors.Join(err, d.Close())
	}
	return it, nil
}

// preflight tries what can fail without the key.
func (j *job) preflight(ctx context.Context, d *review.Document, in, out string) error {
	set := j.Settings
	set.Signing.TSA = j.flags.TSA
	return j.Preflight(ctx, set, d, signer.Request{
		Input: in, Output: out, Overwrite: j.flags.Overwrite,
		Level: j.level, DowngradeAllowed: j.flags.OnTSAFailure == "downgrade" || j.asked,
	})
}

// reachable asks once for a whole batch whether a time-stamping server answers.
func (j *job) reachable(ctx context.Context) error {
	if j.level < signer.LevelT || j.flags.OnTSAFailure == "downgrade" {
		return nil
	}
	j.asked = true
	return wire.Reachable(ctx, j.flags.TSA)
}

// needsRenderer says whether the place has to be found on the page: a given
// place, an empty field and a seal beside a signature need no renderer.
func (j *job) needsRenderer(d *review.Document) bool {
	if j.how != review.Auto {
		return false
	}
	return !d.AutoWithoutText(j.role)
}

func (j *job) place(ctx context.Context, it *item, cert *x509.Certificate) error {
	d := it.document
	if err := d.Secret(); err != nil {
		return err
	}
	if j.role == stamp.Seal {
		if err := d.LeaderSigned(cert); err != nil {
			return err
		}
	}
	f := j.flags
	ask := review.Ask{Stamp: wire.Signed(j.stamp, cert), How: j.how, Field: f.Field}
	ask.Stamp.Time = time.Now()
	if f.Agency != "" {
		ask.Stamp.Agency = f.Agency
	}
	if cert == nil && ask.Stamp.Signer == "" {
		ask.Stamp.Signer = "…" // only the place counts now; known lays it out again
	}
	if j.how == review.Fixed {
		ask.Page = *f.Page
		if ask.Page > 0 {
			ask.Page--
		}
		at := geom.Point{X: geom.MM(*f.X), Y: geom.MM(*f.Y)}
		ask.Shown = geom.At(at, geom.Size{W: geom.MM(*f.Width), H: geom.MM(*f.Height)})
	}
	p, err := d.Place(ctx, ask)
	if err != nil {
		return err
	}
	if !p.Sure() && !f.AcceptUnsure {
		return &review.RuleError{Rule: review.RuleUnsure, Args: map[string]string{"page": strconv.Itoa(p.Page + 1)}}
	}
	it.placement = p
	it.findings, err = d.Check(ctx, p, ask.Stamp, cert)
	it.findings = append(it.findings, j.picture...)
	return err
}

// mayUse refuses a certificate that may not sign (exit code 13); one that is
// not known yet is asked about later.
func (j *job) mayUse(ctx context.Context, c signer.Certificate) error {
	if c.X509 == nil {
		return nil
	}
	if c.Unusable != nil {
		return c.Unusable
	}
	var err error
	j.warnings, err = j.MaySign(ctx, c)
	return err
}

// known does what had to wait for the certificate of a PKCS#12 file.
func (j *job) known(ctx context.Context, it *item, c signer.Certificate) error {
	if err := j.mayUse(ctx, c); err != nil {
		return err
	}
	return j.place(ctx, it, c.X509)
}

// sign makes the signature and describes it.
func (j *job) sign(ctx context.Context, it item, key signer.Key, c signer.Certificate) (signed, error) {
	result, err := j.pipeline.Sign(ctx, j.request(it, c), key, func(stage signer.Stage) {
		j.Log.Debug("sign", "stage", int(stage), "input", it.in)
	})
	if err != nil {
		return signed{}, err
	}
	return j.describe(it, result), nil
}

// request is everything that the signature of an item needs.
func (j *job) request(it item, c signer.Certificate) signer.Request {
	f := j.flags
	return signer.Request{
		Input: it.in, Output: it.out, Overwrite: f.Overwrite, Password: j.password, Source: &it.document.SHA256,
		Field: it.placement.SignatureField(), Appearance: it.placement.Appearance,
		Certificate: c.X509, Chain: c.Chain,
		Level: j.level, DowngradeAllowed: f.OnTSAFailure == "downgrade", Digest: j.digest, PSS: f.PSS,
		Certify: j.certify, Name: c.X509.Subject.CommonName, Reason: f.Reason, Location: f.Location,
	}
}

// describe is the line of a signed item.
func (j *job) describe(it item, result signer.Signed) signed {
	out := signed{
		Input: it.in, Output: &result.Path, SHA256: hex.EncodeToString(result.SHA256[:]),
		Level: result.Level.String(), RequestedLevel: j.level.String(), Field: result.Field,
		Place: it.placement.How.String(), Confidence: math.Round(it.placement.Confidence*100) / 100,
		Took: &took{
			result.Took.Prepare.Milliseconds(), result.Took.Token.Milliseconds(), result.Took.Finish.Milliseconds(),
		},
		Findings: review.Findings(slices.Concat(it.findings, j.warnings), j.finding),
	}
	if result.Downgrade != nil {
		out.Downgrade = j.explain(result.Downgrade)
	}
	if pages := it.document.Pages; !result.Rect.Empty() && result.Page >= 0 && result.Page < len(pages) {
		mm := review.MM(pages[result.Page].RectToShown(result.Rect))
		out.Page, out.RectMM = result.Page+1, &mm
	}
	return out
}

// signed tells a person what was signed.
func (s *session) signed(o signed) {
	code := "cli.signed"
	if o.Page == 0 {
		code = "cli.signed-invisible"
	}
	s.tell(code, "file", filepath.Base(*o.Output), "level", o.Level, "page", strconv.Itoa(o.Page))
	if o.Downgrade != "" {
		s.tell("cli.downgraded", "level", o.RequestedLevel, "reason", o.Downgrade)
	}
	for _, f := range o.Findings {
		if f.Severity != "info" {
			s.say("  - %s", f.Text)
		}
	}
}
