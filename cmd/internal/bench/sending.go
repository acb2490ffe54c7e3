package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/store"
)

// sending are the promises about sending.
func sending() []Row {
	return []Row{
		{Name: "send-1mb", Unit: "messages/s", Bar: 0.15, AtLeast: true, Measure: sendRate},
		{Name: "send-50mb-memory", Unit: "MB", Bar: 32, Absolute: true, Measure: sendMemory},
		{Name: "outbox-list-100000", Unit: "ms", Bar: 50, Absolute: true, Measure: outboxTime},
		{Name: "directory-find-120000", Unit: "ms", Bar: 20, Absolute: true, Measure: directoryTime},
	}
}

// town is a sandbox with its axis and a ready workspace.
type town struct {
	Axis       string            `json:"axis"`
	SystemID   string            `json:"system_id"`
	SecretFile string            `json:"secret_file"`
	OrganID    string            `json:"organ_id"`
	Workspace  string            `json:"workspace"`
	Agencies   map[string]string `json:"agencies"`
}

// startTown runs the sandbox that lies beside this program.
func startTown(ctx context.Context, p Place, dir string) (*town, func(), error) {
	program := filepath.Join(p.Bin, "sandbox")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); p.Bin == "" || err != nil {
		return nil, nil, Skip("sandbox is not where this program is")
	}
	cmd := exec.CommandContext(ctx, program, "--home", filepath.Join(dir, "sandbox"), "--workspace", filepath.Join(dir, "ws"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	var t town
	if err == nil {
		err = json.Unmarshal(line, &t)
	}
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("the sandbox did not start: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return &t, stop, nil
}

// openTown runs a sandbox in a folder of its own, which stop removes.
func openTown(ctx context.Context, p Place) (dir string, t *town, stop func(), err error) {
	if dir, err = os.MkdirTemp(p.Dir, "send-"); err != nil {
		return "", nil, nil, err
	}
	remove := func() { _ = os.RemoveAll(dir) }
	t, end, err := startTown(ctx, p, dir)
	if err != nil {
		remove()
		return "", nil, nil, err
	}
	return dir, t, func() { end(); remove() }, nil
}

// How many messages of what size go through the axis.
const (
	sentMessages = 60
	sentBytes    = 1 << 20
)

// sendRate sends documents with 1 MB of attachments through the outbox to the
// sandbox. Its limit is what cannot be left out: the bytes written to the disk,
// hashed, put into base64 and posted to a server that reads them.
func sendRate(ctx context.Context, p Place) (Figure, error) {
	dir, t, stop, err := openTown(ctx, p)
	if err != nil {
		return Figure{}, err
	}
	defer stop()
	secret, err := os.ReadFile(t.SecretFile)
	if err != nil {
		return Figure{}, err
	}
	client, err := axis.New(axis.Config{Endpoint: t.Axis, SystemID: t.SystemID, Secret: strings.TrimSpace(string(secret)), Dir: dir})
	if err != nil {
		return Figure{}, err
	}
	journal, err := store.Open(ctx, filepath.Join(dir, "data"))
	if err != nil {
		return Figure{}, err
	}
	defer func() { _ = journal.Close() }()
	box := submit.NewOutbox(submit.Config{
		Journal: journal, Connectors: map[string]submit.Connector{"truc": client}, Schedule: submit.Schedule{Settle: time.Millisecond},
	})
	files, err := attachments(dir, sentMessages, sentBytes)
	if err != nil {
		return Figure{}, err
	}
	limit, err := postRate(ctx, dir, files)
	if err != nil {
		return Figure{}, err
	}
	began := time.Now()
	for i, path := range files {
		if _, err := box.Add(ctx, letterTo(i, t.OrganID, t.Agencies["silent"], path)); err != nil {
			return Figure{}, err
		}
	}
	if err := box.RunUntilIdle(ctx); err != nil {
		return Figure{}, err
	}
	rate := float64(len(files)) / time.Since(began).Seconds()
	left, err := box.List(ctx, submit.Filter{Statuses: []submit.Status{submit.Delivered}})
	if err == nil && len(left) != len(files) {
		err = fmt.Errorf("%d of %d messages are delivered", len(left), len(files))
	}
	return Figure{Value: rate, Limit: limit, Note: fmt.Sprintf("%d messages with 1 MB each, journaled, sent and checked by the axis", len(files))}, err
}

func attachments(dir string, n int, size int64) ([]string, error) {
	var all []string
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("van-ban-%d.pdf", i))
		f, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		_, err = io.WriteString(f, "%PDF-1.7\n")
		if err == nil {
			_, err = io.CopyN(f, rand.Reader, size)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		all = append(all, path)
	}
	return all, nil
}

func letterTo(i int, from, to, path string) submit.Envelope {
	return submit.Envelope{
		Connector: "truc", From: submit.Party{Code: from, Name: "Sở Thử nghiệm"}, To: []submit.Party{{Code: to, Name: "Cơ quan nhận"}},
		Files: []submit.File{{Path: path}},
		Document: submit.Metadata{
			Number: fmt.Sprint(i + 1), Notation: "STN-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: fmt.Sprintf("V/v đo tốc độ gửi văn bản số %d", i+1), Signer: "Nguyễn Văn Thử", Position: "GIÁM ĐỐC", Pages: 1,
		},
	}
}

// postRate is the limit of sendRate, in messages a second.
func postRate(ctx context.Context, dir string, files []string) (float64, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusOK)
	})}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	began := time.Now()
	for _, path := range files {
		if err := postOnce(ctx, path, filepath.Join(dir, "limit"), "http://"+l.Addr().String()); err != nil {
			return 0, err
		}
	}
	return float64(len(files)) / time.Since(began).Seconds(), nil
}

