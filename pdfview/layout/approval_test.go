package layout

import "testing"

// sheetOf is an approval sheet with a box for each level: the title on the
// left, the name, if there is one, at the foot on the right.
func sheetOf(kind string, levels ...[2]string) *typed {
	p := a4().heading("Số: 7/PTr-STN").at(297, 170, "b", kind).at(297, 190, "b", "Về việc thử nghiệm").
		at(80, 230, "l", "Kính trình lãnh đạo xem xét, cho ý kiến chỉ đạo về nội dung nêu trên.")
	y := 270.0
	for _, l := range levels {
		p.at(160, y, "b", l[0])
		if l[1] != "" {
			p.at(400, y+70, "b", l[1])
		}
		y += 90
	}
	return p
}

// The box of the one who signs is chosen by name or by title; none is sure
// before that.
func TestApprovalBoxes(t *testing.T) {
	levels := [][2]string{{"CHUYÊN VIÊN", "K'Brểu"}, {"LÃNH ĐẠO PHÒNG", "TRẦN VĂN HAI"}, {"PHÓ GIÁM ĐỐC", "Nguyễn Văn Thử"}, {"GIÁM ĐỐC", "Lê Thị Bốn"}}
	for _, kind := range []string{"PHIẾU TRÌNH", "PHIẾU TRÌNH GIẢI QUYẾT CÔNG VIỆC", "PHIẾU GIẢI QUYẾT VĂN BẢN ĐẾN"} {
		got := find(t, sheetOf(kind, levels...))
		if got.Type.Text != kind || got.Subject.Text != "Về việc thử nghiệm" || len(got.Signers) != len(levels) {
			t.Fatalf("%s: %q, %q, %d boxes: %+v", kind, got.Type.Text, got.Subject.Text, len(got.Signers), got.Signers)
		}
		for _, s := range got.Signers {
			if s.Band.Confidence >= 0.9 {
				t.Errorf("%s: sure of %q", kind, s.Name.Text)
			}
		}
		for _, l := range levels {
			for way, chosen := range map[string]Parts{"name": got.Whose(Who{Name: l[1]}), "title": got.Whose(Who{Title: l[0]})} {
				if s := chosen.Signers[0]; s.Name.Text != l[1] || s.Title.Text != l[0] || s.Band.Confidence < 0.9 {
					t.Errorf("%s: by %s %q came %q, %q at %.2f", kind, way, l, s.Title.Text, s.Name.Text, s.Band.Confidence)
				}
			}
		}
	}
}

// A box without a name has a place, which somebody looks at.
func TestEmptyBoxes(t *testing.T) {
	got := find(t, sheetOf("PHIẾU TRÌNH", [2]string{"LÃNH ĐẠO PHÒNG", ""}, [2]string{"PHÓ GIÁM ĐỐC", ""}, [2]string{"GIÁM ĐỐC", ""}))
	if len(got.Signers) != 3 {
		t.Fatalf("%d boxes: %+v", len(got.Signers), got.Signers)
	}
	s := got.Whose(Who{Title: "Phó Giám đốc"}).Signers[0]
	if s.Title.Text != "PHÓ GIÁM ĐỐC" || s.Band.Confidence >= 0.9 || s.Band.Confidence < 0.5 {
		t.Errorf("%+v", s)
	}
	if r := s.Band.Rect; r.X0 < 200 || r.Y1 > 842-343 || r.Y0 < 842-450 {
		t.Errorf("the room is %v", r)
	}
	if same := got.Whose(Who{Title: "Bộ trưởng"}); same.Signers[0].Title.Text != got.Signers[0].Title.Text {
		t.Error("a title that nobody has moved a box")
	}
}

// A title settles a box only where no other person's name stands in it, unless
// somebody said that the title is meant.
func TestTitleBesideAnotherName(t *testing.T) {
	got := find(t, sheetOf("PHIẾU TRÌNH", [2]string{"PHÓ GIÁM ĐỐC", "Nguyễn Văn Thử"}, [2]string{"GIÁM ĐỐC", "Lê Thị Bốn"}))
	for _, c := range []struct {
		who  Who
		name string
		sure bool
	}{
		{Who{Name: "Trần Văn Hai", Title: "Giám đốc"}, "Lê Thị Bốn", false},
		{Who{Name: "Trần Văn Hai", Title: "Giám đốc", Told: true}, "Lê Thị Bốn", true},
		{Who{Name: "Nguyễn Văn Thử", Title: "Giám đốc", Told: true}, "Nguyễn Văn Thử", true},
		{Who{Name: "Trần Văn Hai", Title: "Bộ trưởng", Told: true}, got.Signers[0].Name.Text, false},
	} {
		s := got.Whose(c.who).Signers[0]
		if s.Name.Text != c.name || (s.Band.Confidence >= 0.9) != c.sure {
			t.Errorf("%+v: %q at %.2f", c.who, s.Name.Text, s.Band.Confidence)
		}
	}
	same := find(t, sheetOf("PHIẾU TRÌNH", [2]string{"PHÓ GIÁM ĐỐC", "Lê Thị Bốn"}, [2]string{"GIÁM ĐỐC", "Lê Thị Bốn"}))
	if s := same.Whose(Who{Name: "Lê Thị Bốn", Title: "Phó Giám đốc"}).Signers[0]; s.Title.Text != "PHÓ GIÁM ĐỐC" || s.Band.Confidence < 0.9 {
		t.Errorf("one name twice: %+v", s)
	}
}
