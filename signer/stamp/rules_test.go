package stamp

import (
	"strings"
	"testing"
	"time"
)

// Section 10 of the rules: which set a role's profile comes from and what it shows.
func TestProfiles(t *testing.T) {
	rules, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set         RuleSet
		role        Role
		certificate string
		place       Place
		picture     PictureUse
		lines       string
	}{
		{ND30, Leader, "personal", AtBand, PictureShown, ""},
		{ND30, Seal, "agency", AtThird, PictureShown, ""},
		{ND30, Attachment, "agency", AtCorner, PictureHidden, "Số: {number}; {time}"},
		{ND30, Copy, "agency", AtCorner, PictureHidden, "{copyform}; {agency}; {time}"},
		{ND30, Digitised, "agency", AtCorner, PictureHidden, "{agency}; {time}"},
		{ND30, Archive, "agency", AtCorner, PictureHidden, "BẢN SAO"},
		{ND30, Initials, "personal", AtLineEnd, PictureShown, ""},
		{TT01, Leader, "personal", AtBand, PictureShown, ""},
		{TT01, Seal, "agency", AtThird, PictureShown, "{agency}|{time}"},
		{TT01, Attachment, "agency", AtCorner, PictureHidden, "Số: {number}; {time}"},
		{TT01, Copy, "agency", AtCorner, PictureHidden, "{copyform}; {agency}; {time}"},
		{TT01, Digitised, "agency", AtCorner, PictureShown, "{agency}|{time}"},
		{TT01, Archive, "agency", AtCorner, PictureHidden, "BẢN SAO"},
		{TT01, Initials, "personal", AtLineEnd, PictureShown, ""},
	} {
		p, err := rules.Profile(c.set, c.role)
		if err != nil {
			t.Errorf("%s %s: %v", c.set, c.role, err)
			continue
		}
		var lines []string
		for _, l := range p.Lines {
			lines = append(lines, l.Text)
		}
		if p.Certificate != c.certificate || p.Place != c.place || p.Picture.Use != c.picture || strings.Join(lines, "|") != c.lines {
			t.Errorf("%s %s: %+v", c.set, c.role, p)
		}
		if p.Text.Size != 10 || p.Text.color.R|p.Text.color.G|p.Text.color.B != 0 {
			t.Errorf("%s %s: text is not 10 pt black: %+v", c.set, c.role, p.Text)
		}
	}
}

func TestProfileUnknown(t *testing.T) {
	rules, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Profile("nd99", Leader); err == nil {
		t.Error("an unknown set has a profile")
	}
	if _, err := rules.Profile(ND30, Role(42)); err == nil {
		t.Error("an unknown role has a profile")
	}
}

// An agency's file that cannot be followed is refused, with the fault named.
func TestParseRulesRefuses(t *testing.T) {
	good := string(builtIn)
	for name, c := range map[string]struct{ old, new, says string }{
		"no JSON":           {"{\n", "", "stamp rules"},
		"another version":   {`"version": 1`, `"version": 2`, "version 2"},
		"unknown key":       {`"width_mm": 77`, `"widht_mm": 77`, "widht_mm"},
		"unknown role":      {`"initials": {`, `"chief": {`, "no such role"},
		"unknown place":     {`"place": "line-end"`, `"place": "moon"`, "no such place"},
		"unknown field":     {`"Số: {number}; {time}"`, `"Số: {numbr}"`, "numbr"},
		"open brace":        {`"Số: {number}; {time}"`, `"Số: {number"`, "no field"},
		"unknown base":      {`"base": "nd30"`, `"base": "nd31"`, "nd31"},
		"base of itself":    {`"base": "nd30"`, `"base": "tt01"`, "stands alone"},
		"colour":            {`"#000000"`, `"black"`, "#RRGGBB"},
		"unknown hue":       {`"colour": "blue"`, `"colour": "green"`, "green"},
		"size":              {`"size": 10`, `"size": -1`, "size"},
		"zone":              {`"zone_minutes": 420`, `"zone_minutes": 4200`, "zone"},
		"no source":         {`"source": "Phụ lục III, Mẫu 2.2"`, `"source": ""`, "no source"},
		"no size for true":  {`"true_size": true, "width_mm": 36`, `"true_size": true`, "true size"},
		"largest < usual":   {`"max_mm": [15, 8]`, `"max_mm": [15, 7]`, "largest"},
		"nobody signs":      {`"certificate": "personal"`, `"certificate": "any"`, "any"},
		"nothing to show":   {`"lines": [{"text": "BẢN SAO", "source": "Thông tư số 05/2025/TT-BNV, Điều 40(4)"}]`, `"lines": []`, "nothing to show"},
		"picture use":       {`"use": "hidden"`, `"use": "sometimes"`, "sometimes"},
		"profile not a map": {`"profiles": {`, `"profiles": [`, "stamp rules"},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Errorf("%s: the data has no %s", name, c.old)
			continue
		}
		if _, err := ParseRules([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The zone is Vietnam's whatever the machine's is.
func TestFormatTime(t *testing.T) {
	utc := time.Date(2020, 3, 5, 17, 34, 21, 999e6, time.UTC)
	for _, c := range []struct {
		pattern string
		zone    int
		want    string
	}{
		{"dd/MM/yyyy; HH:mm:ss zzz", 420, "06/03/2020; 00:34:21 +07:00"},
		{"dd/MM/yyyy; HH:mm:ss +07:00", 420, "06/03/2020; 00:34:21 +07:00"},
		{"dd.MM.yyyy HH:mm:ss zzz", 420, "06.03.2020 00:34:21 +07:00"},
		{"yyyy-MM-ddTHH:mm:sszzz", 0, "2020-03-05T17:34:21+00:00"},
		{"HH:mm zzz", -210, "14:04 -03:30"},
	} {
		if got := (TextRule{Time: c.pattern, ZoneMinutes: c.zone}).FormatTime(utc.In(time.FixedZone("far", -11*3600))); got != c.want {
			t.Errorf("%q: %q, want %q", c.pattern, got, c.want)
		}
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add(builtIn)
	f.Add([]byte(`{"version":1,"sets":{"x":{"base":"y"}},"text":{"size":10,"colour":"#000000","time":"dd"}}`))
	f.Add([]byte(`{"version":1,"sets":{"x":{"profiles":{"leader":{"text":{"size":1e308}}}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseRules(data)
		if err != nil {
			return
		}
		for set := range r.Sets {
			for role := Leader; role <= Initials; role++ {
				if p, err := r.Profile(set, role); err == nil && p.Text == nil {
					t.Fatal("a profile without its text rule")
				}
			}
		}
	})
}
