package ink

import "math"

// Reference is a thing of known size that people lay beside a seal.
type Reference struct {
	ID    string  // also the end of its name in the locale files
	MM    float64 // diameter of a coin, length of what is straight
	Thick float64 // millimetres from the paper to the edge that a camera sees
	Coin  bool    // round: FindCoin finds it
}

// References are what can be chosen. The coins of the State Bank of Viet Nam of
// 2003 are no longer used for paying, but lie in every drawer: diameters and
// thickness of the edge are those of the table in «Tiền kim loại tại Việt Nam»
// (vi.wikipedia.org). 1 euro: Council Regulation (EC) No 975/98, Article 1; a
// quarter of a US dollar: 0.955 and 0.069 inches (usmint.gov, Coin
// specifications). The card is that of ISO/IEC 7810, ID-1 (bank cards, the
// identity card).
func References() []Reference {
	return []Reference{
		{ID: "ruler"},
		{ID: "card", MM: 85.60, Thick: 0.76},
		{ID: "vnd200", MM: 20.0, Thick: 1.45, Coin: true},
		{ID: "vnd500", MM: 22.0, Thick: 1.75, Coin: true},
		{ID: "vnd1000", MM: 19.0, Thick: 1.95, Coin: true},
		{ID: "vnd2000", MM: 23.5, Thick: 1.8, Coin: true},
		{ID: "vnd5000", MM: 25.5, Thick: 2.2, Coin: true},
		{ID: "eur1", MM: 23.25, Thick: 2.33, Coin: true},
		{ID: "usd25c", MM: 24.26, Thick: 1.75, Coin: true},
	}
}

// Mark is a length found in a photo.
type Mark struct {
	A, B Point   // its ends in the photo
	MM   float64 // how far they are apart on the paper
	// Confidence from 0 to 1; from SureMark on the length can be believed unless
	// somebody sees that the marks are wrong.
	Confidence float64
}

// SureMark is the confidence from which a mark is not called unsure.
const SureMark = 0.7

// onPaper is how long the edge of a thing that stands out of the paper seems on
// the paper: what is nearer to the camera looks larger. perMM is how many pixels
// of the photo a millimetre has there.
func (p *Photo) onPaper(r Reference, perMM float64) float64 {
	focal := p.focal
	if focal <= 0 {
		focal = usualFocal * float64(max(p.img.Rect.Dx(), p.img.Rect.Dy()))
	}
	distance := focal / perMM
	return r.MM * distance / math.Max(distance-r.Thick, distance/2)
}
