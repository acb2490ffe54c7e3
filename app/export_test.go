package app

// What the tests of the whole window need of the inside.
var (
	LoadIcons        = loadIcons
	TranslateToolkit = translateToolkit
)

// OwnWords is the prefix of the toolkit's strings.
const OwnWords = ownWords
