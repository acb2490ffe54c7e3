package wincert

import (
	"slices"
	"strings"
)

// Modules derives the PKCS#11 modules of the token drivers that are registered
// on this machine as key providers: most drivers of Vietnamese tokens put the
// module X.dll beside their provider X_s.dll or X_csp.dll. The files may or may
// not be there. Providers of Windows itself are left out.
func Modules() []string { return modules(registered()) }

func modules(images []string) []string {
	var list []string
	for _, image := range images {
		for _, m := range beside(image) {
			if !slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, m) }) {
				list = append(list, m)
			}
		}
	}
	return list
}

// system32 is where a provider without a folder lies.
const system32 = `C:\Windows\System32\`

// beside gives the module next to the provider's library.
func beside(image string) []string {
	i := strings.LastIndexAny(image, `\/`)
	folder, file := image[:i+1], image[i+1:]
	stem, ok := cutSuffixFold(file, ".dll")
	if !ok {
		return nil
	}
	for _, suffix := range []string{"_s", "_csp"} {
		name, ok := cutSuffixFold(stem, suffix)
		if !ok || name == "" {
			continue
		}
		if folder == "" {
			folder = system32
		}
		return []string{folder + name + ".dll"}
	}
	return nil
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s, false
	}
	return s[:len(s)-len(suffix)], true
}
