package verify

import (
	"cmp"
	"crypto"
	_ "crypto/sha1"   // adbe.pkcs7.sha1, old digests
	_ "crypto/sha256" // every file
	_ "crypto/sha512" // SHA-384, SHA-512
	"fmt"
	"hash"
	"io"
	"slices"

	"trinhky/signer/internal/cms"
)

// hash reads the file once and makes its SHA-256 and every digest that the
// signatures ask for: the state over [0, a) is cloned where a gap begins, and
// only what lies behind the gap is read again.
func (x *examination) hash(found []*candidate) error {
	masters := map[crypto.Hash]hash.Cloner{}
	type cut struct {
		at   int64
		c    *candidate
		hash crypto.Hash
	}
	var cuts []cut
	need := func(h crypto.Hash) error {
		if masters[h] == nil {
			m, ok := h.New().(hash.Cloner)
			if !ok {
				return fmt.Errorf("%v cannot be cloned", h)
			}
			masters[h] = m
		}
		return nil
	}
	if err := need(crypto.SHA256); err != nil {
		return err
	}
	for _, c := range found {
		c.digests = map[uint][]byte{}
		if c.signed == nil {
			continue
		}
		for _, h := range c.hashes() {
			if err := need(h); err != nil {
				return err
			}
			cuts = append(cuts, cut{c.out.ByteRange[1], c, h})
		}
	}
	slices.SortFunc(cuts, func(a, b cut) int { return cmp.Compare(a.at, b.at) })
	pos := int64(0)
	advance := func(to int64) error {
		var ws []io.Writer
		for _, m := range masters {
			ws = append(ws, m)
		}
		err := x.copyRange(io.MultiWriter(ws...), pos, to)
		pos = to
		return err
	}
	for _, k := range cuts {
		if err := advance(k.at); err != nil {
			return err
		}
		h, err := masters[k.hash].Clone()
		if err != nil {
			return err
		}
		if err := x.copyRange(h, k.c.out.ByteRange[2], k.c.end); err != nil {
			return err
		}
		k.c.digests[uint(k.hash)] = h.Sum(nil)
	}
	for h := range masters {
		if h != crypto.SHA256 {
			delete(masters, h) // no one asks for more of them
		}
	}
	if err := advance(x.doc.Size()); err != nil {
		return err
	}
	masters[crypto.SHA256].Sum(x.report.SHA256[:0])
	return nil
}

// copyRange writes the bytes [from, to) of the file to w, in pieces.
func (x *examination) copyRange(w io.Writer, from, to int64) error {
	buf := make([]byte, min(64<<10, max(to-from, 0)))
	for from < to {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		n := min(int64(len(buf)), to-from)
		if _, err := x.doc.Reader().ReadAt(buf[:n], from); err != nil && err != io.EOF {
			return err
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// hashes lists the digests of the signed bytes that this signature needs. It
// parses the CMS on the way.
func (c *candidate) hashes() []crypto.Hash {
	switch c.out.SubFilter {
	case "adbe.x509.rsa_sha1", "adbe.pkcs7.sha1":
		if d, err := cms.Parse(c.contents); err == nil {
			c.parsed = d
		}
		return []crypto.Hash{crypto.SHA1}
	case "ETSI.RFC3161":
		t, err := cms.ParseTimestamp(c.contents)
		if err != nil {
			c.find("cms-malformed", Error, "%v", err)
			return nil
		}
		c.token, c.parsed = t, t.SignedData
		return available([]crypto.Hash{t.Info.Hash})
	}
	d, err := cms.Parse(c.contents)
	if err != nil {
		c.find("cms-malformed", Error, "%v", err)
		return nil
	}
	c.parsed = d
	return available(d.Hashes())
}

func available(hs []crypto.Hash) []crypto.Hash {
	return slices.DeleteFunc(slices.Clone(hs), func(h crypto.Hash) bool { return h == 0 || !h.Available() })
}

// signedDigest serves cms with the digests made by hash.
func (c *candidate) signedDigest(h crypto.Hash) ([]byte, error) {
	if d, ok := c.digests[uint(h)]; ok {
		return d, nil
	}
	return nil, fmt.Errorf("%w: no digest was made with %v", cms.ErrAlgorithm, h)
}
