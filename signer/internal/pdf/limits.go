package pdf

// Limits against hostile files. Each is far above what real files need and
// keeps work and memory small.
const (
	maxDepth        = 200         // nesting of arrays and dictionaries
	maxObject       = 32 << 20    // bytes of one object without its stream
	maxItems        = 2 << 20     // values in one object
	maxObjectNumber = 8388607 * 4 // ISO 32000-1, Annex C names 8,388,607
	namedObjects    = 8388607     // the highest number that ISO 32000-1, Annex C names
	spareObjects    = 1 << 16     // numbers that an update may need
	maxEntries      = 12 << 20    // entries of all cross-reference sections together
	tableBase       = 64 << 20    // bytes of memory for the cross-reference table …
	tableFactor     = 8           // … and as often the size of the file
	maxSections     = 4096        // cross-reference sections (revisions) of one file
	maxDecoded      = 64 << 20    // bytes of one decoded structural stream
	maxRatio        = 1100        // inflated to stored size, beyond a free allowance
	freeDecoded     = 8 << 20     // decoded bytes that no ratio limits
	maxFilters      = 8           // filters of one stream
	maxChain        = 64          // indirect references behind each other
	maxPageDepth    = 64          // levels of the page tree
	maxPageNodes    = 1 << 20     // nodes visited in one walk of the page tree
	maxFields       = 1 << 16     // fields and widgets of one form
	maxNames        = 16 << 20    // bytes of the names of all fields of one form
	cacheObjects    = 4096        // parsed objects kept
	cacheObjStm     = 16 << 20    // bytes of decoded object streams kept
	headerWindow    = 1024        // where the header must begin
	tailWindow      = 2048        // first window for the last startxref
	maxTail         = 256 << 10   // how far back startxref is looked for
	freeWindow      = 32 << 10    // windows up to this size cost no budget
	workBase        = 512 << 20   // bytes of large windows and decoded streams for one Document …
	workFactor      = 8           // … and as often the size of the file
	readAheadSize   = 8 << 10     // bytes read at once for small windows
	nearby          = 64          // how far a slightly wrong offset may be off
)
