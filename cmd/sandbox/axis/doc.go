// Package axis plays the national document axis on loopback: the VXP protocol
// with its HMAC headers, a strict reading of the edXML message (QCVN
// 102:2016), transport acknowledgements, business statuses, the sent list, the
// directory in both code systems, and agencies behind it that answer, refuse
// or stay silent. It is wrong on request (see Fault).
//
// Nothing here is shared with submit: message and headers are read a second
// time, by the wire format alone, so that a mistake on one side shows.
//
// What the real axis does beyond its published client is unknown. Where a rule
// is a guess the comment says so.
package axis
