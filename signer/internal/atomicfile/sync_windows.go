package atomicfile

// syncFolder does nothing: Windows has no sync of a folder.
func syncFolder(string) {}
