package walk

import (
	"errors"
	"fmt"
	"strings"

	"trinhky/app/flow"
	"trinhky/signer"
)

// siteSteps answer what web pages ask for, one after the other in Site. Each is
// a list of deeds with "+" between them:
//
//	allow, refuse, remember  the question that is shown
//	put, fail, deny, back    the documents: signed and stored; signed, not stored;
//	                         refused; refused at the PIN
//	wrong                    signed and stored after a wrong PIN
//	opinion                  words for an opinion, before put
//	pick                     the document Draft, where the page names none
//	look                     the document is shown and nothing is asked
//	missing                  there is no token: the person refuses
//
// "sign" alone is allow+put.
func (w *walker) siteSteps() []step {
	out := []step{{"walk.start", w.seeToken}}
	for i, what := range strings.Split(w.Site, ",") {
		if what == "sign" {
			what = "allow+put"
		}
		out = append(out, step{"walk.site", func() error {
			for _, deed := range strings.Split(what, "+") {
				if err := w.siteDeed(i, deed); err != nil {
					return fmt.Errorf("%d %s: %w", i+1, deed, err)
				}
			}
			return nil
		}})
	}
	return out
}

func (w *walker) siteDeed(n int, deed string) error {
	switch deed {
	case "allow", "refuse":
		return w.answerSite(n, "site."+deed)
	case "remember":
		return errors.Join(w.answerSite(n, "site.remember"), w.answerSite(n, "site.allow"))
	case "put":
		return errors.Join(w.signSite(n, w.pin), w.storedSite(n, true))
	case "fail":
		return errors.Join(w.signSite(n, w.pin), w.storedSite(n, false))
	case "wrong":
		return errors.Join(w.signSite(n, signer.PIN("00000000")), w.storedSite(n, true))
	case "deny", "missing":
		return w.denySite(n, deed == "missing")
	case "back":
		return w.backSite(n)
	case "opinion":
		return w.opinionSite(n)
	case "pick":
		return w.pickSite(n)
	case "look":
		_, err := untilState[flow.Signed](w)
		return err
	}
	return errors.New("no such deed")
}

func (w *walker) seeToken() error {
	return w.until("the token", func() (bool, error) {
		l := w.Flow.Lists()
		return l.Looked && (len(l.Tokens) == 0 || len(l.Tokens[0].Certificates) > 0), l.TokenErr
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

// signSite looks at each document of the page, and signs them. With a wrong PIN
// the right one follows.
func (w *walker) signSite(n int, pin signer.PIN) error {
	if err := w.pinSite(n); err != nil {
		return err
	}
	if err := w.enterPIN(pin); err != nil {
		return err
	}
	if string(pin) != string(w.pin) {
		if err := w.until("the refused PIN", func() (bool, error) {
			s, ok := w.Flow.State().(flow.AskPIN)
			return ok && s.Problem != nil, nil
		}); err != nil {
			return err
		}
		if err := w.enterPIN(w.pin); err != nil {
			return err
		}
	}
	return w.until("the signed document", func() (bool, error) {
		s := w.Flow.State()
		_, ok := s.(flow.Signed)
		if p, asks := s.(flow.AskPIN); asks && p.Problem == nil {
			return false, nil
		}
		return ok, problemOf(s)
	})
}

// pinSite agrees to all documents, up to the PIN.
func (w *walker) pinSite(n int) error {
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
	_, err := untilState[flow.AskPIN](w)
	return err
}

func (w *walker) enterPIN(pin signer.PIN) error {
	if err := w.focus("pin.field"); err != nil {
		return err
	}
	if err := w.typed(pin); err != nil {
		return err
	}
	return w.tap("pin.sign")
}

// storedSite waits until the site has, or has not, what was signed.
func (w *walker) storedSite(n int, stored bool) error {
	if err := w.until("the site's word", func() (bool, error) {
		s := w.Flow.Sites()
		if !stored {
			return s.EndedErr != nil, nil
		}
		return s.Stored, s.EndedErr
	}); err != nil {
		return err
	}
	return w.flash(fmt.Sprintf("trang-web-xong-%d", n+1))
}

// denySite looks at the document and refuses. Without a token it cannot be signed.
func (w *walker) denySite(n int, missing bool) error {
	if err := w.until("the document of the page", func() (bool, error) {
		s, ok := w.Flow.State().(flow.Placing)
		if ok && missing && !s.Held && s.Ready() {
			return false, errors.New("it could be signed without a token")
		}
		return ok && s.ForSite() != nil && !s.Held, nil
	}); err != nil {
		return err
	}
	return w.tap("site.refuse")
}

// backSite turns back at the PIN and refuses.
func (w *walker) backSite(n int) error {
	if err := w.pinSite(n); err != nil {
		return err
	}
	if err := w.tap("pin.cancel"); err != nil {
		return err
	}
	return w.denySite(n, false)
}

// opinionSite types the words of an opinion and puts them on the page.
func (w *walker) opinionSite(n int) error {
	if err := w.focus("site.opinion"); err != nil {
		return err
	}
	if err := w.typed([]byte("Đồng ý; giao Văn phòng tham mưu triển khai.")); err != nil {
		return err
	}
	if err := w.tap("site.apply"); err != nil {
		return err
	}
	return w.flash(fmt.Sprintf("trang-web-y-kien-%d", n+1))
}

// pickSite chooses the document Draft, as the system's dialog would.
func (w *walker) pickSite(n int) error {
	var pick func(func(string))
	if _, err := onUI(w, func() bool {
		pick = w.Kit.PickPDF
		w.Kit.PickPDF = func(chosen func(string)) { chosen(w.Draft) }
		return true
	}); err != nil {
		return err
	}
	err := w.answerSite(n, "site.allow")
	_, uerr := onUI(w, func() bool { w.Kit.PickPDF = pick; return true })
	return errors.Join(err, uerr)
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
