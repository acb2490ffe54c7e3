package signer

import (
	"bytes"
	"compress/zlib"
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
