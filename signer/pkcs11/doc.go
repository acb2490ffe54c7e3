// Package pkcs11 finds tokens through the PKCS#11 modules of their makers and
// signs with them.
//
// A module is never loaded into this process: each one lives in a helper
// process of its own (cmd/trinhky-token, package worker), which is killed at a
// hard limit and started again, so that a module that hangs or crashes takes
// nothing with it. The two talk over pipes; a PIN is on neither side's command
// line, environment or log, and is wiped on both sides. Without cgo this
// package does everything but load modules.
//
// A token is known by its label, its serial number and the certificate on it,
// never by the number of its slot. A PIN is presented exactly once for each
// time that a person typed it, to the token that holds the chosen certificate,
// and to no other token, module or path.
package pkcs11
