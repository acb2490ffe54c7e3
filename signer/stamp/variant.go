package stamp

import (
	"encoding/json"
	"fmt"
)

// Variant reads the built-in rule sets with an agency's own changes upon them.
// The changes are a JSON document of the shape of rules.json that holds only
// what differs, merged as in RFC 7396: a pattern of the time, the width of a
// box, other lines. The result is checked as any rule file is.
func Variant(changes []byte) (Rules, error) {
	var base, patch any
	if err := json.Unmarshal(builtIn, &base); err != nil {
		return Rules{}, fmt.Errorf("stamp rules: %w", err)
	}
	if err := json.Unmarshal(changes, &patch); err != nil {
		return Rules{}, fmt.Errorf("stamp rules of the agency: %w", err)
	}
	if _, ok := patch.(map[string]any); !ok {
		return Rules{}, fmt.Errorf("stamp rules of the agency: not a JSON object")
	}
	merged, err := json.Marshal(merge(base, patch))
	if err != nil {
		return Rules{}, fmt.Errorf("stamp rules: %w", err)
	}
	return ParseRules(merged)
}

// merge is MergePatch of RFC 7396.
func merge(base, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out, ok := base.(map[string]any)
	if !ok {
		out = map[string]any{}
	}
	for key, v := range changes {
		if v == nil {
			delete(out, key)
			continue
		}
		out[key] = merge(out[key], v)
	}
	return out
}
