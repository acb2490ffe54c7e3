// Package installer_test runs the Windows programs under Wine: the leaders'
// laptops are Windows, and no change may break them unseen.
package installer_test

import (
	"context"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// limit ends a program that hangs; the tests do not depend on it otherwise.
const limit = 4 * time.Minute

// wine is a fresh Windows environment.
type wine struct {
	t       *testing.T
	prefix  string
	windows string // folder of the programs
	display string // "" without a display
}

// newWine makes a Wine prefix with the shim that Go programs need there.
func newWine(t *testing.T) *wine {
	t.Helper()
	windows := os.Getenv("TRINHKY_WINDOWS")
	if windows == "" {
		t.Skip("TRINHKY_WINDOWS does not name the folder of the Windows programs: make wine does")
	}
	for _, tool := range []string{"wine", "x86_64-w64-mingw32-gcc", "Xvfb"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("not installed: %s", tool)
		}
	}
	w := &wine{t: t, prefix: filepath.Join(t.TempDir(), "prefix"), windows: windows}
	w.display = w.virtualDisplay()
	w.mustRun("wineboot", "-i")
	w.addShim()
	t.Cleanup(func() { _ = w.command(context.Background(), "wineserver", "-k").Run() })
	return w
}

func (w *wine) addShim() {
	w.t.Helper()
	shim := filepath.Join(w.prefix, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	out, err := exec.Command("x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s", "-o", shim,
		"testdata/bcryptprimitives.c", "-ladvapi32").CombinedOutput()
	if err != nil {
		w.t.Fatalf("build the shim: %v\n%s", err, out)
	}
}

// virtualDisplay starts Xvfb at the size of a small laptop.
func (w *wine) virtualDisplay() string {
	w.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1366x768x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	_ = write.Close()
	w.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var n int
	if _, err := fmt.Fscan(read, &n); err != nil {
		w.t.Fatalf("Xvfb named no display: %v", err)
	}
	return fmt.Sprintf(":%d", n)
}

func (w *wine) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "WINEPREFIX="+w.prefix, "WINEDEBUG=-all", "WINEARCH=win64",
		"DISPLAY="+w.display, "LIBGL_ALWAYS_SOFTWARE=1", "WINEDLLOVERRIDES=mscoree,mshtml=")
	return cmd
}

// mustRun returns what the program wrote to its standard output.
func (w *wine) mustRun(name string, args ...string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := w.command(ctx, name, args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, said.String())
	}
	return string(out)
}

// path is a file of this machine as the Windows programs name it.
func path(file string) string { return `Z:` + strings.ReplaceAll(file, "/", `\`) }

// screenshot takes the whole virtual display.
func (w *wine) screenshot(file string) image.Image {
	w.t.Helper()
	out, err := exec.Command("import", "-display", w.display, "-window", "root", file).CombinedOutput()
	if err != nil {
		w.t.Fatalf("screenshot: %v\n%s", err, out)
	}
	f, err := os.Open(file)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	m, _, err := image.Decode(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// colours counts the different colours on a coarse grid.
func colours(m image.Image) int {
	seen := map[[3]uint32]bool{}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 2 {
		for x := b.Min.X; x < b.Max.X; x += 2 {
			r, g, bl, _ := m.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, bl >> 8}] = true
		}
	}
	return len(seen)
}

// paper says whether a page with text is on the screen: a large share of white
// with some dark ink in the middle of it, and more than a handful of colours.
func paper(m image.Image) bool {
	b := m.Bounds()
	var white, ink, all int
	for y := b.Min.Y + b.Dy()/5; y < b.Max.Y-b.Dy()/5; y++ {
		for x := b.Min.X + b.Dx()/3; x < b.Max.X-b.Dx()/3; x++ {
			r, g, bl, _ := m.At(x, y).RGBA()
			all++
			switch {
			case r > 0xfd00 && g > 0xfd00 && bl > 0xfd00:
				white++
			case r < 0x5000 && g < 0x5000 && bl < 0x5000:
				ink++
			}
		}
	}
	return white*2 > all && ink*200 > all && colours(m) > 40
}
