package verify

import (
	"bytes"
	"encoding/xml"
	"io"

	"trinhky/signer/internal/pdf"
)

// checkMetadata: /Metadata may be written anew, but stays metadata: a stream of
// XML (XMP, ISO 16684-1). owner is the catalog.
func (m *comparison) checkMetadata(was, is pdf.Value, owner int) error {
	m.explain(was, owner)
	if m.same(was, is, 0) && !m.refTouched(was) {
		return nil
	}
	x, err := m.cur.Resolve(is)
	if err != nil {
		return err
	}
	if x.Kind() == pdf.KindStream {
		if s := x.Get("Subtype").Name(); s == "" || s == "XML" {
			if data, err := m.cur.Data(x); err == nil && isXML(data) {
				return nil // whatever else refers to it is found by checkRest
			}
		}
	}
	old, err := m.old.Resolve(was)
	if err != nil || old.IsNull() && x.IsNull() {
		return err
	}
	m.suspect("catalog-changed", 0, "/Metadata of the catalog is gone or no metadata any more")
	return nil
}

// refTouched says whether v is a reference to an object that was written anew.
func (m *comparison) refTouched(v pdf.Value) bool {
	r, ok := v.Ref()
	return ok && m.touched[r.Num]
}

// maxMetadata is how much of a metadata stream is read as XML.
const maxMetadata = 4 << 20

// isXML says whether data begins as an XML document that has an element.
func isXML(data []byte) bool {
	data = data[:min(len(data), maxMetadata)]
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(data) > 1 && (data[0] == 0xfe && data[1] == 0xff || data[0] == 0xff && data[1] == 0xfe) {
		return true // UTF-16: XMP may be, and nobody paints it
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for range 64 {
		t, err := d.Token()
		if err != nil {
			return false
		}
		switch t := t.(type) {
		case xml.StartElement:
			return true
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return false
			}
		}
	}
	return false
}

// checkDSS: the security store may come, grow and be written anew, but holds
// nothing but validation data (ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4.2).
func (m *comparison) checkDSS(was, is pdf.Value, owner int) error {
	m.explainDSS(was, owner)
	x, err := m.cur.Resolve(is)
	if err != nil {
		return err
	}
	if x.IsNull() || m.sameDSS(x) {
		return nil
	}
	m.suspect("catalog-changed", 0, "/DSS of the catalog holds something else than validation data")
	return nil
}

// sameDSS says whether v is a well-formed security store.
func (m *comparison) sameDSS(v pdf.Value) bool {
	if v.Kind() != pdf.KindDict {
		return false
	}
	for i := range v.Len() {
		k, x := v.Key(i)
		y, err := m.cur.Resolve(x)
		if err != nil || !m.step() {
			return false
		}
		switch k {
		case "Type":
		case "VRI":
			if !m.isVRI(y) {
				return false
			}
		case "Certs", "OCSPs", "CRLs", "Cert", "OCSP", "CRL":
			if !m.streams(y) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// isVRI: signature hashes → the data for that signature.
func (m *comparison) isVRI(v pdf.Value) bool {
	if v.Kind() != pdf.KindDict {
		return false
	}
	for i := range v.Len() {
		k, x := v.Key(i)
		y, err := m.cur.Resolve(x)
		switch {
		case err != nil || !m.step():
			return false
		case k == "Type" && y.Kind() == pdf.KindName:
			continue
		case y.Kind() != pdf.KindDict:
			return false
		}
		for j := range y.Len() {
			if !m.isVRIEntry(y.Key(j)) {
				return false
			}
		}
	}
	return true
}

func (m *comparison) isVRIEntry(key string, v pdf.Value) bool {
	x, err := m.cur.Resolve(v)
	if err != nil {
		return false
	}
	switch key {
	case "Type", "TU":
		return x.Kind() == pdf.KindName || x.Kind() == pdf.KindString
	case "TS":
		return x.Kind() == pdf.KindStream || x.Kind() == pdf.KindString
	case "Cert", "OCSP", "CRL", "Certs", "OCSPs", "CRLs":
		return m.streams(x)
	}
	return false
}

// streams says whether v is an array of streams that no page of the signed
// revision is made of. An OCSP answer may stand twice.
func (m *comparison) streams(v pdf.Value) bool {
	if v.Kind() != pdf.KindArray {
		return false
	}
	for _, x := range v.Items() {
		y, err := m.cur.Resolve(x)
		if err != nil || !m.step() || y.Kind() != pdf.KindStream && !y.IsNull() {
			return false
		}
	}
	return true
}
