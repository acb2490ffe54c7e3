package stamp

import (
	"regexp"
	"strconv"
	"strings"
)

// The name of a prepared signature field is the word of its role, with a number
// behind it where there are several: "leader", "seal", "initials", "leader-2".

var fieldName = regexp.MustCompile(`^(?i)([a-z]+)(?:[-_ ]?[0-9]+)?$`)

// FieldName is a name for a field of role r that taken does not hold yet.
func FieldName(r Role, taken func(string) bool) string {
	name := r.String()
	for n := 2; taken(name); n++ {
		name = r.String() + "-" + strconv.Itoa(n)
	}
	return name
}

// RoleOfField is the role that a field's name says; ok is false for a field
// that was not prepared here.
func RoleOfField(name string) (r Role, ok bool) {
	m := fieldName.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	for i, word := range roleWords {
		if strings.EqualFold(word, m[1]) {
			return Role(i), true
		}
	}
	return 0, false
}

// Roles lists all roles.
func Roles() []Role {
	out := make([]Role, len(roleWords))
	for i := range out {
		out[i] = Role(i)
	}
	return out
}
