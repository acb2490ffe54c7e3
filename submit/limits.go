package submit

// Limits are what receivers take. Provinces set their own; zero values take the
// usual ones (MaxFileBytes, MaxMessageBytes, MaxName).
type Limits struct {
	FileBytes    int64 // of one file
	MessageBytes int64 // of all files together
	NameLength   int   // characters of a file name, with its extension
}

// WithDefaults fills what is zero.
func (l Limits) WithDefaults() Limits {
	if l.FileBytes <= 0 {
		l.FileBytes = MaxFileBytes
	}
	if l.MessageBytes <= 0 {
		l.MessageBytes = max(MaxMessageBytes, l.FileBytes) // one file of the largest size is a message
	}
	if l.NameLength < shortestName {
		l.NameLength = MaxName
	}
	return l
}

// shortestName leaves room for an extension and the number of a double.
const shortestName = 24
