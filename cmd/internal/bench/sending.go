package bench

// sending are the promises about sending.
func sending() []Row { return nil }
