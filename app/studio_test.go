package app_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/page"
	"trinhky/app/widget"
	"trinhky/signer/signertest/sample"
)

// studioPhoto is a file with a photo of a slip of paper, signed, on a dark table.
func studioPhoto(t *testing.T) string {
	t.Helper()
	ink, err := png.Decode(bytes.NewReader(sample.SignatureImage()))
	if err != nil {
		t.Fatal(err)
	}
	const w, h = 1200, 900
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{70, 48, 34, 255}
			left, top := 150-y/12, 120+x/30
			if x > left && x < 1050+y/20 && y > top && y < 760 {
				light := 235 - x/16 - y/20
				c = color.RGBA{uint8(light), uint8(light), uint8(light - 8), 255}
				_, _, _, a := ink.At((x-340)*ink.Bounds().Dx()/520, (y-300)*ink.Bounds().Dx()/520).RGBA()
				k := 1 - 0.85*float64(a)/0xFFFF
				c = color.RGBA{uint8(float64(c.R) * k), uint8(float64(c.G) * k), uint8(float64(c.B) * (1 - (1-k)/2)), 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	path := filepath.Join(t.TempDir(), "chu-ky-tren-giay.jpg")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(f, img, &jpeg.Options{Quality: 88}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// studio opens the image studio with a photo; "" is none.
func (s *stage) studio(button, photo string) {
	s.flow.Start()
	s.frame.Go(page.SettingsPage)
	s.kit.PickPhoto = func(chosen func(string)) { chosen(photo) }
	test.Tap(s.kit.Part(button).(*fynewidget.Button))
	if photo != "" {
		test.Tap(s.kit.Part("studio.pick").(*fynewidget.Button))
	}
}

// A photo becomes the picture of the settings: the corners are moved by hand,
// the size is measured, and what is kept is a blue picture on nothing.
func TestStudio(t *testing.T) {
	s := newStage(t, rooms[0], false, false)
	s.studio("settings.image.studio", studioPhoto(t))
	settle(s.win.Content())
	if save := s.kit.Part("studio.save").(*fynewidget.Button); save.Disabled() {
		t.Fatal("nothing to save")
	}
	corners := s.kit.Part("studio.corners").(*widget.Corners)
	for _, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyRight, fyne.KeyUp} {
		corners.TypedKey(&fyne.KeyEvent{Name: key})
	}
	s.kit.Part("studio.ruler").(*fynewidget.Check).SetChecked(true)
	s.kit.Part("studio.known").(*fynewidget.Entry).SetText("60")
	measured := s.kit.Part("studio.width").(*fynewidget.Entry).Text
	if measured == "45" || measured == "" {
		t.Errorf("the ruler changed nothing: %q mm", measured)
	}
	s.kit.Part("studio.width").(*fynewidget.Entry).SetText("52,5")
	test.Tap(s.kit.Part("studio.save").(*fynewidget.Button))
	path := s.flow.Settings().Signing.Image
	if path == "" || filepath.IsAbs(path) {
		t.Fatalf("the image of the settings is %q", path)
	}
	data, err := os.ReadFile(filepath.Join(s.flow.Home(), path))
	if err != nil {
		t.Fatal(err)
	}
	p, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	// pHYs: as many pixels a metre as there are on 52.5 mm.
	at := bytes.Index(data, []byte("pHYs"))
	perMetre := int(data[at+4])<<24 | int(data[at+5])<<16 | int(data[at+6])<<8 | int(data[at+7])
	if want := float64(p.Width) / 0.0525; float64(perMetre) < want-1 || float64(perMetre) > want+1 {
		t.Errorf("%d pixels a metre, want %.0f", perMetre, want)
	}
	if s.kit.Part("settings.image.studio") == nil || s.frame.Place() != page.SettingsPage {
		t.Error("not back at the settings")
	}
}
