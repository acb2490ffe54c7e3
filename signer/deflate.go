package signer

import (
	"bytes"
	"compress/zlib"
	"io"
)

// deflate compresses for /FlateDecode. What is deflated here is cached by its
// owner, so that a batch does it once.
func deflate(data []byte) []byte {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err == nil {
		_, _ = w.Write(data) // into memory: it cannot fail
		_ = w.Close()
	}
	return b.Bytes()
}

// inflate is the reverse of deflate, for data that deflate made.
func inflate(data []byte) []byte {
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	out, _ := io.ReadAll(r) // from memory, as deflate wrote it
	return out
}
