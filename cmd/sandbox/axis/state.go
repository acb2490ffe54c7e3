package axis

import (
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

func itoa(n int) string { return strconv.Itoa(n) }

// layoutRow is how lists write times: Vietnamese wall clock.
const layoutRow = "02/01/2006 15:04:05"

// vietnam has no daylight saving time.
func vietnam() *time.Location { return time.FixedZone("ICT", 7*60*60) }

// The transport acknowledgements.
const (
	statusInitial    = "initial"
	statusProcessing = "processing"
	statusDone       = "done"
	statusFail       = "fail"
)

// state is everything the axis remembers. Its owner locks it.
type state struct {
	journal    *journal
	directory  *directory
	messages   map[string]*Message
	order      []string // Message.DocID in the order of accepting
	deliveries map[string]*Delivery
	bytes      map[string][]byte   // messages as sent, where there is no folder
	byReceiver map[string][]string // Agency.Code → Delivery.ID
	active     []string            // Delivery.ID about which an agency may still have something to do
	takenBack  map[[2]string]bool  // agency and DocumentID: it agreed to give the document back
}

func openState(dir string, agencies []Agency) (*state, error) {
	s := &state{
		directory: newDirectory(agencies), messages: map[string]*Message{}, deliveries: map[string]*Delivery{},
		bytes: map[string][]byte{}, byReceiver: map[string][]string{},
		takenBack: map[[2]string]bool{},
	}
	j, err := openJournal(dir, s.apply)
	s.journal = j
	return s, err
}

// apply takes a journal entry into memory.
func (s *state) apply(e entry) {
	if e.Message != nil {
		if _, ok := s.messages[e.Message.DocID]; !ok {
			s.order = append(s.order, e.Message.DocID)
		}
		s.messages[e.Message.DocID] = e.Message
		if e.Message.Code == "15" {
			s.takenBack[[2]string{e.Message.From, e.Message.DocumentID}] = true
		}
	}
	for _, d := range e.Deliveries {
		if _, ok := s.deliveries[d.ID]; !ok {
			s.active = append(s.active, d.ID)
			s.byReceiver[d.To] = append(s.byReceiver[d.To], d.ID)
		}
		s.deliveries[d.ID] = d
	}
	if e.Agency != nil {
		s.directory.put(*e.Agency)
	}
	if e.Removed != "" && s.directory.byCode[e.Removed] != nil {
		s.directory.remove(e.Removed, e.At)
	}
}

func (s *state) commit(e entry) error {
	if err := s.journal.add(e); err != nil {
		return err
	}
	s.apply(e)
	return nil
}

// accept stores a message and a copy for every receiver. The bytes are kept
// before the entry that names them.
func (s *state) accept(m *Message, raw []byte, now time.Time) error {
	m.DocID = uuid.NewString()
	if m.SHA256 == "" {
		m.SHA256 = sum(raw)
	}
	m.SentAt = now.In(vietnam()).Format(layoutRow)
	if err := s.keep(m.DocID, raw); err != nil {
		return err
	}
	e := entry{Message: m}
	for _, to := range m.To {
		e.Deliveries = append(e.Deliveries, &Delivery{
			ID: uuid.NewString(), Of: m.DocID, To: s.directory.find(to).Code,
			Status: statusInitial, Created: m.SentAt, Updated: m.SentAt,
		})
	}
	return s.commit(e)
}

func (s *state) keep(id string, raw []byte) error {
	if s.journal == nil {
		s.bytes[id] = slices.Clone(raw)
		return nil
	}
	return os.WriteFile(s.journal.messagePath(id), raw, 0o600)
}

func (s *state) raw(id string) ([]byte, error) {
	if s.journal == nil {
		return s.bytes[id], nil
	}
	return os.ReadFile(s.journal.messagePath(id))
}

// update stores a changed copy of a delivery.
func (s *state) update(d Delivery, now time.Time) error {
	d.Updated = now.In(vietnam()).Format(layoutRow)
	return s.commit(entry{Deliveries: []*Delivery{&d}})
}
