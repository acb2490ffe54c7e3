package walk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/submit"
)

// signDraft lets the leader sign a document that has no number yet.
func (w *walker) signDraft() error {
	if _, err := onUI(w, func() struct{} { w.Flow.Add(w.Draft); return struct{}{} }); err != nil {
		return err
	}
	if err := w.tap("nav.waiting"); err != nil {
		return err
	}
	if _, err := untilState[flow.Placing](w); err != nil {
		return err
	}
	if err := w.atRest(); err != nil {
		return err
	}
	if err := w.askPINOnly(); err != nil {
		return err
	}
	if err := w.tap("pin.sign"); err != nil {
		return err
	}
	if _, err := untilState[flow.Signed](w); err != nil {
		return err
	}
	if err := w.atRest(); err != nil {
		return err
	}
	return w.shoot("lanh-dao-ky-ban-chua-so")
}

// issue takes the number, puts it in and seals.
func (w *walker) issue() error {
	if err := w.tap("nav.issue"); err != nil {
		return err
	}
	row := -1
	if err := w.until("the signed draft in the list", func() (bool, error) {
		s, ok := w.Flow.State().(flow.Signed)
		if !ok {
			return false, errors.New("the signed draft is not open any more")
		}
		l := w.Flow.Lists()
		row = slices.IndexFunc(slices.Concat(l.Waiting, l.Signed), func(f flow.File) bool { return f.Path == s.Result.Path })
		if row < 0 {
			return false, nil
		}
		_, err := w.part("issue." + strconv.Itoa(row))
		return err == nil, nil
	}); err != nil {
		return err
	}
	if err := w.shoot("phat-hanh"); err != nil {
		return err
	}
	if err := w.tap("issue." + strconv.Itoa(row)); err != nil {
		return err
	}
	if err := w.until("the document to issue", func() (bool, error) {
		i := w.Flow.Lists().Issue
		if err := errors.Join(i.Problem, i.Leader); err != nil {
			return false, err
		}
		_, err := w.part("issue.pin")
		return i.Doc != nil && err == nil, nil
	}); err != nil {
		return err
	}
	if err := w.focus("issue.pin"); err != nil {
		return err
	}
	if err := w.typed(w.pin); err != nil {
		return err
	}
	if err := w.shoot("lay-so-dong-dau"); err != nil {
		return err
	}
	if err := w.tap("issue.run"); err != nil {
		return err
	}
	if err := w.until("number and seal", func() (bool, error) {
		i := w.Flow.Lists().Issue
		if i.Working != flow.IssueResting {
			return false, nil
		}
		return i.Done != nil, i.Problem
	}); err != nil {
		return err
	}
	return w.shoot("da-phat-hanh")
}

// lookIssued looks at what was issued.
func (w *walker) lookIssued() error {
	if err := w.tap("issue.view"); err != nil {
		return err
	}
	s, err := untilState[flow.Signed](w)
	if err != nil {
		return err
	}
	if err := w.atRest(); err != nil {
		return err
	}
	if err := w.shoot("con-dau"); err != nil {
		return err
	}
	if _, err := onUI(w, func() struct{} { w.Kit.Part("document.pages").(*widget.PageView).GoTo(0); return struct{}{} }); err != nil {
		return err
	}
	if err := w.atRest(); err != nil {
		return err
	}
	if err := w.shoot("so-va-ngay"); err != nil {
		return err
	}
	if n := len(s.Doc.Report.Signatures); n != 3 {
		return fmt.Errorf("the issued file has %d signatures", n)
	}
	return nil
}

// sendIssued looks at what was issued and sends it.
func (w *walker) sendIssued() error {
	if err := w.lookIssued(); err != nil {
		return err
	}
	if err := w.tap("nav.issue"); err != nil {
		return err
	}
	if err := w.tap("issue.send"); err != nil {
		return err
	}
	c, err := untilState[flow.Composing](w)
	if err != nil {
		return err
	}
	if len(c.Missing) > 0 || c.Document.Number == "" {
		return fmt.Errorf("number %q, missing %v", c.Document.Number, c.Missing)
	}
	if err := w.chooseReceiver(); err != nil {
		return err
	}
	if err := w.tap("compose.preview"); err != nil {
		return err
	}
	if err := w.until("the preview", func() (bool, error) { _, err := w.part("preview.back"); return err == nil, nil }); err != nil {
		return err
	}
	if err := w.shoot("xem-truoc-goi-tin"); err != nil {
		return err
	}
	if err := w.tap("preview.back"); err != nil {
		return err
	}
	if err := w.tap("compose.send"); err != nil {
		return err
	}
	if _, err := untilState[flow.Queued](w); err != nil {
		return err
	}
	return w.shoot("gui-ban-da-phat-hanh")
}

// arrive lets another agency send a document and waits for it.
func (w *walker) arrive() error {
	ctx, cancel := context.WithTimeout(w.ctx, w.Limit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.Arrive, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", w.Arrive, answer.Status)
	}
	if err := w.tap("nav.inbox"); err != nil {
		return err
	}
	return w.until("an incoming document", func() (bool, error) {
		a := w.Flow.Lists().Inbox
		if a.Trouble != nil {
			return false, a.Trouble
		}
		if len(a.Rows) == 0 && !a.Fetching {
			w.Flow.FetchInbox() // it came after the page had asked
		}
		_, err := w.part("inbox.0")
		return len(a.Rows) > 0 && err == nil, nil
	})
}

// answer looks at what came and accepts it.
func (w *walker) answer() error {
	if err := w.shoot("van-ban-den"); err != nil {
		return err
	}
	if err := w.tap("inbox.0"); err != nil {
		return err
	}
	if err := w.until("the check of its signatures", func() (bool, error) {
		a := w.Flow.Lists().Inbox
		_, err := w.part("inbox.answer.03")
		return a.Checked != nil && err == nil, a.CheckErr
	}); err != nil {
		return err
	}
	if err := w.shoot("kiem-tra-van-ban-den"); err != nil {
		return err
	}
	if err := w.tap("inbox.answer.03"); err != nil {
		return err
	}
	if err := w.until("the answer at the sender", func() (bool, error) {
		a := w.Flow.Lists().Inbox
		in, ok := a.Row()
		if err := errors.Join(a.Problem, a.Trouble); err != nil || !ok {
			return false, err
		}
		last := in.Answers[len(in.Answers)-1]
		return in.Status == submit.Received && !last.Sent.IsZero(), nil
	}); err != nil {
		return err
	}
	return w.shoot("da-tiep-nhan")
}
