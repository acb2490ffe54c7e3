package wire

import (
	"os"
	"path/filepath"

	"trinhky/signer"
)

// vietnamese are letters that a font without Vietnamese lacks.
const vietnamese = "ẰằỮữỘộĐđƠơƯưỹẫ0123456789:/;+,."

// installed are the places where Times New Roman lies on the systems that have
// it; regular or italic by their file names.
func installed(names ...string) []string {
	dirs := []string{
		"/usr/share/fonts/truetype/msttcorefonts", "/usr/share/fonts/msttcore", "/usr/local/share/fonts",
		"/Library/Fonts", "/System/Library/Fonts/Supplemental",
	}
	if windows := os.Getenv("WINDIR"); windows != "" {
		dirs = append([]string{filepath.Join(windows, "Fonts")}, dirs...)
	}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, ".local", "share", "fonts"), filepath.Join(home, ".fonts"))
	}
	var out []string
	for _, d := range dirs {
		for _, n := range names {
			out = append(out, filepath.Join(d, n))
		}
	}
	return out
}

// stampFont is the first of the files that is a font with Vietnamese letters,
// else the one that the program brings along: Decree 30 asks for Times New
// Roman, and what stands in for it has the same widths.
func stampFont(paths []string, own []byte) (*signer.Font, error) {
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if f, err := signer.ParseFont(data); err == nil && len(f.Missing(vietnamese)) == 0 {
			return f, nil
		}
	}
	return signer.ParseFont(own)
}
