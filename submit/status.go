package submit

// Status is where an envelope, or one receiver of it, has come to.
type Status int

// The statuses. The zero value is Queued.
const (
	Queued Status = iota
	Sending
	Unconfirmed // sent, but the answer was lost: Lookup decides before any resend
	Delivered   // the destination has it
	Arrived     // 01: the receiver's software has it
	Received    // 03
	Refused     // 02, or refused by the destination for good
	Assigned    // 04
	Processing  // 05
	Completed   // 06
	RecallAsked // 13
	Recalled    // 15
	Failed      // given up, with the error kept
	Cancelled   // taken back by the person before anything left
)

var statusWords = [...]string{
	Queued: "queued", Sending: "sending", Unconfirmed: "unconfirmed", Delivered: "delivered",
	Arrived: "arrived", Received: "received", Refused: "refused", Assigned: "assigned",
	Processing: "processing", Completed: "completed", RecallAsked: "recall-asked",
	Recalled: "recalled", Failed: "failed", Cancelled: "cancelled",
}

// String is the word of the command line's JSON.
func (s Status) String() string {
	if s < 0 || int(s) >= len(statusWords) {
		return "unknown"
	}
	return statusWords[s]
}

// Waiting tells whether an envelope in s still wants to be delivered.
func (s Status) Waiting() bool { return s == Queued || s == Sending || s == Unconfirmed }

// StatusOf is what a status code of the axis means for the receiver that sent
// it about a document. Codes without a meaning of ours (07–12, 14, 16 …) give
// false: they are kept in the history and change nothing.
func StatusOf(code string) (Status, bool) {
	switch code {
	case "01":
		return Arrived, true
	case "02":
		return Refused, true
	case "03":
		return Received, true
	case "04":
		return Assigned, true
	case "05":
		return Processing, true
	case "06":
		return Completed, true
	case "13":
		return RecallAsked, true
	case "15":
		return Recalled, true
	}
	return Queued, false
}

// answerTo is what a code means as the answer to an envelope of that kind:
// recalls and updates are agreed to with 15 (or 03) and refused with 16 (or 02).
func (k Kind) answerTo(code string) (Status, bool) {
	switch k {
	case New, Replace:
	case Recall:
		switch code {
		case "15", "03":
			return Recalled, true
		case "16":
			return Refused, true
		}
	case Update:
		switch code {
		case "15":
			return Completed, true
		case "16":
			return Refused, true
		}
	}
	return StatusOf(code)
}
