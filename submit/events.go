package submit

// Event is news from the outbox. The set is sealed.
type Event interface{ event() }

// Changed: a record is now as Record says. An older state of it is void.
type Changed struct{ Record Record }

// ReportStored: a receiver's report is in the journal. ID is "" for one about
// a document that is not in it.
type ReportStored struct {
	ID     string
	Report Report
}

// Trouble: reports could not be fetched or acknowledged, or the journal could
// not be written; it will be tried again.
type Trouble struct {
	Connector string // "" for the journal
	Err       error
}

// Missed: the reader was too slow and events were left out; read the journal.
type Missed struct{}

func (Changed) event()      {}
func (ReportStored) event() {}
func (Trouble) event()      {}
func (Missed) event()       {}

// events is a channel that never makes the sender wait.
type events struct {
	out    chan Event
	missed chan struct{} // holds one token while events are missing
}

func newEvents() events {
	return events{out: make(chan Event, 256), missed: make(chan struct{}, 1)}
}

func (e events) send(v Event) {
	select {
	case <-e.missed:
		if !e.try(Missed{}) {
			e.miss()
			return
		}
	default:
	}
	if !e.try(v) {
		e.miss()
	}
}

func (e events) try(v Event) bool {
	select {
	case e.out <- v:
		return true
	default:
		return false
	}
}

func (e events) miss() {
	select {
	case e.missed <- struct{}{}:
	default:
	}
}

// Events is the one channel of news; it has one reader, and is never closed.
func (o *Outbox) Events() <-chan Event { return o.events.out }

func (o *Outbox) changed(r Record) { o.events.send(Changed{r}) }
