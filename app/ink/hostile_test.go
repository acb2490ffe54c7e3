package ink

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// hugePNG says that it has w × h pixels and ends there.
func hugePNG(w, h uint32) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	head = binary.BigEndian.AppendUint32(head, h)
	head = append(head, 8, 6, 0, 0, 0)
	out = binary.BigEndian.AppendUint32(out, 13)
	out = append(out, head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

func smallJPEG(t testing.TB) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = uint8(200 + i%7)
	}
	img.SetGray(0, 0, color.Gray{Y: 10})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodeRefuses(t *testing.T) {
	whole := smallJPEG(t)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":               {nil, ErrKind},
		"a document":          {[]byte("%PDF-1.7\n1 0 obj"), ErrKind},
		"a program":           {[]byte("MZ\x90\x00\x03\x00\x00\x00"), ErrKind},
		"a bitmap":            {append([]byte("BM"), make([]byte, 60)...), ErrKind},
		"cut off":             {whole[:len(whole)/2], ErrDamaged},
		"nothing but a head":  {whole[:4], ErrDamaged},
		"huge, small file":    {hugePNG(100_000, 100_000), ErrTooBig},
		"long and thin":       {hugePNG(4_000_000, 8), ErrTooBig},
		"too many pixels":     {hugePNG(16_000, 16_000), ErrTooBig},
		"PNG without pixels":  {hugePNG(64, 64), ErrDamaged},
		"smaller than a word": {hugePNG(8, 8), ErrNoInk},
		"HEIC, no converter":  {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), ErrHEIC},
		"too many bytes":      {make([]byte, MaxBytes+1), ErrTooBig},
	} {
		if _, err := Decode(context.Background(), c.data, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Decode(ctx, whole, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// fakeConverter gives a PNG, or what it is told to.
type fakeConverter struct {
	png []byte
	err error
}

func (f fakeConverter) Convert(context.Context, []byte) ([]byte, error) { return f.png, f.err }

func TestHEIC(t *testing.T) {
	heic := []byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	p, err := Decode(context.Background(), heic, fakeConverter{png: b.Bytes()})
	if err != nil || p.Bounds() != image.Rect(0, 0, 60, 40) {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := Decode(context.Background(), heic, fakeConverter{err: ErrDamaged}); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
	c := SystemConverter()
	if c == nil {
		t.Skip("no HEIC converter on this system")
	}
	if _, err := c.Convert(context.Background(), heic); err == nil {
		t.Error("a file of one box was converted")
	}
}

// exif puts an APP1 segment with an orientation and a focal length into a JPEG.
func exif(data []byte, order binary.AppendByteOrder, turn, focal uint16) []byte {
	tiff := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	entry := func(tag, kind uint16, value uint32, short bool) {
		tiff = order.AppendUint16(tiff, tag)
		tiff = order.AppendUint16(tiff, kind)
		tiff = order.AppendUint32(tiff, 1)
		if short {
			tiff = order.AppendUint16(tiff, uint16(value))
			tiff = order.AppendUint16(tiff, 0)
			return
		}
		tiff = order.AppendUint32(tiff, value)
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	entry(tagOrientation, 3, uint32(turn), true)
	entry(tagExif, 4, 38, false)
	tiff = order.AppendUint32(tiff, 0)
	tiff = order.AppendUint16(tiff, 1)
	entry(tagFocal35, 3, uint32(focal), true)
	tiff = order.AppendUint32(tiff, 0)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, data[:2]...)
	out = append(out, 0xFF, 0xE1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), data[2:]...)
}

// The corner that was dark when the picture was taken is dark in the right place.
func TestOrientation(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 96, 64))
	for i := range img.Pix {
		img.Pix[i] = 240
	}
	for y := range 16 {
		for x := range 16 {
			img.SetGray(x, y, color.Gray{})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	for turn, want := range map[uint16][2]bool{ // dark on the right, dark below
		1: {false, false}, 2: {true, false}, 3: {true, true}, 4: {false, true},
		5: {false, false}, 6: {true, false}, 7: {true, true}, 8: {false, true}, 9: {false, false},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			p := decoded(t, exif(b.Bytes(), order, turn, 26))
			w, h := p.img.Rect.Dx(), p.img.Rect.Dy()
			if turned := w < h; turned != (turn >= 5 && turn <= 8) {
				t.Errorf("%d: %d × %d", turn, w, h)
			}
			x, y := 5, 5
			if want[0] {
				x = w - 6
			}
			if want[1] {
				y = h - 6
			}
			if c := p.img.RGBAAt(x, y); c.R > 60 {
				t.Errorf("%d: %v at (%d, %d)", turn, c, x, y)
			}
			if f := 26 / 43.27 * math.Hypot(96, 64); math.Abs(p.focal-f) > 0.01 {
				t.Errorf("%d: focal length of %g pixels, want %g", turn, p.focal, f)
			}
		}
	}
}

// Bare paper and noise have no ink.
func TestNoInk(t *testing.T) {
	s := scenes()[1]
	s.ink = s.paper
	data, corners := s.photo(t)
	p := decoded(t, data)
	for _, kind := range []Kind{Signature, Seal} {
		if _, err := Make(context.Background(), p, Order{Sheet: corners, Kind: kind}); !errors.Is(err, ErrNoInk) {
			t.Errorf("%v: %v", kind, err)
		}
	}
}

// The PNG says how large it is.
func TestEncode(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 590, 300))
	img.SetNRGBA(3, 4, color.NRGBA{26, 63, 166, 77})
	data, err := Encode(img, 50)
	if err != nil {
		t.Fatal(err)
	}
	back, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := color.NRGBAModel.Convert(back.At(3, 4)); got != (color.NRGBA{26, 63, 166, 77}) {
		t.Errorf("a pixel became %v", got)
	}
	at := bytes.Index(data, []byte("pHYs"))
	if at != 37 || binary.BigEndian.Uint32(data[at+4:]) != 11800 || data[at+12] != 1 {
		t.Errorf("pHYs at %d: % x", at, data[at:at+13])
	}
	for _, mm := range []float64{0, -3} {
		if _, err := Encode(img, mm); err == nil {
			t.Errorf("%g mm: no error", mm)
		}
	}
}

