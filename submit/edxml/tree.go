package edxml

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"trinhky/submit"
)

const (
	maxDepth = 32
	maxNodes = 100_000
	// maxText is what a message may have beside its attachments.
	maxText = 4 << 20
)

// ErrNotEdXML: XML, but no message of QCVN 102:2016.
var ErrNotEdXML = errors.New("not an edXML message of QCVN 102:2016")

// node is one element. Elements of other namespaces are kept out of the tree.
type node struct {
	name     string
	text     strings.Builder
	children []*node
	blob     string // ContentTransferEncoded: the file with the decoded bytes
}

func fault(field, format string, args ...any) error {
	return &submit.FieldError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// all returns the children of that name.
func (n *node) all(name string) (found []*node) {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// builder makes the tree of one message and writes the decoded attachments
// into dir.
type builder struct {
	src    *source
	dec    *xml.Decoder
	limits Limits
	total  int64
	nodes  int
	blobs  int
}

// tree reads one message whole.
func tree(r io.Reader, limits Limits) (*node, error) {
	br, wide, err := begin(r)
	if err != nil {
		return nil, err
	}
	src := &source{r: br, budget: maxText}
	b := &builder{src: src, dec: xml.NewDecoder(src), limits: limits}
	b.dec.CharsetReader = charset(wide)
	root, err := b.read()
	if err != nil {
		return nil, err
	}
	if root.name != "edXML" {
		return nil, fmt.Errorf("%w: the root is %q", ErrNotEdXML, root.name)
	}
	return root, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (b *builder) read() (*node, error) {
	var root *node
	var stack []*node // nil for elements that are not ours
	for {
		tok, err := b.dec.Token()
		if errors.Is(err, io.EOF) && root != nil && len(stack) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, fmt.Errorf("edXML: %w", unexpected(err))
		}
		switch tok := tok.(type) {
		case xml.Directive:
			return nil, fault("DOCTYPE", "a message must have no document type")
		case xml.StartElement:
			if root != nil && len(stack) == 0 {
				return nil, fmt.Errorf("edXML: a second root %q", tok.Name.Local)
			}
			n, err := b.open(tok, stack)
			if err != nil {
				return nil, err
			}
			if root == nil {
				root = n
			}
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if err := addText(stack, tok); err != nil {
				return nil, err
			}
		}
	}
}

// open makes the node of a start tag and hangs it into its parent.
func (b *builder) open(tok xml.StartElement, stack []*node) (*node, error) {
	if len(stack) >= maxDepth {
		return nil, fault(tok.Name.Local, "nested deeper than %d elements", maxDepth)
	}
	if b.nodes++; b.nodes > maxNodes {
		return nil, fault(tok.Name.Local, "more than %d elements", maxNodes)
	}
	if len(stack) == 0 {
		if tok.Name.Space != Namespace {
			return nil, fmt.Errorf("%w: the root %q has the namespace %q", ErrNotEdXML, tok.Name.Local, tok.Name.Space)
		}
		return &node{name: tok.Name.Local}, nil
	}
	parent := stack[len(stack)-1]
	if parent == nil {
		return nil, nil //nolint:nilnil // inside an element of another namespace
	}
	if tok.Name.Space != Namespace {
		if tok.Name.Local == "edXMLEnvelope" || tok.Name.Local == "AttachmentEncoded" {
			return nil, fmt.Errorf("%w: %s has the namespace %q", ErrNotEdXML, tok.Name.Local, tok.Name.Space)
		}
		return nil, nil //nolint:nilnil // not ours: ignored with all it holds
	}
	n := &node{name: tok.Name.Local}
	parent.children = append(parent.children, n)
	if n.name == "ContentTransferEncoded" && parent.name == "Attachment" && !b.src.selfClosed() {
		return n, b.decode(n)
	}
	return n, nil
}

func addText(stack []*node, text []byte) error {
	if len(stack) == 0 {
		if len(bytes.TrimSpace(text)) > 0 {
			return errors.New("edXML: text outside the root")
		}
		return nil
	}
	n := stack[len(stack)-1]
	if n == nil {
		return nil
	}
	if n.blob != "" && len(bytes.TrimSpace(text)) > 0 {
		return fault(n.name, "more than base64 text")
	}
	n.text.Write(text)
	return nil
}

// decode streams the text of an attachment into a file of its own.
func (b *builder) decode(n *node) error {
	if b.blobs++; b.blobs > b.limits.Attachments {
		return fault("Attachment", "more than %d attachments", b.limits.Attachments)
	}
	f, err := os.CreateTemp(b.limits.Dir, "attachment-*")
	if err != nil {
		return err
	}
	n.blob = f.Name()
	size, err := b.src.decodeText(f, min(b.limits.File, b.limits.Total-b.total))
	b.total += size
	return damage(n.name, "", errors.Join(err, f.Close()))
}

// damage is the fault of a message whose part does not decode. An error of this
// machine's own files, such as a full disk, is none: the message is whole, and is
// read later.
func damage(field, what string, err error) error {
	var here *fs.PathError
	if err == nil || errors.As(err, &here) {
		return err
	}
	return fault(field, "%s%v", what, err)
}

// bytesOf hashes and measures a file.
func bytesOf(path string) (sum [32]byte, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return [32]byte(h.Sum(nil)), size, err
}
