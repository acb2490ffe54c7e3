package walk

import (
	"fmt"
	"strings"

	"trinhky/app/flow"
)

// siteSteps answer what web pages ask for, in the order of Site: "sign" allows
// the site and signs all its documents, "refuse" says no, "allow" says yes to a
// call that then fails by itself.
func (w *walker) siteSteps() []step {
	out := []step{{"walk.start", w.seeToken}}
	for i, what := range strings.Split(w.Site, ",") {
		do := map[string]func() error{
			"sign":   func() error { return w.signSite(i) },
			"refuse": func() error { return w.answerSite(i, "site.refuse") },
			"allow":  func() error { return w.answerSite(i, "site.allow") },
		}[what]
		if do == nil {
			do = func() error { return fmt.Errorf("%q is neither sign, refuse nor allow", what) }
		}
		out = append(out, step{"walk.site." + what, do})
	}
	return out
}

func (w *walker) seeToken() error {
	return w.until("the token", func() (bool, error) {
		l := w.Flow.Lists()
		return len(l.Tokens) > 0 && len(l.Tokens[0].Certificates) > 0, l.TokenErr
	})
}

// answerSite waits for the question and taps the answer.
func (w *walker) answerSite(n int, button string) error {
	if err := w.until("the question", func() (bool, error) {
		_, err := w.part(button)
		return w.Flow.Sites().Question != nil && err == nil, nil
	}); err != nil {
		return err
	}
	if n == 0 {
		if err := w.flash("trang-web-hoi"); err != nil {
			return err
		}
	}
	return w.tap(button)
}

// signSite allows the site, looks at each of its documents, and signs them.
func (w *walker) signSite(n int) error {
	if err := w.answerSite(n, "site.allow"); err != nil {
		return err
	}
	for at := 0; ; at++ {
		more, err := w.siteDocument(n, at)
		if err != nil {
			return err
		}
		if err := w.tap("document.sign"); err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if _, err := untilState[flow.AskPIN](w); err != nil {
		return err
	}
	if err := w.focus("pin.field"); err != nil {
		return err
	}
	if err := w.typed(w.pin); err != nil {
		return err
	}
	if err := w.tap("pin.sign"); err != nil {
		return err
	}
	if _, err := untilState[flow.Signed](w); err != nil {
		return err
	}
	if err := w.until("the site's word", func() (bool, error) {
		s := w.Flow.Sites()
		return s.Stored, s.EndedErr
	}); err != nil {
		return err
	}
	return w.flash(fmt.Sprintf("trang-web-xong-%d", n+1))
}

// siteDocument waits until a document of the page can be signed; more says that
// others follow.
func (w *walker) siteDocument(n, at int) (more bool, err error) {
	err = w.until("the document of the page", func() (bool, error) {
		s, ok := w.Flow.State().(flow.Placing)
		if !ok || s.ForSite() == nil || w.Flow.Sites().At != at {
			return false, problemOf(w.Flow.State())
		}
		more = at+1 < len(s.ForSite().Documents)
		return s.Ready(), problemOf(s)
	})
	if err == nil {
		err = w.atRest()
	}
	if err == nil && at == 0 {
		err = w.flash(fmt.Sprintf("trang-web-van-ban-%d", n+1))
	}
	return more, err
}
