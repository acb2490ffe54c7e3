package axis

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The one namespace of the message.
const namespace = "http://www.mic.gov.vn/TBT/QCVN_102_2016"

// maxDepth and maxElements bound a hostile message.
const (
	maxDepth    = 32
	maxElements = 100_000
)

// element is a node with its literal prefix, because the prefix is part of the
// shape that receivers across provinces insist on.
type element struct {
	prefix, local, space string
	attrs                []xml.Attr // without namespace declarations
	declared             map[string]string
	text                 string
	children             []*element
}

// parse reads a whole message. It refuses any DOCTYPE, processing instruction
// and text before the XML declaration.
func parse(message []byte) (*element, error) {
	if !utf8.Valid(message) {
		return nil, errors.New("message is not UTF-8")
	}
	message, contents := setAside(message)
	p := &parser{dec: xml.NewDecoder(bytes.NewReader(message)), contents: contents}
	for {
		tok, err := p.dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("XML: %w", err)
		}
		if err := p.token(tok); err != nil {
			return nil, err
		}
	}
	if p.root == nil || len(p.open) > 0 {
		return nil, errors.New("XML ends too early")
	}
	return p.root, nil
}

type parser struct {
	dec      *xml.Decoder
	root     *element
	open     []*element
	count    int
	began    bool
	contents []string // of setAside
}

// setAside takes the long base64 contents out of a message, because the XML
// decoder reads them byte by byte. In their place stands "#0", "#1" …, which is
// no base64. Contents in any other form stay for the decoder.
func setAside(message []byte) (rest []byte, contents []string) {
	const name = "ContentTransferEncoded"
	for {
		at := bytes.Index(message, []byte(name))
		if at < 0 {
			break
		}
		open := bytes.IndexByte(message[at:], '>')
		if open < 0 {
			break
		}
		from := at + open + 1
		size := max(bytes.IndexByte(message[from:], '<'), 0)
		content := message[from : from+size]
		rest = append(rest, message[:from]...)
		if size > 1<<10 && !bytes.ContainsAny(content, "&#]") {
			rest = fmt.Appendf(rest, "#%d", len(contents))
			contents = append(contents, string(content))
		} else {
			rest = append(rest, content...)
		}
		message = message[from+size:]
	}
	return append(rest, message...), contents
}

func (p *parser) token(tok xml.Token) error {
	defer func() { p.began = true }()
	switch t := tok.(type) {
	case xml.Directive:
		return errors.New("DOCTYPE and entities are not allowed")
	case xml.ProcInst:
		if t.Target != "xml" || p.began {
			return errors.New("processing instruction is not allowed: " + t.Target)
		}
	case xml.StartElement:
		return p.start(t)
	case xml.EndElement:
		return p.end(t)
	case xml.CharData:
		if len(p.open) > 0 {
			p.open[len(p.open)-1].text += string(t)
		} else if len(bytes.Trim(t, " \t\r\n\ufeff")) > 0 {
			return errors.New("text outside of the root element")
		}
	}
	return nil
}

func (p *parser) start(t xml.StartElement) error {
	if p.count++; p.count > maxElements || len(p.open) >= maxDepth {
		return errors.New("XML is too deep or has too many elements")
	}
	if p.root != nil && len(p.open) == 0 {
		return errors.New("second root element")
	}
	e := &element{prefix: t.Name.Space, local: t.Name.Local, declared: map[string]string{}}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			e.declared[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			e.declared[""] = a.Value
		default:
			e.attrs = append(e.attrs, a)
		}
	}
	space, ok := p.resolve(e)
	if !ok {
		return fmt.Errorf("prefix %s is not declared", e.prefix)
	}
	e.space = space
	if len(p.open) == 0 {
		p.root = e
	} else {
		parent := p.open[len(p.open)-1]
		parent.children = append(parent.children, e)
	}
	p.open = append(p.open, e)
	return nil
}

// resolve finds the namespace of e's prefix; no default namespace is "".
func (p *parser) resolve(e *element) (string, bool) {
	if space, ok := e.declared[e.prefix]; ok {
		return space, true
	}
	for i := len(p.open) - 1; i >= 0; i-- {
		if space, ok := p.open[i].declared[e.prefix]; ok {
			return space, true
		}
	}
	return "", e.prefix == ""
}

func (p *parser) end(t xml.EndElement) error {
	if len(p.open) == 0 {
		return errors.New("end tag without a start")
	}
	e := p.open[len(p.open)-1]
	if e.prefix != t.Name.Space || e.local != t.Name.Local {
		return fmt.Errorf("end tag %s closes %s", t.Name.Local, e.local)
	}
	p.open = p.open[:len(p.open)-1]
	if number, ok := strings.CutPrefix(e.text, "#"); ok && e.local == "ContentTransferEncoded" {
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < len(p.contents) {
			e.text = p.contents[n]
		}
	}
	return nil
}

// child is the first child of that local name, or nil.
func (e *element) child(local string) *element {
	if e == nil {
		return nil
	}
	for _, c := range e.children {
		if c.local == local {
			return c
		}
	}
	return nil
}

// all are the children of that local name.
func (e *element) all(local string) []*element {
	if e == nil {
		return nil
	}
	var found []*element
	for _, c := range e.children {
		if c.local == local {
			found = append(found, c)
		}
	}
	return found
}

// at follows a path of local names; nil where it ends.
func (e *element) at(path ...string) *element {
	for _, local := range path {
		e = e.child(local)
	}
	return e
}

// value is the trimmed text at a path, "" where there is nothing.
func (e *element) value(path ...string) string {
	at := e.at(path...)
	if at == nil {
		return ""
	}
	return strings.TrimSpace(at.text)
}
