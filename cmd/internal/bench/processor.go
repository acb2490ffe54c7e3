package bench

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"trinhky/signer"
)

// Many short rounds rather than a few long ones: other work on a shared
// processor makes the same instructions take longer, and a short round can fall
// between.
const (
	shortRounds = 40
	shortTimes  = 100
)

// cost is the processor time of something that is done in rounds.
type cost struct {
	best, sum time.Duration // of one time; of all
	rounds    int
}

// add does f for one round.
func (c *cost) add(f func() error) error {
	before, err := processorTime()
	if err != nil {
		return err
	}
	for range shortTimes {
		if err := f(); err != nil {
			return err
		}
	}
	after, err := processorTime()
	if err != nil {
		return err
	}
	if one := (after - before) / shortTimes; c.rounds == 0 || one < c.best {
		c.best = one
	}
	c.sum += after - before
	c.rounds++
	return nil
}

// least is the time of the best round for one f, in ms.
func (c *cost) least() float64 { return float64(c.best) / float64(time.Millisecond) }

// average is that of all rounds.
func (c *cost) average() float64 {
	return float64(c.sum) / float64(c.rounds*shortTimes) / float64(time.Millisecond)
}

// rememberedKey answers with a signature that was made before: the private key
// costs nothing, everything else is done as ever.
type rememberedKey struct {
	softKey
	signature []byte
}

func (k *rememberedKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if k.signature == nil {
		var err error
		if k.signature, err = k.softKey.Sign(r, digest, o); err != nil {
			return nil, err
		}
	}
	return k.signature, nil
}

// SignContext implements signer.ContextKey, as the keys of files and tokens do.
func (k *rememberedKey) SignContext(_ context.Context, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return k.Sign(rand.Reader, digest, o)
}

// ownCPU is the processor time for one document outside the private key. Its
// note says what hashing as many bytes and one check of a signature take alone:
// where that is slow, by the machine or by other work on it, so is the rest.
func ownCPU(ctx context.Context, p Place) (Figure, error) {
	d, clean, err := newDesk(p, rsaIdentity)
	if err != nil {
		return Figure{}, err
	}
	defer clean()
	k := &rememberedKey{softKey: softKey{d.key}}
	now := time.Now() // the same every time, and so what is signed
	pipeline := &signer.Pipeline{Now: func() time.Time { return now }}
	r := d.request
	r.Output = filepath.Join(d.dir, "out.pdf")
	sign := func() error {
		_, err := pipeline.Sign(ctx, r, k, nil)
		return err
	}
	if err := sign(); err != nil {
		return Figure{}, err
	}
	data, err := os.ReadFile(r.Output)
	if err != nil {
		return Figure{}, err
	}
	digest := sha256.Sum256(data)
	signature, err := d.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return Figure{}, err
	}
	bare := func() error {
		digest := sha256.Sum256(data)
		return rsa.VerifyPKCS1v15(d.key.Public().(*rsa.PublicKey), crypto.SHA256, digest[:], signature)
	}
	var own, floor cost
	for range shortRounds {
		if err := errors.Join(own.add(sign), floor.add(bare)); err != nil {
			return Figure{}, err
		}
	}
	note := fmt.Sprintf("a document of %d bytes, RSA-2048, with the check of every signature; %.2f ms on average; hashing and checking alone %.2f ms",
		len(data), own.average(), floor.least())
	return Figure{Value: own.least(), Note: note}, nil
}
