package axis_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/submittest"
)

// cut says where the first connection that sends a document ends. Request and
// answer count the bytes that pass, from the beginning (>= 0) or from the end of
// the headers (inBody); all lets everything pass.
type cut struct {
	request, answer int
	requestBody     bool // request counts from the end of the headers
	answerBody      bool
}

const all = 1 << 40

// relay passes bytes between a client and the axis.
type relay struct {
	net.Listener
	to   string
	plan chan cut // one cut for one sending connection
}

func newRelay(t *testing.T, address string, c cut) *relay {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	r := &relay{l, u.Host, make(chan cut, 1)}
	r.plan <- c
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(c)
		}
	}()
	return r
}

func (r *relay) serve(from net.Conn) {
	defer func() { _ = from.Close() }()
	to, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	in := bufio.NewReaderSize(from, 64<<10)
	where := cut{request: all, answer: all}
	if head, _ := in.Peek(20); strings.Contains(string(head), "sendEdoc") {
		select {
		case where = <-r.plan:
		default:
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if pass(to, in, where.request, where.requestBody) { // the cut comes here
			_ = to.Close()
			_ = from.Close()
		}
	}()
	answer := bufio.NewReaderSize(to, 64<<10)
	_, _ = answer.Peek(1) // the axis has done what it was asked; what it did later would come after two lists
	pass(from, answer, where.answer, where.answerBody)
	_ = from.Close()
	_ = to.Close()
	<-done
}

// pass copies n bytes, of the body where inBody, and says whether it stopped
// because of n.
func pass(to io.Writer, from *bufio.Reader, n int, inBody bool) bool {
	if inBody {
		for {
			line, err := from.ReadSlice('\n')
			if _, werr := to.Write(line); err != nil || werr != nil {
				return false
			}
			if len(bytes.TrimSpace(line)) == 0 {
				break
			}
		}
	}
	copied, _ := io.CopyN(to, from, int64(n))
	return copied == int64(n)
}

// Whatever byte a connection ends at, in the end the document is there once.
func TestCutAtEveryByteClass(t *testing.T) {
	for name, c := range map[string]cut{
		"before the first byte":              {request: 0, answer: all},
		"in the request line":                {request: 9, answer: all},
		"in the headers":                     {request: 300, answer: all},
		"between headers and body":           {request: 0, answer: all, requestBody: true},
		"after the first byte of the body":   {request: 1, answer: all, requestBody: true},
		"in the body":                        {request: 2500, answer: all, requestBody: true},
		"before the answer":                  {request: all, answer: 0},
		"in the status line":                 {request: all, answer: 7},
		"in the headers of the answer":       {request: all, answer: 40},
		"between headers and body of answer": {request: all, answer: 0, answerBody: true},
		"in the body of the answer":          {request: all, answer: 20, answerBody: true},
		"before the end of the answer":       {request: all, answer: 60, answerBody: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openWith(t, sandbox.Config{})
			r := newRelay(t, d.url, c)
			client, err := axis.New(axis.Config{
				Endpoint: "http://" + r.Addr().String() + "/axis", SystemID: systemID, Secret: secret, Dir: t.TempDir(),
			})
			if err != nil {
				t.Fatal(err)
			}
			d.client = client
			o := submittest.Outbox(t, d)
			from, to, _, silent := d.Agencies()
			rec, err := o.Add(t.Context(), submittest.Envelope(t, 1, from, to, silent))
			if err != nil {
				t.Fatal(err)
			}
			rec, err = o.Deliver(t.Context(), rec.Envelope.ID)
			if err != nil || rec.Status != submit.Delivered || len(d.Documents(t)) != 1 {
				t.Errorf("%v %v, %d documents", rec.Status, err, len(d.Documents(t)))
			}
			if len(r.plan) != 0 {
				t.Error("nothing was cut")
			}
			if first := rec.Attempts[0]; first.Outcome != submit.OutcomeUnknown && first.Outcome != submit.OutcomeAccepted || first.Error == "" && !rec.Receipt.FoundByLookup {
				t.Errorf("the first attempt: %+v", first)
			}
		})
	}
}
