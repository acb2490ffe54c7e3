package wire

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"trinhky/signer"
)

// vietnamese are letters that a font without Vietnamese lacks.
const vietnamese = "ẰằỮữỘộĐđƠơƯưỹẫ0123456789:/;+,."

// prescribed is the font that Decree 30/2020 asks for (Annex I, I.4).
const prescribed = "Times New Roman"

// mostFiles bounds the search of a folder of fonts, and mostFontBytes a font.
const (
	mostFiles     = 20_000
	mostFontBytes = 64 << 20
)

// fontFolders are where systems and people keep fonts, their own first.
func fontFolders() []string {
	var out []string
	if local := os.Getenv("LOCALAPPDATA"); local != "" {
		out = append(out, filepath.Join(local, "Microsoft", "Windows", "Fonts"))
	}
	if windows := os.Getenv("WINDIR"); windows != "" {
		out = append(out, filepath.Join(windows, "Fonts"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		out = append(out, filepath.Join(home, ".local", "share", "fonts"), filepath.Join(home, ".fonts"), filepath.Join(home, "Library", "Fonts"))
	}
	return append(out, "/usr/local/share/fonts", "/usr/share/fonts", "/Library/Fonts", "/System/Library/Fonts/Supplemental")
}

// installed are the files in folders that may hold the prescribed font: with
// «times» in their name, as every system and package calls it. What they are is
// told by their own tables.
func installed(folders []string) []string {
	var out []string
	for _, folder := range folders {
		files := 0
		_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error { // a folder that cannot be read has no font
			if err != nil {
				return nil
			}
			if files++; files > mostFiles {
				return fs.SkipAll
			}
			name := strings.ToLower(d.Name())
			ext := filepath.Ext(name)
			if !d.IsDir() && strings.Contains(name, "times") && (ext == ".ttf" || ext == ".ttc" || ext == ".otf") {
				out = append(out, path)
			}
			return nil
		})
	}
	return out
}

// stampFont is the prescribed font where one of the files holds it, may be
// embedded and has Vietnamese letters; else the one that the program brings
// along, whose letters are as wide.
func stampFont(paths []string, italic bool, own []byte) (*signer.Font, error) {
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || info.Size() > mostFontBytes {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if f, err := signer.ParseFace(data, prescribed, italic); err == nil && len(f.Missing(vietnamese)) == 0 {
			return f, nil
		}
	}
	return signer.ParseFont(own)
}