// A square through the mapping and back is the square.
func TestHomography(t *testing.T) {
	q := Quad{{10, 20}, {410, 60}, {380, 350}, {40, 300}}
	m := newHomography(q)
	back, ok := inverse(m)
	if !ok {
		t.Fatal("no inverse")
	}
	for i, uv := range [4][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}} {
		p := m.at(uv[0], uv[1])
		if distance(p, q[i]) > 1e-9 {
			t.Errorf("corner %d at %v", i, p)
		}
		if b := back.at(p.X, p.Y); distance(b, Point{uv[0], uv[1]}) > 1e-9 {
			t.Errorf("corner %d back at %v", i, b)
		}
	}
	if _, ok := inverse(newHomography(Quad{{5, 5}, {5, 5}, {5, 5}, {5, 5}})); ok {
		t.Error("a point has an inverse")
	}
	for _, q := range []Quad{{{0, 0}, {0, 9}, {9, 9}, {9, 0}}, {{0, 0}, {9, 9}, {9, 0}, {0, 9}}, {{0, 0}, {9, 0}, {2, 2}, {0, 9}}} {
		if q.Convex() {
			t.Errorf("%v is convex", q)
		}
	}
}

// Whatever lies in a file: an error or a picture of bounded size, no panic.
func FuzzDecode(f *testing.F) {
	f.Add(smallJPEG(f))
	f.Add(exif(smallJPEG(f), binary.BigEndian, 6, 26))
	f.Add(exif(smallJPEG(f), binary.LittleEndian, 5, 0))
	f.Add(hugePNG(64, 64))
	f.Add([]byte("\xFF\xD8\xFF\xE1\x00\x10Exif\x00\x00II*\x00\xFF\xFF\xFF\x7F"))
	f.Add([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Decode(context.Background(), data, fakeConverter{err: ErrDamaged})
		if err != nil {
			return
		}
		if n := p.img.Rect.Dx() * p.img.Rect.Dy(); n <= 0 || n > kept {
			t.Fatalf("%v", p.img.Rect)
		}
		if p.img.Rect.Dx()*p.img.Rect.Dy() > 1<<18 {
			return
		}
		q, _ := FindSheet(p)
		_, _ = Make(context.Background(), p, Order{Sheet: q})
	})
}

// What a converter leaves behind is nothing.
func TestConvertFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	got, err := convertFiles(context.Background(), []byte("heic"), func(_ context.Context, from, to string) error {
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		return os.WriteFile(to, append(data, '!'), 0o600)
	})
	if err != nil || string(got) != "heic!" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := convertFiles(context.Background(), nil, func(context.Context, string, string) error { return nil }); !errors.Is(err, ErrDamaged) {
		t.Errorf("no output: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "trinhky-heic-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
