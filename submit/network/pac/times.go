package pac

import (
	"strings"
	"time"

	"github.com/dop251/goja"
)

// now is the time of a helper; a last argument "GMT" takes it in UTC and is left
// out of args.
func (h *helpers) now(call goja.FunctionCall) (now time.Time, args []goja.Value) {
	now, args = h.system.Now(), call.Arguments
	if n := len(args); n > 0 && strings.EqualFold(args[n-1].String(), "GMT") {
		return now.UTC(), args[:n-1]
	}
	return now, args
}

// within tells whether v lies in a range that may run over its end ("FRI" to
// "MON").
func within(v, from, to int) bool {
	if from <= to {
		return from <= v && v <= to
	}
	return v >= from || v <= to
}

func index(names string, name string) int {
	if len(name) != 3 {
		return -1
	}
	if at := strings.Index(names, strings.ToUpper(name)); at%3 == 0 {
		return at / 3
	}
	return -1
}

const (
	weekdays = "SUNMONTUEWEDTHUFRISAT"
	months   = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
)

// weekdayRange("MON"), ("MON", "FRI"), each with "GMT".
func (h *helpers) weekdayRange(call goja.FunctionCall) goja.Value {
	now, args := h.now(call)
	if len(args) == 0 || len(args) > 2 {
		return h.vm.ToValue(false)
	}
	from := index(weekdays, args[0].String())
	to := index(weekdays, args[len(args)-1].String())
	return h.vm.ToValue(from >= 0 && to >= 0 && within(int(now.Weekday()), from, to))
}

// timeRange(hour), (hour, hour), (hour, minute, hour, minute), (hour, minute,
// second, hour, minute, second), each with "GMT". The last hour, minute or
// second belongs to the range, as browsers have it.
func (h *helpers) timeRange(call goja.FunctionCall) goja.Value {
	now, args := h.now(call)
	n := make([]int, len(args))
	for i, a := range args {
		n[i] = int(a.ToInteger())
	}
	second := now.Hour()*3600 + now.Minute()*60 + now.Second()
	ok := false
	switch len(n) {
	case 1:
		ok = now.Hour() == n[0]
	case 2:
		ok = within(now.Hour(), n[0], n[1])
	case 4:
		ok = within(second, n[0]*3600+n[1]*60, n[2]*3600+n[3]*60+59)
	case 6:
		ok = within(second, n[0]*3600+n[1]*60+n[2], n[3]*3600+n[4]*60+n[5])
	}
	return h.vm.ToValue(ok)
}

// dateRange takes a day, a month, a year, or two dates of the same parts: (1),
// ("JAN"), (2026), (1, 15), ("JAN", "MAR"), (1, "JUN", 2026, 15, "AUG", 2026).
func (h *helpers) dateRange(call goja.FunctionCall) goja.Value {
	now, args := h.now(call)
	if len(args) == 0 || len(args) > 1 && len(args)%2 != 0 || len(args) > 6 {
		return h.vm.ToValue(false)
	}
	half := max(len(args)/2, 1)
	from, ok1 := datePart(args[:half], now)
	to, ok2 := datePart(args[len(args)-half:], now)
	today := now.Year()*10000 + int(now.Month())*100 + now.Day()
	named := func(a goja.Value) bool { return index(months, a.String()) < 0 && a.ToInteger() > 31 }
	if named(args[0]) || half == 3 { // with a year nothing runs over the end
		return h.vm.ToValue(ok1 && ok2 && from <= today && today <= to)
	}
	return h.vm.ToValue(ok1 && ok2 && within(today, from, to))
}

// datePart is a date as a number, with today's parts in place of those that are
// not named.
func datePart(args []goja.Value, now time.Time) (int, bool) {
	year, month, day := now.Year(), int(now.Month()), now.Day()
	for _, a := range args {
		n := int(a.ToInteger())
		switch m := index(months, a.String()); {
		case m >= 0:
			month = m + 1
		case n >= 1 && n <= 31:
			day = n
		case n > 31 && n < 10000:
			year = n
		default:
			return 0, false
		}
	}
	return year*10000 + month*100 + day, true
}
