package stamp

import (
	"strings"
	"testing"

	"trinhky/pdfview/geom"
)

// An agency's own pattern of date and zone, width of a box, and an extra line.
func TestVariant(t *testing.T) {
	rules, err := Variant([]byte(`{
		"text": {"time": "dd.MM.yyyy HH:mm:ss zzz", "zone_minutes": 540},
		"sets": {
			"nd30": {"profiles": {"attachment": {"width_mm": 40}}},
			"tt01": {"profiles": {"seal": {"lines": [
				{"text": "{agency}", "source": "Điều 13"},
				{"text": "{time}", "source": "Điều 13"},
				{"text": "Bản điện tử", "source": "quy chế của cơ quan"}
			]}}}
		}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	show := func(role Role) (string, geom.Size) {
		p, err := rules.Profile(TT01, role)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Lay(Input{
			Role: role, Rules: TT01, Profile: &p, Picture: picture(t, 100, 100), Font: font(t),
			Agency: "Sở Mẫu", Number: "5/QĐ-SM", Time: noon,
		}, geom.Size{})
		if err != nil {
			t.Fatal(err)
		}
		return texts(a), a.Size
	}
	if got, _ := show(Seal); got != "Sở Mẫu|21.11.2026 14:07:09 +09:00|Bản điện tử" {
		t.Errorf("%q", got)
	}
	if got, size := show(Attachment); got != "Số: 05/QĐ-SM;|21.11.2026 14:07:09 +09:00" || size.W > geom.MM(50) {
		t.Errorf("%q in %.1f mm", got, geom.ToMM(size.W))
	}
	if p, _ := rules.Profile(ND30, Copy); p.WidthMM != 81 {
		t.Errorf("what was not changed is %v", p)
	}
	if p, _ := BuiltIn(); p.Text.Time != "dd/MM/yyyy; HH:mm:ss zzz" {
		t.Error("the built-in rules were changed")
	}
}

func TestVariantRefuses(t *testing.T) {
	for name, c := range map[string]struct{ data, says string }{
		"no JSON":         {"{", "unexpected end"},
		"a list":          {"[]", "not a JSON object"},
		"unknown field":   {`{"text":{"tyme":"x"}}`, "unknown field"},
		"no time":         {`{"text":{"time":""}}`, "time and zone"},
		"unknown role":    {`{"sets":{"tt01":{"profiles":{"boss":{}}}}}`, "no such role"},
		"line, no source": {`{"sets":{"tt01":{"profiles":{"seal":{"lines":[{"text":"x"}]}}}}}`, "no source"},
		"unknown value":   {`{"sets":{"tt01":{"profiles":{"seal":{"lines":[{"text":"{x}","source":"y"}]}}}}}`, "no field"},
		"another version": {`{"version":2}`, "version 2"},
	} {
		if _, err := Variant([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
