package page

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Words are the words of the window in one language, by key. {name} stands for
// an argument.
type Words map[string]string

// ParseWords reads a locale file (window.vi.json).
func ParseWords(data []byte) (Words, error) {
	w := Words{}
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("words of the window: %w", err)
	}
	return w, nil
}

// Say is the text of key with its arguments: name, value, name, value … A key
// without words is shown as it is; a test keeps that from happening.
func (w Words) Say(key string, args ...string) string {
	text, ok := w[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs[i], pairs[i+1] = "{"+args[i]+"}", args[i+1]
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