// postOnce keeps a copy, writes the message and posts it.
func postOnce(ctx context.Context, path, kept, address string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	text := base64.StdEncoding.EncodeToString(data)
	if err := errors.Join(os.WriteFile(kept, data, 0o600), os.WriteFile(kept+".edxml", []byte(text), 0o600)); err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Hash", fmt.Sprintf("%x", sum))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// sendMemory is how much more memory the command line needs to send 50 MB of
// attachments than to print its help.
func sendMemory(ctx context.Context, p Place) (Figure, error) {
	dir, t, stop, err := openTown(ctx, p)
	if err != nil {
		return Figure{}, err
	}
	defer stop()
	program := filepath.Join(p.Bin, "trinhkyctl")
	if _, err := os.Stat(program); err != nil {
		return Figure{}, Skip("trinhkyctl is not where this program is")
	}
	files, err := attachments(dir, 2, 24<<20)
	if err != nil {
		return Figure{}, err
	}
	meta := filepath.Join(dir, "meta.json")
	data, err := json.Marshal(letterTo(900, t.OrganID, "", "").Document)
	if err == nil {
		err = os.WriteFile(meta, data, 0o600)
	}
	if err != nil {
		return Figure{}, err
	}
	idle, _, err := child(ctx, program, "send", "-h")
	if err != nil {
		return Figure{}, err
	}
	args := append([]string{"--home", t.Workspace, "send", "--wait", "60s", "--to", t.Agencies["silent"], "--meta", meta}, files...)
	peak, _, err := child(ctx, program, args...)
	if err != nil {
		return Figure{}, err
	}
	return Figure{Value: mega(peak - idle), Note: fmt.Sprintf("48 MB in two files, 64 MB of message; the idle process has %.1f MB", mega(idle))}, nil
}

// slowest is the largest of the medians of some questions, in ms.
func slowest(ctx context.Context, questions map[string]func(context.Context) error) (float64, string, error) {
	var worst float64
	name := ""
	for q, ask := range questions {
		var times []float64
		for range 15 {
			began := time.Now()
			if err := ask(ctx); err != nil {
				return 0, "", err
			}
			times = append(times, float64(time.Since(began).Microseconds())/1000)
		}
		slices.Sort(times)
		if t := times[len(times)/2]; t >= worst {
			worst, name = t, q
		}
	}
	return worst, name, nil
}

// outboxTime is the slowest list of an outbox with 100,000 envelopes.
func outboxTime(ctx context.Context, p Place) (Figure, error) {
	dir, err := os.MkdirTemp(p.Dir, "outbox-")
	if err != nil {
		return Figure{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := store.Open(ctx, dir)
	if err != nil {
		return Figure{}, err
	}
	defer func() { _ = s.Close() }()
	if err := fillOutbox(ctx, s, dir); err != nil {
		return Figure{}, err
	}
	questions := map[string]func(context.Context) error{}
	for name, f := range map[string]submit.Filter{
		"newest": {}, "refused": {Statuses: []submit.Status{submit.Refused}}, "text": {Text: "do toc do"}, "rare": {Text: "77777"},
		"both": {Text: "toc do gui", Statuses: []submit.Status{submit.Delivered}}, "letter": {Text: "d"}, "nothing": {Text: "khong co"},
		"unsent": {Statuses: []submit.Status{submit.Queued, submit.Sending, submit.Unconfirmed}}, "elsewhere": {Connector: "khac"},
		"unsent text": {Text: "do toc do", Statuses: []submit.Status{submit.Unconfirmed}},
		"several":     {Statuses: []submit.Status{submit.Queued, submit.Delivered, submit.Refused}},
	} {
		questions[name] = func(ctx context.Context) error {
			_, err := s.List(ctx, f)
			return err
		}
	}
	value, name, err := slowest(ctx, questions)
	return Figure{Value: value, Note: "the slowest of " + fmt.Sprint(len(questions)) + " lists: " + name}, err
}

// fillOutbox puts 500 envelopes into the journal and copies their rows until
// there are 100,000: one by one they would take minutes.
func fillOutbox(ctx context.Context, s *store.Store, dir string) error {
	file := filepath.Join(dir, "van-ban.pdf")
	if err := os.WriteFile(file, []byte("%PDF-1.7\n"), 0o600); err != nil {
		return err
	}
	for i := range 500 {
		e, err := submit.Complete(letterTo(i, "H99.97", "H99.98", file))
		if err != nil {
			return err
		}
		r, err := s.Add(ctx, e)
		if err == nil {
			_, err = s.Update(ctx, r.Envelope.ID, func(r *submit.Record) error {
				r.Status = []submit.Status{submit.Delivered, submit.Delivered, submit.Refused}[i%3]
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "journal.db"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, `
		WITH RECURSIVE copy (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM copy WHERE i < 199)
		INSERT INTO envelope (id, connector, document_id, sender, code, date, kind, body, queued, status, next_try, tries, doc_id, state, lease, updated)
		SELECT e.id || '-' || copy.i, e.connector, e.document_id || copy.i, e.sender, e.code || copy.i, e.date, e.kind, e.body,
			e.queued + copy.i, CASE WHEN (e.n + copy.i) % 400 = 0 THEN `+fmt.Sprint(int(submit.Refused))+` ELSE `+fmt.Sprint(int(submit.Delivered))+` END,
			e.next_try, e.tries, '', e.state, '', e.updated
		FROM copy, envelope e WHERE e.n <= 500;
		INSERT INTO envelope_text (rowid, text) SELECT n, 'v v do toc do gui van ban so ' || n || ' so nhan h99.98' FROM envelope WHERE n > 500;`)
	return err
}

// directoryTime is the slowest keystroke in a directory of 120,000 agencies.
func directoryTime(ctx context.Context, p Place) (Figure, error) {
	dir, err := os.MkdirTemp(p.Dir, "directory-")
	if err != nil {
		return Figure{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := store.Open(ctx, dir)
	if err != nil {
		return Figure{}, err
	}
	defer func() { _ = s.Close() }()
	kinds := []string{"Ủy ban nhân dân xã", "Sở Nội vụ tỉnh", "Trường Trung học cơ sở", "Phòng Tài chính", "Trạm y tế xã", "Chi cục Thuế"}
	places := []string{"Bình Mẫu", "An Phú", "Đông Hòa", "Tân Lập", "Vĩnh Thạnh", "Quảng Yên", "Hòa Khánh", "Lộc Ninh"}
	all := make([]submit.Party, 120_000)
	for i := range all {
		all[i] = submit.Party{
			Code: fmt.Sprintf("H%02d.%02d.%03d", i/2000, i/100%20, i%100), OldCode: fmt.Sprintf("%03d.%02d.%02d.H%02d", i%100, i/100%20, i/2000, i/2000),
			Name: fmt.Sprintf("%s %s %d", kinds[i%len(kinds)], places[i/7%len(places)], i),
		}
	}
	if err := s.SetAgencies(ctx, "truc", all); err != nil {
		return Figure{}, err
	}
	questions := map[string]func(context.Context) error{}
	for _, text := range []string{"u", "uy", "uy ban", "uy ban nhan dan xa binh mau", "h45.1", "tan lap 1199", "000.", "truong trung hoc quang yen", "khong co"} {
		questions[text] = func(ctx context.Context) error {
			_, err := s.FindAgencies(ctx, "truc", text, 50)
			return err
		}
	}
	value, name, err := slowest(ctx, questions)
	return Figure{Value: value, Note: fmt.Sprintf("the slowest of %d texts: %q", len(questions), name)}, err
}
