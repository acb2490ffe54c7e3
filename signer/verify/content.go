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

// hasher reads the file once and makes its SHA-256 and every digest that the
// signatures ask for: the state over [0, a) is cloned where a gap begins, and
// only what lies behind the gap is read again.
type hasher struct {
	x    *examination
	runs map[crypto.Hash]hash.Cloner // over [0, pos)
	pos  int64
}

// cut is where the digest of a signature leaves the run over the whole file.
type cut struct {
	at   int64
	c    *candidate
	hash crypto.Hash
}

// hash fills in the digests of the signatures and that of the file.
func (x *examination) hash(found []*candidate) error {
	h := &hasher{x: x, runs: map[crypto.Hash]hash.Cloner{}}
	if err := h.start(crypto.SHA256); err != nil {
		return err
	}
	var cuts []cut
	for _, c := range found {
		c.digests = map[crypto.Hash][]byte{}
		if !c.countable {
			continue
		}
		for _, algorithm := range c.hashes() {
			if err := h.start(algorithm); err != nil {
				return err
			}
			cuts = append(cuts, cut{c.out.ByteRange[1], c, algorithm})
		}
	}
	slices.SortFunc(cuts, func(a, b cut) int { return cmp.Compare(a.at, b.at) })
	for _, k := range cuts {
		if err := h.digest(k); err != nil {
			return err
		}
	}
	if x.options.NoFileDigest {
		return nil
	}
	whole := h.runs[crypto.SHA256]
	h.runs = map[crypto.Hash]hash.Cloner{crypto.SHA256: whole}
	if err := h.advance(x.doc.Size()); err != nil {
		return err
	}
	whole.Sum(x.report.SHA256[:0])
	return nil
}

func (h *hasher) start(algorithm crypto.Hash) error {
	if h.runs[algorithm] != nil {
		return nil
	}
	run, ok := algorithm.New().(hash.Cloner)
	if !ok {
		return fmt.Errorf("%v cannot be cloned", algorithm)
	}
	h.runs[algorithm] = run
	return nil
}

func (h *hasher) advance(to int64) error {
	var ws []io.Writer
	for _, run := range h.runs {
		ws = append(ws, run)
	}
	err := h.x.copyRange(io.MultiWriter(ws...), h.pos, to)
	h.pos = to
	return err
}

// digest makes one digest of one signature.
func (h *hasher) digest(k cut) error {
	if err := h.advance(k.at); err != nil {
		return err
	}
	run, err := h.runs[k.hash].Clone()
	if err != nil {
		return err
	}
	if err := h.x.copyRange(run, k.c.out.ByteRange[2], k.c.end); err != nil {
		return err
	}
	k.c.digests[k.hash] = run.Sum(nil)
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
	case "adbe.x509.rsa_sha1":
		return rawHashes
	case "adbe.pkcs7.sha1":
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
	if d, ok := c.digests[h]; ok {
		return d, nil
	}
	return nil, fmt.Errorf("%w: no digest was made with %v", cms.ErrAlgorithm, h)
}
