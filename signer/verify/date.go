package verify

import (
	"strconv"
	"strings"
	"time"
)

// parseDate reads a PDF date (ISO 32000-1, 7.9.4): D:YYYYMMDDHHmmSSOHH'mm',
// everything after the year optional.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimPrefix(s, "D:")
	digits := 0
	for digits < len(s) && digits < 14 && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if digits < 4 || digits%2 != 0 {
		return time.Time{}, false
	}
	field := func(at, n, missing int) int {
		if digits < at+n {
			return missing
		}
		v, err := strconv.Atoi(s[at : at+n])
		if err != nil {
			return missing
		}
		return v
	}
	zone, ok := parseZone(s[digits:])
	if !ok {
		return time.Time{}, false
	}
	month, day := field(4, 2, 1), field(6, 2, 1)
	t := time.Date(field(0, 4, 0), time.Month(month), day, field(8, 2, 0), field(10, 2, 0), field(12, 2, 0), 0, zone)
	if int(t.Month()) != month || t.Day() != day {
		return time.Time{}, false
	}
	return t, true
}

// parseZone reads Z, +HH'mm' or nothing (taken as UTC).
func parseZone(s string) (*time.Location, bool) {
	if s == "" || s[0] == 'Z' {
		return time.UTC, true
	}
	if s[0] != '+' && s[0] != '-' {
		return nil, false
	}
	parts := strings.Split(strings.Trim(s[1:], "'"), "'")
	h, err := strconv.Atoi(parts[0])
	if err != nil || h > 23 || h < 0 {
		return nil, false
	}
	m := 0
	if len(parts) > 1 {
		if m, err = strconv.Atoi(parts[1]); err != nil || m > 59 || m < 0 {
			return nil, false
		}
	}
	seconds := h*3600 + m*60
	if s[0] == '-' {
		seconds = -seconds
	}
	if seconds == 0 {
		return time.UTC, true
	}
	return time.FixedZone("", seconds), true
}
